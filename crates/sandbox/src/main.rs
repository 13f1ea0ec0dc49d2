//! The `duologue-sandbox` program: starts a sandbox, says where it is, and waits for a signal. Owns nothing.

use anyhow::Context;
use duologue_sandbox::{DEFAULT_PORT, Sandbox, SandboxConfig};
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing::Level::INFO)
        .init();
    let port = match std::env::args().nth(1) {
        None => DEFAULT_PORT,
        Some(port) => port.parse().context("usage: duologue-sandbox [PORT]")?,
    };
    let sandbox = Sandbox::start(SandboxConfig::on_port(port))
        .await
        .context("the sandbox did not start")?;
    println!("{}", sandbox.greeting());
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    sandbox.shutdown().await;
    Ok(())
}
