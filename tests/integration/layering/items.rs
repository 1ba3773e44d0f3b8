//! What the syntax tree says of one item: its name, the paths of a `use`, whether it is for tests.

use syn::{Attribute, Ident, Item, ItemUse, Meta, UseTree};

/// One path of a `use`, braces multiplied out.
pub(crate) struct UsePath {
    pub(crate) path: Vec<Ident>,
    /// The name it brings in, or `None` for `*`.
    pub(crate) name: Option<Ident>,
}

/// Every path of a `use`; none if it begins with `::`, which names a crate outside this tree.
pub(crate) fn use_paths(item: &ItemUse) -> Vec<UsePath> {
    let mut found = Vec::new();
    if item.leading_colon.is_none() {
        flatten(&item.tree, &[], &mut found);
    }
    found
}

fn flatten(tree: &UseTree, before: &[Ident], found: &mut Vec<UsePath>) {
    let joined = |ident: &Ident| {
        let is_group_self = ident == "self" && !before.is_empty();
        let last = (!is_group_self).then_some(ident);
        before.iter().chain(last).cloned().collect::<Vec<_>>()
    };
    match tree {
        UseTree::Path(tree) => flatten(&tree.tree, &joined(&tree.ident), found),
        UseTree::Name(tree) => {
            let path = joined(&tree.ident);
            found.push(UsePath {
                name: path.last().cloned(),
                path,
            });
        }
        UseTree::Rename(tree) => {
            let name = Some(tree.rename.clone());
            found.push(UsePath {
                path: joined(&tree.ident),
                name,
            });
        }
        UseTree::Glob(_) => found.push(UsePath {
            path: before.to_vec(),
            name: None,
        }),
        UseTree::Group(tree) => tree
            .items
            .iter()
            .for_each(|tree| flatten(tree, before, found)),
    }
}

/// Whether `#[cfg(test)]`, alone or within `all(…)`, is among `attributes`.
pub(crate) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let words = list.tokens.to_string();
            let has = |word| {
                words
                    .split(|c: char| !c.is_alphanumeric())
                    .any(|it| it == word)
            };
            has("test") && !has("not") && !has("any")
        }
        _ => false,
    })
}

/// The attributes of an item that can be under `#[cfg(test)]`.
pub(crate) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The name that an item has in its module.
pub(crate) fn name(item: &Item) -> Option<&Ident> {
    match item {
        Item::Const(item) => Some(&item.ident),
        Item::Enum(item) => Some(&item.ident),
        Item::Fn(item) => Some(&item.sig.ident),
        Item::Macro(item) => item.ident.as_ref(),
        Item::Static(item) => Some(&item.ident),
        Item::Struct(item) => Some(&item.ident),
        Item::Trait(item) => Some(&item.ident),
        Item::TraitAlias(item) => Some(&item.ident),
        Item::Type(item) => Some(&item.ident),
        Item::Union(item) => Some(&item.ident),
        _ => None,
    }
}
