//! `compose`, `compose_ps`, `compose_services`: Docker Compose on the project in `dev/`.

use super::api::{Api, Call, Thrown};
use super::args::word_list;
use super::compose_command::compose_effect;
use super::compose_invocation::{invocation, invocation_with};
use super::compose_networks::Turn;
use super::invoke::{PROGRAM_OPTIONS, READS_OVERRIDE, code};
use super::options::Opts;
use super::spec::{Argument, Effect, EffectRule, Meaning, Primitive, Type};
use super::value::{from_json, keyed_map};
use crate::fault::{Failure, Kind};
use crate::process::Exit;
use rhai::{Array, Dynamic, Map, NativeCallContext};
use serde_json::Value;

const ARGS: Argument = Argument::new("args", Type::Array, Meaning::Words);

pub(super) const COMPOSE: Primitive = Primitive {
    name: "compose",
    forms: &[&[ARGS], &[ARGS, Argument::OPTIONS]],
    returns: Type::Int,
    docs: "Runs Docker Compose on the project: in `dev/`, else in the root.\n\
        \n\
        `args` are the words after `docker compose`. Outside of steps it is attached to the terminal.\n\
        Returns the exit code. It sees the variables that `env` returns.\n\
        \n\
        A dry run runs commands that read, and prints the others.",
    options: &[PROGRAM_OPTIONS, &[READS_OVERRIDE]],
    effect: EffectRule::ByWords {
        effect: compose_effect,
        examples: &[
            &["ps"],
            &["logs"],
            &["config"],
            &["up"],
            &["down"],
            &["down", "--volumes"],
        ],
    },
    ..Primitive::BASE
};

const CONTAINER_KEYS: [&str; 8] = [
    "name",
    "service",
    "state",
    "health",
    "exit_code",
    "image",
    "status",
    "ports",
];

pub(super) const COMPOSE_PS: Primitive = Primitive {
    name: "compose_ps",
    forms: &[&[]],
    returns: Type::Array,
    keys: &CONTAINER_KEYS,
    docs: "The containers of the project, including stopped ones, as maps: `name`, `service`, `state`\n\
        (`running`, `exited`, …), `health` (`healthy`, `starting`, `unhealthy`, or empty),\n\
        `exit_code`, `image`, `status`, `ports`.",
    effect: EffectRule::Always(Effect::Reads),
    ..Primitive::BASE
};

pub(super) const COMPOSE_SERVICES: Primitive = Primitive {
    name: "compose_services",
    forms: &[&[]],
    returns: Type::Array,
    docs: "The names of the services in the project's Compose files, sorted.",
    effect: EffectRule::Always(Effect::Reads),
    ..Primitive::BASE
};

fn compose(call: Call<'_>, args: &Array, opts: Map) -> Thrown<Dynamic> {
    let args = call.check(word_list("compose", args))?;
    let turn = Turn::wait(call, &args)?;
    let mut opts = Opts::new(&COMPOSE, opts);
    let invocation = invocation_with(call, &args, |invocation| {
        invocation.options(call, &mut opts)?;
        opts.end()
    })?;
    let exit = invocation.stream(call)?;
    drop(turn);
    Ok(code(exit, "docker compose"))
}

/// One container of the project, as `compose ps` lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Container {
    pub name: String,
    pub service: String,
    /// `running`, `exited`, …
    pub state: String,
    /// `healthy`, `starting`, `unhealthy`, or empty without a health check.
    pub health: String,
    /// The exit code of one that exited.
    pub exit_code: i64,
    /// For people: `Up 2 minutes (healthy)`, `Restarting (3) 2 seconds ago`, …
    pub status: String,
    /// The whole object that Compose printed.
    pub all: Value,
}

/// How often `compose ps` is tried, where a container goes away while it runs.
const MAX_ATTEMPTS: u32 = 5;

/// The containers of the project, also those that do not run.
pub(super) fn containers(call: Call<'_>) -> Thrown<Vec<Container>> {
    let mut attempt = 1;
    loop {
        let args = ["ps", "--all", "--format", "json"].map(str::to_owned);
        let mut invocation = invocation(call, &args)?;
        // Compose lists the containers and then inspects each: one can be gone by then.
        invocation.check = attempt == MAX_ATTEMPTS;
        let Some(asked) = invocation.capture(call)? else {
            return Ok(Vec::new());
        };
        if asked.exit.ok() {
            return call.check(parse_containers(&asked.stdout));
        }
        attempt = if asked.stderr.contains("No such container") {
            attempt + 1
        } else {
            MAX_ATTEMPTS
        };
    }
}

fn captured_output(call: Call<'_>, args: &[String]) -> Thrown<String> {
    let captured = invocation(call, args)?.capture(call)?;
    Ok(captured.map(|captured| captured.stdout).unwrap_or_default())
}

/// Version 2.21 and later print one object per line, earlier ones an array.
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
            let values = [
                container.name.into(),
                container.service.into(),
                container.state.into(),
                container.health.into(),
                container.exit_code.into(),
                from_json(container.all["Image"].clone()),
                container.status.into(),
                from_json(container.all["Publishers"].clone()),
            ];
            keyed_map(CONTAINER_KEYS, values).into()
        })
        .collect())
}

/// The names of the services in the project's files.
pub(super) fn services(call: Call<'_>) -> Thrown<Vec<String>> {
    let args = ["config", "--services"].map(str::to_owned).to_vec();
    let mut services: Vec<_> = captured_output(call, &args)?
        .lines()
        .map(str::to_owned)
        .collect();
    services.sort();
    Ok(services)
}

/// The last `lines` log lines of `service`, for an error message.
pub(super) fn last_logs(call: Call<'_>, service: &str, lines: usize) -> Vec<String> {
    let tail = lines.to_string();
    let args = [
        "logs",
        "--no-color",
        "--no-log-prefix",
        "--tail",
        &tail,
        service,
    ];
    let text = captured_output(call, &args.map(str::to_owned)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Registers `compose`, `compose_ps` and `compose_services`.
pub(super) fn register(api: &mut Api<'_>) {
    api.add(&COMPOSE, |run| {
        move |ctx: NativeCallContext<'_>, args: Array| {
            compose(Call::new(&run, &ctx), &args, Map::new())
        }
    });
    api.add(&COMPOSE, |run| {
        move |ctx: NativeCallContext<'_>, args: Array, opts: Map| {
            compose(Call::new(&run, &ctx), &args, opts)
        }
    });
    api.add(&COMPOSE_PS, |run| {
        move |ctx: NativeCallContext<'_>| compose_ps(Call::new(&run, &ctx))
    });
    api.add(&COMPOSE_SERVICES, |run| {
        move |ctx: NativeCallContext<'_>| {
            let services = services(Call::new(&run, &ctx))?;
            Thrown::Ok(services.into_iter().map(Dynamic::from).collect::<Array>())
        }
    });
}

/// True if the container has exited with code 0.
pub(super) fn ended_well(container: &Container) -> bool {
    container.state == "exited" && Exit::Code(i32::try_from(container.exit_code).unwrap_or(1)).ok()
}

#[cfg(test)]
mod tests {
    use super::parse_containers;

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
