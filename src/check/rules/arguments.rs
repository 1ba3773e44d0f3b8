//! Arguments of primitives that are written out: their types, words of commands, names of options,
//! times, ids of steps.

use super::context::Context;
use crate::check::explain::forms_hint;
use crate::fault::Failure;
use crate::primitives::{
    check_id, check_option, check_variable, duration, no_such_option, options, text_argument,
};
use crate::recipe::syntax::{each_call, is_closure};
use rhai::{Array, Dynamic, Engine, Expr, FnCallExpr, FnPtr, ImmutableString, Map, Position};
use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};

/// What one form of a primitive takes.
type Form = Vec<Taken>;

/// What an argument can be.
struct Taken {
    value_type: TypeId,
    name: String,
    /// Documented as text: a number may stand for it, and what a dry run does not know, but
    /// nothing that holds others.
    is_text: bool,
}

impl Taken {
    /// `told` is `name: type`, as primitives are documented.
    fn of(value_type: TypeId, told: &str) -> Self {
        let (name, word) = told.split_once(':').unwrap_or((told, ""));
        Self {
            value_type,
            name: name.trim().to_owned(),
            is_text: word.trim() == "string",
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

pub(super) fn check(context: &mut Context<'_>) {
    let mut called = BTreeSet::new();
    each_call(context.ast, |call, _| {
        if !context.defines(&call.name) {
            called.insert(call.name.to_string());
        }
    });
    let primitives = forms(context.engine, &called, false);
    let mut found = Vec::new();
    each_call(context.ast, |call, _| {
        let name = call.name.as_str();
        let forms = primitives.get(name).map(Vec::as_slice).unwrap_or_default();
        let fits = |form: &&Form| form.len() == call.args.len();
        let forms: Vec<_> = forms.iter().filter(fits).collect();
        if forms.is_empty() {
            return;
        }
        if let Some(wrong) = wrong_type(call, &forms) {
            found.push((name.to_owned(), wrong));
            return;
        }
        if name == "env_set" {
            variables(&call.args, &mut found);
        }
        for (index, value) in call.args.iter().enumerate() {
            let is = |what: &str| forms.iter().all(|form| form[index].name == what);
            if is("opts") {
                options_of(name, value, &mut found);
            } else if is("argv") || is("args") {
                words(name, value, is("argv"), &mut found);
            } else if let Some(literal) = value.get_literal_value(None) {
                let checked = if let (true, Expr::StringConstant(text, _)) = (is("id"), value) {
                    check_id(text)
                } else if let Some(time) =
                    ["timeout", "pause", "time"].into_iter().find(|it| is(it))
                {
                    duration(&format!("the {time} of `{name}`"), &literal).map(drop)
                } else if is("path") || is("url") {
                    let what = if is("path") { "path" } else { "URL" };
                    text_argument(&format!("the {what} of `{name}`"), &literal).map(drop)
                } else {
                    Ok(())
                };
                let wrong = Wrong::of(checked, value.position());
                found.extend(wrong.map(|wrong| (name.to_owned(), wrong)));
            }
        }
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
    let is_ours = |name: &str, form: &Form| {
        let ours = primitives.get(name).into_iter().flatten();
        ours.map(types).any(|ours| ours == types(form))
    };
    let is_alone = |name: &str| {
        let mut forms = all.get(name).into_iter().flatten();
        forms.all(|form| is_ours(name, form))
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

struct Wrong {
    message: String,
    at: Position,
    hint: Hint,
}

impl Wrong {
    /// What the primitive itself would say.
    fn of(checked: Result<(), Failure>, at: Position) -> Option<Self> {
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

/// The forms of the primitives with these names, or of those and of Rhai's functions.
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
            let form: Form = types.map(|(id, told)| Taken::of(*id, told)).collect();
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

/// Options that the primitive does not have.
fn options_of(primitive: &str, value: &Expr, found: &mut Vec<(String, Wrong)>) {
    let Some(known) = options(primitive) else {
        return;
    };
    match value {
        Expr::Map(map, _) => {
            for (key, value) in &map.0 {
                if !known.contains(&key.as_str()) {
                    let (message, hint) = no_such_option(primitive, key.as_str());
                    let (at, hint) = (key.pos, Hint::Text(hint));
                    found.push((primitive.to_owned(), Wrong { message, at, hint }));
                } else if let ("step", "retry", Expr::Map(..)) = (primitive, key.as_str(), value) {
                    options_of("step.retry", value, found);
                } else if let Some(literal) = value.get_literal_value(None) {
                    let checked = check_option(primitive, key.as_str(), &literal);
                    let wrong = Wrong::of(checked, value.position());
                    found.extend(wrong.map(|wrong| (primitive.to_owned(), wrong)));
                }
            }
        }
        // `common + #{ more: … }`
        Expr::FnCall(call, _) if call.is_operator_call() && call.name.as_str() == "+" => {
            for side in &call.args {
                options_of(primitive, side, found);
            }
        }
        _ => {}
    }
}

/// Names that no variable has, and values that are none.
fn variables(args: &[Expr], found: &mut Vec<(String, Wrong)>) {
    let mut check = |key: &str, key_at: Position, value: &Expr| {
        // What is known only in the run may be any text; it is the name that can be wrong.
        let known = value.get_literal_value(None);
        let value_at = value.position();
        let text = Dynamic::from("");
        let name = Wrong::of(check_variable(key, &text), key_at);
        let value = known.and_then(|known| Wrong::of(check_variable(key, &known), value_at));
        found.extend(name.or(value).map(|wrong| ("env_set".to_owned(), wrong)));
    };
    match args {
        [Expr::Map(map, _)] => {
            for (key, value) in &map.0 {
                check(key.as_str(), key.pos, value);
            }
        }
        [Expr::StringConstant(key, at), value] => check(key, *at, value),
        _ => {}
    }
}

/// Words that cannot be words, and a command without a program.
fn words(primitive: &str, value: &Expr, names_a_program: bool, found: &mut Vec<(String, Wrong)>) {
    let Expr::Array(words, at) = value else {
        return;
    };
    let mut wrong = |message: String, at: Position, hint: Hint| {
        found.push((primitive.to_owned(), Wrong { message, at, hint }));
    };
    let is_empty = match words.first() {
        None => true,
        Some(Expr::StringConstant(first, _)) => first.is_empty(),
        Some(_) => false,
    };
    if names_a_program && is_empty {
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
