//! `/fetch`: many addresses side by side; what has arrived is looked into by worker processes while the rest comes in.
//! Owns nothing.

mod look;
mod pack;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use duologue::prelude::*;
use duologue::{AttachmentKind, TaskFile};
use duologue_web::{Fetcher, Request, Url};

pub(crate) use self::look::Look;
use crate::features::web::{Facts, Failure, FetchSettings, Web, why_not};
use crate::words::fetch as words;
use crate::words::web::address;

/// How many files come in at once, and how many that have arrived are looked into or wait for it.
const AT_ONCE: usize = 6;
const LOOKED_INTO: usize = 4;

/// How long a file may wait for its turn at its host, which takes a few at a time.
const PATIENCE: Duration = Duration::from_secs(600);

/// The most files that are sent with a result: an album on either network.
const MOST_MEDIA: usize = 10;

/// Download many addresses at once, and see what they are
///
/// Write one address after another. I say what each is: kind, size, title and checksum, with small pictures of images
/// and the readable text of pages. With the word `zip` you get all of it in one file.
#[command(example = "https://example.com https://example.org zip")]
pub(crate) async fn fetch(
    ctx: Context,
    /// addresses, and `zip` to get it all in one file
    addresses: Rest,
) -> Result<(), HandlerError> {
    let web = ctx.resource::<Web>().ok_or("the bot has no web")?;
    let wanted = Wanted::read(&addresses.0.text, &web.settings).map_err(HandlerError::say)?;
    let fetch = Fetch {
        fetcher: web.client(&ctx)?.fetcher,
        settings: web.settings.clone(),
        zip: wanted.zip,
        upload_bytes: ctx.capabilities().files.upload_bytes,
    };
    let name = words::name(&wanted.urls);
    ctx.start(Task::new(name, move |task: TaskContext| async move {
        fetch.run(&task, wanted.urls).await
    }))?;
    Ok(())
}

/// What was asked.
#[derive(Debug, PartialEq)]
struct Wanted {
    urls: Vec<Url>,
    zip: bool,
}

impl Wanted {
    fn read(text: &str, settings: &FetchSettings) -> Result<Self, Content> {
        let (mut urls, mut zip) = (Vec::new(), false);
        for word in text
            .split([' ', '\n', '\t', ',', ';'])
            .filter(|word| !word.is_empty())
        {
            if word.eq_ignore_ascii_case("zip") {
                zip = true;
                continue;
            }
            // Angle brackets keep networks from showing what is behind a link.
            let word = word.trim_matches(['<', '>']);
            let url = duologue_web::address(word).map_err(|_| words::no_address(word))?;
            if !urls.contains(&url) {
                urls.push(url);
            }
        }
        if urls.is_empty() {
            return Err(words::no_addresses());
        }
        if urls.len() > settings.files {
            return Err(words::too_many(urls.len(), settings.files));
        }
        Ok(Self { urls, zip })
    }
}

struct Fetch {
    fetcher: Fetcher,
    settings: FetchSettings,
    zip: bool,
    /// The most that the network takes.
    upload_bytes: u64,
}

/// A file that has arrived.
#[derive(Clone, Debug)]
struct Arrived {
    number: usize,
    file: TaskFile,
    facts: Facts,
}

/// What became of one address.
pub(crate) struct Fetched {
    pub(crate) url: Url,
    pub(crate) outcome: Result<Look, Failure>,
}

/// How far the whole is, counted by its files.
#[derive(Clone)]
struct Total {
    task: TaskContext,
    bytes: Arc<AtomicU64>,
    ended: Arc<AtomicUsize>,
    files: usize,
}

impl Total {
    fn new(task: &TaskContext, files: usize) -> Self {
        let total = Self {
            task: task.clone(),
            bytes: Arc::default(),
            ended: Arc::default(),
            files,
        };
        if files > 1 {
            task.unit(Unit::named(words::FILES));
            task.progress(0, files as u64);
        }
        total
    }

    fn more(&self, bytes: usize) {
        let bytes = self.bytes.fetch_add(bytes as u64, Ordering::Relaxed) + bytes as u64;
        self.task.text(words::so_far(bytes));
    }

    fn ended(&self) {
        let ended = self.ended.fetch_add(1, Ordering::Relaxed) + 1;
        if self.files > 1 {
            self.task.progress(ended as u64, self.files as u64);
        }
    }
}

impl Fetch {
    async fn run(self, task: &TaskContext, urls: Vec<Url>) -> Result<Content, TaskError> {
        let begun = tokio::time::Instant::now();
        let total = Total::new(task, urls.len());
        let arrived: Arc<Mutex<Vec<Arrived>>> = Arc::default();
        let numbered: Vec<(usize, Url)> = urls.iter().cloned().enumerate().collect();
        let download = {
            let (total, arrived) = (total.clone(), Arc::clone(&arrived));
            let (fetcher, settings) = (self.fetcher.clone(), self.settings.clone());
            move |(number, url): (usize, Url)| {
                download(
                    fetcher.clone(),
                    &settings,
                    (number, &url),
                    total.clone(),
                    Arc::clone(&arrived),
                )
            }
        };
        let look = {
            let (task, total) = (task.clone(), total.clone());
            move |arrived: Arrived| look_into(&task, &arrived, total.clone())
        };
        let results = task
            .pipeline(numbered)
            .stage(AT_ONCE, download)
            .stage(LOOKED_INTO, look)
            .settle()
            .await;
        let mut fetched = Vec::with_capacity(urls.len());
        for (url, result) in urls.into_iter().zip(results) {
            let outcome = match result {
                Ok(look) => Ok(look),
                Err(error) => Err(why_not(error)?),
            };
            fetched.push(Fetched { url, outcome });
        }
        let bytes = total.bytes.load(Ordering::Relaxed);
        let mut content = words::result(&fetched, bytes, begun.elapsed());
        let mut media = Vec::new();
        if self.zip && fetched.iter().any(|fetched| fetched.outcome.is_ok()) {
            let mut arrived = std::mem::take(&mut *arrived.lock().unwrap_or_else(PoisonError::into_inner));
            arrived.sort_by_key(|arrived| arrived.number);
            match pack::pack(task, &arrived, &fetched).await {
                Ok(zip) if zip.bytes <= self.upload_bytes => {
                    media.push(task.media(AttachmentKind::Document, &zip)?);
                }
                Ok(zip) => content = content.paragraph(words::zip_too_large(zip.bytes, self.upload_bytes)),
                // What was found out is not lost with it.
                Err(TaskError::OverLimit(_)) => content = content.paragraph(words::ZIP_NO_ROOM),
                Err(error) => return Err(error),
            }
        } else {
            for look in fetched.iter().filter_map(|fetched| fetched.outcome.as_ref().ok()) {
                media.extend(look.media(task)?);
            }
            if media.len() > MOST_MEDIA {
                media.truncate(MOST_MEDIA);
                content = content.paragraph(words::MORE_IN_A_ZIP);
            }
        }
        let content = media.into_iter().fold(content, Content::media);
        Ok(content.buttons(words::retries(&fetched, self.zip)))
    }
}

/// Brings one file in.
fn download(
    fetcher: Fetcher,
    settings: &FetchSettings,
    (number, url): (usize, &Url),
    total: Total,
    arrived: Arc<Mutex<Vec<Arrived>>>,
) -> Task<Arrived> {
    let request = Request::new(url.clone())
        .patience(PATIENCE)
        .deadline(settings.time())
        .max_bytes(settings.bytes());
    Task::new(address(url), move |task: TaskContext| async move {
        match bring(&task, &fetcher, request, &total).await {
            Ok((file, facts)) => {
                let one = Arrived { number, file, facts };
                arrived
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(one.clone());
                Ok(one)
            }
            Err(error) => {
                total.ended();
                Err(error)
            }
        }
    })
}

async fn bring(
    task: &TaskContext,
    fetcher: &Fetcher,
    request: Request,
    total: &Total,
) -> Result<(TaskFile, Facts), TaskError> {
    task.unit(Unit::Bytes);
    let mut response = fetcher.get(request).await?.error_for_status()?;
    let facts = Facts::of(response.head());
    let (mut done, length) = (0, response.head().length);
    let mut file = task.create(facts.name.clone()).await?;
    while let Some(chunk) = response.chunk().await? {
        total.more(chunk.len());
        done += chunk.len() as u64;
        // What is packed on its way becomes longer than was said.
        let of = length.filter(|length| *length >= done);
        task.report(Progress {
            done,
            of,
            unit: Unit::Bytes,
            ..Progress::default()
        });
        file.write(chunk).await?;
    }
    Ok((file.finish().await?, facts))
}

/// What a file is, found out in a worker process.
fn look_into(task: &TaskContext, arrived: &Arrived, total: Total) -> Task<Look> {
    let name = words::looking(&arrived.file.name);
    let looking = match task.as_input(&arrived.file) {
        Ok(input) => look::look::task(&arrived.facts).file(input),
        Err(error) => Task::new("", |_| async { Err(error) }),
    };
    let counted = looking.map(move |look| {
        total.ended();
        look
    });
    counted.named(name)
}

#[cfg(test)]
mod tests {
    use super::{FetchSettings, Wanted};

    fn read(text: &str) -> Result<Vec<String>, String> {
        let settings = FetchSettings {
            files: 3,
            ..FetchSettings::default()
        };
        match Wanted::read(text, &settings) {
            Ok(wanted) => {
                let zip = wanted.zip.then(|| "zip".to_owned());
                Ok(wanted.urls.iter().map(ToString::to_string).chain(zip).collect())
            }
            Err(content) => Err(content.to_plain()),
        }
    }

    #[test]
    fn addresses_are_read_however_they_are_written() {
        let both = ["https://example.com/", "http://example.org/a?b=c"].map(str::to_owned);
        for text in [
            "example.com http://example.org/a?b=c",
            "https://example.com/,\nhttp://example.org/a?b=c",
            "<https://example.com>; <http://example.org/a?b=c> example.com",
        ] {
            assert_eq!(read(text).unwrap(), both, "{text}");
        }
        assert_eq!(read("ZIP example.com").unwrap(), ["https://example.com/", "zip"]);
    }

    #[test]
    fn what_is_no_address_or_too_much_is_said() {
        assert!(read("zip").unwrap_err().contains("/fetch"));
        assert!(read("http://[").unwrap_err().contains("http://["));
        assert!(
            read("a.test b.test c.test d.test")
                .unwrap_err()
                .contains("up to 3")
        );
    }
}
