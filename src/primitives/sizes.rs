//! Replacements of Rhai's functions that make a value of any size in one call.
//!
//! Rhai would check the size only with a limit that makes it measure every array at every change.

use super::api::Thrown;
use rhai::{Array, Blob, Dynamic, EvalAltResult, ImmutableString, Module, Position};

/// The most characters, bytes or values that one call adds.
const MAX_LEN: usize = 100_000_000;

/// Puts the replacements into `module`, which holds Rhai's own functions.
pub(super) fn replace(module: &mut Module) {
    module.set_native_fn("blob", |len: i64| blob(len, 0));
    module.set_native_fn("blob", blob);
    module.set_native_fn("pad", pad_blob);
    module.set_native_fn("pad", pad_array);
    module.set_native_fn("pad", |text: &mut ImmutableString, len: i64, with: char| {
        pad_text(text, len, with.encode_utf8(&mut [0; 4]))
    });
    module.set_native_fn("pad", |text: &mut ImmutableString, len: i64, with: &str| {
        pad_text(text, len, with)
    });
    module.build_index();
}

fn checked(what: &str, len: i64) -> Thrown<usize> {
    match usize::try_from(len) {
        Ok(len) if len <= MAX_LEN => Ok(len),
        Ok(_) => Err(Box::new(EvalAltResult::ErrorDataTooLarge(
            format!("{what} of {len}"),
            Position::NONE,
        ))),
        Err(_) => Ok(0),
    }
}

fn blob(len: i64, value: i64) -> Thrown<Blob> {
    Ok(vec![low_byte(value); checked("BLOB", len)?])
}

fn pad_blob(blob: &mut Blob, len: i64, value: i64) -> Thrown<()> {
    let len = checked("BLOB", len)?.max(blob.len());
    blob.resize(len, low_byte(value));
    Ok(())
}

fn low_byte(value: i64) -> u8 {
    value.to_le_bytes()[0]
}

fn pad_array(array: &mut Array, len: i64, item: Dynamic) -> Thrown<()> {
    let len = checked("array", len)?.max(array.len());
    array.resize(len, item);
    Ok(())
}

/// Appends `with` as often as it takes for `len` characters.
fn pad_text(text: &mut ImmutableString, len: i64, with: &str) -> Thrown<()> {
    let len = checked("string", len)?;
    let missing = len.saturating_sub(text.chars().count());
    if missing == 0 || with.is_empty() {
        return Ok(());
    }
    let padding: String = with.chars().cycle().take(missing).collect();
    *text += padding;
    Ok(())
}
