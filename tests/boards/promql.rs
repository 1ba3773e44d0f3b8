//! Rules of `PromQL`: it parses, and asks for metrics and labels that there are, in ways that make
//! sense.

use super::catalog::{Catalog, Series};
use promql_parser::label::MatchOp;
use promql_parser::parser::{
    self, AggregateExpr, BinaryExpr, Call, Expr, LabelModifier, VectorSelector,
};
use std::collections::BTreeSet;

type Labels = BTreeSet<String>;

/// What is wrong with an expression without variables.
pub fn problems(expr: &str, catalog: &Catalog) -> Vec<String> {
    let parsed = match parser::parse(expr) {
        Ok(parsed) => parsed,
        Err(error) => return vec![format!("not PromQL: {error}")],
    };
    let mut check = Check {
        catalog,
        found: Vec::new(),
    };
    check.labels(&parsed, None);
    check.found
}

/// What is wrong with `label_values(selector, label)`.
pub fn label_values(selector: &str, label: &str, catalog: &Catalog) -> Vec<String> {
    let Ok(Expr::VectorSelector(parsed)) = parser::parse(selector) else {
        return vec![format!("not a selector: {selector}")];
    };
    let mut check = Check {
        catalog,
        found: Vec::new(),
    };
    let labels = check.selector(&parsed).map(|series| &series.labels);
    if labels.is_some_and(|labels| !labels.contains(label)) {
        check.found.push(format!("{selector} has no label {label}"));
    }
    check.found
}

struct Check<'a> {
    catalog: &'a Catalog,
    found: Vec<String>,
}

impl<'a> Check<'a> {
    /// Walks `expr`, which is an argument of the function `of`; the labels its result can have.
    fn labels(&mut self, expr: &Expr, of: Option<&str>) -> Labels {
        match expr {
            Expr::Aggregate(aggregate) => self.aggregate(aggregate),
            Expr::Unary(unary) => self.labels(&unary.expr, None),
            Expr::Binary(binary) => self.binary(binary),
            Expr::Paren(paren) => self.labels(&paren.expr, of),
            Expr::Subquery(subquery) => self.labels(&subquery.expr, None),
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => Labels::new(),
            Expr::VectorSelector(selector) => {
                let series = self.selector(selector);
                if let Some(series) = series.filter(|series| series.grows) {
                    let said = format!("{} only grows and is shown as it is", series.metric);
                    self.found.push(said);
                }
                series
                    .map(|series| series.labels.clone())
                    .unwrap_or_default()
            }
            Expr::MatrixSelector(matrix) => {
                let series = self.selector(&matrix.vs);
                let of = of.unwrap_or("nothing");
                let for_growing = ["rate", "irate", "increase", "resets"].contains(&of);
                if let Some(series) = series.filter(|series| series.grows != for_growing) {
                    let what = if series.grows { "grows" } else { "is a gauge" };
                    self.found
                        .push(format!("{of} of {}, which {what}", series.metric));
                }
                series
                    .map(|series| series.labels.clone())
                    .unwrap_or_default()
            }
            Expr::Call(call) => self.call(call),
        }
    }

    fn call(&mut self, call: &Call) -> Labels {
        let name = call.func.name;
        let mut labels = Labels::new();
        for argument in &call.args.args {
            labels.extend(self.labels(argument, Some(name)));
        }
        if name == "histogram_quantile" && !labels.remove("le") {
            self.found
                .push("histogram_quantile of what has no le".to_owned());
        }
        labels
    }

    fn aggregate(&mut self, aggregate: &AggregateExpr) -> Labels {
        let inner = self.labels(&aggregate.expr, None);
        let keeps = ["topk", "bottomk"].contains(&aggregate.op.to_string().as_str());
        match &aggregate.modifier {
            Some(LabelModifier::Include(by)) => {
                self.known(&by.labels, &inner);
                by.labels.iter().cloned().collect()
            }
            Some(LabelModifier::Exclude(without)) => {
                self.known(&without.labels, &inner);
                inner
                    .into_iter()
                    .filter(|label| !without.labels.contains(label))
                    .collect()
            }
            None if keeps => inner,
            None => Labels::new(),
        }
    }

    fn binary(&mut self, binary: &BinaryExpr) -> Labels {
        let left = self.labels(&binary.lhs, None);
        let right = self.labels(&binary.rhs, None);
        if let Some(matching) = binary.modifier.as_ref().and_then(|m| m.matching.as_ref()) {
            self.known(&matching.labels().labels, &left);
            self.known(&matching.labels().labels, &right);
        }
        left.union(&right).cloned().collect()
    }

    fn known(&mut self, named: &[String], there: &Labels) {
        for label in named.iter().filter(|label| !there.contains(*label)) {
            self.found
                .push(format!("there is no label {label} to group or match by"));
        }
    }

    /// The series that is selected.
    fn selector(&mut self, selector: &VectorSelector) -> Option<&'a Series> {
        let mut names: BTreeSet<String> = selector.name.iter().cloned().collect();
        let matchers = &selector.matchers.matchers;
        for matcher in matchers.iter().filter(|matcher| matcher.name == "__name__") {
            names.extend(matcher.value.split('|').map(str::to_owned));
        }
        let mut series = None;
        for name in &names {
            match self.catalog.series.get(name) {
                Some(known) => series = Some(known),
                None => self.found.push(format!("there is no metric {name}")),
            }
        }
        let Some(series) = series else {
            if names.is_empty() {
                self.found.push(format!("{selector} names no metric"));
            }
            return None;
        };
        for missing in series.names.difference(&names) {
            let said = format!("{} is {missing} with another exporter", series.metric);
            self.found.push(said);
        }
        for matcher in matchers.iter().filter(|matcher| matcher.name != "__name__") {
            if !series.labels.contains(&matcher.name) {
                self.found
                    .push(format!("{} has no label {}", series.metric, matcher.name));
            }
        }
        if !matchers
            .iter()
            .any(|matcher| ["cluster", "job"].contains(&matcher.name.as_str()))
        {
            self.found
                .push(format!("{} is asked for of every cluster", series.metric));
        }
        let benign = matchers.iter().any(|matcher| {
            matcher.name == "error_type"
                && matches!(matcher.op, MatchOp::NotRe(_))
                && ["NotFound", "Canceled"]
                    .iter()
                    .all(|word| matcher.value.contains(word))
        });
        if series.metric == "service_error_with_type" && !benign {
            self.found
                .push("service_error_with_type counts what clients cause".to_owned());
        }
        Some(series)
    }
}
