//! What fails, is refused, or is stopped.

use super::sync;
use crate::harness::{Aws, Live, Repo, Signal, assert_starts_with, eventually, free_port};
use serde_json::{Value, json};
use std::fs;

#[test]
fn a_server_that_throttles_is_asked_again() {
    let aws = Aws::stand_in();
    let mut repo = aws.repo();
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
    let repo = aws
        .repo()
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
    let mut repo = aws.repo();
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
    let repo = aws.repo().file("docs/a.md", "a\n");
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
             uploading every file, since the bucket could not be listed\n",
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
    let repo = aws.repo().file("file.md", "");
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
    let repo = aws.repo().file("docs/a.md", "a\n");
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
    let mut repo = aws.repo().file("docs/kept.md", "kept\n");
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
            format!("http://127.0.0.1:{}", free_port()),
        )
        .file("docs/a.md", "a\n");
    let ended = sync(&repo, "any", "").any_stderr().status(1).run();
    assert_starts_with(&ended.stderr, "error: no response to s3:ListBucket: ");
    assert!(
        ended
            .stderr
            .ends_with("\nhint: check the network, --region, and AWS_ENDPOINT_URL if it is set\n")
    );
}
