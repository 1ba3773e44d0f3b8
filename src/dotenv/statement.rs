//! Parses one `KEY=value` statement.

use super::raw;
use std::ops::Range;

/// Where the parts of `export KEY=value` are, in bytes of the line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Statement<'a> {
    /// The name.
    pub key: &'a str,
    /// The place just behind the `=`.
    pub after_equals: usize,
    /// The value as it is written, with its quotes.
    pub raw: Range<usize>,
}

/// Takes a line without its comment apart. `None` if it is blank; what is wrong if it cannot be
/// read. The grammar is that of dotenvy 0.15.7 (`parse_line` in its `parse.rs`).
pub(super) fn parse(content: &str) -> Result<Option<Statement<'_>>, &'static str> {
    let line = content.trim_end();
    let start = line.trim_start();
    if start.is_empty() || start.starts_with('#') {
        return Ok(None);
    }
    let (key, rest) = split(line)?;
    let after_equals = line.len() - rest.len();
    let value = rest.trim_start();
    let gap = &rest[..rest.len() - value.len()];
    // Not every reader takes every Unicode space for one, so a rare one goes with the value.
    let lead = gap.len() - gap.trim_start_matches([' ', '\t']).len();
    let common = lead == gap.len();
    let raw = if value.is_empty() || value.starts_with('#') {
        if value.contains('\n') {
            return Err(raw::SWALLOWS);
        }
        after_equals..after_equals + if common { 0 } else { gap.len() }
    } else {
        after_equals + lead..after_equals + gap.len() + raw::extent(value)?
    };
    Ok(Some(Statement {
        key,
        after_equals,
        raw,
    }))
}

/// The name, and what stands behind the `=`.
pub(super) fn split(line: &str) -> Result<(&str, &str), &'static str> {
    let mut rest = line.trim_start();
    let mut key = take_key(&mut rest)?;
    if key == "export" && !rest.starts_with('=') {
        key = take_key(&mut rest)?;
    }
    let value = rest
        .strip_prefix('=')
        .ok_or("there is no `=` after the name")?;
    Ok((key, value))
}

fn take_key<'a>(rest: &mut &'a str) -> Result<&'a str, &'static str> {
    if !rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return Err("a line starts with the name of a variable, `#` or nothing");
    }
    let end = rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'))
        .unwrap_or(rest.len());
    let (key, after) = rest.split_at(end);
    *rest = after.trim_start();
    Ok(key)
}
