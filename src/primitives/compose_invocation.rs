//! Builds a Compose command on the project.

use super::api::{Call, Thrown};
use super::compose_command::compose_effect;
use super::compose_program::program;
use super::docker::explain;
use super::invoke::Invocation;
use super::project::{COMPOSE_FILE_NAMES, Project, is_remote, named_files};
use super::variables::{Variables, project};
use crate::fault::Failure;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// How long Compose may take to stop: each service has its `stop_grace_period`, and killing
/// Compose earlier would leave containers behind.
const STOP_GRACE_PERIOD: Duration = Duration::from_mins(2);

/// The options of Compose that name other files than the project's own.
const FILE_OPTIONS: [&str; 2] = ["-f", "--file"];

/// A Compose command on the project, ready for its own options.
///
/// Compose gets the variables of `.env` from the host, in its environment, and reads no file itself:
/// what `env` says is what it sees, by construction. Both variables stand for options, so that the
/// command that is shown is the one that a person would type.
pub(super) fn invocation(call: Call<'_>, args: &[String]) -> Thrown<Invocation> {
    invocation_with(call, args, |_| Ok(()))
}

/// The same, with the options of a call, whose `env` can name other Compose files.
pub(super) fn invocation_with(
    call: Call<'_>,
    args: &[String],
    take_options: impl FnOnce(&mut Invocation) -> Result<(), Failure>,
) -> Thrown<Invocation> {
    let program = program(call)?;
    let effect = compose_effect(args);
    let words = program.iter().chain(args).cloned().collect();
    let mut invocation = Invocation::new(call, words, effect, "docker");
    invocation.explain = explain;
    invocation.command.grace = STOP_GRACE_PERIOD;
    // Its menu reads Ctrl-C as a key and exits with 0, so that the interruption would be lost.
    set(&mut invocation, "COMPOSE_MENU", "false");
    call.check(take_options(&mut invocation))?;

    let variables = call.check(Variables::of_run(call.run))?;
    let named = named_files(|key| invocation.own_variable(key, || variables.raw(key)));
    let project = project(call.run);
    call.check(has_a_file(call, project, &named, args))?;
    let names_files = args.iter().any(|arg| FILE_OPTIONS.contains(&arg.as_str()));
    let directory = match named.first() {
        Some(file) if !names_files && !is_remote(file) => directory_of(call, project, file),
        _ => project.folder().to_owned(),
    };
    if !directory.is_empty() {
        let option = ["--project-directory".to_owned(), directory];
        let at = program.len();
        invocation.command.argv.splice(at..at, option);
    }
    // `${PWD}` in a Compose file is the folder that a person is in.
    let folder: PathBuf = call.run.path(project.folder()).components().collect();
    set(&mut invocation, "PWD", folder);
    if let Some(files) = absolute(call, project, &named) {
        set(&mut invocation, "COMPOSE_FILE", files);
        set(&mut invocation, "COMPOSE_PATH_SEPARATOR", "\n");
    }
    if args.iter().any(|arg| arg.starts_with("--env-file")) {
        invocation.gets_variables = false;
    } else {
        set(&mut invocation, "COMPOSE_ENV_FILES", "/dev/null");
    }
    Ok(invocation)
}

fn set(invocation: &mut Invocation, key: &str, value: impl Into<OsString>) {
    let env = &mut invocation.command.env;
    env.retain(|(name, _)| name != key);
    env.push((key.into(), value.into()));
}

/// The folder of the first file that `COMPOSE_FILE` names, relative to the repository where it is inside.
fn directory_of(call: Call<'_>, project: Project, file: &str) -> String {
    let file = call.run.path(project.join(file));
    let folder = file.parent().unwrap_or(&file);
    let root = call.run.path("");
    let folder = folder.strip_prefix(&root).unwrap_or(folder);
    folder.to_string_lossy().into_owned()
}

/// `COMPOSE_FILE` with absolute paths, one a line, where it has relative ones: Compose takes them
/// relative to the folder that it is started in.
fn absolute(call: Call<'_>, project: Project, named: &[String]) -> Option<String> {
    let is_relative = |file: &String| !file.starts_with('/') && !is_remote(file);
    if !named.iter().any(is_relative) {
        return None;
    }
    let files = named.iter().map(|file| {
        if is_relative(file) {
            let path = call.run.path(project.join(file));
            path.to_string_lossy().into_owned()
        } else {
            file.clone()
        }
    });
    Some(files.collect::<Vec<_>>().join("\n"))
}

/// Compose says only that it found no file, not where it looked.
fn has_a_file(
    call: Call<'_>,
    project: Project,
    named: &[String],
    args: &[String],
) -> Result<(), Failure> {
    let mut names = COMPOSE_FILE_NAMES.iter();
    let has_own = names.any(|name| call.run.path(project.join(name)).is_file());
    let names_another = args.iter().any(|arg| {
        FILE_OPTIONS.contains(&arg.as_str()) || ["-p", "version", "ls"].contains(&arg.as_str())
    });
    if has_own || names_another || !named.is_empty() {
        return Ok(());
    }
    let file = project.join("docker-compose.yml");
    Err(Failure::missing(
        format!("there is no Compose file in {}", project.shown()),
        format!(
            "add {}, or name another file in COMPOSE_FILE",
            file.display()
        ),
    ))
}
