//! `copilot dev definitions`: writes definition files, which tell an editor what a recipe can use.

mod format;
mod primitives;
mod recipes;
mod rhai_itself;

use super::built_in::new_command;
use super::show;
use crate::fault::{Error, Result};
use clap::{Arg, Command, value_parser};
use format::WRITTEN_BY;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// The default folder, which Git ignores.
const DEFAULT_FOLDER: &str = ".copilot/definitions";

/// The command line of `definitions`.
pub(super) fn command() -> Command {
    new_command("definitions")
        .long_about("Write .d.rhai files, which tell an editor what recipes can use")
        .arg(
            Arg::new("out")
                .long("out")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .help(format!(
                    "The folder to write to [default: {DEFAULT_FOLDER}]"
                )),
        )
}

/// Runs `copilot dev definitions` with `args`.
pub(super) fn run(root: &Path, args: Vec<OsString>) -> Result<u8> {
    let words = std::iter::once(OsString::from("definitions"))
        .chain(args)
        .collect();
    let matches = super::arguments::parse(&mut command(), words)?;
    let given = matches.get_one::<PathBuf>("out");
    let shown = given.cloned().unwrap_or_else(|| DEFAULT_FOLDER.into());
    let folder = given.cloned().unwrap_or_else(|| root.join(DEFAULT_FOLDER));
    if real(&folder).starts_with(root.join("recipes")) {
        let message = format!("{} is in recipes/, whose files are verbs", shown.display());
        return Err(Error::usage(message, None));
    }
    std::fs::create_dir_all(&folder).map_err(failed("make", &shown))?;
    let folder = real(&folder);
    remove_old(&folder)?;
    let mut files = vec![
        ("copilot.d.rhai".into(), primitives::text()),
        ("rhai.d.rhai".into(), rhai_itself::text()),
    ];
    files.extend(recipes::files(root, |file| from(&folder, root, file)));
    for (name, text) in &files {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(&folder);
        std::fs::create_dir_all(parent).map_err(failed("make", parent))?;
        std::fs::write(&path, text).map_err(failed("write", &path))?;
    }
    show::answer(&format!(
        "wrote {} files to {}",
        files.len(),
        shown.display()
    ));
    Ok(0)
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error + use<> {
    let path = path.display().to_string();
    move |source| Error::File {
        action,
        path,
        source,
    }
}

/// `path` with links resolved; its last parts need not exist.
fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let existing = path
        .ancestors()
        .find_map(|part| Some((part.canonicalize().ok()?, part)));
    match existing {
        Some((real, part)) => real.join(path.strip_prefix(part).unwrap_or(Path::new(""))),
        None => path,
    }
}

/// The path to `file` of the repository, relative to `folder` if that is in the repository.
fn from(folder: &Path, root: &Path, file: &str) -> String {
    match folder.strip_prefix(root) {
        Ok(inside) => {
            let depth = inside
                .components()
                .filter(|part| matches!(part, Component::Normal(_)));
            "../".repeat(depth.count()) + file
        }
        Err(_) => root.join(file).to_string_lossy().into_owned(),
    }
}

/// Removes the files that an earlier run wrote for recipes, some of which may no longer exist.
fn remove_old(folder: &Path) -> Result<()> {
    let pattern = format!(
        "{}/recipe-*.d.rhai",
        glob::Pattern::escape(&folder.to_string_lossy())
    );
    // A file that cannot be read was not written by an earlier run.
    let old = glob::glob(&pattern).into_iter().flatten().flatten();
    for path in old {
        let ours = std::fs::read_to_string(&path).is_ok_and(|text| text.contains(WRITTEN_BY));
        if ours {
            std::fs::remove_file(&path).map_err(failed("remove", &path))?;
        }
    }
    Ok(())
}
