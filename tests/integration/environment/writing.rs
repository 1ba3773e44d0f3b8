//! Setting variables in a file.

use crate::harness::{
    Live, Repo, Signal, assert_ends_with, assert_starts_with, eventually, has_compose, one, plain,
};
use std::fmt::Write;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

fn mode(repo: &Repo, path: &str) -> u32 {
    let meta = fs::metadata(repo.path().join(path)).unwrap();
    meta.permissions().mode() & 0o777
}

#[test]
fn setting_touches_nothing_else() {
    let repo = one(r#"
        print(env_set("REGION", "eu west"));
        print(env_set("REGION", "eu west"));
        print(env_set(#{ NEW: 1, BUCKET: true }));
        print(env_unset("OLD"));
        print(env_unset("OLD"));
    "#);
    repo.write(
        "dev/.env",
        "# The region\n  export REGION=us # near\n\nOLD='x'\n#BUCKET=\nLAST=\"${REGION}\"",
    );
    let path = repo.path().join("dev/.env");
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    repo.dev("it")
        .stdout("true\nfalse\ntrue\ntrue\nfalse\n")
        .run();
    assert_eq!(
        repo.read("dev/.env"),
        "# The region\n  export REGION='eu west' # near\n\n#BUCKET=\nBUCKET=true\nLAST=\"${REGION}\"\nNEW=1\n"
    );
    assert_eq!(mode(&repo, "dev/.env"), 0o644);
}

#[test]
fn a_secret_is_not_left_readable_by_others() {
    for (line, expected) in [
        (r#"env_set("REGION", "eu");"#, 0o644),
        (r#"env_set("DB_PASSWORD", "s");"#, 0o600),
        (r#"env_set("URL", "postgres://me:s@host/db");"#, 0o600),
        (r#"env_set("DB_PASSWORD", "");"#, 0o644),
    ] {
        let repo = one(line).file("dev/.env", "A=1\n");
        let path = repo.path().join("dev/.env");
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        repo.dev("it").run();
        assert_eq!(mode(&repo, "dev/.env"), expected, "{line}");
    }
}

#[test]
fn a_file_is_made_for_its_owner_alone() {
    let repo = one(r#"env_set("A", "1");"#).file("dev/README.md", "");
    repo.dev("it").run();
    assert_eq!(repo.read("dev/.env"), "A=1\n");
    assert_eq!(mode(&repo, "dev/.env"), 0o600);
}

#[test]
fn without_its_folder_no_file_is_made() {
    one(r#"env_set("A", "1");"#)
        .file("dev/README.md", "")
        .link("dev/.env", "../no-such-folder/.env")
        .dev("it")
        .stderr(
            "
            error: cannot write <repo>/dev/.env: could not open its folder: No such file or directory (os error 2)
              at recipes/it.rhai:1:1
            hint: the file is unchanged
        ",
        )
        .status(1)
        .run();
}

#[test]
fn a_value_is_text_and_a_name_is_a_name() {
    let run = |text: &str, expected: &str| {
        one(text)
            .file("dev/.env", "A=1\n")
            .dev("it")
            .stderr(expected)
            .status(3)
            .run();
    };
    run(
        r#"env_set("A", ());"#,
        r#"
            error: `env_set`: the value of A is (), not text
             --> recipes/it.rhai:1:14
              |
            1 | env_set("A", ());
              |              ^
              |
              = help: `env_unset` removes a variable
        "#,
    );
    run(
        r#"env_set(#{ "A-B": 1 });"#,
        r#"
            error: `A-B` is not the name of a variable
             --> recipes/it.rhai:1:12
              |
            1 | env_set(#{ "A-B": 1 });
              |            ^^^^^
              |
              = help: a name is letters, digits and `_`, and starts with no digit
        "#,
    );
    run(
        "let key = \"A-B\";\nlet value = ();\nenv_set(key, value);",
        "
            error: `env_set`: the value of A-B is (), not text
             --> recipes/it.rhai:3:1
              |
            3 | env_set(key, value);
              | ^^^^^^^
              |
              = help: `env_unset` removes a variable
        ",
    );
}

/// What a value may be made of.
const VALUES: [&str; 12] = [
    "plain",
    "two words",
    "it's \"quoted\"",
    "a#b # c",
    "$HOME and ${HOME}",
    "C:\\new\\table\\",
    "two\nlines\n",
    "日本 é ‹x›",
    " spaces around ",
    "`id` $(id) ; exit",
    "postgresql://me:p%40ss@host:5432/db?sslmode=require",
    "{\"json\": [1, \"two\"]}",
];

/// A repository in which `it` has set `V0`, `V1`… to the values, and `tell` prints them.
fn with_values() -> Repo {
    let repo = one(r#"
        const PARAMS = [#{ name: "values", kind: "rest" }];
        for (value, n) in values { env_set("V" + n, value); }
    "#)
    .recipe(
        "tell",
        r#"
        const PARAMS = [#{ name: "count", kind: "arg" }];
        for n in 0..parse_int(count) { print(`<${env("V" + n)}>`); }
        "#,
    )
    .file("dev/.env", "# Values\n");
    let mut words = vec!["dev", "it"];
    words.extend(VALUES);
    repo.copilot(words).run();
    repo
}

#[test]
fn every_value_comes_back() {
    let repo = with_values();
    let count = VALUES.len().to_string();
    let ended = repo.copilot(["dev", "tell", &count]).any_stdout().run();
    let expected = VALUES.map(|value| format!("<{value}>\n")).concat();
    assert_eq!(String::from_utf8(ended.raw).unwrap(), expected);

    let file = repo.path().join("dev/.env");
    let read: Vec<_> = dotenvy::from_path_iter(file)
        .unwrap()
        .map(|pair| pair.unwrap().1)
        .collect();
    assert_eq!(read, VALUES);
}

#[test]
fn compose_reads_every_value() {
    if !has_compose() {
        return;
    }
    let repo = with_values();
    let mut project =
        "name: h-env\nservices:\n  one:\n    image: one\n    environment:\n".to_owned();
    for n in 0..VALUES.len() {
        writeln!(project, "      E{n}: \"${{V{n}}}\"").unwrap();
    }
    repo.write("dev/docker-compose.yml", project);
    let output = Command::new("docker")
        .args(["compose", "config", "--format", "json"])
        .current_dir(repo.path().join("dev"))
        .output()
        .unwrap();
    let config: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let environment = &config["services"]["one"]["environment"];
    for (n, value) in VALUES.iter().enumerate() {
        let read = environment[format!("E{n}")].as_str().unwrap();
        assert_eq!(read.replace("$$", "$"), *value);
    }
}

#[test]
fn twenty_writers_lose_nothing() {
    let repo = one(r#"
        const PARAMS = [#{ name: "key", kind: "arg" }];
        env_set(key, "set");
    "#)
    .file("dev/.env", "# Keys\n");
    let mut writers: Vec<_> = (0..20)
        .map(|n| repo.start(&format!("it KEY_{n} --wait-for-lock --quiet")))
        .collect();
    for writer in &mut writers {
        assert_eq!((writer.wait(), writer.stderr()), (0, String::new()));
    }
    let text = repo.read("dev/.env");
    let mut lines: Vec<_> = text.lines().skip(1).collect();
    lines.sort_unstable();
    let mut expected: Vec<_> = (0..20).map(|n| format!("KEY_{n}=set")).collect();
    expected.sort_unstable();
    assert_eq!(lines, expected);
    assert_eq!(fs::read_dir(repo.path().join("dev")).unwrap().count(), 1);
}

#[test]
fn a_full_disk_leaves_the_old_file() {
    let repo = one(r#"env_set("A", "2");"#);
    let old = format!("A=1\nFILLER='{}'\n", "x".repeat(4096));
    repo.write("dev/.env", &old);
    // The limit of a shell is in blocks of 512 bytes; it stands in for a disk that is full.
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -f 1; trap '' XFSZ; exec \"$0\" dev it"])
        .arg(repo.command().get_program())
        .current_dir(repo.path())
        .env_clear()
        .envs(repo.environment())
        .stdin(Stdio::null());
    let mut live = Live::start(command);
    assert_eq!(live.wait(), 1);
    let stderr = plain(&live.stderr(), repo.path());
    let begin = "error: cannot write <repo>/dev/.env: could not write the temporary file beside it: File too large";
    assert_starts_with(&stderr, begin);
    assert_ends_with(&stderr, "hint: the file is unchanged\n");
    assert_eq!(repo.read("dev/.env"), old);
    assert_eq!(fs::read_dir(repo.path().join("dev")).unwrap().count(), 1);
}

#[test]
fn killed_while_it_writes_the_file_is_whole() {
    let repo = one("for n in 0..1000000 { env_set(#{ FIRST: n, LAST: n }); }\n")
        .recipe("tell", r#"print(env("FIRST") == env("LAST"));"#);
    for _ in 0..5 {
        repo.write("dev/.env", "FIRST=\nFILLER=x\nLAST=\n");
        let live = repo.start("it");
        eventually("a change", || repo.read("dev/.env").contains("FIRST=2"));
        live.signal(Signal::SIGKILL);
        drop(live);
        repo.dev("tell").stdout("true\n").run();
    }
}

#[test]
fn a_link_stays_a_link() {
    let repo = one(r#"env_set("A", "2"); print(env("A"));"#)
        .file("shared/env", "# Shared\nA=1\n")
        .file("dev/README.md", "")
        .link("dev/.env", "../shared/env");
    repo.dev("it").stdout("2\n").run();
    assert!(repo.path().join("dev/.env").is_symlink());
    assert_eq!(repo.read("shared/env"), "# Shared\nA=2\n");
    assert_eq!(mode(&repo, "shared/env"), 0o644);
}

#[test]
fn a_dry_run_goes_by_the_file_that_it_would_write() {
    let repo = one(r#"
        env_set("LATE", "gone");
        write_file("dev/.env", "A=1\nB=\n");
        env_set("C", "3");
        print(`${env("A")} ${env("B", "none")} ${env("C")} ${env("LATE", "none")} ${env("OLD", "none")}`);
        env_require(["A", "C"]);
    "#)
    .file("dev/.env", "OLD=1\n");
    repo.dev("it --dry-run")
        .stdout("1 none 3 none none\n")
        .any_stderr()
        .run();
    assert_eq!(repo.read("dev/.env"), "OLD=1\n");
    repo.dev("it").stdout("1 none 3 none none\n").run();
    assert_eq!(repo.read("dev/.env"), "A=1\nB=\nC=3\n");
}
