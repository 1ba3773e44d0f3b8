//! The files that a test sees: a temporary folder that is `/` to it, with a copy of the repository.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What recipes work with.
const FOLDERS: [&str; 3] = ["recipes", "dev", "terraform"];

/// A larger file is data, in bytes.
const LARGEST: u64 = 256 * 1024;

/// The folder, gone when the test is.
pub struct Tree {
    _folder: TempDir,
    /// `/` of the test.
    pub top: PathBuf,
    /// Its copy of the repository.
    pub root: PathBuf,
}

impl Tree {
    /// Copies what recipes work with, except for what a checkout does not have: `dev/.env`,
    /// credentials, state.
    pub fn copy(repository: &Path) -> io::Result<Self> {
        let folder = TempDir::with_prefix("copilot-test-")?;
        let top = folder.path().canonicalize()?;
        let root = top.join("repository");
        for name in FOLDERS {
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
        } else if kind.is_file() && entry.metadata()?.len() <= LARGEST {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
