//! Secrets are masked wherever the host prints or stores something, and control sequences of text from
//! outside do not reach the terminal.

use crate::harness::{Repo, assert_contains, one, path_of};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

const SECRET: &str = "hunter22-and\"more";

/// Recipes that show the secret in every way the host has, and what of it is seen.
const SHOWN: [&str; 16] = [
    "print(s);",
    "info(s); success(s); warn(s); title(s);",
    "debug(s);",
    "fail(s, s);",
    "throw s;",
    "table([#{ name: s }]);",
    r#"exec(["echo", s]);"#,
    r#"exec(["sh", "-c", "echo $0 >&2", s]);"#,
    r#"exec(["sh", "-c", "echo $0; exit 3", s]);"#,
    r#"capture(["sh", "-c", "echo $0 >&2; exit 3", s], #{ check: true });"#,
    r#"run_steps([step("a", s, || exec(["sh", "-c", "echo $0; echo $0 >&2; exit 3", s]))]);"#,
    r#"run_steps([step("a", s, || print(s)), step("b", s, || exec(["sh", "-c", "printf %s $0", s]))], #{ jobs: 2 });"#,
    r#"exec(["no-such-program", s]);"#,
    r#"http("GET", `http://127.0.0.1:9/${s}`);"#,
    r#"psql_dsql(#{ url: `postgresql://a:${s}@127.0.0.1:9/b`, sql: "SELECT 1" });"#,
    r#"write_file(s, s); env_set("A", s);"#,
];

/// All texts of the journals.
fn journals(repo: &Repo) -> String {
    let mut texts = String::new();
    for folder in fs::read_dir(repo.path().join(".copilot/runs"))
        .into_iter()
        .flatten()
    {
        for file in fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
            texts.push_str(&fs::read_to_string(path).unwrap());
        }
    }
    texts
}

#[track_caller]
fn assert_masked(text: &str, what: &str) {
    for part in ["hunter22", "and\"more", "and%22more", "and\\\"more"] {
        assert!(!text.contains(part), "{what}: {text}");
    }
}

#[test]
fn a_marked_value_is_never_shown() {
    for work in SHOWN {
        for options in [
            "",
            "-v",
            "--output json",
            "--dry-run",
            "--dry-run --output json",
        ] {
            let recipe = format!("let s = secret(env(\"S\"));\n{work}");
            let repo = one(&recipe).with("S", SECRET);
            let mut live = repo.start(&format!("it {options}"));
            live.wait();
            let what = format!("{work} {options}");
            assert_masked(&live.stdout(), &what);
            assert_masked(&live.stderr(), &what);
            assert!(
                !live.stderr().contains("panicked"),
                "{what}: {}",
                live.stderr()
            );
            assert_masked(&journals(&repo), &what);
        }
    }
}

#[test]
fn a_secret_in_pieces_is_masked_too() {
    let pieces =
        r#"["sh", "-c", "printf hunter; sleep 0.1; printf '22-and\"mo'; sleep 0.1; echo re end"]"#;
    for work in [
        format!("exec({pieces});"),
        format!(r#"run_steps([step("a", "A", || exec({pieces}))]);"#),
        format!(
            r#"run_steps(["a", "b"].map(|id| step(id, id, || exec({pieces}))), #{{ jobs: 2 }});"#
        ),
    ] {
        let repo = one(&format!("secret(env(\"S\"));\n{work}")).with("S", SECRET);
        let ended = repo.dev("it").any_output().run();
        assert_contains(&ended.stdout, "*** end\n");
        assert_masked(&ended.stdout, &work);
    }
}

#[test]
fn a_flood_is_masked_too() {
    let repo = one(r#"
        let s = secret(env("S"));
        run_steps([step("a", "A", || exec(["sh", "-c", "yes \"$0\" | head -n 300000; echo end", s]))]);
    "#)
    .with("S", SECRET);
    let ended = repo.dev("it").any_output().run();
    assert_eq!(ended.stdout.matches("***\n").count(), 300_000);
    assert_contains(&ended.stdout, "***\nend\n");
}

#[test]
fn the_recipe_itself_has_the_value() {
    let repo = one(r#"
        let s = secret(env("S"));
        print(s.len());
        print(capture(["echo", s]).stdout.trim() == ());
        write_file("file", s);
    "#)
    .with("S", SECRET);
    repo.dev("it").any_output().run();
    assert_eq!(repo.read("file"), SECRET);
}

#[test]
fn a_short_secret_is_said_to_be_unmasked() {
    one(r#"secret("short"); print("short");"#)
        .dev("it")
        .stdout("short\n")
        .stderr("warning: a secret of fewer than 8 bytes is not masked in the output\n")
        .run();
}

const PARAM: &str = r#"
    const PARAMS = [#{ name: "token", kind: "option", secret: true, env: "TOKEN", default_value: "default-token" }];
    run_steps([step("a", "A", || print(token)), step("b", "B", || fail("no"))]);
"#;

#[test]
fn a_secret_parameter_is_masked_and_compared() {
    let repo = one(PARAM);
    let help = repo.dev("it --help").any_output().run();
    assert!(!help.stdout.contains("default-token"), "{}", help.stdout);
    let run = |line: &'static str| {
        let ended = repo.dev(line).any_output().status(1).run();
        assert!(!ended.stdout.contains("token-of"), "{}", ended.stdout);
        assert!(!journals(&repo).contains("token-of"));
        ended
    };
    let first = run("it --token token-of-alice --output json");
    assert_contains(&first.stdout, r#""params":{"token":"***"}"#);
    assert_contains(&first.stdout, r#""line":"***""#);
    let other = run("it --resume --token token-of-bob");
    assert_contains(
        &other.stderr,
        "nothing to resume: no earlier run with these parameters",
    );
    let same = run("it --resume --token token-of-alice");
    assert_contains(&same.stderr, "done in the last run");
    let short = repo.dev("it --token 1234").any_output().status(1).run();
    assert_contains(
        &short.stderr,
        "warning: the value of `token` has fewer than 8 bytes, so it is not masked in the output\n",
    );
    // A lost key means other parameters.
    let home = repo
        .environment()
        .into_iter()
        .find_map(|(key, value)| (key == "HOME").then_some(value))
        .unwrap();
    let key = home.join(".local/state/copilot/journal-key");
    assert_eq!(
        fs::metadata(&key).unwrap().permissions().mode() & 0o777,
        0o600
    );
    fs::remove_file(key).unwrap();
    let lost = run("it --resume --token token-of-alice");
    assert_contains(
        &lost.stderr,
        "nothing to resume: no earlier run with these parameters",
    );
}

#[test]
fn a_secret_parameter_has_no_value_that_an_error_could_show() {
    let repo = one(
        r#"const PARAMS = [#{ name: "token", kind: "option", secret: true, type: "integer" }];"#,
    );
    let ended = repo.dev("it").any_output().status(3).run();
    assert_contains(
        &ended.stderr,
        "`token` is secret: it must be an argument or an option without `type` and `values`",
    );
}

#[test]
fn docker_build_passes_values_in_the_environment() {
    let repo = one(r#"
        docker_build(#{
            tag: "t",
            args: #{ PROXY: "http://me:pass@proxy", DOCKER_X: "1" },
            secrets: #{ npm: "npm-token-1" },
        });
    "#)
    .file("Dockerfile", "FROM scratch\n");
    let docker = repo.script(
        "docker",
        "#!/bin/sh\necho \"$@\" > argv\necho \"$PROXY $COPILOT_BUILD_SECRET_0\" > values\n",
    );
    let path = path_of(&repo, &[("docker", &docker)]);
    let mut all = path.into_os_string();
    all.push(":/usr/bin:/bin");
    let repo = repo.with("PATH", PathBuf::from(all));
    let ended = repo.dev("it -v").any_output().run();
    assert_eq!(
        repo.read("argv"),
        "build --tag t --build-arg DOCKER_X=1 --build-arg PROXY --secret id=npm,env=COPILOT_BUILD_SECRET_0 .\n"
    );
    assert_eq!(repo.read("values"), "http://me:pass@proxy npm-token-1\n");
    assert!(!ended.stderr.contains("pass") && !ended.stderr.contains("npm-token"));
}

/// Sequences that clear the screen, set the title, write the clipboard, and move the cursor.
const SEQUENCES: &str = "\\033[2J\\033]0;title\\007\\033]52;c;aGk=\\007\\033[1;1H\\b\\233";

#[test]
fn control_sequences_from_outside_do_not_reach_the_terminal() {
    let print = format!("printf 'a{SEQUENCES}\\033[31mred\\033[0m end\\\\n'")
        .replace('\\', "\\\\")
        .replace("\\\\\\\\n", "\\\\n");
    let print = format!(r#"["sh", "-c", "{print}"]"#);
    for work in [
        format!("print(capture({print}).stdout);"),
        format!("info(capture({print}).stdout);"),
        format!("warn(capture({print}).stdout);"),
        format!("fail(capture({print}).stdout);"),
        format!("table([#{{ a: capture({print}).stdout }}]);"),
        format!(r#"run_steps([step("a", "A", || exec({print}))]);"#),
        format!(
            r#"run_steps(["a", "b"].map(|id| step(id, id, || exec({print}))), #{{ jobs: 2 }});"#
        ),
        format!(r#"run_steps([step("a", capture({print}).stdout, || ())]);"#),
        format!(
            r#"capture(["sh", "-c", "{}; exit 1"], #{{ check: true }});"#,
            "printf 'a\\\\033[2J end' >&2"
        ),
    ] {
        let repo = one(&work);
        let mut terminal = repo.terminal("it");
        terminal.wait();
        crate::harness::eventually("the output", || terminal.screen().contains("end"));
        let screen = terminal.screen();
        for sequence in ["\x1b[2J", "\x1b]", "\x1b[1;1H", "\x07", "\x08", "\u{9b}"] {
            assert!(!screen.contains(sequence), "{work}: {screen:?}");
        }
    }
    // Colours stay, and a program with the terminal is untouched.
    let repo = one(&format!(
        r#"run_steps([step("a", "A", || exec({print}))]);"#
    ));
    let mut terminal = repo.terminal("it");
    terminal.wait();
    terminal.wait_for("\x1b[31mred\x1b[0m end");
    let repo = one(&format!("exec({print});"));
    let mut terminal = repo.terminal("it");
    terminal.wait();
    terminal.wait_for("\x1b[2J");
}
