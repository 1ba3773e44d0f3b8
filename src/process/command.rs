//! A program to run: arguments, directory, environment, input.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Where a child's standard input comes from.
#[derive(Debug, Clone, Default)]
pub(crate) enum Stdin {
    /// Our own. The child gets the terminal when it reads from it or changes its modes.
    Inherit,
    /// Nothing.
    #[default]
    Null,
    /// These bytes.
    Bytes(Vec<u8>),
}

/// How long a child gets to exit after a stop signal before it is killed, by default.
pub(super) const DEFAULT_GRACE: Duration = Duration::from_secs(10);

/// A program and how to start it. No shell is involved.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    /// The program and its arguments; never empty.
    pub argv: Vec<String>,
    /// What is shown in place of the arguments, where a value is passed in the environment.
    pub shown: Option<Vec<String>>,
    /// The directory it starts in.
    pub cwd: PathBuf,
    /// Variables of the project, which the child gets as if they were in our own environment.
    pub variables: Vec<(OsString, OsString)>,
    /// Variables set in addition to our own environment.
    pub env: Vec<(OsString, OsString)>,
    /// Variables that the child does not get.
    pub without: Vec<OsString>,
    /// Where its standard input comes from.
    pub stdin: Stdin,
    /// How long it may run; `None` for no limit.
    pub timeout: Option<Duration>,
    /// How long it gets to exit after a stop signal before it is killed.
    pub grace: Duration,
    /// If it is killed, it loses track of what it has created. It is asked to stop with SIGINT, as
    /// Terraform's plugins ignore only that, and it runs to its end when the reader of our output is gone.
    pub keeps_state: bool,
    /// It is not waited for, has no output, and may outlive the run.
    pub detached: bool,
    /// The program and arguments that remove what outlives the child if the host is killed.
    pub cleanup: Option<Vec<String>>,
}

impl Command {
    /// `argv` in `cwd`, without input and without a timeout.
    pub(crate) fn new(argv: Vec<String>, cwd: PathBuf) -> Self {
        Self {
            argv,
            shown: None,
            cwd,
            variables: Vec::new(),
            env: Vec::new(),
            without: Vec::new(),
            stdin: Stdin::Null,
            timeout: None,
            grace: DEFAULT_GRACE,
            keeps_state: false,
            detached: false,
            cleanup: None,
        }
    }

    /// The command as a person would type it in a shell.
    pub(crate) fn display(&self) -> String {
        let words = self.shown.as_ref().unwrap_or(&self.argv);
        let words: Vec<_> = words.iter().map(|word| quote(word)).collect();
        words.join(" ")
    }
}

/// An argument as a person would type it in a shell: quoted only where needed.
pub(crate) fn quote(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=@%+,‹›{}".contains(c);
    let unknown = word.starts_with('‹') && word.ends_with('›');
    if unknown || (!word.is_empty() && word.chars().all(plain)) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn arguments_are_quoted_only_where_a_shell_needs_it() {
        assert_eq!(
            quote("--file=dev/docker-compose.yml"),
            "--file=dev/docker-compose.yml"
        );
        assert_eq!(quote("two words"), "'two words'");
        assert_eq!(quote("it's"), r"'it'\''s'");
        assert_eq!(quote(""), "''");
        assert_eq!(
            quote("‹terraform output kb_id›"),
            "‹terraform output kb_id›"
        );
    }
}
