//! The page `docs/primitives.md`.

use crate::primitives::{FAMILIES, Primitive};

/// What precedes the table of the families.
const PAGE_INTRODUCTION: &str = "\
# Primitives

What a recipe can call, besides the functions of [Rhai](https://rhai.rs/book) itself. This page is
written by `copilot dev api --markdown` from what the host registers; `copilot dev api NAME` shows the
same of one. [recipes.md](recipes.md) is the guide.

`any` is a value of any type, `closure` is `|| …`. A `string` that is a time is written as `\"90s\"`, `\"2m\"` or
`\"1h30m\"`; a number of seconds is accepted too. A map of options takes the keys in the table and refuses
others.

The effect of a primitive tells what a dry run does. What *reads* is run. What *changes* something is printed
instead, and so is what *destroys*: it deletes something that cannot be created again, such as data. A primitive
without an effect computes, or talks to the user.
";

/// The page as Markdown: a table of the families, then a section for each primitive.
pub(super) fn page() -> String {
    let mut blocks = vec![PAGE_INTRODUCTION.to_owned()];
    let rows = FAMILIES.iter().map(|family| {
        let links = family.primitives.iter().map(|primitive| {
            let name = primitive.name;
            format!("[`{name}`](#{name})")
        });
        let links: Vec<_> = links.collect();
        format!("| {} | {} |", family.name, links.join(", "))
    });
    blocks.push(table("family | primitives", 2, rows));
    for family in &FAMILIES {
        blocks.push(format!("## {}: {}\n", family.name, family.about));
        blocks.extend(family.primitives.iter().copied().flat_map(section));
    }
    blocks.join("\n")
}

fn section(primitive: &Primitive) -> Vec<String> {
    let signatures: Vec<_> = primitive.signatures().collect();
    let mut blocks = vec![
        format!("### {}\n", primitive.name),
        format!("```text\n{}\n```\n", signatures.join("\n")),
        format!("{}\n", primitive.docs),
    ];
    let effect = primitive.effect.text();
    blocks.extend(effect.map(|text| text + "\n"));
    if primitive.options().next().is_some() {
        let rows = primitive.documented_options().map(|(name, option)| {
            let required = if option.required { "required: " } else { "" };
            let help = option.help.replace('|', "\\|");
            let value_type = option.shape.value_type().name();
            format!("| `{name}` | {value_type} | {required}{help} |")
        });
        blocks.push(table("option | type | meaning", 3, rows));
    }
    blocks
}

fn table(head: &str, columns: usize, rows: impl Iterator<Item = String>) -> String {
    let line = format!("|{}", "---|".repeat(columns));
    let rows: Vec<_> = [format!("| {head} |"), line]
        .into_iter()
        .chain(rows)
        .collect();
    rows.join("\n") + "\n"
}
