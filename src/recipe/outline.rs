//! Outlines a file of recipes: its functions, constants and imports.

use super::Source;
use super::engine::parse_alone;
use super::imports::imports;
use super::syntax::{ConstantSyntax, constants};
use crate::fault::Diagnostic;
use rhai::{AST, Expr, FnAccess};
use std::collections::BTreeMap;

/// The outline of a file.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    /// The public functions, sorted by name.
    pub functions: Vec<Function>,
    /// The constants at the top level.
    pub constants: Vec<Constant>,
    /// The imports whose path is a literal: alias and path.
    pub imports: Vec<(String, String)>,
}

/// A function of a recipe.
#[derive(Debug)]
pub(crate) struct Function {
    /// The name that importers call it by.
    pub name: String,
    /// The names of its parameters.
    pub params: Vec<String>,
    /// The lines of its doc comment, each with its `///`.
    pub docs: Vec<String>,
}

/// A constant of a recipe.
#[derive(Debug, Clone)]
pub(crate) struct Constant {
    /// The name, without `global::` or an alias.
    pub name: String,
    /// Importers of the file can use it.
    pub exported: bool,
    /// The type of its value as recipes name it; `any` if the value is not a literal.
    pub of: &'static str,
}

impl Outline {
    /// Outlines `source`. Fails if it does not parse.
    pub(crate) fn read(source: &Source) -> Result<Self, Diagnostic> {
        let ast = parse_alone(source)?;
        Ok(Self {
            functions: functions(&ast),
            constants: constants(&ast)
                .map(|constant| Constant {
                    name: constant.name.to_owned(),
                    exported: constant.is_exported,
                    of: type_of(constant.value),
                })
                .collect(),
            imports: imports(&ast)
                .into_iter()
                .filter_map(|(alias, path, _)| Some((alias, path?)))
                .collect(),
        })
    }
}

/// The constants of `ast` that are literal strings or integers, as text.
pub(crate) fn constant_texts(ast: &AST) -> BTreeMap<String, String> {
    let text = |constant: ConstantSyntax<'_>| {
        let text = match constant.value {
            Expr::StringConstant(text, _) => text.to_string(),
            Expr::IntegerConstant(value, _) => value.to_string(),
            _ => return None,
        };
        Some((constant.name.to_owned(), text))
    };
    constants(ast).filter_map(text).collect()
}

fn functions(ast: &AST) -> Vec<Function> {
    let named = ast
        .iter_functions()
        .filter(|function| function.access == FnAccess::Public && !function.name.contains('$'));
    let mut functions: Vec<_> = named
        .map(|function| Function {
            name: function.name.to_owned(),
            params: function.params.iter().map(ToString::to_string).collect(),
            docs: function
                .comments
                .iter()
                .flat_map(|comment| comment.lines())
                .map(|line| line.trim().to_owned())
                .collect(),
        })
        .collect();
    functions.sort_by(|a, b| (&a.name, a.params.len()).cmp(&(&b.name, b.params.len())));
    functions
}

fn type_of(value: &Expr) -> &'static str {
    match value {
        Expr::StringConstant(..) | Expr::InterpolatedString(..) => "string",
        Expr::IntegerConstant(..) => "int",
        Expr::FloatConstant(..) => "float",
        Expr::BoolConstant(..) => "bool",
        Expr::Array(..) => "array",
        Expr::Map(..) => "map",
        _ => "any",
    }
}
