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
    if process::run_if_asked() {
        return;
    }
    let code = cli::run(std::env::args_os());
    process::dismiss_watchdog();
    // Skips destructors: dropping the engine and its modules would only take time.
    std::process::exit(i32::from(code));
}
