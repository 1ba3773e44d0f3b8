//! A reader of a document, who types its commands.

use std::io::{Read, pipe};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A shell in a folder: `cd` and `$?` last from one line to the next.
pub(crate) struct Shell {
    folder: PathBuf,
    status: i32,
    environment: Vec<(&'static str, PathBuf)>,
}

impl Shell {
    /// One with `copilot` and the programs of `PATH`, and nothing else in its environment but
    /// what is given.
    pub(crate) fn new(folder: &Path, environment: Vec<(&'static str, PathBuf)>) -> Self {
        Self {
            folder: folder.to_owned(),
            status: 0,
            environment,
        }
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// How the last line ended.
    pub(crate) fn status(&self) -> i32 {
        self.status
    }

    /// Types a line. Gives what it printed, on whichever stream, in the order it came.
    pub(crate) fn run(&mut self, line: &str) -> String {
        let built = Path::new(env!("CARGO_BIN_EXE_copilot")).parent().unwrap();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(
            [built.to_owned()]
                .into_iter()
                .chain(std::env::split_paths(&path)),
        );
        let note = tempfile::NamedTempFile::new().unwrap();
        let (mut reader, writer) = pipe().unwrap();
        let script = format!("trap 'pwd >\"$NOTE\"' EXIT\n(exit {})\n{line}", self.status);
        let mut command = Command::new("sh");
        command
            .args(["-c", &script])
            .current_dir(&self.folder)
            .env_clear()
            .envs(self.environment.iter().cloned())
            .env("PATH", path.unwrap())
            .env("NOTE", note.path())
            .stdin(Stdio::null())
            .stdout(writer.try_clone().unwrap())
            .stderr(writer);
        let mut child = command.spawn().unwrap();
        // It holds the ends that are written to.
        drop(command);
        let mut printed = Vec::new();
        reader.read_to_end(&mut printed).unwrap();
        self.status = child.wait().unwrap().code().unwrap();
        let folder = std::fs::read_to_string(note.path()).unwrap();
        self.folder = PathBuf::from(folder.trim_end());
        String::from_utf8(printed).unwrap()
    }
}
