//! The text of a recipe and what it is called.

use crate::error::{Error, Result};
use std::path::Path;

/// A recipe's text.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file, relative to the repository: what errors call it.
    pub file: String,
    /// What is in it.
    pub text: String,
}

impl Source {
    /// Reads `path`, to be called `file`.
    pub fn read(path: &Path, file: String) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|source| Error::File {
            action: "read",
            path: file.clone(),
            source,
        })?;
        let text = String::from_utf8(bytes).map_err(|error| Error::File {
            action: "read",
            path: file.clone(),
            source: std::io::Error::new(std::io::ErrorKind::InvalidData, error.utf8_error()),
        })?;
        Ok(Self { file, text })
    }
}
