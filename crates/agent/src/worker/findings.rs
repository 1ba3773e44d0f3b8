//! Turns findings in logs into issues.

use crate::{
    sources::{LOG_PATTERNS, LogFinding},
    store::NewIssue,
};
use serde_json::json;

/// The issue for a finding; `None` if its pattern no longer exists.
pub(super) fn issue(found: &LogFinding) -> Option<NewIssue> {
    let pattern = LOG_PATTERNS.iter().find(|it| it.name == found.pattern)?;
    let lines = if found.lines > 1.5 { "lines" } else { "line" };
    let text = format!(
        "{:.0} {lines} within a minute, such as: {}",
        found.lines, found.example
    );
    Some(NewIssue {
        fingerprint: format!("log:{}:{}", found.service, found.pattern),
        service: found.service.clone(),
        kind: found.pattern.clone(),
        critical: pattern.critical,
        title: pattern.title.to_owned(),
        evidence: json!({ "text": text, "lines": found.lines }),
        cause: None,
        action: pattern.action.to_owned(),
    })
}

/// Whether the recent start of the service excuses the finding.
pub(super) fn start_explains(found: &LogFinding) -> bool {
    let mut patterns = LOG_PATTERNS.iter();
    patterns.any(|it| it.name == found.pattern && it.start_explains)
}
