//! The text of a recipe and the name of its file.

use crate::fault::{Diagnostic, Error, Place, Result};
use std::path::Path;

/// A recipe's text and the name of its file.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The file relative to the repository, which errors show.
    pub file: String,
    /// The contents of the file.
    pub text: String,
}

impl Source {
    /// Reads `path`, which errors show as `file`.
    pub(crate) fn read(path: &Path, file: String) -> Result<Self> {
        // Reading a named pipe would block.
        let is_file = path.metadata().is_ok_and(|meta| meta.is_file());
        let read = if path.exists() && !is_file {
            Err(std::io::Error::other("it is not a file"))
        } else {
            std::fs::read(path)
        };
        let bytes = read.map_err(|source| Error::File {
            action: "read",
            path: file.clone(),
            source,
        })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let good = error.utf8_error().valid_up_to();
            let good = String::from_utf8_lossy(&error.as_bytes()[..good]);
            let line = good.split('\n').count();
            let column = good.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            Error::Recipe(Box::new(Diagnostic {
                message: "the file is not UTF-8 text".to_owned(),
                place: Some(Place {
                    file: file.clone(),
                    line,
                    column,
                }),
                ..Diagnostic::default()
            }))
        })?;
        // Some editors begin a file with a byte order mark, which is not a part of the text.
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        Ok(Self { file, text })
    }
}
