//! The house rules of the design and of the style, as tests over the project's own files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use duologue_tests::project;

/// The most lines a file of code may have.
const LONGEST_FILE: usize = 600;

/// Where a task or a thread may be started, each with its reason in the file.
const SPAWN_SITES: &[&str] = &[
    "crates/core/src/tasks.rs",
    "crates/core/src/task/threads.rs",
    "crates/lanes/src/spawner.rs",
    "crates/store/src/threads.rs",
    "crates/sandbox/src/tasks.rs",
    "crates/discord/src/gateway/thread.rs",
];

struct File {
    path: String,
    text: String,
}

/// The files that git keeps, or would keep.
fn files(suffix: &str) -> Vec<File> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(project())
        .output()
        .expect("git lists the project's files");
    assert!(
        listed.status.success(),
        "{}",
        String::from_utf8_lossy(&listed.stderr)
    );
    let listed = String::from_utf8(listed.stdout).expect("paths are UTF-8");
    let read = |path: &str| {
        fs::read_to_string(project().join(path)).ok().map(|text| File {
            path: path.to_owned(),
            text,
        })
    };
    let found: Vec<File> = listed
        .lines()
        .filter(|path| path.ends_with(suffix))
        .filter_map(read)
        .collect();
    assert!(!found.is_empty(), "the project has files that end in {suffix}");
    found
}

fn rust() -> Vec<File> {
    files(".rs")
}

/// Shipped code: no tests, benches or examples.
fn shipped() -> Vec<File> {
    let beside = ["tests/", "/tests/", "/benches/", "/examples/", "crates/bench/"];
    rust()
        .into_iter()
        .filter(|file| {
            !beside
                .iter()
                .any(|part| file.path.starts_with(part) || file.path.contains(part))
        })
        .collect()
}

fn manifest(folder: &str) -> String {
    fs::read_to_string(project().join(folder).join("Cargo.toml")).expect("every crate has a manifest")
}

fn crates() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(project().join("crates"))
        .expect("the crates' folder")
        .filter_map(Result::ok)
        .filter(|entry| entry.path().join("Cargo.toml").exists())
        .map(|entry| format!("crates/{}", entry.file_name().to_string_lossy()))
        .collect();
    names.sort();
    names
}

fn offenders(files: &[File], offends: impl Fn(&File) -> bool) -> Vec<&str> {
    files
        .iter()
        .filter(|file| offends(file))
        .map(|file| file.path.as_str())
        .collect()
}

fn nobody() -> Vec<&'static str> {
    Vec::new()
}

#[test]
fn only_its_adapter_names_a_networks_library() {
    for (library, adapter) in [("teloxide", "crates/telegram"), ("serenity", "crates/discord")] {
        for name in crates()
            .into_iter()
            .filter(|name| name != adapter && name != "crates/bench")
        {
            assert!(!manifest(&name).contains(library), "{name} depends on {library}");
        }
        let files = shipped();
        let uses = format!("{library}::");
        let offenders = offenders(&files, |file| {
            !file.path.starts_with(adapter) && code(&file.text).contains(&uses)
        });
        assert_eq!(offenders, nobody(), "{library} outside of its adapter");
    }
}

#[test]
fn the_core_and_the_features_name_no_network() {
    let files = shipped();
    let offenders = offenders(&files, |file| {
        let inside =
            file.path.starts_with("crates/core/src") || file.path.starts_with("crates/bot/src/features");
        let code = code(&file.text).to_lowercase();
        inside && (code.contains("telegram") || code.contains("discord"))
    });
    assert_eq!(offenders, nobody());
}

#[test]
fn adapters_do_not_see_each_other_and_the_sandbox_sees_nobody() {
    assert!(!manifest("crates/telegram").contains("duologue-discord"));
    assert!(!manifest("crates/discord").contains("duologue-telegram"));
    for ours in [
        "duologue-core",
        "duologue-telegram",
        "duologue-discord",
        "duologue-macros",
        "duologue.",
    ] {
        assert!(
            !manifest("crates/sandbox").contains(ours),
            "the sandbox depends on {ours}"
        );
    }
    for foreign in ["reqwest", "hyper", "axum", "rusqlite", "teloxide", "serenity"] {
        assert!(
            !manifest("crates/core").contains(foreign),
            "the core depends on {foreign}"
        );
    }
}

#[test]
fn both_adapters_have_the_same_files() {
    let names = |adapter: &str| -> BTreeSet<String> {
        fs::read_dir(project().join(adapter).join("src"))
            .expect("the adapter's sources")
            .filter_map(Result::ok)
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| name.ends_with(".rs"))
            .collect()
    };
    let (telegram, discord) = (names("crates/telegram"), names("crates/discord"));
    for shared in [
        "adapter.rs",
        "call.rs",
        "capabilities.rs",
        "commands.rs",
        "convert.rs",
        "error.rs",
        "ext.rs",
        "files.rs",
        "lib.rs",
        "sender.rs",
        "source.rs",
    ] {
        assert!(
            telegram.contains(shared) && discord.contains(shared),
            "{shared} stands in both adapters"
        );
    }
}

#[test]
fn every_crate_has_the_workspaces_lints_and_versions() {
    for name in crates().iter().map(String::as_str).chain(["tests"]) {
        let manifest = manifest(name);
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{name} has lints of its own"
        );
        let own_version = manifest
            .lines()
            .skip_while(|line| !line.contains("dependencies]"))
            .find(|line| {
                line.contains("version =")
                    || line
                        .split_once(" = \"")
                        .is_some_and(|(_, v)| v.starts_with(|c: char| c.is_ascii_digit() || c == '='))
            });
        assert_eq!(own_version, None, "{name} names a version of its own");
    }
}

#[test]
fn every_file_says_first_what_it_is_for_and_is_not_too_long() {
    let files = rust();
    assert_eq!(
        offenders(&files, |file| !file.text.starts_with("//!")),
        nobody(),
        "files without a purpose"
    );
    assert_eq!(
        offenders(&files, |file| file.text.lines().count() > LONGEST_FILE),
        nobody(),
        "files above {LONGEST_FILE} lines"
    );
    assert_eq!(
        offenders(&files, |file| file.path.ends_with("/mod.rs")),
        nobody(),
        "a module is foo.rs beside foo/"
    );
}

#[test]
fn tasks_and_threads_start_in_one_place_and_queues_are_bounded() {
    let files = shipped();
    let spawns = |file: &File| {
        let code = code(&file.text);
        [
            "tokio::spawn(",
            "task::spawn(",
            "thread::spawn(",
            "thread::Builder",
        ]
        .iter()
        .any(|call| code.contains(call))
    };
    let elsewhere = offenders(&files, |file| {
        spawns(file) && !SPAWN_SITES.contains(&file.path.as_str())
    });
    assert_eq!(elsewhere, nobody(), "spawned outside of the one place");
    let unbounded = offenders(&files, |file| {
        let code = code(&file.text);
        // Built by hand, so that this file does not name what it forbids.
        code.contains(&["unbounded", "_channel"].concat()) || code.contains(&["mpsc::", "unbounded"].concat())
    });
    assert_eq!(unbounded, nobody(), "queues without a bound");
}

#[test]
fn nothing_is_left_unfinished() {
    let mut files = shipped();
    // What the macros write stands in the code of others, and is marked there with its reason.
    files.retain(|file| !file.path.starts_with("crates/macros/"));
    for marker in [
        ["to", "do!("],
        ["unimple", "mented!("],
        ["allow(", "dead_code"],
        ["allow(", "unused"],
    ] {
        let marker = marker.concat();
        assert_eq!(
            offenders(&files, |file| file.text.contains(&marker)),
            nobody(),
            "{marker}"
        );
    }
}

#[test]
fn a_handlers_panic_can_be_caught_in_every_build() {
    let root = fs::read_to_string(project().join("Cargo.toml")).expect("the root manifest");
    assert!(root.contains("panic = \"unwind\""));
    assert!(!root.contains(&["panic = \"", "abort\""].concat()));
}

#[test]
fn the_lock_file_keeps_what_must_fit() {
    let lock = fs::read_to_string(project().join("Cargo.lock")).expect("the lock file is committed");
    let versions = |name: &str| -> Vec<&str> {
        let head = format!("name = \"{name}\"\nversion = \"");
        lock.match_indices(&head)
            .filter_map(|(at, _)| lock[at + head.len()..].split('"').next())
            .collect()
    };
    assert_eq!(versions("takecell"), ["0.1.1"]);
    assert_eq!(
        versions("reqwest").len(),
        1,
        "one reqwest: the libraries' clients are our client"
    );
    assert!(versions("reqwest")[0].starts_with("0.12."));
    assert_eq!(versions("hyper").len(), 1);
    assert_eq!(versions("tokio").len(), 1);
}

#[test]
fn the_readmes_code_is_the_examples_that_are_built() {
    let readme = fs::read_to_string(project().join("README.md")).expect("the readme");
    let examples = ["dice", "primes"];
    for example in examples {
        let path = format!("crates/duologue/examples/{example}.rs");
        let example = fs::read_to_string(project().join(path)).expect("the example");
        assert!(readme.contains(&format!("```rust\n{example}```")));
    }
    assert_eq!(readme.matches("```rust").count(), examples.len());
    for command in ["cargo run ", "cargo test --workspace"] {
        assert!(readme.contains(command), "{command}");
    }
    let gate = fs::read_to_string(project().join(".ci/run")).expect("the gate");
    assert!(
        gate.contains("cargo test --workspace"),
        "the gate runs the readme's test command"
    );
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    let home = ["/", "root/"].concat();
    let work = ["/", "work/"].concat();
    for suffix in [
        ".rs", ".toml", ".md", ".js", ".css", ".html", ".py", ".example", "run",
    ] {
        let files = files_or_none(suffix);
        assert_eq!(
            offenders(&files, |file| file.text.contains(&home)
                || file.text.contains(&work)),
            nobody()
        );
    }
}

fn files_or_none(suffix: &str) -> Vec<File> {
    if walk(&project())
        .iter()
        .any(|path| path.to_string_lossy().ends_with(suffix))
    {
        files(suffix)
    } else {
        Vec::new()
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let skipped = ["target", ".git", "node_modules", "data", "artifacts"];
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            if !skipped.iter().any(|name| path.ends_with(name)) {
                found.extend(walk(&path));
            }
        } else {
            found.push(path);
        }
    }
    found
}

/// The code without comments and without inline tests.
fn code(text: &str) -> String {
    let shipped = text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text);
    shipped
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}
