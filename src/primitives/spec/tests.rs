//! The constants of primitives agree with the functions that are registered, and with each other.

use super::*;
use crate::primitives::api::Api;
use crate::primitives::families::{FAMILIES, primitive, primitives, register};
use crate::process::Token;
use crate::run::{Options, Params, Reporter, Run};
use rhai::{Array, Engine, FnPtr, ImmutableString, Map};
use std::any::TypeId;
use std::collections::BTreeSet;
use std::sync::Arc;

fn run() -> Arc<Run> {
    Arc::new(Run::new(
        "/".into(),
        "test".to_owned(),
        Params::default(),
        Options::default(),
        Arc::new(Reporter::default()),
        Arc::new(Token::default()),
        |_, _, _, _, _| Vec::new(),
    ))
}

/// True if a function that takes or returns `id` can be said to take or return `value_type`.
fn fits(value_type: Type, id: TypeId) -> bool {
    let any = TypeId::of::<Dynamic>();
    let types = match value_type {
        Type::Text => vec![
            TypeId::of::<ImmutableString>(),
            TypeId::of::<String>(),
            TypeId::of::<&'static str>(),
        ],
        Type::Array => vec![TypeId::of::<Array>()],
        Type::Map => vec![TypeId::of::<Map>()],
        Type::Closure => vec![TypeId::of::<FnPtr>()],
        Type::Bool => vec![TypeId::of::<bool>()],
        Type::Nothing => vec![TypeId::of::<()>()],
        Type::Step => vec![TypeId::of::<crate::run::Step>()],
        Type::Int => vec![TypeId::of::<i64>()],
        Type::Float => vec![TypeId::of::<f64>()],
        Type::Any => vec![any],
    };
    types.contains(&id)
}

/// As [`fits`], for an argument: where a value that a dry run does not know may stand for text, or a
/// number for a time, the function takes any.
fn takes(argument: &Argument, id: TypeId) -> bool {
    match (argument.value_type, argument.meaning) {
        (Type::Text, Meaning::Path | Meaning::Url) => id == TypeId::of::<Dynamic>(),
        (Type::Text, Meaning::Time) if id == TypeId::of::<Dynamic>() => true,
        (value_type, _) => fits(value_type, id),
    }
}

#[test]
fn every_form_has_a_function_that_takes_what_it_says() {
    let mut engine = Engine::new_raw();
    register(&mut engine, &run());
    let mut documented: Vec<(&str, Form)> = primitives()
        .flat_map(|primitive| primitive.forms.iter().map(|form| (primitive.name, *form)))
        .collect();
    assert!(documented.len() > 40, "{}", documented.len());
    let functions = engine.collect_fn_metadata(
        None,
        |info| {
            let function = info.metadata;
            let names = function.params_info.iter().map(ToString::to_string);
            let types = function.param_types.to_vec();
            let params: Vec<_> = names.zip(types).collect();
            Some((function.name.to_string(), params))
        },
        false,
    );
    for (name, params) in functions {
        let found = documented.iter().position(|(other, form)| {
            *other == name
                && form.len() == params.len()
                && form
                    .iter()
                    .zip(&params)
                    .all(|(argument, (name, id))| argument.name == name && takes(argument, *id))
        });
        let found = found.unwrap_or_else(|| panic!("`{name}` is registered otherwise: {params:?}"));
        documented.swap_remove(found);
    }
    let missing: Vec<_> = documented.iter().map(|(name, _)| name).collect();
    assert!(missing.is_empty(), "no function is registered: {missing:?}");
}

#[test]
fn every_function_returns_what_its_primitive_says() {
    let (mut engine, run) = (Engine::new_raw(), run());
    let mut checked = 0;
    for family in &FAMILIES {
        let mut api = Api::new(&mut engine, &run);
        for register in family.register {
            register(&mut api);
        }
        for (primitive, returned) in &api.returned {
            // Instead of a value, a dry run may return one that is not known.
            let unknown =
                primitive.returns != Type::Nothing && *returned == TypeId::of::<Dynamic>();
            assert!(
                unknown || fits(primitive.returns, *returned),
                "`{}` does not return {:?}",
                primitive.name,
                primitive.returns
            );
            checked += 1;
        }
        let registered = api.returned.iter().map(|(primitive, _)| primitive.name);
        let listed = family.primitives.iter().map(|primitive| primitive.name);
        assert_eq!(
            registered.collect::<BTreeSet<_>>(),
            listed.collect::<BTreeSet<_>>()
        );
    }
    assert!(checked > 40, "{checked}");
}

#[test]
fn every_primitive_is_described_once_and_whole() {
    let mut names = BTreeSet::new();
    for one in primitives() {
        let name = one.name;
        assert!(names.insert(name), "two primitives are called `{name}`");
        assert_eq!(primitive(name).map(|found| found.docs), Some(one.docs));
        assert!(!one.forms.is_empty(), "{name}");
        let summary = one.summary();
        assert!(summary.ends_with('.'), "{name}: {summary:?}");
        for key in one.keys {
            assert!(one.docs.contains(key), "{name} does not document `{key}`");
        }
        let takes_options = one.forms.iter().any(|form| {
            form.iter()
                .any(|argument| argument.meaning == Meaning::Options)
        });
        assert_eq!(takes_options, one.options().count() > 0, "{name}");
        let mut keys = BTreeSet::new();
        for option in one.options() {
            let key = option.name;
            assert!(keys.insert(key), "{name} has two options `{key}`");
            let is_sentence = option.help.ends_with('.') && !option.help.contains('\n');
            assert!(is_sentence, "{name}, {key}: {:?}", option.help);
        }
    }
}

#[test]
fn the_effects_by_words_have_examples_that_differ() {
    let mut rules = 0;
    for primitive in primitives() {
        let EffectRule::ByWords { .. } = primitive.effect else {
            continue;
        };
        let effects = primitive.effect.examples();
        for effect in [Effect::Reads, Effect::Changes, Effect::Destroys] {
            let name = primitive.name;
            assert!(
                effects.iter().any(|(_, found)| *found == effect),
                "{name} has no example of a command that {}",
                effect.name()
            );
        }
        rules += 1;
    }
    assert_eq!(rules, 3);
}

#[test]
fn a_summary_is_the_first_sentence_on_one_line() {
    let rows = [
        ("Does it. Well.\n\nReads.", "Does it."),
        ("Does\nit well.\n\nReads.", "Does it well."),
        ("Writes `a.b` once.", "Writes `a.b` once."),
    ];
    for (docs, expected) in rows {
        let primitive = Primitive {
            docs,
            ..Primitive::BASE
        };
        assert_eq!(primitive.summary(), expected);
    }
}

#[test]
fn signatures_name_types_and_leave_out_nothing() {
    const FORMS: &[Form] = &[
        &[],
        &[Argument::plain("text", Type::Text), Argument::OPTIONS],
    ];
    let signatures = |returns| {
        let primitive = Primitive {
            name: "it",
            forms: FORMS,
            returns,
            ..Primitive::BASE
        };
        primitive.signatures().collect::<Vec<_>>()
    };
    let nothing = ["it()", "it(text: string, opts: map)"];
    assert_eq!(signatures(Type::Nothing), nothing);
    let number = ["it() -> int", "it(text: string, opts: map) -> int"];
    assert_eq!(signatures(Type::Int), number);
}
