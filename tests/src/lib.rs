//! What the end-to-end tests share. Owns nothing yet but where the project stands.

use std::path::{Path, PathBuf};

pub mod browser;
pub mod history;
pub mod life;
pub mod world;

/// The project's top folder.
#[must_use]
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map_or_else(PathBuf::new, Path::to_path_buf)
}
