//! Finds the repository whose recipes to use.

use crate::fault::{Error, Result};
use std::path::{Path, PathBuf};

/// The environment variable that names the repository, for use outside it.
const ROOT_VARIABLE: &str = "COPILOT_REPO_ROOT";

/// The root of the repository: `given` (`--repo`), or `COPILOT_REPO_ROOT`, or the nearest folder at or
/// above the working directory that contains `recipes/`. Absolute, with links resolved.
pub(crate) fn find_root(given: Option<&Path>) -> Result<PathBuf> {
    let root = locate(given)?;
    match std::fs::read_dir(root.join("recipes")) {
        Ok(_) => Ok(root),
        Err(error) => Err(Error::Missing {
            message: format!("cannot read {}: {error}", root.join("recipes").display()),
            hint: "the folder must be one that you may read and enter".to_owned(),
        }),
    }
}

fn locate(given: Option<&Path>) -> Result<PathBuf> {
    if let Some(path) = given {
        return named(path, "--repo");
    }
    if let Some(path) = std::env::var_os(ROOT_VARIABLE).filter(|path| !path.is_empty()) {
        return named(Path::new(&path), ROOT_VARIABLE);
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
            hint: format!("run it inside the repository, or set --repo or {ROOT_VARIABLE}"),
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
