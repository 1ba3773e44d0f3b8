//! `terraform`, `terraform_output`.

use super::api::{Api, Call, Thrown};
use super::args::{Opts, words};
use super::invoke::{Effect, Invocation, code};
use super::value::{from_json, parse_json};
use crate::fault::{Failure, Kind, Unknown};
use crate::screen::Stream;
use rhai::{Array, Dynamic, Map, NativeCallContext};
use std::sync::Arc;
use std::time::Duration;

/// The configuration, relative to the repository, where a recipe names no other.
const FOLDER: &str = "terraform/dev";

/// How long Terraform may take to stop: it waits for what it is creating, and killed before that
/// it would forget a resource that is there.
const GRACE: Duration = Duration::from_mins(15);

/// Commands that change neither resources nor files. `plan` is not among them: it needs what
/// `init` makes, and can write a plan.
const READERS: [&str; 8] = [
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
const COLOURED: [&str; 8] = [
    "apply", "destroy", "import", "init", "plan", "refresh", "show", "validate",
];

fn invocation(
    call: Call<'_>,
    args: Vec<String>,
    opts: &mut Opts<'_>,
) -> Result<Invocation, Failure> {
    let folder = opts.text("dir")?.unwrap_or_else(|| FOLDER.to_owned());
    if !call.run.path(&folder).is_dir() {
        let message = format!("there is no Terraform configuration in {folder}/");
        return Err(Failure::new(Kind::File, message));
    }
    let words: Vec<_> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    let effect = match words.as_slice() {
        [command] if READERS.contains(&command.as_str()) => Effect::Reads,
        [command, more, ..] if reads_with(command, more) => Effect::Reads,
        _ => Effect::Changes,
    };
    let words: Vec<_> = words.into_iter().cloned().collect();
    let mut argv = vec!["terraform".to_owned(), format!("-chdir={folder}")];
    argv.extend(args);
    let mut invocation = Invocation::new(call, argv, effect, "terraform");
    invocation.command.grace = GRACE;
    // Killed while it writes its state, it would forget what is there.
    invocation.finishes = effect == Effect::Changes;
    if let [command, ..] = words.as_slice()
        && COLOURED.contains(&command.as_str())
        && !(call.run.reporter.is_terminal(Stream::Stdout) && console::colors_enabled())
    {
        // It colours what it writes into a pipe too. By the environment, so that the command
        // which is shown is the one in the recipe; what the user has there stays.
        let variable = format!("TF_CLI_ARGS_{command}");
        let mut value = call.run.outside.variable(&variable).unwrap_or_default();
        value.push(" -no-color");
        invocation.command.env.push((variable.into(), value));
    }
    invocation.options(call, opts)?;
    Ok(invocation)
}

fn reads_with(command: &str, more: &str) -> bool {
    match command {
        "providers" => more == "schema",
        "state" => matches!(more, "list" | "show" | "pull"),
        "workspace" => matches!(more, "list" | "show"),
        _ => READERS.contains(&command),
    }
}

fn terraform(call: Call<'_>, args: &Array, opts: Map) -> Thrown<Dynamic> {
    let args = call.check(words("terraform", args))?;
    let mut opts = Opts::new("terraform", opts);
    let invocation =
        call.check(invocation(call, args, &mut opts).and_then(|ready| opts.end().map(|()| ready)))?;
    Ok(code(invocation.stream(call)?, "terraform"))
}

fn terraform_output(call: Call<'_>, opts: Map) -> Thrown<Dynamic> {
    if call.dry() && call.run.has_skipped("terraform") {
        return Ok(Unknown::value("terraform output"));
    }
    let mut opts = Opts::new("terraform_output", opts);
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
pub fn register(api: &mut Api<'_>) {
    const TERRAFORM: &str = concat!(
        "/// Runs Terraform on the configuration in `terraform/dev/`.\n\
         ///\n\
         /// `args` are the words after `terraform`. Outside steps it has the terminal. Returns the\n\
         /// exit code.\n\
         ///\n",
        options!(),
        "/// - `dir: string`: the folder of another configuration.\n\
         /// - `reads: bool`: whether it changes nothing, where that is not known of the command.\n\
         ///\n\
         /// Changes, except for commands that only read: `output`, `show`, `validate`, `version`, …"
    );
    const OUTPUT: &str = concat!(
        "/// The outputs of the configuration in `terraform/dev/` as a map of typed values.\n\
         ///\n",
        options!(),
        "/// - `dir: string`: the folder of another configuration.\n\
         /// - `sensitive: bool`: true to have those too that are marked as sensitive.\n\
         /// - `reads: bool`: false if it is not to run in a dry run.\n\
         ///\n\
         /// Reads; after a Terraform command that a dry run has skipped they are not known."
    );
    let run = Arc::clone(&api.run);
    api.add(
        "terraform",
        &["args: array", "int"],
        TERRAFORM,
        move |ctx: NativeCallContext<'_>, args: Array| {
            terraform(Call::new(&run, &ctx), &args, Map::new())
        },
    );
    let run = Arc::clone(&api.run);
    api.add(
        "terraform",
        &["args: array", "opts: map", "int"],
        TERRAFORM,
        move |ctx: NativeCallContext<'_>, args: Array, opts: Map| {
            terraform(Call::new(&run, &ctx), &args, opts)
        },
    );
    let run = Arc::clone(&api.run);
    api.add(
        "terraform_output",
        &["map"],
        OUTPUT,
        move |ctx: NativeCallContext<'_>| terraform_output(Call::new(&run, &ctx), Map::new()),
    );
    let run = Arc::clone(&api.run);
    api.add(
        "terraform_output",
        &["opts: map", "map"],
        OUTPUT,
        move |ctx: NativeCallContext<'_>, opts: Map| terraform_output(Call::new(&run, &ctx), opts),
    );
}
