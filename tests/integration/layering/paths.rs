//! Every path of every file, and the file it depends on.

use super::items::{attributes, is_test, use_paths};
use super::modules::{Binding, Id, Import, Tree};
use super::resolve::{Resolved, Target, modules};
use super::tokens::{TokenPath, token_paths};
use proc_macro2::{Ident, TokenStream};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItemFn, Item, ItemMod, ItemUse, Macro, Path, VisRestricted, Visibility};

/// A path in one file that leads to another.
pub(crate) struct Dependency {
    pub(crate) from: String,
    pub(crate) line: usize,
    pub(crate) path: String,
    pub(crate) to: String,
    /// Whether `to` defines the item; otherwise the path only names that module on its way.
    pub(crate) defines: bool,
}

/// All dependencies among the modules of `tree`, and the paths that lead nowhere.
pub(crate) fn dependencies(tree: &Tree) -> (Vec<Dependency>, Vec<String>) {
    let mut found = Vec::new();
    let mut problems = Vec::new();
    for (id, module) in tree.modules.iter().enumerate() {
        let mut paths = Paths {
            tree,
            id,
            in_attribute: false,
            found: &mut found,
            problems: &mut problems,
        };
        module.items.iter().for_each(|item| paths.visit_item(item));
    }
    (found, problems)
}

struct Paths<'a> {
    tree: &'a Tree,
    id: Id,
    in_attribute: bool,
    found: &'a mut Vec<Dependency>,
    problems: &'a mut Vec<String>,
}

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    /// Its content is a module of the tree and has its own turn.
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    /// `pub(crate)` and `pub(in path)` say who may use an item, and use nothing.
    fn visit_vis_restricted(&mut self, _: &'ast VisRestricted) {}

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let is_reexport = !matches!(item.vis, Visibility::Inherited);
        for used in use_paths(item) {
            self.used(&used.path, is_reexport, used.name.is_none());
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        if path.leading_colon.is_none() {
            let segments: Vec<_> = path.segments.iter().map(|it| it.ident.clone()).collect();
            self.written(&segments);
        }
        visit::visit_path(self, path);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        self.in_attribute = true;
        visit::visit_attribute(self, attribute);
        self.in_attribute = false;
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        if let Some(name) = call.path.get_ident() {
            self.called_macro(name);
        }
        visit::visit_macro(self, call);
    }

    /// The inside of a macro call, of a `macro_rules!`, of an attribute.
    fn visit_token_stream(&mut self, tokens: &'ast TokenStream) {
        for path in token_paths(tokens, self.in_attribute) {
            match path {
                TokenPath::Plain(segments) => self.written(&segments),
                TokenPath::MacroCall(name) => self.called_macro(&name),
                TokenPath::UseTree(segments) => {
                    if matches!(text(&segments[..1]).as_str(), "crate" | "self" | "super") {
                        self.problem(&segments, "`{` or `*` in a macro is not followed");
                    }
                }
            }
        }
    }
}

impl Paths<'_> {
    /// A path of a `use`.
    fn used(&mut self, segments: &[Ident], is_reexport: bool, is_glob: bool) {
        let mut targets = self.resolve(segments);
        if is_glob {
            for module in modules(&targets) {
                targets.extend(self.tree.names_of(module));
            }
        }
        for target in targets {
            if let Target::Item(defined) = target
                && !(is_reexport && self.tree.is_inside(defined, self.id))
            {
                self.depend(segments, defined, true);
            }
        }
    }

    /// A path of an expression, a type, a pattern, a trait, an attribute. What a `use` of this
    /// module brings in was counted there, unless that re-exports an item of a child module.
    fn written(&mut self, segments: &[Ident]) {
        let first = &segments[0];
        if self.is_reexported(first) || segments.len() > 1 && !self.is_item(first) {
            for target in self.resolve(segments) {
                if let Target::Item(defined) = target {
                    self.depend(segments, defined, true);
                }
            }
        }
    }

    fn called_macro(&mut self, name: &Ident) {
        let key = (self.tree.modules[self.id].root, name.to_string());
        let definers = self.tree.macros.get(&key).map_or(&[][..], Vec::as_slice);
        if !definers.contains(&self.id) {
            for defined in definers {
                self.depend(std::slice::from_ref(name), *defined, true);
            }
        }
    }

    /// Where a path leads; the modules that it names are dependencies from here on.
    fn resolve(&mut self, segments: &[Ident]) -> Vec<Target> {
        let path: Vec<_> = segments.iter().map(Ident::to_string).collect();
        let mut named = Vec::new();
        let resolved = self.tree.resolve(self.id, &path, &mut named);
        for module in named {
            // Nearly every path begins at the root: that says nothing.
            if self.tree.modules[module].root != module {
                self.depend(segments, module, false);
            }
        }
        match resolved {
            Resolved::Found(targets) => targets,
            Resolved::Outside => Vec::new(),
            Resolved::Missing(segment) => {
                self.problem(segments, &format!("`{segment}` is not found there"));
                Vec::new()
            }
        }
    }

    fn is_reexported(&self, name: &Ident) -> bool {
        let module = &self.tree.modules[self.id];
        let named = module.names.get(&name.to_string()).into_iter().flatten();
        let is_reexport = |import: &Import| import.is_reexport;
        let mut imports = named.filter_map(|binding| match binding {
            Binding::Import(import) => Some(import),
            Binding::Module(_) | Binding::Item => None,
        });
        imports.any(is_reexport) || module.globs.iter().any(is_reexport)
    }

    /// Whether `name` is something here, and not a module.
    fn is_item(&self, name: &Ident) -> bool {
        let path = [name.to_string()];
        match self.tree.resolve(self.id, &path, &mut Vec::new()) {
            Resolved::Found(targets) => modules(&targets).is_empty(),
            Resolved::Outside | Resolved::Missing(_) => true,
        }
    }

    fn depend(&mut self, segments: &[Ident], module: Id, defines: bool) {
        let from = &self.tree.modules[self.id].file;
        let to = &self.tree.modules[module].file;
        if from != to {
            self.found.push(Dependency {
                from: from.clone(),
                line: line(segments),
                path: text(segments),
                to: to.clone(),
                defines,
            });
        }
    }

    fn problem(&mut self, segments: &[Ident], what: &str) {
        let file = &self.tree.modules[self.id].file;
        let (line, path) = (line(segments), text(segments));
        let problem = format!("{file}:{line}: `{path}`: {what}");
        self.problems.push(problem);
    }
}

fn text(segments: &[Ident]) -> String {
    let words: Vec<_> = segments.iter().map(Ident::to_string).collect();
    words.join("::")
}

/// The line of the last name: a `use` with braces has several.
fn line(segments: &[Ident]) -> usize {
    segments.last().map_or(0, |it| it.span().start().line)
}
