//! Tests of which lines are valid and how values are read.

use super::{Document, document};
use proptest::prelude::*;

fn complaint(text: &str) -> String {
    Document::parse(text).unwrap_err().to_string()
}

#[test]
fn what_dotenvy_reads() {
    let cases = [
        ("K=v", "v"),
        ("K=v # c", "v"),
        ("K=v#c", "v#c"),
        ("K=", ""),
        ("K= # c", ""),
        ("K = v ", "v"),
        ("  export K=v\r", "v"),
        ("K='a # $b \\n'", "a # $b \\n"),
        ("K=\"a\\n\\\"b\\\"\"", "a\n\"b\""),
        ("K='a\nb'", "a\nb"),
        ("K='it'\\''s'", "it's"),
        ("K=a\\ b", "a b"),
        ("DOTENV_TEST_A=1\nK=${DOTENV_TEST_A}2", "12"),
        (
            "DOTENV_TEST_A=1\nK='${DOTENV_TEST_A}2'",
            "${DOTENV_TEST_A}2",
        ),
        ("K=1\nK=2", "2"),
        ("\u{feff}K=v", "v"),
    ];
    for (text, value) in cases {
        assert_eq!(
            document(&format!("{text}\n")).get("K").as_deref(),
            Some(value),
            "{text}"
        );
    }
    assert_eq!(
        document("A.B=1\nexport=2\n").keys().collect::<Vec<_>>(),
        ["A.B", "export"]
    );
}

#[test]
fn a_line_that_cannot_be_read_is_named_and_not_shown() {
    let cases = [
        ("A=1\nsecret\n", "line 2: there is no `=` after the name"),
        (
            "\n=secret\n",
            "line 2: a line starts with the name of a variable, `#` or nothing",
        ),
        (
            "A=my secret\n",
            "line 1: a value with white space goes in quotes",
        ),
        (
            "A=  # don't\nB='\n",
            "line 1: the quote in this comment makes some readers skip what follows; \
             put exactly one space before the `#`",
        ),
        (
            "A='1'\nB='sec\nret\n",
            "line 2: a quote is not closed; `$NAME` in quotes is written `${NAME}`",
        ),
        (
            "A=\"$HOME\"\n",
            "line 1: a quote is not closed; `$NAME` in quotes is written `${NAME}`",
        ),
        ("A=${HOME\n", "line 1: there is no `}` for the `${`"),
        ("A='secret\0'\n", "line 1: there is a NUL character in it"),
        ("A=1\nB=2 ", "line 2: the line goes on where the file ends"),
        (
            "A=1\n ",
            "line 2: the last line has white space and no line end",
        ),
        (
            "A=1  # don't\nB=2\nC='\n",
            "line 1: the quote in this comment makes some readers skip what follows; \
             put exactly one space before the `#`",
        ),
        (
            "A=  # don't\nB='\n",
            "line 1: the quote in this comment makes some readers skip what follows; \
             put exactly one space before the `#`",
        ),
        (
            "A='1\\'\nB='\n",
            "line 1: a backslash keeps the quote behind it from closing the value",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(complaint(text), message, "{text}");
    }
}

#[test]
fn an_error_says_what_a_line_is() {
    let error = Document::parse("nonsense\n").unwrap_err();
    assert!(error.hint().unwrap().contains("NAME=value"));
}

/// Lines of the tokens that mean something, so that quotes, comments and escapes meet.
fn text() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "A", "B=", "=", "'", "\"", "\\", "#", " #", " ", "  ", "\t", "\n", "\r\n", "$", "${", "}",
        "é", "\u{2003}", "export ", "\nC=", "\nD='", "'\n", "\"\n", "x",
    ]);
    prop::collection::vec(token, 0..14).prop_map(|tokens| tokens.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_read_is_what_dotenvy_reads(text in text()) {
        let pairs: Result<Vec<_>, _> = dotenvy::from_read_iter(text.as_bytes()).collect();
        match (Document::parse(&text), pairs) {
            (Ok(all), Ok(pairs)) => {
                prop_assert_eq!(all.to_string(), text);
                prop_assert!(all.keys().eq(pairs.iter().map(|(key, _)| key.as_str())));
                for (key, _) in &pairs {
                    let last = pairs.iter().rfind(|(other, _)| other == key);
                    prop_assert_eq!(all.get(key), last.map(|(_, value)| value.clone()));
                }
            }
            (Ok(_), Err(error)) => prop_assert!(false, "dotenvy refuses it: {error}"),
            (Err(error), Ok(_)) => {
                // Refused though dotenvy reads it: only where a line takes in the next.
                let message = error.to_string();
                prop_assert!(message.contains("backslash keeps") || message.contains("skip what follows"), "{}", message);
            }
            (Err(_), Err(_)) => {}
        }
    }

    #[test]
    fn a_set_touches_nothing_else(text in text(), value in super::value()) {
        let Ok(before) = Document::parse(&text) else { return Ok(()) };
        prop_assume!(!value.contains('\0'));
        for key in ["A", "B", "C", "NEW"] {
            let mut after = document(&text);
            prop_assert!(after.set(key, &value).is_ok(), "{} in {:?}", key, text);
            prop_assert_eq!(after.get(key), Some(value.clone()));
            prop_assert_eq!(super::dotenvy_says(&after.to_string(), key), Some(value.clone()));
            let same = before.keys().all(|other| after.keys().any(|found| found == other));
            prop_assert!(same);
            prop_assert!(after.unset(key));
            prop_assert_eq!(after.get(key), None);
        }
    }
}
