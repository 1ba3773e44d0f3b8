//! What to run: words, directory, environment, input.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Where a child's standard input comes from.
#[derive(Debug, Clone, Default)]
pub enum Stdin {
    /// Our own, with the terminal handed over while the child runs.
    Inherit,
    /// Nothing.
    #[default]
    Null,
    /// These bytes.
    Bytes(Vec<u8>),
}

/// How long a child may take to stop in good order, unless it is known to need longer.
const GRACE: Duration = Duration::from_secs(10);

/// A program and how to start it. No shell is involved.
#[derive(Debug, Clone)]
pub struct Command {
    /// The program and its arguments; never empty.
    pub argv: Vec<String>,
    /// The directory it starts in.
    pub cwd: PathBuf,
    /// Variables set on top of our own environment.
    pub env: Vec<(OsString, OsString)>,
    /// Variables of our own environment that it does not get.
    pub without: Vec<OsString>,
    /// Its standard input.
    pub stdin: Stdin,
    /// The longest it may take.
    pub timeout: Option<Duration>,
    /// How long it may take to stop in good order before it is killed.
    pub grace: Duration,
}

impl Command {
    /// `argv` in `cwd`, with no input and no limit.
    pub fn new(argv: Vec<String>, cwd: PathBuf) -> Self {
        Self {
            argv,
            cwd,
            env: Vec::new(),
            without: Vec::new(),
            stdin: Stdin::Null,
            timeout: None,
            grace: GRACE,
        }
    }

    /// The command as a person would type it in a shell.
    pub fn display(&self) -> String {
        let words: Vec<_> = self.argv.iter().map(|word| quote(word)).collect();
        words.join(" ")
    }
}

/// A word as a person would type it in a shell.
pub fn quote(word: &str) -> String {
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
    fn words_are_quoted_only_where_a_shell_would_need_it() {
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
