//! Mistakes in imported files, and imports that cannot be had.

use crate::harness::{Repo, assert_contains, one, refused};

/// A recipe that imports a file in which `body` is the function `setup`.
fn imported(body: &str) -> Repo {
    Repo::new()
        .recipe(
            "it",
            "
            import \"_lib/common\" as common;
            info(\"before\");
            fn begin() {
                common::setup(1);
            }
            begin();
            ",
        )
        .recipe(
            "_lib/common",
            &format!("fn inner(n) {{\n    {body}\n}}\n\nfn setup(n) {{\n    inner(n);\n}}\n"),
        )
}

#[test]
fn an_error_in_an_imported_file_has_the_chain_of_calls() {
    imported("let a = []; a[n];")
        .dev("it")
        .stderr(
            "
            before
            error: Array index 1 out of bounds: array is empty
             --> recipes/_lib/common.rhai:2:19
              |
            2 |     let a = []; a[n];
              |                   ^
              |
              = note: in inner, called at recipes/_lib/common.rhai:6:5
              = note: in setup, called at recipes/it.rhai:4:13
              = note: in begin, called at recipes/it.rhai:6:1
        ",
        )
        .status(3)
        .run();
}

#[test]
fn a_failure_in_an_imported_file_has_the_chain_of_places() {
    imported("fail(\"no luck\", \"try again\");")
        .dev("it")
        .stderr(
            "
            before
            error: no luck
              at recipes/_lib/common.rhai:2:5
              at recipes/_lib/common.rhai:6:5
              at recipes/it.rhai:4:13
              at recipes/it.rhai:6:1
            hint: try again
        ",
        )
        .status(1)
        .run();
}

#[test]
fn a_mistake_in_an_imported_file_is_found_before_anything_runs() {
    imported("nope();")
        .dev("it")
        .stderr(
            "
            error: unknown function `nope`
             --> recipes/_lib/common.rhai:2:5
              |
            2 |     nope();
              |     ^^^^
              |
              = note: in import of recipes/_lib/common.rhai, called at recipes/it.rhai:1:1
        ",
        )
        .status(3)
        .run();
    imported("let x = ;")
        .dev("it")
        .stderr(
            "
            error: Unexpected ';'
             --> recipes/_lib/common.rhai:2:13
              |
            2 |     let x = ;
              |             ^
              |
              = note: in import of recipes/_lib/common.rhai, called at recipes/it.rhai:1:1
        ",
        )
        .status(3)
        .run();
}

#[test]
fn an_import_that_is_not_there() {
    refused(
        "
        info(\"before\");
        import \"_lib/comon\" as common;
    ",
        r#"
            error: cannot import `_lib/comon`
             --> recipes/it.rhai:2:1
              |
            2 | import "_lib/comon" as common;
              | ^^^^^^
              |
              = help: recipes/_lib/comon.rhai does not exist or cannot be read
        "#,
    );
    one("
        import \"_lib/comon\" as common;
    ")
    .recipe("_lib/common", "fn f() { }\n")
    .dev("it")
    .stderr(
        r#"
            error: cannot import `_lib/comon`
             --> recipes/it.rhai:1:1
              |
            1 | import "_lib/comon" as common;
              | ^^^^^^
              |
              = help: did you mean `_lib/common`?
        "#,
    )
    .status(3)
    .run();
    one("
        import \"../outside\" as outside;
    ")
    .file("outside.rhai", "fn f() {}\n")
    .dev("it")
    .stderr(
        r#"
            error: cannot import `../outside`
             --> recipes/it.rhai:1:1
              |
            1 | import "../outside" as outside;
              | ^^^^^^
              |
              = help: an import names a file under recipes/, such as `_lib/stack`
        "#,
    )
    .status(3)
    .run();
}

#[test]
fn an_unknown_function_of_an_import() {
    Repo::new()
        .recipe("it", "import \"_lib/a\" as a;\na::setpu();\n")
        .recipe("_lib/a", "fn setup() {}\n")
        .dev("it")
        .stderr(
            "
            error: unknown function `a::setpu`
             --> recipes/it.rhai:2:4
              |
            2 | a::setpu();
              |    ^^^^^
              |
              = help: did you mean `a::setup`?
        ",
        )
        .status(3)
        .run();
    refused(
        "
        common::setup();
    ",
        r#"
            error: no module is imported as `common`
             --> recipes/it.rhai:1:1
              |
            1 | common::setup();
              | ^^^^^^
              |
              = help: add `import "_lib/common" as common;` at the top
        "#,
    );
}

#[test]
fn files_that_import_each_other_are_an_error() {
    let repo = Repo::new()
        .recipe("self", "import \"self\" as me;\n")
        .recipe("start", "import \"_lib/a\" as a;\n")
        .file("recipes/_lib/a.rhai", "import \"_lib/b\" as b;\n")
        .file("recipes/_lib/b.rhai", "import \"_lib/a\" as a;\n");
    for (verb, circle) in [
        ("self", "recipes/self.rhai imports recipes/self.rhai"),
        (
            "start",
            "recipes/_lib/a.rhai imports recipes/_lib/b.rhai imports recipes/_lib/a.rhai",
        ),
    ] {
        let said = format!("files import each other in a cycle: {circle}");
        for line in [verb.to_owned(), format!("check {verb}")] {
            let ended = repo.dev(&line).any_stderr().status(3).run();
            assert_contains(&ended.stderr, &said);
        }
    }
}
