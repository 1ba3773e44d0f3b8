//! What `copilot dev check` knows of plans and of calls of other recipes.

use crate::harness::findings::{NO_FINDINGS, found, it, problems};
use crate::harness::{Repo, one};
use serde_json::Value;

#[test]
fn steps_that_come_after_what_is_not_there() {
    assert_eq!(
        it(r#"
            run_steps([step("build", "B", || ()), step("test", "T", #{ after: ["biuld", "build"] }, || ())]);
            run_steps([step("other", "O", #{ after: "build" }, || ())]);
        "#),
        [
            "1:68 step `test` comes after `biuld`, which is not in the plan [did you mean `build`?]",
            "2:41 step `other` comes after `build`, which is not in the plan",
        ]
    );
    // In a variable that is only run, and in one that grows.
    assert_eq!(
        it(r#"
            let first = [step("a", "A", || ()), step("b", "B", #{ after: ["c"] }, || ())];
            let second = [step("c", "C", || ())];
            second.push(step("d", "D", #{ after: ["a", "nope"] }, || ()));
            run_steps(first);
            run_steps(second);
        "#),
        [
            "1:63 step `b` comes after `c`, which is not in the plan",
            "3:44 step `d` comes after `nope`, which is not in the plan",
        ]
    );
}

#[test]
fn steps_that_may_be_in_the_plan() {
    let right = [
        // Ids that are computed.
        "let plan = [step(\"a\", \"A\", #{ after: [\"x\"] }, || ())]; plan.push(step(env(\"ID\"), \"X\", || ())); run_steps(plan);",
        "let plan = [step(\"a\", \"A\", #{ after: [env(\"ID\")] }, || ())]; run_steps(plan);",
        "let before = env(\"A\"); run_steps([step(\"a\", \"A\", #{ after: before }, || ())]);",
        // In a plan that grows.
        "let plan = []; plan += [step(\"b\", \"B\", #{ after: [\"a\"] }, || ())]; plan += step(\"a\", \"A\", || ()); run_steps(plan);",
        // Made by functions.
        "fn make(id) { step(id, id, #{ after: [\"first\"] }, || ()) } let plan = [step(\"first\", \"F\", || ()), make(\"x\")]; run_steps(plan);",
        "fn after_first() { step(\"b\", \"B\", #{ after: [\"first\"] }, || ()) }",
        // Recipes that are called have plans of their own.
        "run_steps([step(\"a\", \"A\", || recipe(\"other\"))]);",
    ];
    for text in right {
        let repo = Repo::new()
            .recipe("it", text)
            .recipe("other", "run_steps([step(\"a\", \"A\", || ())]);");
        assert_eq!(found(&repo), NO_FINDINGS, "{text}");
    }
    let repo = Repo::new()
        .recipe("it", "import \"_lib/more\" as more;\nlet plan = [step(\"b\", \"B\", #{ after: [\"a\"] }, || ())];\nplan += more::steps();\nrun_steps(plan);\n")
        .recipe("_lib/more", "import \"_lib/deep\" as deep;\nfn steps() { [deep::first(), step(\"c\", \"C\", #{ after: [\"b\"] }, || ())] }\n")
        .recipe("_lib/deep", "fn first() { step(\"a\", \"A\", || ()) }\n");
    assert_eq!(found(&repo), NO_FINDINGS);
}

#[test]
fn steps_that_wait_for_each_other() {
    assert_eq!(
        it(r#"
            run_steps([
                step("a", "A", #{ after: ["c"] }, || ()),
                step("b", "B", #{ after: ["a"] }, || ()),
                step("c", "C", #{ after: ["b"] }, || ()),
                step("d", "D", #{ after: ["a"] }, || ()),
            ]);
            let plan = [];
            plan.push(step("e", "E", #{ after: "e" }, || ()));
            run_steps(plan);
        "#),
        [
            "2:10 steps wait for each other: a after c after b after a",
            "8:16 steps wait for each other: e after e",
        ]
    );
    let either = "
        let plan = [];
        if env(\"A\") == \"1\" { plan += [step(\"a\", \"A\", #{ after: \"b\" }, || ()), step(\"b\", \"B\", || ())]; }
        else { plan += [step(\"a\", \"A\", || ()), step(\"b\", \"B\", #{ after: \"a\" }, || ())]; }
        run_steps(plan);
    ";
    assert_eq!(it(either), NO_FINDINGS);
}

#[test]
fn calls_of_recipes() {
    let repo = Repo::new()
        .recipe(
            "it",
            "
            recipe(\"schema-setpu\");
            recipe(\"it\");
            recipe(\"schema/setup\", #{ overwrit: true, cluster: 1 });
            recipe(\"schema setup\", #{});
            recipe(\"../it\");
            recipe(\"plain\", #{ x: 1 });
            ",
        )
        .recipe(
            "schema/setup",
            "const PARAMS = [#{ name: \"cluster\", kind: \"arg\", required: true }, #{ name: \"overwrite\", kind: \"flag\" }];\nprint([cluster, overwrite]);\n",
        )
        .recipe("plain", "");
    assert_eq!(
        found(&repo),
        [
            "1:8 there is no recipe `schema-setpu` [did you mean `schema/setup`?]",
            "2:8 the recipe `it` calls itself",
            "3:27 the recipe `schema/setup` has no parameter `overwrit` [did you mean `overwrite`?]",
            "4:8 there is no recipe `schema setup` [did you mean `schema/setup`?]",
            "5:8 `../it` is a path, not the name of a recipe [name a recipe by its path under recipes/, such as `schema/setup`]",
            "6:20 the recipe `plain` has no parameter `x` [it has none]",
        ]
    );
    repo.write("recipes/it.rhai", "recipe(\"schema-setup\");\n");
    assert_eq!(
        found(&repo),
        ["1:8 the parameter `cluster` of the recipe `schema-setup` is required"]
    );
    repo.write(
        "recipes/it.rhai",
        "let name = \"nope\"; recipe(name); let params = #{}; recipe(\"schema/setup\", params);\nrecipe(\"schema/setup\", #{ cluster: 1 });\n",
    );
    assert_eq!(found(&repo), NO_FINDINGS);
}

#[test]
fn values_that_a_recipe_does_not_take() {
    let repo = Repo::new()
        .recipe(
            "it",
            r#"
            recipe("typed", #{ times: "many", wait: "5x", tone: "loud", sad: "no", words: "a" });
            recipe("typed", #{ times: 3, wait: 90, tone: "plain", sad: true, words: ["a", env("B", "")] });
            recipe("typed", #{ times: env("N", ""), tone: `${root()}`, sad: !path_exists("a"), words: [], wait: () });
            "#,
        )
        .recipe(
            "typed",
            r#"
            const PARAMS = [
                #{ name: "times", kind: "option", type: "integer" },
                #{ name: "wait", kind: "option", type: "duration" },
                #{ name: "tone", kind: "option", values: ["plain", "soft"] },
                #{ name: "sad", kind: "flag" },
                #{ name: "words", kind: "rest" },
            ];
            print([times, wait, tone, sad, words]);
            "#,
        );
    assert_eq!(
        found(&repo),
        [
            "1:27 the parameter `times` of the recipe `typed` is `many`, not a whole number",
            "1:41 the parameter `wait` of the recipe `typed` is `5x`, not a time: write 90s, 2m, 1h30m or a number of seconds",
            "1:53 the parameter `tone` of the recipe `typed` is one of plain, soft",
            "1:66 the parameter `sad` of the recipe `typed` is true or false",
            "1:79 the parameter `words` of the recipe `typed` is an array",
        ]
    );
}

#[test]
fn recipes_that_call_each_other_in_a_circle() {
    let repo = Repo::new()
        .recipe(
            "it",
            "if env(\"X\", \"\") == \"1\" { recipe(\"schema/setup\"); }\nrecipe(\"last\");\n",
        )
        .recipe("schema/setup", "recipe(\"third\");\n")
        .recipe("third", "recipe(\"last\");\nrecipe(\"it\");\n")
        .recipe("last", "");
    assert_eq!(
        found(&repo),
        [
            "1:33 recipes call each other in a cycle: it calls schema/setup calls third calls it [a run that completes the cycle fails]",
            "1:8 recipes call each other in a cycle: schema/setup calls third calls it calls schema/setup [a run that completes the cycle fails]",
            "2:8 recipes call each other in a cycle: third calls it calls schema/setup calls third [a run that completes the cycle fails]",
        ]
    );
    // A condition may keep a run from it.
    repo.dev("it").run();
}

/// Rhai shares what a closure captures, and a loop has one variable for all its turns.
#[test]
fn closures_that_see_the_last_turn_of_a_loop() {
    let warned = |text: &str| {
        let problems = problems(&one(text));
        let is_error = |problem: &Value| problem["severity"] == "error";
        assert!(!problems.iter().any(is_error), "{problems:?}");
        problems
            .iter()
            .map(|problem| {
                format!(
                    "{}:{} {}",
                    problem["line"],
                    problem["column"],
                    problem["message"].as_str().unwrap()
                )
            })
            .collect::<Vec<_>>()
    };
    let last = |at: &str, name: &str| {
        format!("{at} this runs after the loop, when `{name}` holds its last value")
    };
    assert_eq!(
        warned(
            "let plan = [];\nfor name in [\"a\", \"b\"] {\n    plan.push(step(name, name, || exec([\"echo\", name])));\n}\nrun_steps(plan);\n"
        ),
        [last("3:49", "name")]
    );
    assert_eq!(
        warned("for (n, i) in [1] { if n > 0 { defer(|| print(n + i)); } }"),
        [last("1:47", "n"), last("1:51", "i")]
    );
    let right = [
        "let p = []; for n in [\"a\"] { let mine = n; p.push(step(n, n, || print(mine))); } run_steps(p);",
        "for n in [\"a\"] { run_steps([step(n, n, || print(n))]); }",
        "for n in [1] { print([1].filter(|x| x == n)); retry(1, \"1s\", || print(n)); }",
        "let n = 1; for m in [1] { print(m); defer(|| print(n)); }",
        "fn one(n) { step(n, n, || print(n)) }\nlet p = []; for n in [\"a\"] { p.push(one(n)); } run_steps(p);",
    ];
    for text in right {
        assert_eq!(warned(text), Vec::<String>::new(), "{text}");
    }
}
