//! Records how each step of a run ends, as it ends, so that even a killed run can be resumed.

use super::State;
use crate::fault::{Error, Result};
use crate::recipe::Fingerprints;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The version of the format.
const VERSION: u32 = 2;
/// How many journals are kept for each recipe.
const MAX_JOURNALS: usize = 20;

/// One line of a journal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
enum Line {
    /// The first line.
    Run {
        v: u32,
        recipe: String,
        /// The hash of the parameters, if it could be computed.
        #[serde(default)]
        params_hash: Option<String>,
        /// The name of the journal whose steps count as done where this one does not have them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resumes: Option<String>,
    },
    /// The files that a recipe consisted of, before its first step.
    Files { recipe: String, files: Fingerprints },
    /// A step has ended.
    Step { step: String, state: State },
}

/// How the steps of an earlier run ended. A step can occur more than once, in a loop or by calling a
/// recipe twice, so each key has a list of states.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    /// The name of its journal.
    journal: String,
    states: BTreeMap<String, Vec<State>>,
    /// The files of each recipe.
    files: BTreeMap<String, Fingerprints>,
}

impl Earlier {
    /// True if the given occurrence of the step, counted from 0, succeeded.
    pub(super) fn step_succeeded(&self, step: &str, occurrence: usize) -> bool {
        let states = self.states.get(step);
        let state = states.and_then(|states| states.get(occurrence));
        matches!(state, Some(State::Ok | State::Unchanged))
    }

    /// A file of `recipe` that is not what it was in that run; `now` are its files.
    pub(super) fn edited_file<'a>(
        &'a self,
        recipe: &str,
        now: &'a Fingerprints,
    ) -> Option<&'a str> {
        let before = self.files.get(recipe)?;
        let mut files = now.iter().chain(before);
        let edited = files.find(|(file, _)| now.get(*file) != before.get(*file));
        edited.map(|(file, _)| file.as_str())
    }
}

/// What the journals say about the last run with the same parameters.
#[derive(Debug)]
pub(super) enum Last {
    /// There was no such run.
    None,
    /// How its steps ended.
    Run(Earlier),
    /// This journal has no readable first line, as after a full disk, and may be that of the last run.
    Unknown(PathBuf),
}

/// The journal of one run, a file of JSON lines under `.copilot/runs/<recipe>/`.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    path: PathBuf,
}

/// What a run has of its journal.
#[derive(Debug)]
pub(super) enum Journaling {
    NotYet,
    Open(Journal),
    Off,
}

fn folder(root: &Path, recipe: &str) -> PathBuf {
    root.join(".copilot/runs").join(recipe.replace('/', "-"))
}

impl Journal {
    /// True if `recipe` has journals.
    pub(super) fn exists(root: &Path, recipe: &str) -> bool {
        folder(root, recipe).is_dir()
    }

    /// Creates the journal of a run of `recipe` with parameters that have this hash, which continues the `earlier` one if there
    /// is one, and removes the oldest ones beyond [`MAX_JOURNALS`].
    pub(super) fn create(
        root: &Path,
        recipe: &str,
        params_hash: Option<String>,
        earlier: Option<&Earlier>,
    ) -> Result<Self> {
        let folder = folder(root, recipe);
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        // The clock may have been set back: this one is the last all the same.
        let last = journals(&folder).last().and_then(|path| number(path));
        let number = since.as_micros().max(last.map_or(0, |last| last + 1));
        let name = format!("{number:016}-{}.jsonl", std::process::id());
        let path = folder.join(name);
        let start = || {
            fs::create_dir_all(&folder)?;
            ignore(root)?;
            OpenOptions::new()
                .append(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)
        };
        let file = start().map_err(|source| failed("write the journal", &path, source))?;
        let mut journal = Self { file, path };
        journal.write(&Line::Run {
            v: VERSION,
            recipe: recipe.to_owned(),
            params_hash,
            resumes: earlier.map(|earlier| earlier.journal.clone()),
        })?;
        for old in journals(&folder).iter().rev().skip(MAX_JOURNALS) {
            // Another run may have removed it already.
            let _gone = fs::remove_file(old);
        }
        Ok(journal)
    }

    /// Records the files of a recipe whose steps follow.
    pub(super) fn record_files(&mut self, recipe: &str, files: &Fingerprints) -> Result<()> {
        self.write(&Line::Files {
            recipe: recipe.to_owned(),
            files: files.clone(),
        })
    }

    /// Records how a step ended.
    pub(super) fn record(&mut self, step: &str, state: State) -> Result<()> {
        self.write(&Line::Step {
            step: step.to_owned(),
            state,
        })
    }

    fn write(&mut self, line: &Line) -> Result<()> {
        let mut text = serde_json::to_string(line)
            .map_err(|error| failed("write the journal", &self.path, error.into()))?;
        text.push('\n');
        self.file
            .write_all(text.as_bytes())
            .map_err(|source| failed("write the journal", &self.path, source))
    }

    /// How the steps of the last run of `recipe` with these parameters ended.
    pub(super) fn last(root: &Path, recipe: &str, params_hash: &str) -> Last {
        for path in journals(&folder(root, recipe)).iter().rev() {
            match read(path, recipe, params_hash) {
                Last::None => {}
                last => return last,
            }
        }
        Last::None
    }
}

/// Makes Git ignore `.copilot/`, whatever the repository's own rules are.
pub(super) fn ignore(root: &Path) -> io::Result<()> {
    let path = root.join(".copilot/.gitignore");
    // An empty file is left over from a full disk.
    if fs::metadata(&path).is_ok_and(|file| file.len() > 0) {
        return Ok(());
    }
    fs::write(path, "*\n")
}

/// The journals of a folder, oldest first.
fn journals(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "jsonl") && path.is_file())
        .collect();
    paths.sort_by_cached_key(|path| (number(path), path.clone()));
    paths
}

/// The number that the name of a journal starts with.
fn number(path: &Path) -> Option<u128> {
    let name = path.file_name()?.to_str()?;
    name.split('-').next()?.parse().ok()
}

fn read(path: &Path, recipe: &str, hash: &str) -> Last {
    let Ok(file) = File::open(path) else {
        return Last::Unknown(path.to_owned());
    };
    let mut lines = BufReader::new(file)
        .lines()
        .map_while(std::result::Result::ok)
        // A killed run can leave an incomplete last line.
        .map_while(|line| serde_json::from_str(&line).ok());
    let resumes = match lines.next() {
        Some(Line::Run {
            v: VERSION,
            recipe: its,
            params_hash: Some(its_hash),
            resumes,
        }) if its == recipe && its_hash == hash => resumes,
        // Version 1 stored the parameters themselves.
        Some(Line::Run { v: 1 | VERSION, .. }) => return Last::None,
        _ => return Last::Unknown(path.to_owned()),
    };
    let mut earlier = Earlier {
        journal: path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        ..Earlier::default()
    };
    for line in lines {
        match line {
            Line::Step { step, state } => earlier.states.entry(step).or_default().push(state),
            Line::Files { recipe, files } => {
                earlier.files.insert(recipe, files);
            }
            Line::Run { .. } => {}
        }
    }
    // A journal resumes one that is older, so that this ends. The older one may have been removed.
    let resumed = resumes.map(|name| path.with_file_name(name));
    let resumed = resumed.filter(|older| older.file_name() < path.file_name());
    if let Some(Last::Run(base)) = resumed.map(|older| read(&older, recipe, hash)) {
        for (step, states) in base.states {
            let own = earlier.states.entry(step).or_default();
            own.extend(states.into_iter().skip(own.len()));
        }
        for (recipe, files) in base.files {
            earlier.files.entry(recipe).or_insert(files);
        }
    }
    Last::Run(earlier)
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> Error {
    Error::File {
        action,
        path: path.display().to_string(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(root: &tempfile::TempDir, recipe: &str, params: &str) -> Option<Earlier> {
        match Journal::last(root.path(), recipe, params) {
            Last::Run(earlier) => Some(earlier),
            Last::None => None,
            Last::Unknown(path) => panic!("{} is unreadable", path.display()),
        }
    }

    #[test]
    fn the_last_run_with_the_same_parameters_is_found_even_if_killed() {
        let root = tempfile::tempdir().unwrap();
        let (one, two) = ("1", "2");
        let mut journal =
            Journal::create(root.path(), "schema/setup", Some(one.into()), None).unwrap();
        journal.record("first", State::Ok).unwrap();
        journal.record("second", State::Failed).unwrap();
        journal.record("third", State::Unchanged).unwrap();
        journal.file.write_all(b"{\"line\":\"st").unwrap();
        Journal::create(root.path(), "schema/setup", Some(two.into()), None).unwrap();

        let done = last(&root, "schema/setup", one).unwrap();
        let succeeded = ["first", "second", "third"].map(|step| done.step_succeeded(step, 0));
        assert_eq!(succeeded, [true, false, true]);
        assert!(!done.step_succeeded("first", 1));
        let none = last(&root, "schema/setup", two).unwrap();
        assert!(!none.step_succeeded("first", 0));
        assert!(last(&root, "schema/setup", "3").is_none());
        assert!(last(&root, "other", one).is_none());
    }

    #[test]
    fn old_journals_are_removed() {
        let root = tempfile::tempdir().unwrap();
        for _ in 0..MAX_JOURNALS + 5 {
            Journal::create(root.path(), "up", None, None).unwrap();
        }
        assert_eq!(journals(&folder(root.path(), "up")).len(), MAX_JOURNALS);
    }

    #[test]
    fn the_last_run_is_the_last_one_whatever_the_clock_says() {
        let root = tempfile::tempdir().unwrap();
        let folder = folder(root.path(), "up");
        fs::create_dir_all(&folder).unwrap();
        let future = folder.join("9999999999999999-1.jsonl");
        fs::write(
            &future,
            "{\"line\":\"run\",\"v\":2,\"recipe\":\"up\",\"params_hash\":\"1\"}\n\
             {\"line\":\"step\",\"step\":\"old\",\"state\":\"ok\"}\n",
        )
        .unwrap();
        let mut journal = Journal::create(root.path(), "up", Some("1".into()), None).unwrap();
        journal.record("new", State::Ok).unwrap();
        let last = last(&root, "up", "1").unwrap();
        let succeeded = ["old", "new"].map(|step| last.step_succeeded(step, 0));
        assert_eq!(succeeded, [false, true]);
    }

    #[test]
    fn a_resumed_run_that_reached_nothing_loses_nothing() {
        let root = tempfile::tempdir().unwrap();
        let create = |earlier: Option<&Earlier>| {
            Journal::create(root.path(), "up", Some("1".into()), earlier).unwrap()
        };
        let last = || last(&root, "up", "1").unwrap();
        let mut journal = create(None);
        journal.record("one", State::Ok).unwrap();
        journal.record("two", State::Failed).unwrap();
        create(Some(&last()));
        let mut journal = create(Some(&last()));
        journal.record("two", State::Ok).unwrap();
        let succeeded = ["one", "two"].map(|step| last().step_succeeded(step, 0));
        assert_eq!(succeeded, [true, true]);
        create(None);
        assert!(!last().step_succeeded("one", 0));
    }
}
