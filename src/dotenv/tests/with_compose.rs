//! What is written, read by the real Docker Compose.

use super::skipped::skipped;
use super::{Document, VALUES, value};
use crate::dotenv::compose::literal;
use proptest::sample::select;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::fmt::Write;
use std::fs;
use std::process::Command;

/// What stands for more than itself in some place.
const TOKENS: [&str; 14] = [
    "'", "\"", "\\", "#", " #", " ", "\t", "\r", "$", "n", "x", "é", "\u{a0}", "\u{2003}",
];

/// The command of a Compose of version 2 or later.
fn compose() -> Option<Vec<&'static str>> {
    let commands = [vec!["docker", "compose"], vec!["docker-compose"]];
    commands.into_iter().find(|command| {
        let output = Command::new(command[0])
            .args(&command[1..])
            .args(["version", "--short"])
            .output();
        output.is_ok_and(|output| {
            let version = String::from_utf8_lossy(&output.stdout);
            let major = version.trim().trim_start_matches('v').split('.').next();
            output.status.success()
                && major
                    .and_then(|major| major.parse().ok())
                    .is_some_and(|major: u32| major >= 2)
        })
    })
}

/// The string of a JSON object that is under `key`, with Compose's `$$` taken back.
fn string(json: &str, key: &str) -> String {
    let (_, rest) = json.split_once(&format!("\"{key}\": \"")).unwrap();
    let mut chars = rest.chars();
    let mut units: Vec<u16> = Vec::new();
    loop {
        let c = match chars.next().unwrap() {
            '"' => break,
            '\\' => match chars.next().unwrap() {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'u' => {
                    let hex: String = chars.by_ref().take(4).collect();
                    units.push(u16::from_str_radix(&hex, 16).unwrap());
                    continue;
                }
                c => c,
            },
            c => c,
        };
        units.extend(c.encode_utf16(&mut [0; 2]).iter());
    }
    String::from_utf16(&units).unwrap().replace("$$", "$")
}

/// What Compose makes of the variables `V0`, `V1`… of this file; `None` if it is not here.
fn values(text: &str, count: usize) -> Option<Vec<String>> {
    let Some(compose) = compose() else {
        skipped("Docker Compose 2 or later");
        return None;
    };
    let mut project =
        String::from("name: dotenv\nservices:\n  one:\n    image: one\n    environment:\n");
    for n in 0..count {
        writeln!(project, "      E{n}: \"${{V{n}-unset}}\"").unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".env"), text).unwrap();
    fs::write(folder.path().join("docker-compose.yml"), project).unwrap();
    let mut command = Command::new(compose[0]);
    command
        .args(&compose[1..])
        .args(["config", "--format", "json"]);
    let output = command.current_dir(folder.path()).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let json = String::from_utf8(output.stdout).unwrap();
    Some(
        (0..count)
            .map(|n| string(&json, &format!("E{n}")))
            .collect(),
    )
}

#[test]
fn compose_reads_what_was_set() {
    let mut runner = TestRunner::deterministic();
    let random = (0..500).map(|_| value().new_tree(&mut runner).unwrap().current());
    let set: Vec<_> = VALUES
        .iter()
        .map(|value| (*value).to_owned())
        .chain(random)
        .collect();
    let before = "# First\n\nV0=old # a comment\nexport V1=old\t# don't\nV2= # c\nV3='it'\\''s'\n";
    let mut all = Document::parse(before).unwrap();
    for (n, value) in set.iter().enumerate() {
        all.set(&format!("V{n}"), value).unwrap();
    }
    if let Some(read) = values(&all.to_string(), set.len()) {
        assert_eq!(read, set);
    }
}

/// The rules that `set` goes by are those of the real reader, whatever is on the line.
#[test]
fn a_literal_is_what_compose_reads() {
    let mut runner = TestRunner::deterministic();
    let raw = select(&TOKENS[..]);
    let raw = proptest::collection::vec(raw, 0..9).prop_map(|tokens| tokens.concat());
    let quoted = (raw.clone(), select(&["'", "\""][..]))
        .prop_map(|(raw, quote)| format!("{quote}{raw}{quote} # c"));
    let raw = proptest::prop_oneof![raw, quoted];
    let (mut text, mut expected) = (String::new(), Vec::new());
    while expected.len() < 1500 {
        let line = raw.new_tree(&mut runner).unwrap().current() + "\n";
        if let Some(value) = literal(&line) {
            write!(text, "V{}={line}", expected.len()).unwrap();
            expected.push(value);
        }
    }
    if let Some(read) = values(&text, expected.len()) {
        assert_eq!(read, expected);
    }
}
