//! `copilot dev api`: what a recipe can call, for people and for programs, and the page made of it.

use crate::harness::{Repo, path_of};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn families() -> Vec<Value> {
    let ended = Repo::new().dev("api --output json").any_stdout().run();
    let answer: Value = serde_json::from_slice(&ended.raw).unwrap();
    answer["families"].as_array().unwrap().clone()
}

fn primitives() -> Vec<Value> {
    let of = |family: &Value| family["primitives"].as_array().unwrap().clone();
    families().iter().flat_map(of).collect()
}

#[test]
fn all_are_listed_by_family() {
    let ended = Repo::new().dev("api").any_stdout().run();
    let blocks: Vec<_> = ended.stdout.split("\n\n").collect();
    assert_eq!(
        blocks[0],
        "process: programs\n  \
         exec              Runs a program and shows its output as it arrives.\n  \
         capture           Runs a program and returns `#{ ok, code, stdout, stderr }`."
    );
    assert_eq!(blocks.len(), families().len() + 1);
    let listed = ended.stdout.lines().filter(|line| line.starts_with("  "));
    assert_eq!(listed.count(), primitives().len());
}

#[test]
fn one_is_shown_with_its_signatures_and_options() {
    let text = "
        write_file(path: string, text: any)
        write_file(path: string, text: any, opts: map)

        Writes a file atomically, and creates its directories.

        A dry run prints it, and later reads see the new text.

        Effect: changes.

        Options:
          mode: string  its permissions, such as \"600\"; by default those of the old file, or 644.
    ";
    for name in ["write_file", "write_file("] {
        Repo::new().dev("api").arg(name).stdout(text).run();
    }
}

#[test]
fn one_is_data_too() {
    let ended = Repo::new()
        .dev("api known --output json")
        .any_stdout()
        .run();
    let answer: Value = serde_json::from_slice(&ended.raw).unwrap();
    let params = serde_json::json!([{ "name": "value", "type": "any" }]);
    assert_eq!(answer["family"], "steps");
    assert_eq!(answer["overloads"][0]["params"], params);
    assert_eq!(answer["overloads"][0]["returns"], "bool");
}

#[test]
fn the_effect_is_said_of_each_and_of_commands_by_their_words() {
    let effect = |name: &str| {
        let found = primitives().into_iter().find(|one| one["name"] == name);
        let one = found.unwrap();
        (one["effect"].clone(), one["effects"].clone())
    };
    let rows = [
        ("info", "none"),
        ("read_file", "reads"),
        ("write_file", "changes"),
    ];
    for (name, expected) in rows {
        assert_eq!(effect(name), (expected.into(), Value::Null), "{name}");
    }
    let rows = [
        ("compose", "ps", "reads"),
        ("compose", "down", "changes"),
        ("compose", "down --volumes", "destroys"),
        ("terraform", "destroy", "destroys"),
        ("http", "GET", "reads"),
    ];
    for (name, words, expected) in rows {
        let (rule, examples) = effect(name);
        assert_eq!(rule, "varies", "{name}");
        let found = serde_json::json!({ "words": words, "effect": expected });
        assert!(examples.as_array().unwrap().contains(&found), "{examples}");
    }
}

#[test]
fn an_unknown_one_has_its_nearest() {
    let rows = [
        ("comose", "did you mean `compose`?"),
        (
            "split",
            "`split` is a function of Rhai itself: https://rhai.rs/book",
        ),
        ("kubernetes", "`copilot dev api` lists them"),
    ];
    for (name, hint) in rows {
        Repo::new()
            .dev("api")
            .arg(name)
            .stderr(&format!(
                "error: there is no primitive `{name}`\nhint: {hint}\n"
            ))
            .status(2)
            .run();
    }
}

#[test]
fn the_page_is_the_one_that_the_host_writes() {
    let written = Repo::new().dev("api --markdown").any_stdout().run().stdout;
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/primitives.md");
    let page = fs::read_to_string(page).unwrap();
    let differs = page
        .lines()
        .zip(written.lines())
        .find(|(is, should)| is != should);
    assert!(
        page == written,
        "docs/primitives.md has drifted: `copilot dev api --markdown > docs/primitives.md`; first: {differs:?}"
    );
}

/// A call of `primitive` with a map of options that no primitive has.
fn call(primitive: &Value) -> String {
    let overloads = primitive["overloads"].as_array().unwrap();
    let takes_options = |overload: &&Value| {
        let params = overload["params"].as_array().unwrap();
        params.iter().any(|param| param["name"] == "opts")
    };
    let overload = overloads.iter().find(takes_options).unwrap();
    let argument = |param: &Value| match (param["name"].as_str(), param["type"].as_str()) {
        (Some("opts"), _) => {
            let options = primitive["options"].as_array().unwrap().iter();
            let required = options.filter(|option| option["required"] == true);
            let required =
                required.map(|option| format!("{}: \".\", ", option["name"].as_str().unwrap()));
            format!("#{{ {}zzz: 1 }}", required.collect::<String>())
        }
        (Some("plan" | "rows"), _) => "[]".to_owned(),
        (_, Some("array")) => "[\"true\"]".to_owned(),
        (_, Some("map")) => "#{}".to_owned(),
        (_, Some("closure")) => "|| ()".to_owned(),
        _ => "\"x\"".to_owned(),
    };
    let params = overload["params"].as_array().unwrap().iter();
    let arguments: Vec<_> = params.map(argument).collect();
    format!(
        "{}({})",
        primitive["name"].as_str().unwrap(),
        arguments.join(", ")
    )
}

#[test]
fn every_option_that_is_taken_is_documented_and_no_other() {
    let mut checked = 0;
    for primitive in primitives() {
        let Some(options) = primitive["options"].as_array() else {
            continue;
        };
        let name = primitive["name"].as_str().unwrap();
        let given = call(&primitive);
        let given = match name {
            "psql_dsql" => given.replace("zzz", "endpoint: \"x\", sql: \"x\", zzz"),
            "http" => given.replace("\"x\", \"x\"", "\"GET\", \"http://x\""),
            "recipe" => given.replace("\"x\"", "\"other\""),
            _ => given,
        };
        // What is written out in the call would be refused before the run.
        let start = given.find("#{ zzz").or_else(|| given.find("#{")).unwrap();
        let end = given.rfind('}').unwrap() + 1;
        let opts = &given[start..end];
        let given = [&given[..start], "opts", &given[end..]].concat();
        let ask = format!(
            "let opts = {opts};\ntry {{ {given}; }} catch (err) {{ print(`${{err.message}}\n${{err.hint}}`); }}\n"
        );
        let repo = Repo::new()
            .file("dev/docker-compose.yml", "services: {}\n")
            .file("terraform/dev/main.tf", "")
            .file("Dockerfile", "FROM scratch\n")
            .recipe("other", "info(1);\n")
            .recipe("ask", &ask);
        // What the programs do is no matter: none is run.
        let program = repo.script("program", "#!/bin/sh\necho 2.30.0\n");
        let programs = ["docker", "docker-compose", "terraform", "true"];
        let path = path_of(&repo, &programs.map(|name| (name, program.as_path())));
        let test = repo.dev("ask --dry-run").env("PATH", path);
        let ended = test.any_output().run();
        let (message, hint) = ended.stdout.split_once('\n').unwrap();
        let expected = format!("`{name}` has no option `zzz`");
        assert_eq!(message, expected, "{given}: {}", ended.stderr);
        let taken: BTreeSet<_> = hint
            .trim()
            .trim_start_matches("options are ")
            .split(", ")
            .collect();
        let documented: BTreeSet<_> = options
            .iter()
            .map(|option| option["name"].as_str().unwrap())
            .collect();
        assert_eq!(taken, documented, "{name}");
        checked += 1;
    }
    assert!(checked > 10, "{checked} primitives take options");
}
