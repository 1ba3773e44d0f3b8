//! `exec` and `capture`: run any program.

use super::api::{Api, Call, Thrown};
use super::args::command_line;
use super::invoke::{Invocation, PROGRAM_OPTIONS, READS, code};
use super::options::Opts;
use super::spec::{Argument, Effect, EffectRule, Meaning, Opt, Primitive, Shape, Type};
use super::value::keyed_map;
use crate::fault::{Failure, Unknown};
use rhai::{Array, Dynamic, Map, NativeCallContext};

const ARGV: Argument = Argument::new("argv", Type::Array, Meaning::CommandLine);

pub(super) const EXEC: Primitive = Primitive {
    name: "exec",
    forms: &[&[ARGV], &[ARGV, Argument::OPTIONS]],
    returns: Type::Int,
    docs: "Runs a program and shows its output as it arrives.\n\
        \n\
        `argv` is an array of words; no shell is involved. Returns the exit code. A dry run prints\n\
        the command instead.",
    options: &[PROGRAM_OPTIONS, &[READS, DETACH]],
    effect: EffectRule::Always(Effect::Changes),
    ..Primitive::BASE
};

const DETACH: Opt = Opt::new(
    "detach",
    Shape::Flag,
    "true to start it without output and not wait for it, such as a browser; it may outlive the run.",
);

const CAPTURED_KEYS: [&str; 4] = ["ok", "code", "stdout", "stderr"];

pub(super) const CAPTURE: Primitive = Primitive {
    name: "capture",
    forms: EXEC.forms,
    returns: Type::Map,
    keys: &CAPTURED_KEYS,
    docs: "Runs a program and returns `#{ ok, code, stdout, stderr }`.\n\
        \n\
        For queries: a dry run runs it too. It keeps up to 8 MiB of output. An exit code other than\n\
        0 throws only if `check` is true.",
    options: &[
        PROGRAM_OPTIONS,
        &[Opt::new(
            "reads",
            Shape::Flag,
            "false if it changes something, so that a dry run skips it.",
        )],
    ],
    effect: EffectRule::Always(Effect::Reads),
};

fn exec(call: Call<'_>, argv: &Array, opts: Map) -> Thrown<Dynamic> {
    let argv = call.check(command_line("exec", argv))?;
    let program = argv[0].clone();
    let mut invocation = Invocation::new(call, argv, Effect::Changes, "exec");
    let mut opts = Opts::new(&EXEC, opts);
    let read = opts.flag("detach").and_then(|detached| {
        invocation.command.detached = detached;
        invocation.options(call, &mut opts)?;
        opts.end()
    });
    call.check(read)?;
    if invocation.command.detached && invocation.command.timeout.is_some() {
        let message = "`exec`: `timeout` has no effect beside `detach`";
        return call.throw(Failure::recipe(message));
    }
    Ok(code(invocation.stream(call)?, &program))
}

fn capture(call: Call<'_>, argv: &Array, opts: Map) -> Thrown<Dynamic> {
    let argv = call.check(command_line("capture", argv))?;
    let program = argv[0].clone();
    let mut invocation = Invocation::new(call, argv, Effect::Reads, "capture");
    invocation.check = false;
    let mut opts = Opts::new(&CAPTURE, opts);
    call.check(
        invocation
            .options(call, &mut opts)
            .and_then(|()| opts.end()),
    )?;
    let Some(captured) = invocation.capture(call)? else {
        return Ok(Unknown::value(program));
    };
    let values = [
        captured.exit.ok().into(),
        i64::from(captured.exit.code()).into(),
        captured.stdout.into(),
        captured.stderr.into(),
    ];
    Ok(keyed_map(CAPTURED_KEYS, values).into())
}

/// Registers the family.
pub(super) fn register(api: &mut Api<'_>) {
    api.add(&EXEC, |run| {
        move |ctx: NativeCallContext<'_>, argv: Array| {
            exec(Call::that_starts(&run, &ctx), &argv, Map::new())
        }
    });
    api.add(&EXEC, |run| {
        move |ctx: NativeCallContext<'_>, argv: Array, opts: Map| {
            exec(Call::that_starts(&run, &ctx), &argv, opts)
        }
    });
    api.add(&CAPTURE, |run| {
        move |ctx: NativeCallContext<'_>, argv: Array| {
            capture(Call::that_starts(&run, &ctx), &argv, Map::new())
        }
    });
    api.add(&CAPTURE, |run| {
        move |ctx: NativeCallContext<'_>, argv: Array, opts: Map| {
            capture(Call::that_starts(&run, &ctx), &argv, opts)
        }
    });
}
