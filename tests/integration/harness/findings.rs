//! What `copilot dev check` finds, a line each.

use super::Repo;
use serde_json::Value;

/// What is found in the recipe `it`: `line:column message`, and the hint in brackets.
#[track_caller]
pub(crate) fn found(repo: &Repo) -> Vec<String> {
    let status = |problems: &[Value]| {
        let is_error = |problem: &Value| problem["severity"] == "error";
        if problems.iter().any(is_error) { 3 } else { 0 }
    };
    // Not known before it has run.
    let output = repo
        .command()
        .args(["dev", "check", "--output", "json"])
        .output()
        .unwrap();
    let all: Value = serde_json::from_slice(&output.stdout).unwrap();
    let problems = all["problems"].as_array().unwrap();
    assert_eq!(output.status.code(), Some(status(problems)));
    let line = |problem: &Value| {
        let hint = problem["hint"].as_str().map(|hint| format!(" [{hint}]"));
        format!(
            "{}:{} {}{}",
            problem["line"],
            problem["column"],
            problem["message"].as_str().unwrap(),
            hint.unwrap_or_default()
        )
    };
    problems.iter().map(line).collect()
}

/// What is found in the recipe `it` with this text.
#[track_caller]
pub(crate) fn it(text: &str) -> Vec<String> {
    found(&Repo::new().recipe("it", text))
}

/// What is found where nothing is wrong.
pub(crate) const NOTHING: [&str; 0] = [];
