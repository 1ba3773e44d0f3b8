//! `copilot dev new`: the beginning of a recipe.

use crate::harness::{Repo, assert_contains, assert_starts_with};

#[test]
fn a_new_recipe_runs_and_passes_the_check() {
    let repo = Repo::new();
    repo.dev("new backup")
        .stdout(
            "
            wrote recipes/backup.rhai
            run it:    copilot dev backup
            check it:  copilot dev check backup
        ",
        )
        .run();
    repo.dev("check")
        .stdout("1 recipe file checked, no problems\n")
        .run();
    let ended = repo.dev("backup --loud you").any_output().run();
    assert_starts_with(&ended.stdout, "greet | HELLO, YOU\ntell | on ");
    let ended = repo.dev("backup --dry-run").any_stderr().run();
    assert_contains(&ended.stderr, "would run: echo 'Hello, world'");
    repo.dev("list").stdout("backup  Greet someone.\n").run();
    assert!(
        repo.read("recipes/backup.rhai")
            .contains("`copilot dev backup --help`")
    );
}

#[test]
fn one_of_a_group_is_in_a_folder() {
    for line in [
        "new db backup",
        "new db/backup",
        "new recipes/db/backup.rhai",
    ] {
        let repo = Repo::new();
        repo.dev(line)
            .stdout(
                "
                wrote recipes/db/backup.rhai
                run it:    copilot dev db backup
                check it:  copilot dev check db/backup
            ",
            )
            .run();
        repo.dev("db backup --dry-run").any_output().run();
    }
}

#[test]
fn what_recipes_share_can_be_imported() {
    let repo = Repo::new();
    repo.dev("new --lib tool-box")
        .stdout(
            "
            wrote recipes/_lib/tool-box.rhai
            use it:  import \"_lib/tool-box\" as tool_box;
        ",
        )
        .run();
    let repo = repo.recipe(
        "use",
        "import \"_lib/tool-box\" as tool_box;\ntool_box::greet(tool_box::GREETING);\n",
    );
    repo.dev("check")
        .stdout("2 recipe files checked, no problems\n")
        .run();
    repo.dev("run use").stderr("Hello, Hello\n").run();
}

#[test]
fn what_is_there_stays() {
    let repo = Repo::new()
        .recipe("up", "// mine\n")
        .recipe("schema/setup", "// mine\n")
        .recipe("_lib/stack", "// mine\n");
    let before = repo.tree();
    let rows = [
        (
            "new up",
            "recipes/up.rhai",
            "edit that file, or use another name than `up`",
        ),
        (
            "new schema-setup",
            "recipes/schema/setup.rhai",
            "edit that file, or use another name than `schema-setup`",
        ),
        (
            "new --lib stack",
            "recipes/_lib/stack.rhai",
            "edit that file, or use another name",
        ),
    ];
    for (line, file, hint) in rows {
        repo.dev(line)
            .stderr(&format!("error: {file} already exists\nhint: {hint}\n"))
            .status(2)
            .run();
    }
    assert_eq!(repo.tree(), before);
}

#[test]
fn a_name_that_is_built_in_is_refused_and_a_group_may_have_it() {
    let repo = Repo::new();
    for name in ["list", "new", "show", "help"] {
        repo.dev("new")
            .arg(name)
            .stderr(&format!(
                "error: `copilot dev {name}` is a built-in command\n\
                 hint: use another name, or put it in a group: `copilot dev new GROUP NAME`\n"
            ))
            .status(2)
            .run();
    }
    repo.dev("new db list").any_stdout().run();
    assert!(repo.has("recipes/db/list.rhai"));
}

#[test]
fn a_bad_name_is_refused_with_a_better_one() {
    let rule = "a name contains only a-z, 0-9, - and _, with / between its parts, which start with a letter or digit";
    let rows = [
        ("My.Recipe", format!("{rule}; try `my-recipe`")),
        ("../outside", format!("{rule}; try `outside`")),
        ("/etc/passwd", format!("{rule}; try `etc/passwd`")),
        ("_lib", format!("{rule}; try `lib`")),
        ("…", rule.to_owned()),
    ];
    for (name, hint) in rows {
        let repo = Repo::new();
        let before = repo.tree();
        repo.dev("new")
            .arg(name)
            .stderr(&format!(
                "error: `{name}` is not a valid name for a recipe\nhint: {hint}\n"
            ))
            .status(2)
            .run();
        assert_eq!(repo.tree(), before);
    }
}

#[test]
fn nothing_is_written_through_a_link() {
    let repo = Repo::new()
        .file("elsewhere/kept", "")
        .link("recipes/db", "../elsewhere");
    repo.dev("new db backup")
        .stderr(
            "error: the folder of recipes/db/backup.rhai is a link to a folder outside recipes/\n",
        )
        .status(2)
        .run();
    assert!(!repo.has("elsewhere/backup.rhai"));
    let repo = Repo::new().link("recipes/backup.rhai", "../gone");
    repo.dev("new backup")
        .stderr(
            "
            error: recipes/backup.rhai already exists
            hint: edit that file, or use another name
        ",
        )
        .status(2)
        .run();
    assert!(!repo.has("gone"));
}
