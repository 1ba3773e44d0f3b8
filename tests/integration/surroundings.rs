//! Hostile or broken surroundings: each has a clear outcome, nothing panics, and nothing is lost.

use crate::harness::{
    Live, Marker, Repo, Signal, Terminal, allowed_to_be_skipped, assert_contains, eventually, one,
    path_of,
};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::process::{Command, Stdio};

const COPILOT: &str = env!("CARGO_BIN_EXE_copilot");

/// A program in a step, and a change of `.env`.
const RECIPE: &str = r#"
    run_steps([step("a", "A", || exec(["sh", "-c", "echo out"]))]);
    env_set("A", "1");
"#;

fn repo() -> Repo {
    one(RECIPE).file("dev/.env", "# kept\n")
}

/// Runs `sh -c line` in the repository, with `$0` as `copilot`; the exit code and both outputs.
fn shell(repo: &Repo, line: &str) -> (i32, String) {
    let mut command = repo.command();
    let environment: Vec<_> = repo.environment();
    command = {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", line, COPILOT])
            .current_dir(command.get_current_dir().unwrap())
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null());
        shell
    };
    let mut live = Live::start(command);
    let code = live.wait();
    (code, format!("{}{}", live.stdout(), live.stderr()))
}

#[test]
fn a_run_needs_neither_home_nor_locale_nor_terminal_type() {
    for line in [
        "unset HOME; \"$0\" dev it",
        "HOME=/nonexistent \"$0\" dev it",
        "HOME=/dev/null \"$0\" dev it",
        "HOME=relative \"$0\" dev it",
        "XDG_STATE_HOME=/proc/nonexistent \"$0\" dev it",
        "TMPDIR=/nonexistent \"$0\" dev it",
        "TERM=quux \"$0\" dev it",
        "LC_ALL=C \"$0\" dev it",
        "unset PATH; \"$0\" dev it",
    ] {
        let repo = repo();
        let (code, output) = shell(&repo, line);
        assert_eq!(code, 0, "{line}: {output}");
        assert_contains(&output, "out\n");
        assert_eq!(repo.read("dev/.env"), "# kept\nA=1\n", "{line}");
        // Without a state folder no earlier run counts, and nothing else changes.
        let (code, output) = shell(&repo, &line.replace("dev it", "dev it --resume"));
        assert_eq!(code, 0, "{line}: {output}");
    }
}

#[test]
fn closed_outputs_stop_nothing() {
    for close in [">&-", "2>&-", "<&-", ">&- 2>&- <&-"] {
        let repo = repo();
        let (code, output) = shell(&repo, &format!("\"$0\" dev it {close}"));
        assert_eq!(code, 0, "{close}: {output}");
        assert_eq!(repo.read("dev/.env"), "# kept\nA=1\n", "{close}");
    }
}

#[test]
fn an_empty_path_finds_no_program() {
    let (code, output) = shell(&repo(), "PATH= \"$0\" dev it");
    assert_eq!(code, 1);
    assert_contains(&output, "sh is not installed, or not on PATH");
}

#[test]
fn a_full_disk_loses_no_variable() {
    let repo = repo();
    let folder = repo.path().join("full");
    std::fs::create_dir(&folder).unwrap();
    let mount = |words: &[&str]| {
        let done = Command::new(words[0])
            .args(&words[1..])
            .arg(&folder)
            .output();
        done.is_ok_and(|done| done.status.success())
    };
    if !mount(&["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs"]) {
        allowed_to_be_skipped("a full disk: a tmpfs cannot be mounted");
        return;
    }
    // For each amount of free space, from none to enough.
    let outcomes: Vec<_> = (0..6)
        .map(|free| {
            let fill = format!(
                "cd full && rm -rf * .copilot && mkdir dev && cp -r ../recipes . && printf '# kept\\n' > dev/.env \
                && dd if=/dev/zero of=fill bs=4k 2>/dev/null; truncate -s -$(({free} * 4096)) fill; \"$0\" dev it"
            );
            let (code, output) = shell(&repo, &fill);
            let kept = repo.read("full/dev/.env");
            assert!(kept.starts_with("# kept\n"), "{free}: {kept:?}: {output}");
            assert!(!output.contains("panicked"), "{free}: {output}");
            assert!(code == 0 || output.contains("No space left on device"), "{free}: {output}");
            assert_eq!(code == 0, kept.ends_with("A=1\n"), "{free}: {output}");
            (code, output)
        })
        .collect();
    assert!(mount(&["umount"]));
    assert_ne!(outcomes[0].0, 0);
    assert_contains(&outcomes[0].1, "cannot write the journal");
    assert_eq!(outcomes[5].0, 0, "{}", outcomes[5].1);
}

#[test]
fn a_path_that_is_not_utf8_works() {
    let repo = repo();
    let mut folder = repo.path().as_os_str().to_owned().into_vec();
    folder.extend(b"/\xff");
    let folder = OsString::from_vec(folder);
    std::fs::create_dir(&folder).unwrap();
    let (code, output) = shell(
        &repo,
        "cp -r recipes dev \"$(printf '\\377')\" && cd \"$(printf '\\377')\" && \"$0\" dev it && \"$0\" dev list && cat dev/.env",
    );
    assert_eq!(code, 0, "{output}");
    assert_contains(&output, "# kept\nA=1\n");
}

#[test]
fn links_in_a_circle_are_named() {
    let repo = repo()
        .link("recipes/loop", ".")
        .link("recipes/y.rhai", "x.rhai")
        .link("recipes/x.rhai", "y.rhai");
    let list = repo.dev("list").any_output().run();
    assert_contains(
        &list.stderr,
        "recipes/y.rhai is not a verb: it is a broken link",
    );
    repo.dev("check").any_output().run();
    let ended = repo.dev("y").any_output().status(2).run();
    assert_contains(&ended.stderr, "error: there is no verb `y`");
}

#[test]
fn ten_thousand_recipes() {
    let repo = repo();
    for number in 0..10_000 {
        repo.write(&format!("recipes/r{number}.rhai"), "//! A recipe.\n");
    }
    repo.dev("it").any_output().run();
    let list = repo.dev("list").any_output().run();
    assert_eq!(list.stdout.matches("A recipe.").count(), 10_000);
    let check = repo.dev("check").any_output().run();
    assert_contains(&check.stdout, "10001 recipe files checked, no problems");
}

#[test]
fn a_narrow_terminal() {
    let repo = repo();
    let variables = [("NO_COLOR", "1")];
    let mut terminal = Terminal::sized(&repo, COPILOT, ["dev", "it"], &variables, (5, 20));
    assert_eq!(terminal.wait(), 0);
    terminal.wait_for("1 ok in ");
    assert!(!terminal.screen().contains("panicked"));
}

/// What a `docker` does, and what is then said about `image_exists` and `compose_ps`.
const DOCKERS: [(&str, &str, &str); 5] = [
    (
        "case $1 in image) exit 0;; esac; echo 5.0.0; echo '{rubbish'",
        "true\n",
        "error: `docker compose",
    ),
    (
        "case $1 in image) exit 0;; esac; echo 5.0.0; printf '[1,2]\\n\"x\"\\n\\377\\n'",
        "true\n",
        "error: ",
    ),
    (
        "case \"$*\" in *version*) echo 5.0.0;; *) yes | head -c 1100000000;; esac",
        "printed more than 8 MiB",
        "printed more than 8 MiB",
    ),
    (
        "case \"$*\" in *version*) echo 5.0.0;; *) kill -9 $$;; esac",
        "error: ",
        "error: ",
    ),
    (
        "case \"$*\" in 'compose version'*) echo 5.0.0;; *) echo 'Cannot connect to the Docker daemon' >&2; exit 1;; esac",
        "error: the Docker engine does not answer\n",
        "error: the Docker engine does not answer\n",
    ),
];

fn with_docker(text: &str) -> Repo {
    let repo = one(r#"print(image_exists("x"));"#)
        .recipe("ps", "print(compose_ps().len());")
        .file("dev/compose.yaml", "services: { a: { image: x } }\n");
    let docker = repo.script("docker", &format!("#!/bin/sh\n{text}\n"));
    let mut path = path_of(&repo, &[("docker", &docker)]).into_os_string();
    path.push(":/usr/bin:/bin");
    repo.with("PATH", path)
}

#[test]
fn a_docker_that_answers_with_nonsense() {
    for (text, image, ps) in DOCKERS {
        let repo = with_docker(text);
        for (verb, says) in [("it", image), ("ps", ps)] {
            let mut live = repo.start(verb);
            live.wait();
            let output = format!("{}{}", live.stdout(), live.stderr());
            assert!(output.contains(says), "{text}: {verb}: {output}");
            assert!(!output.contains("panicked"), "{text}: {verb}: {output}");
        }
    }
}

#[test]
fn a_docker_that_hangs_is_ended_by_ctrl_c() {
    let marker = Marker::new();
    let repo = with_docker(&format!("sleep {}", marker.seconds()));
    for verb in ["it", "ps"] {
        let mut live = repo.start(verb);
        marker.wait_for(1);
        live.signal(Signal::SIGINT);
        assert_eq!(live.wait(), 130, "{verb}");
        marker.assert_gone();
    }
}

#[test]
fn two_users_of_one_checkout() {
    let repo = repo();
    let id = Command::new("id").arg("-u").output().unwrap();
    if id.stdout != b"0\n" {
        allowed_to_be_skipped("two users: only root can become another one");
        return;
    }
    repo.dev("it").any_output().run();
    repo.write("dev/.env", "# kept\n");
    // The other user may read the checkout, not write it.
    let (code, output) = shell(
        &repo,
        "chmod -R a+rX . .. && cp \"$0\" ../copilot && chmod a+x ../copilot && \
        HOME=/nonexistent exec setpriv --reuid 65534 --regid 65534 --clear-groups ../copilot dev it",
    );
    assert_eq!(code, 1, "{output}");
    assert_contains(&output, "warning: cannot write the journal");
    assert_contains(
        &output,
        "warning: cannot lock .copilot/lock: Permission denied",
    );
    assert_contains(
        &output,
        "dev/.env: could not make a temporary file beside it: Permission denied",
    );
    assert_eq!(repo.read("dev/.env"), "# kept\n");
}

#[test]
fn a_clock_that_goes_back_changes_no_resume() {
    let repo = one(r#"run_steps([step("a", "A", || print("a")), step("b", "B", || fail("no"))]);"#);
    repo.dev("it").any_output().status(1).run();
    let folder = repo.path().join(".copilot/runs/it");
    for journal in std::fs::read_dir(&folder).unwrap() {
        // As if it had been written in the year 2286.
        let path = journal.unwrap().path();
        std::fs::rename(&path, folder.join("9999999999999999-1.jsonl")).unwrap();
    }
    let resumed = repo.dev("it --resume").any_output().status(1).run();
    assert_eq!(resumed.stdout, "");
    let resumed = repo.dev("it --resume").any_output().status(1).run();
    assert_eq!(resumed.stdout, "");
}

#[test]
fn an_engine_that_goes_away_during_up_ends_it() {
    let repo = one(r#"compose(["up", "--detach"]);"#)
        .file("dev/compose.yaml", "services: { a: { image: x } }\n");
    let docker = repo.script(
        "docker",
        "#!/bin/sh\ncase \"$*\" in\n'compose version'*) echo 5.0.0 ;;\n*up*) touch ../up; until test -e ../gone; do sleep 0.05; done; \
        echo 'error during connect: EOF' >&2; exit 1 ;;\n*) exit 1 ;;\nesac\n",
    );
    let mut path = path_of(&repo, &[("docker", &docker)]).into_os_string();
    path.push(":/usr/bin:/bin");
    let repo = repo.with("PATH", path);
    let mut live = repo.start("it");
    eventually("up", || repo.has("../up"));
    repo.write("../gone", "");
    assert_eq!(live.wait(), 4);
    assert_contains(&live.stderr(), "error: the Docker engine does not answer\n");
}
