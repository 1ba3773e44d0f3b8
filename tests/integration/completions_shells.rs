//! Completion in real shells.

use crate::harness::completing::repo;
use crate::harness::{Repo, Terminal, allowed_to_be_skipped, eventually, find};
use std::path::Path;
use std::process::Command;

/// Where `copilot` is found.
fn path() -> String {
    let copilot = Path::new(env!("CARGO_BIN_EXE_copilot")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    format!("{}:{path}", copilot.display())
}

/// What `program` prints, given `script`.
fn answers(repo: &Repo, program: &str, words: &[&str]) -> String {
    let mut command = Command::new(program);
    command.args(words).current_dir(repo.path()).env_clear();
    command.envs(repo.environment()).env("PATH", path());
    let output = command.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).unwrap()
}

/// Types `keys` into `shell` on a terminal once it shows `%`, its prompt, and waits for `shown`.
#[track_caller]
fn typed(repo: &Repo, shell: &str, words: &[&str], start: &str, keys: &[(&str, &str)]) {
    let path = path();
    let variables = [("PATH", path.as_str()), ("PS1", "% "), ("TERM", "xterm")];
    let terminal = Terminal::program(repo, shell, words.iter().copied(), &variables);
    terminal.press(start);
    eventually("the shell", || terminal.screen().contains("ready-2"));
    for (keys, shown) in keys {
        terminal.press(keys);
        terminal.wait_for(shown);
    }
}

#[test]
fn bash_completes() {
    const COMPLETION_SCRIPT: &str = r#"
        eval "$(copilot completions bash)"
        ask() {
            COMP_WORDS=("$@")
            COMP_CWORD=$(($# - 1))
            _copilot
            echo "${COMPREPLY[*]}"
        }
        ask copilot dev s
        ask copilot dev deploy --only schema/setup : ''
        ask copilot dev deploy --output = j
        ask copilot dev deploy --output =
        ask copilot dev deploy --from dev/comp
        ask copilot dev deploy --nope
        cd recipes
        ask copilot dev 'dep'
    "#;
    let Some(bash) = find("bash") else {
        return allowed_to_be_skipped("bash is not here");
    };
    let answers = answers(&repo(), &bash.to_string_lossy(), &["-c", COMPLETION_SCRIPT]);
    assert_eq!(
        answers,
        "schema show\ntables\njson\ntext json\ndev/compose.yaml\n\ndeploy\n"
    );
}

#[test]
fn bash_completes_at_a_terminal() {
    let Some(bash) = find("bash") else {
        return allowed_to_be_skipped("bash is not here");
    };
    typed(
        &repo(),
        &bash.to_string_lossy(),
        &["--norc", "--noprofile", "-i"],
        "eval \"$(copilot completions bash)\"; echo ready-$((1+1))\n",
        &[
            ("copilot dev sch\tse\t", "copilot dev schema setup "),
            (
                "\x15copilot dev deploy --only=schema/s\t",
                "--only=schema/setup:tables ",
            ),
            (
                "\x15copilot dev deploy --from dev/c\t",
                "--from dev/compose.yaml ",
            ),
        ],
    );
}

#[test]
fn zsh_completes_at_a_terminal() {
    let Some(zsh) = find("zsh") else {
        return allowed_to_be_skipped("zsh is not here");
    };
    typed(
        &repo(),
        &zsh.to_string_lossy(),
        &["-f", "-i"],
        "autoload -Uz compinit; compinit -D -u; eval \"$(copilot completions zsh)\"; echo ready-$((1+1))\n",
        &[
            ("copilot dev deploy --hard l\t", "--hard live"),
            (
                "\x15copilot dev deploy --only=schema/\t",
                "schema/setup:tables",
            ),
            ("\x15copilot dev deploy --from=dev/c\t", "dev/compose.yaml"),
            ("\x15copilot dev schema \t", "Drop it."),
        ],
    );
}

#[test]
fn fish_completes() {
    const COMPLETION_SCRIPT: &str = "
        copilot completions fish | source
        complete -C 'copilot dev s'
        complete -C 'copilot dev schema '
        complete -C 'copilot dev deploy --only schema/setup:'
        complete -C 'copilot dev deploy --output=j'
        complete -C 'copilot dev deploy --from dev/com'
    ";
    let Some(fish) = find("fish") else {
        return allowed_to_be_skipped("fish is not here");
    };
    let answers = answers(
        &repo(),
        &fish.to_string_lossy(),
        &["--no-config", "-c", COMPLETION_SCRIPT],
    );
    assert_eq!(
        answers,
        "schema\tA group of 2 verbs\nshow\tShow the parameters and steps of a recipe\ndrop\tDrop it.\nsetup\tSet it up.\nschema/setup:tables\n--output=json\ndev/compose.yaml\n"
    );
}

#[test]
fn elvish_completes_at_a_terminal() {
    let Some(elvish) = find("elvish") else {
        return allowed_to_be_skipped("elvish is not here");
    };
    typed(
        &repo(),
        &elvish.to_string_lossy(),
        &["-norc"],
        "eval (copilot completions elvish | slurp); echo ready-(+ 1 1)\r",
        &[("copilot dev sch\t", "ema"), ("\r", "Drop it.")],
    );
}

#[test]
fn powershell_completes() {
    const COMPLETION_SCRIPT: &str = "
        copilot completions powershell | Out-String | Invoke-Expression
        foreach ($line in 'copilot dev s', 'copilot dev deploy ', 'copilot dev deploy --only schema/setup:') {
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText -join ' '
        }
    ";
    let Some(pwsh) = find("pwsh") else {
        return allowed_to_be_skipped("PowerShell is not here");
    };
    let answers = answers(
        &repo(),
        &pwsh.to_string_lossy(),
        &["-NoProfile", "-Command", COMPLETION_SCRIPT],
    );
    assert_eq!(answers, "schema\ntest live\nschema/setup:tables\n");
}
