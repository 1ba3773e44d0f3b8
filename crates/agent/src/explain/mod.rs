//! What is wrong, since when, why, and what to do: in plain words.

mod facts;
mod model;
mod template;
pub(crate) mod words;

pub use {
    facts::{Explanation, Facts},
    model::Explainer,
    template::template,
};
