//! Splits a `.env` file into statements, comments and blank lines.

use std::ops::Range;

/// One statement, comment or blank line: usually a line of the file, more where a quoted value
/// has line breaks.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// All of it, with the line end.
    pub span: Range<usize>,
    /// It without its comment.
    pub content: Range<usize>,
    /// The file ended before the statement did.
    pub open: bool,
}

#[derive(Clone, Copy)]
enum State {
    Plain,
    Space,
    Escape,
    Quoted(char),
    QuotedEscape(char),
}

/// Splits text from `start` on at the same places as dotenvy 0.15.7 (`QuotedLines` in its
/// `iter.rs`), quirks included: every second of several spaces does not count as space, and a
/// backslash in single quotes keeps the quote after it from closing.
pub(super) fn split(text: &str, start: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut begin = start;
    let mut end = start;
    let mut state = State::Plain;
    for physical in text[start..].split_inclusive('\n') {
        let from = end;
        end += physical.len();
        let comment = if begin == from && physical.trim_start().starts_with('#') {
            Some(0)
        } else {
            advance(&mut state, physical)
        };
        let done = comment.is_some() || matches!(state, State::Plain);
        if done {
            lines.push(Line {
                span: begin..end,
                content: begin..comment.map_or(end, |at| from + at),
                open: false,
            });
            begin = end;
            state = State::Plain;
        }
    }
    if begin < end {
        lines.push(Line {
            span: begin..end,
            content: begin..end,
            open: true,
        });
    }
    lines
}

/// Reads one line of the file; the place of its comment, if there is one.
fn advance(state: &mut State, physical: &str) -> Option<usize> {
    for (at, c) in physical.char_indices() {
        *state = match (*state, c) {
            (State::Space, '#') => return Some(at),
            (State::Plain | State::Space, '\\') => State::Escape,
            (State::Plain | State::Space, '"' | '\'') => State::Quoted(c),
            (State::Plain, c) if c.is_whitespace() && c != '\n' && c != '\r' => State::Space,
            (State::Plain | State::Space | State::Escape, _) => State::Plain,
            (State::Quoted(quote), '\\') => State::QuotedEscape(quote),
            (State::Quoted(quote), c) if c == quote => State::Plain,
            (State::Quoted(quote) | State::QuotedEscape(quote), _) => State::Quoted(quote),
        };
    }
    None
}
