//! A parsed `.env` file that can be changed without touching the rest of it.

use super::error::Error;
use super::line::{self, Line};
use super::{compose, encode, statement};
use std::fmt;
use std::ops::Range;

const BOM: char = '\u{feff}';

/// A `.env` file that can be changed without touching what is not to change: `to_string` gives
/// back the bytes it was parsed from, comments, order, line ends and all.
///
/// A value is what dotenvy 0.15 reads. `${NAME}` outside single quotes stands for the variable
/// of the process if there is one, else for the one set further up; Compose does the same. Where
/// a variable is set twice, the last one counts, as for Compose.
#[derive(Default)]
pub(crate) struct Document {
    text: String,
    entries: Vec<Entry>,
    comments: Vec<Range<usize>>,
}

struct Entry {
    key: String,
    value: String,
    /// The statement with its comment and line end.
    span: Range<usize>,
    after_equals: usize,
    /// The value as it is written, with its quotes.
    raw: Range<usize>,
}

/// What becomes of the white space between a new value and the comment behind it.
#[derive(Clone, Copy)]
enum Gap {
    Kept,
    /// One space: the readers do not agree on what else starts a comment.
    Tidied,
}

impl Document {
    /// Reads the text of a file. [`Error::Malformed`] names the first line that dotenvy does not
    /// read, or reads as more than that line.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let start = if text.starts_with(BOM) {
            BOM.len_utf8()
        } else {
            0
        };
        let mut values = dotenvy::from_read_iter(&text.as_bytes()[start..]);
        let mut document = Self {
            text: text.to_owned(),
            ..Self::default()
        };
        for line in line::split(text, start) {
            let malformed = |what| Error::Malformed {
                path: None,
                line: text[..line.span.start].matches('\n').count() + 1,
                what,
            };
            if text[line.span.clone()].contains('\0') {
                return Err(malformed("there is a NUL character in it"));
            }
            let Some(statement) =
                statement::parse(&text[line.content.clone()]).map_err(malformed)?
            else {
                if line.open {
                    return Err(malformed("the last line has white space and no line end"));
                }
                document.comments.push(line.span);
                continue;
            };
            if line.open {
                return Err(malformed("the line goes on where the file ends"));
            }
            match values.next() {
                Some(Ok((key, value))) if key == statement.key => {
                    document.entries.push(Entry::new(line, &statement, value));
                }
                _ => return Err(malformed("it cannot be told what this line sets")),
            }
        }
        Ok(document)
    }

    /// The value of a variable; empty if it is set to nothing.
    pub(crate) fn get(&self, key: &str) -> Option<String> {
        self.last(key).map(|entry| entry.value.clone())
    }

    /// The variables, as often and in the order in which they are set.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.key.as_str())
    }

    /// Sets a variable to exactly this text, which dotenvy and Compose then both read. True if
    /// the document has changed.
    ///
    /// The last line that sets it is changed in place and keeps its comment and `export`. A new
    /// one goes below its commented-out `# KEY=`, else to the end.
    ///
    /// [`Error::BadKey`] for a name that is not `[A-Za-z_][A-Za-z0-9_]*`, and
    /// [`Error::Unencodable`] for a value that does not read back; nothing has changed then.
    pub(crate) fn set(&mut self, key: &str, value: &str) -> Result<bool, Error> {
        if !is_name(key) {
            return Err(Error::BadKey {
                key: key.to_owned(),
            });
        }
        let unencodable = |why| Error::Unencodable {
            key: key.to_owned(),
            why,
        };
        if value.contains('\0') {
            return Err(unencodable("there is a NUL character in it"));
        }
        if self.says(key, value) {
            return Ok(false);
        }
        let forms = encode::candidates(value);
        for gap in [Gap::Kept, Gap::Tidied] {
            for form in &forms {
                if let Ok(next) = Self::parse(&self.text_with(key, form, gap))
                    && next.says(key, value)
                    && self.differs_by(&next, key)
                {
                    *self = next;
                    return Ok(true);
                }
            }
        }
        Err(unencodable(
            "no form of it is read as the same text by dotenvy and by Docker Compose",
        ))
    }

    /// Takes out every line that sets this variable. True if there was one.
    pub(crate) fn unset(&mut self, key: &str) -> bool {
        let mut text = self.text.clone();
        for entry in self.entries.iter().rev().filter(|entry| entry.key == key) {
            text.replace_range(entry.span.clone(), "");
        }
        let changed = text != self.text;
        // Only whole lines went, so what is left is as readable as before.
        if changed && let Ok(next) = Self::parse(&text) {
            *self = next;
        }
        changed
    }

    fn last(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.key == key)
    }

    /// Whether both readers take the variable for this very text.
    fn says(&self, key: &str, value: &str) -> bool {
        self.last(key).is_some_and(|entry| {
            entry.value == value
                && compose::literal(&self.text[entry.after_equals..]).as_deref() == Some(value)
        })
    }

    /// Whether the other document sets the same variables, and one of this name besides at most.
    fn differs_by(&self, next: &Self, key: &str) -> bool {
        let others = |other: &&str| *other != key;
        next.entries.len() == self.entries.len() + usize::from(self.last(key).is_none())
            && self.keys().filter(others).eq(next.keys().filter(others))
    }

    fn text_with(&self, key: &str, form: &str, gap: Gap) -> String {
        let mut text = self.text.clone();
        if let Some(entry) = self.last(key) {
            let behind = &text[entry.raw.end..];
            let line_end = behind.find(['\r', '\n']).unwrap_or(behind.len());
            let comment = behind[..line_end].trim_start();
            let (length, space) = match gap {
                Gap::Kept => (0, ""),
                Gap::Tidied => (
                    line_end - comment.len(),
                    if comment.is_empty() { "" } else { " " },
                ),
            };
            let range = entry.raw.start..entry.raw.end + length;
            text.replace_range(range, &format!("{form}{space}"));
            return text;
        }
        let newline = self.newline();
        let at = self.template(key).unwrap_or(text.len());
        let above = text[..at].trim_start_matches(BOM);
        let ended = above.is_empty() || above.ends_with('\n');
        let before = if ended { "" } else { newline };
        text.insert_str(at, &format!("{before}{key}={form}{newline}"));
        text
    }

    /// The place behind the last comment that is this variable, commented out.
    fn template(&self, key: &str) -> Option<usize> {
        let sets = |comment: &str| {
            let code = comment.trim_start().trim_start_matches('#');
            statement::split(code).is_ok_and(|(found, _)| found == key)
        };
        let mut comments = self.comments.iter().rev();
        let found = comments.find(|span| sets(&self.text[(*span).clone()]));
        found.map(|span| span.end)
    }

    fn newline(&self) -> &'static str {
        match self.text.split_once('\n') {
            Some((first, _)) if first.ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }
}

impl Entry {
    fn new(line: Line, statement: &statement::Statement<'_>, value: String) -> Self {
        let start = line.content.start;
        Self {
            key: statement.key.to_owned(),
            value,
            span: line.span,
            after_equals: start + statement.after_equals,
            raw: start + statement.raw.start..start + statement.raw.end,
        }
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Names only: a value may be a secret.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.keys()).finish()
    }
}

fn is_name(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
