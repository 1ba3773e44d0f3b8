//! Formats numbers and prints JSON.

use crate::cli::show;
use clap::ArgMatches;
use serde_json::Value;

/// The field `v` of the JSON output; raised when the format changes incompatibly.
pub(super) const JSON_FORMAT_VERSION: u32 = 1;

/// True with `--output json`.
pub(super) fn wants_json(matches: &ArgMatches) -> bool {
    matches
        .get_one::<String>("output")
        .is_some_and(|format| format == "json")
}

/// Prints `value` on standard output.
pub(super) fn json(value: &Value) {
    show::answer(&format!("{value:#}"));
}

/// A count with its noun: `1 file`, `2 files`.
pub(super) fn count(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// A size in the unit that leaves one to four digits before the point.
pub(super) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut tenths = u128::from(bytes) * 10;
    let mut unit = "B";
    for next in UNITS {
        if tenths < 10_240 {
            break;
        }
        tenths /= 1024;
        unit = next;
    }
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_a_unit_that_fits() {
        let rows = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1_572_864, "1.5 MiB"),
            (u64::MAX, "16777215.9 TiB"),
        ];
        for (size, text) in rows {
            assert_eq!(bytes(size), text);
        }
    }
}
