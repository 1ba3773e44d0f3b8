//! Splits scripts into statements.

use copilot_dsql::split;
use proptest::prelude::*;

fn texts(sql: &str) -> Vec<(usize, String)> {
    split(sql)
        .expect("valid")
        .into_iter()
        .map(|statement| (statement.line, statement.text))
        .collect()
}

#[test]
fn comments_around_a_statement_are_not_part_of_it() {
    let sql = "\n-- one; two\n/* three; /* nested */ */ SELECT 1 -- inside\n + 2 ; -- after\n\
               ;;\nSELECT 3";
    assert_eq!(
        texts(sql),
        [
            (3, "SELECT 1 -- inside\n + 2".to_owned()),
            (6, "SELECT 3".to_owned())
        ]
    );
    assert!(texts("-- nothing\n /* at all */ ;\n").is_empty());
}

#[test]
fn quotes_hold_semicolons() {
    for statement in [
        "SELECT 'a;b', 'it''s;', E'\\';', \"a;\"\"b\"",
        "SELECT $$a;'b$$, $tag$ $$; $tag$",
        "SELECT 'back\\', ';'",
        "SELECT U&'\\0041;', B'01', X'1F', N'x;'",
        "SELECT a->>'x;', b #>> '{a;}', c @> d, e <-> f, $1",
        "SELECT 'füñf; 多';",
    ] {
        let script = format!("{statement};\nSELECT 2");
        let found = texts(&script);
        assert_eq!(found.len(), 2, "{statement}");
        assert_eq!(found[0].1, statement.trim_end_matches(';'));
        assert_eq!(found[1], (2, "SELECT 2".to_owned()));
    }
}

#[test]
fn bodies_hold_semicolons() {
    let function = "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC\n\
                    SELECT CASE WHEN true THEN 1 END; SELECT 2; END";
    let rule = "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)";
    let found = texts(&format!("{function};\n{rule};"));
    assert_eq!(found, [(1, function.to_owned()), (3, rule.to_owned())]);
}

#[test]
fn what_is_not_closed_is_an_error_where_it_begins() {
    for open in ["'abc;", "$$ abc;", "$x$ abc; $y$", "\"abc;", "/* abc;"] {
        let error = split(&format!("SELECT 1;\n\nSELECT {open}\n\n\n")).expect_err("open");
        assert_eq!(error.kind(), "syntax", "{open}");
        assert_eq!(error.place().map(|place| place.line), Some(3), "{open}");
    }
}

#[test]
fn a_password_is_not_in_the_summary() {
    let found = split("ALTER ROLE app PASSWORD 'hunter2'").expect("valid");
    assert_eq!(found[0].summary, "ALTER ROLE app PASSWORD …");
}

/// A part of a statement: something that a `;` or a quote may hide in.
fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8}",
        "[^']{0,20}".prop_map(|inner| format!("'{inner}'")),
        "[^\"]{1,20}".prop_map(|inner| format!("\"{inner}\"")),
        "[^$]{0,20}".prop_map(|inner| format!("$${inner}$$")),
        "[^$]{0,20}".prop_map(|inner| format!("$q${inner}$q$")),
        "[^*/]{0,20}".prop_map(|inner| format!("/*{inner}*/")),
        "[^\r\n]{0,20}".prop_map(|inner| format!("--{inner}\n")),
        "[0-9]{1,6}",
        Just("(a, b)".to_owned()),
    ]
}

/// A statement that begins and ends with a word, so that its text is all of it.
fn statement() -> impl Strategy<Value = String> {
    prop::collection::vec(part(), 0..6)
        .prop_map(|parts| format!("SELECT {} AS last", parts.join(" ")))
}

proptest! {
    #[test]
    fn joined_statements_come_apart_again(
        statements in prop::collection::vec(statement(), 0..6),
        gap in "[ \n]{0,3}(-- [a-z;']{0,5}\n)?",
    ) {
        let mut script = String::new();
        let mut expected = Vec::new();
        for statement in &statements {
            script.push_str(&gap);
            expected.push((script.matches('\n').count() + 1, statement.clone()));
            script.push_str(statement);
            script.push(';');
        }
        prop_assert_eq!(texts(&script), expected);
    }

    #[test]
    fn any_text_is_split_or_refused(text in any::<String>()) {
        if let Ok(statements) = split(&text) {
            for statement in statements {
                prop_assert!(text.contains(&statement.text));
                prop_assert!(!statement.text.is_empty());
            }
        }
    }
}
