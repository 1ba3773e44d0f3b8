//! What a program prints arrives as it is.

use crate::harness::{Live, Repo, assert_contains, one};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use std::fmt::Write;
use std::io::Read;
use std::process::Stdio;

/// Every byte there is but the line end, then a line end; in octal for `printf`.
const EVERY_BYTE: &str = r"i=1; while [ $i -lt 256 ]; do test $i -eq 10 || printf \\$(printf %03o $i); i=$((i+1)); done; echo";

fn recipe(template: &str) -> Repo {
    Repo::new()
        .file("bytes.sh", EVERY_BYTE)
        .recipe("it", template)
}

fn every_byte() -> Vec<u8> {
    (1..=255).filter(|byte| *byte != b'\n').collect()
}

#[test]
fn bytes_come_through_unharmed() {
    let line = [every_byte(), b"\n".to_vec()].concat();
    let outside = recipe(r#"exec(["sh", "bytes.sh"]);"#);
    assert_eq!(outside.dev("it").any_stdout().run().raw, line);

    let step = recipe(r#"run_steps([step("a", "A", || exec(["sh", "bytes.sh"]))]);"#);
    let ended = step.dev("it").any_output().run();
    assert_eq!(ended.raw, line);

    let both = recipe(
        r#"
        run_steps([
            step("a", "A", || exec(["sh", "bytes.sh"])),
            step("b", "B", #{ after: ["a"] }, || exec(["sh", "bytes.sh"])),
        ], #{ jobs: 2 });
        "#,
    );
    let ended = both.dev("it").any_output().run();
    let prefixed = [b"a | ".to_vec(), line.clone(), b"b | ".to_vec(), line].concat();
    assert_eq!(ended.raw, prefixed);
}

#[test]
fn in_text_and_events_invalid_bytes_are_replaced() {
    one(r#"print(capture(["printf", "a\\377b\\303\\251"]).stdout);"#)
        .dev("it")
        .stdout("a\u{fffd}bé\n")
        .run();
    let repo = one(r#"exec(["printf", "a\\377b\\303\\251"]);"#);
    let ended = repo.dev("it --output json").any_stdout().run();
    let events = ended.events();
    let output = events.iter().find(|event| event["event"] == "output");
    assert_eq!(output.unwrap()["line"], "a\u{fffd}bé");
}

#[test]
fn a_line_without_an_end_is_shown() {
    one(r#"
        run_steps([step("a", "A", || { exec(["printf", "x"]); exec(["printf", "y"]); })], #{ jobs: 2 });
        run_steps([step("b", "B", || { exec(["printf", "x"]); exec(["printf", "y"]); })]);
    "#)
    .dev("it")
    .stdout("a | x\na | y\nxy")
    .any_stderr()
    .run();
}

#[test]
fn a_very_long_line_is_shown_in_pieces_between_characters() {
    let repo = one(r#"
        run_steps([step("a", "A", || {
            exec(["sh", "-c", "printf x; yes é | head -n 100000 | tr -d '\\n'"]);
        })], #{ jobs: 2 });
    "#);
    let ended = repo.dev("it").any_output().run();
    let text = String::from_utf8(ended.raw).unwrap();
    let pieces: Vec<_> = text
        .lines()
        .map(|line| line.strip_prefix("a | ").unwrap())
        .collect();
    assert!(pieces.len() > 1);
    assert_eq!(pieces.concat(), format!("x{}", "é".repeat(100_000)));

    let ended = repo.dev("it --output json").any_stdout().run();
    let events = ended.events();
    let lines = events
        .iter()
        .filter(|event| event["event"] == "output")
        .map(|event| event["line"].as_str().unwrap());
    assert_eq!(
        lines.collect::<String>(),
        format!("x{}", "é".repeat(100_000))
    );
}

#[test]
fn both_outputs_stay_apart() {
    let script = r#"["sh", "-c", "echo out; echo err >&2"]"#;
    one(&format!("exec({script});"))
        .dev("it")
        .stdout("out\n")
        .stderr("err\n")
        .run();
    one(&format!(
        r#"run_steps([step("a", "A", || exec({script}))], #{{ jobs: 2 }});"#
    ))
    .dev("it")
    .stdout("a | out\n")
    .stderr(
        "
        -- a: A
        a | err
        -- a: ok (<time>)

        it: 1 ok in <time>
          ok        a  A  <time>
        ",
    )
    .run();
}

/// Twenty megabytes, every line of which is another.
const LINE_COUNT: u32 = 2_500_000;

/// A flood goes its own way to the output, whatever that is.
#[test]
fn a_flood_arrives_whole() {
    let repo = one(&format!(
        r#"run_steps([step("a", "A", || exec(["sh", "-c", "seq 1 {LINE_COUNT}; exit 3"]))]);"#
    ));
    let mut expected = String::new();
    for line in 1..=LINE_COUNT {
        writeln!(expected, "{line}").unwrap();
    }
    let reported = format!("{}\n    {LINE_COUNT}\n", LINE_COUNT - 1);
    let run = |stdout: Stdio| {
        let mut command = repo.command();
        command.args(["dev", "it"]);
        Live::with_stdout(command, stdout)
    };
    let ended = |mut live: Live| {
        assert_eq!(live.wait(), 1);
        let stderr = live.stderr();
        assert_contains(&stderr, &reported);
    };

    for non_blocking in [false, true] {
        let (mut reader, writer) = std::io::pipe().unwrap();
        if non_blocking {
            fcntl(&writer, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
        }
        let live = run(writer.into());
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        assert!(bytes == expected.as_bytes(), "{} bytes", bytes.len());
        ended(live);
    }
    for append in [false, true] {
        let path = repo.path().join(format!("append-{append}"));
        std::fs::write(&path, "before\n").unwrap();
        let mut options = std::fs::File::options();
        let file = options.write(true).append(append).open(&path).unwrap();
        ended(run(file.into()));
        let written = std::fs::read_to_string(&path).unwrap();
        let before = if append { "before\n" } else { "" };
        let whole = written.strip_prefix(before) == Some(expected.as_str());
        assert!(whole, "{} bytes", written.len());
    }
}
