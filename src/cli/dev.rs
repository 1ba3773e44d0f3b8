//! `copilot dev`: dispatches to a built-in command, the help of a group, or a recipe.

use super::arguments::{print_help, repo as repo_argument};
use super::built_in::{BUILT_IN, new_command};
use super::{api, check, definitions, execute, list, new, show_recipe, test, verb};
use crate::fault::{Error, Result, nearest, suggest};
use crate::recipe::{
    Catalog, Found, Item, RecipeName, Source, find_root, read_header, require_host,
};
use crate::run::Outside;
use clap::{Arg, ArgMatches, Command};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The command line of a built-in command; `None` for `run` and `help`.
pub(super) fn built_in(name: &str) -> Option<Command> {
    match name {
        "list" => Some(list::command()),
        "check" => Some(check::command()),
        "api" => Some(api::command()),
        "definitions" => Some(definitions::command()),
        "new" => Some(new::command()),
        "show" => Some(show_recipe::command()),
        "test" => Some(test::command()),
        _ => None,
    }
}

/// Runs `copilot dev`. Sets `repository` once it is found.
pub(super) fn run(matches: &ArgMatches, repository: &mut Option<PathBuf>) -> Result<u8> {
    let repo = matches.get_one::<PathBuf>("repo").map(PathBuf::as_path);
    let (first, rest) = match matches.subcommand() {
        None => return help_of_group("", repo),
        Some((first, matches)) => {
            let rest = matches.get_many::<OsString>("").unwrap_or_default();
            (first.to_owned(), rest.cloned().collect::<Vec<_>>())
        }
    };
    if matches.get_flag("help") {
        return help_of_group("", repo);
    }
    let root = find_root(repo)?;
    *repository = Some(root.clone());
    require_host(&root)?;
    match first.as_str() {
        "list" => list::run(&root, rest),
        "check" => check::run(&root, rest),
        "api" => api::run(rest),
        "definitions" => definitions::run(&root, rest),
        "new" => new::run(&root, rest),
        "show" => show_recipe::run(&root, rest),
        "test" => test::run(&root, rest),
        "help" => match text(&rest)?.split_first() {
            None => help_of_group("", repo),
            Some((first, rest)) => {
                let rest = rest.iter().map(OsString::from);
                let rest: Vec<_> = rest.chain(["--help".into()]).collect();
                recipe(&root, first, &rest)
            }
        },
        "run" => {
            let Some((name, rest)) = rest.split_first() else {
                let hint = "`copilot dev list` lists the recipes".to_owned();
                return Err(Error::usage(
                    "`copilot dev run` needs the name of a recipe",
                    Some(hint),
                ));
            };
            if name == "-h" || name == "--help" {
                print_help(&mut run_command());
                return Ok(0);
            }
            recipe(&root, &name.to_string_lossy(), rest)
        }
        _ => recipe(&root, &first, &rest),
    }
}

/// The command line of `copilot dev run`, only for its help: the recipe parses the arguments.
fn run_command() -> Command {
    new_command("run")
        .long_about(
            "Run a recipe by its name: `schema-setup`, `schema/setup` and `schema setup` are \
            recipes/schema/setup.rhai. `copilot dev run NAME --help` shows its parameters",
        )
        .arg(
            Arg::new("name")
                .value_name("NAME")
                .required(true)
                .help("The recipe; `copilot dev list` lists them"),
        )
        .arg(
            Arg::new("words")
                .value_name("WORD")
                .num_args(0..)
                .help("The arguments of the recipe"),
        )
}

/// Converts words to text; an error if one is not UTF-8.
fn text(words: &[OsString]) -> Result<Vec<String>> {
    let text = words.iter().map(|word| {
        word.to_str().map(str::to_owned).ok_or_else(|| {
            Error::usage(
                format!("{} is not valid UTF-8", word.to_string_lossy()),
                None,
            )
        })
    });
    text.collect()
}

fn recipe(root: &Path, first: &str, rest: &[OsString]) -> Result<u8> {
    if matches!(first, "-h" | "--help") {
        return help_of_group("", Some(root));
    }
    let mut words = vec![first.to_owned()];
    words.extend(text(rest)?);
    let Some(found) = RecipeName::find(root, &words)? else {
        return group_or_unknown(root, &words);
    };
    let source = Source::read(&found.path, found.name.file())?;
    let header = read_header(&source).map_err(|error| Error::Recipe(Box::new(error)))?;
    let Found { name, words, .. } = found;
    let request = verb::parse(
        root,
        &name,
        &header,
        rest[words - 1..].to_vec(),
        &Outside::Real,
    )?;
    execute::run(root, &name, &source, &header, request)
}

fn group_or_unknown(root: &Path, words: &[String]) -> Result<u8> {
    let catalog = Catalog::read(root);
    let plain: Vec<_> = words
        .iter()
        .map(String::as_str)
        .take_while(|word| !word.starts_with('-'))
        .collect();
    let group = plain.join("/");
    if catalog.has_group(&group) {
        help_in(root, &catalog, &group);
        return Ok(0);
    }
    let name = plain.join(" ");
    let name = if name.is_empty() {
        words[0].as_str()
    } else {
        name.as_str()
    };
    let built_in = BUILT_IN.iter().map(|(name, _)| (*name).to_owned());
    let verbs: Vec<_> = catalog
        .entries
        .iter()
        .map(|entry| entry.name.verb())
        .chain(built_in)
        .collect();
    let known = || verbs.iter().map(String::as_str);
    let near = nearest(name, known()).or_else(|| nearest(&words[0], known()));
    let hint = near.map_or_else(
        || "`copilot dev list` lists the recipes".to_owned(),
        |near| suggest(format_args!("copilot dev {near}")),
    );
    Err(Error::usage(
        format!("there is no verb `{name}`"),
        Some(hint),
    ))
}

/// Prints the help of a group of verbs; `""` is the top level.
pub(super) fn help_of_group(group: &str, repo: Option<&Path>) -> Result<u8> {
    let root = find_root(repo)?;
    help_in(&root, &Catalog::read(&root), group);
    Ok(0)
}

fn help_in(root: &Path, catalog: &Catalog, group: &str) {
    let bin = format!("copilot dev {}", group.replace('/', " "));
    let mut command = Command::new("dev")
        .bin_name(bin.trim_end().to_owned())
        .about(format!(
            "Run the recipes of {}",
            root.join("recipes").join(group).display()
        ))
        .disable_help_subcommand(true)
        .subcommand_value_name("VERB")
        .subcommand_help_heading("Verbs");
    if group.is_empty() {
        command = command.arg(repo_argument());
        for (name, about) in BUILT_IN {
            command = command.subcommand(Command::new(name).about(about).display_order(1000));
        }
    }
    for item in catalog.items(group) {
        let (name, about) = match item {
            Item::Verb(entry) => {
                let name = entry
                    .name
                    .as_str()
                    .rsplit('/')
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                let about = match &entry.header {
                    Ok(header) => header.summary.clone(),
                    Err(diagnostic) => format!("broken: {}", diagnostic.message),
                };
                (name, about)
            }
            Item::Group(name, verbs) => {
                let plural = if verbs == 1 { "" } else { "s" };
                (name, format!("A group of {verbs} verb{plural}"))
            }
        };
        // A built-in command with the same name takes precedence.
        if command.find_subcommand(&name).is_none() {
            command = command.subcommand(Command::new(name).about(about).display_order(1));
        }
    }
    let command = command.after_help(
        "`copilot dev VERB --help` shows the help of a verb. Every file in recipes/ is a verb.",
    );
    let mut command = command;
    print_help(&mut command);
}
