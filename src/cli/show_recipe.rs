//! `copilot dev show`: a recipe with its parameters, its steps and what it would run.

use super::idle::idle;
use super::{arguments, show};
use crate::check::{self, Flow, FlowCall, FlowItem, flow};
use crate::fault::{Error, Result, nearest};
use crate::primitives::{Effect, EffectRule, FAMILIES, new_engine};
use crate::recipe::{Catalog, Header, Param, ParamKind, RecipeName, Source, compile, read_header};
use clap::{Arg, Command};
use rhai::Dynamic;
use serde_json::json;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

/// Families whose readers only look at files and variables of this machine.
const QUIET: [&str; 3] = ["env", "files", "recipes"];

/// The command line.
pub fn command() -> Command {
    Command::new("show")
        .bin_name("copilot dev show")
        .about("Show a recipe: its parameters, its steps, and what it would run as far as its text tells")
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
pub fn run(root: &Path, args: Vec<OsString>) -> Result<u8> {
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
    let (header, flow) = read(root, &source).map_err(|error| Error::Recipe(Box::new(error)))?;
    if matches.get_one::<String>("output").map(String::as_str) == Some("json") {
        let mut value = json!({
            "name": name.as_str(),
            "verb": name.verb(),
            "file": name.file(),
            "summary": header.summary,
            "details": header.details,
            "params": header.params,
        });
        if let (Some(all), serde_json::Value::Object(more)) = (value.as_object_mut(), json!(flow)) {
            all.extend(more);
        }
        show::answer(&format!("{value:#}"));
    } else {
        show::answer(&text(&name, &header, &flow));
    }
    Ok(0)
}

fn find(root: &Path, words: &[String]) -> Result<(RecipeName, Source)> {
    match RecipeName::find(root, words)? {
        Some(found) if found.words == words.len() => {
            let source = Source::read(&found.path, found.name.file())?;
            Ok((found.name, source))
        }
        _ => {
            let name = words.join(" ");
            let catalog = Catalog::read(root);
            let hint = match nearest(&words.join("/"), catalog.names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`copilot dev list` lists the recipes".to_owned(),
            };
            Err(Error::usage(
                format!("there is no recipe `{name}`"),
                Some(hint),
            ))
        }
    }
}

fn read(root: &Path, source: &Source) -> Result<(Header, Flow), crate::fault::Diagnostic> {
    let header = read_header(source)?;
    let run = idle(root);
    let engine = new_engine(&run);
    let values = std::iter::repeat_n(Dynamic::UNIT, header.params.len());
    let compiled = compile(&engine, root, source, &header.params, values, check::find)?;
    let primitives: BTreeSet<_> = FAMILIES
        .iter()
        .flat_map(|family| {
            let quiet = QUIET.contains(&family.name);
            let shown = family
                .primitives
                .iter()
                .filter(move |primitive| match primitive.effect {
                    EffectRule::Always(Effect::None) => false,
                    EffectRule::Always(Effect::Reads) => !quiet,
                    _ => true,
                });
            shown.map(|primitive| primitive.name.to_owned())
        })
        .collect();
    let flow = flow(&engine, &compiled.ast, &source.file, &primitives);
    Ok((header, flow))
}

fn text(name: &RecipeName, header: &Header, flow: &Flow) -> String {
    let mut lines = Vec::new();
    let summary = if header.summary.is_empty() {
        "(it says nothing of itself)"
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
    let imports = flow.imports.iter().map(|import| {
        let path = import.path.as_deref().unwrap_or("‹…›");
        (path.to_owned(), format!("as {}", import.alias))
    });
    section(&mut lines, "Imports", imports.collect());
    let variables = flow.variables.iter();
    let variables = variables.map(|name| (name.clone(), String::new()));
    section(&mut lines, "Variables", variables.collect());
    section(&mut lines, "Runs", runs(flow));
    if flow.runs.is_empty() {
        lines.push("\nIt runs nothing.".to_owned());
    } else {
        let legend = "`‹…›` is known only when it runs, `?` depends on a condition or a loop.";
        lines.push(format!("\n{legend}"));
    }
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

fn runs(flow: &Flow) -> Vec<(String, String)> {
    let mark = |sometimes| if sometimes { "? " } else { "" };
    let row = |indent: &str, call: &FlowCall| {
        let left = format!("{indent}{}{}", mark(call.sometimes), call.call);
        (left, String::new())
    };
    let mut rows = Vec::new();
    for item in &flow.runs {
        match item {
            FlowItem::Call(call) => rows.push(row("", call)),
            FlowItem::Step(step) => {
                let after = match step.after.as_slice() {
                    [] => String::new(),
                    ids => format!(", after {}", ids.join(", ")),
                };
                let (mark, id, title) = (mark(step.sometimes), &step.step, &step.title);
                rows.push((format!("{mark}step {id}: {title}{after}"), String::new()));
                rows.extend(step.calls.iter().map(|call| row("    ", call)));
            }
        }
    }
    rows
}
