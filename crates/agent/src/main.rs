//! The command line: `copilot-agent worker`, `api` and `healthcheck`.

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

  worker       Observe the cluster: run the Copilot's workflows
  api          Serve the worker's observations over HTTP
  healthcheck  Check the worker or the API of this container

Options:
  -h, --help     Print this help
  -V, --version  Print the version

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
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
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
        [] => Err(Error::Usage(format!("missing command\n{USAGE}"))),
        [argument, ..] => Err(Error::Usage(format!(
            "unknown command {argument:?}\n{USAGE}"
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
    // A thread that hangs in a query must not keep the process alive.
    runtime.shutdown_background();
    ended
}
