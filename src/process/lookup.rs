//! Finds a program on `PATH`, as the operating system does.

use super::Command;
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The path of the program `program` on `PATH`, if it is there.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    search(program, &std::env::var_os("PATH")?)
}

/// True for a regular file with an execute permission.
pub(crate) fn is_executable(file: &Path) -> bool {
    file.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// The file that `command` starts. A relative path is relative to the command's directory, as in a
/// shell after `cd`. A name is searched on `PATH` here: to let the system search, this process
/// would have to fork first, which takes most of the time of a start. It stays a name, for the
/// system to search, if it is not found or `PATH` has relative entries.
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
