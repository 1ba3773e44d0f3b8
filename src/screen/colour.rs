//! When there are colours.

use super::Stream;
use super::room::moves;
use console::{set_colors_enabled, set_colors_enabled_stderr};
use std::ffi::OsStr;

/// `NO_COLOR` that is set to nothing is as good as not set (<https://no-color.org>); the library that
/// decides everything else takes it for set.
pub fn heed_no_color() {
    if std::env::var_os("NO_COLOR").as_deref() != Some(OsStr::new("")) {
        return;
    }
    let wanted = |stream: Stream| moves() && stream.is_terminal();
    set_colors_enabled(wanted(Stream::Stdout));
    set_colors_enabled_stderr(wanted(Stream::Stderr));
}
