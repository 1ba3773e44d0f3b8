//! The version of the host that a repository's recipes need.

use crate::fault::{Error, Result};
use semver::{Version, VersionReq};
use std::fs;
use std::path::Path;

/// The file that states it in one line, such as `>=0.1`, relative to the repository.
const FILE: &str = "recipes/host-version";

/// The version of this host.
pub(crate) const HOST_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Fails if the recipes of the repository at `root` were written for another version of the host. A
/// repository without the file takes any.
pub(crate) fn require_host(root: &Path) -> Result<()> {
    let Ok(text) = fs::read_to_string(root.join(FILE)) else {
        return Ok(());
    };
    let needed = text.trim_start_matches('\u{feff}').trim();
    let hint = "it is one line such as `>=0.1`: doc.rust-lang.org/cargo/reference/specifying-dependencies.html";
    let requirement = VersionReq::parse(needed).map_err(|error| {
        Error::usage(
            format!("{FILE}: {needed:?} is not a version requirement: {error}"),
            Some(hint.to_owned()),
        )
    })?;
    let is_met = Version::parse(HOST_VERSION).is_ok_and(|version| requirement.matches(&version));
    if is_met {
        return Ok(());
    }
    let how = if root.join("Cargo.toml").is_file() {
        format!("run `cargo install --path {} --locked`", root.display())
    } else {
        format!("install copilot {needed}")
    };
    Err(Error::Missing {
        message: format!(
            "the recipes of this repository need copilot {needed}, and this is copilot {HOST_VERSION}"
        ),
        hint: how,
    })
}
