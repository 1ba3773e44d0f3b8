//! Values that take the place of `$1`, `$2`… in a statement.

use std::fmt::Write;

/// A value for a placeholder. The server gives it the type that its place wants, as it does for a
/// literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Parameter {
    /// `NULL`.
    Null,
    /// `TRUE` or `FALSE`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number; `NaN` and infinity too.
    Float(f64),
    /// Anything else, as text.
    Text(String),
}

impl Parameter {
    /// The value as a literal of one line, whose text cannot end the literal. `None` for text with a
    /// NUL character, which PostgreSQL cannot store.
    pub(crate) fn literal(&self) -> Option<String> {
        match self {
            Self::Null => Some("NULL".to_owned()),
            Self::Bool(true) => Some("TRUE".to_owned()),
            Self::Bool(false) => Some("FALSE".to_owned()),
            // In parentheses: `1 - $1` with -1 would begin a comment.
            Self::Integer(number) => Some(format!("({number})")),
            Self::Float(number) if number.is_finite() => Some(format!("({number:?})")),
            Self::Float(number) => {
                let word = match number {
                    _ if number.is_nan() => "NaN",
                    _ if *number > 0.0 => "Infinity",
                    _ => "-Infinity",
                };
                Some(format!("'{word}'"))
            }
            Self::Text(text) => quoted(text),
        }
    }
}

/// An `E'…'` literal: its meaning does not depend on `standard_conforming_strings`, and without line
/// ends in it the lines that the server reports stay those of the script.
fn quoted(text: &str) -> Option<String> {
    let mut literal = String::from("E'");
    for c in text.chars() {
        match c {
            '\0' => return None,
            '\'' => literal.push_str("''"),
            '\\' => literal.push_str("\\\\"),
            c if c.is_ascii_control() => {
                let _ = write!(literal, "\\x{:02x}", u32::from(c));
            }
            c => literal.push(c),
        }
    }
    literal.push('\'');
    Some(literal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_one_line_that_its_value_cannot_end() {
        for (value, literal) in [
            (Parameter::Null, "NULL"),
            (Parameter::Bool(true), "TRUE"),
            (Parameter::Integer(-7), "(-7)"),
            (Parameter::Float(0.1), "(0.1)"),
            (Parameter::Float(f64::NEG_INFINITY), "'-Infinity'"),
            (Parameter::Text("it's".into()), "E'it''s'"),
            (
                Parameter::Text("a\\'; DROP\n--".into()),
                r"E'a\\''; DROP\x0a--'",
            ),
        ] {
            assert_eq!(value.literal().as_deref(), Some(literal));
        }
        assert_eq!(Parameter::Text("a\0b".into()).literal(), None);
    }
}
