//! Writes the primitives as a definition file.

use super::format::{WRITTEN_BY, type_name};
use crate::primitives::{Argument, Opt, Primitive, primitives};

/// The text of the file.
pub(super) fn text() -> String {
    let mut parts = vec![format!(
        "/// What the host adds to Rhai.\n///\n{WRITTEN_BY}module static;\n"
    )];
    for primitive in primitives() {
        let (comments, name) = (comments(primitive), primitive.name);
        let returns = type_name(primitive.returns.name());
        for form in primitive.forms {
            let typed = |param: &Argument| {
                format!("{}: {}", param.name, type_name(param.value_type.name()))
            };
            let params: Vec<_> = form.iter().map(typed).collect();
            let params = params.join(", ");
            parts.push(format!("{comments}fn {name}({params}) -> {returns};\n"));
        }
    }
    parts.join("\n")
}

/// The documentation, as lines of comments.
fn comments(primitive: &Primitive) -> String {
    let mut paragraphs = vec![primitive.docs.to_owned()];
    if primitive.options().next().is_some() {
        let items = primitive.documented_options().map(item);
        paragraphs.push(format!("Options:{}", items.collect::<String>()));
    }
    paragraphs.extend(primitive.effect.text());
    let text = paragraphs.join("\n\n");
    let lines = text
        .lines()
        .map(|line| format!("/// {line}").trim_end().to_owned() + "\n");
    lines.collect()
}

fn item((name, option): (String, &Opt)) -> String {
    let value_type = option.shape.value_type().name();
    let required = if option.required { ", required" } else { "" };
    format!("\n- `{name}: {value_type}`{required}: {}", option.help)
}
