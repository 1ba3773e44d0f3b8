//! Writes the primitives as a definition file.

use super::format::{WRITTEN_BY, type_name};
use crate::primitives::{Family, Typed};

/// The text of the file.
pub fn text(families: &[Family]) -> String {
    let mut parts = vec![format!(
        "/// What the host adds to Rhai.\n///\n{WRITTEN_BY}module static;\n"
    )];
    for primitive in families.iter().flat_map(|family| &family.primitives) {
        for overload in &primitive.overloads {
            let typed = |param: &Typed| format!("{}: {}", param.name, type_name(&param.of));
            let params: Vec<_> = overload.params.iter().map(typed).collect();
            let (docs, name, params) = (&primitive.comments, &primitive.name, params.join(", "));
            let returns = type_name(&overload.returns);
            parts.push(format!("{docs}fn {name}({params}) -> {returns};\n"));
        }
    }
    parts.join("\n")
}
