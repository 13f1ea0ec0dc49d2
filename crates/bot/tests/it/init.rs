//! The first set-up, answered from a pipe.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use duologue_sandbox::{Sandbox, SandboxConfig, SandboxHandle};
use tokio::io::AsyncReadExt;

use crate::process::{Ran, run_in};

struct Place {
    folder: PathBuf,
    sandbox: SandboxHandle,
}

impl Place {
    async fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("duologue-init-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let sandbox = Sandbox::start(SandboxConfig::default()).await.unwrap();
        Self { folder, sandbox }
    }

    async fn init(&self, answers: &[&str]) -> Ran {
        let (telegram, discord) = (self.sandbox.telegram_api_url(), self.sandbox.discord_api_url());
        let variables = [
            ("TELEGRAM_API_URL", telegram.as_str()),
            ("DISCORD_API_URL", &discord),
        ];
        run_in(
            &self.folder,
            &["init"],
            &variables,
            &format!("{}\n", answers.join("\n")),
        )
        .await
    }

    fn dotenv(&self) -> PathBuf {
        self.folder.join(".env")
    }

    /// The files that are there.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(&self.folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    async fn ends(self) {
        self.sandbox.shutdown().await;
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}

fn is_private(file: &Path) -> bool {
    std::fs::metadata(file).unwrap().permissions().mode() & 0o777 == 0o600
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_checked_and_written_for_the_user_alone() {
    let place = Place::new("new").await;
    let (telegram, discord) = (
        place.sandbox.telegram_token("bee"),
        place.sandbox.discord_token("bee"),
    );
    let ran = place.init(&[&telegram, &discord]).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out.contains("Telegram knows it") && ran.out.contains("Discord knows it"),
        "{ran:?}"
    );
    for token in [&telegram, &discord] {
        assert!(!ran.out.contains(token.as_str()) && !ran.err.contains(token.as_str()));
    }
    let written = std::fs::read_to_string(place.dotenv()).unwrap();
    assert!(
        written.contains(&format!("TELEGRAM_TOKEN={telegram}\n")),
        "{written}"
    );
    assert!(
        written.contains(&format!("DISCORD_TOKEN={discord}\n")),
        "{written}"
    );
    assert!(is_private(&place.dotenv()));
    assert_eq!(place.names(), [".env"]);
    place.ends().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_there_stays_byte_for_byte_and_the_file_before_is_kept() {
    let place = Place::new("old").await;
    let before = "# mine\nDUOLOGUE_LOG=info\r\nDISCORD_TOKEN=\n\n  # the end";
    std::fs::write(place.dotenv(), before).unwrap();
    let discord = place.sandbox.discord_token("bee");
    let ran = place.init(&["", &discord]).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let written = std::fs::read_to_string(place.dotenv()).unwrap();
    let expected = before.replace("DISCORD_TOKEN=", &format!("DISCORD_TOKEN={discord}"));
    assert_eq!(written, expected);
    let names = place.names();
    let old = names.iter().find(|name| name.starts_with(".env.old-")).unwrap();
    assert!(ran.out.contains(old.as_str()), "{ran:?}");
    let old = place.folder.join(old);
    assert_eq!(std::fs::read_to_string(&old).unwrap(), before);
    assert!(is_private(&old) && is_private(&place.dotenv()));

    let ran = place.init(&["", ""]).await;
    assert!(ran.out.contains("nothing was written"), "{ran:?}");
    assert_eq!(place.names().len(), 2);
    place.ends().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_none_or_unknown_is_asked_for_again_and_never_shown() {
    let place = Place::new("bad").await;
    let good = place.sandbox.discord_token("bee");
    let unknown = &place.sandbox.discord_token("wasp");
    let wasp = place.sandbox.discord().bot_of(unknown).unwrap();
    place.sandbox.faults().revoke_discord(wasp, true);
    let ran = place.init(&["", "sesame", unknown, &good]).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("discord.com/developers"), "{ran:?}");
    assert!(ran.out.contains("does not know this token"), "{ran:?}");
    for token in ["sesame", unknown.as_str(), &good] {
        assert!(!ran.out.contains(token) && !ran.err.contains(token), "{ran:?}");
    }
    std::fs::remove_file(place.dotenv()).unwrap();
    let ran = place.init(&["", unknown, unknown, unknown]).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(place.names().is_empty(), "nothing was written");
    place.ends().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_cannot_be_reached_does_not_keep_its_token_out() {
    let place = Place::new("away").await;
    let token = format!("110201543:{}", "A".repeat(35));
    let variables = [("TELEGRAM_API_URL", "http://127.0.0.1:9")];
    let answers = format!("{token}\n\n");
    let ran = run_in(&place.folder, &["init"], &variables, &answers).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("cannot be reached"), "{ran:?}");
    assert!(
        !ran.out.contains(&token) && !ran.out.contains("127.0.0.1:9/bot"),
        "{ran:?}"
    );
    let written = std::fs::read_to_string(place.dotenv()).unwrap();
    assert!(written.contains(&token));
    place.ends().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_cannot_be_read_is_named() {
    let place = Place::new("unreadable").await;
    std::fs::create_dir(place.dotenv()).unwrap();
    let ran = place.init(&["", ""]).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains(".env cannot be read: "), "{ran:?}");
    place.ends().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_to_stop_it_ends_in_order_and_writes_nothing() {
    let place = Place::new("stopped").await;
    let mut program = tokio::process::Command::new(env!("CARGO_BIN_EXE_duologue"))
        .arg("init")
        .current_dir(&place.folder)
        .env_clear()
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut said = String::new();
    let out = program.stdout.as_mut().unwrap();
    while !said.contains("Telegram token: ") {
        let mut part = [0; 512];
        let read = out.read(&mut part).await.unwrap();
        assert!(read > 0, "{said}");
        said.push_str(&String::from_utf8_lossy(&part[..read]));
    }
    let interrupt = format!("kill -INT {}", program.id().unwrap());
    let sent = tokio::process::Command::new("sh")
        .args(["-c", &interrupt])
        .status();
    assert!(sent.await.unwrap().success());
    let ended = tokio::time::timeout(std::time::Duration::from_secs(30), program.wait()).await;
    assert_eq!(ended.unwrap().unwrap().code(), Some(1));
    assert!(place.names().is_empty());
    place.ends().await;
}
