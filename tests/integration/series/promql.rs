//! Rules of `PromQL`: it parses, and asks for metrics and labels that there are, in ways that make
//! sense.

use super::catalog::{Catalog, Presence, Series};
use promql_parser::label::{MatchOp, Matcher};
use promql_parser::parser::token::{T_LOR, T_LUNLESS};
use promql_parser::parser::{
    self, AggregateExpr, BinaryExpr, Call, Expr, LabelModifier, VectorSelector,
};
use std::collections::BTreeSet;

type Labels = BTreeSet<String>;

/// Operations that wait by design, some for minutes: among others they hide what is slow.
const LONG_POLLS: [&str; 6] = [
    "PollActivityTaskQueue",
    "PollNexusTaskQueue",
    "PollWorkflowExecutionHistory",
    "PollWorkflowTaskQueue",
    "QueryWorkflow",
    "UpdateWorkflowExecution",
];

/// The same, in matching alone.
const MATCHING_LONG_POLL: &str = "GetTaskQueueUserData";

/// Histograms whose values are a total since the start, so that no quantile says anything.
const TOTAL_HISTOGRAMS: [&str; 1] = ["dsql_pool_wait_duration_milliseconds"];

/// What is wrong with an expression without variables.
pub(crate) fn problems(expr: &str, catalog: &Catalog) -> Vec<String> {
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
pub(crate) fn label_values(selector: &str, label: &str, catalog: &Catalog) -> Vec<String> {
    let Ok(Expr::VectorSelector(parsed)) = parser::parse(selector) else {
        return vec![format!("not a selector: {selector}")];
    };
    let mut check = Check {
        catalog,
        found: Vec::new(),
    };
    let series = check.selector(&parsed);
    if series.iter().any(|one| !one.labels.contains_key(label)) {
        check.found.push(format!("{selector} has no label {label}"));
    }
    check.found
}

/// The series that an expression without variables asks for, as far as they are known.
pub(crate) fn asked<'a>(expr: &str, catalog: &'a Catalog) -> Vec<&'a Series> {
    let parsed = parser::parse(expr).unwrap_or_else(|error| panic!("{expr}: {error}"));
    known(&parsed, catalog)
}

/// The series that `expr` asks for, as far as they are known.
fn known<'a>(expr: &Expr, catalog: &'a Catalog) -> Vec<&'a Series> {
    let all = |parts: &[&Expr]| -> Vec<_> {
        let parts = parts.iter();
        parts.flat_map(|part| known(part, catalog)).collect()
    };
    let selected = |selector| {
        let names = names(selector);
        let names = names.iter();
        names.filter_map(|name| catalog.series.get(name)).collect()
    };
    match expr {
        Expr::Aggregate(aggregate) => all(&[&aggregate.expr]),
        Expr::Unary(unary) => all(&[&unary.expr]),
        Expr::Binary(binary) => all(&[&binary.lhs, &binary.rhs]),
        Expr::Paren(paren) => all(&[&paren.expr]),
        Expr::Subquery(subquery) => all(&[&subquery.expr]),
        Expr::Call(call) => {
            let arguments = call.args.args.iter();
            all(&arguments.map(|argument| &**argument).collect::<Vec<_>>())
        }
        Expr::VectorSelector(selector) => selected(selector),
        Expr::MatrixSelector(matrix) => selected(&matrix.vs),
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => Vec::new(),
    }
}

/// A series without which an expression without variables has no value, if it is not always there.
pub(crate) fn lacking<'a>(expr: &str, catalog: &'a Catalog) -> Option<&'a Series> {
    let parsed = parser::parse(expr).unwrap_or_else(|error| panic!("{expr}: {error}"));
    needed(&parsed, catalog)
}

fn needed<'a>(expr: &Expr, catalog: &'a Catalog) -> Option<&'a Series> {
    if let Expr::Binary(binary) = expr {
        let left = needed(&binary.lhs, catalog);
        let right = || needed(&binary.rhs, catalog);
        return match binary.op.id() {
            T_LOR => left.and(right()),
            T_LUNLESS => left,
            _ => left.or_else(right),
        };
    }
    let inner = match expr {
        Expr::Aggregate(aggregate) => &aggregate.expr,
        Expr::Unary(unary) => &unary.expr,
        Expr::Paren(paren) => &paren.expr,
        Expr::Subquery(subquery) => &subquery.expr,
        Expr::Call(call) => {
            let mut arguments = call.args.args.iter();
            return arguments.find_map(|argument| needed(argument, catalog));
        }
        _ => {
            let series = known(expr, catalog).into_iter();
            return series.rev().find(|one| one.presence != Presence::Always);
        }
    };
    needed(inner, catalog)
}

/// The names that are selected.
fn names(selector: &VectorSelector) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = selector.name.iter().cloned().collect();
    let matchers = selector.matchers.matchers.iter();
    for matcher in matchers.filter(|matcher| matcher.name == "__name__") {
        names.extend(matcher.value.split('|').map(str::to_owned));
    }
    names
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
                // What is counted or dated is not shown.
                let shown = !["count", "timestamp", "absent"].contains(&of.unwrap_or_default());
                for series in series.iter().filter(|series| shown && series.grows) {
                    let said = format!("{} only grows and is shown as it is", series.family);
                    self.found.push(said);
                }
                labels_of(&series)
            }
            Expr::MatrixSelector(matrix) => {
                let series = self.selector(&matrix.vs);
                let of = of.unwrap_or("nothing");
                let for_growing = ["rate", "irate", "increase", "resets"].contains(&of);
                for series in series.iter().filter(|series| series.grows != for_growing) {
                    let what = if series.grows { "grows" } else { "is a gauge" };
                    self.found
                        .push(format!("{of} of {}, which {what}", series.family));
                }
                labels_of(&series)
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
        if name == "histogram_quantile" {
            if !labels.remove("le") {
                let said = "histogram_quantile of what has no le".to_owned();
                self.found.push(said);
            }
            let arguments = call.args.args.iter();
            let mut series = arguments.flat_map(|argument| known(argument, self.catalog));
            if let Some(total) = series.find(|one| TOTAL_HISTOGRAMS.contains(&one.family.as_str()))
            {
                let said = format!("{} has totals, of which no quantile is", total.family);
                self.found.push(said);
            }
        }
        labels
    }

    fn aggregate(&mut self, aggregate: &AggregateExpr) -> Labels {
        let operator = aggregate.op.to_string();
        let inner = self.labels(&aggregate.expr, Some(&operator));
        let keeps = ["topk", "bottomk"].contains(&operator.as_str());
        match &aggregate.modifier {
            Some(LabelModifier::Include(by)) => {
                self.grouped(&by.labels, &inner);
                by.labels.iter().cloned().collect()
            }
            Some(LabelModifier::Exclude(without)) => {
                self.grouped(&without.labels, &inner);
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
        if binary.op.id() == T_LOR {
            self.fallback(binary);
        }
        if let Some(matching) = binary.modifier.as_ref().and_then(|m| m.matching.as_ref()) {
            self.grouped(&matching.labels().labels, &left);
            self.grouped(&matching.labels().labels, &right);
        }
        left.union(&right).cloned().collect()
    }

    fn grouped(&mut self, named: &[String], there: &Labels) {
        for label in named.iter().filter(|label| !there.contains(*label)) {
            self.found
                .push(format!("there is no label {label} to group or match by"));
        }
    }

    /// `or` gives 0 to what has not happened yet, but not to what nobody measures.
    fn fallback(&mut self, binary: &BinaryExpr) {
        let absent = |series: &&Series| match series.presence {
            Presence::Always | Presence::Event => false,
            Presence::Never | Presence::Off(_) => true,
        };
        let left = known(&binary.lhs, self.catalog);
        let right = known(&binary.rhs, self.catalog);
        if right.is_empty() {
            let said = "`or` gives a value where nothing is measured".to_owned();
            self.found.push(said);
        } else if let Some(series) = left.into_iter().find(absent)
            && !right.iter().any(absent)
        {
            let said = format!("`or` gives a value to {}, which is absent", series.family);
            self.found.push(said);
        }
    }

    /// The series that are selected.
    fn selector(&mut self, selector: &VectorSelector) -> Vec<&'a Series> {
        let names = names(selector);
        let mut found = Vec::new();
        for name in &names {
            match self.catalog.series.get(name) {
                Some(known) => found.push(known),
                None => self.found.push(format!("there is no metric {name}")),
            }
        }
        if names.is_empty() {
            self.found.push(format!("{selector} names no metric"));
        }
        let mut families = BTreeSet::new();
        found.retain(|series| families.insert(&series.family));
        let matchers: Vec<_> = selector
            .matchers
            .matchers
            .iter()
            .filter(|matcher| matcher.name != "__name__")
            .collect();
        for series in &found {
            self.one(series, &names, &matchers);
        }
        found
    }

    /// Checks what is selected of one series.
    fn one(&mut self, series: &Series, names: &BTreeSet<String>, matchers: &[&Matcher]) {
        let family = &series.family;
        for missing in series.names.difference(names) {
            self.found
                .push(format!("{family} is {missing} with another exporter"));
        }
        for matcher in matchers {
            match series.labels.get(&matcher.name) {
                None => self
                    .found
                    .push(format!("{family} has no label {}", matcher.name)),
                Some(Some(values)) if !values.iter().any(|value| matcher.is_match(value)) => self
                    .found
                    .push(format!("{family} has no value for {matcher}")),
                Some(_) => {}
            }
        }
        let named = |label: &'static str| matchers.iter().filter(move |one| one.name == label);
        if named("cluster").chain(named("job")).next().is_none() {
            self.found
                .push(format!("{family} is asked for of every cluster"));
        }
        let benign = named("error_type").any(|matcher| {
            let words = ["NotFound", "Canceled"];
            matches!(matcher.op, MatchOp::NotRe(_))
                && words.iter().all(|word| matcher.value.contains(word))
        });
        if family == "service_error_with_type_total" && !benign {
            self.found
                .push(format!("{family} counts what clients cause"));
        }
        if family.starts_with("service_latency") {
            let matching = named("service_name").all(|one| one.is_match("matching"));
            let waits = matching.then_some(MATCHING_LONG_POLL);
            let waits = waits.into_iter().chain(LONG_POLLS);
            let asked = |poll: &&str| named("operation").all(|one| one.is_match(poll));
            if let Some(poll) = waits.into_iter().find(asked) {
                self.found
                    .push(format!("{family} is asked for with {poll}, which waits"));
            }
        }
    }
}

fn labels_of(series: &[&Series]) -> Labels {
    let labels = series.iter().flat_map(|series| series.labels.keys());
    labels.cloned().collect()
}
