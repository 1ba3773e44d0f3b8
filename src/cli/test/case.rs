//! One test: its files, its recorder, the result of its last run, and the checks of it.

use super::diff::{in_any_order, in_order};
use super::ran::{self, Ran};
use super::tree::Tree;
use crate::fault::{Failure, Kind, lock};
use crate::process::Token;
use crate::run::{Answer, Recorder};
use rhai::{Dynamic, Map};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// How many lines of output a failure shows.
const MAX_SHOWN_LINES: usize = 20;

/// A running test.
pub(crate) struct Case {
    tree: Tree,
    recorder: Arc<Recorder>,
    token: Arc<Token>,
    last: Mutex<Option<Ran>>,
    /// The test has checked something.
    has_checked: AtomicBool,
}

/// The result of a check.
pub(super) type Checked = Result<(), Failure>;

impl Case {
    /// A test with a fresh copy of the repository at `root`; `token` stops it.
    pub(crate) fn new(root: &Path, token: &Arc<Token>) -> io::Result<Self> {
        let tree = Tree::copy(root)?;
        let token = Token::timeless(token);
        let recorder = Recorder::new(tree.top.clone(), Arc::clone(&token));
        recorder.set_variable("HOME", "/home");
        Ok(Self {
            tree,
            recorder: Arc::new(recorder),
            token,
            last: Mutex::default(),
            has_checked: AtomicBool::default(),
        })
    }

    /// Defines the answer to calls that match `pattern`; the test fails if it `is_required` and no
    /// call matches.
    pub(crate) fn reply(&self, pattern: &str, answer: Answer, is_required: bool) {
        self.recorder.reply(pattern, answer, is_required);
    }

    /// Adds the answer for the next matching call.
    pub(crate) fn reply_then(&self, pattern: &str, answer: Answer) {
        self.recorder.reply_then(pattern, answer);
    }

    /// Makes a program missing.
    pub(crate) fn remove_program(&self, program: &str) {
        self.recorder.remove_program(program);
    }

    /// Sets an environment variable.
    pub(crate) fn variable(&self, key: &str, value: &str) {
        self.recorder.set_variable(key, value);
    }

    fn path(&self, path: &str) -> PathBuf {
        self.recorder.path(&self.tree.root, Path::new(path))
    }

    /// Creates a file with its folders, or a folder if there is no `text`.
    pub(crate) fn write(&self, path: &str, text: Option<&str>) -> Checked {
        let full = self.path(path);
        let folder = if text.is_some() {
            full.parent()
        } else {
            Some(full.as_path())
        };
        let written = folder
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| text.map_or(Ok(()), |text| fs::write(&full, text)));
        written.map_err(|error| Failure::recipe(format!("cannot write {path}: {error}")))
    }

    /// Removes a file or a folder.
    pub(crate) fn remove(&self, path: &str) -> Checked {
        let full = self.path(path);
        let removed = if full.is_dir() {
            fs::remove_dir_all(&full)
        } else {
            fs::remove_file(&full)
        };
        removed.map_err(|error| Failure::recipe(format!("cannot remove {path}: {error}")))
    }

    /// The text of a file; `None` if it does not exist.
    pub(crate) fn read(&self, path: &str) -> Option<String> {
        let bytes = fs::read(self.path(path)).ok()?;
        Some(self.recorder.shown(&String::from_utf8_lossy(&bytes)))
    }

    /// Runs a recipe.
    pub(crate) fn run(&self, words: &[String]) -> Result<Map, Failure> {
        let ran = ran::run(&self.tree, &self.recorder, &self.token, words)?;
        let endless = self.recorder.is_endless() || self.token.stop().is_some();
        // Some tests have a malformed `dev/.env` on purpose.
        let map = ran.to_map(ran::env(&self.tree).unwrap_or_default());
        let count = ran.calls.len();
        *lock(&self.last) = Some(ran);
        if endless {
            return Err(self.wrong(&format!("the run does not end: {count} calls so far")));
        }
        Ok(map)
    }

    /// Remembers that the test checks the last run.
    pub(crate) fn check(&self) {
        self.has_checked.store(true, Ordering::Relaxed);
    }

    /// Checks at the end of a test that it checked something and that required answers were used.
    pub(crate) fn end(&self) -> Checked {
        if !self.has_checked.load(Ordering::Relaxed) {
            let text = "the test checks nothing: call `code_is(0)`, `expect([…])` or another check";
            return Err(self.wrong(text));
        }
        let missed = self.recorder.missed();
        if missed.is_empty() {
            return Ok(());
        }
        let text = format!(
            "no call matched these replies of the test:{}",
            indented(&missed.join("\n"))
        );
        Err(Failure::new(Kind::Fail, self.with_the_run(&text)))
    }

    fn ran(&self) -> Result<Ran, Failure> {
        let nothing = || Failure::recipe("nothing was run yet: call `run(\"…\")` first");
        lock(&self.last).clone().ok_or_else(nothing)
    }

    /// Checks the commands that change something.
    pub(crate) fn commands_are(&self, expected: &[String], ordered: bool) -> Checked {
        let commands = self.ran()?.commands();
        let diff = if ordered { in_order } else { in_any_order };
        self.same("the commands differ", diff(expected, &commands))
    }

    /// Checks what a dry run prints, and that it changes nothing.
    pub(crate) fn would_be(&self, expected: &[String]) -> Checked {
        let ran = self.ran()?;
        self.same(
            "the commands of the dry run differ",
            in_order(expected, &ran.would),
        )?;
        self.same(
            "the dry run changes something",
            in_order(&[], &ran.commands()),
        )
    }

    /// Checks whether a call that matches `pattern` was made.
    pub(crate) fn was_asked(&self, pattern: &str, expected: bool) -> Checked {
        let all = self.ran()?.lines(|_| true);
        if all.iter().any(|line| crate::run::matches(pattern, line)) == expected {
            return Ok(());
        }
        let mut text = format!(
            "{} call matches `{pattern}`",
            if expected { "no" } else { "a" }
        );
        if expected {
            text.push_str("; the calls were:\n");
            for line in all {
                let _ = writeln!(text, "    {line}");
            }
        }
        Err(self.wrong(text.trim_end()))
    }

    /// Checks the states of all steps.
    pub(crate) fn steps_are(&self, expected: &Map) -> Checked {
        let line = |id: &str, state: &dyn std::fmt::Display| format!("{id}: {state}");
        let expected: Vec<_> = expected.iter().map(|(id, state)| line(id, state)).collect();
        let steps: BTreeMap<_, _> = self.ran()?.steps.into_iter().collect();
        let steps: Vec<_> = steps.iter().map(|(id, state)| line(id, state)).collect();
        self.same("the steps differ", in_order(&expected, &steps))
    }

    /// Checks the exit code.
    pub(crate) fn code_is(&self, expected: i64) -> Checked {
        let code = self.ran()?.code;
        if i64::from(code) == expected {
            return Ok(());
        }
        Err(self.wrong(&format!("the exit code is {code}, not {expected}")))
    }

    /// Checks whether either output contains `text`.
    pub(crate) fn says(&self, text: &str, expected: bool) -> Checked {
        let ran = self.ran()?;
        if (ran.stdout.contains(text) || ran.stderr.contains(text)) == expected {
            return Ok(());
        }
        let contains = if expected {
            "does not contain"
        } else {
            "contains"
        };
        let mut message = format!("the output {contains} {text:?}");
        if !ran.stdout.is_empty() {
            let _ = write!(message, "\nstandard output:{}", indented(&ran.stdout));
        }
        Err(self.wrong(&message))
    }

    /// Checks a variable of `dev/.env`; `()` means not set.
    pub(crate) fn env_is(&self, key: &str, expected: &Dynamic) -> Checked {
        let env = ran::env(&self.tree).map_err(|error| self.wrong(&error))?;
        let found = env.get(key);
        let shown =
            |value: Option<&str>| value.map_or("not set".to_owned(), |it| format!("{it:?}"));
        let expected = (!expected.is_unit()).then(|| expected.to_string());
        let found = found.map(ToString::to_string);
        if found == expected {
            return Ok(());
        }
        let (is, not) = (shown(found.as_deref()), shown(expected.as_deref()));
        Err(self.wrong(&format!("{key} in dev/.env is {is}, expected {not}")))
    }

    /// Checks the lines of a file.
    pub(crate) fn file_is(&self, path: &str, expected: &str) -> Checked {
        let Some(found) = self.read(path) else {
            return Err(self.wrong(&format!("the file {path} does not exist")));
        };
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        self.same(
            &format!("{path} differs"),
            in_order(&lines(expected), &lines(&found)),
        )
    }

    /// Checks a condition of the test's own.
    pub(crate) fn assert(&self, holds: bool, message: &str) -> Checked {
        if holds {
            Ok(())
        } else {
            Err(self.wrong(message))
        }
    }

    fn same(&self, what: &str, diff: Option<String>) -> Checked {
        let Some(diff) = diff else { return Ok(()) };
        let text = format!("{what} (- expected, + found):\n{}", diff.trim_end());
        Err(self.wrong(&text))
    }

    /// A failure with the result of the last run and the unused replies.
    fn wrong(&self, message: &str) -> Failure {
        let mut text = self.with_the_run(message);
        let unused = self.recorder.unused();
        if !unused.is_empty() {
            let _ = write!(text, "\nunused replies:{}", indented(&unused.join("\n")));
        }
        Failure::new(Kind::Fail, text)
    }

    /// `message` with the result of the last run.
    fn with_the_run(&self, message: &str) -> String {
        let mut text = message.to_owned();
        if let Some(ran) = lock(&self.last).as_ref() {
            let _ = write!(text, "\nthe run exited with code {}", ran.code);
            if ran.stderr.is_empty() {
                text.push_str("; standard error is empty");
            } else {
                let _ = write!(text, "; standard error:{}", indented(&ran.stderr));
            }
            let mut open = ran.lines(|call| !call.is_defined && !call.changes);
            open.dedup();
            if !open.is_empty() {
                let open = indented(&open.join("\n"));
                let _ = write!(
                    text,
                    "\nanswered with an empty reply, since the test defines none:{open}"
                );
            }
        }
        text
    }
}

fn indented(text: &str) -> String {
    let lines: Vec<_> = text.trim_end().lines().collect();
    let last = &lines[lines.len().saturating_sub(MAX_SHOWN_LINES)..];
    let mut text = String::new();
    for line in last {
        let _ = write!(text, "\n    {line}");
    }
    text
}
