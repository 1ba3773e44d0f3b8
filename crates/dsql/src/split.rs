//! Splits a script into statements.

use std::{borrow::Cow, ops::Range};

use sqlparser::{
    dialect::PostgreSqlDialect,
    tokenizer::{Location, Token, TokenWithSpan, Tokenizer},
};

use crate::{
    Error, Place,
    kind::{Kind, Verb, async_word, to_words},
    parameter::Parameter,
};

const MAX_SUMMARY_CHARS: usize = 160;

/// One statement of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The SQL without the final `;` and surrounding comments. Comments inside
    /// are kept.
    pub text: String,
    /// Line on which it starts, from 1.
    pub line: usize,
    /// The first line, shortened, without the password that it may set.
    pub summary: String,
    pub(crate) kind: Kind,
    async_at: Option<Range<usize>>,
    /// Where `$1`, `$2`… are in the text, and their numbers.
    placeholders: Vec<(Range<usize>, usize)>,
}

impl Statement {
    /// The text for a plain PostgreSQL: `CREATE INDEX ASYNC` without `ASYNC`.
    /// The word is replaced by spaces, so that positions stay the same.
    pub(crate) fn plain(&self) -> Cow<'_, str> {
        let Some(at) = self.async_at.clone() else {
            return Cow::Borrowed(&self.text);
        };
        let mut text = self.text.clone();
        text.replace_range(at.clone(), &" ".repeat(at.len()));
        Cow::Owned(text)
    }

    /// Puts `parameters` in the place of `$1`, `$2`…; the summary keeps the placeholders. Marks those
    /// that it uses.
    pub(crate) fn bind(
        &mut self,
        parameters: &[Parameter],
        used: &mut [bool],
    ) -> Result<(), Error> {
        let wrong = |reason: String| Error::Syntax {
            place: Place {
                file: None,
                line: self.line,
            },
            reason: format!("`{}`: {reason}", self.summary),
        };
        for (range, number) in std::mem::take(&mut self.placeholders).into_iter().rev() {
            let index = number.checked_sub(1);
            let Some((index, parameter)) =
                index.and_then(|index| Some((index, parameters.get(index)?)))
            else {
                let count = parameters.len();
                return Err(wrong(format!(
                    "there is no parameter ${number} among {count}"
                )));
            };
            let literal = parameter
                .literal()
                .ok_or_else(|| wrong(format!("the parameter ${number} has a NUL character")))?;
            used[index] = true;
            self.text.replace_range(range, &literal);
        }
        Ok(())
    }

    /// Another query on behalf of this statement; errors name this one.
    pub(crate) fn companion(&self, text: String) -> Self {
        Self {
            text,
            async_at: None,
            kind: Kind {
                verb: Verb::Read,
                repeatable: true,
                has_rows: false,
                ..self.kind.clone()
            },
            ..self.clone()
        }
    }

    /// `BEGIN` or `COMMIT` around the statements of a script.
    pub(crate) fn transaction(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            line: 1,
            summary: text.to_owned(),
            kind: Kind::from_words(&[]),
            async_at: None,
            placeholders: Vec::new(),
        }
    }

    /// An error if the statement cannot run from a script.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.kind.refused.map_or(Ok(()), |reason| {
            Err(Error::Syntax {
                place: Place {
                    file: None,
                    line: self.line,
                },
                reason: format!("`{}`: {reason}", self.summary),
            })
        })
    }
}

/// Splits a script at each `;` that ends a statement, as psql does: not within
/// quotes, dollar quotes, comments, parentheses or a `BEGIN ATOMIC` body.
/// Empty statements are omitted.
pub fn split(sql: &str) -> Result<Vec<Statement>, Error> {
    // Some editors begin a file with a byte order mark.
    let sql = sql.strip_prefix('\u{feff}').unwrap_or(sql);
    let dialect = PostgreSqlDialect {};
    let mut tokens = Vec::new();
    let read = Tokenizer::new(&dialect, sql)
        .with_unescape(false)
        .tokenize_with_location_into_buf(&mut tokens);
    if let Err(error) = read {
        // The tokenizer may report the end of the file; the mistake is where
        // the unterminated token starts.
        let line = tokens.last().map_or(1, |token| token.span.end.line);
        return Err(Error::Syntax {
            place: Place {
                file: None,
                line: usize::try_from(line).unwrap_or(usize::MAX),
            },
            reason: error.message,
        });
    }
    let mut cursor = Cursor::new(sql);
    let mut statements = Vec::new();
    let mut current: Vec<&TokenWithSpan> = Vec::new();
    let mut nesting = Nesting::default();
    for token in &tokens {
        match &token.token {
            Token::Whitespace(_) | Token::EOF => {}
            Token::SemiColon if !nesting.open() => {
                statements.extend(cursor.statement(&current));
                current.clear();
                nesting = Nesting::default();
            }
            other => {
                nesting.enter(other);
                current.push(token);
            }
        }
    }
    statements.extend(cursor.statement(&current));
    Ok(statements)
}

/// Tracks what a `;` may be nested in.
#[derive(Default)]
struct Nesting {
    parentheses: usize,
    blocks: usize,
    words: usize,
    creates_routine: bool,
}

impl Nesting {
    fn open(&self) -> bool {
        self.parentheses > 0 || self.blocks > 0
    }

    fn enter(&mut self, token: &Token) {
        match token {
            Token::LParen => self.parentheses += 1,
            Token::RParen => self.parentheses = self.parentheses.saturating_sub(1),
            Token::Word(word) if word.quote_style.is_none() => {
                self.words += 1;
                let word = word.value.to_uppercase();
                // BEGIN opens a body only after CREATE [OR REPLACE] FUNCTION.
                if self.words <= 4 && matches!(word.as_str(), "FUNCTION" | "PROCEDURE") {
                    self.creates_routine = true;
                }
                match word.as_str() {
                    "BEGIN" if self.creates_routine => self.blocks += 1,
                    "CASE" if self.blocks > 0 => self.blocks += 1,
                    "END" => self.blocks = self.blocks.saturating_sub(1),
                    _ => {}
                }
            }
            _ => self.words += 1,
        }
    }
}

/// Converts the tokenizer's lines and columns (in characters) to byte offsets,
/// in one pass over the script.
struct Cursor<'a> {
    sql: &'a str,
    byte: usize,
    line: u64,
    column: u64,
}

impl<'a> Cursor<'a> {
    fn new(sql: &'a str) -> Self {
        Self {
            sql,
            byte: 0,
            line: 1,
            column: 1,
        }
    }

    fn seek(&mut self, to: Location) -> usize {
        if (to.line, to.column) < (self.line, self.column) {
            *self = Self::new(self.sql);
        }
        for character in self.sql[self.byte..].chars() {
            if (self.line, self.column) >= (to.line, to.column) {
                break;
            }
            self.byte += character.len_utf8();
            if character == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self.byte
    }

    fn statement(&mut self, tokens: &[&TokenWithSpan]) -> Option<Statement> {
        let (first, last) = (tokens.first()?, tokens.last()?);
        let words = to_words(tokens.iter().map(|token| &token.token));
        let start = self.seek(first.span.start);
        let mut range = |token: &TokenWithSpan| {
            let from = self.seek(token.span.start);
            from - start..self.seek(token.span.end) - start
        };
        let async_at = async_word(&words).map(|index| range(tokens[index]));
        let password = words
            .iter()
            .position(|word| word.text == "PASSWORD")
            .map(|index| range(tokens[index]).end);
        let placeholders = tokens.iter().filter_map(|token| match &token.token {
            Token::Placeholder(name) => Some((range(token), name.strip_prefix('$')?.parse().ok()?)),
            _ => None,
        });
        let placeholders = placeholders.collect();
        let end = start + range(last).end;
        let text = &self.sql[start..end];
        Some(Statement {
            text: text.into(),
            line: usize::try_from(first.span.start.line).unwrap_or(usize::MAX),
            summary: summary(text, password),
            kind: Kind::from_words(&words),
            async_at,
            placeholders,
        })
    }
}

fn summary(text: &str, password: Option<usize>) -> String {
    let line = text.lines().next().unwrap_or_default();
    let shown = &line[..password.unwrap_or(line.len()).min(line.len())];
    let mut summary: String = shown.chars().take(MAX_SUMMARY_CHARS).collect();
    if summary.len() < text.len() {
        summary.push_str(" …");
    }
    summary
}
