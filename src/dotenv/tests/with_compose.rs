//! The real Docker Compose reads every document as we do, and refuses the same ones.

use super::grammar::LINES_WITH_VALUES;
use super::skipped::skipped;
use super::{Environment, TYPICAL_VALUES, document, value};
use crate::dotenv::Document;
use proptest::collection::vec;
use proptest::sample::select;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

/// The variables that both get. Compose would add the last two itself.
const ENVIRONMENT: [(&str, &str); 5] = [
    ("A", "a of the shell"),
    ("EMPTY", ""),
    ("SET", "from the shell"),
    ("COMPOSE_PROJECT_NAME", "project"),
    ("PWD", "/project"),
];

/// Pieces in any order: most documents are refused.
const DOCUMENT_PIECES: [&str; 46] = [
    "A",
    "B=",
    "=",
    "'",
    "\"",
    "\\",
    "#",
    " #",
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "$",
    "${",
    "}",
    "é",
    "\u{2003}",
    "export ",
    "\nC=",
    "\nD='",
    "'\n",
    "\"\n",
    "x",
    "${A:-",
    "${B-",
    "${C:?m}",
    "${SET:+y}",
    "$$",
    "${EMPTY:-",
    "${EMPTY-e}",
    "Y: v",
    "FOO\n",
    "SET\n",
    "\\n",
    "\\$",
    "\\\"",
    "\\012",
    ":",
    "\u{a0}",
    "{",
    "\nE=\"",
    "$SET",
    "O'Brien",
    "?",
    "-",
];

/// Pieces of values.
const VALUE_PIECES: [&str; 27] = [
    "v",
    " ",
    "a b",
    "#",
    " #c",
    "\\",
    "$$",
    "${A}",
    "$B",
    "${Z:-d}",
    "${Z:-${B:-e}}",
    "${SET:+y}",
    "${EMPTY:-f}",
    "${EMPTY-g}",
    "\\n",
    "\\$",
    "'",
    "\"",
    "\t",
    "é",
    "{",
    "}",
    "\\012",
    "\\0",
    "=",
    "${Q-h} i}",
    "${Z:?m}",
];

/// Documents made of lines, most of which are read.
fn lines() -> impl Strategy<Value = String> {
    let keys = vec![
        "A", "B", "C", "D_1", "E.x", "F-g", "H[0]", "é", "1J", "SET", "EMPTY",
    ];
    let heads = vec!["", "", "export ", "  "];
    let separators = vec!["=", "=", " = ", ": ", "=\t"];
    let tails = vec![
        "\n", "\n", " # c\n", "\t# c\n", "#c\n", "\r\n", "\n\n", " ", "",
    ];
    let value = vec_of(&VALUE_PIECES, 4);
    let quotes = vec!["", "", "\"", "'"];
    let line = (
        select(heads),
        select(keys),
        select(separators),
        select(quotes),
        value,
        select(tails),
        0..12_u8,
    );
    let line = line.prop_map(
        |(head, key, separator, quote, value, tail, kind)| match kind {
            0 => format!("{head}{key}{tail}"),
            _ => format!("{head}{key}{separator}{quote}{value}{quote}{tail}"),
        },
    );
    vec(line, 1..6).prop_map(|lines| lines.concat())
}

fn vec_of(pieces: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    vec(select(pieces), 0..most).prop_map(|pieces| pieces.concat())
}

/// The binary of a Compose of version 5 or later, to start it without the `docker` around it.
fn compose() -> Option<PathBuf> {
    let config = std::env::var_os("DOCKER_CONFIG").map(PathBuf::from);
    let own = std::env::home_dir().map(|home| home.join(".docker"));
    let system = [
        "/usr/local/lib/docker",
        "/usr/lib/docker",
        "/usr/libexec/docker",
    ];
    let folders = config.into_iter().chain(own);
    let mut folders = folders.chain(system.iter().map(PathBuf::from));
    folders.find_map(|folder| {
        let file = folder.join("cli-plugins/docker-compose");
        let output = Command::new(&file).args(["version", "--short"]).output();
        let version = String::from_utf8(output.ok()?.stdout).ok()?;
        let major: u32 = version
            .trim_start_matches('v')
            .split('.')
            .next()?
            .parse()
            .ok()?;
        (major >= 5).then_some(file)
    })
}

/// What Compose interpolates with in `folder`, a variable a line; none if it refuses the file.
fn compose_reads(compose: &Path, folder: &Path, text: &str) -> Option<String> {
    fs::write(folder.join(".env"), text).unwrap();
    let output = Command::new(compose)
        .args(["config", "--environment"])
        .current_dir(folder)
        .env_clear()
        .envs(ENVIRONMENT)
        .output()
        .unwrap();
    let read = String::from_utf8(output.stdout).unwrap();
    output
        .status
        .success()
        .then(|| read.strip_suffix('\n').unwrap_or(&read).to_owned())
}

fn we_read(text: &str) -> Option<String> {
    let all = BTreeMap::from(ENVIRONMENT);
    let environment = Environment::new(move |name: &str| all.get(name).map(ToString::to_string));
    let document = Document::parse(text, &environment).ok()?;
    let mut read: BTreeMap<_, _> = document
        .statements()
        .filter_map(|statement| Some((statement.key.clone(), statement.value.clone()?)))
        .collect();
    read.extend(ENVIRONMENT.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let mut lines: Vec<_> = read
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    lines.sort();
    Some(lines.join("\n"))
}

/// Compares every document, on two threads.
fn compare(documents: &[String]) {
    let Some(compose) = compose() else {
        skipped("Docker Compose 5 or later");
        return;
    };
    let compare = |documents: &[String]| {
        let folder = tempfile::tempdir().unwrap();
        let project = "name: project\nservices:\n  one:\n    image: one\n";
        fs::write(folder.path().join("compose.yaml"), project).unwrap();
        for text in documents {
            let theirs = compose_reads(&compose, folder.path(), text);
            assert_eq!(we_read(text), theirs, "{text:?}");
        }
    };
    let (one, other) = documents.split_at(documents.len() / 2);
    thread::scope(|scope| {
        scope.spawn(|| compare(one));
        compare(other);
    });
}

#[test]
fn compose_reads_what_we_read() {
    let mut runner = TestRunner::deterministic();
    let tokens = vec_of(&DOCUMENT_PIECES, 16);
    let random = (0..600).map(|_| tokens.new_tree(&mut runner).unwrap().current());
    let mut documents: Vec<_> = random.collect();
    let lines = lines();
    documents.extend((0..1400).map(|_| lines.new_tree(&mut runner).unwrap().current()));
    documents.extend(LINES_WITH_VALUES.map(|(text, _)| format!("{text}\n")));
    documents.extend(LINES_WITH_VALUES.map(|(text, _)| text.to_owned()));
    compare(&documents);
}

#[test]
fn compose_reads_what_was_set() {
    let mut runner = TestRunner::deterministic();
    let random = (0..500).map(|_| value().new_tree(&mut runner).unwrap().current());
    let values = TYPICAL_VALUES.iter().map(|value| (*value).to_owned());
    let mut all =
        document("# First\n\nV0=old # a comment\nexport V1=old\t# don't\nV2= # c\nV3='it\\'s'\n");
    for (n, value) in values.chain(random).enumerate() {
        let name = format!("V{n}");
        all.set(&name, &value).unwrap();
        assert_eq!(all.get(&name), Some(value));
    }
    compare(&[all.to_string()]);
}
