//! `duologue doctor`: looks at everything that the bot stands on, and says what is well, what is not, and what to do.
//! Owns nothing.

mod live;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use duologue::{App, Config, DATABASE_FILE, Error, Measure, WorkerConfig, WorkerPool};
use serde::Serialize;

use self::live::Needs;
use crate::features;
use crate::words::doctor as words;

/// With less room than this on its disk a bot will soon have to stop taking events.
const LITTLE_ROOM: u64 = 100 << 20;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// What was looked at.
    pub(crate) topic: &'static str,
    pub(crate) verdict: Verdict,
    /// What was found.
    pub(crate) found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remedy: Option<String>,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// As it should be.
    Well,
    /// Worth to know, and no reason not to run.
    Note,
    /// The bot does not run like this, or not as it should.
    Bad,
}

impl Finding {
    fn new(topic: &'static str, verdict: Verdict, found: impl Into<String>, remedy: Option<String>) -> Self {
        Self {
            topic,
            verdict,
            found: found.into(),
            remedy,
        }
    }

    fn well(topic: &'static str, found: impl Into<String>) -> Self {
        Self::new(topic, Verdict::Well, found, None)
    }
}

/// Looks at everything; `live` asks the networks too.
pub(crate) async fn examine(live: bool) -> Vec<Finding> {
    let (config, mut findings) = configuration(Config::from_env());
    let config = config.unwrap_or_default();
    findings.extend(networks(&config));
    let (sections, needs) = sections(config.clone());
    findings.extend(sections);
    findings.push(folder(&config.data));
    findings.extend(store(&config.data));
    findings.extend(disk(&config.data));
    if live {
        findings.extend(live::ask(&config, &needs).await);
    }
    let workers = WorkerConfig::of_this_program().map(|usual| WorkerConfig {
        memory: config.workers.memory,
        ..usual
    });
    match workers {
        Ok(workers) => findings.extend(measures(WorkerPool::new(workers).confinement().await)),
        Err(error) => findings.extend(measures(Err(error))),
    }
    findings
}

/// Whether the bot would run.
pub(crate) fn is_well(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.verdict != Verdict::Bad)
}

fn configuration(read: Result<Config, duologue::ConfigError>) -> (Option<Config>, Vec<Finding>) {
    let bad = |problem: &duologue::ConfigProblem| {
        let found = format!("{}: {}", problem.key, problem.what);
        Finding::new(
            words::CONFIGURATION,
            Verdict::Bad,
            found,
            Some(problem.remedy.clone()),
        )
    };
    let note = |warning: &String| Finding::new(words::CONFIGURATION, Verdict::Note, warning, None);
    match read {
        Ok(config) => {
            let mut findings: Vec<Finding> = config.warnings.iter().map(note).collect();
            findings.extend(config.broken.iter().map(bad));
            if findings.is_empty() {
                findings.push(Finding::well(words::CONFIGURATION, words::CONFIGURATION_READ));
            }
            (Some(config), findings)
        }
        Err(error) => {
            let notes = error.warnings.iter().map(note);
            (None, error.problems.iter().map(bad).chain(notes).collect())
        }
    }
}

/// Whether the bot is on each network, how events reach it there, and whether it can listen where they come to.
fn networks(config: &Config) -> Vec<Finding> {
    let telegram = config.telegram.as_ref().map(|telegram| match &telegram.webhook {
        None => (words::POLLING.to_owned(), None),
        Some(webhook) => (words::webhook(&webhook.url, webhook.listen), Some(webhook.listen)),
    });
    let discord = config.discord.as_ref().map(|discord| match &discord.endpoint {
        None => (words::GATEWAY.to_owned(), None),
        Some(endpoint) => (
            words::endpoint(&endpoint.path, endpoint.listen, endpoint.gateway),
            Some(endpoint.listen),
        ),
    });
    let mut findings = Vec::new();
    for (name, mode) in [(words::TELEGRAM, telegram), (words::DISCORD, discord)] {
        let Some((mode, listen)) = mode else {
            let remedy = Some(words::set_token(name));
            findings.push(Finding::new(name, Verdict::Note, words::NO_TOKEN, remedy));
            continue;
        };
        findings.push(Finding::well(name, mode));
        findings.extend(listen.and_then(|address| listener(name, address)));
    }
    findings
}

/// What keeps the bot from listening at an address.
fn listener(network: &'static str, address: SocketAddr) -> Option<Finding> {
    let error = TcpListener::bind(address).err()?;
    // It is the bot itself if that runs already.
    let verdict = match error.kind() {
        std::io::ErrorKind::AddrInUse => Verdict::Note,
        _ => Verdict::Bad,
    };
    let found = words::cannot_listen(address, &error);
    Some(Finding::new(
        network,
        verdict,
        found,
        Some(words::listen_remedy(network)),
    ))
}

/// The sections of the configuration that belong to the bot's features, and what these need of the networks.
fn sections(config: Config) -> (Vec<Finding>, Needs) {
    let nothing = Needs {
        all_text: false,
        commands: Vec::new(),
    };
    match features::add(App::new(config)) {
        Ok(app) => {
            let router = app.router();
            let shown = router.specs().iter().filter(|spec| !spec.hidden);
            let needs = Needs {
                all_text: router.wants_all_text(),
                commands: shown.map(|spec| spec.name.to_string()).collect(),
            };
            (Vec::new(), needs)
        }
        Err(Error::Config(error)) => (configuration(Err(error)).1, nothing),
        Err(error) => {
            let finding = Finding::new(words::CONFIGURATION, Verdict::Bad, error.to_string(), None);
            (vec![finding], nothing)
        }
    }
}

/// Whether what is kept is whole; nothing where there is nothing yet. It may be in use.
fn store(data: &Path) -> Option<Finding> {
    let file = data.join(DATABASE_FILE);
    if !file.exists() {
        return None;
    }
    Some(match duologue::verify(&file) {
        Ok(found) => Finding::well(words::DATA, words::store_is_fine(&file, &found)),
        Err(error) => {
            let remedy = Some(words::STORE_REMEDY.to_owned());
            Finding::new(
                words::DATA,
                Verdict::Bad,
                words::store_is_bad(&file, &error),
                remedy,
            )
        }
    })
}

/// Whether there is room where the data is, as far as the system says.
fn disk(data: &Path) -> Option<Finding> {
    let there = data
        .ancestors()
        .find(|folder| folder.is_dir())
        .unwrap_or(Path::new("."));
    let free = features::free_bytes(there)?;
    Some(if free < LITTLE_ROOM {
        let remedy = Some(words::DISK_REMEDY.to_owned());
        Finding::new(words::DATA, Verdict::Bad, words::disk(free), remedy)
    } else {
        Finding::well(words::DATA, words::disk(free))
    })
}

/// Whether files can be written where the data will be.
fn folder(data: &Path) -> Finding {
    let there = data
        .ancestors()
        .find(|folder| folder.is_dir())
        .unwrap_or(Path::new("."));
    let file = there.join(format!(".duologue-doctor-{}", std::process::id()));
    let written = std::fs::write(&file, b"1");
    // Nobody misses it.
    let _ = std::fs::remove_file(&file);
    match written {
        Ok(()) => Finding::well(words::DATA, words::folder_is_fine(data)),
        Err(error) => Finding::new(
            words::DATA,
            Verdict::Bad,
            words::cannot_write(data, &error),
            Some(words::FOLDER_REMEDY.to_owned()),
        ),
    }
}

/// What a worker process says that it is limited in.
fn measures(measures: std::io::Result<Vec<Measure>>) -> Vec<Finding> {
    let finding = |measure: Measure| match measure.missing {
        None => Finding::well(words::WORKERS, words::limited(&measure.what)),
        Some(why) => Finding::new(
            words::WORKERS,
            Verdict::Note,
            words::not_limited(&measure.what, &why),
            Some(words::WORKERS_REMEDY.to_owned()),
        ),
    };
    match measures {
        Ok(measures) => measures.into_iter().map(finding).collect(),
        Err(error) => vec![Finding::new(
            words::WORKERS,
            Verdict::Bad,
            words::no_worker(&error),
            Some(words::NO_WORKER_REMEDY.to_owned()),
        )],
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::path::Path;

    use duologue::{
        Config, DiscordSettings, EndpointSettings, Measure, Secret, TelegramSettings, WebhookSettings,
    };

    use super::{Verdict, configuration, folder, is_well, measures, networks, sections};

    #[test]
    fn a_bot_without_tokens_is_well_and_is_told_about_them() {
        let findings = networks(&Config::default());
        assert!(is_well(&findings));
        let remedy = findings[0].remedy.clone().unwrap();
        assert!(remedy.contains("TELEGRAM_TOKEN"), "{remedy}");
        let (config, findings) = configuration(Ok(Config::default()));
        assert!(config.is_some() && is_well(&findings));
        let (findings, needs) = sections(Config::default());
        assert!(findings.is_empty() && needs.commands.iter().any(|name| name == "ping"));
    }

    #[test]
    fn each_network_says_how_events_reach_the_bot_and_whether_it_can_listen_there() {
        let secret = || Secret::new("canary-canary-canary");
        let telegram = |webhook| TelegramSettings {
            webhook,
            ..TelegramSettings::new(secret())
        };
        let discord = |endpoint| DiscordSettings {
            endpoint,
            ..DiscordSettings::new(secret())
        };
        let config = |telegram, discord| Config {
            telegram: Some(telegram),
            discord: Some(discord),
            ..Config::default()
        };
        let usual = networks(&config(telegram(None), discord(None)));
        assert!(usual[0].found.contains("long polling") && usual[1].found.contains("gateway"));

        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let taken = taken.local_addr().map(|address| (taken, address)).unwrap();
        let webhook = WebhookSettings {
            listen: taken.1,
            ..WebhookSettings::new("https://bot.example.org/hidden", secret())
        };
        let endpoint = EndpointSettings {
            // An address of the documentation's, which no machine has.
            listen: "192.0.2.1:8081".parse().unwrap(),
            ..EndpointSettings::new("0".repeat(64))
        };
        let findings = networks(&config(telegram(Some(webhook)), discord(Some(endpoint))));
        let verdicts: Vec<Verdict> = findings.iter().map(|finding| finding.verdict).collect();
        assert_eq!(
            verdicts,
            [Verdict::Well, Verdict::Note, Verdict::Well, Verdict::Bad],
            "{findings:?}"
        );
        assert!(
            findings[0].found.contains("https://bot.example.org"),
            "{findings:?}"
        );
        let remedy = findings[1].remedy.as_ref().unwrap();
        assert!(remedy.contains("TELEGRAM_WEBHOOK_LISTEN"), "{remedy}");
        let remedy = findings[3].remedy.as_ref().unwrap();
        assert!(remedy.contains("discord.endpoint.listen"), "{remedy}");
        assert!(!format!("{findings:?}").contains("canary"));
    }

    #[test]
    fn what_a_feature_does_not_understand_is_named_with_its_section() {
        let mut config = Config::default();
        let section: toml::Table = "[fetch]\nmegabites = 3".parse().unwrap();
        config.features = section;
        let (findings, _) = sections(config);
        assert!(!is_well(&findings));
        assert!(findings[0].found.contains("features.fetch"), "{findings:?}");
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_bad() {
        let folder_of_ours = std::env::temp_dir().join("not/there/yet");
        assert_eq!(folder(&folder_of_ours).verdict, Verdict::Well);
        // Nobody writes there, not even root.
        assert_eq!(folder(Path::new("/proc/duologue")).verdict, Verdict::Bad);
    }

    #[test]
    fn what_a_worker_is_not_limited_in_is_a_note_with_its_reason() {
        let measure = |missing: Option<&str>| Measure {
            what: "memory".to_owned(),
            missing: missing.map(str::to_owned),
        };
        let findings = measures(Ok(vec![measure(None), measure(Some("not here"))]));
        assert_eq!(
            findings.iter().map(|it| it.verdict).collect::<Vec<_>>(),
            [Verdict::Well, Verdict::Note]
        );
        assert!(findings[1].found.contains("not here"));
        let none = measures(Err(std::io::Error::other("no")));
        assert!(!is_well(&none));
    }
}
