//! `copilot-agent worker`, `api` and `healthcheck`.

#![forbid(unsafe_code)]

use copilot_agent::{
    api,
    config::Config,
    error::Error,
    healthcheck,
    telemetry::{Severity, event},
    worker,
};
use serde_json::json;
use std::process::ExitCode;

const USAGE: &str = "usage: copilot-agent COMMAND

  worker       watches the cluster: runs the Copilot's workflows
  api          answers what the worker saw
  healthcheck  asks the worker or the API of this container whether it is well

Settings are environment variables; docs/agent.md lists them.";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            event(
                Severity::Error,
                &error.to_string(),
                &[("exit_code", json!(error.code()))],
            );
            ExitCode::from(error.code())
        }
    }
}

fn run() -> Result<(), Error> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["-h" | "--help" | "help"] => {
            println!("{USAGE}");
            Ok(())
        }
        ["-V" | "--version"] => {
            println!("copilot-agent {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
        ["api"] => block_on(api::run(Config::from_env()?)),
        ["worker"] => block_on(worker::run(Config::from_env()?)),
        ["healthcheck"] => healthcheck::run(&Config::from_env()?),
        [] => Err(Error::Usage(format!("a command is missing\n{USAGE}"))),
        [word, ..] => Err(Error::Usage(format!(
            "there is no command {word:?}\n{USAGE}"
        ))),
    }
}

fn block_on(program: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Error::Config(error.to_string()))?;
    let ended = runtime.block_on(program);
    // A query that hangs in its thread must not keep the process.
    runtime.shutdown_background();
    ended
}
