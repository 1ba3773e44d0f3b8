//! The journal of a run: where it is, and what happens where it cannot be.

use crate::harness::chain::{CHAIN_RECIPE, journals, printed};
use crate::harness::{Live, Marker, Signal, eventually, one};
use std::fs;
use std::process::{Command, Stdio};

#[test]
fn after_a_journal_that_cannot_be_read_all_steps_run() {
    let garbage: [&[u8]; 3] = [b"\xff\xfe\0", b"", b"{\"line\":\"run\",\"v\":999}\n"];
    for bytes in garbage {
        let repo = one(CHAIN_RECIPE);
        assert_eq!(printed(&repo, "it", 1), "a b");
        let journal = ".copilot/runs/it/9999999999999990-1.jsonl";
        repo.write(journal, bytes);
        let ended = repo
            .dev("it --resume")
            .status(1)
            .any_stderr()
            .stdout("a\nb\n")
            .run();
        let warning = format!(
            "warning: the journal of the last run, {journal}, cannot be read; running all steps"
        );
        assert!(ended.stderr.contains(&warning), "{}", ended.stderr);
        // That run has a journal of its own.
        assert_eq!(printed(&repo, "it --resume", 1), "b");
    }
}

#[test]
fn what_is_no_journal_is_kept_and_not_read() {
    let repo = one(CHAIN_RECIPE);
    assert_eq!(printed(&repo, "it", 1), "a b");
    let folder = ".copilot/runs/it";
    repo.write(&format!("{folder}/notes.txt"), "mine");
    fs::create_dir(repo.path().join(folder).join("9999999999999993-1.jsonl")).unwrap();
    assert_eq!(printed(&repo, "it --resume", 1), "b");
    assert!(repo.has(&format!("{folder}/notes.txt")));
}

#[test]
fn a_journal_that_ends_in_the_middle_of_a_line_counts_up_to_there() {
    let repo = one(CHAIN_RECIPE);
    assert_eq!(printed(&repo, "it", 1), "a b");
    let (path, bytes) = repo
        .tree()
        .into_iter()
        .find(|(path, _)| path.extension().is_some_and(|end| end == "jsonl"))
        .unwrap();
    let text = String::from_utf8(bytes.unwrap()).unwrap();
    let upto = text.find("\"d\"").unwrap();
    fs::write(path, &text[..upto]).unwrap();
    assert_eq!(printed(&repo, "it --resume", 1), "b");
}

#[test]
fn where_no_journal_can_be_written_the_work_goes_on() {
    let repo = one(CHAIN_RECIPE);
    repo.write("ready", "");
    repo.write(".copilot", "a file\n");
    let ended = repo.dev("it").stdout("a\nb\nc\n").any_stderr().run();
    let warnings: Vec<_> = ended
        .stderr
        .lines()
        .filter(|line| line.starts_with("warning:"))
        .collect();
    assert_eq!(warnings.len(), 1, "{}", ended.stderr);
    assert!(
        warnings[0].starts_with("warning: cannot write the journal <repo>/.copilot/runs/it/")
            && warnings[0].ends_with("(os error 20); this run cannot be resumed"),
        "{}",
        warnings[0]
    );
    assert_eq!(repo.read(".copilot"), "a file\n");
}

#[test]
fn a_full_disk_ends_the_journal_and_not_the_work() {
    let long = "x".repeat(600);
    let repo = one(&format!(
        r#"
        run_steps([
            step("a", "A", || print("a")),
            step("{long}", "B", || print("b")),
            step("c", "C", || print("c")),
        ]);
        "#
    ));
    // The limit of a shell is in blocks of 512 bytes; it stands in for a disk that is full.
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            "ulimit -f 1; trap '' XFSZ; exec \"$0\" dev it 2>/dev/null | cat",
        ])
        .arg(repo.command().get_program())
        .current_dir(repo.path())
        .env_clear()
        .envs(repo.environment())
        .stdin(Stdio::null());
    let mut live = Live::start(command);
    assert_eq!((live.wait(), live.stdout()), (0, "a\nb\nc\n".to_owned()));
    // What was noted before still counts.
    assert_eq!(printed(&repo, "it --resume", 0), "b c");
}

#[test]
fn without_steps_there_is_no_journal() {
    let repo = one("print(1);\n");
    let before = repo.tree();
    assert_eq!(printed(&repo, "it", 0), "1");
    assert_eq!(repo.tree(), before);
}

#[test]
fn two_runs_at_once_have_a_journal_each() {
    let repo = one(r#"
        const PARAMS = [#{ name: "who", kind: "arg" }];
        run_steps([
            step("a", "A", || exec(["sh", "-c", `touch ${who}; until test -e one -a -e two; do sleep 0.02; done`], #{ exclusive: false })),
            step("b", "B", || if who == "two" && !path_exists("ready") { fail("no"); } else { print("b"); }),
        ]);
    "#);
    let (mut one, mut two) = (repo.start("it one"), repo.start("it two"));
    assert_eq!((one.wait(), two.wait()), (0, 1));
    assert_eq!(journals(&repo, "it"), 2);
    repo.write("ready", "");
    assert_eq!(printed(&repo, "it one --resume", 0), "");
    assert_eq!(printed(&repo, "it two --resume", 0), "b");
}

#[test]
fn a_journal_is_there_while_the_run_is() {
    let marker = Marker::new();
    let repo = one(&format!(
        r#"run_steps([step("a", "A", || exec(["sleep", "{}"]))]);"#,
        marker.seconds()
    ));
    let mut live = repo.start("it");
    marker.wait_for(1);
    eventually("the journal", || journals(&repo, "it") == 1);
    live.signal(Signal::SIGTERM);
    assert_eq!(live.wait(), 143);
    marker.assert_gone();
}
