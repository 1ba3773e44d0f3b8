//! Builds the command line of a recipe from its `PARAMS`, and parses it.

use crate::fault::{Error, Failure, Kind, Result};
use crate::primitives::{Variables, is_secret, without_password};
use crate::recipe::{Header, Param, ParamKind, ParamType, RecipeName};
use crate::run::{Format, Options, Outside, Params};
use crate::screen::{MIN_SECRET_BYTES, mask_from_now_on};
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use rhai::{Array, Dynamic};
use serde_json::Value;
use std::ffi::OsString;
use std::path::Path;

/// A parsed command line of a recipe.
#[derive(Debug)]
pub(super) struct Request {
    /// The values of the parameters, in the order of `PARAMS`.
    pub values: Vec<Dynamic>,
    /// The same values by name, for events and the journal.
    pub params: Params,
    /// What to warn about.
    pub warnings: Vec<String>,
    /// The run options.
    pub options: Options,
    /// The format of the output.
    pub format: Format,
    /// `--quiet` was given.
    pub quiet: bool,
    /// `--verbose` was given.
    pub verbose: bool,
}

/// Parses `args`, the words after the verb, for the repository at `root`.
pub(super) fn parse(
    root: &Path,
    name: &RecipeName,
    header: &Header,
    args: Vec<OsString>,
    outside: &Outside,
) -> Result<Request> {
    let variables = if asks_for_help(&args) {
        None
    } else {
        variables(root, header, outside)?
    };
    let variable = |key: &str| variables.as_ref().and_then(|variables| variables.get(key));
    let mut command = command(name, header, &variable);
    let words = std::iter::once(OsString::from("copilot")).chain(args);
    let matches = command
        .try_get_matches_from_mut(words)
        .map_err(|error| Error::Arguments(Box::new(error)))?;
    let values: Vec<_> = header
        .params
        .iter()
        .map(|param| value(param, &matches))
        .collect();
    let warnings = mask_secrets(&header.params, &matches);
    let by_name = |value: fn(&Param, &ArgMatches) -> Value| {
        let values = header.params.iter();
        let values = values.map(|param| (param.name.clone(), value(param, &matches)));
        Value::Object(values.collect())
    };
    let params = Params::new(by_name(masked_json), by_name(json));
    let words =
        |id: &str| -> Vec<String> { matches.get_many(id).unwrap_or_default().cloned().collect() };
    let output = matches.get_one::<String>("output").map(String::as_str);
    Ok(Request {
        values,
        params,
        warnings,
        options: Options {
            dry_run: matches.get_flag("dry-run"),
            only: words("only"),
            skip: words("skip"),
            resume: matches.get_flag("resume"),
            jobs: matches
                .get_one::<u16>("jobs")
                .map(|jobs| usize::from(*jobs)),
            yes: matches.get_flag("yes"),
            wait_for_lock: matches.get_flag("wait-for-lock"),
        },
        format: if output == Some("json") {
            Format::Json
        } else {
            Format::Text
        },
        quiet: matches.get_flag("quiet"),
        verbose: matches.get_flag("verbose"),
    })
}

/// True if `args` ask for the help, for which no file is read: `.env` may be a named pipe.
fn asks_for_help(args: &[OsString]) -> bool {
    let mut words = args.iter().take_while(|word| *word != "--");
    words.any(|word| word == "--help" || word == "-h")
}

/// The variables of the repository, if a parameter takes its value from one.
fn variables(root: &Path, header: &Header, outside: &Outside) -> Result<Option<Variables>> {
    if header.params.iter().all(|param| param.env.is_none()) {
        return Ok(None);
    }
    let read = Variables::read(root, outside);
    read.map(Some).map_err(
        |Failure {
             kind,
             message,
             hint,
             ..
         }| match (kind, hint) {
            (Kind::Missing, Some(hint)) => Error::Missing { message, hint },
            (_, hint) => Error::Usage { message, hint },
        },
    )
}

/// The command line of a recipe: its parameters, and the run options that every verb has.
pub(super) fn command(
    name: &RecipeName,
    header: &Header,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Command {
    let mut command = Command::new("copilot")
        .bin_name(format!("copilot dev {}", name.verb()))
        .about(header.summary.clone())
        .arg_required_else_help(false);
    if !header.details.is_empty() {
        command = command.long_about(format!("{}\n\n{}", header.summary, header.details));
    }
    for param in &header.params {
        command = command.arg(arg(param, variable));
    }
    let taken: Vec<_> = header
        .params
        .iter()
        .filter_map(|param| param.short)
        .collect();
    command.args(run_flags(&taken))
}

fn arg(param: &Param, variable: &dyn Fn(&str) -> Option<String>) -> Arg {
    let value = param
        .value
        .clone()
        .unwrap_or_else(|| param.name.to_uppercase());
    let mut arg = Arg::new(param.name.clone())
        .help(help(param))
        .required(param.required);
    arg = match param.kind {
        ParamKind::Arg => arg.value_name(value),
        ParamKind::Rest => arg
            .value_name(value)
            .num_args(0..)
            .action(ArgAction::Append),
        ParamKind::Option => arg.value_name(value).long(param.name.clone()),
        ParamKind::Flag => arg.long(param.name.clone()).action(ArgAction::SetTrue),
    };
    if let Some(short) = param.short {
        arg = arg.short(short);
    }
    if param.kind == ParamKind::Flag {
        return arg;
    }
    // The help never shows the value of a variable.
    let from_variable = param.env.as_deref().and_then(variable);
    let is_hidden = param.is_secret || from_variable.is_some();
    if let Some(default) = from_variable.or_else(|| param.default_value.clone()) {
        arg = arg
            .default_value(default)
            .hide_default_value(is_hidden)
            .required(false);
    }
    if param.value_type == Some(ParamType::Integer) {
        arg = arg.allow_negative_numbers(true);
    }
    match param.value_type {
        _ if !param.values.is_empty() => {
            arg.value_parser(PossibleValuesParser::new(param.values.clone()))
        }
        Some(value_type) => arg.value_parser(move |text: &str| {
            value_type.check(text)?;
            Ok::<_, &'static str>(text.to_owned())
        }),
        None => arg.value_parser(value_parser!(String)),
    }
}

fn help(param: &Param) -> String {
    match &param.env {
        Some(variable) => format!("{} [env: {variable}]", param.help)
            .trim_start()
            .to_owned(),
        None => param.help.clone(),
    }
}

fn run_flags(taken: &[char]) -> Vec<Arg> {
    let short = |arg: Arg, letter: char| {
        if taken.contains(&letter) {
            arg
        } else {
            arg.short(letter)
        }
    };
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .action(ArgAction::SetTrue)
            .help(help)
    };
    let step = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("STEP")
            .action(ArgAction::Append)
            .help(help)
    };
    let flags = [
        flag(
            "dry-run",
            "Run only commands that read; print those that would change something",
        ),
        step("only", "Run only this step (repeatable)"),
        step("skip", "Skip this step (repeatable)"),
        flag(
            "resume",
            "Skip the steps that the last run with these parameters completed",
        ),
        Arg::new("jobs")
            .long("jobs")
            .value_name("N")
            .value_parser(value_parser!(u16).range(1..=256))
            .help("Run up to N steps in parallel"),
        short(flag("yes", "Answer yes to every question"), 'y'),
        flag(
            "wait-for-lock",
            "Wait until no other run changes things in this checkout",
        ),
        Arg::new("output")
            .long("output")
            .value_name("FORMAT")
            .value_parser(["text", "json"])
            .default_value("text")
            .help("Print text, or one JSON event per line"),
        short(flag("quiet", "Print only warnings and failures"), 'q'),
        short(flag("verbose", "Print the commands that are run"), 'v'),
    ];
    flags.map(|arg| arg.help_heading("Run options")).into()
}

fn value(param: &Param, matches: &ArgMatches) -> Dynamic {
    let name = param.name.as_str();
    match param.kind {
        ParamKind::Flag => matches.get_flag(name).into(),
        ParamKind::Rest => {
            let words = matches.get_many::<String>(name).unwrap_or_default();
            words.cloned().map(Dynamic::from).collect::<Array>().into()
        }
        ParamKind::Arg | ParamKind::Option => matches
            .get_one::<String>(name)
            .cloned()
            .map_or(Dynamic::UNIT, Dynamic::from),
    }
}

/// Masks the values of secret parameters from now on, and returns what to say about those that cannot be.
fn mask_secrets(params: &[Param], matches: &ArgMatches) -> Vec<String> {
    let secrets = params.iter().filter(|param| param.is_secret);
    let given = secrets.filter_map(|param| match json(param, matches) {
        Value::String(text) if !text.is_empty() => Some((&param.name, text)),
        _ => None,
    });
    given
        .filter(|(_, text)| !mask_from_now_on(text))
        .map(|(name, _)| {
            format!(
                "the value of `{name}` has fewer than {MIN_SECRET_BYTES} bytes, so it is not masked in the output"
            )
        })
        .collect()
}

/// The value for events, without secrets.
fn masked_json(param: &Param, matches: &ArgMatches) -> Value {
    match json(param, matches) {
        Value::String(_) if param.is_secret || is_secret(&param.name) => "***".into(),
        Value::String(text) => without_password(&text).into(),
        value => value,
    }
}

fn json(param: &Param, matches: &ArgMatches) -> Value {
    let name = param.name.as_str();
    match param.kind {
        ParamKind::Flag => matches.get_flag(name).into(),
        ParamKind::Rest => matches
            .get_many::<String>(name)
            .unwrap_or_default()
            .cloned()
            .collect(),
        ParamKind::Arg | ParamKind::Option => matches
            .get_one::<String>(name)
            .cloned()
            .map_or(Value::Null, Value::from),
    }
}
