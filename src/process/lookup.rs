//! Finds a program on `PATH`, as the system would.

use super::Command;
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// True if there is a program of that name on `PATH`.
pub fn on_path(program: &str) -> Option<PathBuf> {
    search(program, &std::env::var_os("PATH")?)
}

/// True for a file that may be executed.
pub fn is_executable(file: &Path) -> bool {
    file.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// The file that `command` starts. A relative path is looked for where the program starts, as a
/// shell would after `cd`. A name is searched on `PATH` here, so that the system need not copy
/// this process to search in the copy, which takes most of the time of a start; it stays a name,
/// for the system to search, if it is not found or `PATH` has relative parts.
pub(super) fn program(command: &Command) -> OsString {
    let word = &command.argv[0];
    let found = if word.contains('/') {
        Some(command.cwd.join(word))
    } else {
        on_its_path(command)
    };
    found.map_or_else(|| OsString::from(word), OsString::from)
}

fn on_its_path(command: &Command) -> Option<PathBuf> {
    let its_own = command.env.iter().rfind(|(key, _)| key == "PATH");
    let path = match its_own {
        Some((_, path)) => path.clone(),
        None => std::env::var_os("PATH")?,
    };
    if std::env::split_paths(&path).any(|folder| !folder.is_absolute()) {
        return None;
    }
    search(&command.argv[0], &path)
}

fn search(program: &str, path: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(path)
        .map(|folder| folder.join(program))
        .find(|file| is_executable(file))
}
