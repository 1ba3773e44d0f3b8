//! What is written, read by the real Docker Compose.

use super::{Document, VALUES, value};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::env;
use std::fmt::Write;
use std::fs;
use std::process::Command;

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

#[test]
fn compose_reads_the_same() {
    let Some(compose) = compose() else {
        assert!(
            env::var("CI").as_deref() != Ok("true"),
            "CI needs Docker Compose 2+"
        );
        println!("skipped: Docker Compose 2+ is not here");
        return;
    };
    let mut runner = TestRunner::deterministic();
    let random = (0..1500).map(|_| value().new_tree(&mut runner).unwrap().current());
    let values: Vec<String> = VALUES
        .iter()
        .map(|value| (*value).to_owned())
        .chain(random)
        .collect();

    let folder = tempfile::tempdir().unwrap();
    let mut all = Document::parse(
        "# Made by a test\n\nV0=old # a comment\nexport V1=old\t# don't\nV2= # c\n",
    )
    .unwrap();
    let mut project =
        String::from("name: dotenv\nservices:\n  one:\n    image: one\n    environment:\n");
    for (n, value) in values.iter().enumerate() {
        all.set(&format!("V{n}"), value).unwrap();
        writeln!(project, "      E{n}: \"${{V{n}-unset}}\"").unwrap();
    }
    fs::write(folder.path().join(".env"), all.to_string()).unwrap();
    fs::write(folder.path().join("docker-compose.yml"), project).unwrap();
    let mut command = Command::new(compose[0]);
    command
        .args(&compose[1..])
        .args(["--project-directory", "."])
        .args(["config", "--format", "json"]);
    let output = command.current_dir(folder.path()).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let json = String::from_utf8(output.stdout).unwrap();
    for (n, value) in values.iter().enumerate() {
        assert_eq!(&string(&json, &format!("E{n}")), value, "V{n}");
    }
}
