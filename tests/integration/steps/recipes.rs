//! Recipes that call others.

use crate::harness::Repo;

#[test]
fn a_recipe_calls_another() {
    Repo::new()
        .recipe(
            "all",
            r#"
            recipe("schema/setup", #{ mode: "new", dry_humour: true });
            run_steps([
                step("mine", "My own", || print("mine")),
                step("nested", "Nested", || recipe("schema/setup")),
            ]);
            "#,
        )
        .recipe(
            "schema/setup",
            r#"
            const PARAMS = [
                #{ name: "mode", kind: "option", default_value: "old", values: ["old", "new"] },
                #{ name: "dry-humour", kind: "flag" },
                #{ name: "more", kind: "rest" },
                #{ name: "none", kind: "option" },
            ];
            print([mode, dry_humour, more, none]);
            run_steps([step("tables", "Tables", || print("tables"))]);
            "#,
        )
        .dev("all")
        .stdout(
            r#"
            ["new", true, [], ()]
            tables
            mine
            ["old", false, [], ()]
            tables
        "#,
        )
        .stderr(
            "
            -- schema/setup:tables: Tables
            -- schema/setup:tables: ok (<time>)
            -- mine: My own
            -- mine: ok (<time>)
            -- nested: Nested
            -- schema/setup:tables: Tables
            -- schema/setup:tables: ok (<time>)
            -- nested: ok (<time>)

            all: 4 ok in <time>
              ok        schema/setup:tables  Tables  <time>
              ok        schema/setup:tables  Tables  <time>
              ok        mine                 My own  <time>
              ok        nested               Nested  <time>
        ",
        )
        .run();
}

#[test]
fn a_failure_in_a_called_recipe_has_the_chain_of_places() {
    Repo::new()
        .recipe("all", "print(\"all\");\nrecipe(\"other\");\n")
        .recipe(
            "other",
            "run_steps([\n    step(\"a\", \"A\", || exec([\"sh\", \"-c\", \"exit 3\"])),\n]);\n",
        )
        .dev("all")
        .stdout("all\n")
        .stderr(
            "
            -- other:a: A
            -- other:a: failed (<time>)

            all: 1 failed in <time>
              failed    other:a  A  <time>

            failed other:a: A
              `sh -c 'exit 3'` exited with code 3
                at recipes/other.rhai:2:23
                at recipes/other.rhai:1:1

            error: 1 of 1 steps failed
        ",
        )
        .status(1)
        .run();
    Repo::new()
        .recipe("all", "recipe(\"other\");\n")
        .recipe("other", "exec([\"sh\", \"-c\", \"exit 3\"]);\n")
        .dev("all")
        .stderr(
            "
            error: `sh -c 'exit 3'` exited with code 3
              at recipes/other.rhai:1:1
              at recipes/all.rhai:1:1
        ",
        )
        .status(3)
        .run();
}

#[test]
fn recipes_do_not_call_each_other_for_ever() {
    Repo::new()
        .recipe("a", "recipe(\"b\");\n")
        .recipe("b", "recipe(\"a\");\n")
        .dev("a")
        .stderr(
            r#"
            error: recipes call each other in a circle: a calls b calls a
             --> recipes/b.rhai:1:1
              |
            1 | recipe("a");
              | ^^^^^^
              |
              = note: in recipe b, called at recipes/a.rhai:1:1
        "#,
        )
        .status(3)
        .run();
}

#[test]
fn a_recipe_that_cannot_be_called() {
    for (name, message) in [
        ("nope", "there is no recipe `nope`"),
        (
            "../outside",
            "`../outside` is a path, not the name of a recipe",
        ),
    ] {
        let said = format!(
            "error: {message}\n --> recipes/a.rhai:2:1\n  |\n2 | recipe(name);\n  | ^^^^^^\n"
        );
        Repo::new()
            .recipe("a", &format!("let name = \"{name}\";\nrecipe(name);\n"))
            .dev("a")
            .stderr(&said)
            .status(3)
            .run();
    }
    Repo::new()
        .recipe("a", "recipe(\"b\");\n")
        .recipe("b", "let x = ;\n")
        .dev("a")
        .stderr(
            r#"
            error: recipes/b.rhai:1:9: Unexpected ';'
             --> recipes/a.rhai:1:1
              |
            1 | recipe("b");
              | ^^^^^^
        "#,
        )
        .status(3)
        .run();
    Repo::new()
        .recipe(
            "a",
            "let params = #{ wo: \"x\" };\nrecipe(\"b\", params);\n",
        )
        .recipe(
            "b",
            "const PARAMS = [#{ name: \"who\", kind: \"arg\", required: true }];\n",
        )
        .dev("a")
        .stderr(
            r#"
            error: the parameter `who` of the recipe `b` is required
             --> recipes/a.rhai:2:1
              |
            2 | recipe("b", params);
              | ^^^^^^
        "#,
        )
        .status(3)
        .run();
}
