//! Text as tests write it, and output as tests compare it.

use std::path::Path;

/// `text` without the line it begins with, if that is empty, and without the indentation that all
/// its lines share: recipes and outputs are written indented in the tests.
pub(crate) fn unindent(text: &str) -> String {
    let text = text.strip_prefix('\n').unwrap_or(text);
    let body = text.trim_end_matches(' ');
    let indent = body
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start_matches(' ').len())
        .min()
        .unwrap_or(0);
    body.split('\n')
        .map(|line| line.get(indent..).unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Fails, and shows all of `text`, unless `part` is in it.
#[track_caller]
pub(crate) fn assert_contains(text: &str, part: &str) {
    assert!(text.contains(part), "should contain {part:?}:\n{text}");
}

/// Fails, and shows all of `text`, unless it begins with `part`.
#[track_caller]
pub(crate) fn assert_starts_with(text: &str, part: &str) {
    assert!(
        text.starts_with(part),
        "should start with {part:?}:\n{text}"
    );
}

/// Fails, and shows all of `text`, unless it ends with `part`.
#[track_caller]
pub(crate) fn assert_ends_with(text: &str, part: &str) {
    assert!(text.ends_with(part), "should end with {part:?}:\n{text}");
}

/// `output` with what differs from run to run replaced: the repository is `<repo>`, the folder it
/// is in `<around>`, a time that was measured `<time>`. White space at the ends of lines is not compared.
pub(crate) fn plain(output: &str, repo: &Path) -> String {
    let output = output.replace(&*repo.to_string_lossy(), "<repo>");
    let around = repo.parent().unwrap();
    let output = output.replace(&*around.to_string_lossy(), "<around>");
    let lines = output
        .split('\n')
        .map(|line| times(line).trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

/// `line` with every `0.1s` as `<time>`, and what pads it as two spaces.
fn times(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let number = &rest[start..];
        let length = number
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(number.len());
        let (number, after) = number.split_at(length);
        text.push_str(&rest[..start]);
        let measured = number.contains('.')
            && after.starts_with('s')
            && !after[1..].starts_with(char::is_alphanumeric);
        if measured {
            if text.ends_with("  ") {
                text.truncate(text.trim_end().len());
                text.push_str("  ");
            }
            text.push_str("<time>");
            rest = &after[1..];
        } else {
            text.push_str(number);
            rest = after;
        }
    }
    text + rest
}
