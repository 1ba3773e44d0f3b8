//! Finds closures that use the variable whose method they are passed to: Rhai has it locked.

use super::context::Context;
use crate::recipe::syntax::captured;
use rhai::{ASTNode, Expr};

pub(super) fn check(context: &mut Context<'_>) {
    let mut found = Vec::new();
    context.ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some(ASTNode::Expr(Expr::Dot(chain, ..) | Expr::Index(chain, ..))) = path.last()
            && let Expr::Variable(variable, ..) = &chain.lhs
            && variable.2.is_empty()
        {
            let mut rest = Some(&chain.rhs);
            while let Some(link) = rest {
                let (now, next) = match link {
                    Expr::Dot(chain, ..) | Expr::Index(chain, ..) => (&chain.lhs, Some(&chain.rhs)),
                    last => (last, None),
                };
                if let Expr::MethodCall(call, _) = now {
                    let captured = call.args.iter().flat_map(captured);
                    let own = captured.filter(|(name, _)| *name == variable.1.as_str());
                    found.extend(own.map(|(_, at)| at));
                }
                rest = next;
            }
        }
        true
    });
    for at in found {
        let (message, hint) = crate::fault::DATA_RACE;
        context.problem(message, at, Some(hint.to_owned()));
    }
}
