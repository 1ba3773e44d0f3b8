//! All the recipes there are: files are verbs, folders are groups.

use super::{Header, RecipeName, Source, read_header};
use crate::fault::{Diagnostic, Error};
use rhai::Position;
use std::path::{Path, PathBuf};

/// One recipe of the catalog.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub name: RecipeName,
    /// What it says of itself, or why it cannot.
    pub header: Result<Header, Diagnostic>,
}

/// What stands directly in a group: a verb, or a group of its own.
#[derive(Debug)]
pub enum Item<'a> {
    /// A verb.
    Verb(&'a Entry),
    /// A group and how many verbs it has.
    Group(String, usize),
}

/// The recipes of a repository, by name.
#[derive(Debug)]
pub struct Catalog {
    /// All of them, sorted.
    pub entries: Vec<Entry>,
    /// Files that look like recipes and cannot be verbs, sorted, each with why.
    pub left_out: Vec<(String, &'static str)>,
}

impl Catalog {
    /// Reads the headers of all recipes under `root`. A broken one stands among them with its
    /// error.
    pub fn read(root: &Path) -> Self {
        let recipes = root.join("recipes");
        let mut files = Vec::new();
        walk(&recipes, &mut files, Hidden::LeaveOut);
        let mut left_out = Vec::new();
        let real = recipes.canonicalize().ok();
        let is_outside = |path: &Path| {
            let target = path.canonicalize().ok();
            !matches!((&real, target), (Some(real), Some(target)) if target.starts_with(real))
        };
        let mut entries: Vec<_> = files
            .iter()
            .filter_map(|path| {
                let relative = path.strip_prefix(&recipes).ok()?;
                let mut leave_out = |why| {
                    left_out.push((format!("recipes/{}", relative.display()), why));
                    None
                };
                let Some(name) = RecipeName::of_file(relative) else {
                    return leave_out("a verb is named with a-z, 0-9, - and _");
                };
                if path.is_symlink() && is_outside(path) {
                    return leave_out("it is a link to a file outside recipes/, or to none");
                }
                let header = Source::read(path, name.file())
                    .map_err(|error| match error {
                        Error::Recipe(diagnostic) => *diagnostic,
                        other => Diagnostic::at(other.to_string(), &name.file(), Position::NONE),
                    })
                    .and_then(|source| read_header(&source));
                Some(Entry { name, header })
            })
            .collect();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        left_out.sort();
        Self { entries, left_out }
    }

    /// Every file under `recipes/` that is a recipe or shared by recipes, with what errors call it.
    pub fn files(root: &Path) -> Vec<(PathBuf, String)> {
        let mut files = Vec::new();
        let recipes = root.join("recipes");
        walk(&recipes, &mut files, Hidden::TakeIn);
        // What a link brings from elsewhere is no recipe, and nobody's business here.
        let real = recipes.canonicalize();
        files.retain(|path| match (&real, path.canonicalize()) {
            (Ok(real), Ok(target)) => target.starts_with(real),
            _ => false,
        });
        files.sort();
        files
            .into_iter()
            .map(|path| {
                let file = path
                    .strip_prefix(root)
                    .unwrap_or(&path)
                    .to_string_lossy()
                    .into_owned();
                (path, file)
            })
            .collect()
    }

    /// The names, as `schema/setup`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// What stands directly in `group` (`""` for the top).
    pub fn items(&self, group: &str) -> Vec<Item<'_>> {
        let prefix = if group.is_empty() {
            String::new()
        } else {
            format!("{group}/")
        };
        let mut items: Vec<Item<'_>> = Vec::new();
        for entry in &self.entries {
            let Some(rest) = entry.name.as_str().strip_prefix(&prefix) else {
                continue;
            };
            match rest.split_once('/') {
                None => items.push(Item::Verb(entry)),
                Some((group, _)) => match items
                    .iter_mut()
                    .find(|item| matches!(item, Item::Group(name, _) if name == group))
                {
                    Some(Item::Group(_, count)) => *count += 1,
                    _ => items.push(Item::Group(group.to_owned(), 1)),
                },
            }
        }
        items
    }

    /// True if `name` is a folder with verbs in it.
    pub fn has_group(&self, name: &str) -> bool {
        let prefix = format!("{name}/");
        self.names().any(|other| other.starts_with(&prefix))
    }
}

/// What to do with names that start with `_`, which are not verbs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hidden {
    LeaveOut,
    TakeIn,
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>, hidden: Hidden) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let left_out = name.as_encoded_bytes().starts_with(b".")
            || (hidden == Hidden::LeaveOut && name.as_encoded_bytes().starts_with(b"_"));
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if left_out {
            continue;
        }
        // Linked folders are left out: a link could lead anywhere, or in a circle.
        if kind.is_dir() {
            walk(&entry.path(), files, hidden);
        } else if entry.path().extension().is_some_and(|end| end == "rhai") {
            files.push(entry.path());
        }
    }
}
