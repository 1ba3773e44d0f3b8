//! The recipes of a repository: files are verbs, folders are groups.

use super::{Header, RecipeName, Source, read_header};
use crate::fault::{Diagnostic, Error, did_you_mean};
use rhai::Position;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One recipe of the catalog.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Its name, such as `schema/setup`.
    pub name: RecipeName,
    /// Its documentation and parameters, or why they cannot be read.
    pub header: Result<Header, Diagnostic>,
}

/// A direct member of a group: a verb or another group.
#[derive(Debug)]
pub(crate) enum Item<'a> {
    /// A recipe file of the group's folder.
    Verb(&'a Entry),
    /// The name of a subfolder and the number of verbs under it.
    Group(String, usize),
}

/// The recipes of a repository, with their headers.
#[derive(Debug)]
pub(crate) struct Catalog {
    /// All recipes, sorted by name.
    pub entries: Vec<Entry>,
    /// Files that cannot be verbs and folders that cannot be read, sorted, each with the reason.
    pub left_out: Vec<(String, &'static str)>,
}

impl Catalog {
    /// The error for `name`, which is not a recipe of this catalog.
    pub(crate) fn unknown(&self, name: &str) -> Error {
        let hint = did_you_mean(&name.replace(' ', "/"), self.names())
            .unwrap_or_else(|| "`copilot dev list` lists the recipes".to_owned());
        Error::usage(format!("there is no recipe `{name}`"), Some(hint))
    }

    /// Reads the headers of all recipes in the repository at `root`. A broken recipe is an entry
    /// with its error.
    pub(crate) fn read(root: &Path) -> Self {
        let recipes = root.join("recipes");
        let mut files = Vec::new();
        let mut left_out = Vec::new();
        collect_files(&recipes, &mut files, Hidden::Skip);
        for folder in Self::unreadable_folders(root) {
            left_out.push((folder, "the folder cannot be read"));
        }
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
                    return leave_out("a verb's name may contain only a-z, 0-9, - and _");
                };
                if path.is_symlink() && is_outside(path) {
                    return leave_out("it is a broken link, or a link to a file outside recipes/");
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

    /// The folders under `recipes/` that cannot be read, relative to the repository.
    pub(crate) fn unreadable_folders(root: &Path) -> Vec<String> {
        let folders = collect_files(&root.join("recipes"), &mut Vec::new(), Hidden::Include);
        let shown = |folder: PathBuf| {
            let relative = folder.strip_prefix(root).unwrap_or(&folder);
            relative.display().to_string()
        };
        folders.into_iter().map(shown).collect()
    }

    /// Every `.rhai` file under `recipes/`, shared files included: its path, and its path relative to
    /// the repository, which errors show.
    pub(crate) fn files(root: &Path) -> Vec<(PathBuf, String)> {
        let mut files = Vec::new();
        let recipes = root.join("recipes");
        collect_files(&recipes, &mut files, Hidden::Include);
        // A link to a file outside recipes/ is not a recipe.
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

    /// The names of all recipes, such as `schema/setup`.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// The direct members of `group`; `""` is the top level.
    pub(crate) fn items(&self, group: &str) -> Vec<Item<'_>> {
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

    /// The recipes that are typed in the same way as another one: `schema-setup` and `schema/setup`.
    /// Each is with the other.
    pub(crate) fn ambiguous(&self) -> Vec<(&RecipeName, &RecipeName)> {
        let mut by_spelling: BTreeMap<String, Vec<&RecipeName>> = BTreeMap::new();
        for entry in &self.entries {
            let spelling = entry.name.as_str().replace('/', "-");
            by_spelling.entry(spelling).or_default().push(&entry.name);
        }
        let groups = by_spelling.into_values();
        groups
            .flat_map(|names| {
                let pairs = names.windows(2).map(|pair| (pair[0], pair[1]));
                pairs.collect::<Vec<_>>()
            })
            .collect()
    }

    /// True if `name` is a folder that contains verbs.
    pub(crate) fn has_group(&self, name: &str) -> bool {
        let prefix = format!("{name}/");
        self.names().any(|other| other.starts_with(&prefix))
    }
}

/// Whether to collect files and folders whose names start with `_`, which are not verbs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hidden {
    Skip,
    Include,
}

/// Adds the `.rhai` files under `folder` to `files`. Returns the folders that cannot be read.
fn collect_files(folder: &Path, files: &mut Vec<PathBuf>, hidden: Hidden) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return vec![folder.to_owned()];
    };
    let mut unreadable = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_skipped = name.as_encoded_bytes().starts_with(b".")
            || (hidden == Hidden::Skip && name.as_encoded_bytes().starts_with(b"_"));
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if is_skipped {
            continue;
        }
        // Linked folders are skipped: a link could lead outside, or in a circle.
        if kind.is_dir() {
            unreadable.extend(collect_files(&entry.path(), files, hidden));
        } else if entry.path().extension().is_some_and(|end| end == "rhai") {
            files.push(entry.path());
        }
    }
    unreadable
}
