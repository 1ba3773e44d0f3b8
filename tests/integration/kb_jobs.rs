//! `copilot kb start-ingestion`, `status` and `list-jobs`: moto has the knowledge base and no jobs,
//! so a stand-in answers in the shapes that AWS documents.

use crate::harness::{Aws, Live, Repo, Signal, Test};
use serde_json::{Value, json};

fn kb<'a>(repo: &'a Repo, line: &'a str) -> Test<'a> {
    repo.copilot(["kb"].into_iter().chain(line.split_whitespace()))
}

#[test]
fn a_job_is_started_and_it_is_said_how_to_follow_it() {
    let aws = Aws::stand_in();
    let repo = aws.repo();
    kb(&repo, "start-ingestion -k GOODBASE -d DSONE")
        .stdout(
            "
            started ingestion job JOBNEW
            show its status: copilot kb status --kb-id GOODBASE --ds-id DSONE --job-id JOBNEW
            ",
        )
        .run();
    kb(&repo, "start-ingestion --kb-id GOODBASE --ds-id DSONE --region us-east-1")
        .stdout(
            "
            started ingestion job JOBNEW
            show its status: copilot kb status --kb-id GOODBASE --ds-id DSONE --job-id JOBNEW --region us-east-1
            ",
        )
        .run();
    let ended = kb(&repo, "start-ingestion -k GOODBASE -d DSONE --output json")
        .any_stdout()
        .run();
    let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        answer,
        json!({ "v": 1, "job": {
            "id": "JOBNEW",
            "knowledge_base": "GOODBASE",
            "data_source": "DSONE",
            "status": "STARTING",
            "started": "2026-11-24T10:00:00Z",
            "updated": "2026-11-24T10:01:30Z",
            "documents": null,
            "failures": [],
        }})
    );
}

#[test]
fn wait_follows_a_job_to_its_end() {
    let aws = Aws::stand_in();
    let repo = aws.repo();
    kb(&repo, "start-ingestion -k GOODBASE -d DSONE --wait")
        .stdout(
            "
            started ingestion job JOBNEW
            show its status: copilot kb status --kb-id GOODBASE --ds-id DSONE --job-id JOBNEW
            the job has completed
            ",
        )
        .stderr(
            "
            STARTING: not started
            IN_PROGRESS: 10 scanned, 3 new, 0 modified, 0 deleted, 0 failed
            COMPLETE: 12 scanned, 3 new, 2 modified, 1 deleted, 0 failed
            ",
        )
        .run();
    kb(&repo, "start-ingestion -k BADBASE -d DSONE --wait")
        .stdout(
            "
            started ingestion job JOBNEW
            show its status: copilot kb status --kb-id BADBASE --ds-id DSONE --job-id JOBNEW
            ",
        )
        .stderr(
            "
            STARTING: not started
            FAILED: 10 scanned, 3 new, 0 modified, 0 deleted, 7 failed
            error: ingestion job JOBNEW ended with status FAILED: The model may not be used
            hint: copilot kb status --kb-id BADBASE --ds-id DSONE --job-id JOBNEW
            ",
        )
        .status(1)
        .run();
    let ended = kb(
        &repo,
        "start-ingestion -k BADBASE -d DSONE --wait --output json",
    )
    .any_stdout()
    .status(1)
    .run();
    let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(answer["job"]["status"], "FAILED");
    assert_eq!(
        answer["job"]["failures"],
        json!(["The model may not be used"])
    );
}

#[test]
fn ctrl_c_ends_the_waiting_and_not_the_job() {
    let aws = Aws::stand_in();
    let repo = aws.repo();
    let mut command = repo.command();
    command.args([
        "kb",
        "start-ingestion",
        "-k",
        "ENDLESS",
        "-d",
        "DSONE",
        "--wait",
    ]);
    let mut live = Live::start(command);
    live.wait_for("IN_PROGRESS: 1 scanned");
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);
    assert!(live.stderr().ends_with(
        "the job continues; show its status: copilot kb status --kb-id ENDLESS --ds-id DSONE --job-id JOBNEW\n\
         error: stopped by Ctrl-C (SIGINT)\n"
    ));
}

#[test]
fn status_shows_the_knowledge_base_or_a_job() {
    let aws = Aws::stand_in();
    let repo = aws.repo();
    kb(&repo, "status -k GOODBASE")
        .stdout(
            "
            knowledge base  GOODBASE
            name            copilot
            description     What the Copilot reads
            status          ACTIVE
            created         2026-11-01T08:00:00Z
            updated         2026-11-02T09:30:00Z
            ",
        )
        .run();
    // The data source is found, as there is only one.
    let job = "
        job             JOBONE
        knowledge base  OTHERBASE
        data source     DSONE
        status          COMPLETE
        started         2026-11-24T10:00:00Z
        updated         2026-11-24T10:01:30Z
        documents       12 scanned, 3 new, 2 modified, 1 deleted, 0 failed
    ";
    kb(&repo, "status -k OTHERBASE -j JOBONE").stdout(job).run();
    kb(&repo, "status -k OTHERBASE -j JOBONE -d DSONE")
        .stdout(job)
        .run();
    let job = "
        job             JOBONE
        knowledge base  BADBASE
        data source     DSONE
        status          FAILED
        started         2026-11-24T10:00:00Z
        updated         2026-11-24T10:01:30Z
        documents       10 scanned, 3 new, 0 modified, 0 deleted, 7 failed
        failure         The model may not be used
    ";
    kb(&repo, "status -k BADBASE -j JOBONE").stdout(job).run();
    kb(&repo, "status -k TWOSOURCES -j JOBONE")
        .stderr(
            "
            error: knowledge base `TWOSOURCES` has 2 data sources
            hint: pass one of them to --ds-id: DSONE, DSTWO
            ",
        )
        .status(1)
        .run();
    kb(&repo, "status -k NOSOURCE -j JOBONE")
        .stderr(
            "
            error: knowledge base `NOSOURCE` has no data source
            hint: add one first: the bucket that holds its documents
            ",
        )
        .status(1)
        .run();
    let ended = kb(&repo, "status -k GOODBASE --output json")
        .any_stdout()
        .run();
    let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        answer,
        json!({ "v": 1, "knowledge_base": {
            "id": "GOODBASE",
            "name": "copilot",
            "description": "What the Copilot reads",
            "status": "ACTIVE",
            "created": "2026-11-01T08:00:00Z",
            "updated": "2026-11-02T09:30:00Z",
            "failures": [],
        }})
    );
}

#[test]
fn jobs_are_listed_newest_first_up_to_the_limit() {
    let aws = Aws::stand_in();
    let repo = aws.repo();
    kb(&repo, "list-jobs -k GOODBASE -d DSONE -l 2")
        .stdout(
            "
            job     status    started               documents
            JOB030  COMPLETE  2026-11-24T10:00:00Z  30 scanned, 1 new, 2 modified, 0 deleted, 0 failed
            JOB029  COMPLETE  2026-11-24T10:00:00Z  29 scanned, 1 new, 2 modified, 0 deleted, 0 failed
            ",
        )
        .run();
    for (line, count) in [
        ("list-jobs -k GOODBASE -d DSONE --output json", 10),
        ("list-jobs -k GOODBASE -d DSONE -l 20 --output json", 20),
        ("list-jobs -k GOODBASE -d DSONE -l 5000 --output json", 30),
    ] {
        let ended = kb(&repo, line).any_stdout().run();
        let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
        let jobs = answer["jobs"].as_array().unwrap();
        assert_eq!((jobs.len(), &answer["v"]), (count, &json!(1)), "{line}");
        assert_eq!(jobs[0]["id"], "JOB030");
        assert_eq!(jobs[count - 1]["id"], format!("JOB{:03}", 31 - count));
    }
    kb(&repo, "list-jobs -k NOJOBS -d DSONE")
        .stdout("no jobs yet\n")
        .run();
}

#[test]
fn refusals_are_said_in_words() {
    let aws = Aws::stand_in();
    let repo = aws.repo();
    let rows = [
        (
            "status -k NOSUCHBASE",
            "error: there is no knowledge base `NOSUCHBASE` in eu-west-1\n\
             hint: check the name, --region, and the account of the credentials\n",
        ),
        (
            "list-jobs -k DENIEDBASE -d DSONE",
            "error: access denied: bedrock:ListIngestionJobs on data source `DSONE` of knowledge base `DENIEDBASE`\n\
             hint: the identity needs bedrock:ListIngestionJobs (AWS: User: me is not authorized to perform this action)\n",
        ),
        (
            "start-ingestion -k BUSYBASE -d DSONE",
            "error: bedrock:StartIngestionJob failed on data source `DSONE` of knowledge base `BUSYBASE`: \
             ConflictException: There is an ongoing ingestion job\n\
             hint: a job may already be running: see copilot kb list-jobs\n",
        ),
    ];
    for (line, said) in rows {
        kb(&repo, line).stderr(said).status(1).run();
    }
    let ended = kb(&repo, "status -k NOSUCHBASE --output json")
        .any_stdout()
        .status(1)
        .run();
    let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        answer,
        json!({ "v": 1, "error": {
            "kind": "not_found",
            "message": "there is no knowledge base `NOSUCHBASE` in eu-west-1",
            "hint": "check the name, --region, and the account of the credentials",
        }})
    );
}

#[test]
fn moto_knows_no_such_knowledge_base_either() {
    let Some(aws) = Aws::moto() else { return };
    let repo = aws.repo();
    kb(&repo, "status -k ABCDEFGHIJ")
        .stderr(
            "
            error: there is no knowledge base `ABCDEFGHIJ` in eu-west-1
            hint: check the name, --region, and the account of the credentials
            ",
        )
        .status(1)
        .run();
}
