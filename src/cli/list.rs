//! `copilot dev list`: lists the recipes with their summaries.

use super::built_in::new_command;
use super::clashes::clashes;
use super::show;
use crate::fault::Result;
use crate::recipe::{Catalog, Entry};
use clap::{Arg, ArgAction, Command};
use console::{measure_text_width, style};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::path::Path;

/// The command line of `list`.
pub(super) fn command() -> Command {
    new_command("list")
        .long_about("List the recipes with their summaries")
        .arg(
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help("Print JSON, with parameters"),
        )
}

/// Runs `copilot dev list` with `args`.
pub(super) fn run(root: &Path, args: Vec<OsString>) -> Result<u8> {
    let words = std::iter::once(OsString::from("list"))
        .chain(args)
        .collect();
    let matches = super::arguments::parse(&mut command(), words)?;
    let catalog = Catalog::read(root);
    for (file, why) in &catalog.left_out {
        show::say(&format!("warning: {file} is not a verb: {why}"));
    }
    for clash in clashes(&catalog) {
        show::say(&format!("warning: {}", clash.message));
    }
    if matches.get_flag("json") {
        let entries: Vec<_> = catalog.entries.iter().map(as_json).collect();
        show::answer(&format!("{:#}", Value::from(entries)));
    } else {
        as_text(&catalog);
    }
    Ok(0)
}

fn as_text(catalog: &Catalog) {
    let width = catalog
        .entries
        .iter()
        .map(|entry| measure_text_width(&entry.name.verb()))
        .max();
    for entry in &catalog.entries {
        let verb = format!("{:width$}", entry.name.verb(), width = width.unwrap_or(0));
        let text = match &entry.header {
            Ok(header) => header.summary.clone(),
            Err(diagnostic) => {
                let place = diagnostic
                    .place
                    .as_ref()
                    .map_or_else(String::new, |place| format!(" ({place})"));
                format!(
                    "{} {}{place}",
                    style("broken:").red().bold(),
                    diagnostic.message
                )
            }
        };
        show::answer(format!("{verb}  {text}").trim_end());
    }
}

fn as_json(entry: &Entry) -> Value {
    let name = entry.name.as_str();
    let (verb, file) = (entry.name.verb(), entry.name.file());
    match &entry.header {
        Ok(header) => json!({
            "name": name,
            "verb": verb,
            "file": file,
            "summary": header.summary,
            "details": header.details,
            "params": header.params,
        }),
        Err(diagnostic) => json!({
            "name": name,
            "verb": verb,
            "file": file,
            "broken": {
                "message": diagnostic.message,
                "line": diagnostic.place.as_ref().map(|place| place.line),
                "column": diagnostic.place.as_ref().map(|place| place.column),
                "hint": diagnostic.hint,
            },
        }),
    }
}
