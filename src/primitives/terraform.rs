//! `terraform` and `terraform_output`: cloud resources.

use super::api::{Api, Call, Thrown};
use super::args::word_list;
use super::invoke::{Invocation, PROGRAM_OPTIONS, READS_OVERRIDE, code};
use super::options::Opts;
use super::spec::{Argument, Effect, EffectRule, Meaning, Opt, Primitive, Shape, Type};
use super::value::{from_json, parse_json};
use crate::fault::{Failure, Kind, Unknown};
use crate::screen::Stream;
use rhai::{Array, Dynamic, Map, NativeCallContext};
use std::time::Duration;

const ARGS: Argument = Argument::new("args", Type::Array, Meaning::Words);

const DIR: Opt = Opt::new(
    "dir",
    Shape::Text,
    "the directory of another configuration.",
);

pub(super) const TERRAFORM: Primitive = Primitive {
    name: "terraform",
    forms: &[&[ARGS], &[ARGS, Argument::OPTIONS]],
    returns: Type::Int,
    docs: "Runs Terraform on the configuration in `terraform/dev/`.\n\
        \n\
        `args` are the words after `terraform`. Outside of steps it is attached to the terminal.\n\
        Returns the exit code.\n\
        \n\
        A dry run runs commands that read, and prints the others.",
    options: &[&[DIR], PROGRAM_OPTIONS, &[READS_OVERRIDE]],
    effect: EffectRule::ByWords {
        effect: terraform_effect,
        examples: &[
            &["output"],
            &["validate"],
            &["state", "list"],
            &["plan"],
            &["apply"],
            &["apply", "-destroy"],
            &["destroy"],
        ],
    },
    ..Primitive::BASE
};

pub(super) const TERRAFORM_OUTPUT: Primitive = Primitive {
    name: "terraform_output",
    forms: &[&[], &[Argument::OPTIONS]],
    returns: Type::Map,
    docs: "The outputs of the configuration in `terraform/dev/` as a map of typed values.\n\
        \n\
        In a dry run that has skipped a Terraform command, they are unknown.",
    options: &[
        &[
            Opt::new(
                "sensitive",
                Shape::Flag,
                "true to include outputs that are marked as sensitive.",
            ),
            DIR,
        ],
        PROGRAM_OPTIONS,
        &[Opt::new(
            "reads",
            Shape::Flag,
            "false so that a dry run skips it.",
        )],
    ],
    effect: EffectRule::Always(Effect::Reads),
    ..Primitive::BASE
};

/// The configuration that is used if a recipe names no other, relative to the repository.
const DEFAULT_DIRECTORY: &str = "terraform/dev";

/// How long Terraform may take to stop: it waits for what it is creating. Killed before that, it
/// would lose track of a resource that exists.
const STOP_GRACE_PERIOD: Duration = Duration::from_mins(15);

/// Commands that change neither resources nor files. `plan` is not among them: it needs what
/// `init` makes, and can write a plan.
const READING_COMMANDS: [&str; 8] = [
    "console",
    "graph",
    "metadata",
    "output",
    "providers",
    "show",
    "validate",
    "version",
];

/// Commands that take `-no-color`.
const COMMANDS_WITH_COLOUR: [&str; 8] = [
    "apply", "destroy", "import", "init", "plan", "refresh", "show", "validate",
];

fn invocation(
    call: Call<'_>,
    args: Vec<String>,
    opts: &mut Opts<'_>,
) -> Result<Invocation, Failure> {
    let folder = opts
        .text("dir")?
        .unwrap_or_else(|| DEFAULT_DIRECTORY.to_owned());
    if !call.run.path(&folder).is_dir() {
        let message = format!("there is no Terraform configuration in {folder}/");
        return Err(Failure::new(Kind::File, message));
    }
    let effect = terraform_effect(&args);
    let command = args.iter().find(|arg| !arg.starts_with('-')).cloned();
    let mut argv = vec!["terraform".to_owned(), format!("-chdir={folder}")];
    argv.extend(args);
    let mut invocation = Invocation::new(call, argv, effect, "terraform");
    invocation.command.grace = STOP_GRACE_PERIOD;
    // Killed while it writes its state, it would lose track of resources.
    invocation.command.keeps_state = effect.changes();
    if let Some(command) = command
        && COMMANDS_WITH_COLOUR.contains(&command.as_str())
        && !(call.run.reporter.is_terminal(Stream::Stdout) && console::colors_enabled())
    {
        // It colours its output into a pipe too. Set in the environment, so that the command shown is
        // the one in the recipe; the user's own value is kept.
        let variable = format!("TF_CLI_ARGS_{command}");
        let mut value = call.run.outside.variable(&variable).unwrap_or_default();
        value.push(" -no-color");
        invocation.command.env.push((variable.into(), value));
    }
    invocation.options(call, opts)?;
    Ok(invocation)
}

/// What the command with these words does.
fn terraform_effect(args: &[String]) -> Effect {
    let words: Vec<_> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    let words: Vec<_> = words.into_iter().map(String::as_str).collect();
    let has_flag = |name| {
        args.iter().any(|arg| {
            let flag = arg.trim_start_matches('-').strip_prefix(name);
            arg.starts_with('-')
                && flag.is_some_and(|value| value.is_empty() || value.starts_with('='))
                && flag != Some("=false")
        })
    };
    match words.as_slice() {
        ["providers", more, ..] if *more != "schema" => Effect::Changes,
        ["state", "list" | "show" | "pull", ..] | ["workspace", "list" | "show", ..] => {
            Effect::Reads
        }
        ["workspace", "delete", ..] | ["destroy", ..] => Effect::Destroys,
        ["apply", ..] if has_flag("destroy") || has_flag("replace") => Effect::Destroys,
        [command, ..] if READING_COMMANDS.contains(command) => Effect::Reads,
        _ => Effect::Changes,
    }
}

fn terraform(call: Call<'_>, args: &Array, opts: Map) -> Thrown<Dynamic> {
    let args = call.check(word_list("terraform", args))?;
    let mut opts = Opts::new(&TERRAFORM, opts);
    let invocation =
        call.check(invocation(call, args, &mut opts).and_then(|ready| opts.end().map(|()| ready)))?;
    Ok(code(invocation.stream(call)?, "terraform"))
}

fn terraform_output(call: Call<'_>, opts: Map) -> Thrown<Dynamic> {
    if call.dry() && call.run.has_skipped("terraform") {
        return Ok(Unknown::value("terraform output"));
    }
    let mut opts = Opts::new(&TERRAFORM_OUTPUT, opts);
    let args = ["output", "-json", "-no-color"].map(str::to_owned).to_vec();
    let ready = (|| {
        let sensitive = opts.flag("sensitive")?;
        let ready = invocation(call, args, &mut opts)?;
        opts.end()?;
        Ok((ready, sensitive))
    })();
    let (ready, sensitive) = call.check(ready)?;
    let captured = ready.capture(call)?;
    let text = captured.map(|captured| captured.stdout).unwrap_or_default();
    let outputs = call.check(parse_json("terraform output", &text))?;
    let outputs = outputs.as_object().cloned().unwrap_or_default();
    let shown = outputs
        .into_iter()
        .filter(|(_, output)| sensitive || output["sensitive"] != true)
        .map(|(name, mut output)| (name.into(), from_json(output["value"].take())));
    Ok(shown.collect::<Map>().into())
}

/// Registers the family.
pub(super) fn register(api: &mut Api<'_>) {
    api.add(&TERRAFORM, |run| {
        move |ctx: NativeCallContext<'_>, args: Array| {
            terraform(Call::new(&run, &ctx), &args, Map::new())
        }
    });
    api.add(&TERRAFORM, |run| {
        move |ctx: NativeCallContext<'_>, args: Array, opts: Map| {
            terraform(Call::new(&run, &ctx), &args, opts)
        }
    });
    api.add(&TERRAFORM_OUTPUT, |run| {
        move |ctx: NativeCallContext<'_>| terraform_output(Call::new(&run, &ctx), Map::new())
    });
    api.add(&TERRAFORM_OUTPUT, |run| {
        move |ctx: NativeCallContext<'_>, opts: Map| terraform_output(Call::new(&run, &ctx), opts)
    });
}

#[cfg(test)]
mod tests {
    use super::{Effect, terraform_effect};

    #[test]
    fn the_command_says_what_it_does() {
        let rows = [
            ("output -json", Effect::Reads),
            ("show", Effect::Reads),
            ("state list", Effect::Reads),
            ("providers schema -json", Effect::Reads),
            ("workspace show", Effect::Reads),
            ("", Effect::Changes),
            ("plan", Effect::Changes),
            ("plan -destroy", Effect::Changes),
            ("apply -auto-approve", Effect::Changes),
            ("apply -destroy=false", Effect::Changes),
            ("providers lock", Effect::Changes),
            ("state rm a.b", Effect::Changes),
            ("destroy", Effect::Destroys),
            ("apply -destroy", Effect::Destroys),
            ("apply -auto-approve --destroy=true", Effect::Destroys),
            ("apply -replace=a.b", Effect::Destroys),
            ("workspace delete old", Effect::Destroys),
        ];
        for (line, effect) in rows {
            let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
            assert_eq!(terraform_effect(&words), effect, "{line}");
        }
    }
}
