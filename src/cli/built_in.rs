//! The commands of `copilot dev` that are not recipes.

/// The names and the one-line help of the built-in commands.
pub(super) const BUILT_IN: [(&str, &str); 9] = [
    ("run", "Run a recipe by its name, such as schema/setup"),
    ("help", "Show the help of `dev` or of a verb"),
    ("list", "List the recipes"),
    ("check", "Check recipes without running them"),
    ("api", "List the functions that a recipe can call"),
    ("definitions", "Write definition files for editors"),
    ("new", "Create a recipe"),
    ("show", "Show the parameters and steps of a recipe"),
    (
        "test",
        "Run the tests of recipes, isolated from the real world",
    ),
];
