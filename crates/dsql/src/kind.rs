//! Classifies a statement, as far as running it safely requires.

use sqlparser::tokenizer::Token;

/// A token that is neither whitespace nor comment: unquoted words in upper
/// case, other tokens verbatim. `depth` counts the parentheses around it.
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) depth: usize,
}

/// Converts the tokens of one statement, one word each.
pub(crate) fn to_words<'a>(tokens: impl Iterator<Item = &'a Token>) -> Vec<Word> {
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

/// The kind of action, by the first word of the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// `CREATE`, `ALTER`, `DROP`, `GRANT`, `REVOKE`, `COMMENT`.
    Define,
    /// `SELECT`, `VALUES`, `TABLE`, `SHOW`, `EXPLAIN`, `WITH`.
    Read,
    /// `SET`, `RESET`: lasts as long as the connection, so it is repeated on a
    /// new one.
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
    /// Running it twice has the effect of running it once, or fails.
    pub(crate) repeatable: bool,
    /// It may return rows, so the server is asked for the types of the columns.
    pub(crate) has_rows: bool,
    /// SQLSTATEs that mean that the object already exists.
    pub(crate) already_exists: &'static [&'static str],
    /// It names a single object, so a notice about that object covers all of it.
    pub(crate) single: bool,
    /// It needs an index that an earlier statement creates.
    pub(crate) needs_index: bool,
    /// Why it cannot be run from a script, if so.
    pub(crate) refused: Option<&'static str>,
}

impl Kind {
    pub(crate) fn from_words(words: &[Word]) -> Self {
        let at = |index: usize| words.get(index).map_or("", |word| word.text.as_str());
        let has = |text: &str| words.iter().any(|word| word.text == text);
        let verb = match at(0) {
            "CREATE" | "ALTER" | "DROP" | "GRANT" | "REVOKE" | "COMMENT" => Verb::Define,
            // A query may also write: `WITH new AS (INSERT …) SELECT …`.
            "WITH" if has("INSERT") || has("UPDATE") || has("DELETE") => Verb::Write,
            "SELECT" | "VALUES" | "TABLE" | "SHOW" | "EXPLAIN" | "WITH" | "(" => Verb::Read,
            "SET" | "RESET" => Verb::Set,
            _ => Verb::Write,
        };
        Self {
            verb,
            repeatable: verb == Verb::Set || verb == Verb::Define && !adds_unnamed(words),
            has_rows: verb == Verb::Read || matches!(at(0), "CALL" | "WITH") || has("RETURNING"),
            already_exists: already_exists(words),
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

/// Position of `ASYNC` in `CREATE [UNIQUE] INDEX ASYNC`. DSQL requires the
/// word, so it is never the name of the index.
pub(crate) fn async_word(words: &[Word]) -> Option<usize> {
    let next = index_word(words)? + 1;
    (words.get(next)?.text == "ASYNC").then_some(next)
}

/// Whether the server chooses a name, and so another one the second time.
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

/// SQLSTATEs with which this statement reports that its object already exists.
/// In other statements the same codes are mistakes: 42701 for a column named
/// twice in a `CREATE TABLE`, 42P07 for a `RENAME`.
fn already_exists(words: &[Word]) -> &'static [&'static str] {
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

/// Why `BEGIN` and the like are refused.
const TRANSACTION_CONTROL: &str = "a script cannot control transactions: each statement runs in one of its own, or \
    all in one with the option `transaction`";

fn refused(words: &[Word]) -> Option<&'static str> {
    let at = |index: usize| words.get(index).map_or("", |word| word.text.as_str());
    let has = |text: &str| words.iter().any(|word| word.text == text);
    match at(0) {
        "BEGIN" | "START" | "COMMIT" | "END" | "ROLLBACK" | "ABORT" | "SAVEPOINT" | "RELEASE" => {
            Some(TRANSACTION_CONTROL)
        }
        "PREPARE" if at(1) == "TRANSACTION" => Some(TRANSACTION_CONTROL),
        "COPY" if has("STDIN") || has("STDOUT") => {
            Some("COPY from or to the client cannot run from a script: use INSERT")
        }
        "\\" => Some("this is a psql command, not SQL"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use sqlparser::{dialect::PostgreSqlDialect, tokenizer::Tokenizer};

    use super::*;

    fn kind(sql: &str) -> Kind {
        let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql)
            .tokenize()
            .expect("valid");
        let tokens = tokens
            .iter()
            .filter(|token| !matches!(token, Token::Whitespace(_)));
        Kind::from_words(&to_words(tokens))
    }

    #[test]
    fn only_statements_that_cannot_double_are_repeatable() {
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
    fn statements_that_cannot_run_from_a_script_are_refused() {
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
