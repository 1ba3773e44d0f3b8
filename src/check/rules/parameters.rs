//! Warns of parameters that are never read, and reports names that hide them.

use super::context::Context;
use rhai::{AST, ASTNode, Expr, Position, Stmt};

/// Functions that can read a variable whose name is computed.
const READ_BY_NAME: [&str; 2] = ["eval", "is_def_var"];

pub(super) fn check(context: &mut Context<'_>) {
    let read = reads(context.ast);
    let Some(read) = read else { return };
    for param in context.params {
        let name = param.constant();
        if let Some(at) = hidden(context.ast, &name, &read) {
            let hint = format!("rename it, or read the parameter `{name}` first");
            let message = format!("`{name}` hides the parameter before it is read");
            context.problem(message, at, Some(hint));
        } else if !read.iter().any(|(other, _)| *other == name) {
            let message = format!("the parameter `{}` is never used", param.name);
            context.problem(message, declared(context.ast, &param.name), None);
            // Only a warning: removing the parameter would break its callers.
            if let Some(problem) = context.problems.last_mut() {
                problem.warning = true;
            }
        }
    }
}

/// Every variable that is read and where, in the order of the text; `None` if others may be read by
/// a computed name.
fn reads(ast: &AST) -> Option<Vec<(String, Position)>> {
    let mut found = Vec::new();
    let mut complete = true;
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        match path.last() {
            Some(ASTNode::Expr(Expr::Variable(variable, _, at))) => {
                found.push((variable.1.to_string(), *at));
            }
            Some(ASTNode::Stmt(Stmt::Export(names, at))) => {
                found.push((names.0.as_str().to_owned(), *at));
            }
            Some(ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _))) => {
                complete &= !READ_BY_NAME.contains(&call.name.as_str());
            }
            _ => {}
        }
        true
    });
    found.sort_by_key(|(_, at)| (at.line(), at.position()));
    complete.then_some(found)
}

/// Where the top level of the file declares a variable `name` before the parameter is read.
fn hidden(ast: &AST, name: &str, read: &[(String, Position)]) -> Option<Position> {
    let place = |at: &Position| (at.line(), at.position());
    let mut statements = ast.statements().iter();
    let (at, end) = loop {
        if let Stmt::Var(variable, _, _) = statements.next()?
            && variable.0.as_str() == name
        {
            break (variable.0.pos, statements.next().map(Stmt::position));
        }
    };
    let is_read = read.iter().any(|(other, where_)| {
        // Reading it in its own initial value counts: `let tail = if tail == "all" { … }`.
        other == name && end.is_none_or(|end| place(where_) < place(&end))
    });
    (!is_read).then_some(at)
}

/// The position of the parameter's name in `PARAMS`.
fn declared(ast: &AST, name: &str) -> Position {
    let mut place = Position::NONE;
    for statement in ast.statements() {
        let Stmt::Var(variable, _, _) = statement else {
            continue;
        };
        let Expr::Array(entries, _) = &variable.1 else {
            continue;
        };
        for entry in entries.iter().filter(|_| variable.0.as_str() == "PARAMS") {
            let Expr::Map(map, _) = entry else { continue };
            for (key, value) in &map.0 {
                if key.as_str() == "name"
                    && matches!(value, Expr::StringConstant(text, _) if text.as_str() == name)
                {
                    place = value.position();
                }
            }
        }
    }
    place
}
