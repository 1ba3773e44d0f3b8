//! Reports the results of tests: a line for each, the failures, and the totals.

use crate::cli::show;
use crate::fault::Error;
use crate::run::{Format, show_duration};
use console::style;
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The folder of test files, relative to the repository.
pub(crate) const TESTS_FOLDER: &str = "recipes/_tests/";

/// The outcome of one test.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    /// The name of the test.
    pub test: String,
    /// How long it ran.
    pub time: Duration,
    /// The failure's message and locations, innermost first; `None` if the test passed.
    pub failure: Option<(String, Vec<String>)>,
}

impl Outcome {
    /// True if the test did not fail.
    pub(crate) fn passed(&self) -> bool {
        self.failure.is_none()
    }
}

/// The outcomes of the tests of a file.
#[derive(Debug)]
pub(super) struct Results {
    /// The recipe that the file tests.
    pub name: String,
    /// The file, relative to the repository.
    pub file: String,
    /// The outcome of each test, in order.
    pub tests: Vec<Outcome>,
    /// Why the file is invalid, if it is.
    pub wrong: Option<Error>,
}

impl Results {
    /// The result for a file that cannot be read.
    pub(super) fn unreadable(name: &str, error: Error) -> Self {
        Self {
            name: name.to_owned(),
            file: format!("{TESTS_FOLDER}{name}.rhai"),
            tests: Vec::new(),
            wrong: Some(error),
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event<'a> {
    TestsStarted {
        v: u32,
        files: usize,
    },
    TestFinished {
        recipe: &'a str,
        test: &'a str,
        state: &'a str,
        seconds: f64,
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        place: Option<&'a str>,
    },
    TestFileWrong {
        recipe: &'a str,
        file: &'a str,
        message: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        place: Option<String>,
    },
    TestsFinished {
        passed: usize,
        failed: usize,
        wrong: usize,
        code: u8,
        seconds: f64,
    },
}

/// The totals so far.
pub(super) struct Report {
    format: Format,
    root: PathBuf,
    begun: Instant,
    passed: usize,
    failed: usize,
    wrong: usize,
}

impl Report {
    /// Begins the report for a number of files.
    pub(super) fn begin(format: Format, root: &Path, files: usize) -> Self {
        let report = Self {
            format,
            root: root.to_owned(),
            begun: Instant::now(),
            passed: 0,
            failed: 0,
            wrong: 0,
        };
        report.event(&Event::TestsStarted { v: 1, files });
        report
    }

    fn event(&self, event: &Event<'_>) {
        if self.format == Format::Json
            && let Ok(line) = serde_json::to_string(event)
        {
            show::answer(&line);
        }
    }

    fn text(&self, line: &str) {
        if self.format == Format::Text {
            show::answer(line);
        }
    }

    /// Reports and counts the tests of a file.
    pub(super) fn show(&mut self, results: Results) {
        let name = &results.name;
        for outcome in &results.tests {
            self.test(name, outcome);
        }
        if let Some(error) = results.wrong {
            self.wrong += 1;
            self.event(&Event::TestFileWrong {
                recipe: name,
                file: &results.file,
                message: error.to_string(),
                hint: error.hint(),
                place: error.place(),
            });
            if self.format == Format::Text {
                show::say(&show::text(&error, Some(&self.root)));
            }
        }
    }

    fn test(&mut self, name: &str, outcome: &Outcome) {
        let Outcome {
            test,
            time,
            failure,
        } = outcome;
        let state = if outcome.passed() { "passed" } else { "failed" };
        self.event(&Event::TestFinished {
            recipe: name,
            test,
            state,
            seconds: time.as_secs_f64(),
            message: failure.as_ref().map(|(message, _)| message.as_str()),
            place: failure
                .as_ref()
                .and_then(|(_, places)| places.first().map(String::as_str)),
        });
        let Some((message, places)) = failure else {
            self.passed += 1;
            self.text(&format!("{}  {name}: {test}", style("passed").green()));
            return;
        };
        self.failed += 1;
        self.text(&format!("{}  {name}: {test}", style("failed").red().bold()));
        for line in message.lines() {
            self.text(&format!("    {}", line.trim_end()));
        }
        for place in places {
            self.text(&format!("    at {place}"));
        }
    }

    /// True if no test ran and no file is invalid.
    pub(super) fn is_empty(&self) -> bool {
        self.passed + self.failed + self.wrong == 0
    }

    /// Prints the totals, and returns the exit code.
    pub(super) fn end(self) -> u8 {
        let code = match (self.wrong, self.failed) {
            (0, 0) => 0,
            (0, _) => 1,
            _ => 3,
        };
        let time = self.begun.elapsed();
        self.event(&Event::TestsFinished {
            passed: self.passed,
            failed: self.failed,
            wrong: self.wrong,
            code,
            seconds: time.as_secs_f64(),
        });
        let mut sum = format!("{} passed, {} failed", self.passed, self.failed);
        if self.wrong > 0 {
            let plural = if self.wrong == 1 { "" } else { "s" };
            let _ = write!(sum, ", {} invalid file{plural}", self.wrong);
        }
        self.text(&format!("{sum} in {}", show_duration(time)));
        code
    }
}
