//! Stands for everything outside in a recipe's test: writes down what is asked of it and answers as
//! it was told to. Its files are those of a temporary folder, which is `/` to the recipe.

use super::frame;
use crate::process::{Command, Stdin, Token};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// More calls than that are those of a loop without an end: nothing takes time here.
const MOST: usize = 2000;

/// How something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It succeeded.
    Done,
    /// It failed with this code. A server's is its status, or 0 if nothing answers.
    Failed(i32),
    /// It took longer than it may.
    TimedOut,
    /// There is no such program.
    NotThere,
}

/// What a call is answered with.
#[derive(Debug, Clone)]
pub struct Answer {
    /// How it ended.
    pub end: End,
    /// What it printed, or the body of an answer.
    pub stdout: String,
    /// What it printed as an error.
    pub stderr: String,
    /// The test has said so.
    pub told: bool,
}

impl Answer {
    /// Success, with this output.
    pub fn prints(stdout: impl Into<String>) -> Self {
        Self {
            end: End::Done,
            stdout: stdout.into(),
            stderr: String::new(),
            told: true,
        }
    }

    /// An end of another kind, with this on standard error.
    pub fn ends(end: End, stderr: impl Into<String>) -> Self {
        Self {
            end,
            stdout: String::new(),
            stderr: stderr.into(),
            told: true,
        }
    }

    /// True for success.
    pub fn ok(&self) -> bool {
        self.end == End::Done
    }

    /// What went wrong in words, or `otherwise`.
    pub fn why(&self, otherwise: &str) -> String {
        let said = self.stderr.trim();
        if said.is_empty() { otherwise } else { said }.to_owned()
    }
}

/// Something that was asked of the outside.
#[derive(Debug, Clone)]
pub struct Asked {
    /// As a dry run shows it.
    pub line: String,
    /// It changes something.
    pub changes: bool,
    /// The step it belongs to.
    pub step: Option<String>,
    /// Variables set for it.
    pub env: BTreeMap<String, String>,
    /// Its standard input.
    pub input: Option<String>,
    /// The longest it may take, in seconds.
    pub timeout: Option<u64>,
    /// The test has said what it answers.
    pub told: bool,
}

/// What a test says of lines like a pattern. Each answer is given once, the last for ever.
#[derive(Debug)]
struct Told {
    pattern: String,
    answers: VecDeque<Answer>,
    used: bool,
    must_be_used: bool,
}

/// The recorder of one test.
#[derive(Debug)]
pub struct Recorder {
    top: PathBuf,
    token: Arc<Token>,
    told: Mutex<Vec<Told>>,
    lacks: Mutex<BTreeSet<String>>,
    variables: Mutex<BTreeMap<String, String>>,
    asked: Mutex<Vec<Asked>>,
}

impl Recorder {
    /// A recorder whose `/` is the folder `top`. `token` is cancelled when a run does not end.
    pub fn new(top: PathBuf, token: Arc<Token>) -> Self {
        Self {
            top,
            token,
            told: Mutex::default(),
            lacks: Mutex::default(),
            variables: Mutex::default(),
            asked: Mutex::default(),
        }
    }

    /// From now on, lines like `pattern` are answered so; whether one `must_be` counts when all
    /// is over.
    pub fn tell(&self, pattern: &str, answer: Answer, must_be: bool) {
        let mut told = lock(&self.told);
        told.retain(|told| told.pattern != pattern);
        // What is said last is looked at first.
        told.push(Told {
            pattern: pattern.to_owned(),
            answers: VecDeque::from([answer]),
            used: false,
            must_be_used: must_be,
        });
    }

    /// After the answers that `pattern` has so far, lines like it are answered so.
    pub fn tell_then(&self, pattern: &str, answer: Answer) {
        let mut told = lock(&self.told);
        let entry = told.iter_mut().find(|told| told.pattern == pattern);
        if let Some(entry) = entry {
            entry.answers.push_back(answer);
        }
    }

    /// From now on, there is no such program.
    pub fn lack(&self, program: &str) {
        lock(&self.lacks).insert(program.to_owned());
    }

    /// Sets a variable of the environment.
    pub fn set(&self, key: &str, value: &str) {
        lock(&self.variables).insert(key.to_owned(), value.to_owned());
    }

    /// What was asked since the last time this was called.
    pub fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut lock(&self.asked))
    }

    /// Patterns that no line was like.
    pub fn unused(&self) -> Vec<String> {
        self.patterns(|told| !told.used)
    }

    /// Those of them that were said to be needed.
    pub fn missed(&self) -> Vec<String> {
        self.patterns(|told| !told.used && told.must_be_used)
    }

    fn patterns(&self, wanted: impl Fn(&Told) -> bool) -> Vec<String> {
        let told = lock(&self.told);
        let wanted = told.iter().filter(|told| wanted(told));
        wanted.map(|told| told.pattern.clone()).collect()
    }

    /// True if so much was asked that the run had to be stopped.
    pub fn is_endless(&self) -> bool {
        lock(&self.asked).len() > MOST
    }

    pub(super) fn program(&self, command: &Command, changes: bool) -> Answer {
        let text = |text: &std::ffi::OsString| self.shown(&text.to_string_lossy());
        let env = command.env.iter();
        let input = match &command.stdin {
            Stdin::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            Stdin::Inherit | Stdin::Null => None,
        };
        let asked = Asked {
            env: env.map(|(key, value)| (text(key), text(value))).collect(),
            input,
            timeout: command.timeout.map(|timeout| timeout.as_secs()),
            ..self.asked(&command.display(), changes)
        };
        if self.has(&command.argv[0]) {
            self.answer(asked)
        } else {
            lock(&self.asked).push(Asked {
                told: true,
                ..asked
            });
            Answer::ends(End::NotThere, "")
        }
    }

    pub(super) fn other(&self, line: &str, changes: bool) -> Answer {
        self.answer(self.asked(line, changes))
    }

    fn asked(&self, line: &str, changes: bool) -> Asked {
        Asked {
            line: self.shown(line),
            changes,
            step: frame().step.map(|step| step.to_string()),
            env: BTreeMap::new(),
            input: None,
            timeout: None,
            told: false,
        }
    }

    fn answer(&self, asked: Asked) -> Answer {
        let answer = {
            let mut told = lock(&self.told);
            let found = told
                .iter_mut()
                .rev()
                .find(|told| matches(&told.pattern, &asked.line));
            found.and_then(|told| {
                told.used = true;
                if told.answers.len() > 1 {
                    told.answers.pop_front()
                } else {
                    told.answers.front().cloned()
                }
            })
        };
        lock(&self.asked).push(Asked {
            told: answer.is_some(),
            ..asked
        });
        if self.is_endless() {
            self.token.cancel();
        }
        answer.unwrap_or_else(|| Answer {
            told: false,
            ..Answer::prints("")
        })
    }

    pub(super) fn variable(&self, key: &str) -> Option<String> {
        lock(&self.variables).get(key).cloned()
    }

    pub(super) fn empty_variables(&self) -> Vec<OsString> {
        let variables = lock(&self.variables);
        let empty = variables.iter().filter(|(_, value)| value.is_empty());
        empty.map(|(key, _)| key.into()).collect()
    }

    pub(super) fn has(&self, program: &str) -> bool {
        !lock(&self.lacks).contains(program)
    }

    /// As the system would walk it, never out of the folder.
    pub fn path(&self, root: &Path, path: &Path) -> PathBuf {
        let whole = root.strip_prefix(&self.top).unwrap_or(root).join(path);
        let mut inside = self.top.clone();
        for part in whole.components() {
            match part {
                Component::Normal(part) => inside.push(part),
                Component::ParentDir if inside != self.top => {
                    inside.pop();
                }
                _ => {}
            }
        }
        inside
    }

    /// The folder, and a pattern in it that does not lead out either.
    pub(super) fn pattern(&self, root: &Path, pattern: &str) -> (PathBuf, String) {
        let path = self.path(root, Path::new(pattern));
        let rest = path.strip_prefix(&self.top).unwrap_or(Path::new(""));
        (self.top.clone(), rest.to_string_lossy().into_owned())
    }

    /// `text` as it would be if the folder were `/`.
    pub fn shown(&self, text: &str) -> String {
        text.replace(&*self.top.to_string_lossy(), "")
    }
}

/// True if `line` is like `pattern`, in which `*` stands for any text.
pub fn matches(pattern: &str, line: &str) -> bool {
    if pattern == line {
        return true;
    }
    let Some((start, rest)) = pattern.split_once('*') else {
        return false;
    };
    let Some(mut left) = line.strip_prefix(start) else {
        return false;
    };
    let mut parts: Vec<_> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = left.find(part) else {
            return false;
        };
        left = &left[at + part.len()..];
    }
    left.ends_with(end)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorder() -> Recorder {
        Recorder::new(PathBuf::from("/tmp/top"), Arc::new(Token::default()))
    }

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(matches(
            "docker run --name * image",
            "docker run --name a-1 image"
        ));
        assert!(matches("SELECT count(*)", "SELECT count(*)"));
        assert!(matches("*", ""));
        assert!(matches("a*b*b", "a-b-b"));
        assert!(!matches("a*b*b", "a-b"));
        assert!(!matches("docker *", "terraform init"));
        assert!(!matches("docker", "docker ps"));
        assert!(!matches("a*ab", "ab"));
    }

    #[test]
    fn answers_come_in_their_order_and_the_last_said_wins() {
        let recorder = recorder();
        recorder.tell("docker *", Answer::prints("any"), false);
        recorder.tell("docker ps", Answer::prints("one"), true);
        recorder.tell_then("docker ps", Answer::prints("two"));
        let said = ["docker ps", "docker ps", "docker ps", "docker info", "git"]
            .map(|line| recorder.other(line, false).stdout);
        assert_eq!(said, ["one", "two", "two", "any", ""]);
        // Said again: from now on.
        recorder.tell("docker ps", Answer::prints("three"), true);
        assert_eq!(recorder.other("docker ps", false).stdout, "three");
    }

    #[test]
    fn no_path_leads_out() {
        let recorder = recorder();
        let root = Path::new("/tmp/top/repository");
        let path = |path: &str| recorder.path(root, Path::new(path)).display().to_string();
        assert_eq!(path("dev/.env"), "/tmp/top/repository/dev/.env");
        assert_eq!(path("../temporal-dsql"), "/tmp/top/temporal-dsql");
        assert_eq!(path("../../../../etc/passwd"), "/tmp/top/etc/passwd");
        assert_eq!(path("/proc/version"), "/tmp/top/proc/version");
        assert_eq!(path("/"), "/tmp/top");
        let (_, pattern) = recorder.pattern(root, "../../../../etc/*");
        assert_eq!(pattern, "etc/*");
    }
}
