//! What programs print: unharmed, bounded in memory, and what becomes of it when nobody reads.

mod harness;

use harness::{Live, Marker, Repo, eventually};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use std::fmt::Write;
use std::io::Read;
use std::process::Stdio;

fn one(text: &str) -> Repo {
    Repo::new().recipe("it", text)
}

/// Every byte there is but the line end, then a line end; in octal for `printf`.
const EVERY_BYTE: &str = r"i=1; while [ $i -lt 256 ]; do test $i -eq 10 || printf \\$(printf %03o $i); i=$((i+1)); done; echo";

fn every_byte() -> Vec<u8> {
    (1..=255).filter(|byte| *byte != b'\n').collect()
}

fn recipe(template: &str) -> Repo {
    Repo::new()
        .file("bytes.sh", EVERY_BYTE)
        .recipe("it", template)
}

#[test]
fn bytes_come_through_unharmed() {
    let line = [every_byte(), b"\n".to_vec()].concat();
    let outside = recipe(r#"exec(["sh", "bytes.sh"]);"#);
    assert_eq!(outside.dev("it").any_stdout().run().raw, line);

    let step = recipe(r#"run_steps([step("a", "A", || exec(["sh", "bytes.sh"]))]);"#);
    let ended = step.dev("it").any_stdout().any_stderr().run();
    assert_eq!(ended.raw, line);

    let both = recipe(
        r#"
        run_steps([
            step("a", "A", || exec(["sh", "bytes.sh"])),
            step("b", "B", #{ after: ["a"] }, || exec(["sh", "bytes.sh"])),
        ], #{ jobs: 2 });
        "#,
    );
    let ended = both.dev("it").any_stdout().any_stderr().run();
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
    let ended = repo.dev("it").any_stdout().any_stderr().run();
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

/// The most memory that the process `pid` ever had, in KiB; only Linux tells.
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Runs a flood of 200 MiB in `recipe` and looks at the memory of `copilot` after it.
#[track_caller]
fn flood(options: &str, recipe: &str) {
    let marker = Marker::new();
    let script = format!("{recipe}\nexec([\"sleep\", \"{}\"]);\n", marker.seconds());
    let repo = one(&script);
    let mut command = repo.command();
    command.args(["dev", "it"]).args(options.split_whitespace());
    let live = Live::with_stdout(command, Stdio::null());
    marker.wait_for(1);
    match peak(live.pid()) {
        Some(peak) => assert!(peak < 40 * 1024, "{peak} KiB"),
        None => harness::allowed_to_be_skipped("peak memory: /proc is not here"),
    }
    live.signal(harness::Signal::SIGTERM);
}

const ZEROS: &str = r#"exec(["head", "-c", "209715200", "/dev/zero"])"#;

#[test]
fn memory_stays_flat_in_a_step() {
    flood("", &format!(r#"run_steps([step("a", "A", || {ZEROS})]);"#));
}

#[test]
fn memory_stays_flat_side_by_side() {
    let plan = format!(r#"run_steps([step("a", "A", || {ZEROS})], #{{ jobs: 2 }});"#);
    flood("", &plan);
}

#[test]
fn memory_stays_flat_in_events() {
    let lines = r#"exec(["sh", "-c", "yes 'a line of a log' | head -n 300000"]);"#;
    flood("--output json", lines);
}

#[test]
fn memory_stays_flat_in_a_quiet_step() {
    flood(
        "-q",
        &format!(r#"run_steps([step("a", "A", || {ZEROS})]);"#),
    );
}

#[test]
fn memory_stays_flat_when_standard_error_is_flooded() {
    let script = r#"exec(["sh", "-c", "head -c 20971520 /dev/zero >&2"]);"#;
    flood("", script);
}

#[test]
fn memory_stays_flat_when_too_much_is_captured() {
    let script = r#"try { capture(["yes"]); } catch (e) { print(e.message); }"#;
    flood("", script);
}

#[test]
fn capture_keeps_eight_mebibytes() {
    one(r#"
        print(capture(["sh", "-c", "head -c 8388608 /dev/zero"]).stdout.len());
        capture(["sh", "-c", "yes | head -c 8388609"]);
    "#)
    .dev("it")
    .stdout("8388608\n")
    .stderr(
        "
        error: `sh -c 'yes | head -c 8388609'` printed more than 8 MiB
          at recipes/it.rhai:2:1
        hint: `capture` keeps the output in memory; use `exec`, or write to a file
        ",
    )
    .status(1)
    .run();
}

#[test]
fn a_program_that_closes_its_outputs_is_waited_for() {
    one(r#"
        let script = "echo first; exec >&- 2>&-; sleep 0.3; touch ended";
        run_steps([step("a", "A", || exec(["sh", "-c", script]))]);
        print(path_exists("ended"));
    "#)
    .dev("it")
    .stdout("first\ntrue\n")
    .any_stderr()
    .run();
}

#[test]
fn a_grandchild_that_holds_the_pipe_is_not_waited_for() {
    let marker = Marker::new();
    one(&format!(
        r#"
        let script = "echo started; sleep {} & exit 0";
        run_steps([step("a", "A", || exec(["sh", "-c", script]))]);
        print(capture(["sh", "-c", script]));
        exec(["sh", "-c", script]);
        "#,
        marker.seconds()
    ))
    .dev("it")
    .stdout(
        r#"
        started
        #{"code": 0, "ok": true, "stderr": "", "stdout": "started\n"}
        started
        "#,
    )
    .any_stderr()
    .run();
    // Whoever starts a server in the background means it to stay.
    assert_eq!(marker.sleepers(), 3);
}

#[test]
fn what_a_grandchild_prints_soon_after_is_still_shown() {
    one(
        r#"run_steps([step("a", "A", || exec(["sh", "-c", "(sleep 0.2; echo late) & exit 0"]))]);"#,
    )
    .dev("it")
    .stdout("late\n")
    .any_stderr()
    .run();
}

#[test]
fn a_reader_that_takes_its_time_gets_everything() {
    let repo = one(r#"
        run_steps([step("a", "A", || exec(["sh", "-c", "yes | head -c 120000; touch printed"]))]);
    "#);
    let mut child = repo
        .command()
        .args(["dev", "it"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    eventually("the program to have printed", || repo.has("printed"));
    // Longer than the ends of the streams are waited for.
    std::thread::sleep(std::time::Duration::from_secs(4));
    let mut bytes = Vec::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_end(&mut bytes)
        .unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(bytes.len(), 120_000);
}

#[test]
fn an_output_that_a_program_left_non_blocking_loses_nothing() {
    let lines = r#"exec(["sh", "-c", "yes | head -n 60000"])"#;
    for (recipe, length) in [
        (format!(r#"run_steps([step("a", "A", || {lines})]);"#), 2),
        (
            format!(r#"run_steps([step("a", "A", || {lines})], #{{ jobs: 2 }});"#),
            6,
        ),
        ("for n in 0..60000 { print(\"y\"); }".to_owned(), 2),
    ] {
        let repo = one(&recipe);
        let (mut reader, writer) = std::io::pipe().unwrap();
        fcntl(&writer, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
        let mut command = repo.command();
        command.args(["dev", "it"]);
        let mut live = Live::with_stdout(command, writer.into());
        // The pipe is full by then.
        std::thread::sleep(std::time::Duration::from_millis(500));
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        assert_eq!(live.wait(), 0, "{}", live.stderr());
        assert_eq!(bytes.len(), 60_000 * length);
    }
}

/// Twenty megabytes, every line of which is another.
const LINES: u32 = 2_500_000;

/// A flood goes its own way to the output, whatever that is.
#[test]
fn a_flood_arrives_whole() {
    let repo = one(&format!(
        r#"run_steps([step("a", "A", || exec(["sh", "-c", "seq 1 {LINES}; exit 3"]))]);"#
    ));
    let mut expected = String::new();
    for line in 1..=LINES {
        writeln!(expected, "{line}").unwrap();
    }
    let reported = format!("{}\n    {LINES}\n", LINES - 1);
    let run = |stdout: Stdio| {
        let mut command = repo.command();
        command.args(["dev", "it"]);
        Live::with_stdout(command, stdout)
    };
    let ended = |mut live: Live| {
        assert_eq!(live.wait(), 1);
        let stderr = live.stderr();
        assert!(stderr.contains(&reported), "{stderr}");
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

#[test]
fn a_reader_that_leaves_a_flood_ends_the_program() {
    let repo = one(r#"run_steps([step("a", "A", || exec(["yes"]))]);"#);
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut command = repo.command();
    command.args(["dev", "it"]);
    let mut live = Live::with_stdout(command, writer.into());
    std::io::copy(&mut reader.by_ref().take(8 << 20), &mut std::io::sink()).unwrap();
    drop(reader);
    assert_eq!(live.wait(), 1);
    let stderr = live.stderr();
    assert!(stderr.contains("`yes` was killed by SIGPIPE"), "{stderr}");
}

/// Runs the recipe with a reader that takes the first line and goes; standard error and the code.
fn first_line_only(options: &str, recipe: &str) -> (String, i32) {
    let repo = one(recipe);
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = repo.command();
    command.args(["dev", "it"]).args(options.split_whitespace());
    let mut live = Live::with_stdout(command, writer.into());
    let mut first = [0];
    (&reader).read_exact(&mut first).unwrap();
    drop(reader);
    let code = live.wait();
    let stderr = harness::plain(&live.stderr(), repo.path());
    assert!(!stderr.contains("panicked"), "{stderr}");
    (stderr, code)
}

#[test]
fn a_reader_that_goes_ends_the_program_as_in_a_shell() {
    let (stderr, code) = first_line_only("", r#"exec(["yes"]);"#);
    assert_eq!(
        stderr,
        "error: `yes` was killed by SIGPIPE (signal 13)\n  at recipes/it.rhai:1:1\n"
    );
    assert_eq!(code, 141);
    let step = r#"run_steps([step("a", "A", || exec(["yes"]))]);"#;
    let (stderr, code) = first_line_only("", step);
    assert!(stderr.contains("`yes` was killed by SIGPIPE"), "{stderr}");
    assert_eq!(code, 1);
}

#[test]
fn a_reader_that_goes_stops_no_step_beside_others() {
    let plan = r#"
        run_steps([
            step("a", "A", || exec(["sh", "-c", "yes | head -n 20000"])),
            step("b", "B", || exec(["sh", "-c", "yes | head -n 20000"])),
        ], #{ jobs: 2 });
        for n in 0..20000 { print(n); }
    "#;
    assert_eq!(first_line_only("", plan).1, 0);
    assert_eq!(first_line_only("--output json", plan).1, 0);
}

#[test]
fn output_that_is_lost_is_an_error() {
    let full = || {
        let file = std::fs::File::options().write(true).open("/dev/full");
        let Ok(file) = file else {
            harness::allowed_to_be_skipped("a full disk: there is no /dev/full");
            return None;
        };
        Some(file)
    };
    let repo = one("print(\"x\");");
    for line in [["dev", "it"], ["dev", "list"]] {
        let Some(file) = full() else { return };
        let mut command = repo.command();
        command.args(line);
        let mut live = Live::with_stdout(command, file.into());
        assert_eq!(live.wait(), 1);
        assert_eq!(
            live.stderr(),
            "error: cannot write all of the output: No space left on device\n"
        );
    }
}
