//! `copilot dev new`: creates a recipe or a library from a template.

use super::built_in::{BUILT_IN, new_command};
use super::show;
use crate::fault::{Error, Result};
use crate::recipe::RecipeName;
use clap::{Arg, ArgAction, Command};
use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::path::Path;

const RECIPE_TEMPLATE: &str = include_str!("new/recipe.rhai");
const LIBRARY_TEMPLATE: &str = include_str!("new/library.rhai");

/// The command line of `new`.
pub(super) fn command() -> Command {
    new_command("new")
        .long_about("Create a recipe from a commented template")
        .arg(
            Arg::new("name")
                .value_name("NAME")
                .required(true)
                .num_args(1..)
                .help("The verb: `backup`, or `db backup` for a verb in a group"),
        )
        .arg(
            Arg::new("lib")
                .long("lib")
                .action(ArgAction::SetTrue)
                .help("Create recipes/_lib/NAME.rhai instead, with functions that recipes share"),
        )
}

/// Runs `copilot dev new` with `args`.
pub(super) fn run(root: &Path, args: Vec<OsString>) -> Result<u8> {
    let words = std::iter::once(OsString::from("new")).chain(args).collect();
    let matches = super::arguments::parse(&mut command(), words)?;
    let words: Vec<_> = matches
        .get_many::<String>("name")
        .unwrap_or_default()
        .cloned()
        .collect();
    let typed = words.join("/");
    let plain = typed.strip_prefix("recipes/").unwrap_or(&typed);
    let plain = plain.strip_suffix(".rhai").unwrap_or(plain);
    let is_library = matches.get_flag("lib");
    let plain = if is_library {
        plain.strip_prefix("_lib/").unwrap_or(plain)
    } else {
        plain
    };
    let name = RecipeName::new(plain).ok_or_else(|| invalid_name(plain))?;
    if is_library {
        let file = format!("recipes/_lib/{name}.rhai");
        let alias = name
            .as_str()
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .replace('-', "_");
        write(
            root,
            &file,
            &LIBRARY_TEMPLATE
                .replace("ALIAS", &alias)
                .replace("NAME", name.as_str()),
        )?;
        show::answer(&format!("wrote {file}"));
        show::answer(&format!("use it:  import \"_lib/{name}\" as {alias};"));
        return Ok(0);
    }
    if BUILT_IN
        .iter()
        .any(|(built_in, _)| *built_in == name.as_str())
    {
        let hint = "use another name, or put it in a group: `copilot dev new GROUP NAME`";
        return Err(Error::usage(
            format!("`copilot dev {name}` is a built-in command"),
            Some(hint.to_owned()),
        ));
    }
    if let Some(found) = RecipeName::find(root, &[name.to_string()])? {
        let file = found.name.file();
        let hint = format!("edit that file, or use another name than `{name}`");
        return Err(Error::usage(format!("{file} already exists"), Some(hint)));
    }
    let (file, verb) = (name.file(), name.verb());
    write(root, &file, &RECIPE_TEMPLATE.replace("VERB", &verb))?;
    show::answer(&format!("wrote {file}"));
    show::answer(&format!("run it:    copilot dev {verb}"));
    show::answer(&format!("check it:  copilot dev check {name}"));
    Ok(0)
}

fn invalid_name(name: &str) -> Error {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_/".contains(c);
    let better: String = name
        .to_lowercase()
        .chars()
        .map(|c| if allowed(c) { c } else { '-' })
        .collect();
    let better: Vec<_> = better
        .split('/')
        .map(|part| part.trim_matches(['-', '_']))
        .filter(|part| !part.is_empty())
        .collect();
    let better = better.join("/");
    let rule = "a name contains only a-z, 0-9, - and _, with / between its parts, which start with a letter or digit";
    let hint = if better.is_empty() {
        rule.to_owned()
    } else {
        format!("{rule}; try `{better}`")
    };
    Error::usage(
        format!("`{name}` is not a valid name for a recipe"),
        Some(hint),
    )
}

/// Creates a new file with its folders, and never outside `recipes/`.
fn write(root: &Path, file: &str, text: &str) -> Result<()> {
    let failed = |action| {
        let path = file.to_owned();
        move |source| Error::File {
            action,
            path,
            source,
        }
    };
    let path = root.join(file);
    let folder = path.parent().unwrap_or(root);
    std::fs::create_dir_all(folder).map_err(failed("create the folder of"))?;
    let real = |path: &Path| path.canonicalize().map_err(failed("find the folder of"));
    if !real(folder)?.starts_with(real(&root.join("recipes"))?) {
        let message = format!("the folder of {file} is a link to a folder outside recipes/");
        return Err(Error::usage(message, None));
    }
    match std::fs::File::create_new(&path) {
        Ok(mut created) => created.write_all(text.as_bytes()).map_err(failed("write")),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let hint = "edit that file, or use another name";
            Err(Error::usage(
                format!("{file} already exists"),
                Some(hint.to_owned()),
            ))
        }
        Err(error) => Err(failed("write")(error)),
    }
}
