//! The functions of a test: set up, run, and check the result.

use super::answers;
use super::case::{Case, Checked};
use super::report::Outcome;
use crate::check::find;
use crate::fault::{Diagnostic, Failure, Kind, Place, lock};
use crate::primitives::{bare_engine, words};
use crate::process::Token;
use rhai::{
    Array, Dynamic, Engine, EvalAltResult, FnPtr, FuncRegistration, ImmutableString, Map,
    NativeCallContext, RhaiNativeFunc,
};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

pub(super) type Thrown<T> = Result<T, Box<EvalAltResult>>;

/// A run of the tests of one file.
pub struct Session {
    root: PathBuf,
    token: Arc<Token>,
    /// Only tests whose names contain this text run.
    only: Option<String>,
    skipped_some: AtomicBool,
    /// The call depth of calls that the test itself makes.
    level: AtomicUsize,
    current: Mutex<Option<Arc<Case>>>,
    outcomes: Mutex<Vec<Outcome>>,
}

impl Session {
    /// A run for a file in the repository at `root`; `token` stops it.
    pub fn new(root: &Path, token: &Arc<Token>) -> Self {
        Self {
            root: root.to_owned(),
            token: Arc::clone(token),
            only: None,
            skipped_some: AtomicBool::default(),
            level: AtomicUsize::default(),
            current: Mutex::default(),
            outcomes: Mutex::default(),
        }
    }

    /// Runs only the tests whose names contain `text`.
    pub fn only(self, text: Option<&str>) -> Self {
        Self {
            only: text.map(ToOwned::to_owned),
            ..self
        }
    }

    /// True if a test was skipped because of its name.
    pub fn skipped_some(&self) -> bool {
        self.skipped_some.load(Ordering::Relaxed)
    }

    /// The outcomes of the tests that have ended.
    pub fn outcomes(&self) -> Vec<Outcome> {
        lock(&self.outcomes).clone()
    }

    fn case(&self) -> Result<Arc<Case>, Failure> {
        let outside = || {
            Failure::recipe("called outside a test").with_hint(
            "write a test as `test(\"what it does\", || { … });`, and put shared code in a function",
            )
        };
        lock(&self.current).clone().ok_or_else(outside)
    }

    /// Calls `work` with the current test, and throws its failure at the position of the call.
    pub fn within<T>(
        &self,
        ctx: &NativeCallContext<'_>,
        work: impl FnOnce(&Case) -> Result<T, Failure>,
    ) -> Thrown<T> {
        let done = self.case().and_then(|case| work(&case));
        done.map_err(|failure| failure.at(ctx.call_position()))
    }

    /// True if the test makes this call itself, and not in a function that several tests share.
    pub fn is_called_by_the_test(&self, ctx: &NativeCallContext<'_>) -> bool {
        ctx.call_level() <= self.level.load(Ordering::Relaxed)
    }

    fn test(&self, ctx: &NativeCallContext<'_>, name: &str, body: &FnPtr) -> Thrown<()> {
        let wrong = |message: String| Failure::recipe(message).at(ctx.call_position());
        let begun = Instant::now();
        if lock(&self.current).is_some() {
            return Err(wrong(format!("the test {name:?} is inside another test")));
        }
        if self.only.as_ref().is_some_and(|only| !name.contains(only)) {
            self.skipped_some.store(true, Ordering::Relaxed);
            return Ok(());
        }
        if lock(&self.outcomes)
            .iter()
            .any(|outcome| outcome.test == name)
        {
            return Err(wrong(format!("two tests have the name {name:?}")));
        }
        let case = Case::new(&self.root, &self.token)
            .map_err(|error| wrong(format!("cannot copy the repository: {error}")))?;
        let case = Arc::new(case);
        *lock(&self.current) = Some(Arc::clone(&case));
        // The closure is one level deeper, and its calls are another.
        self.level.store(ctx.call_level() + 2, Ordering::Relaxed);
        let result = body.call_within_context::<Dynamic>(ctx, ());
        *lock(&self.current) = None;
        let own = Place::new(ctx.call_source().unwrap_or_default(), ctx.call_position());
        let own = own.map(|place| place.to_string());
        let failure = match result {
            Ok(_) => {
                let omission = case.end().err();
                omission.map(|failure| (failure.message, own.into_iter().collect()))
            }
            Err(error) => {
                let EvalAltResult::ErrorRuntime(value, _) = error.unwrap_inner() else {
                    return Err(error);
                };
                let failure = Failure::from_thrown(value);
                if failure.kind == Kind::Recipe {
                    return Err(error);
                }
                let at = Diagnostic::from_rhai(&error, ctx.call_source());
                // The call of `test` itself is not worth showing.
                let places = at.places().into_iter();
                let places = places.filter(|place| Some(place) != own.as_ref());
                Some((failure.message, places.collect()))
            }
        };
        lock(&self.outcomes).push(Outcome {
            test: name.to_owned(),
            time: begun.elapsed(),
            failure,
        });
        Ok(())
    }
}

/// The words of a command line: text is split at spaces, an array is not.
fn command_line(value: &Dynamic) -> Result<Vec<String>, Failure> {
    match value.read_lock::<Array>() {
        Some(array) => words("run", &array),
        None => Ok(value
            .to_string()
            .split_whitespace()
            .map(str::to_owned)
            .collect()),
    }
}

/// A line or an array of lines.
fn lines(function: &'static str, value: &Dynamic) -> Result<Vec<String>, Failure> {
    match value.read_lock::<Array>() {
        Some(array) => words(function, &array),
        None if value.is_string() => Ok(vec![value.to_string()]),
        None => Err(Failure::recipe(format!(
            "`{function}` takes a line, or an array of lines"
        ))),
    }
}

/// The engine for a test file, whose functions belong to `session`.
pub fn engine(root: &Path, session: &Arc<Session>) -> Engine {
    let mut engine = bare_engine(root, Some(find));
    engine.on_print(crate::cli::show::say);
    let tests = Arc::clone(session);
    register(
        &mut engine,
        "test",
        &["name: string", "body: closure", "()"],
        "/// Runs a test at once, in a fresh copy of the repository.",
        move |ctx: NativeCallContext<'_>, name: ImmutableString, body: FnPtr| {
            tests.test(&ctx, &name, &body)
        },
    );
    let mut api = Api {
        engine: &mut engine,
        session,
    };
    answers::register(&mut api);
    sleep(&mut api);
    register_setup(&mut api);
    register_checks(&mut api);
    engine
}

fn register<A: 'static, const N: usize, const X: bool, R, const F: bool, FUNC>(
    engine: &mut Engine,
    name: &str,
    params: &[&str],
    docs: &str,
    function: FUNC,
) where
    R: rhai::Variant + Clone,
    FUNC: RhaiNativeFunc<A, N, X, R, F> + Send + Sync + 'static,
{
    FuncRegistration::new(name)
        .with_params_info(params)
        .with_comments([docs])
        .register_into_engine(engine, function);
}

/// Registers functions that act on the current test.
pub(super) struct Api<'a> {
    /// The engine to register them in.
    pub engine: &'a mut Engine,
    session: &'a Arc<Session>,
}

impl Api<'_> {
    /// Registers the function that `function` returns for the session.
    pub fn any<A: 'static, const N: usize, const X: bool, R, const F: bool, FUNC>(
        &mut self,
        name: &str,
        params: &[&str],
        docs: &str,
        function: impl FnOnce(Arc<Session>) -> FUNC,
    ) where
        R: rhai::Variant + Clone,
        FUNC: RhaiNativeFunc<A, N, X, R, F> + Send + Sync + 'static,
    {
        let function = function(Arc::clone(self.session));
        register(self.engine, name, params, docs, function);
    }

    fn one<R: rhai::Variant + Clone>(
        &mut self,
        name: &str,
        params: &[&str],
        docs: &str,
        work: impl Fn(&Case, Dynamic) -> Result<R, Failure> + Send + Sync + 'static,
    ) {
        let session = Arc::clone(self.session);
        let function = move |ctx: NativeCallContext<'_>, a: Dynamic| -> Thrown<R> {
            session.within(&ctx, |case| work(case, a))
        };
        register(self.engine, name, params, docs, function);
    }

    fn check(
        &mut self,
        name: &str,
        params: &[&str],
        docs: &str,
        work: impl Fn(&Case, Dynamic) -> Checked + Send + Sync + 'static,
    ) {
        self.one(name, params, docs, move |case, value| {
            case.check();
            work(case, value)
        });
    }

    fn check_two(
        &mut self,
        name: &str,
        params: &[&str],
        docs: &str,
        work: impl Fn(&Case, &str, Dynamic) -> Checked + Send + Sync + 'static,
    ) {
        self.two(name, params, docs, move |case, what, value| {
            case.check();
            work(case, what, value)
        });
    }

    fn two(
        &mut self,
        name: &str,
        params: &[&str],
        docs: &str,
        work: impl Fn(&Case, &str, Dynamic) -> Checked + Send + Sync + 'static,
    ) {
        let session = Arc::clone(self.session);
        let function =
            move |ctx: NativeCallContext<'_>, a: ImmutableString, b: Dynamic| -> Thrown<()> {
                let done = session.case().and_then(|case| work(&case, &a, b));
                done.map_err(|failure| failure.at(ctx.call_position()))
            };
        register(self.engine, name, params, docs, function);
    }
}

/// Replaces Rhai's own `sleep`, which would wait.
fn sleep(api: &mut Api<'_>) {
    let docs = "/// Does nothing: no time passes in a test.";
    register(api.engine, "sleep", &["time: int", "()"], docs, |_: i64| ());
    register(
        api.engine,
        "sleep",
        &["time: float", "()"],
        docs,
        |_: f64| (),
    );
    let params = ["time: string", "()"];
    register(api.engine, "sleep", &params, docs, |_: ImmutableString| ());
}

fn number(function: &str, value: &Dynamic) -> Result<i64, Failure> {
    value
        .as_int()
        .map_err(|found| Failure::recipe(format!("`{function}` takes a whole number, not {found}")))
}

/// Registers the functions that set up a test, and `run`.
fn register_setup(api: &mut Api<'_>) {
    api.one(
        "lacks",
        &["program: string", "()"],
        "/// Makes a program missing on this machine.",
        |case, program| {
            case.remove_program(&program.to_string());
            Ok(())
        },
    );
    api.two(
        "variable",
        &["name: string", "value: string", "()"],
        "/// Sets an environment variable. By default only HOME is set, to /home.",
        |case, name, value| {
            case.variable(name, &value.to_string());
            Ok(())
        },
    );
    api.two(
        "file",
        &["path: string", "text: string", "()"],
        "/// Creates a file in the temporary folder, by a path relative to the repository or absolute.",
        |case, path, text| case.write(path, Some(&text.to_string())),
    );
    api.one(
        "folder",
        &["path: string", "()"],
        "/// Creates a folder.",
        |case, path| case.write(&path.to_string(), None),
    );
    api.one(
        "no_file",
        &["path: string", "()"],
        "/// Removes a file or folder of the repository.",
        |case, path| case.remove(&path.to_string()),
    );
    api.one(
        "run",
        &["words: array", "map"],
        "/// Runs a recipe with the words after `copilot dev`, as text or as an array. Returns\n\
         /// `#{ code, stdout, stderr, commands, questions, would, calls, steps, env }`.",
        |case, words| case.run(&command_line(&words)?),
    );
}

/// Registers the functions that check the last run.
fn register_checks(api: &mut Api<'_>) {
    api.check(
        "expect",
        &["commands: array", "()"],
        "/// Checks all commands that changed something, in this order. `*` matches any text.",
        |case, value| case.commands_are(&lines("expect", &value)?, true),
    );
    api.check(
        "expect_any_order",
        &["commands: array", "()"],
        "/// Like `expect`, but in any order: for parallel steps.",
        |case, value| case.commands_are(&lines("expect_any_order", &value)?, false),
    );
    api.check(
        "would",
        &["lines: array", "()"],
        "/// Checks everything that a dry run prints, in this order, and that it changes nothing.",
        |case, value| case.would_be(&lines("would", &value)?),
    );
    api.check(
        "asked",
        &["command: string", "()"],
        "/// Checks that a matching call was made: a program, a request or a question.",
        |case, command| case.was_asked(&command.to_string(), true),
    );
    api.check(
        "not_asked",
        &["command: string", "()"],
        "/// Checks that no matching call was made.",
        |case, command| case.was_asked(&command.to_string(), false),
    );
    api.check(
        "steps_are",
        &["states: map", "()"],
        "/// Checks the states of all steps.",
        |case, states| match states.read_lock::<Map>() {
            Some(states) => case.steps_are(&states),
            None => Err(Failure::recipe(
                "`steps_are` takes a map: #{ step: \"ok\" }",
            )),
        },
    );
    api.check(
        "code_is",
        &["code: int", "()"],
        "/// Checks the exit code.",
        |case, code| case.code_is(number("code_is", &code)?),
    );
    api.check(
        "says",
        &["text: string", "()"],
        "/// Checks that standard output or standard error contains this text.",
        |case, text| case.says(&text.to_string(), true),
    );
    api.check(
        "says_not",
        &["text: string", "()"],
        "/// Checks that neither output contains this text.",
        |case, text| case.says(&text.to_string(), false),
    );
    api.check_two(
        "env_is",
        &["name: string", "value: ?", "()"],
        "/// Checks a variable of `dev/.env` after the run; `()` means not set.",
        |case, name, value| case.env_is(name, &value),
    );
    api.check_two(
        "file_is",
        &["path: string", "text: string", "()"],
        "/// Checks the contents of a file after the run.",
        |case, path, text| case.file_is(path, &text.to_string()),
    );
    api.one(
        "file",
        &["path: string", "string"],
        "/// The contents of a file after the run; `()` if it does not exist.",
        |case, path| {
            Ok(case
                .read(&path.to_string())
                .map_or(Dynamic::UNIT, Dynamic::from))
        },
    );
    api.any(
        "assert",
        &["holds: bool", "message: string", "()"],
        "/// Checks any other condition, with the message if it does not hold.",
        |session| {
            move |ctx: NativeCallContext<'_>, holds: bool, message: ImmutableString| {
                session.within(&ctx, |case| {
                    case.check();
                    case.assert(holds, &message)
                })
            }
        },
    );
}
