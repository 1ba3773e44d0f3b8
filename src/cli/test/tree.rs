//! The files of a test: a temporary folder that is its `/`, with a copy of the repository.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The folders of the repository that are copied.
const COPIED_FOLDERS: [&str; 3] = ["recipes", "dev", "terraform"];

/// Larger files are data and are not copied.
const MAX_FILE_BYTES: u64 = 256 * 1024;

/// The temporary folder, deleted when dropped.
pub(super) struct Tree {
    _folder: TempDir,
    /// The folder that is `/` to the test.
    pub top: PathBuf,
    /// The copy of the repository in it.
    pub root: PathBuf,
}

impl Tree {
    /// Copies what recipes work with, except for files that a fresh checkout does not have:
    /// `dev/.env`, credentials, state.
    pub(super) fn copy(repository: &Path) -> io::Result<Self> {
        let folder = TempDir::with_prefix("copilot-test-")?;
        let top = folder.path().canonicalize()?;
        let root = top.join("repository");
        for name in COPIED_FOLDERS {
            copy(&repository.join(name), &root.join(name))?;
        }
        fs::create_dir_all(root.join("recipes"))?;
        fs::create_dir_all(top.join("home"))?;
        Ok(Self {
            _folder: folder,
            top,
            root,
        })
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(from) else {
        return Ok(());
    };
    fs::create_dir_all(to)?;
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let kind = entry.file_type()?;
        let hidden = name.starts_with('.') && !name.ends_with(".example");
        if hidden || name == "_tests" || name.contains(".tfstate") {
            continue;
        }
        let target = to.join(&*name);
        if kind.is_dir() {
            copy(&entry.path(), &target)?;
        } else if kind.is_file() && entry.metadata()?.len() <= MAX_FILE_BYTES {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
