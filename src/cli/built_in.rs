//! The commands of `copilot dev` that are not recipes.

use clap::Command;

/// The names of the built-in commands, each with the summary that its help and the list of verbs
/// show.
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

/// The command line of the built-in command `name`, without its arguments.
pub(super) fn new_command(name: &'static str) -> Command {
    let summary = BUILT_IN.iter().find(|(other, _)| *other == name);
    Command::new(name)
        .bin_name(format!("copilot dev {name}"))
        .about(summary.map_or("", |(_, summary)| summary))
}
