//! `copilot dev test`: runs the tests of recipes, with a recorder in place of the real world.

mod answers;
mod api;
mod case;
mod diff;
mod file;
mod ran;
mod report;
mod session;
mod tree;
mod vocabulary;

pub(super) use report::TESTS_FOLDER;
pub(super) use session::Session;
pub(super) use vocabulary::engine;

use crate::cli::built_in::new_command;
use crate::cli::signals::listen;
use crate::fault::{Error, Result};
use crate::process::{Stop, Token, watch};
use crate::recipe::{Catalog, RecipeName, Source};
use crate::run::Format;
use clap::{Arg, Command};
use report::{Report, Results};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

/// The stack of a worker thread. Rhai needs many kilobytes for each level of nesting in debug builds,
/// and the recipe is nested in its test.
const WORKER_STACK_BYTES: usize = 64 * 1024 * 1024;

/// The command line of `test`.
pub(super) fn command() -> Command {
    new_command("test")
        .long_about("Run the tests of recipes in recipes/_tests/, isolated from programs, network and files outside a temporary folder")
        .arg(
            Arg::new("recipes")
                .value_name("RECIPE")
                .num_args(0..)
                .help("Recipes or groups whose tests to run [default: all]"),
        )
        .arg(
            Arg::new("name")
                .long("name")
                .value_name("TEXT")
                .help("Run only tests whose names contain this text"),
        )
        .arg(
            Arg::new("output")
                .long("output")
                .value_name("FORMAT")
                .value_parser(["text", "json"])
                .default_value("text")
                .help("Print text, or one JSON event per line"),
        )
}

/// A test file: the name of its recipe, its path, and its path relative to the repository.
struct TestFile {
    name: String,
    path: PathBuf,
    file: String,
}

/// Runs `copilot dev test` with `args`; exit code 1 if a test fails, 3 if a test file is invalid.
pub(super) fn run(root: &Path, args: Vec<OsString>) -> Result<u8> {
    let words = std::iter::once(OsString::from("test")).chain(args);
    let matches = super::arguments::parse(&mut command(), words.collect())?;
    let named: Vec<&String> = matches.get_many("recipes").unwrap_or_default().collect();
    let only = matches.get_one::<String>("name").map(String::as_str);
    let format = match matches.get_one::<String>("output").map(String::as_str) {
        Some("json") => Format::Json,
        _ => Format::Text,
    };
    let files = chosen(root, files(root), &named)?;
    let token = Arc::new(Token::default());
    listen(Arc::clone(&token))?;
    watch();
    let mut report = Report::begin(format, root, files.len());
    let next = AtomicUsize::new(0);
    let workers = thread::available_parallelism().map_or(1, Into::into);
    thread::scope(|scope| {
        let (sender, done) = channel();
        for _ in 0..workers.min(files.len()) {
            let (sender, token, files, next) = (sender.clone(), &token, &files, &next);
            let work = move || work(root, files, only, next, token, &sender);
            thread::Builder::new()
                .stack_size(WORKER_STACK_BYTES)
                .spawn_scoped(scope, work)
                .map_err(|source| Error::File {
                    action: "start",
                    path: "a thread".to_owned(),
                    source,
                })?;
        }
        drop(sender);
        // Report in the order of the files, whichever ends first.
        let mut waiting = BTreeMap::new();
        let mut shown = 0;
        for (index, results) in done {
            waiting.insert(index, results);
            while let Some(results) = waiting.remove(&shown) {
                report.show(results);
                shown += 1;
            }
        }
        Ok(())
    })?;
    if let Some(Stop::Interrupt(interrupt)) = token.stop() {
        return Err(Error::Interrupted(interrupt));
    }
    match only {
        Some(text) if report.is_empty() => {
            let message = format!("no test name contains {text:?}");
            Err(Error::usage(message, None))
        }
        _ => Ok(report.end()),
    }
}

fn work(
    root: &Path,
    files: &[TestFile],
    only: Option<&str>,
    next: &AtomicUsize,
    token: &Arc<Token>,
    sender: &Sender<(usize, Results)>,
) {
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(file) = files.get(index).filter(|_| token.stop().is_none()) else {
            return;
        };
        let results = match Source::read(&file.path, file.file.clone()) {
            Ok(source) => file::run(root, &file.name, &source, only, token),
            Err(error) => Results::unreadable(&file.name, error),
        };
        if token.stop().is_some() {
            // The results of an interrupted file mean nothing.
            return;
        }
        // The receiver waits for all workers.
        let _received = sender.send((index, results));
    }
}

/// All test files. Files whose names start with `_` are shared by them and excluded.
fn files(root: &Path) -> Vec<TestFile> {
    let named = |(path, file): (PathBuf, String)| {
        let relative = file.strip_prefix(TESTS_FOLDER)?;
        let name = RecipeName::of_file(Path::new(relative))?.to_string();
        Some(TestFile { name, path, file })
    };
    Catalog::files(root).into_iter().filter_map(named).collect()
}

/// The test files of the `named` recipes and groups; all if none is named.
fn chosen(root: &Path, files: Vec<TestFile>, named: &[&String]) -> Result<Vec<TestFile>> {
    if files.is_empty() && named.is_empty() {
        let hint =
            "put the tests of the recipe NAME in recipes/_tests/NAME.rhai; see docs/recipes.md";
        return Err(Error::usage("no tests found", Some(hint.to_owned())));
    }
    let mut wanted = Vec::new();
    for word in named {
        let is_of = |name: &str| {
            let of = |file: &TestFile| {
                let rest = file.name.strip_prefix(name);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            files.iter().any(of)
        };
        let spelled = RecipeName::find(root, &[(*word).clone()])?;
        let spelled = spelled.map(|found| found.name.to_string());
        match spelled.or_else(|| is_of(word).then(|| (*word).clone())) {
            Some(name) if is_of(&name) => wanted.push(name),
            Some(name) => {
                let hint = format!("put them in recipes/_tests/{name}.rhai");
                let message = format!("the recipe `{name}` has no tests");
                return Err(Error::usage(message, Some(hint)));
            }
            None => return Err(Catalog::read(root).unknown(word)),
        }
    }
    let is_wanted = |file: &TestFile| {
        let under = |name: &String| {
            let rest = file.name.strip_prefix(name.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        wanted.is_empty() || wanted.iter().any(under)
    };
    Ok(files.into_iter().filter(is_wanted).collect())
}
