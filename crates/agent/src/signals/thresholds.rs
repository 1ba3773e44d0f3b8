//! The limits and the window in use: defaults, overridden by a file.

use super::{SIGNALS, Signal, signal};
use crate::{error::Error, health::Limits};
use serde::Deserialize;
use std::{collections::BTreeMap, fs, path::Path};

/// The limits and the window in use. A JSON file may override the defaults:
///
/// ```json
/// { "window": "2m", "signals": { "backlog_age": { "stressed": 60, "critical": 300 } } }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Thresholds {
    window: String,
    overrides: BTreeMap<String, Limits>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    window: Option<String>,
    #[serde(default)]
    signals: BTreeMap<String, Limits>,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            window: "2m".to_owned(),
            overrides: BTreeMap::new(),
        }
    }
}

impl Thresholds {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Config`] if the file cannot be read, or has an unknown signal or invalid limits.
    pub fn read(file: &Path) -> Result<Self, Error> {
        let refuse = |message: String| Error::Config(format!("{}: {message}", file.display()));
        let text = fs::read_to_string(file).map_err(|error| refuse(error.to_string()))?;
        Self::parse(&text).map_err(refuse)
    }

    /// Parses the text of a file.
    ///
    /// # Errors
    /// A message that says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
        for (name, limits) in &document.signals {
            if signal(name).is_none() {
                return Err(format!("unknown signal {name:?}"));
            }
            if !limits.are_sound() {
                return Err(format!(
                    "{name}: the limits must satisfy 0 < stressed < critical"
                ));
            }
        }
        let window = document.window.unwrap_or(Self::default().window);
        if !is_duration(&window) {
            return Err(format!(
                "window {window:?} is not a duration such as 30s, 2m or 1h"
            ));
        }
        Ok(Self {
            window,
            overrides: document.signals,
        })
    }

    /// The limits of a signal.
    #[must_use]
    pub fn limits(&self, signal: &Signal) -> Limits {
        self.overrides
            .get(signal.name)
            .copied()
            .unwrap_or(signal.limits)
    }

    /// Fills in the label of the cluster and the window.
    #[must_use]
    pub fn query(&self, query: &str, cluster: &str) -> String {
        query
            .replace("$S", &format!("cluster={cluster:?}"))
            .replace("$W", &self.window)
    }

    /// Every signal with its limits.
    pub fn all(&self) -> impl Iterator<Item = (&'static Signal, Limits)> {
        SIGNALS.iter().map(|signal| (signal, self.limits(signal)))
    }
}

fn is_duration(text: &str) -> bool {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    matches!(&text[digits.len()..], "s" | "m" | "h")
        && digits.parse::<u32>().is_ok_and(|number| number > 0)
}
