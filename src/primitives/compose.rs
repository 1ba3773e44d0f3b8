//! `compose`, `compose_ps`, `compose_services`: Docker Compose on the project in `dev/`.

use super::api::{Api, Call, Thrown};
use super::args::{Opts, words};
use super::compose_networks::Turn;
use super::compose_program::program;
use super::docker::explain;
use super::env::{for_compose, lookup};
use super::invoke::{Effect, Invocation, code};
use super::value::from_json;
use crate::fault::{Failure, Kind};
use crate::process::Exit;
use rhai::{Array, Dynamic, Map, NativeCallContext};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// The project directory, relative to the repository.
pub const PROJECT: &str = "dev";

/// Commands of Compose that change nothing.
const READERS: [&str; 11] = [
    "config", "events", "images", "logs", "ls", "port", "ps", "stats", "top", "version", "volumes",
];

/// Options before the command whose value is a word of its own.
const WITH_VALUE: [&str; 10] = [
    "-f",
    "-p",
    "--ansi",
    "--env-file",
    "--file",
    "--parallel",
    "--profile",
    "--progress",
    "--project-directory",
    "--project-name",
];

/// How long Compose may take to stop: each service has its `stop_grace_period`, and killing
/// Compose earlier would leave containers behind.
const GRACE: Duration = Duration::from_mins(2);

/// What Compose takes for the project's file (docs.docker.com/compose/intro/compose-application-model).
pub const FILES: [&str; 4] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yaml",
    "docker-compose.yml",
];

/// A Compose command on the project, ready for its own options.
pub fn invocation(call: Call<'_>, args: Vec<String>) -> Thrown<Invocation> {
    let mut argv = program(call)?;
    call.check(has_a_file(call, &args))?;
    argv.extend(["--project-directory".to_owned(), PROJECT.to_owned()]);
    let effect = effect(&args);
    argv.extend(args);
    let mut invocation = Invocation::new(call, argv, effect, "docker");
    invocation.explain = explain;
    invocation.command.grace = GRACE;
    // Its menu takes Ctrl-C for a key and ends with 0: nobody would know of the interruption.
    let menu = ("COMPOSE_MENU".into(), "false".into());
    invocation.command.env.push(menu);
    let difference = call.check(for_compose(call))?;
    invocation.command.env.extend(difference.with);
    invocation.command.without = difference.without;
    Ok(invocation)
}

/// Compose says only that it found nothing, not where it looked.
fn has_a_file(call: Call<'_>, args: &[String]) -> Result<(), Failure> {
    let project = call.run.path(PROJECT);
    let there = FILES.iter().any(|name| project.join(name).is_file());
    let another = args
        .iter()
        .any(|arg| ["-f", "--file", "-p", "version", "ls"].contains(&arg.as_str()));
    // Also finds a line in dev/.env that Compose would refuse, and says it better.
    let named = lookup(call, "COMPOSE_FILE")?.is_some();
    if there || another || named {
        return Ok(());
    }
    Err(Failure::missing(
        format!("there is no Compose file in {PROJECT}/"),
        format!("add {PROJECT}/docker-compose.yml, or name another file in COMPOSE_FILE"),
    ))
}

/// The words of a command line: Compose's own options, the command, and the words after it.
pub fn split(args: &[String]) -> Option<(&[String], &str, &[String])> {
    let mut index = 0;
    while let Some(arg) = args.get(index) {
        if !arg.starts_with('-') {
            return Some((&args[..index], arg, &args[index + 1..]));
        }
        index += if WITH_VALUE.contains(&arg.as_str()) {
            2
        } else {
            1
        };
    }
    None
}

fn effect(args: &[String]) -> Effect {
    let Some((_, command, rest)) = split(args) else {
        return Effect::Changes;
    };
    // `config` can also write a file.
    let writes = |arg: &String| arg.starts_with("-o") || arg.starts_with("--output");
    if READERS.contains(&command) && !(command == "config" && rest.iter().any(writes)) {
        Effect::Reads
    } else {
        Effect::Changes
    }
}

fn compose(call: Call<'_>, args: &Array, opts: Map) -> Thrown<Dynamic> {
    let args = call.check(words("compose", args))?;
    let turn = Turn::wait(call, &args)?;
    let mut invocation = invocation(call, args)?;
    let mut opts = Opts::new("compose", opts);
    call.check(
        invocation
            .options(call, &mut opts)
            .and_then(|()| opts.end()),
    )?;
    let exit = invocation.stream(call)?;
    drop(turn);
    Ok(code(exit, "docker compose"))
}

/// One container of the project, as `compose ps` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Its service.
    pub service: String,
    /// `running`, `exited`, …
    pub state: String,
    /// `healthy`, `starting`, `unhealthy`, or empty without a health check.
    pub health: String,
    /// The exit code of one that exited.
    pub exit_code: i64,
    /// In words: `Up 2 minutes (healthy)`, `Restarting (3) 2 seconds ago`, …
    pub status: String,
    /// All that Compose says.
    pub all: Value,
}

/// How often `compose ps` is asked again when a container went away under it.
const LOOKS: u32 = 5;

/// The containers of the project, also those that do not run.
pub fn containers(call: Call<'_>) -> Thrown<Vec<Container>> {
    let mut looks = 1;
    loop {
        let args = ["ps", "--all", "--format", "json"].map(str::to_owned);
        let mut invocation = invocation(call, args.to_vec())?;
        // Compose lists the containers and then looks at each: one can be gone by then.
        invocation.check = looks == LOOKS;
        let Some(asked) = invocation.capture(call)? else {
            return Ok(Vec::new());
        };
        if asked.exit.ok() {
            return call.check(parse_containers(&asked.stdout));
        }
        looks = if asked.stderr.contains("No such container") {
            looks + 1
        } else {
            LOOKS
        };
    }
}

fn output(call: Call<'_>, args: Vec<String>) -> Thrown<String> {
    let captured = invocation(call, args)?.capture(call)?;
    Ok(captured.map(|captured| captured.stdout).unwrap_or_default())
}

/// Version 2.21 and later print an object a line, those before an array.
fn parse_containers(text: &str) -> Result<Vec<Container>, Failure> {
    let mut objects = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        match value {
            Ok(Value::Array(values)) => objects.extend(values),
            Ok(value) => objects.push(value),
            Err(error) => {
                let message =
                    format!("`docker compose ps` printed something that is not JSON: {error}");
                return Err(Failure::new(Kind::Exit, message));
            }
        }
    }
    let text = |object: &Value, key: &str| object[key].as_str().unwrap_or_default().to_owned();
    Ok(objects
        .into_iter()
        .map(|object| Container {
            name: text(&object, "Name"),
            service: text(&object, "Service"),
            state: text(&object, "State"),
            health: text(&object, "Health"),
            exit_code: object["ExitCode"].as_i64().unwrap_or_default(),
            status: text(&object, "Status"),
            all: object,
        })
        .collect())
}

fn compose_ps(call: Call<'_>) -> Thrown<Array> {
    let containers = containers(call)?;
    Ok(containers
        .into_iter()
        .map(|container| {
            let mut map = Map::new();
            map.insert("name".into(), container.name.into());
            map.insert("service".into(), container.service.into());
            map.insert("state".into(), container.state.into());
            map.insert("health".into(), container.health.into());
            map.insert("exit_code".into(), container.exit_code.into());
            map.insert("image".into(), from_json(container.all["Image"].clone()));
            map.insert("status".into(), container.status.into());
            map.insert(
                "ports".into(),
                from_json(container.all["Publishers"].clone()),
            );
            map.into()
        })
        .collect())
}

/// The names of the services, as the project's files have them.
pub fn services(call: Call<'_>) -> Thrown<Vec<String>> {
    let args = ["config", "--services"].map(str::to_owned).to_vec();
    let mut services: Vec<_> = output(call, args)?.lines().map(str::to_owned).collect();
    services.sort();
    Ok(services)
}

/// The last `lines` log lines of `service`, for an error message.
pub fn last_logs(call: Call<'_>, service: &str, lines: usize) -> Vec<String> {
    let tail = lines.to_string();
    let args = [
        "logs",
        "--no-color",
        "--no-log-prefix",
        "--tail",
        &tail,
        service,
    ];
    let text = output(call, args.map(str::to_owned).to_vec()).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Registers the family, but for `compose_wait`.
pub fn register(api: &mut Api<'_>) {
    const COMPOSE: &str = concat!(
        "/// Runs Docker Compose on the project in `dev/`.\n\
         ///\n\
         /// `args` are the words after `docker compose`. Outside steps it has the terminal.\n\
         /// Returns the exit code. A variable that is set to nothing does not hide the one in `dev/.env`.\n\
         ///\n",
        options!(),
        "/// - `reads: bool`: whether it changes nothing, where that is not known of the command.\n\
         ///\n\
         /// Changes, except for commands that only read: `ps`, `logs`, `config`, `images`, `top`, …"
    );
    let run = Arc::clone(&api.run);
    api.add(
        "compose",
        &["args: array", "int"],
        COMPOSE,
        move |ctx: NativeCallContext<'_>, args: Array| {
            compose(Call::new(&run, &ctx), &args, Map::new())
        },
    );
    let run = Arc::clone(&api.run);
    api.add(
        "compose",
        &["args: array", "opts: map", "int"],
        COMPOSE,
        move |ctx: NativeCallContext<'_>, args: Array, opts: Map| {
            compose(Call::new(&run, &ctx), &args, opts)
        },
    );
    let run = Arc::clone(&api.run);
    api.add(
        "compose_ps",
        &["array"],
        "/// The containers of the project, stopped ones too, as maps: `name`, `service`, `state`\n\
         /// (`running`, `exited`, …), `health` (`healthy`, `starting`, `unhealthy`, or empty),\n\
         /// `exit_code`, `image`, `status`, `ports`.\n\
         ///\n\
         /// Reads.",
        move |ctx: NativeCallContext<'_>| compose_ps(Call::new(&run, &ctx)),
    );
    let run = Arc::clone(&api.run);
    api.add(
        "compose_services",
        &["array"],
        "/// The names of the services in the project's Compose files, sorted.\n\
         ///\n\
         /// Reads.",
        move |ctx: NativeCallContext<'_>| {
            let services = services(Call::new(&run, &ctx))?;
            Thrown::Ok(services.into_iter().map(Dynamic::from).collect::<Array>())
        },
    );
}

/// How a container that has ended counts.
pub fn ended_well(container: &Container) -> bool {
    container.state == "exited" && Exit::Code(i32::try_from(container.exit_code).unwrap_or(1)).ok()
}

#[cfg(test)]
mod tests {
    use super::{Effect, effect, parse_containers};

    #[test]
    fn the_command_says_whether_anything_changes() {
        let of = |line: &str| effect(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        for line in [
            "ps",
            "logs --follow",
            "--profile up ps",
            "--profile=up ps",
            "config --quiet",
        ] {
            assert_eq!(of(line), Effect::Reads, "{line}");
        }
        for line in [
            "up",
            "--profile stats up",
            "-f ps down",
            "config -o all.yml",
            "attach a",
            "--dry-run",
        ] {
            assert_eq!(of(line), Effect::Changes, "{line}");
        }
    }

    #[test]
    fn reads_both_forms_of_ps() {
        let lines = "{\"Name\":\"dev-a-1\",\"Service\":\"a\",\"State\":\"running\",\"Health\":\"healthy\",\"ExitCode\":0}\n{\"Name\":\"dev-b-1\",\"Service\":\"b\",\"State\":\"exited\",\"ExitCode\":3}\n";
        let array = "[{\"Name\":\"dev-a-1\",\"Service\":\"a\",\"State\":\"running\",\"Health\":\"healthy\",\"ExitCode\":0},{\"Name\":\"dev-b-1\",\"Service\":\"b\",\"State\":\"exited\",\"ExitCode\":3}]";
        let containers = parse_containers(lines).unwrap();
        assert_eq!(containers, parse_containers(array).unwrap());
        assert_eq!(
            (containers[1].state.as_str(), containers[1].exit_code),
            ("exited", 3)
        );
        assert!(parse_containers("").unwrap().is_empty());
        assert!(parse_containers("oops").is_err());
    }
}
