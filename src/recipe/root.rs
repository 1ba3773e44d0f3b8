//! Finds the repository whose recipes are meant.

use crate::fault::{Error, Result};
use std::path::{Path, PathBuf};

/// The variable that names the repository, where walking up would not find it.
const VARIABLE: &str = "COPILOT_REPO_ROOT";

/// The nearest folder at or above the working directory that has `recipes/`; `given` (`--repo`)
/// comes first, then `COPILOT_REPO_ROOT`. The answer is absolute, with links resolved.
pub fn find_root(given: Option<&Path>) -> Result<PathBuf> {
    if let Some(path) = given {
        return named(path, "--repo");
    }
    if let Some(path) = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()) {
        return named(Path::new(&path), VARIABLE);
    }
    let here = std::env::current_dir().map_err(|source| Error::File {
        action: "find",
        path: "the working directory".to_owned(),
        source,
    })?;
    here.ancestors()
        .find(|folder| folder.join("recipes").is_dir())
        .map(Path::to_owned)
        .ok_or_else(|| Error::Missing {
            message: format!("no recipes/ folder in {} or above it", here.display()),
            hint: format!("run it inside the repository, or name it with --repo or {VARIABLE}"),
        })
}

fn named(path: &Path, by: &str) -> Result<PathBuf> {
    let absolute = path.canonicalize().ok();
    absolute
        .filter(|path| path.join("recipes").is_dir())
        .ok_or_else(|| {
            let message = format!(
                "{by} names {}, which has no recipes/ folder",
                path.display()
            );
            Error::usage(message, None)
        })
}
