//! One test: its files, its recorder, what its last run came to, and what is judged of that.

use super::diff::{in_any_order, in_order};
use super::lock::lock;
use super::ran::{self, Ran};
use super::tree::Tree;
use crate::fault::{Failure, Kind};
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

/// Lines of what a run said that a failure shows.
const SHOWN: usize = 20;

/// A test that is being run.
pub struct Case {
    tree: Tree,
    recorder: Arc<Recorder>,
    token: Arc<Token>,
    last: Mutex<Option<Ran>>,
    /// Something was judged.
    judged: AtomicBool,
}

/// What a judgement is.
pub type Judged = Result<(), Failure>;

impl Case {
    /// A test with a fresh copy of the repository at `root`; `token` stops it.
    pub fn new(root: &Path, token: &Arc<Token>) -> io::Result<Self> {
        let tree = Tree::copy(root)?;
        let token = Token::timeless(token);
        let recorder = Recorder::new(tree.top.clone(), Arc::clone(&token));
        recorder.set("HOME", "/home");
        Ok(Self {
            tree,
            recorder: Arc::new(recorder),
            token,
            last: Mutex::default(),
            judged: AtomicBool::default(),
        })
    }

    /// What lines like `pattern` are answered with; if one `must_be`, the test fails without.
    pub fn tell(&self, pattern: &str, answer: Answer, must_be: bool) {
        self.recorder.tell(pattern, answer, must_be);
    }

    /// What they are answered with the next time.
    pub fn tell_then(&self, pattern: &str, answer: Answer) {
        self.recorder.tell_then(pattern, answer);
    }

    /// A program that is not there.
    pub fn lack(&self, program: &str) {
        self.recorder.lack(program);
    }

    /// A variable of the environment.
    pub fn variable(&self, key: &str, value: &str) {
        self.recorder.set(key, value);
    }

    fn path(&self, path: &str) -> PathBuf {
        self.recorder.path(&self.tree.root, Path::new(path))
    }

    /// Writes a file, with its folders; or makes a folder, without a text.
    pub fn write(&self, path: &str, text: Option<&str>) -> Judged {
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

    /// Takes a file or a folder away.
    pub fn remove(&self, path: &str) -> Judged {
        let full = self.path(path);
        let removed = if full.is_dir() {
            fs::remove_dir_all(&full)
        } else {
            fs::remove_file(&full)
        };
        removed.map_err(|error| Failure::recipe(format!("cannot take {path} away: {error}")))
    }

    /// The text of a file, if it is there.
    pub fn read(&self, path: &str) -> Option<String> {
        let bytes = fs::read(self.path(path)).ok()?;
        Some(self.recorder.shown(&String::from_utf8_lossy(&bytes)))
    }

    /// Runs a recipe.
    pub fn run(&self, words: &[String]) -> Result<Map, Failure> {
        let ran = ran::run(&self.tree, &self.recorder, &self.token, words)?;
        let endless = self.recorder.is_endless() || self.token.stop().is_some();
        // One that has a line which is none is what some tests are about.
        let map = ran.to_map(ran::env(&self.tree).unwrap_or_default());
        let count = ran.asked.len();
        *lock(&self.last) = Some(ran);
        if endless {
            return Err(self.wrong(&format!("the run does not end: {count} commands so far")));
        }
        Ok(map)
    }

    /// A judgement is made of the last run.
    pub fn judge(&self) {
        self.judged.store(true, Ordering::Relaxed);
    }

    /// What a test that came to its end has left out.
    pub fn end(&self) -> Judged {
        if !self.judged.load(Ordering::Relaxed) {
            let text = "the test judges nothing: `code_is(0)`, `expect([…])` and others say what must come of the run";
            return Err(self.wrong(text));
        }
        let missed = self.recorder.missed();
        if missed.is_empty() {
            return Ok(());
        }
        let text = format!(
            "nothing asked for what the test answers:{}",
            indented(&missed.join("\n"))
        );
        Err(Failure::new(Kind::Fail, self.with_the_run(&text)))
    }

    fn ran(&self) -> Result<Ran, Failure> {
        let nothing = || Failure::recipe("nothing was run yet: `run(\"…\")` comes first");
        lock(&self.last).clone().ok_or_else(nothing)
    }

    /// The commands that change something are these.
    pub fn commands_are(&self, expected: &[String], ordered: bool) -> Judged {
        let commands = self.ran()?.commands();
        let diff = if ordered { in_order } else { in_any_order };
        self.same("the commands differ", diff(expected, &commands))
    }

    /// A dry run shows these, and changes nothing.
    pub fn would_be(&self, expected: &[String]) -> Judged {
        let ran = self.ran()?;
        self.same("what it would do differs", in_order(expected, &ran.would))?;
        self.same("it changes something", in_order(&[], &ran.commands()))
    }

    /// Something like this was asked of the outside, or not.
    pub fn was_asked(&self, pattern: &str, expected: bool) -> Judged {
        let all = self.ran()?.lines(|_| true);
        if all.iter().any(|line| crate::run::matches(pattern, line)) == expected {
            return Ok(());
        }
        let mut text = format!(
            "`{pattern}` was {}asked",
            if expected { "not " } else { "" }
        );
        if expected {
            text.push_str("; these were:\n");
            for line in all {
                let _ = writeln!(text, "    {line}");
            }
        }
        Err(self.wrong(text.trim_end()))
    }

    /// The steps ended so.
    pub fn steps_are(&self, expected: &Map) -> Judged {
        let line = |id: &str, state: &dyn std::fmt::Display| format!("{id}: {state}");
        let expected: Vec<_> = expected.iter().map(|(id, state)| line(id, state)).collect();
        let steps: BTreeMap<_, _> = self.ran()?.steps.into_iter().collect();
        let steps: Vec<_> = steps.iter().map(|(id, state)| line(id, state)).collect();
        self.same("the steps differ", in_order(&expected, &steps))
    }

    /// It ended with this code.
    pub fn code_is(&self, expected: i64) -> Judged {
        let code = self.ran()?.code;
        if i64::from(code) == expected {
            return Ok(());
        }
        Err(self.wrong(&format!("the exit code is {code}, not {expected}")))
    }

    /// It said this, or did not.
    pub fn says(&self, text: &str, expected: bool) -> Judged {
        let ran = self.ran()?;
        if (ran.stdout.contains(text) || ran.stderr.contains(text)) == expected {
            return Ok(());
        }
        let says = if expected { "does not say" } else { "says" };
        let mut message = format!("it {says} {text:?}");
        if !ran.stdout.is_empty() {
            let _ = write!(message, "\nstandard output:{}", indented(&ran.stdout));
        }
        Err(self.wrong(&message))
    }

    /// A variable of `dev/.env` is this now; `()` is not set.
    pub fn env_is(&self, key: &str, expected: &Dynamic) -> Judged {
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
        Err(self.wrong(&format!("{key} in dev/.env is {is}, should be {not}")))
    }

    /// A file has these lines now.
    pub fn file_is(&self, path: &str, expected: &str) -> Judged {
        let Some(found) = self.read(path) else {
            return Err(self.wrong(&format!("there is no file {path}")));
        };
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        self.same(
            &format!("{path} differs"),
            in_order(&lines(expected), &lines(&found)),
        )
    }

    /// Whatever the test says is so.
    pub fn assert(&self, holds: bool, message: &str) -> Judged {
        if holds {
            Ok(())
        } else {
            Err(self.wrong(message))
        }
    }

    fn same(&self, what: &str, diff: Option<String>) -> Judged {
        let Some(diff) = diff else { return Ok(()) };
        let text = format!("{what} (- expected, + found):\n{}", diff.trim_end());
        Err(self.wrong(&text))
    }

    /// What is wrong, with what helps to see why.
    fn wrong(&self, message: &str) -> Failure {
        let mut text = self.with_the_run(message);
        let unused = self.recorder.unused();
        if !unused.is_empty() {
            let _ = write!(
                text,
                "\nreplies that nothing asked for:{}",
                indented(&unused.join("\n"))
            );
        }
        Failure::new(Kind::Fail, text)
    }

    /// `message`, with how the last run went.
    fn with_the_run(&self, message: &str) -> String {
        let mut text = message.to_owned();
        if let Some(ran) = lock(&self.last).as_ref() {
            let _ = write!(text, "\nthe run ended with code {}", ran.code);
            if ran.stderr.is_empty() {
                text.push_str(" and said nothing");
            } else {
                let _ = write!(text, " and said:{}", indented(&ran.stderr));
            }
            let mut open = ran.lines(|asked| !asked.told && !asked.changes);
            open.dedup();
            if !open.is_empty() {
                let open = indented(&open.join("\n"));
                let _ = write!(text, "\nanswered with nothing, for want of a reply:{open}");
            }
        }
        text
    }
}

fn indented(text: &str) -> String {
    let lines: Vec<_> = text.trim_end().lines().collect();
    let last = &lines[lines.len().saturating_sub(SHOWN)..];
    let mut text = String::new();
    for line in last {
        let _ = write!(text, "\n    {line}");
    }
    text
}
