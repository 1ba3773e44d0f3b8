//! Explains the state of the cluster: what is wrong, since when, why, and what to do.

mod facts;
pub(crate) mod format;
mod model;
mod template;

pub use {
    facts::{Explanation, Facts},
    model::Explainer,
    template::template,
};
