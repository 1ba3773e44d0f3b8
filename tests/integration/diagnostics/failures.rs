//! What fails while a recipe runs: failures, thrown values, endless recursion and loops.

use crate::harness::{Signal, assert_contains, one, refused};

#[test]
fn a_failure_says_its_place() {
    one("
        fn check(n) {
            if n > 1 { fail(\"too many: \" + n, \"take fewer\"); }
        }
        check(1);
        check(2);
    ")
    .dev("it")
    .stderr(
        "
            error: too many: 2
              at recipes/it.rhai:2:16
              at recipes/it.rhai:5:1
            hint: take fewer
        ",
    )
    .status(1)
    .run();
}

#[test]
fn a_thrown_value_is_the_message() {
    one("
        throw \"no such cluster\";
    ")
    .dev("it")
    .stderr(
        "
            error: no such cluster
              at recipes/it.rhai:1:1
        ",
    )
    .status(1)
    .run();
    one("
        throw #{ kind: \"missing\", message: \"no key\", hint: \"make one\" };
    ")
    .dev("it")
    .stderr(
        "
            error: no key
            hint: make one
        ",
    )
    .status(4)
    .run();
}

#[test]
fn functions_that_call_each_other_for_ever() {
    refused(
        "
        fn a(n) { b(n + 1) }
        fn b(n) { a(n + 1) }
        a(0);
    ",
        "
            error: recursion too deep
             --> recipes/it.rhai:3:1
              |
            3 | a(0);
              | ^
              |
              = help: does a function call itself without ever returning?
        ",
    );
}

#[test]
fn recursion_within_reason_works() {
    one("
        fn sum(n) { if n == 0 { 0 } else { n + sum(n - 1) } }
        print(sum(40));
    ")
    .dev("it")
    .stdout("820\n")
    .run();
}

#[test]
fn an_endless_loop_ends_with_ctrl_c() {
    let repo = one("
        info(\"looping\");
        loop { }
    ");
    let mut live = repo.start("it");
    live.wait_for("looping");
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);
    assert_eq!(
        live.stderr(),
        "looping\nerror: stopped by Ctrl-C (SIGINT)\n"
    );
}

#[test]
fn catch_does_not_catch_ctrl_c() {
    let repo = one("
        info(\"looping\");
        loop { try { loop { } } catch { } }
    ");
    let mut live = repo.start("it");
    live.wait_for("looping");
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);
}

#[test]
fn a_bug_that_is_caught_and_thrown_on_stays_one() {
    one("try { let x = 1 / 0; } catch (err) { throw err; }")
        .dev("it")
        .any_stderr()
        .status(3)
        .run();
    let ended = one(r#"
        run_steps([
            step("a", "A", || { try { let x = 1 / 0; } catch (err) { throw err; } }),
            step("b", "B", || print("b")),
        ], #{ keep_going: true });
    "#)
    .dev("it")
    .any_stderr()
    .status(3)
    .run();
    assert_contains(&ended.stderr, "Division by zero");
}
