//! The command tree: `dev` is built from recipes, the rest is fixed.

mod check;
mod dev;
mod execute;
mod exit_codes;
mod list;
mod program;
mod select;
mod show;
mod verb;

use crate::error::Result;
use std::ffi::OsString;

/// Runs `copilot` with `args` and gives its exit code, all said.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    match dispatch(args) {
        Ok(code) => code,
        Err(error) => {
            show::error(&error, None);
            error.code()
        }
    }
}

fn dispatch(args: impl IntoIterator<Item = OsString>) -> Result<u8> {
    let args: Vec<_> = args.into_iter().collect();
    let mut program = program::program();
    let matches = program::parse(&mut program, args)?;
    match matches.subcommand() {
        Some(("dev", matches)) => dev::run(matches),
        Some(("help", matches)) => {
            let topic = matches.get_one::<String>("topic").map(String::as_str);
            program::help(&mut program, topic)
        }
        _ => program::help(&mut program, None),
    }
}
