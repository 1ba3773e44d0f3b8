//! Completes `copilot dev`: verbs, groups, and their arguments.

use super::super::built_in::BUILT_IN;
use super::super::{dev, verb};
use super::command::{self, Offer};
use crate::check::step_names;
use crate::primitives::{primitives, services_in_files};
use crate::recipe::{Catalog, Found, Item, RecipeName, Source, find_root, read_header};
use clap::{Arg, Command};
use std::path::{Path, PathBuf};

/// Completes `word` after `copilot dev`, whose definition is `command`, and the words `before`.
pub(super) fn offer(command: &Command, before: &[String], word: &str) -> Offer {
    let mut repo = None;
    let mut rest = before;
    while let Some((first, after)) = rest
        .split_first()
        .filter(|(first, _)| first.starts_with('-'))
    {
        rest = after;
        if let Some(path) = first.strip_prefix("--repo=") {
            repo = Some(PathBuf::from(path));
        } else if first == "--repo" {
            let Some((path, after)) = after.split_first() else {
                return Offer::Files;
            };
            repo = Some(PathBuf::from(path));
            rest = after;
        }
    }
    if word.starts_with('-') && rest.is_empty() {
        return command::complete(command, before, word, &|_| Offer::Files);
    }
    let Ok(root) = find_root(repo.as_deref()) else {
        return Offer::none();
    };
    let Some((first, after)) = rest.split_first() else {
        return verbs(&root, "");
    };
    match first.as_str() {
        "run" if after.is_empty() => recipes(&root),
        "run" => recipe(&root, after, word),
        "help" => match RecipeName::find(&root, after) {
            Ok(Some(_)) => Offer::none(),
            _ => verbs(&root, &after.join("/")),
        },
        name if BUILT_IN.iter().any(|(built_in, _)| *built_in == name) => {
            let Some(mut built_in) = dev::built_in(name) else {
                return recipes(&root);
            };
            built_in.build();
            command::complete(
                &built_in,
                after,
                word,
                &|arg| match (name, value_name(arg)) {
                    ("api", Some("NAME")) => every_primitive(),
                    ("show", Some("NAME")) | (_, Some("RECIPE")) => recipes(&root),
                    (_, Some("DIR")) => Offer::Files,
                    _ => Offer::none(),
                },
            )
        }
        _ => recipe(&root, rest, word),
    }
}

fn value_name(arg: &Arg) -> Option<&str> {
    arg.get_value_names()?
        .first()
        .map(clap::builder::Str::as_str)
}

/// The direct members of `group`; `""` is the top level.
fn verbs(root: &Path, group: &str) -> Offer {
    let catalog = Catalog::read(root);
    let mut words: Vec<_> = catalog
        .items(group)
        .into_iter()
        .map(|item| match item {
            Item::Verb(entry) => {
                let name = entry.name.as_str().rsplit('/').next().unwrap_or_default();
                let summary = entry.header.as_ref().map_or_else(
                    |diagnostic| format!("broken: {}", diagnostic.message),
                    |header| header.summary.clone(),
                );
                (name.to_owned(), summary)
            }
            Item::Group(name, verbs) => {
                let plural = if verbs == 1 { "" } else { "s" };
                (name, format!("A group of {verbs} verb{plural}"))
            }
        })
        .collect();
    if group.is_empty() {
        words.retain(|(name, _)| BUILT_IN.iter().all(|(built_in, _)| built_in != name));
        let built_in = BUILT_IN.iter();
        words.extend(built_in.map(|(name, about)| ((*name).to_owned(), (*about).to_owned())));
    }
    Offer::Words(words)
}

/// All recipes by name, such as `schema/setup`.
fn recipes(root: &Path) -> Offer {
    let entries = Catalog::read(root).entries.into_iter();
    let words = entries.map(|entry| {
        let summary = entry.header.map(|header| header.summary);
        (entry.name.to_string(), summary.unwrap_or_default())
    });
    Offer::Words(words.collect())
}

fn every_primitive() -> Offer {
    let words = primitives().map(|one| (one.name.to_owned(), one.summary()));
    Offer::Words(words.collect())
}

/// Completes `word` after `before`, which begins with a verb or a group.
fn recipe(root: &Path, before: &[String], word: &str) -> Offer {
    let Ok(Some(Found { name, path, words })) = RecipeName::find(root, before) else {
        return verbs(root, &before.join("/"));
    };
    let read = Source::read(&path, name.file()).ok();
    let Some((source, header)) =
        read.and_then(|source| read_header(&source).ok().map(|header| (source, header)))
    else {
        return Offer::none();
    };
    let mut command = verb::command(&name, &header, &|_| None);
    command.build();
    let of_arg = |arg: &Arg| {
        let id = arg.get_id().as_str();
        if matches!(id, "only" | "skip") {
            return Offer::plain(&step_names(root, &source));
        }
        let param = header.params.iter().find(|param| param.name == id);
        match param.and_then(|param| param.complete.as_deref()) {
            Some("services") => Offer::plain(&services_in_files(root)),
            Some("files") => Offer::Files,
            _ => Offer::none(),
        }
    };
    command::complete(&command, &before[words..], word, &of_arg)
}
