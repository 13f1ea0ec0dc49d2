//! The program as a process of its own, in an empty folder and with no variables but those of the test. Owns the
//! process; dropping it ends it.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

/// How long the program may take for anything that a test waits for.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Program {
    child: Child,
    folder: PathBuf,
    /// Whether the folder goes with it.
    own: bool,
}

impl Program {
    pub(crate) fn start(arguments: &[&str], variables: &[(&str, &str)], dotenv: &str) -> Self {
        Self::configured(arguments, variables, dotenv, "")
    }

    /// With a configuration file as well.
    pub(crate) fn configured(
        arguments: &[&str],
        variables: &[(&str, &str)],
        dotenv: &str,
        config: &str,
    ) -> Self {
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("duologue-program-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(".env"), dotenv).unwrap();
        if !config.is_empty() {
            std::fs::create_dir_all(folder.join("config")).unwrap();
            std::fs::write(folder.join("config/duologue.toml"), config).unwrap();
        }
        let child = command(&folder, arguments, variables)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let own = true;
        Self { child, folder, own }
    }

    /// In a folder that outlives it, with its data and its log there.
    pub(crate) fn on(folder: &Path, variables: &[(String, String)]) -> Self {
        let log = std::fs::File::options()
            .append(true)
            .create(true)
            .open(folder.join("log"))
            .unwrap();
        let variables: Vec<_> = variables
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        let child = command(folder, &["run"], &variables)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let (folder, own) = (folder.to_owned(), false);
        Self { child, folder, own }
    }

    /// Ends it at once, as a machine without memory or without power does, and waits until it is gone.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Waits for its end.
    pub(crate) async fn exits(&mut self) -> ExitStatus {
        tokio::time::timeout(PATIENCE, self.child.wait())
            .await
            .unwrap()
            .unwrap()
    }

    /// The folder that it runs in.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The first line of standard output that holds these words.
    pub(crate) async fn says(&mut self, words: &str) -> String {
        let stdout = self.child.stdout.as_mut().unwrap();
        let mut lines = BufReader::new(stdout).lines();
        let search = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if line.contains(words) {
                    return line;
                }
            }
            panic!("the program ended without saying {words}")
        };
        tokio::time::timeout(PATIENCE, search).await.unwrap()
    }

    /// Waits until the log holds these words; gives what was written until then.
    pub(crate) async fn logs(&mut self, words: &str) -> String {
        let stderr = self.child.stderr.as_mut().unwrap();
        let mut written = String::new();
        let search = async {
            let mut part = [0; 4096];
            while !written.contains(words) {
                let read = stderr.read(&mut part).await.unwrap();
                assert!(read > 0, "the program ended without logging {words}: {written}");
                written.push_str(&String::from_utf8_lossy(&part[..read]));
            }
        };
        tokio::time::timeout(PATIENCE, search).await.unwrap();
        written
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// The processes that it has started and that are alive.
    pub(crate) fn children(&self) -> Vec<u32> {
        let Some(id) = self.child.id() else {
            return Vec::new();
        };
        let threads = std::fs::read_dir(format!("/proc/{id}/task"))
            .into_iter()
            .flatten()
            .flatten();
        let lists = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
        let lists: Vec<String> = lists.collect();
        lists
            .iter()
            .flat_map(|list| list.split_whitespace())
            .filter_map(|id| id.parse().ok())
            .collect()
    }

    /// Asks it to end, as a service manager does.
    pub(crate) async fn terminate(&self) {
        let kill = format!("kill -TERM {}", self.child.id().unwrap());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .await
                .unwrap()
                .success()
        );
    }

    /// Asks it to end and waits for that.
    pub(crate) async fn rests(&mut self) {
        self.terminate().await;
        assert!(self.exits().await.success());
    }

    /// Starts it again in the same folder, once it has ended.
    pub(crate) fn again(&mut self, arguments: &[&str], variables: &[(&str, &str)]) {
        self.child = command(&self.folder, arguments, variables)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
    }

    /// Waits for its end; gives how it ended and what it wrote.
    pub(crate) async fn ends(mut self) -> (ExitStatus, String) {
        let mut written = String::new();
        let (mut out, mut err) = (
            self.child.stdout.take().unwrap(),
            self.child.stderr.take().unwrap(),
        );
        let ended = async {
            let mut more = String::new();
            let (_, _, status) = tokio::join!(
                err.read_to_string(&mut written),
                out.read_to_string(&mut more),
                self.child.wait()
            );
            written.push_str(&more);
            status.unwrap()
        };
        let status = tokio::time::timeout(PATIENCE, ended).await.unwrap();
        (status, written)
    }
}

/// How a program ended that was run to its end, and what it wrote.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the program to its end in a folder that is there, with this on its input.
pub(crate) async fn run_in(
    folder: &Path,
    arguments: &[&str],
    variables: &[(&str, &str)],
    input: &str,
) -> Ran {
    let mut child = command(folder, arguments, variables)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It may end without reading.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output());
    let output = output.await.unwrap().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn command(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_duologue"));
    command
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.own {
            // One that is left behind does no harm.
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}
