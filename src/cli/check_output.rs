//! Prints the problems that `copilot dev check` found: as text, JSON, or GitHub annotations.

use super::show;
use crate::fault::Diagnostic;
use crate::recipe::render;
use crate::run::{annotation, in_actions};
use clap::ValueEnum;
use clap::builder::PossibleValue;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::path::Path;

/// The value of `--output`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Output {
    /// Text with source excerpts; in GitHub Actions also annotations.
    Text,
    /// One JSON object.
    Json,
    /// GitHub Actions annotations.
    Github,
}

impl Output {
    /// The format that `args` request, even if the other arguments are invalid.
    pub(super) fn requested(args: &[OsString]) -> Self {
        let mut words = args.iter().map_while(|word| word.to_str());
        while let Some(word) = words.next() {
            let value = match word {
                "--" => break,
                "--output" => words.next(),
                _ => word.strip_prefix("--output="),
            };
            if let Some(Ok(output)) = value.map(|value| Self::from_str(value, false)) {
                return output;
            }
        }
        Self::Text
    }
}

impl ValueEnum for Output {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Text, Self::Json, Self::Github]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Github => "github",
        }))
    }
}

/// Prints the problems `found` in `files` recipe files of the repository at `root`.
pub(super) fn show(output: Output, root: &Path, files: usize, found: &[Diagnostic]) {
    match output {
        Output::Json => {
            let problems: Vec<_> = found.iter().map(as_json).collect();
            let all = json!({ "v": 1, "files": files, "problems": problems });
            show::answer(&format!("{all:#}"));
        }
        Output::Github => annotations(found),
        Output::Text => {
            let colour = console::colors_enabled_stderr();
            for problem in found {
                show::say(&format!("{}\n", render(problem, root, colour)));
            }
            if in_actions() {
                annotations(found);
            }
            summary(files, found);
        }
    }
}

fn as_json(problem: &Diagnostic) -> Value {
    let place = problem.place.as_ref();
    json!({
        "severity": severity(problem),
        "message": problem.message,
        "file": place.map(|place| &place.file),
        "line": place.map(|place| place.line),
        "column": place.map(|place| place.column),
        "hint": problem.hint,
    })
}

fn severity(problem: &Diagnostic) -> &'static str {
    if problem.warning { "warning" } else { "error" }
}

fn annotations(found: &[Diagnostic]) {
    for problem in found {
        let place = problem.place.as_ref().map(ToString::to_string);
        let hint = problem.hint.iter().map(|hint| format!("\nhint: {hint}"));
        let message: String = std::iter::once(problem.message.clone())
            .chain(hint)
            .collect();
        show::answer(&annotation(severity(problem), place.as_deref(), &message));
    }
}

fn summary(files: usize, found: &[Diagnostic]) {
    let warnings = found.iter().filter(|problem| problem.warning).count();
    let problems = found.len() - warnings;
    let count = |count: usize, what: &str| {
        let plural = if count == 1 { "" } else { "s" };
        format!("{count} {what}{plural}")
    };
    let files = count(files, "recipe file");
    match (problems, warnings) {
        (0, 0) => show::answer(&format!("{files} checked, no problems")),
        (0, _) => show::answer(&format!(
            "{files} checked, no problems, {}",
            count(warnings, "warning")
        )),
        (_, 0) => show::say(&format!("{} in {files}", count(problems, "problem"))),
        _ => show::say(&format!(
            "{} and {} in {files}",
            count(problems, "problem"),
            count(warnings, "warning")
        )),
    }
}
