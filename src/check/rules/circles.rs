//! Warns of recipes that call each other in a cycle, by literal names.

use crate::fault::Diagnostic;
use crate::recipe::syntax::recipes_called;
use crate::recipe::{RecipeName, Source, new_parser};
use rhai::{AST, Engine, Position};
use std::collections::BTreeSet;
use std::path::Path;

/// Warns of calls in `ast`, the tree of `source`, that can lead back to it. Only a warning, because
/// conditions may keep a run from taking all of the calls.
pub(crate) fn circular_calls(root: &Path, source: &Source, ast: &AST) -> Vec<Diagnostic> {
    let mut search = Search {
        parser: new_parser(root),
        root,
        start: &source.file,
        seen: BTreeSet::new(),
    };
    let mut found = Vec::new();
    for (name, at) in called(root, ast) {
        // A recipe that calls itself is reported as an error elsewhere.
        if name.file() != source.file
            && let Some(chain) = search.path_back(&name)
        {
            let start = &chain[chain.len() - 1];
            let chain = chain.join(" calls ");
            let message = format!("recipes call each other in a cycle: {start} calls {chain}");
            found.push(Diagnostic {
                warning: true,
                ..Diagnostic::at(message, &source.file, at)
                    .with_hint("a run that completes the cycle fails")
            });
        }
    }
    found
}

struct Search<'a> {
    parser: Engine,
    root: &'a Path,
    /// The file that the cycle starts and ends in.
    start: &'a str,
    /// The files that were visited.
    seen: BTreeSet<String>,
}

impl Search<'_> {
    /// The recipes on a path from `name` back to the start, if there is one.
    fn path_back(&mut self, name: &RecipeName) -> Option<Vec<String>> {
        let file = name.file();
        if file == self.start {
            return Some(vec![name.to_string()]);
        }
        if !self.seen.insert(file.clone()) {
            return None;
        }
        let source = Source::read(&self.root.join(&file), file).ok()?;
        // Checking that recipe reports it if it does not parse.
        let ast = self.parser.compile(&source.text).ok()?;
        let mut rest = called(self.root, &ast)
            .into_iter()
            .find_map(|(next, _)| self.path_back(&next))?;
        rest.insert(0, name.to_string());
        Some(rest)
    }
}

/// The recipes that `ast` calls by a literal name, as far as they exist.
fn called(root: &Path, ast: &AST) -> Vec<(RecipeName, Position)> {
    let exists = |(name, at)| {
        let found = RecipeName::find(root, &[name]).ok()??;
        Some((found.name, at))
    };
    recipes_called(ast).into_iter().filter_map(exists).collect()
}
