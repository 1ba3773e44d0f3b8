//! One run of the binary and what must come of it.

use super::{Live, Repo, one, plain, unindent};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a stream must hold.
enum Expected {
    Exactly(String),
    Anything,
}

/// A run to be made. Unless said otherwise it must print nothing and end with 0.
#[must_use = "call `run`"]
pub(crate) struct Test<'a> {
    repo: &'a Repo,
    command: Command,
    input: Option<Vec<u8>>,
    stdout: Expected,
    stderr: Expected,
    status: i32,
}

/// A run that has ended as it must.
pub(crate) struct Ended {
    /// The bytes of standard output.
    pub(crate) raw: Vec<u8>,
    /// Standard output, made comparable.
    pub(crate) stdout: String,
    /// Standard error, made comparable.
    pub(crate) stderr: String,
}

impl<'a> Test<'a> {
    pub(super) fn new(repo: &'a Repo, words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut command = repo.command();
        command.args(words).stdin(Stdio::null());
        Self {
            repo,
            command,
            input: None,
            stdout: Expected::Exactly(String::new()),
            stderr: Expected::Exactly(String::new()),
            status: 0,
        }
    }

    /// Adds one word as it is.
    pub(crate) fn arg(mut self, word: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(word);
        self
    }

    /// Sets a variable.
    pub(crate) fn env(mut self, key: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    /// Starts it in another folder.
    pub(crate) fn cwd(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(self.repo.path().join(folder));
        self
    }

    /// Gives it this on standard input.
    pub(crate) fn input(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.command.stdin(Stdio::piped());
        self.input = Some(bytes.as_ref().to_owned());
        self
    }

    /// What standard output must be, unindented.
    pub(crate) fn stdout(mut self, text: &str) -> Self {
        self.stdout = Expected::Exactly(unindent(text));
        self
    }

    /// What standard error must be, unindented.
    pub(crate) fn stderr(mut self, text: &str) -> Self {
        self.stderr = Expected::Exactly(unindent(text));
        self
    }

    /// The test looks into standard output itself.
    pub(crate) fn any_stdout(mut self) -> Self {
        self.stdout = Expected::Anything;
        self
    }

    /// The test looks into standard error itself.
    pub(crate) fn any_stderr(mut self) -> Self {
        self.stderr = Expected::Anything;
        self
    }

    /// The test looks into both outputs itself, or into neither.
    pub(crate) fn any_output(self) -> Self {
        self.any_stdout().any_stderr()
    }

    /// The exit code it must end with.
    pub(crate) fn status(mut self, code: i32) -> Self {
        self.status = code;
        self
    }

    /// Runs it and compares.
    #[track_caller]
    pub(crate) fn run(self) -> Ended {
        let mut live = Live::start(self.command);
        if let Some(input) = self.input {
            live.write(&input);
        }
        let status = live.wait();
        let (out, err) = live.output();
        let read = |bytes: &[u8]| plain(&String::from_utf8_lossy(bytes), self.repo.path());
        let ended = Ended {
            stdout: read(&out),
            stderr: read(&err),
            raw: out,
        };
        let mut wrong = Vec::new();
        let mut compare = |name: &str, expected: &Expected, found: &str| {
            if let Expected::Exactly(text) = expected
                && text != found
            {
                wrong.push(format!("{name} should be:\n{text}\n{name} is:\n{found}"));
            }
        };
        compare("stdout", &self.stdout, &ended.stdout);
        compare("stderr", &self.stderr, &ended.stderr);
        if status != self.status {
            wrong.push(format!(
                "the exit code should be {} and is {status}",
                self.status
            ));
        }
        assert!(
            wrong.is_empty(),
            "{}\n\nall of stdout:\n{}\nall of stderr:\n{}",
            wrong.join("\n"),
            ended.stdout,
            ended.stderr
        );
        ended
    }
}

/// Asserts that a recipe of this text is refused with `stderr`, before it has printed anything.
#[track_caller]
pub(crate) fn refused(text: &str, stderr: &str) {
    one(text).dev("it").stderr(stderr).status(3).run();
}

/// Runs the recipe `it` dry; nothing may have changed.
#[track_caller]
pub(crate) fn dry_run(repo: &Repo, stdout: &str, stderr: &str) {
    let before = repo.tree();
    repo.dev("it --dry-run").stdout(stdout).stderr(stderr).run();
    assert_eq!(repo.tree(), before);
}

impl Ended {
    /// Standard output as the events that its lines must be.
    #[track_caller]
    pub(crate) fn events(&self) -> Vec<Value> {
        let text = std::str::from_utf8(&self.raw).unwrap();
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        text.lines().map(parse).collect()
    }
}
