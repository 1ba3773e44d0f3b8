//! `copilot`: runs the Temporal SRE Copilot's development environment from editable recipes.

mod check;
mod cli;
mod dotenv;
mod fault;
mod primitives;
mod process;
mod recipe;
mod run;
mod screen;

fn main() {
    let code = cli::run(std::env::args_os());
    // The engine and its modules need not be taken apart first.
    std::process::exit(i32::from(code));
}
