//! The input and output of an explanation.

use crate::{health::State, signals::Measured};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// The input of an explanation, the same for the template and the model.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Facts {
    /// The name of the cluster.
    pub cluster: String,
    /// The state that the rules decided on.
    pub state: State,
    /// The previous state, if it has just changed.
    pub previous: Option<State>,
    /// Start of the state.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// When the signals were read.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Every signal, compared with its limits.
    pub signals: Vec<Measured>,
    /// Services that have just started.
    #[serde(default)]
    pub just_started: Vec<String>,
    /// Title and evidence of open issues from logs.
    pub logs: Vec<String>,
    /// Why data is missing, if it is.
    pub gap: Option<String>,
}

/// An explanation, by the template or a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// All of it in one line.
    pub summary: String,
    /// What is happening, and since when.
    pub what: String,
    /// The likely cause, if known.
    pub cause: Option<String>,
    /// What to do, if anything.
    pub action: Option<String>,
    /// Confidence, 0 to 1.
    pub confidence: f64,
    /// The model that wrote it; `None` for the template.
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
