//! `docker_run`, `image_exists`: images and containers.

use super::api::{Api, Call, Thrown};
use super::crashed::RUN_LABEL;
use super::invoke::{CHECK, EXCLUSIVE, Invocation, READS, STDIN, TIMEOUT, code};
use super::options::Opts;
use super::spec::{Argument, Effect, EffectRule, Opt, Primitive, Shape, Type};
use super::value::parse_json;
use crate::fault::{Failure, Kind};
use crate::process::{Command, Outcome, Sink, SpawnError, Stdin, Token, run_id};
use rhai::{Dynamic, Map, NativeCallContext};
use std::ffi::OsString;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

pub(super) const DOCKER_RUN: Primitive = Primitive {
    name: "docker_run",
    forms: &[&[Argument::OPTIONS]],
    returns: Type::Int,
    docs: "Runs a command in a container that is removed afterwards. Returns the exit code.\n\
        \n\
        A dry run prints the command.",
    options: &[&[
        Opt::required("image", Shape::Text, "the image."),
        Opt::new(
            "cmd",
            Shape::Words,
            "the words of the command; the image's own by default.",
        ),
        Opt::new(
            "env",
            Shape::Pairs,
            "variables in the container; `()` passes one on. Their values do not appear in arguments.",
        ),
        Opt::new(
            "volumes",
            Shape::Words,
            "mounts, such as \"./dev:/dev:ro\"; `./` is the repository.",
        ),
        Opt::new("network", Shape::Text, "the network it joins."),
        Opt::new(
            "entrypoint",
            Shape::Text,
            "replaces the entrypoint of the image.",
        ),
        Opt::new("user", Shape::Text, "the user it runs as."),
        PLATFORM,
        Opt::new(
            "cwd",
            Shape::Text,
            "the working directory of the Docker CLI.",
        ),
        TIMEOUT,
        STDIN,
        CHECK,
        EXCLUSIVE,
        READS,
    ]],
    effect: EffectRule::Always(Effect::Changes),
    ..Primitive::BASE
};

pub(super) const PLATFORM: Opt = Opt::new(
    "platform",
    Shape::Text,
    "the platform of the image, such as \"linux/arm64\".",
);

pub(super) const IMAGE_EXISTS: Primitive = Primitive {
    name: "image_exists",
    forms: &[&[Argument::plain("tag", Type::Text)]],
    returns: Type::Bool,
    docs: "True if the engine has an image with this tag.",
    effect: EffectRule::Always(Effect::Reads),
    ..Primitive::BASE
};

/// What the Docker CLI writes when no engine answers.
const ENGINE_DOWN_MESSAGES: [&str; 4] = [
    "Cannot connect to the Docker daemon",
    "Is the docker daemon running",
    "failed to connect to the docker API",
    "error during connect",
];

/// A failure of Docker or Compose, explained where its cause is known.
pub(super) fn explain(call: Call<'_>, failure: Failure) -> Failure {
    let says = |text: &str| failure.stderr_tail.iter().any(|line| line.contains(text));
    // On a terminal Docker wrote to the user, and the host has not seen it: ask again.
    let unknown = failure.stderr_tail.is_empty();
    if ENGINE_DOWN_MESSAGES.iter().any(|text| says(text)) || (unknown && !engine_answers(call)) {
        return Failure {
            stderr_tail: failure.stderr_tail,
            ..Failure::missing(
                "the Docker engine does not answer",
                "start Docker Desktop (macOS), or `sudo systemctl start docker`; `docker info` must succeed",
            )
        };
    }
    if says("permission denied while trying to connect") {
        return Failure {
            stderr_tail: failure.stderr_tail,
            ..Failure::missing(
                "the Docker engine denies permission",
                "add yourself to the docker group: `sudo usermod -aG docker $USER`, then log in again",
            )
        };
    }
    failure
}

fn engine_answers(call: Call<'_>) -> bool {
    let argv = ["docker", "version", "--format", "{{.Server.Version}}"];
    // Without the Docker CLI, as with a standalone Compose, nothing can be asked.
    run_quietly(call, &argv, Effect::Reads, Duration::from_secs(5))
        .map_or(true, |outcome| outcome.exit.ok())
}

/// Runs a command without showing its output, even when the recipe was asked to stop.
fn run_quietly(
    call: Call<'_>,
    argv: &[&str],
    effect: Effect,
    timeout: Duration,
) -> Result<Outcome, SpawnError> {
    let argv = argv.iter().map(|word| (*word).to_owned()).collect();
    let mut command = Command::new(argv, std::env::temp_dir());
    command.timeout = Some(timeout);
    let sink: Arc<dyn Sink> = Arc::new(crate::run::Capture::default());
    let (outside, changes) = (&call.run.outside, effect.changes());
    outside.run(&command, changes, Some(&sink), false, &Token::default())
}

pub(super) fn docker(call: Call<'_>, args: Vec<String>, effect: Effect) -> Invocation {
    let mut argv = vec!["docker".to_owned()];
    argv.extend(args);
    let mut invocation = Invocation::new(call, argv, effect, "docker");
    invocation.explain = explain;
    invocation
}

fn docker_run(call: Call<'_>, map: Map) -> Thrown<Dynamic> {
    static CONTAINER_COUNT: AtomicU32 = AtomicU32::new(0);
    let number = CONTAINER_COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("copilot-{}-{number}", std::process::id());

    let mut opts = Opts::new(&DOCKER_RUN, map);
    let image = call.check(opts.required("image"))?;
    let label = format!("{RUN_LABEL}={}", run_id());
    let mut args = ["run", "--rm", "--name", &name, "--label", &label]
        .map(str::to_owned)
        .to_vec();
    let mut values = Vec::new();
    call.check(run_args(call, &mut opts, &mut args, &mut values))?;
    args.push(image);
    args.extend(call.check(opts.word_list("cmd"))?);
    let mut invocation = docker(call, args, Effect::Changes);
    // A container has no terminal, and many programs in one ignore Ctrl-C: the host handles it.
    invocation.command.stdin = Stdin::Bytes(Vec::new());
    invocation.command.cleanup = Some(removal(&name).map(str::to_owned).to_vec());
    invocation.command.env.extend(values);
    call.check(
        invocation
            .options(call, &mut opts)
            .and_then(|()| opts.end()),
    )?;
    let result = invocation.stream(call);
    if result.is_err() && !call.dry() {
        remove(call, &name);
    }
    Ok(code(result?, "docker run"))
}

/// `values` of variables are passed to Docker in its environment, since any user can read its
/// arguments.
fn run_args(
    call: Call<'_>,
    opts: &mut Opts<'_>,
    args: &mut Vec<String>,
    values: &mut Vec<(OsString, OsString)>,
) -> Result<(), Failure> {
    for (key, value) in opts.optional_pairs("env")? {
        args.extend(["--env".to_owned(), key.clone()]);
        // Docker passes on a variable of its own environment where it is given none.
        values.extend(value.map(|value| (key.into(), value.into())));
    }
    for volume in opts.word_list("volumes")? {
        args.extend(["--volume".to_owned(), absolute(call, &volume)]);
    }
    for option in ["network", "entrypoint", "user", "platform"] {
        if let Some(value) = opts.text(option)? {
            args.extend([format!("--{option}"), value]);
        }
    }
    Ok(())
}

/// Docker wants absolute paths, recipes write them relative to the repository.
fn absolute(call: Call<'_>, volume: &str) -> String {
    if volume.starts_with("./") || volume.starts_with("../") {
        call.run.path(volume).display().to_string()
    } else {
        volume.to_owned()
    }
}

/// Removes a container that a stopped or killed `docker run` may have left. Usually there is none,
/// so errors are ignored.
fn remove(call: Call<'_>, name: &str) {
    let argv = removal(name);
    let _usually_gone = run_quietly(call, &argv, Effect::Changes, Duration::from_secs(20));
}

/// The command that removes a container.
const fn removal(name: &str) -> [&str; 4] {
    ["docker", "rm", "--force", name]
}

fn image_exists(call: Call<'_>, tag: &str) -> Thrown<bool> {
    let args = ["image", "inspect", "--format", "{{.Id}}", tag].map(str::to_owned);
    let mut invocation = docker(call, args.to_vec(), Effect::Reads);
    invocation.check = false;
    let Some(captured) = invocation.capture(call)? else {
        return Ok(false);
    };
    if captured.exit.ok() {
        return Ok(true);
    }
    if captured.stderr.to_lowercase().contains("no such image") {
        return Ok(false);
    }
    let failure = Failure {
        code: Some(captured.exit.code()),
        stderr_tail: captured.stderr.lines().map(str::to_owned).collect(),
        ..Failure::new(
            Kind::Exit,
            format!("cannot inspect the image {tag}: {}", captured.stderr.trim()),
        )
    };
    call.throw(explain(call, failure))
}

/// What the engine knows of a container beyond its state.
pub(super) struct Inspected {
    /// How often the engine restarted it.
    pub restarts: u64,
    /// The output of its last health check, if it has one.
    pub last_health_output: Option<String>,
}

/// Asks the engine about a container; nothing if it does not answer or knows no such container.
pub(super) fn inspected(call: Call<'_>, container: &str) -> Option<Inspected> {
    let format = r#"{"restarts":{{.RestartCount}},"health":{{json .State.Health}}}"#;
    let args = ["inspect", "--format", format, container].map(str::to_owned);
    let captured = docker(call, args.to_vec(), Effect::Reads)
        .capture(call)
        .ok()??;
    let found = parse_json("docker inspect", captured.stdout.trim()).ok()?;
    let last = found["health"]["Log"].as_array().and_then(|log| log.last());
    let said = last.and_then(|last| {
        let output = last["Output"].as_str()?.trim().to_owned();
        Some(if output.is_empty() {
            format!("exit code {}, no output", last["ExitCode"])
        } else {
            output
        })
    });
    Some(Inspected {
        restarts: found["restarts"].as_u64().unwrap_or(0),
        last_health_output: said,
    })
}

/// Registers the family.
pub(super) fn register(api: &mut Api<'_>) {
    api.add(&DOCKER_RUN, |run| {
        move |ctx: NativeCallContext<'_>, opts: Map| docker_run(Call::new(&run, &ctx), opts)
    });
    api.add(&IMAGE_EXISTS, |run| {
        move |ctx: NativeCallContext<'_>, tag: &str| image_exists(Call::new(&run, &ctx), tag)
    });
}
