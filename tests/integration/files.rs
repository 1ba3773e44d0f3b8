//! `root`, `path_exists`, `read_file`, `write_file`, `glob`.

use crate::harness::{Repo, one, refused};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

fn mode(repo: &Repo, path: &str) -> u32 {
    let meta = fs::metadata(repo.path().join(path)).unwrap();
    meta.permissions().mode() & 0o777
}

#[test]
fn paths_are_relative_to_the_repository() {
    let repo = one(r#"
        print(root());
        print(read_file("dev/a.txt") + read_file(root() + "/dev/a.txt"));
        print([path_exists("dev"), path_exists("dev/a.txt"), path_exists("dev/b"), path_exists("")]);
        write_file("dev/b", "b");
    "#)
    .file("dev/a.txt", "é\n")
    .file("elsewhere/x", "");
    repo.dev("it")
        .cwd("elsewhere")
        .stdout("<repo>\né\né\n\n[true, true, false, true]\n")
        .run();
    assert_eq!(repo.read("dev/b"), "b");
}

#[test]
fn a_file_is_written_with_its_folders_and_keeps_its_mode() {
    let repo = one(r#"
        write_file("new/folder/a", "a");
        write_file("new/secret", 5, #{ mode: "600" });
        write_file("script", "changed");
        write_file("link", "through the link");
        write_file("script2", "x", #{ mode: "640" });
    "#)
    .file("script", "")
    .file("script2", "")
    .file("target", "")
    .link("link", "target");
    for path in ["script", "script2"] {
        fs::set_permissions(repo.path().join(path), Permissions::from_mode(0o755)).unwrap();
    }
    repo.dev("it").run();
    let files = ["new/folder/a", "new/secret", "script", "target", "script2"];
    let found = files.map(|path| (repo.read(path), mode(&repo, path)));
    let expected = [
        ("a".to_owned(), 0o644),
        ("5".to_owned(), 0o600),
        ("changed".to_owned(), 0o755),
        ("through the link".to_owned(), 0o644),
        ("x".to_owned(), 0o640),
    ];
    assert_eq!(found, expected);
    assert!(repo.path().join("link").is_symlink());
}

#[test]
fn an_error_names_the_path() {
    let run = |text: &str, expected: &str| {
        let repo = one(text).file("dev/a", "");
        repo.write("dev/bytes", b"a\xff");
        let before = repo.tree();
        let stderr = format!("error: {expected}\n  at recipes/it.rhai:1:1\n");
        repo.dev("it").stderr(&stderr).status(1).run();
        assert_eq!(repo.tree(), before);
    };
    run(
        r#"read_file("dev/nope");"#,
        "cannot read dev/nope: No such file or directory (os error 2)",
    );
    run(
        r#"read_file("dev");"#,
        "cannot read dev: Is a directory (os error 21)",
    );
    run(
        r#"read_file("dev/bytes");"#,
        "cannot read dev/bytes: it is not UTF-8 text",
    );
    run(
        r#"write_file("dev", "x");"#,
        "cannot write dev: Is a directory (os error 21)",
    );
    run(
        r#"write_file("dev/a/b", "x");"#,
        "cannot write dev/a/b: could not create its directory: File exists (os error 17)",
    );
}

#[test]
fn what_a_file_cannot_be_read_into_is_refused() {
    let repo = one(r#"read_file("large");"#).file("large", "");
    let large = fs::File::create(repo.path().join("large")).unwrap();
    large.set_len(64 * 1024 * 1024 + 1).unwrap();
    repo.dev("it")
        .stderr(
            "
            error: cannot read large: it is larger than 64 MiB
              at recipes/it.rhai:1:1
        ",
        )
        .status(1)
        .run();
}

/// A pipe that nobody writes to would keep its reader waiting, deaf to Ctrl-C.
#[test]
fn a_pipe_is_no_file() {
    let repo = one(r#"read_file("pipe");"#);
    nix::unistd::mkfifo(&repo.path().join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    repo.dev("it")
        .stderr(
            "
            error: cannot read pipe: it is a pipe, a socket or a device
              at recipes/it.rhai:1:1
        ",
        )
        .status(1)
        .run();
}

#[test]
fn a_mode_is_octal() {
    for mode in ["rw", "1777", "8"] {
        let text = format!("write_file(\"a\", \"x\", #{{ mode: \"{mode}\" }});\n");
        let repo = one(&text);
        let stderr = format!(
            "
            error: `write_file`: the mode \"{mode}\" is not an octal number such as \"600\"
             --> recipes/it.rhai:1:31
              |
            1 | {}
              |                               {}
        ",
            text.trim_end(),
            "^".repeat(mode.len() + 2)
        );
        repo.dev("it").stderr(&stderr).status(3).run();
        assert!(!repo.has("a"));
    }
}

#[test]
fn a_path_is_text() {
    one("read_file(5);")
        .dev("it")
        .stderr(
            "
            error: the path of `read_file` is 5, not text
             --> recipes/it.rhai:1:11
              |
            1 | read_file(5);
              |           ^
        ",
        )
        .status(3)
        .run();
}

#[test]
fn patterns_find_files() {
    let repo = one(r#"
        print(glob("dev/*.sql"));
        print(glob("**/*.sql"));
        print(glob("dev/[ab].*"));
        print(glob("nowhere/*"));
        print(glob(root() + "/dev/?.txt"));
    "#)
    .file("dev/b.sql", "")
    .file("dev/a.sql", "")
    .file("dev/a.txt", "")
    .file("dev/deep/er/c.sql", "");
    repo.dev("it")
        .stdout(
            r#"
            ["dev/a.sql", "dev/b.sql"]
            ["dev/a.sql", "dev/b.sql", "dev/deep/er/c.sql"]
            ["dev/a.sql", "dev/a.txt", "dev/b.sql"]
            []
            ["dev/a.txt"]
        "#,
        )
        .run();
}

#[test]
fn what_is_no_pattern_is_a_bug() {
    refused(
        r#"glob("a[");"#,
        r#"
            error: `glob`: "a[" is not a pattern: invalid range pattern
             --> recipes/it.rhai:1:1
              |
            1 | glob("a[");
              | ^^^^
        "#,
    );
}

#[test]
fn a_pattern_without_an_end_is_left_when_the_time_is_over() {
    Repo::new()
        .recipe(
            "it",
            "run_steps([step(\"all\", \"All\", #{ timeout: \"200ms\" }, || glob(\"/**/*\"))]);\n",
        )
        .dev("it")
        .any_stderr()
        .status(1)
        .run();
}
