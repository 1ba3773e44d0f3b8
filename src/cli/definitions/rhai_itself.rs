//! Writes Rhai's own functions as a definition file, without those that recipes cannot use.

use super::format::WRITTEN_BY;

/// Types that values in recipes never have.
const UNUSED_TYPES: [&str; 14] = [
    "i8", "i16", "i32", "i128", "u8", "u16", "u32", "u64", "u128", "usize", "f32", "f64",
    "Decimal", "Blob",
];

/// `copilot dev check` rejects `exit`; the others are also listed as functions.
const OMITTED_DEFINITIONS: [&str; 3] = ["fn exit", "op debug", "op print"];

/// The text of the file.
pub(super) fn text() -> String {
    let listing = rhai::Engine::new().definitions().single_file();
    let mut parts = vec![format!(
        "/// The functions of Rhai itself.\n///\n{WRITTEN_BY}module static;\n"
    )];
    let mut docs = String::new();
    for line in listing.lines() {
        if line.starts_with("///") {
            docs.push_str(line.trim_end());
            docs.push('\n');
        } else if let Some(signature) = signature(line) {
            parts.push(format!("{docs}{signature}\n"));
            docs.clear();
        } else {
            docs.clear();
        }
    }
    parts.join("\n")
}

/// `line` with its types as definition files write them; `None` if recipes cannot use it.
fn signature(line: &str) -> Option<String> {
    let is_operator = line.starts_with("op ");
    if !(is_operator || line.starts_with("fn ")) {
        return None;
    }
    let (head, rest) = line.split_once('(')?;
    if OMITTED_DEFINITIONS.contains(&head) {
        return None;
    }
    let (params, rest) = rest.rsplit_once(" -> ").map_or_else(
        || (rest, ""),
        |(params, returns)| (params, returns.trim_end_matches(';')),
    );
    let params = params.trim_end_matches(';').strip_suffix(')')?;
    let typed = |param: &str| match param.split_once(": ") {
        Some((name, of)) if !is_operator => Some(format!("{name}: {}", of_type(of)?)),
        _ => of_type(param),
    };
    let params: Option<Vec<_>> = params
        .split(", ")
        .filter(|param| !param.is_empty())
        .map(typed)
        .collect();
    let params = params?.join(", ");
    match of_type(rest)?.as_str() {
        "" => Some(format!("{head}({params});")),
        returns => Some(format!("{head}({params}) -> {returns};")),
    }
}

fn of_type(of: &str) -> Option<String> {
    let of = of.replace(' ', "");
    let foreign = |word| UNUSED_TYPES.contains(&word) || word == "blob";
    if of.split(|c: char| !c.is_alphanumeric()).any(foreign) {
        return None;
    }
    Some(match of.as_str() {
        "string" => "String".to_owned(),
        "array" => "Array".to_owned(),
        "map" => "Map".to_owned(),
        "range" => "Range<int>".to_owned(),
        "range=" => "RangeInclusive<int>".to_owned(),
        "Fn" => "FnPtr".to_owned(),
        "i64" => "int".to_owned(),
        "RhaiResult" | "Dynamic" => "?".to_owned(),
        _ => of,
    })
}
