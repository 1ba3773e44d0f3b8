//! `copilot dev check`: what is wrong in recipes, without running them.

use super::{show, test};
use crate::error::{Error, Result};
use crate::process::Token;
use crate::recipe::{
    Catalog, Diagnostic, RecipeName, Source, nearest, new_engine, problems, render,
};
use crate::run::{Options, Reporter, Run};
use clap::{Arg, Command};
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

fn command() -> Command {
    Command::new("check")
        .bin_name("copilot dev check")
        .about(
            "Check recipes without running them: syntax, names, calls, parameters, steps, imports",
        )
        .arg(
            Arg::new("recipes")
                .value_name("RECIPE")
                .num_args(0..)
                .help("All if none is named"),
        )
}

/// Runs `copilot dev check` with `args`. Exit code 3 if anything is wrong.
pub fn run(root: &Path, args: Vec<OsString>) -> Result<u8> {
    let words = std::iter::once(OsString::from("check"))
        .chain(args)
        .collect();
    let matches = super::program::parse(&mut command(), words)?;
    let named: Vec<String> = matches
        .get_many("recipes")
        .unwrap_or_default()
        .cloned()
        .collect();
    let sources = if named.is_empty() {
        all(root)?
    } else {
        some(root, &named)?
    };

    let run = Run::new(
        root.to_owned(),
        "check".to_owned(),
        serde_json::Value::Null,
        Options {
            dry_run: true,
            ..Options::default()
        },
        Arc::new(Reporter::default()),
        Arc::new(Token::default()),
    );
    let engine = new_engine(&Arc::new(run));
    // Tests have functions of their own, and none of a recipe's.
    let session = test::Session::new(root, &Arc::new(Token::default()));
    let tests = test::engine(root, &Arc::new(session));
    let mut found: Vec<Diagnostic> = Vec::new();
    for source in &sources {
        let of_tests = source.file.starts_with(test::FOLDER);
        let engine = if of_tests { &tests } else { &engine };
        for problem in problems(engine, source) {
            // An imported file that is wrong is so for everyone who imports it.
            let known = |other: &Diagnostic| {
                other.place == problem.place && other.message == problem.message
            };
            if !found.iter().any(known) {
                found.push(problem);
            }
        }
    }
    let colour = console::colors_enabled_stderr();
    for problem in &found {
        show::say(&format!("{}\n", render(problem, root, colour)));
    }
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let (files, wrong) = (sources.len(), found.len());
    if wrong == 0 {
        show::answer(&format!(
            "{files} recipe file{} checked, nothing wrong",
            plural(files)
        ));
        return Ok(0);
    }
    show::say(&format!(
        "{wrong} problem{} in {files} recipe file{}",
        plural(wrong),
        plural(files)
    ));
    Ok(3)
}

/// Every recipe, and every file that recipes share.
fn all(root: &Path) -> Result<Vec<Source>> {
    Catalog::files(root)
        .into_iter()
        .map(|(path, file)| Source::read(&path, file))
        .collect()
}

fn some(root: &Path, names: &[String]) -> Result<Vec<Source>> {
    let find = |name: &String| {
        let found = RecipeName::find(root, std::slice::from_ref(name))?;
        let Some(found) = found else {
            let catalog = Catalog::read(root);
            let near = nearest(name, catalog.names()).map(|near| format!("did you mean `{near}`?"));
            return Err(Error::usage(format!("there is no recipe `{name}`"), near));
        };
        Source::read(&found.path, found.name.file())
    };
    names.iter().map(find).collect()
}
