//! `copilot dev check`: what is wrong in recipes, without running them.

use super::check_output::{self, Output};
use super::test;
use crate::check::{self, problems};
use crate::fault::{Diagnostic, Error, Result, nearest};
use crate::primitives::new_engine;
use crate::process::Token;
use crate::recipe::{Catalog, RecipeName, Source};
use crate::run::{Options, Reporter, Run};
use clap::{Arg, Command, value_parser};
use rhai::Position;
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

/// The command line of `check`.
pub fn command() -> Command {
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
        .arg(
            Arg::new("output")
                .long("output")
                .value_name("FORMAT")
                .value_parser(value_parser!(Output))
                .default_value("text")
                .help("Text, JSON, or annotations of GitHub Actions"),
        )
}

/// Runs `copilot dev check` with `args`. Exit code 3 if anything is wrong. Who asked for problems in
/// a form of their own gets what is wrong with the words themselves in it too.
pub fn run(root: &Path, args: Vec<OsString>) -> Result<u8> {
    let output = Output::asked_for(&args);
    match (check(root, args), output) {
        (Err(error), Output::Json | Output::Github) if error.code() != 0 => {
            let code = error.code();
            check_output::show(output, root, 0, &[diagnostic(error)]);
            Ok(code)
        }
        (result, _) => result,
    }
}

fn diagnostic(error: Error) -> Diagnostic {
    if let Error::Recipe(diagnostic) = error {
        return *diagnostic;
    }
    let message = error.to_string();
    let message = message.strip_prefix("error: ").unwrap_or(&message).trim();
    Diagnostic {
        message: message.to_owned(),
        hint: error.hint().map(ToOwned::to_owned),
        ..Diagnostic::default()
    }
}

fn check(root: &Path, args: Vec<OsString>) -> Result<u8> {
    let words = std::iter::once(OsString::from("check"))
        .chain(args)
        .collect();
    let matches = super::arguments::parse(&mut command(), words)?;
    let named: Vec<String> = matches
        .get_many("recipes")
        .unwrap_or_default()
        .cloned()
        .collect();
    let mut found: Vec<Diagnostic> = Vec::new();
    let sources = if named.is_empty() {
        all(root, &mut found)?
    } else {
        some(root, &named)?
    };

    let unreadable = found.len();
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
        check::find,
    );
    let engine = new_engine(&Arc::new(run));
    // Tests have functions of their own, and none of a recipe's.
    let session = test::Session::new(root, &Arc::new(Token::default()));
    let tests = test::engine(root, &Arc::new(session));
    for source in &sources {
        let of_tests = source.file.starts_with(test::FOLDER);
        let engine = if of_tests { &tests } else { &engine };
        for problem in problems(engine, root, source) {
            // An imported file that is wrong is so for everyone who imports it.
            let known = |other: &Diagnostic| {
                other.place == problem.place && other.message == problem.message
            };
            if !found.iter().any(known) {
                found.push(problem);
            }
        }
    }
    let output = matches.get_one("output").copied();
    check_output::show(
        output.unwrap_or(Output::Text),
        root,
        sources.len() + unreadable,
        &found,
    );
    let is_wrong = found.iter().any(|problem| !problem.warning);
    Ok(if is_wrong { 3 } else { 0 })
}

/// Every recipe, and every file that recipes share. One that cannot be read is `found` to be wrong.
fn all(root: &Path, found: &mut Vec<Diagnostic>) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for (path, file) in Catalog::files(root) {
        match Source::read(&path, file.clone()) {
            Ok(source) => sources.push(source),
            Err(Error::Recipe(diagnostic)) => found.push(*diagnostic),
            Err(error @ Error::File { .. }) => {
                found.push(Diagnostic::at(error.to_string(), &file, Position::NONE));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(sources)
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
