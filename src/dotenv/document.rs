//! A `.env` file that is edited in place.

use super::encode;
use super::error::Error;
use super::grammar::{Environment, Parsed, Statement, line_start, parse};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

const BOM: char = '\u{feff}';

/// A `.env` file that can be changed without touching anything else in it: `to_string` gives back the
/// bytes it was parsed from, comments, order, line ends and all.
///
/// Its values are those that Docker Compose reads. Where a variable is set twice, the last one counts.
#[derive(Clone)]
pub(crate) struct Document {
    text: String,
    parsed: Arc<Parsed>,
    environment: Environment,
}

impl Document {
    /// A file with nothing in it.
    pub(crate) fn empty(environment: &Environment) -> Self {
        Self {
            text: String::new(),
            parsed: Arc::default(),
            environment: environment.clone(),
        }
    }

    /// Reads the text of a file. `environment` has the variables of the process, which
    /// interpolation prefers to those of the file. [`Error::Malformed`] names the first statement
    /// that Compose would refuse.
    pub(crate) fn parse(text: &str, environment: &Environment) -> Result<Self, Error> {
        let malformed = |at: usize, what: String| Error::Malformed {
            path: None,
            line: text[..at].matches('\n').count() + 1,
            what,
        };
        if let Some(at) = text.find('\0') {
            return Err(malformed(at, "there is a NUL character".to_owned()));
        }
        let start = text.len() - text.strip_prefix(BOM).unwrap_or(text).len();
        let parsed = parse(text, start, environment);
        Ok(Self {
            parsed: Arc::new(parsed.map_err(|error| malformed(error.at, error.what))?),
            text: text.to_owned(),
            environment: environment.clone(),
        })
    }

    /// The value of a variable; empty if it is set to nothing.
    pub(crate) fn get(&self, key: &str) -> Option<String> {
        let statements = self.parsed.statements.iter().rev();
        statements
            .filter(|statement| statement.key == key)
            .find_map(|statement| statement.value.clone())
    }

    /// Everything that the file says, for comparison with other readers.
    #[cfg(test)]
    pub(super) fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.parsed.statements.iter()
    }

    /// The variables, as often and in the order in which they are set.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let statements = self.parsed.statements.iter();
        statements
            .filter(|statement| statement.value.is_some() && !statement.key.is_empty())
            .map(|statement| statement.key.as_str())
    }

    /// Sets a variable to exactly this text. True if the document has changed.
    ///
    /// The last statement that sets it is changed in place and keeps its comment and `export`. A new
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
        for form in encode::candidates(value) {
            let next = Self::parse(&self.text_with(key, &form), &self.environment);
            if let Ok(next) = next
                && next.says(key, value)
                && next.others(key).eq(self.others(key))
            {
                *self = next;
                return Ok(true);
            }
        }
        Err(unencodable("no form of it is read as the same text"))
    }

    /// Removes every statement that sets this variable. True if there was one.
    pub(crate) fn unset(&mut self, key: &str) -> bool {
        let mut text = self.text.clone();
        let statements = self.parsed.statements.iter().rev();
        for statement in statements.filter(|statement| statement.key == key) {
            text.replace_range(self.extent(statement), "");
        }
        let changed = text != self.text;
        // Only whole statements went, so the rest is as readable as before.
        if changed && let Ok(next) = Self::parse(&text, &self.environment) {
            *self = next;
        }
        changed
    }

    /// The statement with its comment and line end, as far as no other one is on its lines.
    fn extent(&self, statement: &Statement) -> Range<usize> {
        let text = &self.text;
        let line = line_start(text, statement.start);
        let begins_line = text[line..statement.start]
            .trim_matches(BOM)
            .trim()
            .is_empty();
        let mut end = statement.end;
        if !text[..end].ends_with('\n') {
            let rest = &text[end..];
            let length = rest.find('\n').map_or(rest.len(), |newline| newline + 1);
            let behind = rest[..length].trim();
            if behind.is_empty() || behind.starts_with('#') {
                end += length;
            }
        }
        if begins_line {
            return line + (text[line..].len() - text[line..].trim_start_matches(BOM).len())..end;
        }
        let end = statement.start
            + text[statement.start..end]
                .trim_end_matches(['\r', '\n'])
                .len();
        statement.start..end
    }

    fn last(&self, key: &str) -> Option<&Statement> {
        let mut statements = self.parsed.statements.iter().rev();
        statements.find(|statement| statement.key == key && !statement.inherits)
    }

    /// True if the variable is set to this text, whatever other variables are.
    fn says(&self, key: &str, value: &str) -> bool {
        let last = self.parsed.statements.iter().rev();
        let mut last = last.filter(|statement| statement.key == key);
        last.next().is_some_and(|statement| {
            !statement.inherits
                && !statement.interpolates
                && statement.value.as_deref() == Some(value)
        })
    }

    /// The other variables. One that only inherits is left out: what the file ends with becomes one
    /// when a line end follows it.
    fn others<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        let statements = self.parsed.statements.iter();
        statements
            .filter(move |it| !it.inherits && !it.key.is_empty() && it.key != key)
            .map(|statement| statement.key.as_str())
    }

    fn text_with(&self, key: &str, form: &str) -> String {
        let mut text = self.text.clone();
        if let Some(statement) = self.last(key) {
            let mut form = form.to_owned();
            // A quote that nothing follows needs a space before what is next on its line.
            let behind = &text[statement.raw.end..];
            if !(behind.is_empty() || behind.starts_with([' ', '\t', '\r', '\n'])) {
                form.push(' ');
            }
            text.replace_range(statement.raw.clone(), &form);
            return text;
        }
        let newline = self.newline();
        let at = self.template(key).unwrap_or_else(|| self.end());
        let above = text[..at].trim_start_matches(BOM);
        let ended = above.is_empty() || above.ends_with('\n');
        let before = if ended { "" } else { newline };
        text.insert_str(at, &format!("{before}{key}={form}{newline}"));
        text
    }

    /// Where a new statement goes. What a file without a last line end ends with can be a value without
    /// a name: a line end would make it a name, so it stays last.
    fn end(&self) -> usize {
        let last = self.parsed.statements.last();
        let nameless = last.filter(|last| last.key.is_empty());
        nameless.map_or(self.text.len(), |last| last.start)
    }

    /// The place behind the last comment that is this variable, commented out.
    fn template(&self, key: &str) -> Option<usize> {
        let sets = |comment: &str| {
            let code = comment.trim_start().trim_start_matches('#').trim_start();
            let code = code.strip_prefix("export ").unwrap_or(code);
            let name = code.split(['=', ':', ' ']).next().unwrap_or_default();
            name == key && code[name.len()..].trim_start().starts_with(['=', ':'])
        };
        let mut comments = self.parsed.comments.iter().rev();
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
