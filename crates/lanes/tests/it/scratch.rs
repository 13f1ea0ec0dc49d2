//! The files of tasks on a real disk.

use std::path::PathBuf;

use duologue_core::TaskId;
use duologue_core::content::MediaSource;
use duologue_core::task::{FileKey, Scratch};
use duologue_lanes::DiskScratch;

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("duologue-scratch-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

fn key(task: u64, number: u32) -> FileKey {
    FileKey {
        task,
        part: 0,
        number,
    }
}

async fn write(scratch: &DiskScratch, key: FileKey, words: &str) {
    let mut file = scratch.create(key).await.expect("the file can be made");
    for piece in words.as_bytes().chunks(3) {
        let written = file.write(piece.to_vec().into()).await;
        written.expect("there is room on the disk");
    }
    file.finish().await.expect("there is room on the disk");
}

#[tokio::test]
async fn a_file_can_be_read_until_its_task_is_done_with() {
    let below = folder("read");
    let scratch = DiskScratch::new(&below);
    write(&scratch, key(1, 0), "hello there").await;
    write(&scratch, key(1, 1), "more").await;
    write(&scratch, key(2, 0), "another task").await;
    let Some(MediaSource::Path(path)) = scratch.source(key(1, 0)) else {
        panic!("it is on disk")
    };
    assert!(path.is_absolute());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "hello there");
    scratch.remove(TaskId(1)).await;
    scratch.remove(TaskId(77)).await;
    assert!(!path.exists() && scratch.source(key(1, 1)).is_none());
    assert!(scratch.source(key(2, 0)).is_some());
    drop(scratch);
    assert_eq!(std::fs::read_dir(&below).unwrap().count(), 0, "nothing is left");
    std::fs::remove_dir_all(below).unwrap();
}

#[tokio::test]
async fn what_a_killed_bot_left_behind_is_removed_and_what_is_in_use_stays() {
    let below = folder("abandoned");
    let used = DiskScratch::new(&below);
    write(&used, key(1, 0), "in use").await;
    let abandoned = below.join("4711-1");
    std::fs::create_dir_all(abandoned.join("1")).unwrap();
    std::fs::write(abandoned.join("lock"), "").unwrap();
    std::fs::write(abandoned.join("1/0-0"), "left behind").unwrap();
    std::fs::create_dir_all(below.join("something else")).unwrap();
    let other = DiskScratch::new(&below);
    assert!(abandoned.exists(), "nothing is touched before there is a file");
    write(&other, key(1, 0), "another bot").await;
    assert!(!abandoned.exists());
    assert!(
        below.join("something else").exists(),
        "what is not ours is left alone"
    );
    assert!(used.source(key(1, 0)).is_some());
    drop((used, other));
    std::fs::remove_dir_all(below).unwrap();
}

#[tokio::test]
async fn the_same_file_is_not_begun_twice() {
    let below = folder("twice");
    let scratch = DiskScratch::new(&below);
    write(&scratch, key(1, 0), "one").await;
    assert!(scratch.create(key(1, 0)).await.is_err());
    drop(scratch);
    std::fs::remove_dir_all(below).unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn the_folders_that_are_made_are_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt;

    let data = folder("private");
    // The folder for data is made with that for files of tasks, where there is none.
    let below = data.join("scratch");
    let scratch = DiskScratch::new(&below);
    write(&scratch, key(1, 0), "hello").await;
    let own = std::fs::read_dir(&below).unwrap().next().unwrap().unwrap().path();
    for made in [&data, &below, &own] {
        let mode = std::fs::metadata(made).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", made.display());
    }
    drop(scratch);
    std::fs::remove_dir_all(data).unwrap();
}
