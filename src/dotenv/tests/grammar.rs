//! What is read, value by value, and what is refused.

use super::{document, parse};
use crate::dotenv::{Document, Environment};
use proptest::prelude::*;

fn complaint(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

/// Each was compared with Docker Compose 5; `with_compose.rs` compares them again.
pub(super) const LINES_WITH_VALUES: [(&str, &str); 30] = [
    ("K=v", "v"),
    ("K=v # c", "v"),
    ("K=v#c", "v#c"),
    ("K=v\t# c", "v\t# c"),
    ("K=", ""),
    ("K= # c", "# c"),
    ("K = v ", "v"),
    ("  export K=v\r", "v"),
    ("K: v", "v"),
    ("K=two words", "two words"),
    ("K=O'Brien", "O'Brien"),
    ("K='O\nBrien'", "O\nBrien"),
    ("K='a # $b \\n'", "a # $b \\n"),
    ("K='it\\'s'", "it's"),
    ("K=\"a\\n\\\"b\\\"\"", "a\n\"b\""),
    ("K=\"b\"#mine", "b"),
    ("K=\"\\101\\0101\\$A\"", "\\101A$A"),
    ("K=a\\ b", "a\\ b"),
    ("A=1\nK=${A}2", "12"),
    ("A=1\nK='${A}2'", "${A}2"),
    ("K=$$x", "$x"),
    ("K=${A:-b}", "b"),
    ("A=\nK=${A-b}${A:-c}", "c"),
    ("A=1\nK=${A:+x}${B+y}${B:+z}", "x"),
    ("K=${A:-${B:-c}}", "c"),
    ("K=${A:-b} and } more", "b and } more"),
    ("K=1\nK=2", "2"),
    ("A=\"b\" K=v", "v"),
    ("K=$1 $", "$1 $"),
    ("\u{feff}K=v", "v"),
];

#[test]
fn values_are_those_of_compose() {
    for (text, value) in LINES_WITH_VALUES {
        let all = document(&format!("{text}\n"));
        assert_eq!(all.get("K").as_deref(), Some(value), "{text}");
    }
    let all = document("A.B=1\nexport=2\n1C=3\nd-e[0]=4\n");
    assert_eq!(
        all.keys().collect::<Vec<_>>(),
        ["A.B", "export", "1C", "d-e[0]"]
    );
}

#[test]
fn the_environment_comes_before_the_file() {
    let environment = Environment::new(|name: &str| match name {
        "SHELL_ONLY" => Some("s".to_owned()),
        "BOTH" => Some("shell".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    });
    let text = "BOTH=file\nEMPTY=file\nA=$BOTH-${EMPTY:-none}-$SHELL_ONLY\nSHELL_ONLY\nMISSING\n";
    let all = Document::parse(text, &environment).unwrap();
    assert_eq!(all.get("A").as_deref(), Some("shell-none-s"));
    assert_eq!(all.get("SHELL_ONLY").as_deref(), Some("s"));
    assert_eq!(all.get("MISSING"), None);
    assert_eq!(
        all.keys().collect::<Vec<_>>(),
        ["BOTH", "EMPTY", "A", "SHELL_ONLY"]
    );
}

#[test]
fn a_line_that_cannot_be_read_is_named_and_no_value_is_shown() {
    for (text, message) in [
        (
            "A=1\nmy secret\n",
            "line 2: there is a space in the name of a variable",
        ),
        (
            "A=1\nsecret%\n",
            "line 2: a line is `NAME=value`, a comment or blank",
        ),
        ("A='1'\nB='sec\nret\n", "line 2: a quote is not closed"),
        (
            "A=${HOME\n",
            "line 1: `${` is followed by the name of a variable, and closed by `}`",
        ),
        (
            "S=secret\n\nA=${B:?set it, not $S}\n",
            "line 3: the variable B is required, and has no value: set it, not $S",
        ),
        (
            "A=${B?}\n",
            "line 1: the variable B is required, and has no value",
        ),
        ("A='secret\0'\n", "line 1: there is a NUL character"),
        ("A=1\nexport ", "line 2: there is no name after `export`"),
    ] {
        assert_eq!(complaint(text), message, "{text}");
    }
}

#[test]
fn an_error_says_what_a_line_is() {
    let error = parse("%\n").unwrap_err();
    assert!(error.to_string().contains("NAME=value"), "{error}");
}

#[test]
fn the_hint_fits_the_cause() {
    for (text, hint) in [
        ("%\n", Some("white space")),
        ("MY NAME=1\n", Some("white space")),
        ("NAME=\"a\n", Some("close it")),
        ("NAME=${A\n", None),
    ] {
        let error = parse(text).unwrap_err();
        match (hint, error.hint()) {
            (Some(part), Some(hint)) => assert!(hint.contains(part), "{text:?}: {hint}"),
            (None, None) => {}
            (_, got) => panic!("{text:?}: {got:?}"),
        }
    }
}

/// Lines of the tokens that mean something, so that quotes, comments and escapes meet.
fn text() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "A", "B=", "=", "'", "\"", "\\", "#", " #", " ", "  ", "\t", "\n", "\r\n", "$", "${", "}",
        "é", "\u{2003}", "export ", "\nC=", "\nD='", "'\n", "\"\n", "x",
    ]);
    prop::collection::vec(token, 0..14).prop_map(|tokens| tokens.concat())
}

/// Lines as people write them, which dotenvy reads as Compose does.
fn plain() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        "[A-Za-z0-9_./:@%+,-]{0,8}",
        "'[A-Za-z0-9 #$\"=]{0,8}'",
        "\"[A-Za-z0-9 #'=]{0,8}\"",
    ];
    let line = ("(export )?", "[ABC]", value, "( # c)?");
    let line = line.prop_map(|(export, key, value, comment)| {
        // A comment behind nothing is a value for Compose.
        let comment = if value.is_empty() {
            String::new()
        } else {
            comment
        };
        format!("{export}{key}={value}{comment}\n")
    });
    prop::collection::vec(line, 0..6).prop_map(|lines| lines.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_plain_is_what_dotenvy_reads(text in plain()) {
        let all = document(&text);
        for (key, _) in dotenvy::from_read_iter(text.as_bytes()).map(Result::unwrap) {
            prop_assert_eq!(all.get(&key), super::dotenvy_says(&text, &key), "{}", text);
        }
    }

    #[test]
    fn nothing_panics_and_nothing_is_lost(text in text()) {
        if let Ok(all) = parse(&text) {
            prop_assert_eq!(all.to_string(), text);
        }
    }

    #[test]
    fn a_set_touches_nothing_else(text in text(), value in super::value()) {
        let Ok(before) = parse(&text) else { return Ok(()) };
        prop_assume!(!value.contains('\0'));
        for key in ["A", "B", "C", "NEW"] {
            let mut after = document(&text);
            prop_assert!(after.set(key, &value).is_ok(), "{} in {:?}", key, text);
            prop_assert_eq!(after.get(key), Some(value.clone()));
            let same = before.keys().all(|other| after.keys().any(|found| found == other));
            prop_assert!(same);
            prop_assert!(after.unset(key));
            prop_assert_eq!(after.get(key), None);
        }
    }
}
