//! Records how each step of a run ends, as it ends, so that even a killed run can be resumed.

use super::State;
use crate::fault::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

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
        params: Value,
    },
    /// A step has ended.
    Step { step: String, state: State },
}

/// How the steps of an earlier run ended. A step can occur more than once, in a loop or by calling a
/// recipe twice, so each key has a list of states.
#[derive(Debug, Default)]
pub(super) struct Earlier(BTreeMap<String, Vec<State>>);

impl Earlier {
    /// True if the given occurrence of the step, counted from 0, succeeded.
    pub(super) fn step_succeeded(&self, step: &str, occurrence: usize) -> bool {
        let state = self.0.get(step).and_then(|states| states.get(occurrence));
        matches!(state, Some(State::Ok | State::Unchanged))
    }
}

/// The journal of one run, a file of JSON lines under `.copilot/runs/<recipe>/`.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    path: PathBuf,
}

fn folder(root: &Path, recipe: &str) -> PathBuf {
    root.join(".copilot/runs").join(recipe.replace('/', "-"))
}

impl Journal {
    /// Creates the journal of a run of `recipe` with `params`, and removes the oldest ones beyond
    /// [`MAX_JOURNALS`].
    pub(super) fn create(root: &Path, recipe: &str, params: &Value) -> Result<Self> {
        let folder = folder(root, recipe);
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let name = format!("{:016}-{}.jsonl", since.as_micros(), std::process::id());
        let path = folder.join(name);
        let start = || {
            fs::create_dir_all(&folder)?;
            ignore(root)?;
            OpenOptions::new().append(true).create_new(true).open(&path)
        };
        let file = start().map_err(|source| failed("write the journal", &path, source))?;
        let mut journal = Self { file, path };
        journal.write(&Line::Run {
            v: 1,
            recipe: recipe.to_owned(),
            params: params.clone(),
        })?;
        for old in journals(&folder).iter().rev().skip(MAX_JOURNALS) {
            // Another run may have removed it already.
            let _gone = fs::remove_file(old);
        }
        Ok(journal)
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

    /// How the steps of the last run of `recipe` with `params` ended; `None` if there was no such run.
    pub(super) fn last(root: &Path, recipe: &str, params: &Value) -> Option<Earlier> {
        journals(&folder(root, recipe))
            .iter()
            .rev()
            .find_map(|path| read(path, recipe, params))
    }
}

/// Makes Git ignore `.copilot/`, whatever the repository's own rules are.
fn ignore(root: &Path) -> io::Result<()> {
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
        .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .collect();
    paths.sort();
    paths
}

fn read(path: &Path, recipe: &str, params: &Value) -> Option<Earlier> {
    let mut lines = BufReader::new(File::open(path).ok()?)
        .lines()
        .map_while(std::result::Result::ok)
        // A killed run can leave an incomplete last line.
        .map_while(|line| serde_json::from_str(&line).ok());
    match lines.next()? {
        Line::Run {
            v: 1,
            recipe: its,
            params: with,
        } if its == recipe && with == *params => {}
        _ => return None,
    }
    let mut earlier = Earlier::default();
    for line in lines {
        if let Line::Step { step, state } = line {
            earlier.0.entry(step).or_default().push(state);
        }
    }
    Some(earlier)
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
    use serde_json::json;

    #[test]
    fn the_last_run_with_the_same_parameters_is_found_even_if_killed() {
        let root = tempfile::tempdir().unwrap();
        let (one, two) = (json!({"service": "a"}), json!({"service": "b"}));
        let mut journal = Journal::create(root.path(), "schema/setup", &one).unwrap();
        journal.record("first", State::Ok).unwrap();
        journal.record("second", State::Failed).unwrap();
        journal.record("third", State::Unchanged).unwrap();
        journal.file.write_all(b"{\"line\":\"st").unwrap();
        Journal::create(root.path(), "schema/setup", &two).unwrap();

        let done = Journal::last(root.path(), "schema/setup", &one).unwrap();
        let succeeded = ["first", "second", "third"].map(|step| done.step_succeeded(step, 0));
        assert_eq!(succeeded, [true, false, true]);
        assert!(!done.step_succeeded("first", 1));
        let none = Journal::last(root.path(), "schema/setup", &two).unwrap();
        assert!(!none.step_succeeded("first", 0));
        assert!(Journal::last(root.path(), "schema/setup", &json!({})).is_none());
        assert!(Journal::last(root.path(), "other", &one).is_none());
    }

    #[test]
    fn old_journals_are_removed() {
        let root = tempfile::tempdir().unwrap();
        for _ in 0..MAX_JOURNALS + 5 {
            Journal::create(root.path(), "up", &json!({})).unwrap();
        }
        assert_eq!(journals(&folder(root.path(), "up")).len(), MAX_JOURNALS);
    }
}
