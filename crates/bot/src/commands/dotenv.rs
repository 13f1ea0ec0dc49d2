//! `.env` as a text in which single variables are set and everything else stays byte for byte; and how it is written.
//! Owns nothing.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Sets a variable in a text: in the line that counts, which is the first that sets it, else in a new last line.
pub(super) fn set(text: &str, name: &str, value: &str) -> String {
    let mut written = String::with_capacity(text.len() + name.len() + value.len() + 2);
    let mut done = false;
    for line in text.split_inclusive('\n') {
        let (body, end) = split_end(line);
        if done || !sets(body, name) {
            written.push_str(line);
            continue;
        }
        let indent = &body[..body.len() - body.trim_start().len()];
        let export = if is_exported(body) { "export " } else { "" };
        written.push_str(&format!("{indent}{export}{name}={value}{end}"));
        done = true;
    }
    if !done {
        let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        if !written.is_empty() && !written.ends_with('\n') {
            written.push_str(end);
        }
        written.push_str(&format!("{name}={value}{end}"));
    }
    written
}

fn split_end(line: &str) -> (&str, &str) {
    let body = line.trim_end_matches(['\r', '\n']);
    (body, &line[body.len()..])
}

fn is_exported(line: &str) -> bool {
    line.trim_start()
        .strip_prefix("export")
        .is_some_and(|rest| rest.starts_with(char::is_whitespace))
}

fn sets(line: &str, name: &str) -> bool {
    let line = line.trim_start();
    let line = if is_exported(line) {
        line["export".len()..].trim_start()
    } else {
        line
    };
    line.strip_prefix(name)
        .is_some_and(|rest| rest.trim_start().starts_with('='))
}

/// Writes a text in place of a file, for the user alone, and keeps the one before under another name; says which.
pub(super) fn write(path: &Path, text: &str) -> io::Result<Option<PathBuf>> {
    // One that points elsewhere goes on doing so.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let kept = match fs::read(&path) {
        Ok(before) => {
            let kept = free_name(&path);
            create(&kept, &before)?;
            Some(kept)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let part = beside(&path, &format!(".part-{}", std::process::id()));
    create(&part, text.as_bytes())?;
    fs::rename(&part, &path)?;
    Ok(kept)
}

/// Makes a file that was not there, for the user alone.
fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn free_name(path: &Path) -> PathBuf {
    let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let mut name = beside(path, &format!(".old-{time}"));
    for count in 2.. {
        if !name.exists() {
            break;
        }
        name = beside(path, &format!(".old-{time}-{count}"));
    }
    name
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::set;

    #[test]
    fn one_variable_is_set_and_everything_else_stays_byte_for_byte() {
        for (before, after) in [
            ("", "A=new\n"),
            ("# A=old\n", "# A=old\nA=new\n"),
            ("B=1", "B=1\nA=new\n"),
            ("A=\nB=1\n", "A=new\nB=1\n"),
            ("B=1\r\nA=old # why\r\nC=2", "B=1\r\nA=new\r\nC=2"),
            ("B=1\r\n", "B=1\r\nA=new\r\n"),
            ("  export A = old\nA=second\n", "  export A=new\nA=second\n"),
            ("AA=1\nA_FILE=x\n\n", "AA=1\nA_FILE=x\n\nA=new\n"),
            ("exportA=1\n", "exportA=1\nA=new\n"),
        ] {
            assert_eq!(set(before, "A", "new"), after, "{before:?}");
        }
    }
}
