//! `copilot dev definitions`: what an editor is told. The files are read by the grammar of
//! definition files, and what they declare is called.

use crate::definition::{Definition, Item, parse};
use crate::harness::{Repo, assert_contains, assert_ends_with};
use std::collections::BTreeSet;

/// What the file `name` says.
fn definition(repo: &Repo, name: &str) -> Definition {
    let text = repo.read(&format!(".copilot/definitions/{name}"));
    parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn written(repo: &Repo) -> BTreeSet<String> {
    let folder = repo.path().join(".copilot/definitions");
    let files = std::fs::read_dir(folder).unwrap();
    files
        .map(|file| file.unwrap().file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn every_file_can_be_read_and_is_documented() {
    let repo = Repo::new().shipped_recipes();
    repo.dev("definitions").any_stdout().run();
    let files = written(&repo);
    assert!(files.len() > 10, "{files:?}");
    for name in &files {
        let Definition { module, .. } = definition(&repo, name);
        let expected = match name.as_str() {
            "copilot.d.rhai" | "rhai.d.rhai" => "static".to_owned(),
            "recipe-global.d.rhai" => "global".to_owned(),
            _ => continue,
        };
        assert_eq!(module, expected, "{name}");
    }
    for item in definition(&repo, "copilot.d.rhai").items {
        assert!(!item.docs().is_empty(), "{item:?}");
    }
}

#[test]
fn every_primitive_is_declared_as_it_is() {
    let repo = Repo::new();
    repo.dev("definitions")
        .stdout("wrote 3 files to .copilot/definitions\n")
        .run();
    let api = repo.dev("api --output json").any_stdout().run();
    let api: serde_json::Value = serde_json::from_slice(&api.raw).unwrap();
    let mut expected = BTreeSet::new();
    for family in api["families"].as_array().unwrap() {
        for primitive in family["primitives"].as_array().unwrap() {
            for overload in primitive["overloads"].as_array().unwrap() {
                let params = overload["params"].as_array().unwrap().iter();
                let params: Vec<_> = params
                    .map(|param| param["name"].as_str().unwrap().to_owned())
                    .collect();
                expected.insert((primitive["name"].as_str().unwrap().to_owned(), params));
            }
        }
    }
    let mut calls = Vec::new();
    let mut declared = BTreeSet::new();
    for item in definition(&repo, "copilot.d.rhai").items {
        let Item::Function {
            name,
            params,
            returns,
            ..
        } = item
        else {
            panic!("{item:?}");
        };
        assert!(returns.is_some(), "{name}");
        // What a call would be given; `check` knows names and numbers.
        let values: Vec<_> = params
            .iter()
            .map(|(param, of)| match of.as_str() {
                // Of text that is a time, too, what is written out is looked at.
                "String" if ["timeout", "pause", "time"].contains(&param.as_str()) => "\"1m\"",
                "String" => "\"text\"",
                "Array" => "[\"text\"]",
                "Map" => "#{}",
                "FnPtr" => "|| ()",
                "int" | "?" => "1",
                "float" => "1.0",
                other => panic!("`{name}` takes {other}"),
            })
            .collect();
        calls.push(format!("{name}({});\n", values.join(", ")));
        declared.insert((name, params.into_iter().map(|(name, _)| name).collect()));
    }
    assert_eq!(declared, expected);
    // Ids of steps differ, and the check would say so.
    let calls = calls
        .concat()
        .replacen("step(\"text\"", "step(\"other\"", 1);
    let repo = repo.recipe("all", &calls).recipe("text", "");
    repo.dev("check")
        .stdout("2 recipe files checked, no problems\n")
        .run();
}

#[test]
fn what_is_declared_of_rhai_can_be_called() {
    let repo = Repo::new();
    repo.dev("definitions").any_stdout().run();
    let mut calls = BTreeSet::new();
    for item in definition(&repo, "rhai.d.rhai").items {
        if let Item::Function { name, params, .. } = item {
            // Properties are no calls, and `this` is what a method is called on.
            let is_property = name.contains(' ');
            let takes_more = params.iter().any(|(name, _)| name.starts_with("..."));
            // A primitive stands for it, whose arguments are looked at.
            let is_ours = name == "sleep";
            let values = vec!["()"; params.len()];
            if !is_ours && !is_property && !takes_more {
                calls.insert(format!("{name}({});\n", values.join(", ")));
            }
        }
    }
    assert!(calls.len() > 150, "{}", calls.len());
    let calls: String = calls.into_iter().collect();
    let repo = repo.recipe("all", &calls).recipe("text", "");
    repo.dev("check")
        .stdout("2 recipe files checked, no problems\n")
        .run();
}

#[test]
fn what_recipes_see_is_declared() {
    let repo = Repo::new()
        .recipe(
            "_lib/images",
            r#"
            export const TAG = "dev";
            const OWN = 1;

            /// Builds it.
            fn build(name, tag) {}
            private fn hidden() {}
            "#,
        )
        .recipe(
            "ship/it",
            r#"
            import "_lib/images" as images;
            const PARAMS = [
                #{ name: "what", kind: "arg", required: true, help: "What" },
                #{ name: "where-to", kind: "option", help: "Where" },
                #{ name: "now", kind: "flag", help: "At once" },
                #{ name: "more", kind: "rest", help: "More" },
            ];
            info(`${what} ${where_to} ${now} ${more}`);
            images::build(what, images::TAG);
            "#,
        )
        .recipe("broken", "let x = ;\n");
    repo.dev("definitions").any_stdout().run();
    let files: Vec<_> = written(&repo).into_iter().collect();
    let expected = [
        "copilot.d.rhai",
        "recipe-alias-images.d.rhai",
        "recipe-global.d.rhai",
        "recipe-import-ship._lib.images.d.rhai",
        "recipe-params-ship.it.d.rhai",
        "rhai.d.rhai",
    ];
    assert_eq!(files, expected);
    assert_eq!(
        repo.read(".copilot/definitions/recipe-params-ship.it.d.rhai"),
        "/// Written by `copilot dev definitions`.\n\
         module \"../../recipes/ship/it.rhai\";\n\n\
         /// What\nconst what: String;\n\n\
         /// Where\nconst where_to: String | ();\n\n\
         /// At once\nconst now: bool;\n\n\
         /// More\nconst more: Array;\n"
    );
    let exports = "const TAG: String;\n\n/// Builds it.\nfn build(name: ?, tag: ?) -> ?;\n";
    let by = "/// Written by `copilot dev definitions`.\n";
    assert_eq!(
        repo.read(".copilot/definitions/recipe-import-ship._lib.images.d.rhai"),
        format!("{by}module \"../../recipes/ship/_lib/images.rhai\";\n\n{exports}")
    );
    assert_eq!(
        repo.read(".copilot/definitions/recipe-alias-images.d.rhai"),
        format!("{by}module images;\n\n{exports}")
    );
    let global = repo.read(".copilot/definitions/recipe-global.d.rhai");
    assert_ends_with(
        &global,
        "const OWN: int;\nconst PARAMS: Array;\nconst TAG: String;\n",
    );
}

#[test]
fn what_is_gone_goes_and_what_is_not_ours_stays() {
    let repo = Repo::new()
        .recipe(
            "a",
            "const PARAMS = [#{ name: \"x\", kind: \"flag\" }];\nif x { info(1); }\n",
        )
        .file(".copilot/definitions/recipe-mine.d.rhai", "module mine;\n");
    repo.dev("definitions").any_stdout().run();
    assert!(repo.has(".copilot/definitions/recipe-params-a.d.rhai"));
    std::fs::remove_file(repo.path().join("recipes/a.rhai")).unwrap();
    repo.dev("definitions").any_stdout().run();
    assert!(!repo.has(".copilot/definitions/recipe-params-a.d.rhai"));
    assert!(repo.has(".copilot/definitions/recipe-mine.d.rhai"));
}

#[test]
fn another_folder_can_be_named_but_not_recipes() {
    let repo = Repo::new().file("outside/x", "").recipe(
        "a",
        "const PARAMS = [#{ name: \"x\", kind: \"flag\" }];\nif x { info(1); }\n",
    );
    repo.dev("definitions --out editor/rhai")
        .stdout("wrote 4 files to editor/rhai\n")
        .run();
    let text = repo.read("editor/rhai/recipe-params-a.d.rhai");
    assert_contains(&text, "module \"../../recipes/a.rhai\";");
    repo.dev("definitions --out ../elsewhere")
        .any_stdout()
        .run();
    let text = repo.read("../elsewhere/recipe-params-a.d.rhai");
    let absolute = repo.path().join("recipes/a.rhai");
    assert_contains(&text, &format!("module {absolute:?};"));
    repo.dev("definitions --out recipes/_lib")
        .stderr("error: recipes/_lib is in recipes/, whose files are verbs\n")
        .status(2)
        .run();
    assert!(!repo.has("recipes/_lib"));
}
