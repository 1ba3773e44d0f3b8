//! `copilot dev api`: what a recipe can call.

use super::built_in::new_command;
use super::{markdown, show};
use crate::fault::{Error, Result, did_you_mean};
use crate::primitives::{EffectRule, FAMILIES, Family, Opt, Primitive, primitives};
use clap::{Arg, ArgAction, Command};
use serde_json::{Value, json};
use std::ffi::OsString;

/// The command line of `copilot dev api`.
pub(super) fn command() -> Command {
    new_command("api")
        .long_about("List every function that a recipe can call, or describe one with its signatures and options")
        .arg(
            Arg::new("name")
                .value_name("NAME")
                .help("The primitive to show; lists all primitives if none is named"),
        )
        .arg(
            Arg::new("markdown")
                .long("markdown")
                .action(ArgAction::SetTrue)
                .conflicts_with_all(["name", "output"])
                .help("As the page docs/primitives.md"),
        )
        .arg(super::arguments::output())
}

/// Runs `copilot dev api` with `args`.
pub(super) fn run(args: Vec<OsString>) -> Result<u8> {
    let words = std::iter::once(OsString::from("api")).chain(args).collect();
    let matches = super::arguments::parse(&mut command(), words)?;
    let as_json = matches.get_one::<String>("output").map(String::as_str) == Some("json");
    if matches.get_flag("markdown") {
        show::answer(markdown::page().trim_end());
        return Ok(0);
    }
    let Some(name) = matches.get_one::<String>("name") else {
        if as_json {
            let families: Vec<_> = FAMILIES.iter().map(family_json).collect();
            show::answer(&format!("{:#}", json!({ "families": families })));
        } else {
            show::answer(&list());
        }
        return Ok(0);
    };
    let (family, primitive) = find(name)?;
    if as_json {
        let mut value = primitive_json(primitive);
        value["family"] = Value::from(family.name);
        show::answer(&format!("{value:#}"));
    } else {
        show::answer(&one(primitive));
    }
    Ok(0)
}

fn find(name: &str) -> Result<(&'static Family, &'static Primitive)> {
    // It may be written as it is called.
    let name = name.split('(').next().unwrap_or(name).trim();
    let all = || {
        FAMILIES.iter().flat_map(|family| {
            let primitives = family.primitives.iter();
            primitives.map(move |primitive| (family, *primitive))
        })
    };
    if let Some(found) = all().find(|(_, primitive)| primitive.name == name) {
        return Ok(found);
    }
    let hint = if is_of_rhai(name) {
        format!("`{name}` is a function of Rhai itself: https://rhai.rs/book")
    } else {
        did_you_mean(name, all().map(|(_, primitive)| primitive.name))
            .unwrap_or_else(|| "`copilot dev api` lists them".to_owned())
    };
    let message = format!("there is no primitive `{name}`");
    Err(Error::usage(message, Some(hint)))
}

fn is_of_rhai(name: &str) -> bool {
    let engine = rhai::Engine::new();
    let named = |info: rhai::FuncInfo<'_>| (info.metadata.name == name).then_some(());
    !engine.collect_fn_metadata(None, named, true).is_empty()
}

fn family_json(family: &Family) -> Value {
    let primitives = family.primitives.iter().copied();
    let primitives: Vec<_> = primitives.map(primitive_json).collect();
    json!({ "name": family.name, "about": family.about, "primitives": primitives })
}

fn option_json(option: &Opt) -> Value {
    let mut value = json!({
        "name": option.name,
        "type": option.shape.value_type().name(),
        "required": option.required,
        "help": option.help,
    });
    let keys: Vec<_> = option.shape.keys().iter().map(option_json).collect();
    if !keys.is_empty() {
        value["keys"] = Value::from(keys);
    }
    value
}

fn primitive_json(primitive: &Primitive) -> Value {
    let returns = primitive.returns.name();
    let overloads = primitive.forms.iter().map(|form| {
        let params = form
            .iter()
            .map(|param| json!({ "name": param.name, "type": param.value_type.name() }));
        json!({ "params": params.collect::<Vec<_>>(), "returns": returns })
    });
    let mut value = json!({
        "name": primitive.name,
        "overloads": overloads.collect::<Vec<_>>(),
        "summary": primitive.summary(),
        "docs": primitive.docs,
    });
    let options: Vec<_> = primitive.options().map(option_json).collect();
    if !options.is_empty() {
        value["options"] = Value::from(options);
    }
    match &primitive.effect {
        EffectRule::Always(effect) => value["effect"] = json!(effect),
        EffectRule::ByWords { .. } => {
            let examples = primitive.effect.examples().into_iter();
            let examples =
                examples.map(|(words, effect)| json!({ "words": words, "effect": effect }));
            value["effect"] = json!("varies");
            value["effects"] = Value::from(examples.collect::<Vec<_>>());
        }
    }
    value
}

fn list() -> String {
    let width = primitives().map(|primitive| primitive.name.len()).max();
    let width = width.unwrap_or_default();
    let family = |family: &Family| {
        let rows = family.primitives.iter().map(|primitive| {
            let (name, summary) = (primitive.name, primitive.summary());
            format!("\n  {name:width$}  {summary}")
        });
        let rows: String = rows.collect();
        format!("{}: {}{rows}", family.name, family.about)
    };
    let families: Vec<_> = FAMILIES.iter().map(family).collect();
    families.join("\n\n") + "\n\n`copilot dev api NAME` shows one in full."
}

fn one(primitive: &Primitive) -> String {
    let signatures: Vec<_> = primitive.signatures().collect();
    let mut text = format!("{}\n\n{}", signatures.join("\n"), primitive.docs);
    if let Some(effect) = primitive.effect.text() {
        text.push_str("\n\n");
        text.push_str(&effect);
    }
    if primitive.options().next().is_some() {
        let rows = primitive.documented_options().map(|(name, option)| {
            let key = format!("{name}: {}", option.shape.value_type().name());
            (key, option)
        });
        let width = rows.clone().map(|(key, _)| key.len()).max();
        let width = width.unwrap_or_default();
        text.push_str("\n\nOptions:");
        for (key, option) in rows {
            let required = if option.required { "required: " } else { "" };
            let row = format!("\n  {key:width$}  {required}{}", option.help);
            text.push_str(&row);
        }
    }
    text
}
