//! All files in one archive, made in a worker process. Owns nothing.

use std::collections::HashSet;
use std::io::{Cursor, Write as _};

use duologue::TaskFile;
use duologue::prelude::*;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::look::checksum;
use super::{Arrived, Fetched};
use crate::words::fetch as words;

/// The most bytes of one file in it.
const MOST_BYTES: u64 = 100 << 20;

/// Packs what has arrived, with the readable texts and a list of checksums.
pub(super) async fn pack(
    task: &TaskContext,
    arrived: &[Arrived],
    fetched: &[Fetched],
) -> Result<TaskFile, TaskError> {
    let looks = fetched.iter().filter_map(|fetched| fetched.outcome.as_ref().ok());
    let texts = looks.filter_map(|look| look.text.as_ref());
    let files: Vec<&TaskFile> = arrived.iter().map(|arrived| &arrived.file).chain(texts).collect();
    let mut packing = archive::task(unique(files.iter().map(|file| file.name.as_str())));
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
fn archive(task: &TaskContext, names: Vec<String>) -> Result<TaskFile, TaskError> {
    let mut packer = Packer::default();
    task.unit(Unit::named(words::FILES));
    for (index, name) in names.iter().enumerate() {
        task.progress(index as u64, names.len() as u64);
        packer.add(name, &task.input(index)?.read_all(MOST_BYTES)?)?;
    }
    task.wait(task.write_file(words::ZIP_NAME, packer.finish()?))
}

/// An archive that is being made, with a list of the checksums of what is in it under its own names.
struct Packer {
    zip: ZipWriter<Cursor<Vec<u8>>>,
    sums: String,
}

impl Default for Packer {
    fn default() -> Self {
        Self {
            zip: ZipWriter::new(Cursor::new(Vec::new())),
            sums: String::new(),
        }
    }
}

impl Packer {
    fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), TaskError> {
        self.put(name, bytes)?;
        self.sums.push_str(&format!("{}  {name}\n", checksum(bytes)));
        Ok(())
    }

    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), TaskError> {
        self.zip.start_file(name, SimpleFileOptions::default())?;
        Ok(self.zip.write_all(bytes)?)
    }

    fn finish(mut self) -> Result<Vec<u8>, TaskError> {
        let sums = std::mem::take(&mut self.sums);
        self.put(words::SUMS_NAME, sums.as_bytes())?;
        Ok(self.zip.finish()?.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::{Packer, unique};
    use crate::features::fetch::look::checksum;

    #[test]
    fn an_archive_has_every_file_and_the_checksums_under_the_names_that_stand_in_it() {
        let names = unique(["index.html", "index.html"].into_iter());
        let mut packer = Packer::default();
        for (name, bytes) in names.iter().zip([b"one", b"two"]) {
            packer.add(name, bytes).unwrap();
        }
        let bytes = packer.finish().unwrap();
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut read = |name: &str| {
            let mut text = String::new();
            zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
            text
        };
        assert_eq!(
            (read("index.html"), read("index-2.html")),
            ("one".to_owned(), "two".to_owned())
        );
        let sums = format!(
            "{}  index.html\n{}  index-2.html\n",
            checksum(b"one"),
            checksum(b"two")
        );
        assert_eq!(read("SHA256SUMS.txt"), sums);
    }

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
