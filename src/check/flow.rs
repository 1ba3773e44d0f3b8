//! What a recipe would run, as far as its text tells: read from its syntax tree, and from the
//! functions that it calls, without running anything.

mod file;
mod walk;
mod words;

use crate::fault::Place;
use serde::Serialize;
use std::collections::BTreeSet;

pub use walk::flow;

/// What a recipe would run.
#[derive(Debug, Default, Serialize)]
pub struct Flow {
    /// What it imports.
    pub imports: Vec<Imported>,
    /// The variables it asks for by name.
    pub variables: BTreeSet<String>,
    /// Its steps and what it calls outside of them, in the order of the text.
    pub runs: Vec<Item>,
}

/// `import "path" as alias`.
#[derive(Debug, Serialize)]
pub struct Imported {
    /// What stands between the quotes; none if it is computed.
    pub path: Option<String>,
    /// The name it has in the recipe.
    #[serde(rename = "as")]
    pub alias: String,
}

/// A step, or a call outside of steps.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Item {
    /// A step.
    Step(FlowStep),
    /// A call.
    Call(FlowCall),
}

/// A step of a recipe.
#[derive(Debug, Serialize)]
pub struct FlowStep {
    /// Its id, as far as it is written out.
    pub step: String,
    /// Its title, as far as it is written out.
    pub title: String,
    /// The ids it comes after, as far as they are written out.
    pub after: Vec<String>,
    /// A condition, a loop or an option decides whether there is such a step and how often.
    pub sometimes: bool,
    /// Where it is made.
    pub place: String,
    /// What it calls.
    pub calls: Vec<FlowCall>,
}

/// A call of a primitive.
#[derive(Debug, Serialize)]
pub struct FlowCall {
    /// The primitive and what it is given, as far as that is written out.
    pub call: String,
    /// A condition or a loop decides whether it is called and how often.
    pub sometimes: bool,
    /// Where it is called.
    pub place: String,
}

fn place(file: &str, position: rhai::Position) -> String {
    let place = Place {
        file: file.to_owned(),
        line: position.line().unwrap_or(0),
        column: position.position().unwrap_or(0),
    };
    place.to_string()
}
