//! Errors of `.env` files, which never show a value.

use super::grammar::{NOT_A_LINE, SPACE_IN_NAME, UNCLOSED_QUOTE};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What can go wrong with a `.env` file. No message ever shows a value: it may be a secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// There is no such file.
    #[error("there is no {}", .path.display())]
    Missing {
        /// The file, as the caller named it.
        path: PathBuf,
    },
    /// The file is there but cannot be read.
    #[error("cannot read {}: {source}", .path.display())]
    Unreadable {
        /// The file, as the caller named it.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line is not one that can be read.
    #[error("{}: {what}", place(.path.as_deref(), *.line))]
    Malformed {
        /// The file, where the text came from one.
        path: Option<PathBuf>,
        /// The line at which the statement starts, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// No form of this value reads back as the same text everywhere.
    #[error("the value of {key} cannot be written to a .env file: {why}")]
    Unencodable {
        /// The variable.
        key: String,
        /// What in the value is in the way.
        why: &'static str,
    },
    /// Not a name that a variable can have.
    #[error("`{}` is not the name of a variable", .key.escape_default())]
    BadKey {
        /// The name that was given.
        key: String,
    },
    /// A named pipe is only read.
    #[error("cannot write {}: it is a named pipe", .path.display())]
    Pipe {
        /// The file, as the caller named it.
        path: PathBuf,
    },
    /// Nobody has the permission to write the file.
    #[error("cannot write {}: it is read-only", .path.display())]
    ReadOnly {
        /// The file, as the caller named it.
        path: PathBuf,
    },
    /// Another program was writing the file all the time.
    #[error("cannot write {}: another program has held its folder locked for {} s", .path.display(), .waited.as_secs())]
    Locked {
        /// The file, as the caller named it.
        path: PathBuf,
        /// How long this one has waited.
        waited: Duration,
    },
    /// The new text could not be put in place; the file is unchanged.
    #[error("cannot write {}: could not {what}: {source}", .path.display())]
    Write {
        /// The file, as the caller named it.
        path: PathBuf,
        /// What failed, to be read after "could not".
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    /// What to do about it, where that is known.
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unreadable { .. } => "it must be a file that you may read",
            Self::Malformed { what, .. } if what == UNCLOSED_QUOTE => {
                "close it; a value with a quote in it goes in quotes of the other kind"
            }
            Self::Malformed { what, .. } if what == NOT_A_LINE || what == SPACE_IN_NAME => {
                "a value with white space or `#` goes in quotes"
            }
            Self::Missing { .. } | Self::Unencodable { .. } | Self::Malformed { .. } => {
                return None;
            }
            Self::BadKey { .. } => "a name is letters, digits and `_`, and starts with no digit",
            Self::Pipe { .. } => "change the value in the program that writes to the pipe",
            Self::ReadOnly { path } => {
                return Some(format!("`chmod u+w {}` makes it writable", path.display()));
            }
            Self::Locked { .. } => "wait for the other program, or end it, and try again",
            Self::Write { .. } => "the file is unchanged",
        };
        Some(hint.to_owned())
    }

    /// Turns what the system said into [`Error::Write`].
    pub(super) fn write(path: &Path, what: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Write { path, what, source }
    }

    /// The same, said of this file where none was named.
    pub(crate) fn in_file(mut self, file: &Path) -> Self {
        if let Self::Malformed { path, .. } = &mut self {
            path.get_or_insert_with(|| file.to_owned());
        }
        self
    }
}

fn place(path: Option<&Path>, line: usize) -> String {
    path.map_or_else(
        || format!("line {line}"),
        |path| format!("{}:{line}", path.display()),
    )
}
