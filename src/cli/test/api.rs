//! What a test can say: the scene, the run, and what must come of it.

use super::case::{Case, Judged};
use super::report::Outcome;
use super::{answers, lock};
use crate::check::find;
use crate::fault::{Diagnostic, Failure, Kind, Place};
use crate::primitives::{bare_engine, word_list};
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

/// The tests of one file on their way.
pub struct Session {
    root: PathBuf,
    token: Arc<Token>,
    /// What the name of a test must hold for it to be run.
    only: Option<String>,
    left_some_out: AtomicBool,
    /// How deep the calls are that the test itself makes.
    level: AtomicUsize,
    current: Mutex<Option<Arc<Case>>>,
    outcomes: Mutex<Vec<Outcome>>,
}

impl Session {
    /// Of a file in the repository at `root`; `token` stops them.
    pub fn new(root: &Path, token: &Arc<Token>) -> Self {
        Self {
            root: root.to_owned(),
            token: Arc::clone(token),
            only: None,
            left_some_out: AtomicBool::default(),
            level: AtomicUsize::default(),
            current: Mutex::default(),
            outcomes: Mutex::default(),
        }
    }

    /// Runs only the tests whose names hold this.
    pub fn only(self, text: Option<&str>) -> Self {
        Self {
            only: text.map(ToOwned::to_owned),
            ..self
        }
    }

    /// True if there was a test that was not to be run.
    pub fn left_some_out(&self) -> bool {
        self.left_some_out.load(Ordering::Relaxed)
    }

    /// How those that have ended went.
    pub fn outcomes(&self) -> Vec<Outcome> {
        lock(&self.outcomes).clone()
    }

    fn case(&self) -> Result<Arc<Case>, Failure> {
        let outside = || {
            Failure::recipe("this stands outside a test").with_hint(
                "a test is `test(\"what it does\", || { … });`; what tests share is a function",
            )
        };
        lock(&self.current).clone().ok_or_else(outside)
    }

    /// Does `work` for the current test; what goes wrong is thrown at the caller.
    pub fn within<T>(
        &self,
        ctx: &NativeCallContext<'_>,
        work: impl FnOnce(&Case) -> Result<T, Failure>,
    ) -> Thrown<T> {
        let done = self.case().and_then(|case| work(&case));
        done.map_err(|failure| failure.at(ctx.call_position()))
    }

    /// True if the test itself makes this call, not a function that sets a scene for many.
    pub fn is_said_by_the_test(&self, ctx: &NativeCallContext<'_>) -> bool {
        ctx.call_level() <= self.level.load(Ordering::Relaxed)
    }

    fn test(&self, ctx: &NativeCallContext<'_>, name: &str, body: &FnPtr) -> Thrown<()> {
        let wrong = |message: String| Failure::recipe(message).at(ctx.call_position());
        let begun = Instant::now();
        if lock(&self.current).is_some() {
            return Err(wrong(format!("the test {name:?} stands inside another")));
        }
        if self.only.as_ref().is_some_and(|only| !name.contains(only)) {
            self.left_some_out.store(true, Ordering::Relaxed);
            return Ok(());
        }
        if lock(&self.outcomes)
            .iter()
            .any(|outcome| outcome.test == name)
        {
            return Err(wrong(format!("two tests are called {name:?}")));
        }
        let case = Case::new(&self.root, &self.token)
            .map_err(|error| wrong(format!("cannot copy the repository: {error}")))?;
        let case = Arc::new(case);
        *lock(&self.current) = Some(Arc::clone(&case));
        // The closure is a level deeper, and what it calls one more.
        self.level.store(ctx.call_level() + 2, Ordering::Relaxed);
        let result = body.call_within_context::<Dynamic>(ctx, ());
        *lock(&self.current) = None;
        let own = Place::new(ctx.call_source().unwrap_or_default(), ctx.call_position());
        let own = own.map(|place| place.to_string());
        let failure = match result {
            Ok(_) => {
                let left_out = case.end().err();
                left_out.map(|failure| (failure.message, own.into_iter().collect()))
            }
            Err(error) => {
                let EvalAltResult::ErrorRuntime(value, _) = error.unwrap_inner() else {
                    return Err(error);
                };
                let failure = Failure::from_thrown(value);
                if failure.kind == Kind::Recipe {
                    return Err(error);
                }
                let at = Diagnostic::of(&error, ctx.call_source());
                // That all of it happened in a call of `test` is no news.
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

/// The words of a command line; in an array they may hold spaces.
fn command_line(value: &Dynamic) -> Result<Vec<String>, Failure> {
    match value.read_lock::<Array>() {
        Some(array) => word_list("run", &array),
        None => Ok(value
            .to_string()
            .split_whitespace()
            .map(str::to_owned)
            .collect()),
    }
}

/// One line, or several.
fn lines(function: &'static str, value: &Dynamic) -> Result<Vec<String>, Failure> {
    match value.read_lock::<Array>() {
        Some(array) => word_list(function, &array),
        None if value.is_string() => Ok(vec![value.to_string()]),
        None => Err(Failure::recipe(format!(
            "`{function}` takes a line, or an array of lines"
        ))),
    }
}

/// An engine for tests, whose functions work for `session`.
pub fn engine(root: &Path, session: &Arc<Session>) -> Engine {
    let mut engine = bare_engine(root, Some(find));
    engine.on_print(crate::cli::show::say);
    let tests = Arc::clone(session);
    register(
        &mut engine,
        "test",
        &["name: string", "body: closure", "()"],
        "/// A test, run at once with a fresh copy of the repository and nothing else.",
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
    scene(&mut api);
    judgements(&mut api);
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

/// Registers functions that work for the current test.
pub(super) struct Api<'a> {
    /// Where they are registered.
    pub engine: &'a mut Engine,
    session: &'a Arc<Session>,
}

impl Api<'_> {
    /// Registers a function; `work` finds in `case` the test that is being run.
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

    fn judge(
        &mut self,
        name: &str,
        params: &[&str],
        docs: &str,
        work: impl Fn(&Case, Dynamic) -> Judged + Send + Sync + 'static,
    ) {
        self.one(name, params, docs, move |case, value| {
            case.judge();
            work(case, value)
        });
    }

    fn judge_two(
        &mut self,
        name: &str,
        params: &[&str],
        docs: &str,
        work: impl Fn(&Case, &str, Dynamic) -> Judged + Send + Sync + 'static,
    ) {
        self.two(name, params, docs, move |case, what, value| {
            case.judge();
            work(case, what, value)
        });
    }

    fn two(
        &mut self,
        name: &str,
        params: &[&str],
        docs: &str,
        work: impl Fn(&Case, &str, Dynamic) -> Judged + Send + Sync + 'static,
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

/// Rhai's own would wait.
fn sleep(api: &mut Api<'_>) {
    let docs = "/// Nothing: no time passes in a test.";
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

/// What there is before the run.
fn scene(api: &mut Api<'_>) {
    api.one(
        "lacks",
        &["program: string", "()"],
        "/// A program that this machine has not.",
        |case, program| {
            case.lack(&program.to_string());
            Ok(())
        },
    );
    api.two(
        "variable",
        &["name: string", "value: string", "()"],
        "/// A variable of the environment. There is no other but HOME, which is /home.",
        |case, name, value| {
            case.variable(name, &value.to_string());
            Ok(())
        },
    );
    api.two(
        "file",
        &["path: string", "text: string", "()"],
        "/// A file, relative to the repository or absolute; all of it is in a temporary folder.",
        |case, path, text| case.write(path, Some(&text.to_string())),
    );
    api.one(
        "folder",
        &["path: string", "()"],
        "/// A folder.",
        |case, path| case.write(&path.to_string(), None),
    );
    api.one(
        "no_file",
        &["path: string", "()"],
        "/// Takes away a file or folder that the repository has.",
        |case, path| case.remove(&path.to_string()),
    );
    api.one(
        "run",
        &["words: array", "map"],
        "/// Runs a recipe with what stands after `copilot dev`, text or an array of words. Returns\n\
         /// `#{ code, stdout, stderr, commands, questions, would, calls, steps, env }`.",
        |case, words| case.run(&command_line(&words)?),
    );
}

/// What must come of the last run.
fn judgements(api: &mut Api<'_>) {
    api.judge(
        "expect",
        &["commands: array", "()"],
        "/// The commands that changed something, all of them, in this order. `*` stands for any text.",
        |case, value| case.commands_are(&lines("expect", &value)?, true),
    );
    api.judge(
        "expect_any_order",
        &["commands: array", "()"],
        "/// As `expect`, in any order: for steps side by side.",
        |case, value| case.commands_are(&lines("expect_any_order", &value)?, false),
    );
    api.judge(
        "would",
        &["lines: array", "()"],
        "/// What a dry run shows, all of it, in this order; and that it changes nothing.",
        |case, value| case.would_be(&lines("would", &value)?),
    );
    api.judge(
        "asked",
        &["command: string", "()"],
        "/// Something like this was run, requested or asked.",
        |case, command| case.was_asked(&command.to_string(), true),
    );
    api.judge(
        "not_asked",
        &["command: string", "()"],
        "/// Nothing like this was run, requested or asked.",
        |case, command| case.was_asked(&command.to_string(), false),
    );
    api.judge(
        "steps_are",
        &["states: map", "()"],
        "/// All the steps and how each ended.",
        |case, states| match states.read_lock::<Map>() {
            Some(states) => case.steps_are(&states),
            None => Err(Failure::recipe(
                "`steps_are` takes a map: #{ step: \"ok\" }",
            )),
        },
    );
    api.judge(
        "code_is",
        &["code: int", "()"],
        "/// The exit code.",
        |case, code| case.code_is(number("code_is", &code)?),
    );
    api.judge(
        "says",
        &["text: string", "()"],
        "/// Part of what it wrote, on either output.",
        |case, text| case.says(&text.to_string(), true),
    );
    api.judge(
        "says_not",
        &["text: string", "()"],
        "/// What it did not write.",
        |case, text| case.says(&text.to_string(), false),
    );
    api.judge_two(
        "env_is",
        &["name: string", "value: ?", "()"],
        "/// A variable of `dev/.env` now; `()` for none.",
        |case, name, value| case.env_is(name, &value),
    );
    api.judge_two(
        "file_is",
        &["path: string", "text: string", "()"],
        "/// What is in a file now.",
        |case, path, text| case.file_is(path, &text.to_string()),
    );
    api.one(
        "file",
        &["path: string", "string"],
        "/// What is in a file now; `()` if there is none.",
        |case, path| {
            Ok(case
                .read(&path.to_string())
                .map_or(Dynamic::UNIT, Dynamic::from))
        },
    );
    api.any(
        "assert",
        &["holds: bool", "message: string", "()"],
        "/// Whatever else must be so, and what it means if it is not.",
        |session| {
            move |ctx: NativeCallContext<'_>, holds: bool, message: ImmutableString| {
                session.within(&ctx, |case| {
                    case.judge();
                    case.assert(holds, &message)
                })
            }
        },
    );
}
