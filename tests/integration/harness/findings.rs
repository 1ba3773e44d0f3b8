//! What `copilot dev check` finds, a line each.

use super::Repo;
use serde_json::Value;

/// The problems that `check` finds, as data.
#[track_caller]
pub(crate) fn problems(repo: &Repo) -> Vec<Value> {
    let output = repo
        .command()
        .args(["dev", "check", "--output", "json"])
        .output()
        .unwrap();
    let mut all: Value = serde_json::from_slice(&output.stdout).unwrap();
    let Value::Array(problems) = all["problems"].take() else {
        panic!("{all}");
    };
    let is_error = |problem: &Value| problem["severity"] == "error";
    let status = if problems.iter().any(is_error) { 3 } else { 0 };
    assert_eq!(output.status.code(), Some(status));
    problems
}

/// What is found in the recipe `it`: `line:column message`, and the hint in brackets.
#[track_caller]
pub(crate) fn found(repo: &Repo) -> Vec<String> {
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
    problems(repo).iter().map(line).collect()
}

/// What is found in the recipe `it` with this text.
#[track_caller]
pub(crate) fn it(text: &str) -> Vec<String> {
    found(&Repo::new().recipe("it", text))
}

/// What is found where nothing is wrong.
pub(crate) const NO_FINDINGS: [&str; 0] = [];
