//! Rhai's values as text and as JSON.

use crate::fault::{Failure, Kind, Unknown};
use rhai::{Array, Dynamic, Map};
use serde_json::Value;

/// `value` as text, for messages and command lines. Rhai itself knows only the type of an
/// [`Unknown`].
pub(super) fn text(value: &Dynamic) -> String {
    if let Some(unknown) = value.read_lock::<Unknown>() {
        return unknown.to_string();
    }
    if let Some(array) = value.read_lock::<Array>() {
        let items: Vec<_> = array.iter().map(nested).collect();
        return format!("[{}]", items.join(", "));
    }
    if let Some(map) = value.read_lock::<Map>() {
        let fields: Vec<_> = map
            .iter()
            .map(|(key, value)| format!("{key}: {}", nested(value)))
            .collect();
        return format!("#{{{}}}", fields.join(", "));
    }
    value.to_string()
}

/// Text inside an array or a map is quoted.
fn nested(value: &Dynamic) -> String {
    if value.is_string() {
        format!("{:?}", value.to_string())
    } else if value.is_unit() {
        "()".to_owned()
    } else {
        text(value)
    }
}

/// `value` as an error message shows it: short, with its type where that helps.
pub(super) fn show(value: &Dynamic) -> String {
    if value.is_unit() {
        return "()".to_owned();
    }
    if value.is_string() {
        return format!("{:?}", value.to_string());
    }
    let text = text(value);
    if text.chars().count() > 40 || value.is_map() || value.is_array() {
        format!("of type {}", value.type_name())
    } else {
        text
    }
}

/// `json` as a value of recipes. A whole number beyond 64 bits becomes a float.
pub(crate) fn from_json(json: Value) -> Dynamic {
    match json {
        Value::Null => Dynamic::UNIT,
        Value::Bool(value) => value.into(),
        Value::Number(number) => number
            .as_i64()
            .map_or_else(|| number.as_f64().unwrap_or(f64::NAN).into(), Dynamic::from),
        Value::String(text) => text.into(),
        Value::Array(values) => values.into_iter().map(from_json).collect::<Array>().into(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| (key.into(), from_json(value)))
            .collect::<Map>()
            .into(),
    }
}

/// `value` as JSON; what is neither data nor known to a dry run is shown as text.
pub(crate) fn to_json(value: &Dynamic) -> Value {
    if value.is_unit() {
        Value::Null
    } else if let Ok(flag) = value.as_bool() {
        flag.into()
    } else if let Ok(number) = value.as_int() {
        number.into()
    } else if let Ok(number) = value.as_float() {
        number.into()
    } else if let Some(array) = value.read_lock::<Array>() {
        array.iter().map(to_json).collect()
    } else if let Some(map) = value.read_lock::<Map>() {
        map.iter()
            .map(|(key, value)| (key.to_string(), to_json(value)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    } else if let Some(unknown) = value.read_lock::<Unknown>() {
        unknown.to_string().into()
    } else {
        value.to_string().into()
    }
}

/// A map with these keys, which the documentation names too.
pub(crate) fn keyed_map<const N: usize>(keys: [&str; N], values: [Dynamic; N]) -> Map {
    let keys = keys.into_iter().map(Into::into);
    keys.zip(values).collect()
}

/// Reads the JSON that `program` printed.
pub(super) fn parse_json(program: &str, text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text).map_err(|error| {
        Failure::new(
            Kind::Exit,
            format!("{program} printed something that is not JSON: {error}"),
        )
    })
}
