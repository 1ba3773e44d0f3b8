//! Steps that a function of an imported file makes.

use crate::harness::Repo;

/// A file with all that a closure can see, imported by one that has more of it.
fn repo(recipe: &str) -> Repo {
    Repo::new()
        .recipe(
            "_lib/deep",
            r#"
                const WORD = "deep";
                fn say(text) { print(`${global::WORD} ${text}`); }
                fn made(id) { step(id, "Deep", #{ when: || yes() }, || say(id)) }
                fn yes() { true }
            "#,
        )
        .recipe(
            "_lib/site",
            r#"
                import "_lib/deep" as deep;
                const GREETING = "hello";
                fn work(id) { print(`${global::GREETING} ${id}`); deep::say(id); }
                fn made(id) { step(id, "Made", || work(id)) }
                fn deeper(id) { deep::made(id) }
                fn wrapped(id, body) { step(id, "Wrapped", || body.call()) }
                fn failing(id) { step(id, "Failing", || fail("no")) }
                fn wrong(id) { step(id, "Wrong", || { let m = #{}; m.nothing }) }
                fn undecided(id) { step(id, "Undecided", #{ when: || 5 }, || work(id)) }
            "#,
        )
        .recipe("it", &format!("import \"_lib/site\" as site;\n{recipe}"))
}

#[test]
fn see_what_their_file_sees() {
    let plan = r#"
        fn own(text) { print(`own ${text}`); }
        let n = 5;
        run_steps([
            site::made("a"),
            site::deeper("b"),
            site::wrapped("c", || own(n)),
            step("d", "Own", || own("d")),
        ], JOBS);
    "#;
    let expected = "hello a\ndeep a\ndeep b\nown 5\nown d\n";
    repo(&plan.replace("JOBS", "#{ jobs: 1 }"))
        .dev("it")
        .stdout(expected)
        .any_stderr()
        .run();
    let ended = repo(&plan.replace("JOBS", "#{ jobs: 4 }"))
        .dev("it -q")
        .any_stdout()
        .run();
    let mut lines: Vec<_> = ended.stdout.lines().collect();
    lines.sort_unstable();
    let sides = [
        "a | deep a",
        "a | hello a",
        "b | deep b",
        "c | own 5",
        "d | own d",
    ];
    assert_eq!(lines, sides);
}

#[test]
fn fail_with_the_chain_of_places() {
    repo("run_steps([site::failing(\"a\")]);")
        .dev("it -q")
        .stderr(
            "

            failed a: Failing
              no
                at recipes/_lib/site.rhai:7:41
                at recipes/_lib/site.rhai:7:18
                at recipes/it.rhai:2:1

            error: 1 of 1 steps failed
            ",
        )
        .status(1)
        .run();
}

#[test]
fn show_a_bug_in_their_file() {
    repo("run_steps([site::wrong(\"a\")]);")
        .dev("it -q")
        .stderr(
            r#"
            error: the map has no key `nothing`
             --> recipes/_lib/site.rhai:8:54
              |
            8 | fn wrong(id) { step(id, "Wrong", || { let m = #{}; m.nothing }) }
              |                                                      ^^^^^^^
              |
              = note: in a closure, called at recipes/_lib/site.rhai:8:16
              = note: in step, called at recipes/it.rhai:2:1
            "#,
        )
        .status(3)
        .run();
    repo("run_steps([site::undecided(\"a\")]);")
        .dev("it -q")
        .stderr(
            r#"
            error: the `when` of step `a` returns 5, not true or false
             --> recipes/it.rhai:2:1
              |
            2 | run_steps([site::undecided("a")]);
              | ^^^^^^^^^
            "#,
        )
        .status(3)
        .run();
}
