//! The shortcuts in the Justfile: each is for a verb that there is, and each verb of daily work
//! has one.

use crate::harness::{Repo, allowed_to_be_skipped, assert_contains, find};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

const COPILOT_CALL: &str = "    @{{ copilot }} ";
const FORWARDED_ARGUMENTS: &str = " \"$@\"";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Each shortcut with the words that it gives `copilot`.
fn shortcuts() -> BTreeMap<String, Vec<String>> {
    let text = fs::read_to_string(root().join("Justfile")).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let named = lines.windows(3).filter_map(|three| {
        let name = three[1].strip_suffix(" *args:")?;
        assert_eq!(three[0], "[group('dev')]", "{name}");
        let words = three[2]
            .strip_prefix(COPILOT_CALL)
            .and_then(|rest| rest.strip_suffix(FORWARDED_ARGUMENTS))
            .unwrap_or_else(|| panic!("{name}: {}", three[2]));
        let words = words.split(' ').map(str::to_owned).collect();
        Some((name.to_owned(), words))
    });
    let found: BTreeMap<_, _> = named.collect();
    assert_eq!(found.len(), text.matches("{{ copilot }}").count());
    found
}

#[test]
fn every_shortcut_is_for_a_verb() {
    let repo = Repo::new().shipped_recipes();
    for (name, words) in shortcuts() {
        let words = words.iter().map(String::as_str).chain(["--help"]);
        let help = repo.copilot(words).any_stdout().run();
        assert!(help.stdout.contains("Usage: copilot dev "), "{name}");
    }
}

#[test]
fn daily_work_has_a_shortcut() {
    let found = shortcuts();
    let names: Vec<_> = found.keys().map(String::as_str).collect();
    let expected = [
        "dev-bootstrap",
        "dev-build",
        "dev-doctor",
        "dev-down",
        "dev-infra-apply",
        "dev-infra-destroy",
        "dev-init",
        "dev-logs",
        "dev-namespaces",
        "dev-ps",
        "dev-schema",
        "dev-up",
    ];
    assert_eq!(names, expected);
}

#[test]
fn just_runs_them() {
    let Some(just) = find("just") else {
        allowed_to_be_skipped("just is not here");
        return;
    };
    let copilot = format!("copilot={}", env!("CARGO_BIN_EXE_copilot"));
    for (name, words) in shortcuts() {
        let ended = Command::new(&just)
            .current_dir(root())
            .args([&copilot, &name, "--help"])
            .output()
            .unwrap();
        let (said, wrong) = (
            String::from_utf8_lossy(&ended.stdout),
            String::from_utf8_lossy(&ended.stderr),
        );
        let verb: Vec<_> = words.iter().filter(|it| !it.starts_with('-')).collect();
        let verb = verb.into_iter().cloned().collect::<Vec<_>>().join(" ");
        assert!(
            said.contains(&format!("Usage: copilot {verb}")),
            "{name}: {said}{wrong}"
        );
    }
    // Words with spaces arrive as they are.
    let refused = Command::new(&just)
        .current_dir(root())
        .args([&copilot, "dev-build", "two words"])
        .output()
        .unwrap();
    let wrong = String::from_utf8_lossy(&refused.stderr);
    assert_contains(&wrong, "'two words'");
}
