//! Finds the `{` of a recipe that is not closed.

/// Line and column, from 1, of the `{` that seems to lack its `}`: one whose `}` stands at another
/// depth of indentation, else the innermost that is open at the end.
pub(super) fn unclosed(text: &str) -> Option<(usize, usize)> {
    let mut open: Vec<Brace> = Vec::new();
    let mut suspect = None;
    for brace in braces(text) {
        if brace.opens {
            open.push(brace);
        } else if let Some(opened) = open.pop()
            && brace.begins_a_line
            && brace.indent != opened.indent
        {
            suspect.get_or_insert(opened);
        }
    }
    let last = open.pop()?;
    let found = suspect.unwrap_or(last);
    Some((found.line, found.column))
}

/// A brace in code.
#[derive(Clone, Copy)]
struct Brace {
    opens: bool,
    line: usize,
    column: usize,
    /// Blanks that its line begins with.
    indent: usize,
    begins_a_line: bool,
}

/// What the scanner is in.
#[derive(Clone, Copy, PartialEq)]
enum Within {
    Code,
    /// Text between these.
    Text(char),
    /// Comments, so deep.
    Comment(usize),
}

/// The braces that are code, not text or comment. Those of `${ … }` in text are pairs of their own.
fn braces(text: &str) -> Vec<Brace> {
    let mut found = Vec::new();
    let mut within = Within::Code;
    // For each `${` that is open, how many braces were open in it.
    let mut inside: Vec<usize> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let mut chars = line.chars().enumerate().peekable();
        while let Some((column, c)) = chars.next() {
            let next = chars.peek().map(|(_, next)| *next);
            match within {
                Within::Comment(depth) if (c, next) == ('*', Some('/')) => {
                    chars.next();
                    within = if depth == 1 {
                        Within::Code
                    } else {
                        Within::Comment(depth - 1)
                    };
                }
                Within::Comment(depth) if (c, next) == ('/', Some('*')) => {
                    chars.next();
                    within = Within::Comment(depth + 1);
                }
                Within::Text(end) if c == end => within = Within::Code,
                Within::Text('`') if (c, next) == ('$', Some('{')) => {
                    chars.next();
                    inside.push(0);
                    within = Within::Code;
                }
                Within::Text(end) if c == '\\' && end != '`' => {
                    chars.next();
                }
                Within::Text(_) | Within::Comment(_) => {}
                Within::Code => match (c, next) {
                    ('/', Some('/')) => break,
                    ('/', Some('*')) => {
                        chars.next();
                        within = Within::Comment(1);
                    }
                    ('"' | '`', _) => within = Within::Text(c),
                    // A character, as '{': one that is not closed at once is none.
                    ('\'', Some(_)) => {
                        let mut rest = chars.clone();
                        if rest.next().is_some_and(|(_, c)| c == '\\') {
                            rest.next();
                        }
                        if rest.next().is_some_and(|(_, c)| c == '\'') {
                            chars = rest;
                        }
                    }
                    ('}', _) if inside.last() == Some(&0) => {
                        inside.pop();
                        within = Within::Text('`');
                    }
                    ('{' | '}', _) => {
                        let opens = c == '{';
                        if let Some(depth) = inside.last_mut() {
                            *depth = if opens {
                                *depth + 1
                            } else {
                                depth.saturating_sub(1)
                            };
                        }
                        found.push(Brace {
                            opens,
                            line: number + 1,
                            column: column + 1,
                            indent,
                            begins_a_line: column == indent,
                        });
                    }
                    _ => {}
                },
            }
        }
        // Text in quotes ends with its line, unless the line says that it goes on.
        if within == Within::Text('"') && !line.ends_with('\\') {
            within = Within::Code;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::unclosed;

    #[test]
    fn the_one_that_is_not_closed() {
        assert_eq!(unclosed("if true {\n    a();\n"), Some((1, 9)));
        assert_eq!(
            unclosed("fn f() {\n    if x { a();\n}\nb();\n"),
            Some((2, 10))
        );
        assert_eq!(
            unclosed("fn f() {\n    g(|| {\n        a();\n    );\n}\n"),
            Some((2, 10))
        );
        assert_eq!(unclosed("let m = #{ a: 1;\n"), Some((1, 10)));
    }

    #[test]
    fn what_is_no_code_does_not_count() {
        for text in [
            "if x { }",
            "a(\"{\"); b('{'); c(`{`); // {\n/* { /* { */ { */",
            "a(`${ if x { 1 } else { 2 } } {`);",
            "a(\"\\\"{\"); b(`\\`); c('\\'');",
            "let text = `{\n${x}{\n`;",
        ] {
            assert_eq!(unclosed(text), None, "{text}");
        }
    }
}
