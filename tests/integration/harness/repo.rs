//! A repository that exists for one test.

use super::{Live, Terminal, Test, unindent};
use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A repository whose recipe `it` is `text`.
pub(crate) fn one(text: &str) -> Repo {
    Repo::new().recipe("it", text)
}

/// A folder with `recipes/` in it, gone when the test is.
pub(crate) struct Repo {
    _folder: TempDir,
    path: PathBuf,
    variables: Vec<(&'static str, PathBuf)>,
}

impl Repo {
    /// A repository without recipes.
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        // As `copilot` shows it: without links.
        let path = folder.path().canonicalize().unwrap().join("repo");
        fs::create_dir_all(path.join("recipes")).unwrap();
        fs::create_dir(path.join("../home")).unwrap();
        Self {
            _folder: folder,
            path,
            variables: Vec::new(),
        }
    }

    /// Where it is, with links resolved.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds the recipe `recipes/<name>.rhai`, unindented.
    pub(crate) fn recipe(self, name: &str, text: &str) -> Self {
        self.file(&format!("recipes/{name}.rhai"), text)
    }

    /// Adds a file, unindented.
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        self.write(path, unindent(text));
        self
    }

    /// Writes a file as it is, also where there is one already.
    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Writes an executable script, and says where it is. Another process writes it: a program that
    /// a thread starts meanwhile would inherit a descriptor of the file, and until that program
    /// runs, the script would be "text file busy".
    pub(crate) fn script(&self, path: &str, text: &str) -> PathBuf {
        self.write(path, "");
        let path = self.path.join(path);
        let mut writer = Command::new("sh")
            .args(["-c", "cat >\"$1\" && chmod 755 \"$1\"", "sh"])
            .arg(&path)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = writer.stdin.take().unwrap();
        input.write_all(text.as_bytes()).unwrap();
        drop(input);
        assert!(writer.wait().unwrap().success());
        path
    }

    /// Sets a variable for every `copilot` here.
    pub(crate) fn with(mut self, key: &'static str, value: impl Into<PathBuf>) -> Self {
        self.variables.push((key, value.into()));
        self
    }

    /// Adds the recipes that are shipped.
    pub(crate) fn shipped_recipes(self) -> Self {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes");
        let mut folders = vec![from.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let file = entry.unwrap().path();
                if file.is_dir() {
                    folders.push(file);
                } else {
                    let name = file.strip_prefix(&from).unwrap().to_string_lossy();
                    self.write(&format!("recipes/{name}"), fs::read(&file).unwrap());
                }
            }
        }
        self
    }

    /// Adds a link.
    pub(crate) fn link(self, path: &str, target: impl AsRef<Path>) -> Self {
        symlink(target, self.path.join(path)).unwrap();
        self
    }

    /// What is in a file.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path.join(path)).unwrap()
    }

    /// True if there is such a file or folder.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.path.join(path).exists()
    }

    /// Every file with what is in it, and every folder, sorted; but for the lock of the checkout.
    pub(crate) fn tree(&self) -> Vec<(PathBuf, Option<Vec<u8>>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.path.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let is_of_lock = [".copilot", ".copilot/.gitignore", ".copilot/lock"]
                    .iter()
                    .any(|own| path == self.path.join(own));
                if path.is_dir() {
                    folders.push(path.clone());
                }
                if is_of_lock {
                    continue;
                }
                if path.is_dir() {
                    found.push((path, None));
                } else {
                    let bytes = fs::read(&path).unwrap();
                    found.push((path, Some(bytes)));
                }
            }
        }
        found.sort();
        found
    }

    /// `copilot` with these words, in this repository.
    pub(crate) fn copilot<'a>(&'a self, words: impl IntoIterator<Item = &'a str>) -> Test<'a> {
        Test::new(self, words)
    }

    /// `copilot dev` with the words of `line`.
    pub(crate) fn dev<'a>(&'a self, line: &'a str) -> Test<'a> {
        self.copilot(["dev"].into_iter().chain(line.split_whitespace()))
    }

    /// `copilot dev` with the words of `line`, started and left running.
    pub(crate) fn start(&self, line: &str) -> Live {
        let mut command = self.command();
        command.arg("dev").args(line.split_whitespace());
        Live::start(command)
    }

    /// `copilot dev` with the words of `line`, started on a terminal of its own.
    pub(crate) fn terminal(&self, line: &str) -> Terminal {
        Terminal::start(self, line)
    }

    /// The environment that every `copilot` here gets.
    pub(crate) fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        let mut variables = vec![("HOME", self.path.join("../home").canonicalize().unwrap())];
        // macOS gives each user a folder for temporary files, and Docker a context.
        for key in ["PATH", "TMPDIR", "DOCKER_CONFIG", "DOCKER_HOST"] {
            if let Some(value) = std::env::var_os(key) {
                variables.push((key, value.into()));
            }
        }
        // Without its own HOME, Docker would not find the plugins that only this user has.
        let docker_config = std::env::home_dir().map(|home| home.join(".docker"));
        if !variables.iter().any(|(key, _)| *key == "DOCKER_CONFIG") {
            let existing = docker_config.filter(|folder| folder.is_dir());
            variables.extend(existing.map(|folder| ("DOCKER_CONFIG", folder)));
        }
        variables.extend(self.variables.iter().cloned());
        variables
    }

    /// The built binary, in this repository, with an environment that holds nothing else.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_copilot"));
        command
            .current_dir(&self.path)
            .env_clear()
            .envs(self.environment());
        command
    }
}
