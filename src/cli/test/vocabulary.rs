//! The functions of a test: set up, run, and check the result.

use super::answers;
use super::api::{Api, register};
use super::session::Session;
use crate::check::find;
use crate::fault::Failure;
use crate::primitives::{Functions, bare_engine, word_list};
use rhai::{Array, Dynamic, Engine, FnPtr, ImmutableString, Map, NativeCallContext};
use std::path::Path;
use std::sync::Arc;

/// The engine for a test file, whose functions belong to `session`.
pub(crate) fn engine(root: &Path, session: &Arc<Session>) -> Engine {
    let mut engine = bare_engine(root, Some(find), Functions::Registered);
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

/// The words of a command line: text is split at spaces, an array is not.
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

/// A line or an array of lines.
fn lines(function: &'static str, value: &Dynamic) -> Result<Vec<String>, Failure> {
    match value.read_lock::<Array>() {
        Some(array) => word_list(function, &array),
        None if value.is_string() => Ok(vec![value.to_string()]),
        None => Err(Failure::recipe(format!(
            "`{function}` takes a line, or an array of lines"
        ))),
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
    api.one_argument(
        "lacks",
        &["program: string", "()"],
        "/// Makes a program missing on this machine.",
        |case, program| {
            case.remove_program(&program.to_string());
            Ok(())
        },
    );
    api.two_arguments(
        "variable",
        &["name: string", "value: string", "()"],
        "/// Sets an environment variable. By default only HOME is set, to /home.",
        |case, name, value| {
            case.variable(name, &value.to_string());
            Ok(())
        },
    );
    api.two_arguments(
        "file",
        &["path: string", "text: string", "()"],
        "/// Creates a file in the temporary folder, by a path relative to the repository or absolute.",
        |case, path, text| case.write(path, Some(&text.to_string())),
    );
    api.one_argument(
        "folder",
        &["path: string", "()"],
        "/// Creates a folder.",
        |case, path| case.write(&path.to_string(), None),
    );
    api.one_argument(
        "no_file",
        &["path: string", "()"],
        "/// Removes a file or folder of the repository.",
        |case, path| case.remove(&path.to_string()),
    );
    api.one_argument(
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
    api.check_two_arguments(
        "env_is",
        &["name: string", "value: ?", "()"],
        "/// Checks a variable of `dev/.env` after the run; `()` means not set.",
        |case, name, value| case.env_is(name, &value),
    );
    api.check_two_arguments(
        "file_is",
        &["path: string", "text: string", "()"],
        "/// Checks the contents of a file after the run.",
        |case, path, text| case.file_is(path, &text.to_string()),
    );
    api.one_argument(
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
                session.with_current_case(&ctx, |case| {
                    case.check();
                    case.assert(holds, &message)
                })
            }
        },
    );
}
