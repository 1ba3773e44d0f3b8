//! What an explanation is made of, and what it says.

use crate::{health::State, signals::Measured};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What an explanation is made of. The template and the model get the same.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Facts {
    /// The cluster.
    pub cluster: String,
    /// Its state, which the rules set.
    pub state: State,
    /// The state before, if it has just changed.
    pub previous: Option<State>,
    /// Since when it is in it.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// When the signals were read.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Every signal.
    pub signals: Vec<Measured>,
    /// Services that have just started.
    #[serde(default)]
    pub just_started: Vec<String>,
    /// Open issues from logs: title and evidence.
    pub logs: Vec<String>,
    /// Why there is no data, if there is none.
    pub gap: Option<String>,
}

/// The explanation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// One line.
    pub summary: String,
    /// What is going on.
    pub what: String,
    /// The likely cause, if there is one to name.
    pub cause: Option<String>,
    /// What to do, if there is anything to do.
    pub action: Option<String>,
    /// How sure that is, 0 to 1.
    pub confidence: f64,
    /// The model that worded it; the template where there is none.
    pub model_id: Option<String>,
}

impl Explanation {
    /// `template` or `model`.
    #[must_use]
    pub fn source(&self) -> &'static str {
        if self.model_id.is_some() {
            "model"
        } else {
            "template"
        }
    }
}
