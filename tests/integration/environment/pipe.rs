//! A `.env` that is a named pipe, as secret managers provide it.

use crate::harness::{assert_contains, eventually, one};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use std::fs;
use std::thread;

#[test]
fn it_is_read_once_and_never_written() {
    let repo = one(r#"
        const PARAMS = [#{ name: "a", kind: "option", env: "A" }];
        print(`${a} ${env("B")} ${capture(["sh", "-c", "echo $A$B"]).stdout}`);
        env_set("C", "3");
    "#)
    .file("dev/README", "");
    let pipe = repo.path().join("dev/.env");
    mkfifo(&pipe, Mode::from_bits_truncate(0o600)).unwrap();
    // A second reader would wait: this writer serves one.
    let writer = thread::spawn(move || fs::write(pipe, "A=1\nB=2\n").unwrap());
    repo.dev("it")
        .stdout("1 2 12\n\n")
        .stderr(
            "
            error: cannot write <repo>/dev/.env: it is a named pipe
              at recipes/it.rhai:3:1
            hint: change the value in the program that writes to the pipe
        ",
        )
        .status(1)
        .run();
    writer.join().unwrap();
}

#[test]
fn the_help_does_not_read_it_and_a_run_says_what_it_waits_for() {
    let repo = one(r#"
        const PARAMS = [#{ name: "a", kind: "option", env: "A", help: "Which" }];
        print(a);
    "#)
    .file("dev/README", "");
    let pipe = repo.path().join("dev/.env");
    mkfifo(&pipe, Mode::from_bits_truncate(0o600)).unwrap();
    for option in ["--help", "-h"] {
        let ended = repo.dev(&format!("it {option}")).any_output().run();
        assert_contains(&ended.stdout, "Which [env: A]");
    }
    let mut live = repo.start("it");
    let line = "waiting for a program to write dev/.env, a named pipe\n";
    eventually("the notice", || live.stderr() == line);
    fs::write(pipe, "A=1\n").unwrap();
    assert_eq!((live.wait(), live.stdout()), (0, "1\n".to_owned()));
}
