//! Functions for worker processes: some compute, some try what a worker must not do, some go wrong.

use std::io::{Read, Write};
use std::process::Command;
use std::time::{Duration, Instant};

use duologue_core::task::linkme::distributed_slice;
use duologue_core::task::{PROCESS_FUNCTIONS, ProcessFunction};
use duologue_core::{TaskContext, TaskError, Unit};

macro_rules! functions {
    ($($static:ident = $name:literal, |$task:ident, $input:ident: $type:ty| $body:expr;)+) => {$(
        #[distributed_slice(PROCESS_FUNCTIONS)]
        #[linkme(crate = duologue_core::task::linkme)]
        static $static: ProcessFunction = ProcessFunction {
            name: $name,
            run: |$task, input| {
                let $input: $type = postcard::from_bytes(input)?;
                Ok(postcard::to_allocvec(&$body)?)
            },
        };
    )+};
}

functions! {
    SUM = "sum", |task, numbers: Vec<u64>| sum(task, &numbers);
    ECHO = "echo", |_task, bytes: Vec<u8>| bytes;
    PANIC = "panic", |_task, words: String| if words.is_empty() { 0 } else { panic!("{words}") };
    ABORT = "abort", |_task, now: bool| if now { std::process::abort() };
    OVERFLOW = "overflow", |_task, depth: u64| deep(depth);
    HANG = "hang", |_task, seconds: u64| spin(Duration::from_secs(seconds));
    HOARD = "hoard", |_task, most: u64| hoard(most);
    FILES = "files", |task, again: bool| copies(task, again)?;
    FLOOD = "flood", |task, bytes: usize| flood(task, bytes)?;
    PRINT = "print", |_task, words: String| print(&words);
    PROCESS_ID = "process id", |_task, _input: ()| std::process::id();
    FORBIDDEN = "forbidden", |_task, what: String| forbidden(&what)?;
    VARIABLES = "variables", |_task, _input: ()| std::env::vars().map(|(name, _)| name).collect::<Vec<_>>();
    THREADS = "threads", |_task, _input: ()| std::thread::scope(|scope| scope.spawn(|| 7).join().unwrap_or_default());
    LINES = "lines", |task, count: u64| lines(task, count);
}

fn sum(task: &TaskContext, numbers: &[u64]) -> u64 {
    task.unit(Unit::named("numbers"));
    for done in 0..numbers.len() as u64 {
        task.progress(done + 1, numbers.len() as u64);
    }
    task.log("all added");
    numbers.iter().sum()
}

fn lines(task: &TaskContext, count: u64) {
    for line in 0..count {
        task.log(line.to_string());
    }
}

fn deep(depth: u64) -> u64 {
    let here = std::hint::black_box([depth; 64]);
    if depth == 0 { 0 } else { deep(depth - 1) + here[7] }
}

fn spin(length: Duration) {
    let end = Instant::now() + length;
    while Instant::now() < end {
        std::hint::black_box(7);
    }
}

/// Takes memory without end, or up to so many bytes.
fn hoard(most: u64) -> u64 {
    let mut kept: Vec<Vec<u8>> = Vec::new();
    let mut bytes = 0;
    while bytes < most {
        kept.push(vec![1; 1 << 20]);
        bytes += 1 << 20;
    }
    std::hint::black_box(&kept);
    bytes
}

fn copies(task: &TaskContext, again: bool) -> Result<Vec<(String, u64)>, TaskError> {
    let mut found = Vec::new();
    for index in 0..task.inputs() {
        let mut file = task.input(index)?;
        let name = file.name.to_string();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        found.push((name.clone(), bytes.len() as u64));
        bytes.make_ascii_uppercase();
        task.wait(task.write_file(name, bytes))?;
    }
    if again {
        task.input(0)?.read_exact(&mut [0])?;
    }
    Ok(found)
}

fn flood(task: &TaskContext, bytes: usize) -> Result<(), TaskError> {
    task.wait(async {
        let mut file = task.create("flood").await?;
        for _ in 0..bytes >> 16 {
            file.write(vec![7; 1 << 16]).await?;
        }
        file.finish().await?;
        Ok(())
    })
}

fn print(words: &str) {
    println!("{words}");
    eprintln!("{words}");
    let _ = std::io::stdout().flush();
}

/// Tries something that a worker must not do; the answer is what came of it.
fn forbidden(what: &str) -> Result<String, TaskError> {
    let result = match what {
        "read a file" => std::fs::read("/etc/passwd").map(drop),
        "write a file" => std::fs::write("/tmp/duologue-worker-was-here", "x"),
        "list a folder" => std::fs::read_dir("/").map(drop),
        "connect" => std::net::TcpStream::connect("127.0.0.1:9").map(drop),
        "listen" => std::net::TcpListener::bind("127.0.0.1:0").map(drop),
        "start a process" => Command::new("/bin/true").status().map(drop),
        other => return Err(format!("nobody knows how to {other}").into()),
    };
    Ok(match result {
        Ok(()) => "it worked".to_owned(),
        Err(error) => format!("{:?}", error.kind()),
    })
}
