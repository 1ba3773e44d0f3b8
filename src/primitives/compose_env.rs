//! The variables of the environment that Docker Compose must see as recipes do.

use super::api::Call;
use super::env::{as_planned, planned, planned_text};
use crate::fault::{Failure, Unknown};
use std::ffi::OsString;

/// Variables for a program that reads `dev/.env` by itself.
pub(super) struct Difference {
    /// Those of the environment that it must not get.
    pub without: Vec<OsString>,
    /// Those that it must get in addition.
    pub with: Vec<(OsString, OsString)>,
}

/// What lets Docker Compose see every variable as [`lookup`](super::env::lookup) does: to Compose an empty
/// variable hides the one in the file, and it does not know what a dry run would have written.
pub(super) fn env_difference(call: Call<'_>) -> Result<Difference, Failure> {
    let outside = &call.run.outside;
    let empty = outside.empty_variables();
    let mut difference = Difference {
        without: Vec::new(),
        with: Vec::new(),
    };
    if empty.is_empty() && !call.dry() {
        return Ok(difference);
    }
    let document = as_planned(call)?;
    let value = |key: &str| document.get(key).filter(|value| !value.is_empty());
    let in_file = |key: &OsString| key.to_str().and_then(value).is_some();
    difference.without = empty.into_iter().filter(in_file).collect();
    let mut changed: Vec<_> = planned(call.run).keys().cloned().collect();
    if planned_text(call.run).is_some() {
        changed.extend(document.keys().map(str::to_owned));
    }
    for key in changed {
        let ours = outside.variable(&key).filter(|value| !value.is_empty());
        let value = document.get(&key).unwrap_or_default();
        if ours.is_none() && !Unknown::is_in(&value) {
            difference.with.push((key.into(), value.into()));
        }
    }
    Ok(difference)
}
