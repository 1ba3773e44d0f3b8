//! Expressions as text, as far as they are literal.

use crate::primitives::without_password;
use rhai::Expr;
use std::collections::BTreeMap;

/// Stands for a value that is known only in a run.
const UNKNOWN: &str = "‹…›";

/// The text of `value`. `constants` are those of the file, by name.
pub(super) fn text(value: &Expr, constants: &BTreeMap<String, String>) -> String {
    let part = |value| text(value, constants);
    match value {
        Expr::StringConstant(text, _) => without_password(text),
        Expr::InterpolatedString(parts, _) => parts.iter().map(part).collect(),
        Expr::BoolConstant(value, _) => value.to_string(),
        Expr::IntegerConstant(value, _) => value.to_string(),
        Expr::FloatConstant(value, _) => value.to_string(),
        Expr::Array(items, _) => {
            let items: Vec<_> = items.iter().map(part).collect();
            items.join(", ")
        }
        Expr::Map(map, _) => {
            let pairs = map.0.iter();
            let pairs: Vec<_> = pairs
                .map(|(key, value)| format!("{} {}", key.as_str(), part(value)))
                .collect();
            pairs.join(", ")
        }
        // Interpolation makes a block of each `${…}`.
        Expr::Stmt(block) => match block.statements() {
            [rhai::Stmt::Expr(value)] => part(value),
            _ => UNKNOWN.to_owned(),
        },
        Expr::Variable(variable, ..) => {
            let name = variable.1.as_str();
            let is_constant = variable.2.is_empty() || variable.2.root() == "global";
            match constants.get(name).filter(|_| is_constant) {
                Some(text) => without_password(text),
                None => format!("‹{name}›"),
            }
        }
        _ => UNKNOWN.to_owned(),
    }
}
