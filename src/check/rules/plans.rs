//! Checks literal values of `after`: ids that are not in the plan, and cycles.

use super::context::Context;
use crate::fault::did_you_mean;
use crate::recipe::syntax::{each_call, step_id};
use crate::recipe::{Source, imports};
use rhai::{AST, ASTNode, Engine, Expr, FnCallExpr, Position, Stmt};
use std::collections::{BTreeMap, BTreeSet};

/// A step with a literal id.
#[derive(Debug, Clone)]
struct LiteralStep {
    id: String,
    at: Position,
    /// The literal ids in `after`.
    after: Vec<(String, Position)>,
}

impl LiteralStep {
    fn read(call: &FnCallExpr) -> Option<Self> {
        let Some(Expr::StringConstant(id, at)) = step_id(call) else {
            return None;
        };
        let after = match call.args.get(2) {
            Some(Expr::Map(map, _)) => map
                .0
                .iter()
                .find(|(key, _)| key.as_str() == "after")
                .map(|(_, value)| ids(value))
                .unwrap_or_default(),
            _ => Vec::new(),
        };
        let id = id.to_string();
        Some(Self { id, at: *at, after })
    }
}

fn ids(value: &Expr) -> Vec<(String, Position)> {
    match value {
        Expr::StringConstant(id, at) => vec![(id.to_string(), *at)],
        Expr::Array(values, _) => values.iter().flat_map(ids).collect(),
        _ => Vec::new(),
    }
}

pub(super) fn check(context: &mut Context<'_>) {
    if context.defines("step") || context.defines("run_steps") {
        return;
    }
    let whole = whole_plans(context.ast);
    let mut seen = BTreeSet::new();
    for plan in whole {
        seen.extend(plan.iter().map(|step| step.at));
        let ids: Vec<_> = plan.iter().map(|step| step.id.clone()).collect();
        check_order(context, &plan, &ids);
    }
    // The steps of a shared file end up in plans of other files.
    let is_shared = context
        .source
        .file
        .split('/')
        .any(|part| part.starts_with('_'));
    let mut ids = Vec::new();
    if is_shared || !all_ids(context.engine, context.ast, context.source, &mut ids, 0) {
        return;
    }
    // Skips functions, whose steps may end up in several plans.
    let mut loose = Vec::new();
    each_call(&context.ast.clone_statements_only(), |call, _| {
        loose.extend(LiteralStep::read(call).filter(|step| !seen.contains(&step.at)));
    });
    check_order(context, &loose, &ids);
}

/// Checks steps that are, or may be, in one plan with the ids `ids`.
fn check_order(context: &mut Context<'_>, steps: &[LiteralStep], ids: &[String]) {
    for step in steps {
        for (id, at) in &step.after {
            if !ids.contains(id) {
                let message = format!(
                    "step `{}` comes after `{id}`, which is not in the plan",
                    step.id
                );
                let hint = did_you_mean(id, ids.iter().map(String::as_str));
                context.problem(message, *at, hint);
            }
        }
    }
    // An id used twice is ambiguous, so only unique ids are followed.
    let is_unique = |id: &str| ids.iter().filter(|other| *other == id).count() == 1;
    let waits: BTreeMap<_, _> = steps
        .iter()
        .filter(|step| is_unique(&step.id))
        .map(|step| (step.id.as_str(), step))
        .collect();
    let mut reported = BTreeSet::new();
    for step in steps {
        if let Some(mut cycle) = find_cycle(&waits, &step.id)
            && cycle.iter().all(|id| reported.insert((*id).to_owned()))
        {
            cycle.push(cycle[0]);
            let message = format!("steps wait for each other: {}", cycle.join(" after "));
            context.problem(message, step.at, None);
        }
    }
}

/// The ids on a cycle through `start`, beginning with `start`.
fn find_cycle<'a>(waits: &BTreeMap<&'a str, &'a LiteralStep>, start: &str) -> Option<Vec<&'a str>> {
    let (start, _) = waits.get_key_value(start)?;
    let mut seen = BTreeSet::from([*start]);
    let mut paths = vec![vec![*start]];
    while let Some(path) = paths.pop() {
        let last = path[path.len() - 1];
        for (id, _) in waits.get(last).into_iter().flat_map(|step| &step.after) {
            if id == start {
                return Some(path);
            }
            if let Some((id, _)) = waits.get_key_value(id.as_str())
                && seen.insert(*id)
            {
                let mut longer = path.clone();
                longer.push(*id);
                paths.push(longer);
            }
        }
    }
    None
}

/// The plans that are one array literal, passed to `run_steps` directly or by a variable with no
/// other use.
fn whole_plans(ast: &AST) -> Vec<Vec<LiteralStep>> {
    let mut plans = Vec::new();
    let mut run = BTreeMap::<String, usize>::new();
    each_call(ast, |call, _| {
        match (call.name.as_str(), call.args.first()) {
            ("run_steps", Some(array @ Expr::Array(..))) => plans.extend(steps(array)),
            ("run_steps", Some(Expr::Variable(variable, _, _))) => {
                *run.entry(variable.1.to_string()).or_default() += 1;
            }
            _ => {}
        }
    });
    let mut used = BTreeMap::<String, usize>::new();
    let mut made = BTreeMap::<String, Vec<Option<Vec<LiteralStep>>>>::new();
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        match path.last() {
            Some(ASTNode::Expr(Expr::Variable(variable, _, _))) => {
                *used.entry(variable.1.to_string()).or_default() += 1;
            }
            Some(ASTNode::Stmt(Stmt::Var(variable, _, _))) => {
                let name = variable.0.as_str().to_owned();
                made.entry(name).or_default().push(steps(&variable.1));
            }
            _ => {}
        }
        true
    });
    for (name, mut arrays) in made {
        if arrays.len() == 1 && run.contains_key(&name) && run.get(&name) == used.get(&name) {
            plans.extend(arrays.pop().flatten());
        }
    }
    plans
}

/// The steps of an array literal; `None` if it has other elements.
fn steps(array: &Expr) -> Option<Vec<LiteralStep>> {
    let Expr::Array(values, _) = array else {
        return None;
    };
    let step = |value: &Expr| match value {
        Expr::FnCall(call, _) => LiteralStep::read(call),
        _ => None,
    };
    values.iter().map(step).collect()
}

/// How deeply nested imports are followed.
const MAX_IMPORT_DEPTH: usize = 16;

/// Collects the ids of all steps in `ast` and its imports; false if there may be others.
fn all_ids(
    engine: &Engine,
    ast: &AST,
    source: &Source,
    ids: &mut Vec<String>,
    depth: usize,
) -> bool {
    let mut complete = depth < MAX_IMPORT_DEPTH;
    each_call(ast, |call, _| match step_id(call) {
        Some(Expr::StringConstant(id, _)) => ids.push(id.to_string()),
        Some(_) => complete = false,
        None => {}
    });
    complete
        && imports(ast).into_iter().all(|(_, path, position)| {
            let imported = path.and_then(|path| {
                let resolver = engine.module_resolver();
                resolver
                    .resolve_ast(engine, Some(&source.file), &path, position)?
                    .ok()
            });
            imported.is_some_and(|imported| all_ids(engine, &imported, source, ids, depth + 1))
        })
}
