//! What is said of the primitives is what Rust registered.

use super::*;
use crate::process::Token;
use crate::run::{Options, Reporter};
use rhai::{Array, Dynamic, FnPtr, ImmutableString, Map};
use std::any::TypeId;

fn run() -> Arc<Run> {
    Arc::new(Run::new(
        "/".into(),
        "test".to_owned(),
        serde_json::Value::Null,
        Options::default(),
        Arc::new(Reporter::default()),
        Arc::new(Token::default()),
        |_, _, _, _, _| Vec::new(),
    ))
}

/// True if a function that takes `id` can be said to take `of`.
fn is(of: &str, id: TypeId) -> bool {
    let any = TypeId::of::<Dynamic>();
    let types = match of {
        "string" => vec![
            TypeId::of::<ImmutableString>(),
            TypeId::of::<String>(),
            TypeId::of::<&'static str>(),
            // What a dry run does not know may stand for text.
            any,
        ],
        "array" => vec![TypeId::of::<Array>()],
        "map" => vec![TypeId::of::<Map>()],
        "closure" => vec![TypeId::of::<FnPtr>()],
        "bool" => vec![TypeId::of::<bool>()],
        "()" => vec![TypeId::of::<()>()],
        "Step" => vec![TypeId::of::<crate::run::Step>()],
        "int" => vec![TypeId::of::<i64>()],
        "float" => vec![TypeId::of::<f64>()],
        "any" => vec![any],
        _ => vec![],
    };
    types.contains(&id)
}

#[test]
fn every_signature_is_the_one_of_the_function() {
    let mut engine = Engine::new_raw();
    let run = run();
    crate::primitives::register(&mut engine, &run);
    let mut documented: Vec<(String, Vec<String>)> = families(&run)
        .into_iter()
        .flat_map(|family| family.primitives)
        .flat_map(|primitive| {
            let name = primitive.name;
            let overloads = primitive.overloads.into_iter();
            overloads.map(move |overload| {
                let types = overload.params.into_iter().map(|param| param.of);
                (name.clone(), types.collect())
            })
        })
        .collect();
    assert!(documented.len() > 40, "{documented:?}");
    let functions = engine.collect_fn_metadata(
        None,
        |info| {
            let function = info.metadata;
            Some((function.name.to_string(), function.param_types.to_vec()))
        },
        false,
    );
    for (name, types) in functions {
        let found = documented.iter().position(|(other, declared)| {
            *other == name
                && declared.len() == types.len()
                && declared.iter().zip(&types).all(|(of, id)| is(of, *id))
        });
        let found = found.unwrap_or_else(|| panic!("`{name}` is registered otherwise: {types:?}"));
        documented.swap_remove(found);
    }
    assert_eq!(documented, [], "these are no functions");
}

#[test]
fn every_primitive_returns_what_it_says() {
    let (mut engine, run) = (Engine::new_raw(), run());
    let mut checked = 0;
    for register in FAMILIES.iter().flat_map(|(_, _, all)| *all) {
        for Registered {
            name,
            params,
            returned,
            ..
        } in Api::list(&mut engine, &run, register)
        {
            let of = params.last().unwrap();
            // Instead of a value a dry run may give one that is not known.
            let good = is(of, returned) || (of != "()" && returned == TypeId::of::<Dynamic>());
            assert!(good, "`{name}` does not return {of}");
            checked += 1;
        }
    }
    assert!(checked > 40, "{checked}");
}

#[test]
fn every_primitive_says_what_it_does() {
    for family in families(&run()) {
        for primitive in family.primitives {
            let Primitive { name, summary, .. } = &primitive;
            assert!(summary.ends_with('.'), "{name}: {summary:?}");
            assert!(
                !primitive.docs.contains("- `"),
                "{name}: {}",
                primitive.docs
            );
            let takes_options = primitive
                .overloads
                .iter()
                .any(|overload| overload.params.iter().any(|param| param.name == "opts"));
            assert_eq!(takes_options, !primitive.options.is_empty(), "{name}");
        }
    }
}

#[test]
fn options_and_their_continued_lines_are_read() {
    let lines = [
        "Does it. Well.",
        "",
        "Options:",
        "- `a: map`, required: one",
        "  and more.",
        "- `b: int`: two.",
        "",
        "Reads.",
    ];
    let (docs, options) = split(&lines);
    assert_eq!(docs, "Does it. Well.\n\nReads.");
    let option = |name: &str, of: &str, required, help: &str| Opt {
        name: name.to_owned(),
        of: of.to_owned(),
        required,
        help: help.to_owned(),
    };
    let expected = [
        option("a", "map", true, "one and more."),
        option("b", "int", false, "two."),
    ];
    assert_eq!(options, expected);
    assert_eq!(first_sentence(&docs), "Does it.");
}
