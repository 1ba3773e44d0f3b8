//! What a test can say: the scene, the run, and what must come of it.

use super::answers;
use super::api::{Api, register};
use super::session::Session;
use crate::check::find;
use crate::fault::Failure;
use crate::primitives::{bare_engine, words};
use rhai::{Array, Dynamic, Engine, FnPtr, ImmutableString, Map, NativeCallContext};
use std::path::Path;
use std::sync::Arc;

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
