//! What all definition files have in common: the line that marks them, and the names of types.

/// Marks a file as written by `copilot dev definitions`.
pub(super) const WRITTEN_BY: &str = "/// Written by `copilot dev definitions`.\n";

/// The type `of`, as definition files name it.
pub(super) fn type_name(of: &str) -> &str {
    match of {
        "string" => "String",
        "array" => "Array",
        "map" => "Map",
        "closure" => "FnPtr",
        "any" => "?",
        other => other,
    }
}
