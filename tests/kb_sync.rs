//! `copilot kb sync`, against moto, and against a stand-in for what moto cannot do.

mod harness;

use harness::{Aws, Live, Repo, Signal, Terminal, Test, eventually};
use serde_json::{Value, json};
use std::fs;

/// An empty folder, and credentials for `aws`.
fn folder(aws: &Aws) -> Repo {
    Repo::new()
        .with("AWS_ENDPOINT_URL", aws.url())
        .with("AWS_ACCESS_KEY_ID", "test")
        .with("AWS_SECRET_ACCESS_KEY", "secret-of-the-test")
        .with("AWS_EC2_METADATA_DISABLED", "true")
}

fn bucket(aws: &Aws, name: &str) {
    let (status, _, body) = aws.request("PUT", &format!("/{name}"));
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
}

fn sync<'a>(repo: &'a Repo, bucket: &'a str, more: &'a str) -> Test<'a> {
    let words = ["kb", "sync", "-b", bucket, "-s", "docs"];
    repo.copilot(words.into_iter().chain(more.split_whitespace()))
}

#[test]
fn what_differs_is_uploaded_and_the_rest_is_not() {
    let Some(aws) = Aws::moto() else { return };
    bucket(aws, "plain");
    let repo = folder(aws)
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
    let mut repo = folder(aws);
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
    let repo = folder(aws).file("docs/small.md", "small\n");
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
    let repo = folder(&aws)
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
    let repo = folder(aws)
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
            error: Delete 1 file from gone? There is nobody to ask: standard input is not a terminal
            hint: add --yes to delete without being asked
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
    let repo = folder(&aws);
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

#[test]
fn a_server_that_throttles_is_asked_again() {
    let aws = Aws::stand_in();
    let mut repo = folder(&aws);
    for number in 0..100 {
        repo = repo.file(&format!("docs/{number}.md"), "text\n");
    }
    let repo = repo.file("docs/twice.md", "text\n");
    let ended = sync(&repo, "throttled", "--output json").any_stdout().run();
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(report["uploaded"].as_array().unwrap().len(), 101);
    assert_eq!(report["failed"], json!([]));
    let log = aws.log();
    let puts = |key: &str| {
        log.iter()
            .filter(|line| line.starts_with(&format!("PUT /throttled/{key}")))
            .count()
    };
    assert_eq!((puts("7.md"), puts("twice.md")), (2, 3));
}

#[test]
fn what_fails_is_named_and_keeps_nobody_else() {
    let aws = Aws::stand_in();
    let repo = folder(&aws)
        .file("docs/a.md", "a\n")
        .file("docs/b.md", "b\n")
        .file("docs/c.md", "c\n")
        .link("docs/d.md", "nowhere");
    sync(&repo, "part-denied", "")
        .stdout(
            "
            uploaded a.md
            uploaded c.md
            2 files uploaded, 0 unchanged, 2 failed (4 B)
            ",
        )
        .stderr(
            "
            failed b.md: access denied: s3:PutObject on bucket `part-denied`
            failed d.md: cannot read docs/d.md: no such file or directory
            hint: the identity needs s3:PutObject on arn:aws:s3:::part-denied/*
            ",
        )
        .status(1)
        .run();
    let ended = sync(&repo, "part-denied", "--output json")
        .any_stdout()
        .status(1)
        .run();
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        report,
        json!({
            "v": 1,
            "bucket": "part-denied",
            "dry_run": false,
            "uploaded": [],
            "unchanged": 2,
            "deleted": [],
            "kept": 0,
            "failed": [
                {
                    "key": "b.md",
                    "kind": "denied",
                    "message": "access denied: s3:PutObject on bucket `part-denied`",
                    "hint": "the identity needs s3:PutObject on arn:aws:s3:::part-denied/*",
                },
                {
                    "key": "d.md",
                    "kind": "io",
                    "message": "cannot read docs/d.md: no such file or directory",
                    "hint": null,
                },
            ],
            "left": 0,
            "bytes": 0,
            "stopped": false,
        })
    );
}

#[test]
fn a_file_that_vanishes_is_named_and_nothing_is_deleted() {
    let aws = Aws::stand_in();
    let (status, ..) = aws.request("PUT", "/held/old.md");
    assert_eq!(status, 200);
    let mut repo = folder(&aws);
    // 40 files that the server keeps waiting: the last ones are read after the first are sent.
    for number in 10..50 {
        repo = repo.file(&format!("docs/{number}.md"), "text\n");
    }
    let mut command = repo.command();
    command.args([
        "kb", "sync", "-b", "held", "-s", "docs", "--delete", "--yes",
    ]);
    let mut live = Live::start(command);
    eventually("uploads", || {
        aws.log().iter().any(|line| line.contains("PUT /held/1"))
    });
    fs::remove_file(repo.path().join("docs/49.md")).unwrap();
    aws.request("POST", "/_release");
    assert_eq!(live.wait(), 1);
    assert_eq!(
        live.stderr(),
        "failed 49.md: cannot read docs/49.md: no such file or directory\n"
    );
    assert!(
        live.stdout()
            .ends_with("39 files uploaded, 0 unchanged, 1 not deleted, 1 failed (195 B)\n")
    );
}

#[test]
fn refusals_are_said_in_words() {
    let aws = Aws::stand_in();
    let repo = folder(&aws).file("docs/a.md", "a\n");
    let rows = [
        (
            "missing",
            "error: there is no bucket `missing` in eu-west-1\n\
             hint: check the name, --region, and the account of the credentials\n",
        ),
        (
            "elsewhere",
            "error: bucket `elsewhere` is in us-east-1, not in eu-west-1\n\
             hint: pass --region us-east-1\n",
        ),
        (
            "expired",
            "error: the AWS credentials have expired\n\
             hint: sign in again: aws sso login, or set other credentials\n",
        ),
        (
            "unknown-key",
            "error: AWS does not know the access key\n\
             hint: sign in again: aws sso login, or set other credentials\n",
        ),
    ];
    for (bucket, said) in rows {
        sync(&repo, bucket, "").stderr(said).status(1).run();
    }
    sync(&repo, "unlisted", "")
        .stdout("uploaded a.md\n1 file uploaded, 0 unchanged (2 B)\n")
        .stderr(
            "warning: access denied: s3:ListBucket on bucket `unlisted`; \
             so every file is uploaded, as nothing is known of the bucket\n",
        )
        .run();
    sync(&repo, "unlisted", "--delete --yes")
        .stderr(
            "
            error: access denied: s3:ListBucket on bucket `unlisted`
            hint: the identity needs s3:ListBucket on arn:aws:s3:::unlisted
            ",
        )
        .status(1)
        .run();
}

#[test]
fn without_credentials_it_says_how_to_get_them() {
    let aws = Aws::stand_in();
    let repo = Repo::new()
        .with("AWS_ENDPOINT_URL", aws.url())
        .with("AWS_EC2_METADATA_DISABLED", "true")
        .file("docs/a.md", "a\n");
    sync(&repo, "any", "")
        .stderr(
            "
            error: there are no AWS credentials
            hint: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in with `aws sso login`
            ",
        )
        .status(1)
        .run();
    sync(&repo, "any", "")
        .env("AWS_PROFILE", "nobody")
        .stderr(
            "
            error: there are no AWS credentials in the profile nobody
            hint: set AWS_PROFILE to one of the profiles that `aws configure list-profiles` shows
            ",
        )
        .status(1)
        .run();
    repo.write(
        "../home/.aws/config",
        "[profile work]\nsso_session = work\nsso_account_id = 123456789012\nsso_role_name = dev\n\
         [sso-session work]\nsso_region = eu-west-1\nsso_start_url = https://example.awsapps.com/start\n",
    );
    sync(&repo, "any", "")
        .env("AWS_PROFILE", "work")
        .stderr(
            "
            error: the SSO session has expired, or there is none
            hint: sign in again: aws sso login --profile work
            ",
        )
        .status(1)
        .run();
    assert_eq!(aws.log(), [""; 0]);
}

#[test]
fn a_source_that_is_none_is_an_error() {
    let aws = Aws::stand_in();
    let repo = folder(&aws).file("file.md", "");
    let with = |source| repo.copilot(["kb", "sync", "-b", "any", "-s", source]);
    with("nowhere")
        .stderr("error: cannot read nowhere: no such file or directory\n")
        .status(1)
        .run();
    with("file.md")
        .stderr(
            "
            error: file.md is not a folder
            hint: pass the folder that holds the Markdown files to --source
            ",
        )
        .status(1)
        .run();
    with("recipes")
        .stdout("0 files uploaded, 0 unchanged\n")
        .run();
}

#[test]
fn ctrl_c_stops_it_and_leaves_nothing_half_done() {
    let aws = Aws::stand_in();
    let repo = folder(&aws).file("docs/a.md", "a\n");
    repo.write("docs/large.md", vec![b'x'; 20 * 1024 * 1024]);
    let mut command = repo.command();
    command.args(["kb", "sync", "-b", "slow-parts", "-s", "docs"]);
    let mut live = Live::start(command);
    eventually("an upload in parts", || {
        aws.log().iter().any(|line| line.contains("partNumber="))
    });
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);
    assert_eq!(live.stdout(), "0 files uploaded, 0 unchanged, 2 left\n");
    assert_eq!(live.stderr(), "error: stopped by Ctrl-C (SIGINT)\n");
    let log = aws.log();
    let taken_back = "DELETE /slow-parts/large.md?x-id=AbortMultipartUpload&uploadId=one";
    assert!(log.iter().any(|line| line == taken_back), "{log:#?}");
}

#[test]
fn ctrl_c_while_it_deletes_says_what_is_gone() {
    let aws = Aws::stand_in();
    let mut repo = folder(&aws).file("docs/kept.md", "kept\n");
    for number in 0..1500 {
        repo = repo.file(&format!("docs/{number:04}.md"), "text\n");
    }
    sync(&repo, "cleared", "").any_stdout().run();
    for number in 0..1500 {
        fs::remove_file(repo.path().join(format!("docs/{number:04}.md"))).unwrap();
    }
    let mut command = repo.command();
    command.args(["kb", "sync", "-b", "cleared", "-s", "docs"]);
    command.args(["--delete", "--yes"]);
    let mut live = Live::start(command);
    eventually("the second thousand", || {
        let log = aws.log();
        let deletes = log.iter().filter(|line| line.contains("?delete"));
        deletes.count() == 2
    });
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);
    let stdout = live.stdout();
    assert_eq!(stdout.lines().next(), Some("deleted 0000.md"));
    assert_eq!(
        stdout.lines().last(),
        Some("0 files uploaded, 1 unchanged, 1000 deleted, 500 not deleted")
    );
    assert_eq!(live.stderr(), "error: stopped by Ctrl-C (SIGINT)\n");
    assert_eq!(aws.object("cleared", "0999.md"), None);
    assert!(aws.object("cleared", "1000.md").is_some());
}

#[test]
fn no_answer_is_said_with_what_to_look_at() {
    let repo = Repo::new()
        .with("AWS_ACCESS_KEY_ID", "test")
        .with("AWS_SECRET_ACCESS_KEY", "secret-of-the-test")
        .with(
            "AWS_ENDPOINT_URL",
            format!("http://127.0.0.1:{}", harness::free_port()),
        )
        .file("docs/a.md", "a\n");
    let ended = sync(&repo, "any", "").any_stderr().status(1).run();
    assert!(
        ended
            .stderr
            .starts_with("error: no response to s3:ListBucket: "),
        "{}",
        ended.stderr
    );
    assert!(
        ended
            .stderr
            .ends_with("\nhint: check the network, --region, and AWS_ENDPOINT_URL if it is set\n")
    );
}
