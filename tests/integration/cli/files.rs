//! Which repository is meant, and which of its files are recipes.

use super::repo;
use crate::harness::{Repo, assert_contains};

#[test]
fn paths_are_no_names() {
    let repo = Repo::new().file("outside.rhai", "info(\"outside\");\n");
    repo.dev("run ../outside")
        .stderr(
            "
            error: `../outside` is a path, not the name of a recipe
            hint: name a recipe by its path under recipes/, such as `schema/setup`
        ",
        )
        .status(2)
        .run();
    repo.dev("run schema/../../outside")
        .stderr(
            "
            error: `schema/../../outside` is a path, not the name of a recipe
            hint: name a recipe by its path under recipes/, such as `schema/setup`
        ",
        )
        .status(2)
        .run();
    let absolute = repo.path().join("outside");
    repo.dev("run")
        .arg(absolute)
        .stderr(
            "
            error: `<repo>/outside` is a path, not the name of a recipe
            hint: name a recipe by its path under recipes/, such as `schema/setup`
        ",
        )
        .status(2)
        .run();
}

#[test]
fn a_link_out_of_the_recipes_is_refused() {
    let repo = Repo::new()
        .file("outside.rhai", "info(\"outside\");\n")
        .file("elsewhere/there.rhai", "info(\"there\");\n");
    let repo = repo
        .link("recipes/link.rhai", "../outside.rhai")
        .link("recipes/folder", "../elsewhere");
    repo.dev("link")
        .stderr(
            "
            error: recipes/link.rhai is a link to a file outside recipes/
            hint: copy the file into recipes/
        ",
        )
        .status(2)
        .run();
    repo.dev("folder there")
        .stderr(
            "
            error: recipes/folder/there.rhai is a link to a file outside recipes/
            hint: copy the file into recipes/
        ",
        )
        .status(2)
        .run();
}

#[test]
fn a_link_within_the_recipes_is_a_verb() {
    let repo = repo().link("recipes/again.rhai", "schema/setup.rhai");
    repo.dev("again").stderr("set up\n").run();
}

#[test]
fn the_repository_is_the_nearest_above() {
    let repo = repo().file("deep/down/here.txt", "");
    repo.dev("schema setup")
        .cwd("deep/down")
        .stderr("set up\n")
        .run();
}

#[test]
fn the_repository_can_be_named() {
    let (here, there) = (Repo::new(), repo());
    let path = there.path().to_str().unwrap();
    here.copilot(["dev", "--repo", path, "schema", "setup"])
        .stderr("set up\n")
        .run();
    here.dev("schema setup")
        .env("COPILOT_REPO_ROOT", path)
        .stderr("set up\n")
        .run();
    // What is typed outranks what is set.
    here.copilot(["dev", "--repo", path, "schema", "setup"])
        .env("COPILOT_REPO_ROOT", "/nowhere")
        .stderr("set up\n")
        .run();
}

#[test]
fn a_named_repository_must_be_one() {
    repo()
        .dev("--repo nowhere list")
        .stderr(
            "
            error: --repo names nowhere, which has no recipes/ folder
        ",
        )
        .status(2)
        .run();
    repo()
        .dev("list")
        .env("COPILOT_REPO_ROOT", "nowhere")
        .stderr(
            "
            error: COPILOT_REPO_ROOT names nowhere, which has no recipes/ folder
        ",
        )
        .status(2)
        .run();
}

#[test]
fn without_recipes_it_says_where_it_looked() {
    let repo = Repo::new();
    for line in ["list", "up", ""] {
        repo.dev(line)
            .cwd("../home")
            .stderr(
                "
                error: no recipes/ folder in <around>/home or above it
                hint: run it inside the repository, or set --repo or COPILOT_REPO_ROOT
            ",
            )
            .status(4)
            .run();
    }
}

#[test]
fn a_file_dropped_in_is_a_verb_at_once() {
    let repo = repo();
    repo.dev("fresh").any_stderr().status(2).run();
    repo.write("recipes/fresh.rhai", "info(\"here\");");
    repo.dev("fresh").stderr("here\n").run();
    repo.write("recipes/a/group/verb.rhai", "info(\"there\");");
    repo.dev("a group verb").stderr("there\n").run();
}

#[test]
fn a_broken_neighbour_stops_nothing() {
    repo().dev("hello you").stderr("hello you\n").run();
    repo()
        .dev("broken")
        .stderr(
            "
            error: Unexpected ';'
             --> recipes/broken.rhai:1:9
              |
            1 | let x = ;
              |         ^
        ",
        )
        .status(3)
        .run();
    repo().dev("broken --help").any_stderr().status(3).run();
}

#[test]
fn what_is_not_text_is_broken_and_nothing_else() {
    let repo = repo();
    repo.write("recipes/bytes.rhai", b"info(\"\xff\");");
    repo.dev("hello you").stderr("hello you\n").run();
    repo.dev("bytes")
        .stderr(
            "
            error: the file is not UTF-8 text
             |
             = at recipes/bytes.rhai:1:7
        ",
        )
        .status(3)
        .run();
}

#[test]
fn names_with_an_underscore_are_shared_code() {
    let repo = repo()
        .recipe("_lib/stack", "fn f() {}\n")
        .recipe("_draft", "info(\"draft\");\n");
    repo.dev("_draft")
        .stderr(
            "
            error: there is no verb `_draft`
            hint: `copilot dev list` lists the recipes
        ",
        )
        .status(2)
        .run();
    repo.dev("run _lib/stack").any_stderr().status(2).run();
    let list = repo.dev("list").any_stdout().run();
    assert!(!list.stdout.contains('_'), "{}", list.stdout);
}

#[test]
fn a_recipe_cannot_take_the_place_of_a_command() {
    let repo = Repo::new().recipe("list", "//! Mine.\nfail(\"mine\");\n");
    repo.dev("list")
        .stdout("list  Mine.\n")
        .stderr(
            "warning: `copilot dev list` is a built-in command; \
             run recipes/list.rhai with `copilot dev run list`\n",
        )
        .run();
    // It still has a name.
    repo.dev("run list").any_stderr().status(1).run();
}

#[test]
fn names_that_clash_are_named() {
    let repo = Repo::new()
        .recipe("schema-setup", "//! One.\n")
        .recipe("schema/setup", "//! Other.\n")
        .recipe("check/all", "//! Hidden.\n");
    let ambiguous = "`copilot dev schema-setup` is ambiguous: recipes/schema-setup.rhai and \
                     recipes/schema/setup.rhai";
    let hidden = "`copilot dev check` is a built-in command; run recipes/check/all.rhai with \
                  `copilot dev run check/all`";
    repo.dev("list")
        .any_stdout()
        .stderr(&format!("warning: {ambiguous}\nwarning: {hidden}\n"))
        .run();
    let checked = repo.dev("check").any_output().run();
    let text = format!("{}{}", checked.stdout, checked.stderr);
    for message in [ambiguous, hidden] {
        assert_contains(&text, &format!("warning: {message}"));
    }
    // Each can be run by its own path.
    repo.dev("schema/setup").run();
    repo.dev("run check/all").run();
}

#[test]
fn a_byte_order_mark_is_not_a_part_of_a_recipe() {
    let repo = Repo::new()
        .recipe("_lib/x", "\u{feff}fn say() { print(\"hi\"); }\n")
        .recipe(
            "it",
            "\u{feff}//! Hello.\nimport \"_lib/x\" as x;\nx::say();\n",
        );
    repo.dev("it").stdout("hi\n").run();
    repo.dev("list").stdout("it  Hello.\n").run();
    repo.dev("check").any_output().run();
}

#[test]
fn what_looks_like_a_recipe_and_is_none_is_said() {
    let repo = Repo::new()
        .recipe("good", "//! Good.\n")
        .file("recipes/My Recipe.rhai", "print(1);")
        .file("recipes/_lib/Also-Not.rhai", "")
        .file("elsewhere.rhai", "print(1);");
    let link = |to: &str, name: &str| {
        let file = repo.path().join("recipes").join(name);
        std::os::unix::fs::symlink(repo.path().join(to), file).unwrap();
    };
    link("elsewhere.rhai", "linked.rhai");
    link("recipes/good.rhai", "again.rhai");
    repo.dev("list")
        .stdout("again  Good.\ngood   Good.\n")
        .stderr(
            "
            warning: recipes/My Recipe.rhai is not a verb: a verb's name may contain only a-z, 0-9, - and _
            warning: recipes/linked.rhai is not a verb: it is a broken link, or a link to a file outside recipes/
        ",
        )
        .run();
}
