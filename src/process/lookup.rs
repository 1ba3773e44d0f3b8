//! Finds a program on `PATH`, as the system would.

use super::Command;
use std::ffi::OsStr;
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

/// The file that `command` would start. With it the system need not copy this process in order
/// to search `PATH` in the copy, which takes most of the time of a start. `None` leaves the
/// search to the system: the name is a path already, is not found, or `PATH` has relative parts.
pub(super) fn resolve(command: &Command) -> Option<PathBuf> {
    let program = &command.argv[0];
    if program.contains('/') {
        return None;
    }
    let its_own = command.env.iter().rfind(|(key, _)| key == "PATH");
    let path = match its_own {
        Some((_, path)) => path.clone(),
        None => std::env::var_os("PATH")?,
    };
    if std::env::split_paths(&path).any(|folder| !folder.is_absolute()) {
        return None;
    }
    search(program, &path)
}

fn search(program: &str, path: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(path)
        .map(|folder| folder.join(program))
        .find(|file| is_executable(file))
}
