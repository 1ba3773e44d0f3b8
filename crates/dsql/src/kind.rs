//! What a statement is, as far as running it safely needs to know.

use sqlparser::tokenizer::Token;

/// A token that is neither space nor comment: an unquoted word in upper case,
/// else the token's own text. `depth` counts the parentheses around it.
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) depth: usize,
}

/// The words of one statement.
pub(crate) fn words<'a>(tokens: impl Iterator<Item = &'a Token>) -> Vec<Word> {
    let mut depth = 0_usize;
    tokens
        .map(|token| {
            if *token == Token::RParen {
                depth = depth.saturating_sub(1);
            }
            let word = Word {
                text: match token {
                    Token::Word(word) if word.quote_style.is_none() => word.value.to_uppercase(),
                    other => other.to_string(),
                },
                depth,
            };
            if *token == Token::LParen {
                depth += 1;
            }
            word
        })
        .collect()
}

/// What a statement does, by its first word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// `CREATE`, `ALTER`, `DROP`, `GRANT`, `REVOKE`, `COMMENT`.
    Define,
    /// `SELECT`, `VALUES`, `TABLE`, `SHOW`, `EXPLAIN`, `WITH`.
    Read,
    /// `SET`, `RESET`: holds for the connection, so it is repeated on a new one.
    Set,
    /// Everything else.
    Write,
}

/// Facts about a statement, each independent of the others.
#[expect(
    clippy::struct_excessive_bools,
    reason = "they answer separate questions and occur in any combination"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) verb: Verb,
    /// Running it twice does no more than running it once, or fails.
    pub(crate) repeatable: bool,
    /// Worth asking the server for the types of the columns.
    pub(crate) has_rows: bool,
    /// SQLSTATEs that mean that the thing is already there.
    pub(crate) already: &'static [&'static str],
    /// It names one thing only: a notice about that thing is about all of it.
    pub(crate) single: bool,
    /// It needs an index that an earlier job builds.
    pub(crate) needs_index: bool,
    /// Why it cannot be run from a script, if so.
    pub(crate) refused: Option<&'static str>,
}

impl Kind {
    pub(crate) fn of(words: &[Word]) -> Self {
        let at = |index: usize| words.get(index).map_or("", |word| word.text.as_str());
        let has = |text: &str| words.iter().any(|word| word.text == text);
        let verb = match at(0) {
            "CREATE" | "ALTER" | "DROP" | "GRANT" | "REVOKE" | "COMMENT" => Verb::Define,
            // A query may write on its way: `WITH new AS (INSERT …) SELECT …`.
            "WITH" if has("INSERT") || has("UPDATE") || has("DELETE") => Verb::Write,
            "SELECT" | "VALUES" | "TABLE" | "SHOW" | "EXPLAIN" | "WITH" | "(" => Verb::Read,
            "SET" | "RESET" => Verb::Set,
            _ => Verb::Write,
        };
        Self {
            verb,
            repeatable: verb == Verb::Set || verb == Verb::Define && !adds_unnamed(words),
            has_rows: verb == Verb::Read || matches!(at(0), "CALL" | "WITH") || has("RETURNING"),
            already: already(words),
            single: !words.iter().any(|word| word.depth == 0 && word.text == ","),
            needs_index: words
                .windows(2)
                .any(|pair| pair[0].text == "USING" && pair[1].text == "INDEX"),
            refused: refused(words),
        }
    }
}

/// Position of the word `INDEX` in `CREATE [UNIQUE] INDEX …`.
fn index_word(words: &[Word]) -> Option<usize> {
    let at = |index: usize| words.get(index).map(|word| word.text.as_str());
    match (at(0), at(1), at(2)) {
        (Some("CREATE"), Some("INDEX"), _) => Some(1),
        (Some("CREATE"), Some("UNIQUE"), Some("INDEX")) => Some(2),
        _ => None,
    }
}

/// Position of `ASYNC` in `CREATE [UNIQUE] INDEX ASYNC`. DSQL wants the word
/// on every index, so it is never taken for the index's name.
pub(crate) fn async_word(words: &[Word]) -> Option<usize> {
    let next = index_word(words)? + 1;
    (words.get(next)?.text == "ASYNC").then_some(next)
}

/// Whether the server would invent a name, and a second one the second time.
fn adds_unnamed(words: &[Word]) -> bool {
    let after = |index: usize| words.get(index + 1).map_or("", |word| word.text.as_str());
    if let Some(index) = index_word(words) {
        return after(async_word(words).unwrap_or(index)) == "ON";
    }
    words.first().is_some_and(|word| word.text == "ALTER")
        && words.iter().enumerate().any(|(index, word)| {
            word.depth == 0
                && word.text == "ADD"
                && matches!(
                    after(index),
                    "CHECK" | "FOREIGN" | "UNIQUE" | "PRIMARY" | "EXCLUDE"
                )
        })
}

/// Which errors of this statement say that what it makes is there. The same
/// codes mean a real mistake elsewhere: 42701 for a column named twice in a
/// `CREATE TABLE`, 42P07 for a `RENAME`.
fn already(words: &[Word]) -> &'static [&'static str] {
    let top: Vec<&str> = words
        .iter()
        .filter(|word| word.depth == 0)
        .map(|word| word.text.as_str())
        .collect();
    match top.as_slice() {
        ["CREATE", rest @ ..] => match rest
            .iter()
            .find(|word| !matches!(**word, "OR" | "REPLACE" | "UNIQUE" | "MATERIALIZED"))
        {
            Some(&("TABLE" | "INDEX" | "VIEW" | "SEQUENCE")) => &["42P07"],
            Some(&"SCHEMA") => &["42P06"],
            Some(&("FUNCTION" | "PROCEDURE")) => &["42723"],
            Some(&"DATABASE") => &["42P04"],
            _ => &["42710"],
        },
        ["ALTER", rest @ ..] if rest.contains(&"ADD") && !rest.contains(&",") => {
            &["42701", "42710", "42P07"]
        }
        _ => &[],
    }
}

fn refused(words: &[Word]) -> Option<&'static str> {
    let at = |index: usize| words.get(index).map_or("", |word| word.text.as_str());
    let has = |text: &str| words.iter().any(|word| word.text == text);
    match at(0) {
        "BEGIN" | "START" | "COMMIT" | "END" | "ROLLBACK" | "ABORT" | "SAVEPOINT" | "RELEASE" => {
            Some("each statement is a transaction of its own: take this one out")
        }
        "PREPARE" if at(1) == "TRANSACTION" => {
            Some("each statement is a transaction of its own: take this one out")
        }
        "COPY" if has("STDIN") || has("STDOUT") => {
            Some("COPY with a client's data cannot run from a script: use INSERT")
        }
        "\\" => Some("this is a command of psql, not SQL"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::split;

    use super::*;

    fn kind(sql: &str) -> Kind {
        split(sql).expect("valid").remove(0).kind
    }

    #[test]
    fn only_what_cannot_double_is_repeatable() {
        for sql in [
            "CREATE TABLE t (a int, CHECK (a > 0))",
            "CREATE INDEX ASYNC i ON t (a)",
            "ALTER TABLE t ADD COLUMN a int",
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)",
            "DROP TABLE t",
            "GRANT SELECT ON t TO r",
            "SET search_path = s",
        ] {
            assert!(kind(sql).repeatable, "{sql}");
        }
        for sql in [
            "CREATE INDEX ASYNC ON t (a)",
            "CREATE UNIQUE INDEX ON t (a)",
            "ALTER TABLE t ADD CHECK (a > 0)",
            "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u (a)",
            "INSERT INTO t VALUES (1)",
            "SELECT nextval('s')",
            "CALL p()",
            "DO $$ BEGIN END $$",
        ] {
            assert!(!kind(sql).repeatable, "{sql}");
        }
    }

    #[test]
    fn a_query_that_writes_is_a_write() {
        assert_eq!(
            kind("WITH a AS (SELECT 1) SELECT * FROM a").verb,
            Verb::Read
        );
        let writes = kind("WITH a AS (DELETE FROM t RETURNING b) SELECT * FROM a");
        assert_eq!((writes.verb, writes.has_rows), (Verb::Write, true));
        assert_eq!(kind("SELECT 'INSERT'").verb, Verb::Read);
    }

    #[test]
    fn what_cannot_run_from_a_script_is_refused() {
        for sql in [
            "begin",
            "START TRANSACTION",
            "COMMIT",
            "PREPARE TRANSACTION 'x'",
            "COPY t FROM STDIN",
            "\\d t",
        ] {
            assert!(kind(sql).refused.is_some(), "{sql}");
        }
        for sql in ["PREPARE p AS SELECT 1", "COPY t FROM '/file'", "SELECT 1"] {
            assert!(kind(sql).refused.is_none(), "{sql}");
        }
    }
}
