//! Maps words on the command line to a recipe's file, and never to a file outside `recipes/`.

use crate::fault::{Error, Result};
use std::fmt;
use std::path::{Path, PathBuf};

/// A recipe's name, such as `schema/setup`: its path under `recipes/` without the extension.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RecipeName(String);

/// A recipe whose file exists.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// Its name, in the canonical spelling.
    pub name: RecipeName,
    /// Its file, with links resolved.
    pub path: PathBuf,
    /// How many words of the command line its name took.
    pub words: usize,
}

impl RecipeName {
    /// The name as a string, such as `schema/setup`.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The recipe's file, relative to the repository.
    pub(crate) fn file(&self) -> String {
        format!("recipes/{}.rhai", self.0)
    }

    /// The verb as it is typed: `schema setup`.
    pub(crate) fn verb(&self) -> String {
        self.0.replace('/', " ")
    }

    /// Parses a name; `None` if it is not a valid one.
    pub(crate) fn new(text: &str) -> Option<Self> {
        text.split('/').all(is_part).then(|| Self(text.to_owned()))
    }

    /// The name of the file `relative` to `recipes/`; `None` if the file cannot be a verb: it must
    /// end in `.rhai`, and each part must contain only `a-z`, `0-9`, `-`, `_` and not start with `_`.
    pub(crate) fn of_file(relative: &Path) -> Option<Self> {
        Self::new(relative.to_str()?.strip_suffix(".rhai")?)
    }

    /// Finds the recipe that `words` begin with. Each word is a part of the path, and the longest
    /// match wins. The first word may also be a whole name, with `/` or `-` between the parts.
    pub(crate) fn find(root: &Path, words: &[String]) -> Result<Option<Found>> {
        for word in words.iter().take(1) {
            refuse_paths(word)?;
        }
        let plain = words
            .iter()
            .take_while(|word| word.split('/').all(is_part))
            .count();
        for count in (1..=plain).rev() {
            if let Some(found) = find_exact(root, &words[..count].join("/"), count)? {
                return Ok(Some(found));
            }
        }
        let Some(first) = words.first().filter(|_| plain > 0) else {
            return Ok(None);
        };
        let mut spellings = vec![];
        collect_spellings(root, "", first, &mut spellings);
        for spelling in spellings {
            if let Some(found) = find_exact(root, &spelling, 1)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

impl fmt::Display for RecipeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Collects every way to read dashes of `rest` as slashes where such a folder exists:
/// `schema-setup` is `schema/setup`.
fn collect_spellings(root: &Path, folder: &str, rest: &str, into: &mut Vec<String>) {
    for (dash, _) in rest.match_indices('-') {
        let (part, after) = (&rest[..dash], &rest[dash + 1..]);
        let folder = format!("{folder}{part}/");
        if is_part(part) && root.join("recipes").join(&folder).is_dir() {
            into.push(format!("{folder}{after}"));
            collect_spellings(root, &folder, after, into);
        }
    }
}

fn is_part(part: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && part.chars().all(allowed)
}

fn refuse_paths(word: &str) -> Result<()> {
    let path = Path::new(word);
    let climbs = path.components().any(|part| part.as_os_str() == "..");
    if path.is_absolute() || climbs {
        let message = format!("`{word}` is a path, not the name of a recipe");
        let hint = "name a recipe by its path under recipes/, such as `schema/setup`";
        return Err(Error::usage(message, Some(hint.to_owned())));
    }
    Ok(())
}

/// The recipe with exactly this name. An error if its file is a link that leads out of `recipes/`.
fn find_exact(root: &Path, name: &str, words: usize) -> Result<Option<Found>> {
    let recipes = root.join("recipes");
    let file = recipes.join(format!("{name}.rhai"));
    let Some(name) = RecipeName::of_file(Path::new(&format!("{name}.rhai"))) else {
        return Ok(None);
    };
    let Ok(path) = file.canonicalize() else {
        return Ok(None);
    };
    let inside = recipes
        .canonicalize()
        .is_ok_and(|recipes| path.starts_with(recipes));
    if !inside {
        let message = format!("{} is a link to a file outside recipes/", name.file());
        return Err(Error::usage(
            message,
            Some("copy the file into recipes/".to_owned()),
        ));
    }
    Ok(path.is_file().then_some(Found { name, path, words }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in ["up", "schema/setup", "a-b/c-d", "_lib/stack", "clean-up"] {
            let path = root.path().join(format!("recipes/{file}.rhai"));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        root
    }

    fn find(root: &tempfile::TempDir, words: &[&str]) -> Option<(String, usize)> {
        let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        let found = RecipeName::find(root.path(), &words).unwrap();
        found.map(|found| (found.name.to_string(), found.words))
    }

    #[test]
    fn every_spelling_finds_the_file() {
        let root = tree();
        let setup = Some(("schema/setup".to_owned(), 1));
        assert_eq!(find(&root, &["schema-setup"]), setup);
        assert_eq!(find(&root, &["schema/setup", "x"]), setup);
        let two_words = Some(("schema/setup".to_owned(), 2));
        assert_eq!(find(&root, &["schema", "setup", "--yes"]), two_words);
        assert_eq!(find(&root, &["a-b-c-d"]), Some(("a-b/c-d".to_owned(), 1)));
        assert_eq!(find(&root, &["clean-up"]), Some(("clean-up".to_owned(), 1)));
        assert_eq!(find(&root, &["up", "schema"]), Some(("up".to_owned(), 1)));
        for none in ["schema", "_lib/stack", "UP", "up.rhai", "", "-"] {
            assert_eq!(find(&root, &[none]), None, "{none:?}");
        }
    }

    #[test]
    fn files_elsewhere_are_refused() {
        let root = tree();
        let outside = root.path().join("outside.rhai");
        std::fs::write(&outside, "").unwrap();
        std::os::unix::fs::symlink(&outside, root.path().join("recipes/link.rhai")).unwrap();
        for bad in ["../outside", "/etc/passwd", "schema/../../outside", "link"] {
            let error = RecipeName::find(root.path(), &[bad.to_owned()]).unwrap_err();
            assert_eq!(error.code(), 2, "{bad}");
        }
    }
}
