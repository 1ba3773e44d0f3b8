//! The page `docs/primitives.md`.

use crate::primitives::{Family, Primitive};

const HEAD: &str = "\
# Primitives

What a recipe can call, besides the functions of [Rhai](https://rhai.rs/book) itself. This page is
written by `copilot dev api --markdown` from what the host registers; `copilot dev api NAME` shows the
same of one. [recipes.md](recipes.md) is the guide.

`any` is a value of any type, `closure` is `|| …`. Where a time is meant, a `string` is as `\"90s\"`, `\"2m\"` or
`\"1h30m\"`, and a number of seconds will do too. A map of options takes the keys in the table and refuses
others. In a dry run what reads is run, and what changes something is printed.
";

/// The page.
pub fn page(families: &[Family]) -> String {
    let mut blocks = vec![HEAD.to_owned()];
    let rows = families.iter().map(|family| {
        let links = family.primitives.iter().map(|primitive| {
            let name = &primitive.name;
            format!("[`{name}`](#{name})")
        });
        let links: Vec<_> = links.collect();
        format!("| {} | {} |", family.name, links.join(", "))
    });
    blocks.push(table("family | primitives", 2, rows));
    for family in families {
        blocks.push(format!("## {}: {}\n", family.name, family.about));
        blocks.extend(family.primitives.iter().flat_map(section));
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
    if !primitive.options.is_empty() {
        let rows = primitive.options.iter().map(|option| {
            let required = if option.required { "required: " } else { "" };
            let help = option.help.replace('|', "\\|");
            format!("| `{}` | {} | {required}{help} |", option.name, option.of)
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
