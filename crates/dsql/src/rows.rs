//! Converts rows from the server's text format to JSON.

use serde_json::{Map, Number, Value};
use tokio_postgres::{SimpleQueryRow, types::Type};

/// A row of a result: column name to value, in the order of the columns. Of
/// two columns with the same name, the later one is kept.
pub type Row = Map<String, Value>;

/// Converts a row. A column without a known type stays text.
pub(crate) fn row(row: &SimpleQueryRow, types: &[Type]) -> Row {
    row.columns()
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let value = row
                .get(index)
                .map_or(Value::Null, |text| value(text, types.get(index)));
            (column.name().to_owned(), value)
        })
        .collect()
}

/// Integers and floats become numbers, `bool` becomes a boolean, and JSON is
/// embedded. Everything else stays text: `NaN`, which JSON lacks, and `numeric`,
/// which a double would round.
fn value(text: &str, kind: Option<&Type>) -> Value {
    let known = match kind {
        Some(&Type::BOOL) => Some(Value::Bool(text == "t")),
        Some(&(Type::INT2 | Type::INT4 | Type::INT8 | Type::OID)) => {
            text.parse::<i64>().ok().map(Value::from)
        }
        Some(&(Type::FLOAT4 | Type::FLOAT8)) => {
            let number = text.parse().ok().and_then(Number::from_f64);
            number.map(Value::Number)
        }
        Some(&(Type::JSON | Type::JSONB)) => serde_json::from_str(text).ok(),
        _ => None,
    };
    known.unwrap_or_else(|| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_becomes_what_its_type_says() {
        for (text, kind, expected) in [
            ("t", Type::BOOL, json!(true)),
            ("-7", Type::INT8, json!(-7)),
            ("9223372036854775807", Type::INT8, json!(i64::MAX)),
            ("1.5", Type::FLOAT8, json!(1.5)),
            ("1", Type::FLOAT8, json!(1.0)),
            ("12", Type::NUMERIC, json!("12")),
            ("0.1000", Type::NUMERIC, json!("0.1000")),
            ("NaN", Type::FLOAT8, json!("NaN")),
            (r#"{"a": [1]}"#, Type::JSONB, json!({"a": [1]})),
            ("{1,2}", Type::INT4_ARRAY, json!("{1,2}")),
            ("12", Type::TEXT, json!("12")),
        ] {
            assert_eq!(value(text, Some(&kind)), expected, "{text} {kind}");
        }
        assert_eq!(value("12", None), json!("12"));
    }
}
