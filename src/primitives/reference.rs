//! The primitives as data, from what registers them: for `copilot dev api` and editors.

use super::FAMILIES;
use super::api::{Api, Registered};
use crate::run::Run;
use rhai::Engine;
use serde::Serialize;
use std::sync::Arc;

/// Primitives that belong together.
#[derive(Debug, Serialize)]
pub struct Family {
    /// Its name.
    pub name: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// Its primitives, in the order in which they are best read.
    pub primitives: Vec<Primitive>,
}

/// A function that recipes can call.
#[derive(Debug, Serialize)]
pub struct Primitive {
    /// Its name.
    pub name: String,
    /// The ways to call it.
    pub overloads: Vec<Overload>,
    /// The first sentence of its documentation.
    pub summary: String,
    /// Its documentation but for the options, as Markdown.
    pub docs: String,
    /// The keys of its map of options, if it takes one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Opt>,
    /// The lines of documentation as they were registered.
    #[serde(skip)]
    pub comments: String,
}

/// One way to call a primitive.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Overload {
    /// What it takes.
    pub params: Vec<Typed>,
    /// The type of what it returns; `()` for nothing.
    pub returns: String,
}

/// A parameter.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Typed {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub of: String,
}

/// A key of a map of options.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Opt {
    /// The key.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub of: String,
    /// It must be given.
    pub required: bool,
    /// What it means.
    pub help: String,
}

impl Primitive {
    /// Each way to call it, as `name(param: type) -> type`.
    pub fn signatures(&self) -> impl Iterator<Item = String> {
        self.overloads.iter().map(|overload| {
            let typed = |param: &Typed| format!("{}: {}", param.name, param.of);
            let params: Vec<_> = overload.params.iter().map(typed).collect();
            let returns = match overload.returns.as_str() {
                "()" => String::new(),
                of => format!(" -> {of}"),
            };
            format!("{}({}){returns}", self.name, params.join(", "))
        })
    }
}

/// All there is, as it is registered for `run`.
pub fn families(run: &Arc<Run>) -> Vec<Family> {
    let family = |(name, about, register): (&'static str, _, &[super::Register])| {
        let mut engine = Engine::new_raw();
        let listed = Api::list(&mut engine, run, |api| {
            for register in register {
                register(api);
            }
        });
        let mut primitives: Vec<Primitive> = Vec::new();
        for registered in listed {
            let overload = Overload::read(&registered.params);
            match primitives
                .iter_mut()
                .find(|primitive| primitive.name == registered.name)
            {
                Some(primitive) => primitive.overloads.push(overload),
                None => primitives.push(Primitive::read(registered, overload)),
            }
        }
        Family {
            name,
            about,
            primitives,
        }
    };
    FAMILIES.into_iter().map(family).collect()
}

impl Overload {
    fn read(params: &[String]) -> Self {
        let (returns, params) = params
            .split_last()
            .map_or(("()", &[][..]), |(last, rest)| (last.as_str(), rest));
        let typed = |param: &String| {
            let (name, of) = param.split_once(": ").unwrap_or((param, "any"));
            Typed {
                name: name.to_owned(),
                of: of.to_owned(),
            }
        };
        Self {
            params: params.iter().map(typed).collect(),
            returns: returns.to_owned(),
        }
    }
}

impl Primitive {
    fn read(registered: Registered, overload: Overload) -> Self {
        let lines: Vec<_> = registered
            .docs
            .lines()
            .map(|line| line.trim_start().trim_start_matches("///"))
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect();
        let (docs, options) = split(&lines);
        Self {
            summary: first_sentence(&docs),
            docs,
            options,
            comments: lines.iter().map(|line| comment(line)).collect(),
            name: registered.name,
            overloads: vec![overload],
        }
    }
}

fn comment(line: &str) -> String {
    format!("/// {line}").trim_end().to_owned() + "\n"
}

/// The lines but for those of the options, and the options.
fn split(lines: &[&str]) -> (String, Vec<Opt>) {
    let mut docs = Vec::new();
    let mut options: Vec<Opt> = Vec::new();
    let mut rest = lines.iter();
    while let Some(line) = rest.next() {
        if *line != "Options:" {
            docs.push(*line);
            continue;
        }
        for line in rest.by_ref() {
            if let Some(option) = line.strip_prefix("- ") {
                options.extend(Opt::read(option));
            } else if let (Some(more), Some(option)) = (line.strip_prefix("  "), options.last_mut())
            {
                option.help.push(' ');
                option.help.push_str(more);
            } else {
                break;
            }
        }
    }
    (docs.join("\n").trim().to_owned(), options)
}

impl Opt {
    /// Reads `` `name: type`, required: what it means``.
    fn read(line: &str) -> Option<Self> {
        let (key, rest) = line.strip_prefix('`')?.split_once('`')?;
        let (name, of) = key.split_once(": ")?;
        let (required, help) = match rest.strip_prefix(", required: ") {
            Some(help) => (true, help),
            None => (false, rest.strip_prefix(": ")?),
        };
        Some(Self {
            name: name.to_owned(),
            of: of.to_owned(),
            required,
            help: help.to_owned(),
        })
    }
}

/// The first sentence, on one line.
fn first_sentence(docs: &str) -> String {
    let paragraph = docs.split("\n\n").next().unwrap_or_default();
    let line = paragraph.replace('\n', " ");
    match line.find(". ") {
        Some(end) => line[..=end].to_owned(),
        None => line,
    }
}

#[cfg(test)]
mod tests;
