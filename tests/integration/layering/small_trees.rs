//! The check itself, on small sources: what it reports and what it does not.

use super::{Findings, examine, modules::Sources};

/// A host of four folders; `files` come in addition or instead.
fn examine_host(files: &[(&str, &str)]) -> Findings {
    let host = [
        (
            "src/main.rs",
            "mod cli;\nmod run;\nmod screen;\nmod fault;\nfn main() {}\n",
        ),
        (
            "src/cli/mod.rs",
            "mod verb;\npub use verb::{Kind, Verb};\npub fn run() {}\n",
        ),
        (
            "src/cli/verb.rs",
            "pub struct Verb;\npub enum Kind { One }\n",
        ),
        ("src/run.rs", "pub fn begin() {}\n"),
        ("src/screen.rs", ""),
        ("src/fault.rs", "pub enum Error { Usage }\n"),
    ];
    let all = host.iter().chain(files);
    let sources: Sources = all
        .map(|(file, text)| ((*file).to_owned(), (*text).to_owned()))
        .collect();
    examine(&sources)
}

const NO_FINDINGS: [&str; 0] = [];

#[test]
fn a_path_against_the_order_is_reported_in_every_form() {
    for (code, line, path) in [
        // A `use`.
        ("use crate::cli::run;", 1, "crate::cli::run"),
        ("use crate::cli::run as go;", 1, "crate::cli::run"),
        (
            "use crate::{\n    cli::{\n        run\n    }\n};",
            3,
            "crate::cli::run",
        ),
        ("fn f() {\n    use super::cli;\n}", 2, "super::cli"),
        ("use crate::cli::*;", 1, "crate::cli"),
        // A path in an expression, a type, a pattern, a trait, an attribute.
        ("fn f() {\n    crate::cli::run()\n}", 2, "crate::cli::run"),
        (
            "use super as up;\nfn f() { up::cli::run() }",
            2,
            "up::cli::run",
        ),
        (
            "mod a {\n    fn f() { super::super::cli::run() }\n}",
            2,
            "super::super::cli::run",
        ),
        (
            "fn f(_: super::cli::verb::Verb) {}",
            1,
            "super::cli::verb::Verb",
        ),
        (
            "fn f(crate::cli::Kind::One: X) {}",
            1,
            "crate::cli::Kind::One",
        ),
        (
            "fn f() -> X {\n    crate::cli::Verb {}\n}",
            2,
            "crate::cli::Verb",
        ),
        ("impl crate::cli::Verb for X {}", 1, "crate::cli::Verb"),
        (
            "#[serde(default = \"crate::cli::run\")]\nstruct S;",
            1,
            "crate::cli::run",
        ),
        // The tokens of a macro.
        (
            "fn f() { print!(\"{}\", [crate::cli::run()]) }",
            1,
            "crate::cli::run",
        ),
        (
            "macro_rules! m {\n    () => { $crate::cli::run() };\n}",
            2,
            "crate::cli::run",
        ),
        ("m! { use crate::cli::run; }", 1, "crate::cli::run"),
        // A re-export.
        (
            "fn f() { crate::cli::Verb::new() }",
            1,
            "crate::cli::Verb::new",
        ),
    ] {
        let found = examine_host(&[("src/screen.rs", code)]);
        let expected = format!("src/screen.rs:{line}: `{path}` leads from screen to cli ");
        assert!(
            found.order.iter().all(|it| it.starts_with(&expected)),
            "{code}: {found:#?}"
        );
        assert_eq!(found.order.len(), 1, "{code}");
        assert_eq!(found.unresolved, NO_FINDINGS, "{code}");
        assert_eq!(found.cycles, NO_FINDINGS, "{code}");
    }
}

#[test]
fn a_reexport_is_followed_to_the_file_that_defines_the_item() {
    let found = examine_host(&[
        ("src/fault.rs", "pub use crate::cli::Verb as Word;\n"),
        ("src/screen.rs", "pub use crate::fault::*;\n"),
        (
            "src/run.rs",
            "fn f() {\n    crate::screen::Word::default();\n}\n",
        ),
    ]);
    assert_eq!(
        found.order,
        [
            "src/fault.rs:1: `crate::cli::Verb` leads from fault to cli (src/cli/verb.rs)",
            "src/run.rs:2: `crate::screen::Word::default` leads from run to cli (src/cli/verb.rs)",
            "src/screen.rs:1: `crate::fault` leads from screen to cli (src/cli/verb.rs)",
        ]
    );
}

#[test]
fn a_path_through_a_folder_above_is_reported_even_if_the_item_is_below() {
    let found = examine_host(&[
        ("src/run.rs", "pub use crate::fault::Error;\n"),
        ("src/screen.rs", "use crate::run::Error;\n"),
    ]);
    let expected = "src/screen.rs:1: `crate::run::Error` leads from screen to run (src/run.rs)";
    assert_eq!(found.order, [expected]);
}

#[test]
fn paths_down_the_order_are_fine() {
    let found = examine_host(&[
        (
            "src/cli/mod.rs",
            "mod verb;\npub use verb::Verb;\nuse crate::run;\nuse copilot_kb::Job;\n\
             pub fn run() -> crate::fault::Error {\n    run::begin();\n    std::fs::read()\n}\n",
        ),
        (
            "src/fault.rs",
            "pub use copilot_kb::Job;\npub enum Error { Usage }\n",
        ),
        ("crates/kb/src/lib.rs", "mod job;\npub use job::*;\n"),
        ("crates/kb/src/job.rs", "pub struct Job;\n"),
        (
            "crates/agent/src/lib.rs",
            "use copilot_kb as kb;\nfn f(_: kb::Job) {}\n",
        ),
        (
            "crates/agent/src/main.rs",
            "use copilot_agent::f;\nfn main() { f() }\n",
        ),
    ]);
    assert_eq!(found, Findings::default());
}

#[test]
fn crates_beside_each_other_and_unknown_folders_are_reported() {
    let found = examine_host(&[
        (
            "src/main.rs",
            "mod cli;\nmod run;\nmod screen;\nmod fault;\nmod tools;\n",
        ),
        ("src/tools.rs", ""),
        ("crates/kb/src/lib.rs", "pub struct Job;\n"),
        ("crates/dsql/src/lib.rs", "use copilot_kb::Job;\n"),
    ]);
    assert_eq!(
        found.order,
        [
            "src/tools.rs:1: `tools` has no place in the order of the folders",
            "crates/dsql/src/lib.rs:1: `copilot_kb::Job` leads from crates/dsql to crates/kb \
             (crates/kb/src/lib.rs)",
        ]
    );
}

#[test]
fn a_cycle_is_reported_once_with_the_line_of_each_path() {
    let found = examine_host(&[
        ("src/run.rs", "mod a;\nmod b;\nmod c;\npub use b::B;\n"),
        ("src/run/a.rs", "\nuse super::B;\npub struct A;\n"),
        (
            "src/run/b.rs",
            "pub struct B;\nfn f() {\n    crate::run::c::c!()\n}\n",
        ),
        (
            "src/run/c.rs",
            "macro_rules! c {\n    () => { super::a::A };\n}\npub(crate) use c;\n",
        ),
    ]);
    let expected = "src/run/a.rs:2 → src/run/b.rs:3 → src/run/c.rs:2 → src/run/a.rs";
    assert_eq!(found.cycles, [expected]);
    assert_eq!((found.order, found.unresolved), (Vec::new(), Vec::new()));
}

#[test]
fn a_module_and_its_child_make_a_cycle_only_if_each_uses_the_other() {
    let child = ("src/run/a.rs", "use super::Run;\npub fn a(_: Run) {}\n");
    for (text, expected) in [
        ("mod a;\npub use a::a;\npub struct Run;\n", None),
        ("mod a;\npub use a::*;\npub struct Run;\n", None),
        ("mod a;\nuse a::a;\npub struct Run;\n", Some(2)),
        ("mod a;\npub struct Run;\nfn f() { a::a(Run) }\n", Some(3)),
        (
            "mod a;\npub use a::a;\npub struct Run;\nfn f() { a(Run) }\n",
            Some(4),
        ),
        (
            "mod a;\npub use a::*;\npub struct Run;\nfn f() { a(Run) }\n",
            Some(4),
        ),
    ] {
        let found = examine_host(&[("src/run.rs", text), child]);
        let cycle = |line| format!("src/run.rs:{line} → src/run/a.rs:1 → src/run.rs");
        let expected: Vec<_> = expected.map(cycle).into_iter().collect();
        assert_eq!(found.cycles, expected, "{text}");
    }
}

#[test]
fn code_for_tests_does_not_count() {
    let found = examine_host(&[
        (
            "src/screen.rs",
            "#[cfg(test)]\nmod tests;\n#[cfg(all(test, unix))]\nuse crate::cli::run;\n\
             impl S {\n    #[cfg(test)]\n    fn f() { crate::cli::run() }\n}\n",
        ),
        ("src/screen/tests.rs", "use crate::cli::run;\nmod inner;\n"),
        ("src/screen/tests/inner.rs", "use crate::cli::run;\n"),
    ]);
    assert_eq!(found, Findings::default());
}

#[test]
fn what_cannot_be_read_is_reported() {
    for (code, expected) in [
        ("\nfn f( {}", "src/screen.rs:2: does not parse: "),
        (
            "\nuse crate::fault::None;",
            "src/screen.rs:2: `crate::fault::None`: `None` is not found",
        ),
        (
            "fn f() { super::none::f() }",
            "src/screen.rs:1: `super::none::f`: `none` is not found",
        ),
        (
            "use super::fault;\nfn f() { fault::f() }",
            "src/screen.rs:2: `fault::f`: `f` is not found",
        ),
        (
            "m!(use crate::{cli, run});",
            "src/screen.rs:1: `crate`: `{` or `*` in a macro is not followed",
        ),
        ("mod none;", "src/screen.rs:1: `mod none` has no file"),
        (
            "#[path = \"fault.rs\"]\nmod other;",
            "src/screen.rs:2: `#[path]` is not followed",
        ),
        (
            "fn f() {\n    mod inner {}\n}",
            "src/screen.rs:2: `mod inner` inside a function",
        ),
    ] {
        let found = examine_host(&[("src/screen.rs", code)]);
        let is_there = |line: &String| line.starts_with(expected);
        assert!(
            found.unresolved.iter().any(is_there),
            "{expected}, not {found:#?}"
        );
    }
    let found = examine_host(&[("src/screen/lost.rs", "")]);
    assert_eq!(
        found.unresolved,
        ["src/screen/lost.rs:1: no `mod` leads to this file"]
    );
}

#[test]
fn a_name_made_by_a_macro_belongs_to_the_module_that_calls_it() {
    let found = examine_host(&[
        ("src/cli/verb.rs", "make!(Verb);\n"),
        ("src/screen.rs", "use crate::cli::verb::Verb;\n"),
    ]);
    assert_eq!(
        found.order,
        ["src/screen.rs:1: `crate::cli::verb::Verb` leads from screen to cli (src/cli/verb.rs)"]
    );
    assert_eq!(found.unresolved, NO_FINDINGS);
}
