//! The commands of `copilot dev` that are not recipes.

/// The name and the help of each.
pub const BUILT_IN: [(&str, &str); 9] = [
    (
        "run",
        "Run a recipe by its name: schema-setup, schema/setup",
    ),
    ("help", "Show help, of `dev` or of a verb"),
    ("list", "List the recipes"),
    ("check", "Check recipes without running them"),
    ("api", "Show what a recipe can call"),
    ("definitions", "Write what an editor needs to know"),
    ("new", "Write a new recipe"),
    ("show", "Show a recipe and what it would run"),
    (
        "test",
        "Run the tests of recipes; nothing outside is touched",
    ),
];
