//! What lies outside the host: programs, servers, variables, files, the person at the terminal.
//! A recipe's test has a recorder in its place.

use super::Recorder;
use super::recorder::{Answer, End};
use crate::process::{self, Command, Exit, Outcome, Sink, SpawnError, Stop, Token};
use crate::screen::Stream;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a run deals with outside the host.
#[derive(Debug, Clone, Default)]
pub enum Outside {
    /// The world as it is.
    #[default]
    Real,
    /// A recorder, which answers as it was told to.
    Recorded(Arc<Recorder>),
}

impl Outside {
    /// Runs a program, as [`process::run`] does. `changes` is whether it changes something.
    pub fn run(
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
            End::NotThere => Err(SpawnError::NotFound(command.argv[0].clone())),
        }
    }

    /// True where a recorder stands for the world.
    pub const fn is_recorded(&self) -> bool {
        matches!(self, Self::Recorded(_))
    }

    /// What a recorder answers to `line`, which is no program; `None` in the world as it is.
    pub fn recorded(&self, line: &str, changes: bool) -> Option<Answer> {
        match self {
            Self::Real => None,
            Self::Recorded(recorder) => Some(recorder.other(line, changes)),
        }
    }

    /// A variable of the environment.
    pub fn variable(&self, key: &str) -> Option<OsString> {
        match self {
            Self::Real => std::env::var_os(key),
            Self::Recorded(recorder) => recorder.variable(key).map(OsString::from),
        }
    }

    /// The variables of the environment that are set to nothing.
    pub fn empty_variables(&self) -> Vec<OsString> {
        match self {
            Self::Real => std::env::vars_os()
                .filter(|(_, value)| value.is_empty())
                .map(|(key, _)| key)
                .collect(),
            Self::Recorded(recorder) => recorder.empty_variables(),
        }
    }

    /// True if this machine has the program; `real` looks for it.
    pub fn has(&self, program: &str, real: impl FnOnce() -> bool) -> bool {
        match self {
            Self::Real => real(),
            Self::Recorded(recorder) => recorder.has(program),
        }
    }

    /// Where `path`, relative to `root` or absolute, lies on the disk.
    pub fn path(&self, root: &Path, path: &Path) -> PathBuf {
        match self {
            Self::Real => root.join(path),
            Self::Recorded(recorder) => recorder.path(root, path),
        }
    }

    /// A folder on the disk and a pattern in it, for one relative to `root` or absolute.
    pub fn pattern(&self, root: &Path, pattern: &str) -> (PathBuf, String) {
        match (self, pattern.strip_prefix('/')) {
            (Self::Recorded(recorder), _) => recorder.pattern(root, pattern),
            (Self::Real, Some(rest)) => (PathBuf::from("/"), rest.to_owned()),
            (Self::Real, None) => (root.to_owned(), pattern.to_owned()),
        }
    }

    /// A path or a text with paths in it, as a recipe is to see it.
    pub fn shown(&self, text: &str) -> String {
        match self {
            Self::Real => text.to_owned(),
            Self::Recorded(recorder) => recorder.shown(text),
        }
    }
}
