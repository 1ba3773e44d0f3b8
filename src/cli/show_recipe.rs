//! `copilot dev show`: the parameters and the steps of a recipe, as far as its text tells.

use super::built_in::new_command;
use super::idle::idle;
use super::{arguments, show};
use crate::check::{self, StepSummary, Summary, summarize};
use crate::fault::{Error, Result};
use crate::primitives::{Functions, new_engine};
use crate::recipe::{Catalog, Header, Param, ParamKind, RecipeName, Source, compile, read_header};
use clap::{Arg, Command};
use rhai::Dynamic;
use serde_json::json;
use std::ffi::OsString;
use std::path::Path;

/// The command line of `copilot dev show`.
pub(super) fn command() -> Command {
    new_command("show")
        .arg(
            Arg::new("name")
                .value_name("NAME")
                .required(true)
                .num_args(1..)
                .help("The recipe: schema-setup, schema/setup or schema setup"),
        )
        .arg(arguments::output())
}

/// Runs `copilot dev show` with `args`.
pub(super) fn run(root: &Path, args: Vec<OsString>) -> Result<u8> {
    let words = std::iter::once(OsString::from("show"))
        .chain(args)
        .collect();
    let matches = arguments::parse(&mut command(), words)?;
    let words: Vec<_> = matches
        .get_many::<String>("name")
        .unwrap_or_default()
        .cloned()
        .collect();
    let (name, source) = find(root, &words)?;
    let (header, summary) = read(root, &source).map_err(|error| Error::Recipe(Box::new(error)))?;
    if matches.get_one::<String>("output").map(String::as_str) == Some("json") {
        let mut value = json!({
            "name": name.as_str(),
            "verb": name.verb(),
            "file": name.file(),
            "summary": header.summary,
            "details": header.details,
            "params": header.params,
        });
        if let (Some(all), serde_json::Value::Object(more)) =
            (value.as_object_mut(), json!(summary))
        {
            all.extend(more);
        }
        show::answer(&format!("{value:#}"));
    } else {
        show::answer(&text(&name, &header, &summary));
    }
    Ok(0)
}

fn find(root: &Path, words: &[String]) -> Result<(RecipeName, Source)> {
    match RecipeName::find(root, words)? {
        Some(found) if found.words == words.len() => {
            let source = Source::read(&found.path, found.name.file())?;
            Ok((found.name, source))
        }
        _ => Err(Catalog::read(root).unknown(&words.join(" "))),
    }
}

fn read(root: &Path, source: &Source) -> Result<(Header, Summary), crate::fault::Diagnostic> {
    let header = read_header(source)?;
    let run = idle(root);
    let engine = new_engine(&run, Functions::OnDemand);
    let values = std::iter::repeat_n(Dynamic::UNIT, header.params.len());
    let compiled = compile(&engine, root, source, &header.params, values, check::find)?;
    let summary = summarize(&engine, root, &compiled.ast, source);
    Ok((header, summary))
}

fn text(name: &RecipeName, header: &Header, recipe: &Summary) -> String {
    let mut lines = Vec::new();
    let summary = if header.summary.is_empty() {
        "(no description)"
    } else {
        header.summary.as_str()
    };
    lines.push(format!("{}: {summary}", name.verb()));
    if !header.details.is_empty() {
        lines.push(String::new());
        lines.push(header.details.clone());
    }
    lines.push(String::new());
    lines.push(name.file());
    let section = |lines: &mut Vec<String>, title: &str, rows: Vec<(String, String)>| {
        if rows.is_empty() {
            return;
        }
        let width = rows
            .iter()
            .map(|(left, _)| console::measure_text_width(left));
        let width = width.max().unwrap_or_default();
        lines.push(format!("\n{title}:"));
        for (left, right) in rows {
            let space = " ".repeat(width - console::measure_text_width(&left));
            lines.push(format!("  {left}{space}  {right}").trim_end().to_owned());
        }
    };
    let params = header.params.iter().map(param).collect();
    section(&mut lines, "Parameters", params);
    let imports = recipe.imports.iter().map(|import| {
        let path = import.path.as_deref().unwrap_or("‹…›");
        (path.to_owned(), format!("as {}", import.alias))
    });
    section(&mut lines, "Imports", imports.collect());
    let variables = recipe.variables.iter();
    let variables = variables.map(|name| (name.clone(), String::new()));
    section(&mut lines, "Reads variables", variables.collect());
    let recipes = recipe.recipes.iter();
    let recipes = recipes.map(|name| (name.clone(), String::new()));
    section(&mut lines, "Calls recipes", recipes.collect());
    let plans = recipe.plan_options.iter();
    let plans = plans.map(|options| (options.clone(), String::new()));
    section(&mut lines, "Options of run_steps", plans.collect());
    let steps = recipe.steps.iter().flat_map(step_rows);
    section(&mut lines, "Steps", steps.collect());
    let deferred = recipe.deferred.iter().rev().map(|deferred| {
        let condition = if deferred.sometimes { "? " } else { "" };
        (format!("{condition}{}", deferred.text), String::new())
    });
    section(
        &mut lines,
        "Deferred to the end, last first",
        deferred.collect(),
    );
    if recipe.steps.is_empty() {
        lines.push("\nIt has no steps.".to_owned());
    }
    lines.push(format!(
        "\n`‹…›` is known only in a run, `?` depends on a condition or a loop. An early `return` is not considered.\n\
         `copilot dev {} --dry-run` prints the commands of a run.",
        name.verb()
    ));
    lines.join("\n")
}

fn param(param: &Param) -> (String, String) {
    let value = param
        .value
        .clone()
        .unwrap_or_else(|| param.name.to_uppercase());
    let short = param
        .short
        .map_or_else(String::new, |short| format!("-{short}, "));
    let left = match param.kind {
        ParamKind::Arg if param.required => format!("<{value}>"),
        ParamKind::Arg => format!("[{value}]"),
        ParamKind::Rest => format!("[{value}]…"),
        ParamKind::Flag => format!("{short}--{}", param.name),
        ParamKind::Option => format!("{short}--{} <{value}>", param.name),
    };
    let mut notes = Vec::new();
    notes.extend(
        param
            .default_value
            .as_ref()
            .map(|value| format!("default: {value}")),
    );
    if !param.values.is_empty() {
        notes.push(format!("one of {}", param.values.join(", ")));
    }
    notes.extend(param.env.as_ref().map(|name| format!("from {name}")));
    let notes = notes.iter().map(|note| format!(" [{note}]"));
    (left, format!("{}{}", param.help, notes.collect::<String>()))
}

/// A row for the step, and one for each recipe that it calls.
fn step_rows(step: &StepSummary) -> Vec<(String, String)> {
    let condition = if step.sometimes { "? " } else { "" };
    let mut notes = Vec::new();
    if step.deferred {
        notes.push("deferred".to_owned());
    }
    if !step.after.is_empty() {
        notes.push(format!("after {}", step.after.join(", ")));
    }
    let options = step.options.iter();
    notes.extend(options.map(|(key, value)| format!("{key}: {value}")));
    let mut text = step.title.clone();
    for note in notes {
        text.push_str(" [");
        text.push_str(&note);
        text.push(']');
    }
    let mut rows = vec![(format!("{condition}{}", step.step), text)];
    let recipes = step.recipes.iter();
    rows.extend(recipes.map(|name| (String::new(), format!("calls the recipe {name}"))));
    rows
}
