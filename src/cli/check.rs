//! `copilot dev check`: finds problems in recipes without running them.

use super::built_in::new_command;
use super::check_output::{self, Output};
use super::clashes::clashes;
use super::test;
use crate::check::{self, problems};
use crate::fault::{Diagnostic, Error, Result};
use crate::primitives::{Functions, new_engine};
use crate::process::Token;
use crate::recipe::{Catalog, RecipeName, Source};
use crate::run::{Options, Params, Reporter, Run};
use clap::{Arg, Command, value_parser};
use rhai::Position;
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

/// The command line of `check`.
pub(super) fn command() -> Command {
    new_command("check")
        .long_about(
            "Check recipes without running them: syntax, names, calls, parameters, steps, imports",
        )
        .arg(
            Arg::new("recipes")
                .value_name("RECIPE")
                .num_args(0..)
                .help("The recipes to check [default: all]"),
        )
        .arg(
            Arg::new("output")
                .long("output")
                .value_name("FORMAT")
                .value_parser(value_parser!(Output))
                .default_value("text")
                .help("Print text, JSON, or GitHub Actions annotations"),
        )
}

/// Runs `copilot dev check` with `args`; exit code 3 if there is an error. With `--output json` or
/// `github`, a usage error is printed in that format too.
pub(super) fn run(root: &Path, args: Vec<OsString>) -> Result<u8> {
    let output = Output::requested(&args);
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
        Params::default(),
        Options {
            dry_run: true,
            ..Options::default()
        },
        Arc::new(Reporter::default()),
        Arc::new(Token::default()),
        check::find,
    );
    let engine = new_engine(&Arc::new(run), Functions::OnDemand);
    // Test files can call other functions than recipes.
    let session = test::Session::new(root, &Arc::new(Token::default()));
    let tests = test::engine(root, &Arc::new(session));
    for source in &sources {
        let of_tests = source.file.starts_with(test::TESTS_FOLDER);
        let engine = if of_tests { &tests } else { &engine };
        for problem in problems(engine, root, source) {
            // A problem in an imported file is found once for each importer.
            let known = |other: &Diagnostic| {
                other.place == problem.place && other.message == problem.message
            };
            if !found.iter().any(known) {
                found.push(problem);
            }
        }
    }
    if named.is_empty() {
        found.extend(clashes(&Catalog::read(root)));
    }
    let output = matches.get_one("output").copied();
    check_output::show(
        output.unwrap_or(Output::Text),
        root,
        sources.len() + unreadable,
        &found,
    );
    let has_errors = found.iter().any(|problem| !problem.warning);
    Ok(if has_errors { 3 } else { 0 })
}

/// All recipes and shared files. What cannot be read is added to `found`.
fn all(root: &Path, found: &mut Vec<Diagnostic>) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for folder in Catalog::unreadable_folders(root) {
        found.push(Diagnostic::at(
            format!("cannot read the folder {folder}"),
            &folder,
            Position::NONE,
        ));
    }
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
            return Err(Catalog::read(root).unknown(name));
        };
        Source::read(&found.path, found.name.file())
    };
    names.iter().map(find).collect()
}
