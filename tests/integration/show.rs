//! `copilot dev show`: the parameters and steps of a recipe, as far as its text tells.

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
        .recipe("other", "//! Another.\ninfo(1);\n")
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
                step("build", `Build ${NAME}`, #{ after: ["pull"], retry: #{ times: 3, pause: "1s" } }, || build(images::TAG)),
                step(where + "-up", `Start in ${where}`, #{ after: [first], when: confirm("Really?"), timeout: "5m" }, || {
                    defer(|| exec(["rm", "-f", "plan"]));
                    compose(args + words);
                    retry(3, "1s", || wait_http("http://localhost:" + env("PORT", 1), "1m"));
                    recipe("other");
                }),
            ];
            run_steps(plan, #{ jobs: 2, keep_going: true });
            run_steps(words.map(|word| step(word, `Ship ${word}`, || ())));
            for word in words { recipe("other"); }
            defer(|| run_steps([step("sweep", "Sweep", || ())]));
            "#,
        )
}

#[test]
fn it_is_shown_with_all_that_its_text_tells() {
    let text = r#"
        ship it: Ship it.

        Or not.

        recipes/ship/it.rhai

        Parameters:
          <WHERE>            Where to
          -t, --tone <TONE>  How [default: plain] [one of plain, loud]
          [WORDS]…           More

        Imports:
          _lib/images  as images

        Reads variables:
          AWS_REGION
          HOME
          PORT

        Calls recipes:
          other

        Options of run_steps:
          jobs 2, keep_going true

        Steps:
          pull      Pull
          build     Build two words [after pull] [retry: times 3, pause 1s]
          ? ‹…›     Start in ‹where› [after ‹first›] [timeout: 5m] [when: ‹…›]
                    calls the recipe other
          ? ‹word›  Ship ‹word›
          sweep     Sweep [deferred]

        Deferred to the end, last first:
          defer(|| run_steps([step("sweep", "Sweep", || ())]))
          ? defer(|| exec(["rm", "-f", "plan"]))

        `‹…›` is known only in a run, `?` depends on a condition or a loop. An early `return` is not considered.
        `copilot dev ship it --dry-run` prints the commands of a run.
    "#;
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
    assert_eq!(shown["recipes"], json!(["other"]));
    let step = json!({
        "step": "build",
        "title": "Build two words",
        "after": ["pull"],
        "options": { "retry": "times 3, pause 1s" },
        "sometimes": false,
        "deferred": false,
        "place": "recipes/ship/it.rhai:21:5",
        "recipes": [],
    });
    assert_eq!(shown["steps"][1], step);
    let deferred = json!({
        "text": r#"defer(|| exec(["rm", "-f", "plan"]))"#,
        "sometimes": true,
        "place": "recipes/ship/it.rhai:23:9",
    });
    assert_eq!(shown["deferred"][0], deferred);
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
            touch: (no description)

            recipes/touch.rhai

            It has no steps.

            `‹…›` is known only in a run, `?` depends on a condition or a loop. An early `return` is not considered.
            `copilot dev touch --dry-run` prints the commands of a run.
        ",
        )
        .run();
    assert_eq!(repo.tree(), before);
}

#[test]
fn functions_that_call_each_other_end() {
    let repo = Repo::new().recipe(
        "round",
        "fn a(n) { run_steps([step(\"a\", \"A\", || b(n))]); }\nfn b(n) { if n > 0 { a(n - 1); } }\na(2);\nlet again = || a(1);\nagain.call();\n",
    );
    let ended = repo.dev("show round").any_stdout().run();
    assert_eq!(
        ended.stdout.matches("  a  A").count(),
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
        run_steps([
            step("here", "Ask http://me:hunter2@here/", || http("GET", URL)),
            step("there", URL, #{ otherwise: global::URL }, || ()),
        ]);
        defer(|| http("GET", "http://me:hunter2@gone/"));
        "#,
    );
    let ended = repo.dev("show ask").any_stdout().run();
    assert!(!ended.stdout.contains("hunter2"), "{}", ended.stdout);
    for shown in [
        "  here   Ask http://***@here/\n",
        "  there  http://***@there/ [otherwise: http://***@there/]\n",
        "defer(|| http(\"GET\", \"http://***@gone/\"))",
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
        assert_contains(&ended.stdout, "--dry-run` prints");
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
