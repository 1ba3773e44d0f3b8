//! Recipes whose names clash with others or with built-in commands.

use super::built_in::BUILT_IN;
use crate::fault::Diagnostic;
use crate::recipe::Catalog;
use rhai::Position;

/// A warning for each recipe that cannot be typed as its path suggests.
pub(super) fn clashes(catalog: &Catalog) -> Vec<Diagnostic> {
    let warning = |message: String, file: &str, hint: String| {
        let mut diagnostic = Diagnostic::at(message, file, Position::NONE).with_hint(hint);
        diagnostic.warning = true;
        diagnostic
    };
    let ambiguous = catalog.ambiguous().into_iter().map(|(one, other)| {
        let typed = one.as_str().replace('/', "-");
        let message = format!(
            "`copilot dev {typed}` is ambiguous: {} and {}",
            one.file(),
            other.file()
        );
        warning(message, &one.file(), "rename one of them".to_owned())
    });
    let hidden = catalog.entries.iter().filter_map(|entry| {
        let name = entry.name.as_str();
        let first = name.split('/').next().unwrap_or(name);
        let is_built_in = BUILT_IN.iter().any(|(built_in, _)| *built_in == first);
        is_built_in.then(|| {
            let file = entry.name.file();
            let message = format!(
                "`copilot dev {first}` is a built-in command; run {file} with `copilot dev run {name}`"
            );
            let hint = "rename the recipe, or its folder".to_owned();
            warning(message, &file, hint)
        })
    });
    ambiguous.chain(hidden).collect()
}
