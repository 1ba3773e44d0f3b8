//! What a test can say: the scene, the run, and what must come of it.

use super::case::{Case, Judged};
use super::lock;
use super::report::Outcome;
use crate::primitives::{json_of, words};
use crate::process::Token;
use crate::recipe::{Diagnostic, Place, bare_engine};
use crate::run::{Answer, End, Failure, Kind};
use rhai::{
    Array, Dynamic, Engine, EvalAltResult, FnPtr, FuncRegistration, ImmutableString, Map,
    NativeCallContext, RhaiNativeFunc,
};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;

type Thrown<T> = Result<T, Box<EvalAltResult>>;

/// The tests of one file on their way.
pub struct Session {
    root: PathBuf,
    token: Arc<Token>,
    current: Mutex<Option<Arc<Case>>>,
    outcomes: Mutex<Vec<Outcome>>,
}

impl Session {
    /// Of a file in the repository at `root`; `token` stops them.
    pub fn new(root: &Path, token: &Arc<Token>) -> Self {
        Self {
            root: root.to_owned(),
            token: Arc::clone(token),
            current: Mutex::default(),
            outcomes: Mutex::default(),
        }
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

    fn test(&self, ctx: &NativeCallContext<'_>, name: &str, body: &FnPtr) -> Thrown<()> {
        let wrong = |message: String| Failure::recipe(message).at(ctx.call_position());
        let begun = Instant::now();
        if lock(&self.current).is_some() {
            return Err(wrong(format!("the test {name:?} stands inside another")));
        }
        if lock(&self.outcomes)
            .iter()
            .any(|outcome| outcome.test == name)
        {
            return Err(wrong(format!("two tests are called {name:?}")));
        }
        let case = Case::new(&self.root, &self.token)
            .map_err(|error| wrong(format!("cannot copy the repository: {error}")))?;
        *lock(&self.current) = Some(Arc::new(case));
        let result = body.call_within_context::<Dynamic>(ctx, ());
        *lock(&self.current) = None;
        let failure = match result {
            Ok(_) => None,
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
                let own = Place::new(ctx.call_source().unwrap_or_default(), ctx.call_position());
                let own = own.map(|place| place.to_string());
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
        Some(array) => words("run", &array),
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
        Some(array) => words(function, &array),
        None if value.is_string() => Ok(vec![value.to_string()]),
        None => Err(Failure::recipe(format!(
            "`{function}` takes a line, or an array of lines"
        ))),
    }
}

fn output(value: &Dynamic) -> String {
    if value.is_string() {
        value.to_string()
    } else {
        json_of(value).to_string()
    }
}

fn fails(case: &Case, pattern: &str, code: i64, stderr: &str) -> Judged {
    let code = i32::try_from(code).unwrap_or(-1);
    if code < 0 || (code == 0 && !pattern.starts_with("http ")) {
        let hint = "0 is success; for `http` it says that nothing answers";
        return Err(Failure::recipe("`fails` takes the code of a failure").with_hint(hint));
    }
    case.tell(pattern, Answer::ends(End::Failed(code), stderr));
    Ok(())
}

/// An engine for tests, whose functions work for `session`.
pub fn engine(root: &Path, session: &Arc<Session>) -> Engine {
    let mut engine = bare_engine(root);
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
struct Api<'a> {
    engine: &'a mut Engine,
    session: &'a Arc<Session>,
}

impl Api<'_> {
    fn one<R: rhai::Variant + Clone>(
        &mut self,
        name: &str,
        params: &[&str],
        docs: &str,
        work: impl Fn(&Case, Dynamic) -> Result<R, Failure> + Send + Sync + 'static,
    ) {
        let session = Arc::clone(self.session);
        let function = move |ctx: NativeCallContext<'_>, a: Dynamic| -> Thrown<R> {
            let done = session.case().and_then(|case| work(&case, a));
            done.map_err(|failure| failure.at(ctx.call_position()))
        };
        register(self.engine, name, params, docs, function);
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

fn number(function: &str, value: &Dynamic) -> Result<i64, Failure> {
    value
        .as_int()
        .map_err(|found| Failure::recipe(format!("`{function}` takes a whole number, not {found}")))
}

/// What there is before the run.
fn scene(api: &mut Api<'_>) {
    api.two(
        "reply",
        &["command: string", "output: any", "()"],
        "/// What a command, request or question is answered with: text, or a value that is made JSON.\n\
         /// `*` in the command stands for any text. Said twice, each is given once, the last for ever.",
        |case, command, value| {
            case.tell(command, Answer::prints(output(&value)));
            Ok(())
        },
    );
    const FAILS: &str = "/// A command that fails with this code and this on standard error. For `http` the code is the\n\
        /// status, 0 where nothing answers.";
    api.two(
        "fails",
        &["command: string", "code: int", "()"],
        FAILS,
        |case, command, code| fails(case, command, number("fails", &code)?, ""),
    );
    let session = Arc::clone(api.session);
    register(
        api.engine,
        "fails",
        &["command: string", "code: int", "stderr: string", "()"],
        FAILS,
        move |ctx: NativeCallContext<'_>,
              command: ImmutableString,
              code: i64,
              stderr: ImmutableString|
              -> Thrown<()> {
            let told = session
                .case()
                .and_then(|case| fails(&case, &command, code, &stderr));
            told.map_err(|failure| failure.at(ctx.call_position()))
        },
    );
    api.one(
        "times_out",
        &["command: string", "()"],
        "/// A command that takes longer than it may.",
        |case, command| {
            case.tell(&command.to_string(), Answer::ends(End::TimedOut, ""));
            Ok(())
        },
    );
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
        &["words: string", "map"],
        "/// Runs a recipe with what stands after `copilot dev`, text or an array of words. Returns\n\
         /// `#{ code, stdout, stderr, commands, questions, would, calls, steps, env }`.",
        |case, words| case.run(&command_line(&words)?),
    );
}

/// What must come of the last run.
fn judgements(api: &mut Api<'_>) {
    api.one(
        "expect",
        &["commands: array", "()"],
        "/// The commands that changed something, all of them, in this order. `*` stands for any text.",
        |case, value| case.commands_are(&lines("expect", &value)?, true),
    );
    api.one(
        "expect_any_order",
        &["commands: array", "()"],
        "/// As `expect`, in any order: for steps side by side.",
        |case, value| case.commands_are(&lines("expect_any_order", &value)?, false),
    );
    api.one(
        "would",
        &["lines: array", "()"],
        "/// What a dry run shows, all of it, in this order; and that it changes nothing.",
        |case, value| case.would_be(&lines("would", &value)?),
    );
    api.one(
        "asked",
        &["command: string", "()"],
        "/// Something like this was run, requested or asked.",
        |case, command| case.was_asked(&command.to_string(), true),
    );
    api.one(
        "not_asked",
        &["command: string", "()"],
        "/// Nothing like this was run, requested or asked.",
        |case, command| case.was_asked(&command.to_string(), false),
    );
    api.one(
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
    api.one(
        "code_is",
        &["code: int", "()"],
        "/// The exit code.",
        |case, code| case.code_is(number("code_is", &code)?),
    );
    api.one(
        "says",
        &["text: string", "()"],
        "/// Part of what it wrote, on either output.",
        |case, text| case.says(&text.to_string(), true),
    );
    api.one(
        "says_not",
        &["text: string", "()"],
        "/// What it did not write.",
        |case, text| case.says(&text.to_string(), false),
    );
    api.two(
        "env_is",
        &["name: string", "value: string", "()"],
        "/// A variable of `dev/.env` now; `()` for none.",
        |case, name, value| case.env_is(name, &value),
    );
    api.two(
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
    let session = Arc::clone(api.session);
    register(
        api.engine,
        "assert",
        &["holds: bool", "message: string", "()"],
        "/// Whatever else must be so, and what it means if it is not.",
        move |ctx: NativeCallContext<'_>, holds: bool, message: ImmutableString| -> Thrown<()> {
            let held = session.case().and_then(|case| case.assert(holds, &message));
            held.map_err(|failure| failure.at(ctx.call_position()))
        },
    );
}
