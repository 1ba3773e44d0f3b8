//! Expressions as a person would say them: what is written out as it is, the rest as `‹name›`.

use super::file::File;
use crate::primitives::{is_secret, without_password};
use crate::process::quote;
use rhai::{Expr, Namespace};
use std::collections::BTreeMap;

/// What is known of names: parameters of the function, variables.
pub type Known = BTreeMap<String, Value>;

/// What is known of a value.
#[derive(Debug, Clone)]
pub struct Value {
    /// As far as it is written out.
    pub text: String,
    /// It is an array.
    pub is_list: bool,
}

/// Writes expressions of a file.
#[derive(Clone, Copy)]
pub struct Writer<'a> {
    /// The file.
    pub file: &'a File,
    /// What is known of names.
    pub known: &'a Known,
}

impl Writer<'_> {
    /// What is known of the value of `expr`.
    pub fn value(self, expr: &Expr) -> Value {
        let is_list = self.is_list(expr);
        let text = if is_list {
            self.words(expr)
        } else {
            self.text(expr)
        };
        Value { text, is_list }
    }

    /// As words of a command line.
    pub fn words(self, expr: &Expr) -> String {
        match expr {
            Expr::Array(words, _) => {
                let words: Vec<_> = words.iter().map(|word| self.words(word)).collect();
                words.join(" ")
            }
            Expr::StringConstant(..) | Expr::InterpolatedString(..) => word(&self.text(expr)),
            Expr::Variable(..) if !self.is_list(expr) => {
                let text = self.text(expr);
                let is_word = !(text.contains('‹') || text.starts_with(['#', '[']));
                if is_word {
                    word(&text)
                } else {
                    one_line(&text)
                }
            }
            _ => match sum(expr) {
                Some((left, right)) if self.is_list(left) || self.is_list(right) => {
                    let both = [self.words(left), self.words(right)];
                    both.join(" ").trim_end().to_owned()
                }
                Some(_) if is_text(expr) => word(&self.text(expr)),
                _ => one_line(&self.text(expr)),
            },
        }
    }

    fn is_list(self, expr: &Expr) -> bool {
        match expr {
            Expr::Array(..) => true,
            Expr::Variable(variable, ..) if variable.2.is_empty() => {
                let known = self.known.get(variable.1.as_str());
                known.is_some_and(|value| value.is_list)
            }
            _ => sum(expr).is_some_and(|(left, right)| self.is_list(left) || self.is_list(right)),
        }
    }

    /// As text.
    pub fn text(self, expr: &Expr) -> String {
        if let Some((left, right)) = sum(expr) {
            let between = if is_text(expr) { "" } else { " + " };
            return format!("{}{between}{}", self.text(left), self.text(right));
        }
        match expr {
            Expr::StringConstant(text, _) => without_password(text),
            Expr::InterpolatedString(parts, _) => {
                parts.iter().map(|part| self.text(part)).collect()
            }
            Expr::BoolConstant(value, _) => value.to_string(),
            Expr::IntegerConstant(value, _) => value.to_string(),
            Expr::FloatConstant(value, _) => value.to_string(),
            Expr::Array(items, _) => {
                let items: Vec<_> = items.iter().map(|item| self.words(item)).collect();
                format!("[{}]", items.join(", "))
            }
            Expr::Map(map, _) => {
                let pair = |(key, value): &(rhai::Ident, Expr)| {
                    let written = matches!(value, Expr::StringConstant(..));
                    let value = if written && is_secret(key.as_str()) {
                        "***".to_owned()
                    } else {
                        self.words(value)
                    };
                    format!("{}: {value}", key.as_str())
                };
                let pairs: Vec<_> = map.0.iter().map(pair).collect();
                format!("#{{ {} }}", pairs.join(", "))
            }
            Expr::Unit(_) => "()".to_owned(),
            // A block of one expression is what `${…}` and captured variables are made of.
            Expr::Stmt(block) => match block.statements() {
                [rhai::Stmt::Expr(expr)] => self.text(expr),
                _ => "‹…›".to_owned(),
            },
            Expr::Variable(variable, ..) => self.variable(alias(&variable.2), &variable.1),
            other => name(other).map_or_else(|| "‹…›".to_owned(), |name| format!("‹{name}›")),
        }
    }

    fn variable(self, alias: &str, name: &str) -> String {
        let found = match alias {
            "" => {
                let known = self.known.get(name).map(|value| &value.text);
                known.or_else(|| self.file.constants.get(name))
            }
            "global" => self.file.constants.get(name),
            alias => {
                let imported = self.file.imports.get(alias);
                imported.and_then(|file| file.constants.get(name))
            }
        };
        let known = || match alias {
            "" => format!("‹{name}›"),
            alias => format!("‹{alias}::{name}›"),
        };
        found.cloned().unwrap_or_else(known)
    }
}

/// The two sides of a `+`.
fn sum(expr: &Expr) -> Option<(&Expr, &Expr)> {
    match expr {
        Expr::FnCall(call, _) if call.name == "+" => match call.args.as_slice() {
            [left, right] => Some((left, right)),
            _ => None,
        },
        _ => None,
    }
}

/// True for text, and for what text is added to.
fn is_text(expr: &Expr) -> bool {
    match expr {
        Expr::StringConstant(..) | Expr::InterpolatedString(..) => true,
        _ => sum(expr).is_some_and(|(left, right)| is_text(left) || is_text(right)),
    }
}

/// A word of a command line, quoted where that is needed.
fn word(text: &str) -> String {
    let line = without_password(&one_line(text));
    if line.contains('‹') && !line.contains(char::is_whitespace) {
        line
    } else {
        quote(&line)
    }
}

/// The first line that says something.
fn one_line(text: &str) -> String {
    let text = text.trim_start_matches(char::is_whitespace);
    match text.split_once('\n') {
        Some((first, _)) => format!("{} …", first.trim_end()),
        None => text.to_owned(),
    }
}

/// What stands before `::`; nothing if that is not there.
pub fn alias(namespace: &Namespace) -> &str {
    if namespace.is_empty() {
        ""
    } else {
        namespace.root()
    }
}

/// What an expression is called, if it is made of names.
fn name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Variable(variable, ..) => Some(variable.1.to_string()),
        Expr::Property(property, _) => Some(property.2.to_string()),
        Expr::Dot(pair, ..) => Some(format!("{}.{}", name(&pair.lhs)?, name(&pair.rhs)?)),
        Expr::Index(pair, ..) => Some(format!("{}[{}]", name(&pair.lhs)?, index(&pair.rhs)?)),
        Expr::FnCall(call, _) | Expr::MethodCall(call, _) if !call.is_operator_call() => {
            let of = alias(&call.namespace);
            let of = if of.is_empty() {
                String::new()
            } else {
                format!("{of}::")
            };
            let arguments = if call.args.is_empty() { "" } else { "…" };
            Some(format!("{of}{}({arguments})", call.name))
        }
        _ => None,
    }
}

fn index(expr: &Expr) -> Option<String> {
    match expr {
        Expr::StringConstant(text, _) => Some(format!("{:?}", text.as_str())),
        Expr::IntegerConstant(value, _) => Some(value.to_string()),
        other => name(other),
    }
}
