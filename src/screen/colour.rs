//! Decides whether output is coloured.

use super::Stream;
use super::room::can_move_cursor;
use console::{set_colors_enabled, set_colors_enabled_stderr};
use std::ffi::OsStr;

/// Treats an empty `NO_COLOR` as not set (<https://no-color.org>); the `console` crate, which decides
/// everything else, treats it as set.
pub(crate) fn heed_no_color() {
    if std::env::var_os("NO_COLOR").as_deref() != Some(OsStr::new("")) {
        return;
    }
    let wanted = |stream: Stream| can_move_cursor() && stream.is_terminal();
    set_colors_enabled(wanted(Stream::Stdout));
    set_colors_enabled_stderr(wanted(Stream::Stderr));
}
