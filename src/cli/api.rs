//! `copilot dev api`: what a recipe can call.

use super::idle::idle;
use super::{markdown, show};
use crate::fault::{Error, Result, nearest};
use crate::primitives::{Family, Opt, Primitive, families};
use clap::{Arg, ArgAction, Command};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::path::Path;

/// The command line.
pub fn command() -> Command {
    Command::new("api")
        .bin_name("copilot dev api")
        .about(
            "Show what a recipe can call: every primitive, or one with its signatures and options",
        )
        .arg(
            Arg::new("name")
                .value_name("NAME")
                .help("The primitive to show; a list of all if none is named"),
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
pub fn run(root: &Path, args: Vec<OsString>) -> Result<u8> {
    let words = std::iter::once(OsString::from("api")).chain(args).collect();
    let matches = super::arguments::parse(&mut command(), words)?;
    let families = families(&idle(root));
    let as_json = matches.get_one::<String>("output").map(String::as_str) == Some("json");
    if matches.get_flag("markdown") {
        show::answer(markdown::page(&families).trim_end());
        return Ok(0);
    }
    let Some(name) = matches.get_one::<String>("name") else {
        if as_json {
            show::answer(&format!("{:#}", json!({ "families": families })));
        } else {
            show::answer(&list(&families));
        }
        return Ok(0);
    };
    let (family, primitive) = find(&families, name)?;
    if as_json {
        let mut value = json!(primitive);
        value["family"] = Value::from(family.name);
        show::answer(&format!("{value:#}"));
    } else {
        show::answer(&one(primitive));
    }
    Ok(0)
}

fn find<'a>(families: &'a [Family], name: &str) -> Result<(&'a Family, &'a Primitive)> {
    // It may be written as it is called.
    let name = name.split('(').next().unwrap_or(name).trim();
    let all = || {
        families.iter().flat_map(|family| {
            let primitives = family.primitives.iter();
            primitives.map(move |primitive| (family, primitive))
        })
    };
    if let Some(found) = all().find(|(_, primitive)| primitive.name == name) {
        return Ok(found);
    }
    let hint = if is_of_rhai(name) {
        format!("`{name}` is a function of Rhai itself: https://rhai.rs/book")
    } else {
        match nearest(name, all().map(|(_, primitive)| primitive.name.as_str())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`copilot dev api` lists them".to_owned(),
        }
    };
    let message = format!("there is no primitive `{name}`");
    Err(Error::usage(message, Some(hint)))
}

fn is_of_rhai(name: &str) -> bool {
    let engine = rhai::Engine::new();
    let named = |info: rhai::FuncInfo<'_>| (info.metadata.name == name).then_some(());
    !engine.collect_fn_metadata(None, named, true).is_empty()
}

fn list(families: &[Family]) -> String {
    let names = families.iter().flat_map(|family| &family.primitives);
    let width = names.map(|primitive| primitive.name.len()).max();
    let width = width.unwrap_or_default();
    let family = |family: &Family| {
        let rows = family.primitives.iter().map(|primitive| {
            let Primitive { name, summary, .. } = primitive;
            format!("\n  {name:width$}  {summary}")
        });
        let rows: String = rows.collect();
        format!("{}: {}{rows}", family.name, family.about)
    };
    let families: Vec<_> = families.iter().map(family).collect();
    families.join("\n\n") + "\n\n`copilot dev api NAME` tells more of one."
}

fn one(primitive: &Primitive) -> String {
    let signatures: Vec<_> = primitive.signatures().collect();
    let mut text = format!("{}\n\n{}", signatures.join("\n"), primitive.docs);
    if !primitive.options.is_empty() {
        let key = |option: &Opt| format!("{}: {}", option.name, option.of);
        let widths = primitive.options.iter().map(|option| key(option).len());
        let width = widths.max().unwrap_or_default();
        text.push_str("\n\nOptions:");
        for option in &primitive.options {
            let required = if option.required { "required: " } else { "" };
            let row = format!("\n  {:width$}  {required}{}", key(option), option.help);
            text.push_str(&row);
        }
    }
    text
}
