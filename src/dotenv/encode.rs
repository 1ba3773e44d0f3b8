//! Writes a value so that every reader of the file gets it back unchanged.

/// The ways to write a value, the plainest first. Which of them does is for the caller to try:
/// it depends on what else is on the line.
pub(super) fn candidates(value: &str) -> Vec<String> {
    let mut forms = Vec::with_capacity(3);
    if value.chars().all(is_plain) {
        forms.push(value.to_owned());
    }
    // Both readers take an odd backslash before the closing quote for an escape, and then differ.
    let backslashes = value.len() - value.trim_end_matches('\\').len();
    if !value.contains(['\'', '\n']) && backslashes.is_multiple_of(2) {
        forms.push(format!("'{value}'"));
    }
    forms.push(double_quoted(value));
    forms
}

/// Characters that no reader, a shell that sources the file included, takes for anything else.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-./:@%+,=".contains(c)
}

/// A line break becomes `\n`, so that a variable stays on one line. Other control characters
/// stand for themselves: dotenvy has no escape for them.
fn double_quoted(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for c in value.chars() {
        match c {
            '\n' => text.push_str("\\n"),
            '\\' | '"' | '$' => text.extend(['\\', c]),
            _ => text.push(c),
        }
    }
    text.push('"');
    text
}
