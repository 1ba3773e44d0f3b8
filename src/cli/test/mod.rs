//! `copilot dev test`: the tests of recipes, run against a recorder in the place of the world.

mod answers;
mod api;
mod case;
mod diff;
mod file;
mod lock;
mod ran;
mod report;
mod session;
mod tree;
mod vocabulary;

pub use report::FOLDER;
pub use session::Session;
pub use vocabulary::engine;

use crate::cli::signals::listen;
use crate::fault::{Error, Result, nearest};
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

/// Rhai needs many kilobytes a level in debug builds, and a recipe runs within a test.
const STACK: usize = 64 * 1024 * 1024;

/// The command line.
pub fn command() -> Command {
    Command::new("test")
        .bin_name("copilot dev test")
        .about("Run the tests of recipes, recipes/_tests/*.rhai; no program, network or file outside a temporary folder is touched")
        .arg(
            Arg::new("recipes")
                .value_name("RECIPE")
                .num_args(0..)
                .help("Recipes or groups whose tests to run; all if none is named"),
        )
        .arg(
            Arg::new("name")
                .long("name")
                .value_name("TEXT")
                .help("Only tests whose names hold this text"),
        )
        .arg(
            Arg::new("output")
                .long("output")
                .value_name("FORMAT")
                .value_parser(["text", "json"])
                .default_value("text")
                .help("Text, or one JSON event a line"),
        )
}

/// A file of tests: what it is called, and where it is.
struct TestFile {
    name: String,
    path: PathBuf,
    file: String,
}

/// Runs `copilot dev test` with `args`. Exit code 1 if a test fails, 3 if a file of tests is wrong.
pub fn run(root: &Path, args: Vec<OsString>) -> Result<u8> {
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
        let (tell, done) = channel();
        for _ in 0..workers.min(files.len()) {
            let (tell, token, files, next) = (tell.clone(), &token, &files, &next);
            let work = move || work(root, files, only, next, token, &tell);
            thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, work)
                .map_err(|source| Error::File {
                    action: "start",
                    path: "a thread".to_owned(),
                    source,
                })?;
        }
        drop(tell);
        // In the order of the files, whichever ends first.
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
            let message = format!("no test has {text:?} in its name");
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
    tell: &Sender<(usize, Results)>,
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
            // What was cut short says nothing.
            return;
        }
        // The receiver waits for all of them.
        let _received = tell.send((index, results));
    }
}

/// Every file of tests. What starts with `_` is shared by them.
fn files(root: &Path) -> Vec<TestFile> {
    let named = |(path, file): (PathBuf, String)| {
        let relative = file.strip_prefix(FOLDER)?;
        let name = RecipeName::of_file(Path::new(relative))?.to_string();
        Some(TestFile { name, path, file })
    };
    Catalog::files(root).into_iter().filter_map(named).collect()
}

/// The files that test what is named: a recipe, or a group of them.
fn chosen(root: &Path, files: Vec<TestFile>, named: &[&String]) -> Result<Vec<TestFile>> {
    if files.is_empty() && named.is_empty() {
        let hint = "a file recipes/_tests/NAME.rhai has the tests of the recipe NAME; docs/recipes.md shows how";
        return Err(Error::usage("there are no tests", Some(hint.to_owned())));
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
                let hint = format!("they would be in recipes/_tests/{name}.rhai");
                let message = format!("the recipe `{name}` has no tests");
                return Err(Error::usage(message, Some(hint)));
            }
            None => {
                let names = files.iter().map(|file| file.name.as_str());
                let near = nearest(word, names).map(|near| format!("did you mean `{near}`?"));
                return Err(Error::usage(format!("there is no recipe `{word}`"), near));
            }
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
