//! A headless Chromium, driven through its WebDriver. Owns the driver's process and the browser's profile folder.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use reqwest::{Method, Url};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};

/// How long the driver may take to say its port, and a page to show something.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running browser.
pub struct Browser {
    /// The page.
    pub client: Client,
    driver: Child,
    /// Kept open: the driver ends when nobody can read what it writes.
    _output: BufReader<ChildStdout>,
    profile: PathBuf,
    /// What this browser's person can choose. Nobody else writes there.
    files: PathBuf,
}

/// Whether a browser and its driver are installed.
#[must_use]
pub fn installed() -> bool {
    let on_path = |name: &str| {
        std::env::var_os("PATH")
            .is_some_and(|paths| std::env::split_paths(&paths).any(|folder| folder.join(name).is_file()))
    };
    on_path("chromium") && on_path("chromedriver")
}

impl Browser {
    /// Starts a browser with a window of this size, in pixels, and a profile of its own.
    ///
    /// # Errors
    ///
    /// When the driver or the browser does not start.
    pub async fn start(width: u32, height: u32) -> Result<Self> {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("chromedriver does not start")?;
        let stdout = driver.stdout.take().context("the driver's output is piped")?;
        let mut output = BufReader::new(stdout);
        let port = tokio::time::timeout(PATIENCE, port(&mut output))
            .await
            .context("no port in time")??;
        let profile = std::env::temp_dir().join(format!("duologue-browser-{}-{port}", std::process::id()));
        let files = profile.with_extension("files");
        // A process with the same number may have been killed before it could tidy up.
        let _ = std::fs::remove_dir_all(&files);
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(capabilities(width, height, &profile))
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .context("no session with the browser")?;
        Ok(Self {
            client,
            driver,
            _output: output,
            profile,
            files,
        })
    }

    /// A file that the person at this browser can choose. Until it is sent the browser reads it from the disk, and a file
    /// that is written meanwhile, even with the same content, ends the upload: so each browser has files of its own, and
    /// one that is there already stays as it is.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn file(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        std::fs::create_dir_all(&self.files)?;
        let path = self.files.join(name);
        if !path.exists() {
            std::fs::write(&path, bytes)?;
        }
        Ok(path)
    }

    /// Runs a script in every page that is opened from now on, before the page's own.
    ///
    /// # Errors
    ///
    /// When the driver refuses it.
    pub async fn before_pages(&self, script: &str) -> Result<()> {
        self.client.issue_cmd(BeforePages(script.to_owned())).await?;
        Ok(())
    }

    /// Waits until something with this test id is shown.
    ///
    /// # Errors
    ///
    /// When it is not there in time; the error names it.
    pub async fn find(&self, test_id: &str) -> Result<fantoccini::elements::Element> {
        self.find_css(&format!("[data-testid='{test_id}']")).await
    }

    /// Waits until something that a CSS selector finds is there.
    ///
    /// # Errors
    ///
    /// When it is not there in time; the error names it.
    pub async fn find_css(&self, css: &str) -> Result<fantoccini::elements::Element> {
        let wait = self
            .client
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::Css(css));
        wait.await.with_context(|| format!("the page has no {css}"))
    }

    /// Waits until the page's text holds these words.
    ///
    /// # Errors
    ///
    /// When they are not there in time; the error holds the page's text, and what the page complained of meanwhile.
    pub async fn read(&self, css: &str, words: &str) -> Result<()> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let script = "return [arguments[0], '.toast.bad'] \
            .map(css => [...document.querySelectorAll(css)].map(e => e.innerText).join('\\n'))";
        let mut complaints = Vec::new();
        loop {
            let shown = self.client.execute(script, vec![css.into()]).await?;
            let [text, complaint] = [0, 1].map(|at| shown[at].as_str().unwrap_or_default());
            if text.contains(words) {
                return Ok(());
            }
            // A complaint is gone again long before the deadline.
            if !complaint.is_empty() && complaints.last().is_none_or(|last| last != complaint) {
                complaints.push(complaint.to_owned());
            }
            if tokio::time::Instant::now() > deadline {
                let complaints = complaints.join("\n");
                bail!("`{words}` is not in {css}; there is:\n{text}\nthe page complained:\n{complaints}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until nothing that a CSS selector finds is left.
    ///
    /// # Errors
    ///
    /// When something is left for too long.
    pub async fn gone(&self, css: &str) -> Result<()> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while !self.client.find_all(Locator::Css(css)).await?.is_empty() {
            if tokio::time::Instant::now() > deadline {
                bail!("{css} is still there");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Keeps a picture of the page among the build's artifacts.
    ///
    /// # Errors
    ///
    /// When the picture cannot be taken or written.
    pub async fn screenshot(&self, name: &str) -> Result<()> {
        let folder = crate::project().join("artifacts");
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(name), self.client.screenshot().await?)?;
        Ok(())
    }

    /// Ends the browser and its driver.
    ///
    /// # Errors
    ///
    /// When the driver cannot be ended.
    pub async fn close(mut self) -> Result<()> {
        self.client.clone().close().await?;
        self.driver.kill().await?;
        // What is left behind does no harm.
        let _ = std::fs::remove_dir_all(&self.profile);
        let _ = std::fs::remove_dir_all(&self.files);
        Ok(())
    }
}

/// A command that WebDriver lacks and Chromium's driver has.
#[derive(Debug)]
struct BeforePages(String);

impl WebDriverCompatibleCommand for BeforePages {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, <Url as FromStr>::Err> {
        base.join(&format!(
            "session/{}/goog/cdp/execute",
            session.unwrap_or_default()
        ))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = serde_json::json!({ "cmd": "Page.addScriptToEvaluateOnNewDocument", "params": { "source": self.0 } });
        (Method::POST, Some(body.to_string()))
    }
}

async fn port(lines: &mut BufReader<ChildStdout>) -> Result<u16> {
    let mut line = String::new();
    while lines.read_line(&mut line).await? > 0 {
        if let Some((_, port)) = line
            .trim_end()
            .trim_end_matches('.')
            .rsplit_once("successfully on port ")
        {
            return port.parse().context("the driver's port is a number");
        }
        line.clear();
    }
    bail!("the driver ended without a port")
}

fn capabilities(width: u32, height: u32, profile: &Path) -> Capabilities {
    let options = serde_json::json!({
        "args": [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", "--hide-scrollbars",
            format!("--window-size={width},{height}"),
            format!("--user-data-dir={}", profile.display()),
        ],
    });
    let mut capabilities = Capabilities::new();
    capabilities.insert("goog:chromeOptions".to_owned(), options);
    capabilities
}
