//! Arguments that are written out: their types and, for primitives, words of commands, options, times,
//! ids of steps, as their constants describe them.

use super::context::Context;
use crate::check::explain::forms_hint;
use crate::fault::Failure;
use crate::primitives::{
    Argument, Meaning, Opt, Primitive, Shape, Type, check_id, check_option, check_variable,
    conflict, duration, no_such_option, primitive, text_argument,
};
use crate::recipe::syntax::{each_call, is_closure};
use crate::run::Step;
use rhai::{Array, Dynamic, Engine, Expr, FnCallExpr, FnPtr, ImmutableString, Map, Position};
use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};

/// What one form of a function takes.
type Form = Vec<Taken>;

/// What an argument can be.
#[derive(Clone, Copy)]
struct Taken {
    value_type: TypeId,
    /// Documented as text: a number may stand for it, and what a dry run does not know, but
    /// nothing that holds other values.
    is_text: bool,
}

impl Taken {
    fn by_primitive(argument: &Argument) -> Self {
        let is_text = argument.value_type == Type::Text
            && matches!(
                argument.meaning,
                Meaning::Time | Meaning::Path | Meaning::Url
            );
        let value_type = match argument.value_type {
            _ if is_text => TypeId::of::<Dynamic>(),
            Type::Any => TypeId::of::<Dynamic>(),
            Type::Text => TypeId::of::<ImmutableString>(),
            Type::Bool => TypeId::of::<bool>(),
            Type::Int => TypeId::of::<i64>(),
            Type::Float => TypeId::of::<f64>(),
            Type::Array => TypeId::of::<Array>(),
            Type::Map => TypeId::of::<Map>(),
            Type::Closure => TypeId::of::<FnPtr>(),
            Type::Step => TypeId::of::<Step>(),
            Type::Nothing => TypeId::of::<()>(),
        };
        Self {
            value_type,
            is_text,
        }
    }

    /// `described` is `name: type`, as the function was registered.
    fn by_registration(value_type: TypeId, described: &str) -> Self {
        Self {
            value_type,
            is_text: described.ends_with(": string"),
        }
    }

    fn takes(&self, found: TypeId) -> bool {
        if self.value_type != TypeId::of::<Dynamic>() {
            return self.value_type == found;
        }
        let never = [
            TypeId::of::<Array>(),
            TypeId::of::<Map>(),
            TypeId::of::<FnPtr>(),
            TypeId::of::<bool>(),
            TypeId::of::<()>(),
        ];
        !(self.is_text && never.contains(&found))
    }
}

/// A function that the host registered.
struct Described {
    primitive: Option<&'static Primitive>,
    forms: Vec<Form>,
}

impl Described {
    /// `registered` are the forms, as far as the engine knows them.
    fn new(name: &str, registered: &[Form]) -> Self {
        let primitive = primitive(name);
        let taken = |form: &&[Argument]| form.iter().map(Taken::by_primitive).collect();
        Self {
            primitive,
            forms: primitive.map_or_else(
                || registered.to_owned(),
                |primitive| primitive.forms.iter().map(taken).collect(),
            ),
        }
    }
}

pub(super) fn check(context: &mut Context<'_>) {
    let mut called = BTreeSet::new();
    each_call(context.ast, |call, _| {
        if !context.defines(&call.name) {
            called.insert(call.name.to_string());
        }
    });
    let registered = forms(context.engine, &called, false);
    let described: BTreeMap<_, _> = registered
        .iter()
        .map(|(name, forms)| (name.as_str(), Described::new(name, forms)))
        .collect();
    let mut found = Vec::new();
    each_call(context.ast, |call, _| {
        let name = call.name.as_str();
        let Some(Described { primitive, forms }) = described.get(name) else {
            return;
        };
        let fits = |form: &&Form| form.len() == call.args.len();
        let forms: Vec<_> = forms.iter().filter(fits).collect();
        if forms.is_empty() {
            return;
        }
        let mut wrong: Vec<_> = wrong_type(call, &forms).into_iter().collect();
        if let (true, Some(primitive)) = (wrong.is_empty(), primitive) {
            by_meaning(primitive, call, &mut wrong);
        }
        found.extend(wrong.into_iter().map(|wrong| (name.to_owned(), wrong)));
    });
    if found.is_empty() {
        return;
    }
    // Listing Rhai's own functions takes a while, and is seldom needed.
    let all = forms(context.engine, &called, true);
    let types = |form: &Form| {
        form.iter()
            .map(|taken| taken.value_type)
            .collect::<Vec<_>>()
    };
    let is_of_host = |name: &str, form: &Form| {
        let of_host = registered.get(name).into_iter().flatten();
        of_host.map(types).any(|other| other == types(form))
    };
    let is_alone = |name: &str| {
        let mut forms = all.get(name).into_iter().flatten();
        forms.all(|form| is_of_host(name, form))
    };
    for (name, Wrong { message, at, hint }) in found {
        if !is_alone(&name) {
            continue;
        }
        let hint = match hint {
            Hint::Forms => forms_hint(context.engine, &name),
            Hint::Text(text) => Some(text),
            Hint::None => None,
        };
        context.problem(message, at, hint);
    }
}

/// Checks the arguments of a call, where all forms with as many give them the same meaning.
fn by_meaning(primitive: &Primitive, call: &FnCallExpr, found: &mut Vec<Wrong>) {
    let arity = call.args.len();
    let forms = || primitive.forms.iter().filter(|form| form.len() == arity);
    let Some(first) = forms().next() else {
        return;
    };
    for (index, (argument, value)) in first.iter().zip(&call.args).enumerate() {
        if forms().all(|form| form[index].meaning == argument.meaning) {
            check_argument(primitive, argument, value, call.args.get(index + 1), found);
        }
    }
}

/// Checks an argument as `primitive` itself would; `next` is the one after it.
fn check_argument(
    primitive: &Primitive,
    argument: &Argument,
    value: &Expr,
    next: Option<&Expr>,
    found: &mut Vec<Wrong>,
) {
    let name = primitive.name;
    let literal = |check: &dyn Fn(&Dynamic) -> Result<(), Failure>| {
        let literal = value.get_literal_value(None)?;
        Wrong::from_check(check(&literal), value.position())
    };
    let wrong = match argument.meaning {
        Meaning::Value => None,
        Meaning::Options => {
            check_options(name, primitive.options, value, found);
            None
        }
        Meaning::CommandLine | Meaning::Words => {
            let names_program = argument.meaning == Meaning::CommandLine;
            check_words(name, value, names_program, found);
            None
        }
        Meaning::Variable | Meaning::Variables => {
            check_variables(value, next, found);
            None
        }
        Meaning::StepId => match value {
            Expr::StringConstant(id, at) => Wrong::from_check(check_id(id), *at),
            _ => None,
        },
        Meaning::Time => {
            let what = format!("the {} of `{name}`", argument.name);
            literal(&|value| duration(&what, value).map(drop))
        }
        Meaning::Path => {
            literal(&|value| text_argument(&format!("the path of `{name}`"), value).map(drop))
        }
        Meaning::Url => {
            literal(&|value| text_argument(&format!("the URL of `{name}`"), value).map(drop))
        }
    };
    found.extend(wrong);
}

struct Wrong {
    message: String,
    at: Position,
    hint: Hint,
}

impl Wrong {
    /// What the primitive itself would say.
    fn from_check(checked: Result<(), Failure>, at: Position) -> Option<Self> {
        let Failure { message, hint, .. } = checked.err()?;
        let hint = hint.map_or(Hint::None, Hint::Text);
        Some(Self { message, at, hint })
    }
}

enum Hint {
    /// The forms there are.
    Forms,
    Text(String),
    None,
}

/// The forms of the functions with these names that the host registered, or of those and of Rhai's own.
fn forms(
    engine: &Engine,
    names: &BTreeSet<String>,
    with_rhai: bool,
) -> BTreeMap<String, Vec<Form>> {
    let forms = engine.collect_fn_metadata(
        None,
        |info| {
            let function = info.metadata;
            let name = names.get(function.name.as_str())?;
            let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic());
            let types = function.param_types.iter().zip(&function.params_info);
            let form: Form = types
                .map(|(id, described)| Taken::by_registration(*id, described))
                .collect();
            (is_word && form.len() == function.num_params).then(|| (name.clone(), form))
        },
        with_rhai,
    );
    let mut by_name = BTreeMap::<String, Vec<Form>>::new();
    for (name, form) in forms {
        by_name.entry(name).or_default().push(form);
    }
    by_name
}

/// The first argument that no form takes.
fn wrong_type(call: &FnCallExpr, forms: &[&Form]) -> Option<Wrong> {
    call.args.iter().enumerate().find_map(|(index, value)| {
        let (found, word) = written(value)?;
        let takes = |form: &&Form| form[index].takes(found);
        (!forms.iter().any(takes)).then(|| Wrong {
            message: format!("argument {} of `{}` cannot be {word}", index + 1, call.name),
            at: value.position(),
            hint: Hint::Forms,
        })
    })
}

/// The type of a value that is written out, and what it is called.
fn written(value: &Expr) -> Option<(TypeId, &'static str)> {
    Some(match value {
        Expr::StringConstant(..) | Expr::InterpolatedString(..) => {
            (TypeId::of::<ImmutableString>(), "text")
        }
        Expr::IntegerConstant(..) => (TypeId::of::<i64>(), "a whole number"),
        Expr::FloatConstant(..) => (TypeId::of::<f64>(), "a number"),
        Expr::BoolConstant(..) => (TypeId::of::<bool>(), "true or false"),
        Expr::CharConstant(..) => (TypeId::of::<char>(), "a character"),
        Expr::Unit(..) => (TypeId::of::<()>(), "nothing: ()"),
        Expr::Array(..) => (TypeId::of::<Array>(), "an array"),
        Expr::Map(..) => (TypeId::of::<Map>(), "a map"),
        closure if is_closure(closure) => (TypeId::of::<FnPtr>(), "a closure"),
        _ => return None,
    })
}

/// Options that `owner` does not have, and values that they do not take.
fn check_options(owner: &str, known: &[&[Opt]], value: &Expr, found: &mut Vec<Wrong>) {
    match value {
        Expr::Map(map, _) => {
            let is_given = |name: &str| {
                let mut pairs = map.0.iter();
                let pair = pairs.find(|(key, _)| key.as_str() == name);
                pair.is_some_and(|(_, value)| !matches!(value, Expr::Unit(_)))
            };
            if let Some((name, failure)) = conflict(owner, known, is_given) {
                let at = map.0.iter().find(|(key, _)| key.as_str() == name);
                let at = at.map_or(value.position(), |(key, _)| key.pos);
                found.extend(Wrong::from_check(Err(failure), at));
            }
            for (key, value) in &map.0 {
                let mut all = known.iter().copied().flatten();
                let Some(option) = all.find(|option| option.name == key.as_str()) else {
                    let (message, hint) = no_such_option(owner, known, key.as_str());
                    let (at, hint) = (key.pos, Hint::Text(hint));
                    found.push(Wrong { message, at, hint });
                    continue;
                };
                match (option.shape, value) {
                    (Shape::Own { keys, .. }, Expr::Map(..)) if !keys.is_empty() => {
                        let owner = format!("{owner}.{}", option.name);
                        check_options(&owner, &[keys], value, found);
                    }
                    _ => {
                        let literal = value.get_literal_value(None);
                        found.extend(literal.and_then(|literal| {
                            let checked = check_option(owner, option, &literal);
                            Wrong::from_check(checked, value.position())
                        }));
                    }
                }
            }
        }
        // `common + #{ more: … }`
        Expr::FnCall(call, _) if call.is_operator_call() && call.name.as_str() == "+" => {
            for side in &call.args {
                check_options(owner, known, side, found);
            }
        }
        _ => {}
    }
}

/// Names that no variable can have, and values that none can have.
fn check_variables(name: &Expr, value: Option<&Expr>, found: &mut Vec<Wrong>) {
    let mut check = |key: &str, key_at: Position, value: &Expr| {
        // What is known only in the run may be any text; it is the name that can be wrong.
        let known = value.get_literal_value(None);
        let value_at = value.position();
        let text = Dynamic::from("");
        let name = Wrong::from_check(check_variable(key, &text), key_at);
        let value =
            known.and_then(|known| Wrong::from_check(check_variable(key, &known), value_at));
        found.extend(name.or(value));
    };
    match (name, value) {
        (Expr::Map(map, _), _) => {
            for (key, value) in &map.0 {
                check(key.as_str(), key.pos, value);
            }
        }
        (Expr::StringConstant(key, at), Some(value)) => check(key, *at, value),
        _ => {}
    }
}

/// Words that cannot be words, and a command without a program.
fn check_words(primitive: &str, value: &Expr, names_program: bool, found: &mut Vec<Wrong>) {
    let Expr::Array(words, at) = value else {
        return;
    };
    let mut wrong = |message: String, at: Position, hint: Hint| {
        found.push(Wrong { message, at, hint });
    };
    let is_empty = match words.first() {
        None => true,
        Some(Expr::StringConstant(first, _)) => first.is_empty(),
        Some(_) => false,
    };
    if names_program && is_empty {
        let message = format!("`{primitive}` was given no program to run");
        wrong(message, *at, Hint::None);
    }
    for (index, word) in words.iter().enumerate() {
        let what = match word {
            Expr::Unit(_) => "nothing: ()",
            Expr::Array(..) => "an array",
            Expr::Map(..) => "a map",
            _ => continue,
        };
        let message = format!("word {index} of `{primitive}` is {what}, not text");
        let hint = "arguments are arrays of words: [\"up\", \"-d\"]".to_owned();
        wrong(message, word.position(), Hint::Text(hint));
    }
}
