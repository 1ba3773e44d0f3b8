//! Runs a recipe inside a test as its command line would, and keeps the result.

use super::tree::Tree;
use crate::check::find;
use crate::cli::{execute, show, verb};
use crate::dotenv::{self, Environment};
use crate::fault::{Error, Failure, Result};
use crate::primitives::{Functions, from_json, keyed_map, new_engine};
use crate::process::Token;
use crate::recipe::{RecipeName, Source, read_header};
use crate::run::{Call, Outside, Recorder, Reporter, Run};
use rhai::{Array, Dynamic, Map};
use std::sync::Arc;

/// The keys of the map that `run` returns to a test.
pub(super) const RAN_KEYS: [&str; 9] = [
    "code",
    "stdout",
    "stderr",
    "commands",
    "questions",
    "would",
    "calls",
    "steps",
    "env",
];

/// The result of a run.
#[derive(Debug, Clone, Default)]
pub(super) struct Ran {
    /// The exit code of `copilot`.
    pub code: u8,
    /// Standard output, without colours.
    pub stdout: String,
    /// Standard error, without colours.
    pub stderr: String,
    /// The commands that a dry run would have run.
    pub would: Vec<String>,
    /// The recorded calls, in order.
    pub calls: Vec<Call>,
    /// The ids and states of the steps, in order.
    pub steps: Vec<(String, &'static str)>,
}

/// Runs the recipe named by `words`, which also contain its arguments.
pub(super) fn run(
    tree: &Tree,
    recorder: &Arc<Recorder>,
    token: &Arc<Token>,
    words: &[String],
) -> std::result::Result<Ran, Failure> {
    let found = match RecipeName::find(&tree.root, words) {
        Ok(Some(found)) => found,
        Ok(None) => {
            let line = words.join(" ");
            return Err(Failure::recipe(format!(
                "`run`: there is no recipe `{line}`"
            )));
        }
        Err(error) => return Err(Failure::recipe(error.to_string())),
    };
    let outside = Outside::Recorded(Arc::clone(recorder));
    let args = words[found.words..].iter().map(Into::into).collect();
    let source = Source::read(&found.path, found.name.file());
    let ready = source.and_then(|source| {
        let header = read_header(&source).map_err(|error| Error::Recipe(Box::new(error)))?;
        let request = verb::parse(&tree.root, &found.name, &header, args, &outside)?;
        Ok((source, header, request))
    });
    let (source, header, request) = match ready {
        Ok(ready) => ready,
        Err(error) => return Ok(not_started(tree, recorder, &error)),
    };
    let reporter = Reporter::keeping(request.format, request.quiet, request.verbose);
    let run = Run::new(
        tree.root.clone(),
        found.name.to_string(),
        request.params,
        request.options,
        Arc::new(reporter),
        Token::child(token, None),
        find,
    );
    let run = Arc::new(run.recorded(Arc::clone(recorder)));
    let engine = new_engine(&run, Functions::Registered);
    let code: Result<u8> = execute::prepare(&engine, &run, &source, &header, request.values)
        .map(|compiled| execute::run_prepared(&engine, &run, &found.name, &source, compiled));
    let code = match code {
        Ok(code) => code,
        Err(error) => return Ok(not_started(tree, recorder, &error)),
    };
    let kept = run.reporter.kept();
    let text = |bytes: &[u8]| plain(recorder, &String::from_utf8_lossy(bytes));
    let steps = run.reports().into_iter();
    Ok(Ran {
        code,
        stdout: text(&kept.stdout),
        stderr: text(&kept.stderr),
        would: kept
            .would
            .iter()
            .map(|line| plain(recorder, line))
            .collect(),
        calls: recorder.take_calls(),
        steps: steps.map(|step| (step.id, step.state.word())).collect(),
    })
}

fn plain(recorder: &Recorder, text: &str) -> String {
    recorder.shown(&console::strip_ansi_codes(text))
}

/// The result of a run that could not begin, or of `--help`.
fn not_started(tree: &Tree, recorder: &Recorder, error: &Error) -> Ran {
    let text = plain(recorder, &show::text(error, Some(&tree.root))) + "\n";
    let for_stdout = matches!(error, Error::Arguments(error) if !error.use_stderr());
    let (stdout, stderr) = if for_stdout {
        (text, String::new())
    } else {
        (String::new(), text)
    };
    Ran {
        code: error.code(),
        stdout,
        stderr,
        ..Ran::default()
    }
}

impl Ran {
    /// The commands that change something, in order.
    pub(super) fn commands(&self) -> Vec<String> {
        self.lines(|call| call.changes)
    }

    /// The lines of the calls that satisfy `wanted`.
    pub(super) fn lines(&self, wanted: impl Fn(&Call) -> bool) -> Vec<String> {
        let calls = self.calls.iter().filter(|call| wanted(call));
        calls.map(|call| call.line.clone()).collect()
    }

    /// The map that `run` returns to the test.
    pub(super) fn to_map(&self, env: Map) -> Map {
        let lines = |lines: Vec<String>| -> Dynamic {
            lines
                .into_iter()
                .map(Dynamic::from)
                .collect::<Array>()
                .into()
        };
        let steps = self.steps.iter();
        let steps: Map = steps
            .map(|(id, state)| (id.as_str().into(), (*state).into()))
            .collect();
        let calls: Array = self.calls.iter().map(call_to_map).collect();
        let values = [
            i64::from(self.code).into(),
            self.stdout.clone().into(),
            self.stderr.clone().into(),
            lines(self.commands()),
            lines(self.lines(|call| !call.changes)),
            lines(self.would.clone()),
            calls.into(),
            steps.into(),
            env.into(),
        ];
        keyed_map(RAN_KEYS, values)
    }
}

fn call_to_map(call: &Call) -> Dynamic {
    from_json(serde_json::json!({
        "command": call.line,
        "changes": call.changes,
        "step": call.step,
        "env": call.env,
        "input": call.input,
        "timeout": call.timeout,
    }))
}

/// The current variables of `dev/.env`.
pub(super) fn env(tree: &Tree) -> std::result::Result<Map, String> {
    match dotenv::read(&tree.root.join("dev/.env"), &Environment::empty(), || true) {
        Ok(document) => {
            let value = |key: &str| document.get(key).unwrap_or_default();
            let pairs = document.keys().map(|key| (key.into(), value(key).into()));
            Ok(pairs.collect())
        }
        Err(dotenv::Error::Missing { .. }) => Ok(Map::new()),
        Err(error) => Err(error.to_string()),
    }
}
