//! Replaces the outside world in a recipe's test: records every call and gives the answers that the
//! test defines. Its files are in a temporary folder, which is `/` to the recipe.

use super::frame;
use crate::fault::lock;
use crate::process::{Command, Stdin, Token};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};

/// More calls mean that the recipe loops for ever, since nothing takes time here.
const MAX_CALLS: usize = 2000;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It succeeded.
    Done,
    /// It failed with this exit code, or HTTP status, or 0 if the server does not answer.
    Failed(i32),
    /// It exceeded its timeout.
    TimedOut,
    /// The program is not installed.
    NotInstalled,
}

/// The answer to a call.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// How the call ended.
    pub end: End,
    /// Its standard output, or the body of a response.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
    /// The test defined the answer.
    pub is_defined: bool,
}

impl Answer {
    /// Success with this standard output.
    pub(crate) fn prints(stdout: impl Into<String>) -> Self {
        Self {
            end: End::Done,
            stdout: stdout.into(),
            stderr: String::new(),
            is_defined: true,
        }
    }

    /// Any other end, with this standard error.
    pub(crate) fn ends(end: End, stderr: impl Into<String>) -> Self {
        Self {
            end,
            stdout: String::new(),
            stderr: stderr.into(),
            is_defined: true,
        }
    }

    /// True for success.
    pub(crate) fn ok(&self) -> bool {
        self.end == End::Done
    }

    /// Standard error, or `default` if it is empty.
    pub(crate) fn stderr_or(&self, default: &str) -> String {
        let stderr = self.stderr.trim();
        if stderr.is_empty() { default } else { stderr }.to_owned()
    }
}

/// A recorded call: a program, a request, a statement or a question.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The call as a dry run prints it.
    pub line: String,
    /// It changes something.
    pub changes: bool,
    /// The step it belongs to.
    pub step: Option<String>,
    /// The variables set for it.
    pub env: BTreeMap<String, String>,
    /// Its standard input.
    pub input: Option<String>,
    /// Its timeout in seconds.
    pub timeout: Option<u64>,
    /// The test defined the answer.
    pub is_defined: bool,
}

/// The answers for calls that match a pattern. Each is given once, the last one from then on.
#[derive(Debug)]
struct Reply {
    pattern: String,
    answers: VecDeque<Answer>,
    used: bool,
    is_required: bool,
}

/// The recorder of one test.
#[derive(Debug)]
pub(crate) struct Recorder {
    top: PathBuf,
    token: Arc<Token>,
    replies: Mutex<Vec<Reply>>,
    missing_programs: Mutex<BTreeSet<String>>,
    variables: Mutex<BTreeMap<String, String>>,
    calls: Mutex<Vec<Call>>,
}

impl Recorder {
    /// A recorder whose `/` is the folder `top`. It cancels `token` when a run makes too many calls.
    pub(crate) fn new(top: PathBuf, token: Arc<Token>) -> Self {
        Self {
            top,
            token,
            replies: Mutex::default(),
            missing_programs: Mutex::default(),
            variables: Mutex::default(),
            calls: Mutex::default(),
        }
    }

    /// Defines the answer to calls that match `pattern`, in place of earlier ones for the same
    /// pattern. [`Recorder::missed`] lists it if it `is_required` and never used.
    pub(crate) fn reply(&self, pattern: &str, answer: Answer, is_required: bool) {
        let mut replies = lock(&self.replies);
        replies.retain(|reply| reply.pattern != pattern);
        // The last definition comes first in the search.
        replies.push(Reply {
            pattern: pattern.to_owned(),
            answers: VecDeque::from([answer]),
            used: false,
            is_required,
        });
    }

    /// Adds an answer after those that `pattern` has so far.
    pub(crate) fn reply_then(&self, pattern: &str, answer: Answer) {
        let mut replies = lock(&self.replies);
        let reply = replies.iter_mut().find(|reply| reply.pattern == pattern);
        if let Some(reply) = reply {
            reply.answers.push_back(answer);
        }
    }

    /// Makes a program missing from now on.
    pub(crate) fn remove_program(&self, program: &str) {
        lock(&self.missing_programs).insert(program.to_owned());
    }

    /// Sets an environment variable.
    pub(crate) fn set_variable(&self, key: &str, value: &str) {
        lock(&self.variables).insert(key.to_owned(), value.to_owned());
    }

    /// Takes the calls recorded since the last time this was called.
    pub(crate) fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut lock(&self.calls))
    }

    /// The patterns that no call has matched.
    pub(crate) fn unused(&self) -> Vec<String> {
        self.patterns(|reply| !reply.used)
    }

    /// The required patterns that no call has matched.
    pub(crate) fn missed(&self) -> Vec<String> {
        self.patterns(|reply| !reply.used && reply.is_required)
    }

    fn patterns(&self, wanted: impl Fn(&Reply) -> bool) -> Vec<String> {
        let replies = lock(&self.replies);
        let wanted = replies.iter().filter(|reply| wanted(reply));
        wanted.map(|reply| reply.pattern.clone()).collect()
    }

    /// True if so many calls were made that the run had to be stopped.
    pub(crate) fn is_endless(&self) -> bool {
        lock(&self.calls).len() > MAX_CALLS
    }

    pub(super) fn program(&self, command: &Command, changes: bool) -> Answer {
        let text = |text: &std::ffi::OsString| self.shown(&text.to_string_lossy());
        let variables = command.variables.iter();
        let variables = variables.filter(|(key, _)| !command.without.contains(key));
        let env = variables.chain(&command.env);
        let input = match &command.stdin {
            Stdin::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            Stdin::Inherit | Stdin::Null => None,
        };
        let call = Call {
            env: env.map(|(key, value)| (text(key), text(value))).collect(),
            input,
            timeout: command.timeout.map(|timeout| timeout.as_secs()),
            ..self.call(&command.display(), changes)
        };
        if self.has(&command.argv[0]) {
            self.answer(call)
        } else {
            lock(&self.calls).push(Call {
                is_defined: true,
                ..call
            });
            Answer::ends(End::NotInstalled, "")
        }
    }

    pub(super) fn other(&self, line: &str, changes: bool) -> Answer {
        self.answer(self.call(line, changes))
    }

    fn call(&self, line: &str, changes: bool) -> Call {
        Call {
            line: self.shown(line),
            changes,
            step: frame().step.map(|step| step.to_string()),
            env: BTreeMap::new(),
            input: None,
            timeout: None,
            is_defined: false,
        }
    }

    fn answer(&self, call: Call) -> Answer {
        let answer = {
            let mut replies = lock(&self.replies);
            let found = replies
                .iter_mut()
                .rev()
                .find(|reply| matches(&reply.pattern, &call.line));
            found.and_then(|reply| {
                reply.used = true;
                if reply.answers.len() > 1 {
                    reply.answers.pop_front()
                } else {
                    reply.answers.front().cloned()
                }
            })
        };
        lock(&self.calls).push(Call {
            is_defined: answer.is_some(),
            ..call
        });
        if self.is_endless() {
            self.token.cancel();
        }
        answer.unwrap_or_else(|| Answer {
            is_defined: false,
            ..Answer::prints("")
        })
    }

    pub(super) fn variable(&self, key: &str) -> Option<String> {
        lock(&self.variables).get(key).cloned()
    }

    pub(super) fn has(&self, program: &str) -> bool {
        !lock(&self.missing_programs).contains(program)
    }

    /// Resolves `path` as the system would, without ever leaving the folder.
    pub(crate) fn path(&self, root: &Path, path: &Path) -> PathBuf {
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

    /// The folder, and `pattern` inside it, which does not lead out either.
    pub(super) fn pattern(&self, root: &Path, pattern: &str) -> (PathBuf, String) {
        let path = self.path(root, Path::new(pattern));
        let rest = path.strip_prefix(&self.top).unwrap_or(Path::new(""));
        (self.top.clone(), rest.to_string_lossy().into_owned())
    }

    /// `text` as if the folder were `/`.
    pub(crate) fn shown(&self, text: &str) -> String {
        text.replace(&*self.top.to_string_lossy(), "")
    }
}

/// True if `line` matches `pattern`, in which `*` stands for any text.
pub(crate) fn matches(pattern: &str, line: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn recorder() -> Recorder {
        Recorder::new(PathBuf::from("/tmp/top"), Arc::new(Token::default()))
    }

    #[test]
    fn a_star_matches_any_text() {
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
    fn answers_come_in_order_and_the_last_definition_wins() {
        let recorder = recorder();
        recorder.reply("docker *", Answer::prints("any"), false);
        recorder.reply("docker ps", Answer::prints("one"), true);
        recorder.reply_then("docker ps", Answer::prints("two"));
        let answers = ["docker ps", "docker ps", "docker ps", "docker info", "git"]
            .map(|line| recorder.other(line, false).stdout);
        assert_eq!(answers, ["one", "two", "two", "any", ""]);
        // A new definition replaces the old one.
        recorder.reply("docker ps", Answer::prints("three"), true);
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
