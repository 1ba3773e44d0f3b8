//! Finds the end of a value as dotenvy reads it.

#[derive(Clone, Copy, PartialEq)]
enum Variable {
    No,
    /// Just behind the `$`.
    Dollar,
    /// In a name without braces.
    Bare,
    /// Behind `${`.
    Braced,
}

/// What is wrong with a comment that dotenvy reads on from, over the end of its line.
pub(super) const SWALLOWS: &str = "the quote in this comment makes some readers skip what follows; \
    put exactly one space before the `#`";

/// The length in bytes of the value that `input` starts with, as it is written. Follows dotenvy
/// 0.15.7 (`parse_value` in its `parse.rs`), where it is also from that a bare `$NAME` takes the
/// character behind it as it is, even a quote. Does not follow it where it silently takes
/// further lines of the file for a part of this one.
pub(super) fn extent(input: &str) -> Result<usize, &'static str> {
    let mut quote = None;
    let mut escaped = false;
    let mut variable = Variable::No;
    let mut end = None;
    for (at, c) in input.char_indices() {
        if end.is_some() {
            match c {
                ' ' | '\t' => continue,
                '#' if input[at..].contains('\n') => return Err(SWALLOWS),
                '#' => break,
                _ => return Err("a value with white space goes in quotes"),
            }
        }
        if c == '\n' && quote.is_none() {
            return Err("a backslash keeps the quote behind it from closing the value");
        }
        if escaped {
            if !matches!(c, '\\' | '\'' | '"' | '$' | ' ' | 'n') {
                return Err(
                    "a backslash goes before one of `\\`, `'`, `\"`, `$`, space and `n`, or in single quotes",
                );
            }
            escaped = false;
        } else if quote == Some('\'') {
            if c == '\'' {
                quote = None;
            }
        } else if let Some(next) = in_variable(variable, c) {
            variable = next;
        } else {
            match c {
                '$' => variable = Variable::Dollar,
                '\\' => escaped = true,
                '"' if quote.is_some() => quote = None,
                '"' => quote = Some('"'),
                '\'' if quote.is_none() => quote = Some('\''),
                ' ' | '\t' if quote.is_none() => end = Some(at),
                _ => {}
            }
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed; `$NAME` in quotes is written `${NAME}`");
    }
    if variable == Variable::Braced {
        return Err("there is no `}` for the `${`");
    }
    Ok(end.unwrap_or(input.len()))
}

/// What follows if this character belongs to a variable's name or ends it.
fn in_variable(variable: Variable, c: char) -> Option<Variable> {
    match variable {
        Variable::No => None,
        Variable::Dollar if c == '{' => Some(Variable::Braced),
        Variable::Dollar | Variable::Bare if c.is_alphanumeric() => Some(Variable::Bare),
        Variable::Dollar | Variable::Bare if c == '$' => Some(Variable::Dollar),
        Variable::Braced if c != '}' => Some(Variable::Braced),
        Variable::Dollar | Variable::Bare | Variable::Braced => Some(Variable::No),
    }
}
