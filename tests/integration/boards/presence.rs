//! Rules about what is not there: a panel without data says why, and does not make a number of it.

use super::board::{Board, list, text};
use super::catalog::Presence;
use super::facts::Facts;
use super::promql::{asked, lacking};
use super::variables::{defaults, substitute};
use serde_json::Value;

/// What is wrong with the panels of `board` that ask for what is not always there.
pub(crate) fn problems(board: &Board, facts: &Facts) -> Vec<String> {
    let mut found = Vec::new();
    let values = defaults(board);
    for panel in board.shown() {
        let targets = list(panel, "targets");
        let exprs = targets
            .iter()
            .filter(|target| text(&target["datasource"], "type") == "prometheus")
            .filter_map(|target| substitute(text(target, "expr"), &values).ok())
            // What does not parse is said elsewhere.
            .filter(|expr| promql_parser::parser::parse(expr).is_ok());
        let exprs: Vec<_> = exprs.collect();
        let mut says = |what: String| found.push(format!("{}: {what}", text(panel, "title")));
        if let Some(why) = why_empty(&exprs, facts)
            && text(&panel["fieldConfig"]["defaults"], "noValue") != why
        {
            says(format!("without data it does not say: {why}"));
        }
        for one in exprs.iter().flat_map(|expr| asked(expr, &facts.catalog)) {
            match &one.presence {
                Presence::Off(variable) if !hidden(board, panel, variable) => {
                    let row = format!("a collapsed row that names {variable}=true");
                    says(format!("{} is off by default and not in {row}", one.family));
                }
                Presence::Never if why_empty(&exprs, facts) != Some(NOT_MEASURED) => {
                    says(format!("{} is never there, unlike the rest", one.family));
                }
                _ => {}
            }
        }
    }
    found
}

const NOT_MEASURED: &str = "not measured here";

/// Why none of `exprs` may have a value, if that can be.
fn why_empty(exprs: &[String], facts: &Facts) -> Option<&'static str> {
    let mut reasons = exprs.iter().map(|expr| {
        Some(match lacking(expr, &facts.catalog)?.presence {
            Presence::Always => return None,
            Presence::Event => "none so far",
            Presence::Never => NOT_MEASURED,
            Presence::Off(_) => "off",
        })
    });
    let first = reasons.next()??;
    // Of several reasons none says enough.
    reasons.all(|other| other == Some(first)).then_some(first)
}

/// True if `panel` is in a collapsed row whose title names `variable`.
fn hidden(board: &Board, panel: &Value, variable: &str) -> bool {
    board.collapsed().any(|row| {
        let inside = list(row, "panels")
            .iter()
            .any(|one| one["id"] == panel["id"]);
        inside && text(row, "title").contains(&format!("{variable}=true"))
    })
}
