//! Renders rows as a table.

use super::value::{show, text};
use crate::fault::Failure;
use console::{measure_text_width, style};
use rhai::{Array, Dynamic, Map};

/// A table's heading, if its rows are maps, and its cells.
struct Table {
    heading: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// `rows` as aligned text. Rows are maps (their keys are the heading) or arrays (no heading).
/// `columns` says which keys to show and in what order; maps themselves are ordered by key.
pub(super) fn render(rows: &Array, columns: &[String]) -> Result<String, Failure> {
    let table = read(rows, columns)?;
    let count = table
        .rows
        .iter()
        .map(Vec::len)
        .max()
        .unwrap_or(0)
        .max(table.heading.len());
    let width = |column: usize| {
        let cells = table.rows.iter().chain([&table.heading]);
        cells
            .filter_map(|row| row.get(column))
            .flat_map(|cell| cell.lines())
            .map(measure_text_width)
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<_> = (0..count).map(width).collect();
    let mut lines = Vec::with_capacity(table.rows.len() + 1);
    if !table.heading.is_empty() {
        let heading = line(&table.heading, &widths);
        lines.push(style(heading).bold().to_string());
    }
    lines.extend(table.rows.iter().map(|row| line(row, &widths)));
    Ok(lines.join("\n"))
}

/// One row; a cell of several lines continues below.
fn line(row: &[String], widths: &[usize]) -> String {
    let height = row
        .iter()
        .map(|cell| cell.lines().count())
        .max()
        .unwrap_or(1)
        .max(1);
    let mut lines = Vec::with_capacity(height);
    for index in 0..height {
        let mut text = String::new();
        for (cell, width) in row.iter().zip(widths) {
            let part = cell.lines().nth(index).unwrap_or_default();
            text.push_str(part);
            text.push_str(&" ".repeat(width.saturating_sub(measure_text_width(part)) + 2));
        }
        lines.push(text.trim_end().to_owned());
    }
    lines.join("\n")
}

fn read(rows: &Array, columns: &[String]) -> Result<Table, Failure> {
    let heading = if columns.is_empty() {
        keys(rows)
    } else {
        columns.to_vec()
    };
    let rows = rows.iter().enumerate().map(|(index, row)| {
        if let Some(map) = row.read_lock::<Map>() {
            let cell = |key: &String| map.get(key.as_str()).map_or_else(String::new, cell);
            Ok(heading.iter().map(cell).collect())
        } else if let Some(array) = row.read_lock::<Array>() {
            Ok(array.iter().map(cell).collect())
        } else {
            Err(Failure::recipe(format!(
                "row {index} of `table` is {}, not a map or an array",
                show(row)
            )))
        }
    });
    Ok(Table {
        rows: rows.collect::<Result<_, _>>()?,
        heading,
    })
}

/// The keys of all rows, in the order in which they first appear.
fn keys(rows: &Array) -> Vec<String> {
    let mut keys = Vec::new();
    for row in rows {
        let Some(map) = row.read_lock::<Map>() else {
            continue;
        };
        for key in map.keys() {
            if !keys.iter().any(|known: &String| known == key.as_str()) {
                keys.push(key.to_string());
            }
        }
    }
    keys
}

fn cell(value: &Dynamic) -> String {
    if value.is_unit() {
        String::new()
    } else {
        text(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(fields: &[(&str, &str)]) -> Dynamic {
        let fields = fields
            .iter()
            .map(|(key, value)| ((*key).into(), Dynamic::from((*value).to_owned())));
        fields.collect::<Map>().into()
    }

    #[test]
    fn columns_are_aligned_in_any_script() {
        let rows = vec![
            map(&[("name", "日本"), ("state", "ok")]),
            map(&[("name", "a longer name"), ("note", "two\nlines")]),
        ];
        let text = render(
            &rows,
            &["name".to_owned(), "state".to_owned(), "note".to_owned()],
        )
        .unwrap();
        let text = console::strip_ansi_codes(&text).into_owned();
        let expected = "name           state  note\n日本           ok\na longer name         two\n                      lines";
        assert_eq!(text, expected);
    }
}
