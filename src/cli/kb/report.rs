//! The report of `copilot kb sync`.

use super::text::{JSON_FORMAT_VERSION, bytes, count, json};
use crate::cli::show;
use copilot_kb::Report;
use serde_json::json;

/// Prints the report as one JSON object.
pub(super) fn as_json(report: &Report, bucket: &str, dry_run: bool) {
    let failed = report.failed.iter().map(
        |(key, error)| json!({ "key": key, "kind": error.kind(), "message": error.to_string(), "hint": error.hint() }),
    );
    let failed: Vec<_> = failed.collect();
    json(&json!({
        "v": JSON_FORMAT_VERSION,
        "bucket": bucket,
        "dry_run": dry_run,
        "uploaded": report.uploaded,
        "unchanged": report.unchanged,
        "deleted": report.deleted,
        "kept": report.kept,
        "failed": failed,
        "left": report.left,
        "bytes": report.bytes,
        "stopped": report.stopped,
    }));
}

/// Prints a line for each file that changed or failed, and the counts.
pub(super) fn as_text(report: &Report, dry_run: bool) {
    let (upload, delete) = if dry_run {
        ("would upload", "would delete")
    } else {
        ("uploaded", "deleted")
    };
    for key in &report.uploaded {
        show::answer(&format!("{upload} {key}"));
    }
    for key in &report.deleted {
        show::answer(&format!("{delete} {key}"));
    }
    for (key, error) in &report.failed {
        show::say(&format!("failed {key}: {error}"));
    }
    // Print a hint once, even if a thousand files have it.
    let mut hints = Vec::new();
    for hint in report.failed.iter().filter_map(|(_, error)| error.hint()) {
        if !hints.contains(&hint) {
            show::say(&format!("hint: {hint}"));
            hints.push(hint);
        }
    }
    show::answer(&counts(report, dry_run));
}

fn counts(report: &Report, dry_run: bool) -> String {
    let done = |what: &str| {
        if dry_run {
            format!("would be {what}")
        } else {
            what.to_owned()
        }
    };
    let files = count(report.uploaded.len(), "file");
    let mut parts = vec![
        format!("{files} {}", done("uploaded")),
        format!("{} unchanged", report.unchanged),
    ];
    let rest = [
        (report.deleted.len(), done("deleted")),
        (report.kept, "not deleted".to_owned()),
        (report.failed.len(), "failed".to_owned()),
        (report.left, "left".to_owned()),
    ];
    let rest = rest.into_iter().filter(|(count, _)| *count > 0);
    parts.extend(rest.map(|(count, what)| format!("{count} {what}")));
    let sent = if report.bytes > 0 && !dry_run {
        format!(" ({})", bytes(report.bytes))
    } else {
        String::new()
    };
    format!("{}{sent}", parts.join(", "))
}
