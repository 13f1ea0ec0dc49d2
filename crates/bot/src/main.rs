//! The shipped bot: the command line, and what it starts. Owns nothing; the bot and the sandbox own themselves.

mod cli;
mod commands;
mod doctor;
mod features;
#[cfg(test)]
mod testing;
mod words;

use std::process::ExitCode;

use anyhow::Context as _;
use duologue::sandbox::{Sandbox, SandboxConfig};
use duologue::{App, Config, init_logging};

use crate::cli::Job;
use crate::commands::say;

/// Something failed while it ran, or could not be started.
const FAILED: u8 = 1;

/// The command line is wrong, as most programs have it.
const BAD_USAGE: u8 = 2;

/// The configuration is wrong: `EX_CONFIG` of `sysexits.h`. Starting again does not help.
const BAD_CONFIGURATION: u8 = 78;

#[duologue::main]
async fn main() -> ExitCode {
    let words = std::env::args_os().skip(1);
    let words = words.map(|word| word.to_string_lossy().into_owned());
    let result = match cli::parse(words) {
        Ok(Job::Run) => run().await,
        Ok(Job::Sandbox { port }) => sandbox(port).await,
        Ok(Job::Doctor { json, live }) => match examine(json, live).await {
            Ok(true) => Ok(()),
            Ok(false) => return ExitCode::from(FAILED),
            Err(error) => Err(error),
        },
        Ok(Job::Init) => commands::init().await,
        Ok(Job::Health) => commands::ask_for_health().await,
        Ok(Job::Backup { file }) => commands::back_up(file).await,
        Ok(Job::Restore { file, verify: true }) => commands::check(file).await,
        Ok(Job::Restore { file, verify: false }) => commands::restore(file).await,
        Ok(Job::Send { chat, text }) => commands::send(chat, text).await,
        Ok(Job::Export { person }) => commands::export(person).await,
        Ok(Job::Forget { person, yes }) => commands::forget(person, yes).await,
        Ok(Job::Help) => say(words::COMMAND_LINE),
        Ok(Job::Version) => say(&format!("{}\n", words::version())),
        Err(error) => {
            eprintln!("duologue: {error}");
            return ExitCode::from(BAD_USAGE);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error),
    }
}

async fn run() -> anyhow::Result<()> {
    features::add(App::from_env()?)?.run().await?;
    Ok(())
}

/// Runs the sandbox alone until it is asked to stop.
async fn sandbox(port: Option<u16>) -> anyhow::Result<()> {
    // A sandbox needs no settings: where those of the bot are wrong, the defaults do.
    let config = Config::from_env().unwrap_or_default();
    init_logging(&config.log, &[]);
    let port = port.unwrap_or(config.sandbox.port);
    let sandbox = Sandbox::start(SandboxConfig::on_port(port))
        .await
        .context(words::SANDBOX_FAILED)?;
    // Listened for before anybody can know that it runs.
    let asked = asked_to_stop()?;
    say(&sandbox.greeting())?;
    asked.await?;
    sandbox.shutdown().await;
    Ok(())
}

/// Says how everything is, and whether the bot can run.
async fn examine(json: bool, live: bool) -> anyhow::Result<bool> {
    let findings = doctor::examine(live).await;
    if json {
        say(&format!("{}\n", serde_json::to_string_pretty(&findings)?))?;
    } else {
        say(&words::doctor::findings(&findings))?;
    }
    Ok(doctor::is_well(&findings))
}

/// Listens for the signals that ask for an end; the future completes with the first of them.
#[cfg(unix)]
fn asked_to_stop() -> std::io::Result<impl Future<Output = std::io::Result<()>>> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => Ok(()),
            _ = interrupt.recv() => Ok(()),
        }
    })
}

#[cfg(not(unix))]
fn asked_to_stop() -> std::io::Result<impl Future<Output = std::io::Result<()>>> {
    Ok(tokio::signal::ctrl_c())
}

/// Says what went wrong, and how the process should end for it.
fn complain(error: &anyhow::Error) -> ExitCode {
    match error.downcast_ref() {
        // Its `Debug` is for people and leaves secrets out of the causes.
        Some(error @ duologue::Error::Config(_)) => {
            eprintln!("duologue: {error:?}");
            ExitCode::from(BAD_CONFIGURATION)
        }
        Some(error) => {
            eprintln!("duologue: {error:?}");
            ExitCode::from(FAILED)
        }
        None => {
            eprintln!("duologue: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}
