//! Finds the step names that `--only` and `--skip` accept, including those of called recipes.

use super::step_ids::step_ids;
use crate::recipe::syntax::recipes_called;
use crate::recipe::{RecipeName, Source, new_parser, parse, read_header};
use rhai::{Dynamic, Engine};
use std::collections::BTreeSet;
use std::path::Path;

/// The literal names in `source`, in its imports and in the recipes that it calls, sorted.
pub(crate) fn step_names(root: &Path, source: &Source) -> Vec<String> {
    let engine = new_parser(root);
    let mut names = BTreeSet::new();
    let mut above = Vec::new();
    collect(&engine, root, source, "", &mut above, &mut names);
    names.into_iter().collect()
}

fn collect(
    engine: &Engine,
    root: &Path,
    source: &Source,
    prefix: &str,
    above: &mut Vec<String>,
    names: &mut BTreeSet<String>,
) {
    let params = read_header(source).map(|header| header.params);
    let params = params.unwrap_or_default();
    let values = std::iter::repeat_n(Dynamic::UNIT, params.len());
    let Ok((ast, _)) = parse(engine, source, &params, values) else {
        return;
    };
    let ids = step_ids(engine, &ast, source).literal.into_iter();
    names.extend(ids.map(|id| format!("{prefix}{id}")));
    above.push(source.file.clone());
    let called: BTreeSet<_> = recipes_called(&ast)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    for name in called {
        let Ok(Some(found)) = RecipeName::find(root, &[name]) else {
            continue;
        };
        let file = found.name.file();
        if above.contains(&file) {
            continue;
        }
        if let Ok(callee) = Source::read(&found.path, file) {
            let prefix = format!("{prefix}{}:", found.name);
            collect(engine, root, &callee, &prefix, above, names);
        }
    }
    above.pop();
}
