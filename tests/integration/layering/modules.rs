//! The module tree of each crate: which file holds a module, and what each name in it stands for.

use super::items::{UsePath, attributes, is_test, name, use_paths};
use proc_macro2::Span;
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};
use syn::{Ident, Item, ItemMod, ItemUse, Visibility};

/// Source texts by their path from the root of the repository.
pub(crate) type Sources = BTreeMap<String, String>;

/// Index of a module in [`Tree::modules`].
pub(crate) type Id = usize;

/// The modules of every crate in a set of sources.
#[derive(Default)]
pub(crate) struct Tree {
    pub(crate) modules: Vec<Module>,
    /// Root modules of the libraries, by the crate name that code uses.
    pub(crate) libraries: BTreeMap<String, Id>,
    /// Modules that define a macro of this name, by crate root.
    pub(crate) macros: BTreeMap<(Id, String), Vec<Id>>,
    /// Why a part of the sources could not be read.
    pub(crate) problems: Vec<String>,
}

/// A module, in a file of its own or inline.
pub(crate) struct Module {
    pub(crate) file: String,
    pub(crate) root: Id,
    pub(crate) parent: Option<Id>,
    pub(crate) names: BTreeMap<String, Vec<Binding>>,
    pub(crate) globs: Vec<Import>,
    pub(crate) items: Vec<Item>,
    /// Whether a macro is called where items stand: it may define names that the source lacks.
    pub(crate) has_item_macros: bool,
}

/// What a name in a module stands for.
pub(crate) enum Binding {
    Module(Id),
    /// An item that this module defines.
    Item,
    Import(Import),
}

/// A name, or all names, brought in by a `use`.
pub(crate) struct Import {
    pub(crate) path: Vec<String>,
    pub(crate) is_reexport: bool,
}

impl Tree {
    /// Reads every crate whose `src/main.rs` or `src/lib.rs` is among `sources`.
    pub(crate) fn read(sources: &Sources) -> Self {
        let mut reader = Reader {
            tree: Self::default(),
            sources,
            unseen: sources.keys().map(String::as_str).collect(),
        };
        for file in sources.keys() {
            if let Some(folder) = file.strip_suffix("/main.rs")
                && folder.ends_with("src")
            {
                reader.file(file, folder, None);
            }
            if let Some(crate_folder) = file.strip_suffix("/src/lib.rs")
                && let Some(id) = reader.file(file, &format!("{crate_folder}/src"), None)
            {
                let name = crate_folder.rsplit('/').next().unwrap_or_default();
                reader.tree.libraries.insert(format!("copilot_{name}"), id);
            }
        }
        let Reader {
            mut tree, unseen, ..
        } = reader;
        for file in unseen {
            let problem = format!("{file}:1: no `mod` leads to this file");
            tree.problems.push(problem);
        }
        tree
    }

    pub(crate) fn is_inside(&self, module: Id, ancestor: Id) -> bool {
        let mut at = Some(module);
        while let Some(id) = at {
            if id == ancestor {
                return true;
            }
            at = self.modules[id].parent;
        }
        false
    }
}

struct Reader<'a> {
    tree: Tree,
    sources: &'a Sources,
    unseen: BTreeSet<&'a str>,
}

impl Reader<'_> {
    /// Reads the module in `file`, whose child modules are in `folder`.
    fn file(&mut self, file: &str, folder: &str, parent: Option<Id>) -> Option<Id> {
        self.unseen.remove(file);
        match syn::parse_file(self.sources.get(file)?) {
            Ok(parsed) => Some(self.module(file, folder, parent, parsed.items)),
            Err(error) => self.problem(file, error.span(), &format!("does not parse: {error}")),
        }
    }

    fn module(&mut self, file: &str, folder: &str, parent: Option<Id>, items: Vec<Item>) -> Id {
        let id = self.tree.modules.len();
        let root = parent.map_or(id, |parent| self.tree.modules[parent].root);
        self.tree.modules.push(Module {
            file: file.to_owned(),
            root,
            parent,
            names: BTreeMap::new(),
            globs: Vec::new(),
            items: Vec::new(),
            has_item_macros: false,
        });
        for item in &items {
            if let Item::Mod(child) = item {
                self.child(id, folder, child);
            } else if !is_test(attributes(item)) {
                self.item(id, item);
            }
        }
        self.tree.modules[id].items = items;
        id
    }

    fn child(&mut self, parent: Id, folder: &str, child: &ItemMod) {
        let name = child.ident.to_string();
        let folder = format!("{folder}/{name}");
        let alone = format!("{folder}.rs");
        let within = format!("{folder}/mod.rs");
        if is_test(&child.attrs) {
            let folder = format!("{folder}/");
            self.unseen
                .retain(|file| *file != alone && !file.starts_with(&folder));
            return;
        }
        let here = self.tree.modules[parent].file.clone();
        let span = child.ident.span();
        let id = if child.attrs.iter().any(|it| it.path().is_ident("path")) {
            self.problem(&here, span, "`#[path]` is not followed")
        } else if let Some((_, items)) = &child.content {
            Some(self.module(&here, &folder, Some(parent), items.clone()))
        } else if let Some(file) = [alone, within]
            .iter()
            .find(|it| self.sources.contains_key(*it))
        {
            self.file(file, &folder, Some(parent))
        } else {
            self.problem(&here, span, &format!("`mod {name}` has no file"))
        };
        if let Some(id) = id {
            self.bind(parent, &child.ident, Binding::Module(id));
        }
    }

    /// Binds the names of an item, and those of each `use` inside it: a function's own names count
    /// for the whole module, which can only find more paths, never fewer.
    fn item(&mut self, id: Id, item: &Item) {
        if let Some(name) = name(item) {
            self.bind(id, name, Binding::Item);
        }
        if let Item::Macro(item) = item {
            if let Some(name) = &item.ident {
                let key = (self.tree.modules[id].root, name.to_string());
                self.tree.macros.entry(key).or_default().push(id);
            } else {
                self.tree.modules[id].has_item_macros = true;
            }
        }
        let mut uses = Uses::default();
        uses.visit_item(item);
        for module in uses.modules {
            let file = self.tree.modules[id].file.clone();
            let what = format!("`mod {module}` inside a function is not followed");
            self.problem(&file, module.span(), &what);
        }
        for (used, is_reexport) in uses.found {
            let path = used.path.iter().map(Ident::to_string).collect();
            let import = Import { path, is_reexport };
            match used.name {
                Some(name) => self.bind(id, &name, Binding::Import(import)),
                None => self.tree.modules[id].globs.push(import),
            }
        }
    }

    fn bind(&mut self, id: Id, name: &Ident, binding: Binding) {
        let names = &mut self.tree.modules[id].names;
        names.entry(name.to_string()).or_default().push(binding);
    }

    /// Reports that something cannot be read, in place of a module.
    fn problem(&mut self, file: &str, span: Span, what: &str) -> Option<Id> {
        let line = span.start().line;
        self.tree.problems.push(format!("{file}:{line}: {what}"));
        None
    }
}

#[derive(Default)]
struct Uses {
    found: Vec<(UsePath, bool)>,
    modules: Vec<Ident>,
}

impl<'ast> Visit<'ast> for Uses {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let is_reexport = !matches!(item.vis, Visibility::Inherited);
        self.found
            .extend(use_paths(item).into_iter().map(|used| (used, is_reexport)));
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.modules.push(item.ident.clone());
    }
}
