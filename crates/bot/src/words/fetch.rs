//! The words of fetching. Pure functions.

use std::time::Duration;

use duologue::Button;
use duologue::prelude::{Content, bold, code, text};
use duologue::words::bytes;
use duologue_web::Url;

use crate::features::fetch::{Fetched, Look};
use crate::features::web::Failure;
use crate::words::web::address;

/// What is counted.
pub(crate) const FILES: &str = "files";

/// The name of the archive, and of the list of checksums in it.
pub(crate) const ZIP_NAME: &str = "fetched.zip";
pub(crate) const SUMS_NAME: &str = "SHA256SUMS.txt";

/// What is said where there is more to send than fits.
pub(crate) const MORE_IN_A_ZIP: &str =
    "There is more than I can show: add the word zip to get it all in one file.";

/// How many characters of a checksum are shown where there are several: enough to compare by eye.
const SHORT_CHECKSUM: usize = 16;

/// The most buttons that fetch one address again.
const MOST_RETRIES: usize = 4;

/// The name of the task.
pub(crate) fn name(urls: &[Url]) -> String {
    match urls {
        [url] => format!("Fetching {}", address(url)),
        urls => format!("Fetching {} files", urls.len()),
    }
}

/// How much has come in.
pub(crate) fn so_far(number: u64) -> String {
    format!("{} so far", bytes(number))
}

/// The name of looking into a file.
pub(crate) fn looking(name: &str) -> String {
    format!("looking into {name}")
}

/// What a small picture shows.
pub(crate) fn small_picture(name: &str) -> String {
    format!("The image {name}, made small")
}

/// The name of a small picture.
pub(crate) fn small_name(name: &str, extension: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    format!("{stem}-small.{extension}")
}

/// The name of a readable text.
pub(crate) fn text_name(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    format!("{stem}.txt")
}

/// The answer to a word that is no address.
pub(crate) fn no_address(word: &str) -> Content {
    Content::new().paragraph([
        code(word),
        text(" is no address. One looks like "),
        code("https://example.com/page"),
        text("."),
    ])
}

/// The answer to no addresses.
pub(crate) fn no_addresses() -> Content {
    Content::new().paragraph([
        text("Tell me what to fetch, such as "),
        code("/fetch https://example.com https://example.org"),
        text("."),
    ])
}

/// The answer to more addresses than are fetched at once.
pub(crate) fn too_many(given: usize, most: usize) -> Content {
    Content::text(format!(
        "These are {given} addresses, and I fetch up to {most} at once."
    ))
}

/// Said where there is no room for the archive.
pub(crate) const ZIP_NO_ROOM: &str = "There is no room for a zip of all this: fetch fewer files at once.";

/// What is said where the archive is larger than the network takes.
pub(crate) fn zip_too_large(has: u64, most: u64) -> String {
    format!(
        "The zip has {}, and this network takes {} of me.",
        bytes(has),
        bytes(most)
    )
}

/// The result. Small pictures, texts or the archive follow.
pub(crate) fn result(fetched: &[Fetched], total: u64, took: Duration) -> Content {
    let one = fetched.len() == 1;
    let lines = fetched.iter().map(|it| match &it.outcome {
        Ok(look) => found(&it.url, look, one),
        Err(Failure { why, .. }) => vec![text("✗ "), bold(address(&it.url)), text(format!(": {why}"))],
    });
    let lines: Vec<_> = lines.collect();
    if one {
        return lines.into_iter().fold(Content::new(), Content::paragraph);
    }
    let arrived = fetched.iter().filter(|it| it.outcome.is_ok()).count();
    let head = format!(
        "{arrived} of {} files, {} in {:.1} s",
        fetched.len(),
        bytes(total),
        took.as_secs_f64()
    );
    Content::new().paragraph(bold(head)).list(lines)
}

fn found(url: &Url, look: &Look, whole: bool) -> Vec<duologue::Inline> {
    let name = match &look.title {
        Some(title) => title.clone(),
        None => look.name.clone(),
    };
    let mut facts = vec![look.media_type.clone(), bytes(look.bytes)];
    if let Some(picture) = &look.picture {
        facts.push(format!("{} × {}", picture.width, picture.height));
        if picture.frames > 1 {
            facts.push(format!("{} frames", picture.frames));
        }
    }
    facts.extend(look.words.map(|words| format!("{words} words")));
    let checksum = if whole {
        look.checksum.clone()
    } else {
        look.checksum.chars().take(SHORT_CHECKSUM).collect()
    };
    vec![
        bold(name),
        text(format!("\n{}\n{}\n", address(url), facts.join(" · "))),
        text("SHA-256 "),
        code(checksum),
    ]
}

/// Buttons that fetch again what may work another time.
pub(crate) fn retries(fetched: &[Fetched], zip: bool) -> Vec<Button> {
    let again = |it: &&Fetched| matches!(&it.outcome, Err(failure) if failure.again);
    let failed: Vec<&Url> = fetched.iter().filter(again).map(|it| &it.url).collect();
    let button = |label: String, urls: &[&Url]| {
        let words = urls
            .iter()
            .map(ToString::to_string)
            .chain(zip.then(|| "zip".to_owned()));
        Button::command(label, "fetch", words.collect::<Vec<_>>().join(" "))
    };
    let each = failed
        .iter()
        .take(MOST_RETRIES)
        .map(|url| button(format!("Retry {}", short(url)), &[url]));
    let all = (failed.len() > 1).then(|| button(format!("Retry all {}", failed.len()), &failed));
    each.chain(all).collect()
}

/// What of an address fits on a button.
fn short(url: &Url) -> String {
    let last = url.path_segments().and_then(|mut segments| segments.next_back());
    match last {
        Some(last) if !last.is_empty() && last.chars().count() <= 30 => last.to_owned(),
        _ => url.host_str().unwrap_or_default().chars().take(30).collect(),
    }
}
