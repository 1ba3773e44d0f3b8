//! Finds the Markdown files of a folder.

use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

/// A file that the bucket should hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalFile {
    /// Its key in the bucket: the path relative to the source, separated by `/`.
    pub key: String,
    /// Its path on this machine.
    pub path: PathBuf,
    /// In bytes, when it was found.
    pub size: u64,
}

/// The result of [`walk`]. A file that cannot be used does not hide the others.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    pub(crate) files: Vec<LocalFile>,
    pub(crate) failed: Vec<(String, Error)>,
}

/// Every `.md` file below `source`, sorted by key. A symbolic link to a file counts as the file; one
/// to a folder is not followed, since it may lead back.
pub(crate) fn walk(source: &Path) -> Result<Walk> {
    let mut walk = Walk::default();
    let entries = std::fs::read_dir(source).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotADirectory => Error::Unusable {
            message: format!("{} is not a folder", source.display()),
            hint: "pass the folder that holds the Markdown files to --source".into(),
        },
        _ => Error::read(source.display(), &error),
    })?;
    let mut pending = vec![(String::new(), entries)];
    while let Some((prefix, entries)) = pending.pop() {
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let folder = format!("{}/{prefix}", source.display());
                    walk.failed
                        .push((prefix.clone(), Error::read(folder, &error)));
                    break;
                }
            };
            let path = entry.path();
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let name = entry.file_name();
            let key = format!("{prefix}{}", name.to_string_lossy());
            if is_folder {
                match std::fs::read_dir(&path) {
                    Ok(entries) => pending.push((format!("{key}/"), entries)),
                    Err(error) => {
                        let error = Error::read(path.display(), &error);
                        walk.failed.push((key, error));
                    }
                }
            } else if is_markdown(&path) {
                // The prefix has U+FFFD where a folder's name is not UTF-8.
                if name.to_str().is_none() || key.contains('\u{FFFD}') {
                    let error = Error::Read {
                        path: path.display().to_string(),
                        reason: "its name is not valid UTF-8, as an S3 key must be".into(),
                    };
                    walk.failed.push((key, error));
                    continue;
                }
                match std::fs::metadata(&path) {
                    Ok(found) if found.is_file() => walk.files.push(LocalFile {
                        key,
                        path,
                        size: found.len(),
                    }),
                    Ok(_) => {}
                    Err(error) => {
                        let error = Error::read(path.display(), &error);
                        walk.failed.push((key, error));
                    }
                }
            }
        }
    }
    walk.files.sort_by(|a, b| a.key.cmp(&b.key));
    walk.failed.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(walk)
}

pub(crate) fn is_markdown(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("md"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn files_are_found_at_any_depth_and_sorted() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        fs::create_dir_all(root.join("b/c.md")).expect("folders");
        for (path, text) in [
            ("z.md", "zz"),
            ("b/c.md/x.Md", "x"),
            ("b/y.txt", ""),
            ("a.md", ""),
        ] {
            fs::write(root.join(path), text).expect("a file");
        }
        let walk = walk(root).expect("readable");
        let found: Vec<_> = walk
            .files
            .iter()
            .map(|file| (file.key.as_str(), file.size))
            .collect();
        assert_eq!(found, [("a.md", 0), ("b/c.md/x.Md", 1), ("z.md", 2)]);
        assert_eq!(walk.failed, []);
    }
}
