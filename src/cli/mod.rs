//! The command line: `dev` is built from recipes, the rest is fixed.

mod api;
mod arguments;
mod built_in;
mod check;
mod check_output;
mod clashes;
mod complete;
mod db;
mod definitions;
mod dev;
mod execute;
mod exit_codes;
mod idle;
mod kb;
mod list;
mod markdown;
mod new;
mod program;
mod select;
mod show;
mod show_recipe;
mod signals;
mod test;
mod verb;

use crate::fault::{Error, Result};
use crate::run::{Event, Format, Reporter};
use crate::screen::{heed_no_color, lost_output};
use serde_json::json;
use std::ffi::OsString;
use std::path::PathBuf;

/// The commands that print one JSON object with `--output json`, not events.
const SINGLE_RESULT_COMMANDS: [&str; 2] = ["db", "kb"];

/// Runs `copilot` with `args`, prints any error, and returns the exit code.
pub(crate) fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    heed_no_color();
    let args: Vec<_> = args.into_iter().collect();
    let wants_json = wants_json(&args);
    let single_result = has_single_result(&args);
    let mut root = None;
    match dispatch(args, &mut root) {
        Ok(code) => match lost_output() {
            Some(why) if code == 0 => {
                show::say(&format!(
                    "error: cannot write all of the output: {}",
                    why.desc()
                ));
                1
            }
            _ => code,
        },
        Err(error) => {
            let code = error.code();
            if wants_json && code != 0 && single_result {
                print_json_error(&error);
            } else if wants_json && code != 0 {
                print_failed_run(&error);
            } else {
                show::error(&error, root.as_deref());
            }
            code
        }
    }
}

/// True if `args` request JSON, even if the other arguments are invalid.
fn wants_json(args: &[OsString]) -> bool {
    let words: Vec<_> = args.iter().take_while(|word| *word != "--").collect();
    words.contains(&&OsString::from("--output=json"))
        || words
            .windows(2)
            .any(|pair| pair[0] == "--output" && pair[1] == "json")
}

/// True if the command prints one JSON object, not events.
fn has_single_result(args: &[OsString]) -> bool {
    args.get(1)
        .is_some_and(|word| SINGLE_RESULT_COMMANDS.contains(&&*word.to_string_lossy()))
}

/// Prints an error as a JSON object.
fn print_json_error(error: &Error) {
    let message = error.to_string();
    let answer = json!({
        "v": 1,
        "error": {
            "kind": error.kind(),
            "message": message.strip_prefix("error: ").unwrap_or(&message).trim(),
            "hint": error.hint(),
        },
    });
    show::answer(&format!("{answer:#}"));
}

/// Prints the event of a run that could not begin.
fn print_failed_run(error: &Error) {
    let message = error.to_string();
    let reporter = Reporter::new(Format::Json, false, false);
    reporter.event(&Event::RunFinished {
        code: error.code(),
        seconds: 0.0,
        error: Some(message.strip_prefix("error: ").unwrap_or(&message).trim()),
        hint: error.hint(),
        place: error.place(),
    });
}

/// Runs the command. Sets `root` once the repository is known, so that errors can show source lines.
fn dispatch(args: Vec<OsString>, root: &mut Option<PathBuf>) -> Result<u8> {
    let mut program = program::program();
    let matches = arguments::parse(&mut program, args)?;
    match matches.subcommand() {
        Some(("dev", matches)) => dev::run(matches, root),
        Some(("db", matches)) => db::run(matches),
        Some(("kb", matches)) => kb::run(matches),
        Some(("completions", matches)) => Ok(complete::print(matches)),
        Some(("complete", matches)) => Ok(complete::run(matches, program)),
        Some(("help", matches)) => {
            let topic = matches.get_one::<String>("topic").map(String::as_str);
            program::help(&mut program, topic)
        }
        _ => program::help(&mut program, None),
    }
}
