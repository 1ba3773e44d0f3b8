//! Follows a path, through every re-export, to the module that defines what it names.

use super::modules::{Binding, Id, Import, Module, Tree};
use std::collections::BTreeSet;

/// What a path, or a part of it, names.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    Module(Id),
    /// An item, by the module that defines it.
    Item(Id),
}

/// Where a path leads.
pub(crate) enum Resolved {
    /// Into a crate or a name outside the sources: a dependency, `std`, a variable, a generic type.
    Outside,
    /// Into the sources, but this segment is not there.
    Missing(String),
    Found(Vec<Target>),
}

/// The names being looked up, against a `use` that leads back to itself.
type Pending = Vec<(Id, String)>;

impl Tree {
    /// Follows `path` as written in module `from`. Each module that the path itself names, which
    /// a re-export may differ from, is added to `named`.
    pub(crate) fn resolve(&self, from: Id, path: &[String], named: &mut Vec<Id>) -> Resolved {
        self.walk(from, path, named, &mut Pending::new())
    }

    fn walk(
        &self,
        from: Id,
        path: &[String],
        named: &mut Vec<Id>,
        pending: &mut Pending,
    ) -> Resolved {
        let Some((first, rest)) = path.split_first() else {
            return Resolved::Outside;
        };
        let start = match first.as_str() {
            "crate" => Some(vec![Target::Module(self.modules[from].root)]),
            "self" => Some(vec![Target::Module(from)]),
            "super" => self.step(from, first, pending),
            name => self.lookup(from, name, pending).or_else(|| {
                let library = self.libraries.get(name)?;
                Some(vec![Target::Module(*library)])
            }),
        };
        let Some(mut at) = start else {
            return if first == "super" {
                Resolved::Missing(first.clone())
            } else {
                Resolved::Outside
            };
        };
        for segment in rest {
            let modules = modules(&at);
            if modules.is_empty() {
                // A variant, an associated function: part of the item. Nothing: outside.
                break;
            }
            named.extend(&modules);
            let found: Vec<_> = modules
                .iter()
                .filter_map(|id| self.step(*id, segment, pending))
                .collect();
            if found.is_empty() {
                return Resolved::Missing(segment.clone());
            }
            at = found.concat();
        }
        named.extend(modules(&at));
        if at.is_empty() {
            Resolved::Outside
        } else {
            Resolved::Found(at)
        }
    }

    fn step(&self, module: Id, segment: &str, pending: &mut Pending) -> Option<Vec<Target>> {
        match segment {
            "super" => Some(vec![Target::Module(self.modules[module].parent?)]),
            "self" => Some(vec![Target::Module(module)]),
            name => {
                let found = self.lookup(module, name, pending);
                let made_by_macro = || vec![Target::Item(module)];
                found.or_else(|| self.modules[module].has_item_macros.then(made_by_macro))
            }
        }
    }

    /// What `name` stands for in `module`; nothing if that is outside the sources, `None` if it
    /// stands for nothing.
    fn lookup(&self, module: Id, name: &str, pending: &mut Pending) -> Option<Vec<Target>> {
        let key = (module, name.to_owned());
        let is_pending = pending.contains(&key);
        pending.push(key);
        let mut found = None;
        for binding in self.modules[module].names.get(name).into_iter().flatten() {
            let targets = match binding {
                Binding::Module(id) => vec![Target::Module(*id)],
                Binding::Item => vec![Target::Item(module)],
                Binding::Import(_) if is_pending => continue,
                Binding::Import(import) => self.follow(module, import, pending),
            };
            found.get_or_insert_with(Vec::new).extend(targets);
        }
        // A module and a function can have one name: the former hides only the like behind a `*`.
        let is_open = |found: &Vec<Target>| !modules(found).is_empty();
        if !is_pending && found.as_ref().is_none_or(is_open) {
            let more = self.lookup_in_globs(module, name, pending);
            found = found.into_iter().chain(more).reduce(|a, b| [a, b].concat());
        }
        pending.pop();
        found
    }

    fn lookup_in_globs(
        &self,
        module: Id,
        name: &str,
        pending: &mut Pending,
    ) -> Option<Vec<Target>> {
        let mut found = None;
        for glob in &self.modules[module].globs {
            for id in modules(&self.follow(module, glob, pending)) {
                if let Some(targets) = self.lookup(id, name, pending) {
                    found.get_or_insert_with(Vec::new).extend(targets);
                }
            }
        }
        found
    }

    /// What `*` brings in from `module`.
    pub(crate) fn names_of(&self, module: Id) -> Vec<Target> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        let mut left = vec![module];
        while let Some(id) = left.pop() {
            if !seen.insert(id) {
                continue;
            }
            let Module { names, globs, .. } = &self.modules[id];
            let targets = |name| self.lookup(id, name, &mut Pending::new());
            found.extend(names.keys().filter_map(|name| targets(name)).flatten());
            for glob in globs {
                left.extend(modules(&self.follow(id, glob, &mut Pending::new())));
            }
        }
        found
    }

    /// A path that leads nowhere is reported where it is written, not where its name is used.
    fn follow(&self, module: Id, import: &Import, pending: &mut Pending) -> Vec<Target> {
        match self.walk(module, &import.path, &mut Vec::new(), pending) {
            Resolved::Found(targets) => targets,
            Resolved::Outside | Resolved::Missing(_) => Vec::new(),
        }
    }
}

/// The modules among `targets`.
pub(crate) fn modules(targets: &[Target]) -> Vec<Id> {
    let id = |target: &Target| match target {
        Target::Module(id) => Some(*id),
        Target::Item(_) => None,
    };
    targets.iter().filter_map(id).collect()
}
