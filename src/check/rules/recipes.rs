//! Checks calls of other recipes by a literal name.

use super::context::Context;
use crate::fault::did_you_mean;
use crate::primitives::param_value;
use crate::recipe::syntax::each_call;
use crate::recipe::{Catalog, Param, RecipeName, Source, read_header};
use rhai::{Dynamic, Expr, Position};

/// A parameter in a call: its name, the position of the name, and the value with its position if it
/// is a literal.
type Given = (String, Position, Option<(Dynamic, Position)>);

/// A call: the name, its position, and the parameters if they are a map literal.
type Called = (String, Position, Option<Vec<Given>>);

pub(super) fn check(context: &mut Context<'_>) {
    if context.defines("recipe") {
        return;
    }
    let mut found: Vec<Called> = Vec::new();
    each_call(context.ast, |call, _| {
        if call.name.as_str() != "recipe" {
            return;
        }
        if let Some(Expr::StringConstant(name, at)) = call.args.first() {
            let params = match call.args.get(1) {
                None => Some(Vec::new()),
                Some(Expr::Map(map, _)) => Some(
                    map.0
                        .iter()
                        .map(|(key, value)| {
                            let written = value.get_literal_value(None);
                            let written = written.map(|written| (written, value.position()));
                            (key.as_str().to_owned(), key.pos, written)
                        })
                        .collect(),
                ),
                Some(_) => None,
            };
            found.push((name.to_string(), *at, params));
        }
    });
    for (name, at, given) in found {
        check_call(context, &name, at, given);
    }
}

fn check_call(context: &mut Context<'_>, name: &str, at: Position, given: Option<Vec<Given>>) {
    let found = match RecipeName::find(context.root, &[name.to_owned()]) {
        Ok(Some(found)) => found,
        Ok(None) => {
            let catalog = Catalog::read(context.root);
            let hint = did_you_mean(name, catalog.names());
            context.problem(format!("there is no recipe `{name}`"), at, hint);
            return;
        }
        Err(error) => {
            context.problem(error.to_string(), at, error.hint().map(str::to_owned));
            return;
        }
    };
    if found.name.file() == context.source.file {
        context.problem(format!("the recipe `{name}` calls itself"), at, None);
        return;
    }
    // Checking that recipe reports it if it is broken.
    let Some(header) = Source::read(&found.path, found.name.file())
        .ok()
        .and_then(|source| read_header(&source).ok())
    else {
        return;
    };
    let Some(given) = given else { return };
    let known: Vec<_> = header.params.iter().map(Param::constant).collect();
    for (key, at, _) in &given {
        if !known.contains(key) {
            let hint = match did_you_mean(key, known.iter().map(String::as_str)) {
                Some(hint) => hint,
                None if known.is_empty() => "it has none".to_owned(),
                None => format!("parameters are {}", known.join(", ")),
            };
            let message = format!("the recipe `{name}` has no parameter `{key}`");
            context.problem(message, *at, Some(hint));
        }
    }
    for param in &header.params {
        let constant = param.constant();
        let (value, at) = match given.iter().find(|(key, ..)| *key == constant) {
            Some((.., Some((value, at)))) => (Some(value.clone()), *at),
            Some((.., None)) => continue,
            None => (None, at),
        };
        if let Err(wrong) = param_value(name, param, value) {
            context.problem(wrong.message, at, wrong.hint);
        }
    }
}
