//! A plan that fails inside `try`, and what the error holds.

use crate::harness::one;

#[test]
fn a_caught_plan_goes_on() {
    one(r#"
        try {
            run_steps([step("a", "A", || fail("broken")), step("b", "B", || ())], #{ keep_going: true });
        } catch (err) {
            print(`${err.kind}: ${err.message}`);
        }
        print("on");
    "#)
    .dev("it")
    .stdout("steps: 1 of 2 steps failed\non\n")
    .any_stderr()
    .run();
}

#[test]
fn a_plan_tells_its_states() {
    one(r#"
        let states = run_steps([
            step("a", "A", || ()),
            step("b", "B", || #{ changed: false }),
            step("c", "C", #{ when: false }, || ()),
            step("d", "D", #{ allow_failure: true }, || fail("x")),
        ]);
        print(`${states.a} ${states.b} ${states.c} ${states.d}`);
    "#)
    .dev("it")
    .stdout("ok unchanged skipped failed\n")
    .any_stderr()
    .run();
}

#[test]
fn an_error_has_fields() {
    one(r#"
        try {
            exec(["sh", "-c", "echo one >&2; echo two >&2; exit 9"]);
        } catch (err) {
            print(`${err.kind} ${err.code} ${err.message}`);
            print(err.stderr_tail);
            print(err.hint == ());
        }
        try { fail("no", "do"); } catch (err) { print(`${err.kind} ${err.message} ${err.hint}`); }
        try { exec(["copilot-has-no-such-program"]); } catch (err) { print(`${err.kind} ${err.message}`); }
        try { exec(["sleep", "5"], #{ timeout: "50ms" }); } catch (err) { print(err.kind); }
        try { read_file("nowhere"); } catch (err) { print(err.kind); }
        try { throw "text"; } catch (err) { print(err); }
    "#)
    .dev("it")
    .stdout("
        exit 9 `sh -c 'echo one >&2; echo two >&2; exit 9'` exited with code 9
        one
        two
        true
        fail no do
        missing copilot-has-no-such-program is not installed, or not on PATH
        timeout
        file
        text
    ")
    .stderr("one\ntwo\n")
    .run();
}

#[test]
fn an_error_can_be_thrown_on() {
    one(r#"
        try {
            exec(["sh", "-c", "exit 9"]);
        } catch (err) {
            throw err;
        }
    "#)
    .dev("it")
    .stderr(
        "
        error: `sh -c 'exit 9'` exited with code 9
          at recipes/it.rhai:4:5
    ",
    )
    .status(9)
    .run();
}
