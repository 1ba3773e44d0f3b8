//! Builds a Compose command on the project.

use super::api::{Call, Thrown};
use super::compose_command::compose_effect;
use super::compose_env::env_difference;
use super::compose_program::program;
use super::docker::explain;
use super::env::lookup;
use super::invoke::Invocation;
use crate::fault::Failure;
use std::time::Duration;

/// The project directory, relative to the repository.
pub(super) const PROJECT_DIRECTORY: &str = "dev";

/// How long Compose may take to stop: each service has its `stop_grace_period`, and killing
/// Compose earlier would leave containers behind.
const STOP_GRACE_PERIOD: Duration = Duration::from_mins(2);

/// The names under which Compose finds the project's file (docs.docker.com/compose/intro/compose-application-model).
pub(super) const COMPOSE_FILE_NAMES: [&str; 4] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yaml",
    "docker-compose.yml",
];

/// A Compose command on the project, ready for its own options.
pub(super) fn invocation(call: Call<'_>, args: Vec<String>) -> Thrown<Invocation> {
    let mut argv = program(call)?;
    call.check(has_a_file(call, &args))?;
    argv.extend([
        "--project-directory".to_owned(),
        PROJECT_DIRECTORY.to_owned(),
    ]);
    let effect = compose_effect(&args);
    argv.extend(args);
    let mut invocation = Invocation::new(call, argv, effect, "docker");
    invocation.explain = explain;
    invocation.command.grace = STOP_GRACE_PERIOD;
    // Its menu reads Ctrl-C as a key and exits with 0, so that the interruption would be lost.
    let menu = ("COMPOSE_MENU".into(), "false".into());
    invocation.command.env.push(menu);
    let difference = call.check(env_difference(call))?;
    invocation.command.env.extend(difference.with);
    invocation.command.without = difference.without;
    Ok(invocation)
}

/// Compose says only that it found no file, not where it looked.
fn has_a_file(call: Call<'_>, args: &[String]) -> Result<(), Failure> {
    let project = call.run.path(PROJECT_DIRECTORY);
    let has_own = COMPOSE_FILE_NAMES
        .iter()
        .any(|name| project.join(name).is_file());
    let names_another = args
        .iter()
        .any(|arg| ["-f", "--file", "-p", "version", "ls"].contains(&arg.as_str()));
    // Also finds a line in dev/.env that Compose would refuse, with a better error.
    let is_set = lookup(call, "COMPOSE_FILE")?.is_some();
    if has_own || names_another || is_set {
        return Ok(());
    }
    Err(Failure::missing(
        format!("there is no Compose file in {PROJECT_DIRECTORY}/"),
        format!("add {PROJECT_DIRECTORY}/docker-compose.yml, or name another file in COMPOSE_FILE"),
    ))
}
