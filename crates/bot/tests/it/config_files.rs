//! The files for hosting: what they name is there.

use std::collections::BTreeSet;
use std::fs;

use duologue_tests::project;

use crate::process::Program;

/// The files for those who host the bot.
const FILES: [&str; 5] = [
    "config/Containerfile",
    "config/compose.yaml",
    "config/duologue.service",
    "config/hosting.md",
    "README.md",
];

fn read(path: &str) -> String {
    fs::read_to_string(project().join(path)).unwrap()
}

/// The words of a text that are made of such letters.
fn words(text: &str, fits: impl Fn(char) -> bool) -> BTreeSet<&str> {
    text.split(|letter| !fits(letter))
        .filter(|word| !word.is_empty())
        .collect()
}

#[test]
fn every_variable_that_they_name_exists() {
    let fits = |letter: char| letter.is_ascii_uppercase() || letter == '_';
    let example = read(".env.example");
    let known = words(&example, fits);
    for file in FILES {
        let text = read(file);
        let named = words(&text, fits);
        let ours = named.iter().filter(|name| {
            ["TELEGRAM_", "DISCORD_", "DUOLOGUE_"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
        });
        for name in ours {
            assert!(known.contains(name), "{file} names {name}");
        }
    }
}

#[tokio::test]
async fn every_command_that_they_name_exists() {
    let (status, help) = Program::start(&["help"], &[], "").ends().await;
    assert!(status.success());
    let known: BTreeSet<&str> = help
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(known.contains("backup") && known.contains("health"));
    let mut found = 0;
    for file in FILES {
        for line in read(file).lines() {
            // As code has it: in backquotes, in a block, or as a list of words.
            let line = line.replace("\", \"", " ").replace(['`', '"', '[', ']'], "\n");
            for rest in line.split("duologue ").skip(1) {
                let word: String = rest
                    .chars()
                    .take_while(|letter| letter.is_ascii_lowercase())
                    .collect();
                let is_command = rest[word.len()..].starts_with(['\n', ' ']) || rest.len() == word.len();
                if word.is_empty() || !is_command || file == "config/compose.yaml" {
                    continue;
                }
                // `useradd … duologue` and `systemctl … duologue -f` end there, with a switch at most.
                assert!(known.contains(word.as_str()), "{file} names {word:?}: {line}");
                found += 1;
            }
        }
    }
    assert!(found > 10, "only {found} were looked at");
    let container = read("config/Containerfile");
    assert!(container.contains("\"/usr/local/bin/duologue\", \"health\"]"));
    assert!(container.contains("CMD [\"run\"]"));
}

#[test]
fn there_is_time_to_stop_in_order_and_none_is_lost_on_what_does_not_heal() {
    let settings: toml::Table = read("config/duologue.toml").parse().unwrap();
    let seconds = |text: &str| -> u64 { text.trim().trim_end_matches('s').parse().unwrap() };
    let needed = seconds(settings["engine"]["shutdown"].as_str().unwrap());
    let after = |text: &str, key: &str| -> u64 {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(key));
        seconds(line.unwrap())
    };
    let unit = read("config/duologue.service");
    assert!(after(&unit, "TimeoutStopSec=") > needed);
    assert!(unit.contains("Restart=on-failure\n"));
    // The exit code of a wrong configuration.
    assert!(unit.contains("RestartPreventExitStatus=78\n"));
    let compose = read("config/compose.yaml");
    assert!(after(&compose, "stop_grace_period:") > needed);
    // It is there again after the machine was restarted.
    assert!(compose.contains("restart: unless-stopped\n"));
}

#[test]
fn what_they_point_at_is_there() {
    let compose = read("config/compose.yaml");
    for (text, path) in [
        (&compose, "config/Containerfile"),
        (&compose, "config/hosting.md"),
        (&read("config/duologue.service"), "config/hosting.md"),
        (&read("README.md"), "config/hosting.md"),
        (&read("config/Containerfile"), "config/duologue.toml"),
    ] {
        assert!(text.contains(path), "{path} is not named");
        assert!(project().join(path).exists(), "{path}");
    }
    let toolchain: toml::Table = read("rust-toolchain.toml").parse().unwrap();
    let version = toolchain["toolchain"]["channel"].as_str().unwrap();
    let image = read("config/Containerfile");
    let image = image.split_once("rust:").unwrap().1;
    let image = image.split_once('-').unwrap().0;
    assert!(version.starts_with(image), "{version} is built with {image}");
    // Secrets and data do not get into an image.
    let ignored = read(".dockerignore");
    for path in [".env", ".env.*", "data", "target"] {
        assert!(ignored.lines().any(|line| line == path), "{path}");
    }
}
