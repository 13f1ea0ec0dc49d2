//! All files in one archive, made in a worker process. Owns nothing.

use std::collections::HashSet;
use std::io::{Cursor, Write as _};

use duologue::TaskFile;
use duologue::prelude::*;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::{Arrived, Fetched};
use crate::words::fetch as words;

/// The most bytes of an archive.
const MOST_BYTES: usize = 100 << 20;

/// Packs what has arrived, with the readable texts and a list of checksums.
pub(super) async fn pack(
    task: &TaskContext,
    arrived: &[Arrived],
    fetched: &[Fetched],
) -> Result<TaskFile, TaskError> {
    let looks = fetched.iter().filter_map(|fetched| fetched.outcome.as_ref().ok());
    let texts = looks.clone().filter_map(|look| look.text.as_ref());
    let files: Vec<&TaskFile> = arrived.iter().map(|arrived| &arrived.file).chain(texts).collect();
    let names = unique(files.iter().map(|file| file.name.as_str()));
    let sums: String = looks
        .map(|look| format!("{}  {}\n", look.checksum, look.name))
        .collect();
    let mut packing = archive::task(names, sums);
    for file in files {
        packing = packing.file(task.as_input(file)?);
    }
    task.run(packing).await
}

/// Names of which no two are equal, not even for those who do not tell large letters from small ones.
fn unique<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut taken = HashSet::from([words::SUMS_NAME.to_lowercase()]);
    let free = |name: &str| {
        let mut candidate = name.to_owned();
        let mut number = 2;
        while !taken.insert(candidate.to_lowercase()) {
            candidate = match name.rsplit_once('.') {
                Some((stem, ending)) => format!("{stem}-{number}.{ending}"),
                None => format!("{name}-{number}"),
            };
            number += 1;
        }
        candidate
    };
    names.map(free).collect()
}

/// Packing
#[task(lane = "process", processor = "60s")]
fn archive(task: &TaskContext, names: Vec<String>, sums: String) -> Result<TaskFile, TaskError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    task.unit(Unit::named(words::FILES));
    for (index, name) in names.iter().enumerate() {
        task.progress(index as u64, names.len() as u64);
        let bytes = task.input(index)?.read_all(MOST_BYTES as u64)?;
        zip.start_file(name.as_str(), options)?;
        zip.write_all(&bytes)?;
    }
    zip.start_file(words::SUMS_NAME, options)?;
    zip.write_all(sums.as_bytes())?;
    let bytes = zip.finish()?.into_inner();
    task.wait(task.write_file(words::ZIP_NAME, bytes))
}

#[cfg(test)]
mod tests {
    use super::unique;

    #[test]
    fn no_two_names_in_an_archive_are_equal() {
        let names = ["a.txt", "A.TXT", "b", "b", "sha256sums.txt", "a.txt"];
        let free = unique(names.into_iter());
        assert_eq!(
            free,
            ["a.txt", "A-2.TXT", "b", "b-2", "sha256sums-2.txt", "a-3.txt"]
        );
    }
}
