//! What is uploaded and what is deleted.

use super::sync;
use crate::harness::{Aws, Terminal};
use std::fs;

fn bucket(aws: &Aws, name: &str) {
    let (status, _, body) = aws.request("PUT", &format!("/{name}"));
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
}

#[test]
fn what_differs_is_uploaded_and_the_rest_is_not() {
    let Some(aws) = Aws::moto() else { return };
    bucket(aws, "plain");
    let repo = aws
        .repo()
        .file("docs/a.md", "first\n")
        .file("docs/sub/deep/b.MD", "second\n")
        .file("docs/empty.md", "")
        .file("docs/notes.txt", "not for it\n")
        .link("docs/linked.md", "a.md")
        .link("docs/again", ".");
    sync(&repo, "plain", "")
        .stdout(
            "
            uploaded a.md
            uploaded empty.md
            uploaded linked.md
            uploaded sub/deep/b.MD
            4 files uploaded, 0 unchanged (19 B)
            ",
        )
        .run();
    assert_eq!(aws.object("plain", "sub/deep/b.MD").unwrap(), b"second\n");
    assert_eq!(aws.object("plain", "empty.md").unwrap(), b"");
    assert_eq!(aws.object("plain", "notes.txt"), None);
    let (_, kind, _) = aws.request("GET", "/plain/a.md");
    assert_eq!(kind, "text/markdown");

    // A new time is no new content, and the same length is not the same content.
    repo.write("docs/a.md", "first\n");
    repo.write("docs/sub/deep/b.MD", "SECOND\n");
    sync(&repo, "plain", "--dry-run")
        .stdout(
            "
            would upload sub/deep/b.MD
            1 file would be uploaded, 3 unchanged
            ",
        )
        .run();
    assert_eq!(aws.object("plain", "sub/deep/b.MD").unwrap(), b"second\n");
    sync(&repo, "plain", "")
        .stdout(
            "
            uploaded sub/deep/b.MD
            1 file uploaded, 3 unchanged (7 B)
            ",
        )
        .run();
    assert_eq!(aws.object("plain", "sub/deep/b.MD").unwrap(), b"SECOND\n");
}

#[test]
fn names_are_kept_whatever_is_in_them() {
    let Some(aws) = Aws::moto() else { return };
    bucket(aws, "names");
    let names = [
        "a b.md",
        "Grüße/日本 語.md",
        "a+b&c=d?e#f%20.md",
        "it's \"so\".md",
    ];
    let mut repo = aws.repo();
    for name in names {
        repo = repo.file(&format!("docs/{name}"), name);
    }
    sync(&repo, "names", "").any_stdout().run();
    for (name, encoded) in [
        (names[0], "a%20b.md"),
        (
            names[1],
            "Gr%C3%BC%C3%9Fe/%E6%97%A5%E6%9C%AC%20%E8%AA%9E.md",
        ),
        (names[2], "a%2Bb%26c%3Dd%3Fe%23f%2520.md"),
        (names[3], "it%27s%20%22so%22.md"),
    ] {
        assert_eq!(aws.object("names", encoded).unwrap(), name.as_bytes());
    }
    sync(&repo, "names", "--delete --yes")
        .stdout("0 files uploaded, 4 unchanged\n")
        .run();
    fs::remove_dir_all(repo.path().join("docs")).unwrap();
    let repo = repo.file("docs/new.md", "new\n");
    sync(&repo, "names", "--delete --yes --output json")
        .any_stdout()
        .run();
    for encoded in ["a%20b.md", "a%2Bb%26c%3Dd%3Fe%23f%2520.md"] {
        assert_eq!(aws.object("names", encoded), None);
    }
}

#[test]
fn a_large_file_goes_in_parts_and_only_once() {
    let Some(aws) = Aws::moto() else { return };
    bucket(aws, "large");
    let repo = aws.repo().file("docs/small.md", "small\n");
    let mut content = vec![b'x'; 40 * 1024 * 1024 + 17];
    content[9_000_000] = b'y';
    repo.write("docs/large.md", &content);
    sync(&repo, "large", "")
        .stdout(
            "
            uploaded large.md
            uploaded small.md
            2 files uploaded, 0 unchanged (40.0 MiB)
            ",
        )
        .run();
    assert!(aws.object("large", "large.md").unwrap() == content);
    sync(&repo, "large", "")
        .stdout("0 files uploaded, 2 unchanged\n")
        .run();
    content[39_000_000] = b'z';
    repo.write("docs/large.md", &content);
    sync(&repo, "large", "")
        .stdout(
            "
            uploaded large.md
            1 file uploaded, 1 unchanged (40.0 MiB)
            ",
        )
        .run();
    assert!(aws.object("large", "large.md").unwrap() == content);
}

#[test]
fn where_kms_encrypts_sha_256_decides() {
    let aws = Aws::stand_in();
    let repo = aws
        .repo()
        .file("docs/a.md", "first\n")
        .file("docs/b.md", "other\n");
    sync(&repo, "kms", "").any_stdout().run();
    repo.write("docs/b.md", "OTHER\n");
    sync(&repo, "kms", "")
        .stdout("uploaded b.md\n1 file uploaded, 1 unchanged (6 B)\n")
        .run();
}

#[test]
fn what_is_gone_is_deleted_after_a_yes() {
    let Some(aws) = Aws::moto() else { return };
    bucket(aws, "gone");
    let repo = aws
        .repo()
        .file("docs/kept.md", "kept\n")
        .file("docs/old.md", "old\n");
    sync(&repo, "gone", "").any_stdout().run();
    let (status, ..) = aws.request("PUT", "/gone/data.json");
    assert_eq!(status, 200);
    fs::remove_file(repo.path().join("docs/old.md")).unwrap();

    // Without the option nothing is said of it.
    sync(&repo, "gone", "")
        .stdout("0 files uploaded, 1 unchanged\n")
        .run();
    sync(&repo, "gone", "--delete")
        .stderr(
            "
            \x20 old.md
            error: cannot ask `Delete 1 file from gone?`: standard input is not a terminal
            hint: pass --yes to delete without being asked
            ",
        )
        .status(2)
        .run();
    sync(&repo, "gone", "--delete --dry-run")
        .stdout(
            "
            would delete old.md
            0 files would be uploaded, 1 unchanged, 1 would be deleted
            ",
        )
        .run();
    let words = ["kb", "sync", "-b", "gone", "-s", "docs", "--delete"];
    let binary = env!("CARGO_BIN_EXE_copilot");
    let mut no = Terminal::program(&repo, binary, words, &[]);
    no.wait_for("Delete 1 file from gone? [y/N] ");
    no.press("n\n");
    assert_eq!(no.wait(), 0);
    no.wait_for("0 files uploaded, 1 unchanged, 1 not deleted");
    let mut stopped = Terminal::program(&repo, binary, words, &[]);
    stopped.wait_for("[y/N] ");
    stopped.press("\x03");
    assert_eq!(stopped.wait(), 130);
    assert_eq!(aws.object("gone", "old.md").unwrap(), b"old\n");

    let mut yes = Terminal::program(&repo, binary, words, &[]);
    yes.wait_for("[y/N] ");
    yes.press("y\n");
    assert_eq!(yes.wait(), 0);
    yes.wait_for("deleted old.md");
    assert_eq!(aws.object("gone", "old.md"), None);
    assert!(aws.object("gone", "kept.md").is_some());
    assert!(aws.object("gone", "data.json").is_some());
}

#[test]
fn ten_thousand_files_with_a_bar_on_a_terminal_alone() {
    let aws = Aws::stand_in();
    let repo = aws.repo();
    for number in 0..10_000 {
        repo.write(
            &format!("docs/{}/{number}.md", number % 100),
            number.to_string(),
        );
    }
    let words = ["kb", "sync", "-b", "many", "-s", "docs"];
    let mut terminal = Terminal::program(&repo, env!("CARGO_BIN_EXE_copilot"), words, &[]);
    terminal.wait_for("/10000 files, ");
    assert_eq!(terminal.wait(), 0);
    terminal.wait_for("10000 files uploaded, 0 unchanged (37.9 KiB)");
    assert_eq!(aws.object("many", "42/9942.md").unwrap(), b"9942");
    repo.write("docs/0/0.md", "1");
    fs::remove_file(repo.path().join("docs/1/1.md")).unwrap();
    sync(&repo, "many", "--delete --dry-run")
        .stdout(
            "
            would upload 0/0.md
            would delete 1/1.md
            1 file would be uploaded, 9998 unchanged, 1 would be deleted
            ",
        )
        .run();
}
