//! Reads a value as Docker Compose does, to check that both readers agree.

/// The value that Docker Compose reads from what stands behind a `=`; `None` where it takes
/// anything in from other variables, or reads what dotenvy has no word for.
///
/// Follows `extractVarValue` of compose-go v2 (`dotenv/parser.go`): an unquoted value ends at
/// ` #` or the line's end, `\'` counts in single quotes, and what follows a closing quote is the
/// next statement.
pub(super) fn literal(after_equals: &str) -> Option<String> {
    let text = after_equals.trim_start_matches(is_space);
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => quoted(&text[1..], quote),
        _ => unquoted(text),
    }
}

fn unquoted(text: &str) -> Option<String> {
    let line = text.split('\n').next()?;
    let value = line.split(" #").next()?.trim_end();
    (!value.contains('$')).then(|| value.to_owned())
}

fn quoted(text: &str, quote: char) -> Option<String> {
    let mut value = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            c if c == quote => break,
            '$' if quote == '"' => return None,
            '\\' => match (chars.next()?, quote) {
                (c, '\'') if c != '\'' => value.extend(['\\', c]),
                ('n', '"') => value.push('\n'),
                (c @ ('\\' | '$' | '"' | '\''), _) if c != '\'' || quote == '\'' => value.push(c),
                _ => return None,
            },
            c => value.push(c),
        }
    }
    let rest = chars.as_str().split('\n').next()?.trim_start();
    (rest.is_empty() || rest.starts_with('#')).then_some(value)
}

/// `isSpace` of compose-go: the white space that does not end a line.
fn is_space(c: char) -> bool {
    matches!(
        c,
        '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}'
    )
}
