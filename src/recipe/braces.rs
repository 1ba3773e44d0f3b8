//! Finds the `{` of a recipe that is not closed.

use rhai::{Engine, Token};

/// Line and column, from 1, of the `{` that seems to have no `}`: the first whose `}` has another
/// indentation, or else the innermost that is open at the end.
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
    /// The number of blanks at the start of its line.
    indent: usize,
    begins_a_line: bool,
}

/// The braces of blocks, maps and `${ … }`, as Rhai's lexer finds them.
fn braces(text: &str) -> Vec<Brace> {
    let lines: Vec<_> = text.lines().collect();
    let engine = Engine::new_raw();
    let inputs = [text];
    let (tokens, control) = engine.lex(&inputs);
    let mut found = Vec::new();
    // For each open brace, whether it belongs to a `${`.
    let mut open = Vec::new();
    let mut interpolates = false;
    for (token, at) in tokens {
        // The position of `#{` is that of its `#`.
        let offset = usize::from(token == Token::MapStart);
        match token {
            Token::LeftBrace | Token::MapStart => open.push(interpolates),
            // The string continues after the `}`. Like the parser, we must tell the lexer so.
            Token::RightBrace if open.pop() == Some(true) => {
                control.borrow_mut().is_within_text = true;
            }
            Token::RightBrace => {}
            Token::EOF | Token::LexError(_) => break,
            other => {
                interpolates = matches!(other, Token::InterpolatedString(_));
                continue;
            }
        }
        interpolates = false;
        let (Some(line), Some(column)) = (at.line(), at.position()) else {
            continue;
        };
        let whole = lines.get(line - 1).copied().unwrap_or_default();
        let indent = whole.chars().take_while(|c| c.is_whitespace()).count();
        found.push(Brace {
            opens: token != Token::RightBrace,
            line,
            column: column + offset,
            indent,
            begins_a_line: column == indent + 1,
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::unclosed;

    #[test]
    fn finds_the_brace_that_is_not_closed() {
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
    fn ignores_strings_and_comments() {
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
