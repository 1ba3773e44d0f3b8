//! The world outside the host: programs, servers, variables, files, the person at the terminal. A
//! recipe's test replaces it with a recorder.

use super::Recorder;
use super::recorder::{Answer, End};
use crate::process::{self, Command, Exit, Outcome, Sink, SpawnError, Stop, Token};
use crate::screen::Stream;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The real world or a recorder.
#[derive(Debug, Clone, Default)]
pub(crate) enum Outside {
    /// The real world.
    #[default]
    Real,
    /// A recorder, which gives the answers of a test.
    Recorded(Arc<Recorder>),
}

impl Outside {
    /// Runs a program like [`process::run`]. `changes` says whether it changes something.
    pub(crate) fn run(
        &self,
        command: &Command,
        changes: bool,
        sink: Option<&Arc<dyn Sink>>,
        stderr_only: bool,
        token: &Token,
    ) -> Result<Outcome, SpawnError> {
        let Self::Recorded(recorder) = self else {
            return process::run(command, sink, stderr_only, token);
        };
        let Answer {
            end,
            stdout,
            stderr,
            ..
        } = recorder.program(command, changes);
        if let Some(sink) = sink {
            for (stream, text) in [(Stream::Stdout, stdout), (Stream::Stderr, stderr)] {
                if !text.is_empty() {
                    sink.write(stream, text.as_bytes());
                }
                sink.end(stream);
            }
        }
        match end {
            End::Done => Ok(Outcome {
                exit: Exit::Code(0),
                stopped: None,
            }),
            End::Failed(code) => Ok(Outcome {
                exit: Exit::Code(code),
                stopped: None,
            }),
            End::TimedOut => Ok(Outcome {
                exit: Exit::Code(143),
                stopped: Some(Stop::TimedOut),
            }),
            End::NotInstalled => Err(SpawnError::NotFound(command.argv[0].clone())),
        }
    }

    /// True if a recorder replaces the real world.
    pub(crate) const fn is_recorded(&self) -> bool {
        matches!(self, Self::Recorded(_))
    }

    /// The recorder's answer to `line`, which is not a program, such as an HTTP request; `None` in the
    /// real world.
    pub(crate) fn recorded(&self, line: &str, changes: bool) -> Option<Answer> {
        match self {
            Self::Real => None,
            Self::Recorded(recorder) => Some(recorder.other(line, changes)),
        }
    }

    /// The value of an environment variable.
    pub(crate) fn variable(&self, key: &str) -> Option<OsString> {
        match self {
            Self::Real => std::env::var_os(key),
            Self::Recorded(recorder) => recorder.variable(key).map(OsString::from),
        }
    }

    /// True if the program is installed; in the real world `real` looks for it.
    pub(crate) fn has(&self, program: &str, real: impl FnOnce() -> bool) -> bool {
        match self {
            Self::Real => real(),
            Self::Recorded(recorder) => recorder.has(program),
        }
    }

    /// The path on disk of `path`, which is relative to `root` or absolute.
    pub(crate) fn path(&self, root: &Path, path: &Path) -> PathBuf {
        match self {
            Self::Real => root.join(path),
            Self::Recorded(recorder) => recorder.path(root, path),
        }
    }

    /// The folder on disk and the pattern inside it, for a pattern relative to `root` or absolute.
    pub(crate) fn pattern(&self, root: &Path, pattern: &str) -> (PathBuf, String) {
        match (self, pattern.strip_prefix('/')) {
            (Self::Recorded(recorder), _) => recorder.pattern(root, pattern),
            (Self::Real, Some(rest)) => (PathBuf::from("/"), rest.to_owned()),
            (Self::Real, None) => (root.to_owned(), pattern.to_owned()),
        }
    }

    /// A path, or text with paths, as the recipe sees it.
    pub(crate) fn shown(&self, text: &str) -> String {
        match self {
            Self::Real => text.to_owned(),
            Self::Recorded(recorder) => recorder.shown(text),
        }
    }
}
