//! Fingerprints of a recipe's files, to tell whether it was edited between two runs.

use super::engine::parse_alone;
use super::syntax::{calls_computed_recipe, recipes_called};
use super::{Catalog, Source, imports};
use crate::fault::import_file;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

/// The files of a recipe, relative to the repository, each with the hash of its text.
pub(crate) type Fingerprints = BTreeMap<String, u64>;

/// The fingerprints of `file`, relative to the repository at `root`, of the files that it imports by a
/// literal path and of the recipes that it calls by a literal name, directly or through others. Where a path
/// or name is computed, every file in `recipes/` counts. A file that cannot be read or parsed is left out.
pub(crate) fn fingerprints(root: &Path, file: &str) -> Fingerprints {
    let mut found = Fingerprints::new();
    let mut waiting = vec![file.to_owned()];
    while let Some(file) = waiting.pop() {
        if found.contains_key(&file) {
            continue;
        }
        let Ok(source) = Source::read(&root.join(&file), file.clone()) else {
            continue;
        };
        // The hasher may differ between releases of Rust: after an update of the host, every recipe
        // counts as edited.
        let mut hasher = DefaultHasher::new();
        source.text.hash(&mut hasher);
        found.insert(file, hasher.finish());
        let Ok(ast) = parse_alone(&source) else {
            continue;
        };
        let imported = imports(&ast);
        let is_computed = imported.iter().any(|(_, path, _)| path.is_none());
        if is_computed || calls_computed_recipe(&ast) {
            waiting.extend(Catalog::files(root).into_iter().map(|(_, file)| file));
        }
        let paths = imported.into_iter().filter_map(|(_, path, _)| path);
        let called = recipes_called(&ast).into_iter().map(|(name, _)| name);
        waiting.extend(paths.chain(called).filter_map(|path| import_file(&path)));
    }
    found
}
