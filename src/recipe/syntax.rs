//! Queries on Rhai's syntax tree: calls, constants, functions, closures, keys of maps.

use rhai::{AST, ASTFlags, ASTNode, Expr, FnCallExpr, Position, Stmt};
use std::collections::BTreeSet;

/// The function call at `node` and its position; `None` for other nodes, method calls included.
pub(crate) fn function_call<'a>(node: &'a ASTNode<'_>) -> Option<(&'a FnCallExpr, Position)> {
    match node {
        ASTNode::Expr(Expr::FnCall(call, at)) | ASTNode::Stmt(Stmt::FnCall(call, at)) => {
            Some((call, *at))
        }
        _ => None,
    }
}

/// The names of all functions and methods that `ast` calls.
pub(crate) fn called_names(ast: &AST) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        let call = match path.last() {
            Some(ASTNode::Expr(Expr::MethodCall(call, _))) => Some(&**call),
            Some(node) => function_call(node).map(|(call, _)| call),
            None => None,
        };
        names.extend(call.map(|call| call.name.to_string()));
        true
    });
    names
}

/// Calls `visit` with every function call in `ast` that has no namespace, and its position.
pub(crate) fn each_call(ast: &AST, mut visit: impl FnMut(&FnCallExpr, Position)) {
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some((call, at)) = path.last().and_then(function_call)
            && !call.is_qualified()
        {
            visit(call, at);
        }
        true
    });
}

/// The functions of Rhai that the host replaces.
pub(crate) const REPLACED_FUNCTIONS: [&str; 2] = ["blob", "pad"];

fn is_replaced(name: &str) -> bool {
    REPLACED_FUNCTIONS.contains(&name)
}

/// True if functions may be called many times: in a loop, or in a closure that a method such as `filter`
/// calls for each value, here, in a file that `ast` imports or in a recipe that it calls. Also if it calls
/// one of [`REPLACED_FUNCTIONS`].
pub(crate) fn wants_all_functions(ast: &AST) -> bool {
    let mut found = false;
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        found |= match path.last() {
            Some(ASTNode::Expr(Expr::MethodCall(call, _))) => {
                is_replaced(&call.name) || call.args.iter().any(is_closure)
            }
            Some(ASTNode::Stmt(
                Stmt::Import(..) | Stmt::For(..) | Stmt::While(..) | Stmt::Do(..),
            )) => true,
            Some(node) => function_call(node)
                .is_some_and(|(call, _)| call.name.as_str() == "recipe" || is_replaced(&call.name)),
            None => false,
        };
        !found
    });
    found
}

/// The recipes that `ast` calls by a literal name, and the position of each name.
pub(crate) fn recipes_called(ast: &AST) -> Vec<(String, Position)> {
    let mut found = Vec::new();
    each_call(ast, |call, _| {
        found.extend(recipe_called(call).map(|(name, at)| (name.to_owned(), at)));
    });
    found
}

/// True if a recipe is called by a name that is not a literal.
pub(crate) fn calls_computed_recipe(ast: &AST) -> bool {
    let mut found = false;
    each_call(ast, |call, _| {
        found |= call.name.as_str() == "recipe" && recipe_called(call).is_none();
    });
    found
}

/// The literal name of the recipe that `call` calls, and the position of the name.
pub(crate) fn recipe_called(call: &FnCallExpr) -> Option<(&str, Position)> {
    match call.args.first() {
        Some(Expr::StringConstant(name, at)) if call.name.as_str() == "recipe" => {
            Some((name.as_str(), *at))
        }
        _ => None,
    }
}

/// The expression of the id in a call of `step`; `None` for other calls.
pub(crate) fn step_id(call: &FnCallExpr) -> Option<&Expr> {
    (call.name.as_str() == "step" && !call.is_qualified()).then(|| call.args.first())?
}

/// A constant at the top level of a file.
pub(crate) struct ConstantSyntax<'a> {
    /// The name, without `global::` or an alias.
    pub name: &'a str,
    /// The expression of its value.
    pub value: &'a Expr,
    /// Files that import this one can use it.
    pub is_exported: bool,
}

/// The constants at the top level of `ast`, which its functions access as `global::NAME`.
pub(crate) fn constants(ast: &AST) -> impl Iterator<Item = ConstantSyntax<'_>> {
    ast.statements()
        .iter()
        .filter_map(|statement| match statement {
            Stmt::Var(variable, flags, _) if flags.intersects(ASTFlags::CONSTANT) => {
                Some(ConstantSyntax {
                    name: variable.0.as_str(),
                    value: &variable.1,
                    is_exported: flags.intersects(ASTFlags::EXPORTED),
                })
            }
            _ => None,
        })
}

/// A tree that contains only the function `name` with `arity` parameters, to walk its body.
pub(crate) fn function_body(ast: &AST, name: &str, arity: usize) -> AST {
    // `clone_functions_only_filtered` of Rhai 1.27 ignores its filter.
    let mut body = ast.clone_functions_only();
    body.retain_functions(|_, _, other, params| other == name && params == arity);
    body
}

/// True if `value` is a closure. A closure that captures variables is a block that shares them first.
pub(crate) fn is_closure(value: &Expr) -> bool {
    match value {
        Expr::DynamicConstant(constant, _) => constant.is_fnptr(),
        Expr::Stmt(block) => matches!(block.statements(), [Stmt::Share(..), ..]),
        _ => false,
    }
}

/// The variables that the closure `value` captures, and the position where it first uses each.
pub(crate) fn captured(value: &Expr) -> Vec<(&str, Position)> {
    let Expr::Stmt(block) = value else {
        return Vec::new();
    };
    let shared = block
        .statements()
        .iter()
        .filter_map(|statement| match statement {
            Stmt::Share(shared) => Some(shared),
            _ => None,
        });
    shared
        .flat_map(|shared| shared.iter())
        .map(|(variable, _)| (variable.name.as_str(), variable.pos))
        .collect()
}

/// The keys of all map literals in `ast`.
pub(crate) fn map_keys(ast: &AST) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some(ASTNode::Expr(Expr::Map(map, _))) = path.last() {
            keys.extend(map.0.iter().map(|(key, _)| key.as_str().to_owned()));
        }
        true
    });
    keys
}
