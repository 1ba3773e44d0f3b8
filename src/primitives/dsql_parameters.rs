//! The values of the option `params` of `psql_dsql`.

use super::args::word;
use super::value::show;
use crate::fault::Failure;
use copilot_dsql::Parameter;
use rhai::{Array, Dynamic};

/// The values for `$1`, `$2`… that an array holds.
pub(super) fn parameters(value: &Dynamic) -> Result<Vec<Parameter>, Failure> {
    let Some(values) = value.read_lock::<Array>() else {
        let message = format!("`psql_dsql`: `params` is {}, not an array", show(value));
        return Err(Failure::recipe(message));
    };
    let parameter = |(index, value): (usize, &Dynamic)| {
        parameter(value).ok_or_else(|| {
            Failure::recipe(format!(
                "`psql_dsql`: parameter {} is {}, not text, a number, a bool or ()",
                index + 1,
                show(value)
            ))
        })
    };
    values.iter().enumerate().map(parameter).collect()
}

fn parameter(value: &Dynamic) -> Option<Parameter> {
    if value.is_unit() {
        Some(Parameter::Null)
    } else if let Ok(flag) = value.as_bool() {
        Some(Parameter::Bool(flag))
    } else if let Ok(number) = value.as_int() {
        Some(Parameter::Integer(number))
    } else if let Ok(number) = value.as_float() {
        Some(Parameter::Float(number))
    } else {
        word(value).map(Parameter::Text)
    }
}
