//! `copilot dev show`: a recipe, and what it would run as far as its text tells.

use crate::harness::{Repo, assert_contains};
use serde_json::{Value, json};

/// A recipe with all that can be told of one.
fn repo() -> Repo {
    Repo::new()
        .recipe(
            "_lib/images",
            r#"
            export const TAG = "dev";
            const PLACE = "registry";

            fn require(image) {
                if !image_exists(image) {
                    exec(["docker", "pull", `${global::PLACE}/${image}`]);
                }
            }
            "#,
        )
        .recipe(
            "ship/it",
            r#"
            //! Ship it.
            //!
            //! Or not.

            import "_lib/images" as images;

            const PARAMS = [
                #{ name: "where", kind: "arg", required: true, help: "Where to" },
                #{ name: "tone", kind: "option", short: "t", values: ["plain", "loud"], default_value: "plain", help: "How" },
                #{ name: "words", kind: "rest", help: "More" },
            ];
            const NAME = "two words";

            env_require(["AWS_REGION", "HOME"]);
            let args = ["up"];
            if tone == "loud" { args.push("--loud"); }
            fn build(tag) { docker_build(#{ tag: "app:" + tag }) }
            let first = "build";
            let plan = [
                step("pull", "Pull", || images::require("base:" + images::TAG)),
                step("build", "Build", #{ after: ["pull"] }, || build(images::TAG)),
                step(where + "-up", `Start in ${where}`, #{ after: [first], when: confirm("Really?") }, || {
                    compose(args + words);
                    retry(3, "1s", || wait_http("http://localhost:" + env("PORT", 1), "1m"));
                }),
            ];
            run_steps(plan);
            for word in words { exec(["say", word, NAME]); }
            "#,
        )
}

#[test]
fn it_is_shown_with_all_that_its_text_tells() {
    let text = "
        ship it: Ship it.

        Or not.

        recipes/ship/it.rhai

        Parameters:
          <WHERE>            Where to
          -t, --tone <TONE>  How [default: plain] [one of plain, loud]
          [WORDS]…           More

        Imports:
          _lib/images  as images

        Variables:
          AWS_REGION
          HOME
          PORT

        Runs:
          step pull: Pull
              image_exists base:dev
              ? exec docker pull registry/base:dev
          step build: Build, after pull
              docker_build #{ tag: app:dev }
          ? step ‹where›-up: Start in ‹where›, after build
              compose up … ‹words›
              wait_http http://localhost:‹env(…)› 1m
          ? exec say ‹word› 'two words'

        `‹…›` is known only when it runs, `?` depends on a condition or a loop.
    ";
    for line in ["show ship it", "show ship/it", "show ship-it"] {
        repo().dev(line).stdout(text).run();
    }
}

#[test]
fn it_is_data_too() {
    let ended = repo().dev("show ship it --output json").any_stdout().run();
    let shown: Value = serde_json::from_slice(&ended.raw).unwrap();
    assert_eq!(shown["name"], "ship/it");
    assert_eq!(shown["params"][1]["values"], json!(["plain", "loud"]));
    assert_eq!(
        shown["imports"],
        json!([{ "path": "_lib/images", "as": "images" }])
    );
    assert_eq!(shown["variables"], json!(["AWS_REGION", "HOME", "PORT"]));
    let step = json!({
        "step": "pull",
        "title": "Pull",
        "after": [],
        "sometimes": false,
        "place": "recipes/ship/it.rhai:20:5",
        "calls": [
            { "call": "image_exists base:dev", "sometimes": false, "place": "recipes/_lib/images.rhai:5:9" },
            {
                "call": "exec docker pull registry/base:dev",
                "sometimes": true,
                "place": "recipes/_lib/images.rhai:6:9",
            },
        ],
    });
    assert_eq!(shown["runs"][0], step);
    let last = json!({
        "call": "exec say ‹word› 'two words'",
        "sometimes": true,
        "place": "recipes/ship/it.rhai:28:21",
    });
    assert_eq!(shown["runs"].as_array().unwrap().last(), Some(&last));
}

#[test]
fn nothing_of_it_is_run() {
    let repo = Repo::new().recipe(
        "touch",
        "write_file(\"made\", 1);\ncapture([\"touch\", \"made\"]);\nfail(\"no\");\n",
    );
    let before = repo.tree();
    repo.dev("show touch")
        .stdout(
            "
            touch: (it says nothing of itself)

            recipes/touch.rhai

            Runs:
              write_file made 1
              capture touch made

            `‹…›` is known only when it runs, `?` depends on a condition or a loop.
        ",
        )
        .run();
    assert_eq!(repo.tree(), before);
}

#[test]
fn functions_that_call_each_other_end() {
    let repo = Repo::new().recipe(
        "round",
        "fn a(n) { exec([\"a\"]); b(n); }\nfn b(n) { if n > 0 { a(n - 1); } }\na(2);\nlet again = || a(1);\nagain.call();\n",
    );
    let ended = repo.dev("show round").any_stdout().run();
    assert_eq!(
        ended.stdout.matches("exec a").count(),
        1,
        "{}",
        ended.stdout
    );
}

#[test]
fn a_secret_is_not_shown() {
    let repo = Repo::new().recipe(
        "ask",
        r#"
        const URL = "http://me:hunter2@there/";
        http("GET", "http://me:hunter2@here/");
        http("GET", URL);
        psql_dsql(#{ url: "postgresql://me:hunter2@" + URL, sql: "SELECT 1" });
        exec(["true"], #{ env: #{ PGPASSWORD: "hunter2", PGUSER: "me" } });
        "#,
    );
    let ended = repo.dev("show ask").any_stdout().run();
    assert!(!ended.stdout.contains("hunter2"), "{}", ended.stdout);
    for shown in [
        "http GET 'http://***@here/'\n",
        "http GET 'http://***@there/'\n",
        "env: #{ PGPASSWORD: ***, PGUSER: me }",
    ] {
        assert_contains(&ended.stdout, shown);
    }
}

#[test]
fn every_shipped_recipe_can_be_shown() {
    let repo = Repo::new().shipped_recipes();
    let ended = repo.dev("list --json").any_stdout().run();
    let recipes: Vec<Value> = serde_json::from_slice(&ended.raw).unwrap();
    assert!(recipes.len() > 8);
    for recipe in recipes {
        let name = recipe["name"].as_str().unwrap();
        let ended = repo.dev("show").arg(name).any_stdout().run();
        assert_contains(&ended.stdout, "\nRuns:\n");
    }
}

#[test]
fn an_unknown_one_has_its_nearest_and_a_broken_one_its_error() {
    let repo = repo().recipe("broken", "let x = ;\n");
    repo.dev("show ship ti")
        .stderr("error: there is no recipe `ship ti`\nhint: did you mean `ship/it`?\n")
        .status(2)
        .run();
    let ended = repo.dev("show broken").any_stderr().status(3).run();
    assert_contains(&ended.stderr, "recipes/broken.rhai:1:9");
}
