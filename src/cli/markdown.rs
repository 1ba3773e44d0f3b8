//! The page `docs/primitives.md`.

use crate::primitives::{Family, Primitive};
use std::fmt::Write;

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
    let mut page = HEAD.to_owned();
    page.push_str("\n| family | primitives |\n|---|---|\n");
    for family in families {
        let links = family.primitives.iter().map(|primitive| {
            let name = &primitive.name;
            format!("[`{name}`](#{name})")
        });
        let links: Vec<_> = links.collect();
        let row = format!("| {} | {} |\n", family.name, links.join(", "));
        page.push_str(&row);
    }
    for family in families {
        write_to(
            &mut page,
            format_args!("\n## {}: {}\n", family.name, family.about),
        );
        for primitive in &family.primitives {
            section(&mut page, primitive);
        }
    }
    page
}

fn section(page: &mut String, primitive: &Primitive) {
    let signatures: Vec<_> = primitive.signatures().collect();
    write_to(
        page,
        format_args!(
            "\n### {}\n\n```text\n{}\n```\n\n{}\n",
            primitive.name,
            signatures.join("\n"),
            primitive.docs
        ),
    );
    if primitive.options.is_empty() {
        return;
    }
    page.push_str("\n| option | type | meaning |\n|---|---|---|\n");
    for option in &primitive.options {
        let required = if option.required { "Required: " } else { "" };
        let help = option.help.replace('|', "\\|");
        write_to(
            page,
            format_args!("| `{}` | {} | {required}{help} |\n", option.name, option.of),
        );
    }
}

fn write_to(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Text takes whatever is written to it.
    let _always_fits = page.write_fmt(text);
}
