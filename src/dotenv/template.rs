//! Interpolation as Docker Compose does it: `$NAME`, `${NAME}`, the operators `-`, `:-`, `+`, `:+`,
//! `?` and `:?`, which nest, and `$$`.
//!
//! Follows package `template` of [compose-go](https://github.com/compose-spec/compose-go) v2: an
//! operator takes everything up to the last `}` of its line, of which all behind the `}` that closes
//! it is text again.

/// Why a text cannot be interpolated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    /// A `${` that no name and `}` follow.
    Malformed,
    /// `${NAME:?message}` of a variable without a value.
    Required {
        /// The variable.
        name: String,
        /// The message, as it is written.
        message: String,
    },
}

/// The operators, longer ones before those that they end with.
const OPERATORS: [&str; 6] = [":-", ":+", ":?", "-", "+", "?"];

/// `text` with the values that `lookup` has for variables; one without a value is empty.
pub(crate) fn interpolate(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<String, Refused> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        result.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        let name = name_length(behind);
        if let Some(next) = behind.strip_prefix('$') {
            result.push('$');
            rest = next;
        } else if name > 0 {
            result.push_str(&lookup(&behind[..name]).unwrap_or_default());
            rest = &behind[name..];
        } else if let Some(inside) = behind.strip_prefix('{') {
            let length = braced_length(inside).ok_or(Refused::Malformed)?;
            result.push_str(&braced(&inside[..length], lookup)?);
            rest = &inside[length..];
        } else {
            result.push('$');
            rest = behind;
        }
    }
    result.push_str(rest);
    Ok(result)
}

/// The length in bytes of the name that `text` starts with; 0 if it starts with none.
fn name_length(text: &str) -> usize {
    // Go's `(?i:[a-z])` matches these two as well: they fold to `s` and `k`.
    let is_letter = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '\u{17f}' | '\u{212a}');
    if !text.starts_with(is_letter) {
        return 0;
    }
    text.find(|c: char| !is_letter(c) && !c.is_ascii_digit())
        .unwrap_or(text.len())
}

/// How much of `inside`, which follows a `${`, belongs to it, with its `}`.
fn braced_length(inside: &str) -> Option<usize> {
    let name = name_length(inside);
    if name == 0 {
        return None;
    }
    let rest = &inside[name..];
    if rest.starts_with('}') {
        return Some(name + 1);
    }
    OPERATORS
        .iter()
        .find(|operator| rest.starts_with(**operator))?;
    let line = rest.split('\n').next().unwrap_or(rest);
    Some(name + line.rfind('}')? + 1)
}

/// The value of `inside`, which follows a `${` and ends with a `}`.
fn braced(inside: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, Refused> {
    let (own, rest) = match closing(inside) {
        Some(at) => (&inside[..at], &inside[at + 1..]),
        None => (&inside[..inside.len() - 1], ""),
    };
    let name = &own[..name_length(own)];
    let operation = &own[name.len()..];
    let value = lookup(name);
    let Some(operator) = OPERATORS.iter().find(|it| operation.starts_with(**it)) else {
        return Ok(value.unwrap_or_default());
    };
    let word = || interpolate(&operation[operator.len()..], lookup);
    // With a colon an empty value counts as none.
    let has_value = match &value {
        Some(value) => !(operator.starts_with(':') && value.is_empty()),
        None => false,
    };
    let value = match (operator.trim_start_matches(':'), has_value) {
        ("-", false) | ("+", true) => word()?,
        ("?", false) => {
            // Without the values in it, which may be secrets.
            word()?;
            return Err(Refused::Required {
                name: name.to_owned(),
                message: operation[operator.len()..].to_owned(),
            });
        }
        _ => value.unwrap_or_default(),
    };
    Ok(value + interpolate(rest, lookup)?.as_str())
}

/// Where the `}` is that closes the `${` before `inside`. The character behind each `{` is not looked
/// at, as in Compose.
fn closing(inside: &str) -> Option<usize> {
    let mut open = 1;
    let mut bytes = inside.bytes().enumerate().skip(1);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'}' if open == 1 => return Some(at),
            b'}' => open -= 1,
            b'{' => {
                open += 1;
                bytes.next();
            }
            _ => {}
        }
    }
    None
}
