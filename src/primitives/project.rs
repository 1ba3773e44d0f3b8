//! The Compose project of a repository: its folder, its `.env`, its Compose files.

use std::path::{Path, PathBuf};

/// The names under which Compose finds the file of a project (docs.docker.com/compose/intro/compose-application-model).
pub(super) const COMPOSE_FILE_NAMES: [&str; 4] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yaml",
    "docker-compose.yml",
];

/// Where the project of a repository is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Project {
    /// In `dev/`.
    Dev,
    /// In the root of the repository.
    Root,
}

impl Project {
    /// `dev/` where it has a Compose file, else the root where that has one. Of a repository without a
    /// Compose file it is `dev/` if there is such a folder and the root has no `.env`, which may name the
    /// Compose file. `exists` tells whether a path relative to
    /// the repository exists.
    pub(super) fn find(exists: impl Fn(&str) -> bool) -> Self {
        let has_file = |folder: &str| {
            let mut names = COMPOSE_FILE_NAMES.iter();
            names.any(|name| exists(&format!("{folder}{name}")))
        };
        let has_neither = !has_file("") && (exists("dev/.env") || !exists(".env"));
        if has_file("dev/") || (has_neither && exists("dev")) {
            Self::Dev
        } else {
            Self::Root
        }
    }

    /// The folder, relative to the repository.
    pub(super) const fn folder(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Root => "",
        }
    }

    /// The folder in a message.
    pub(super) const fn shown(self) -> &'static str {
        match self {
            Self::Dev => "dev/",
            Self::Root => "the root of the repository",
        }
    }

    /// The `.env` file, relative to the repository.
    pub(crate) const fn env_file(self) -> &'static str {
        match self {
            Self::Dev => "dev/.env",
            Self::Root => ".env",
        }
    }

    /// A path of the project, relative to the repository.
    pub(super) fn join(self, path: &str) -> PathBuf {
        Path::new(self.folder()).join(path)
    }
}

/// The files that `COMPOSE_FILE` names, each as it is written there; none if it is not set.
/// `variable` returns a variable as Compose sees it.
pub(super) fn named_files(variable: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let Some(named) = variable("COMPOSE_FILE").filter(|named| !named.is_empty()) else {
        return Vec::new();
    };
    let separator = variable("COMPOSE_PATH_SEPARATOR").filter(|text| !text.is_empty());
    let separator = separator.as_deref().unwrap_or(":");
    named.split(separator).map(str::to_owned).collect()
}

/// True if Compose reads it from standard input, or from a repository or registry.
pub(super) fn is_remote(file: &str) -> bool {
    file == "-" || file.contains("://") || file.starts_with("git@") || file.starts_with("oci:")
}
