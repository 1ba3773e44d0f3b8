//! Files that depend on themselves by way of others.

use super::paths::Dependency;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The files that each file depends on, with the first line that says so.
type Graph<'a> = BTreeMap<&'a str, BTreeMap<&'a str, usize>>;

/// The shortest cycle through each file that is in one, as `a.rs:12 → b.rs:3 → a.rs`.
pub(crate) fn cycles(dependencies: &[Dependency]) -> Vec<String> {
    let mut graph = Graph::new();
    for dependency in dependencies.iter().filter(|it| it.defines) {
        let lines = graph.entry(&dependency.from).or_default();
        let line = lines.entry(&dependency.to).or_insert(dependency.line);
        *line = dependency.line.min(*line);
    }
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for file in graph.keys() {
        let Some(cycle) = shortest(&graph, file) else {
            continue;
        };
        let mut files = cycle.clone();
        files.sort_unstable();
        if seen.insert(files) {
            found.push(text(&graph, &cycle));
        }
    }
    found
}

/// The files of the shortest cycle through `start`, beginning with it.
fn shortest<'a>(graph: &Graph<'a>, start: &'a str) -> Option<Vec<&'a str>> {
    let mut reached_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(file) = queue.pop_front() {
        for next in graph.get(file).into_iter().flat_map(BTreeMap::keys) {
            if *next == start {
                let mut cycle = vec![file];
                while let Some(before) = reached_from.get(cycle[cycle.len() - 1]) {
                    cycle.push(before);
                }
                cycle.reverse();
                return Some(cycle);
            }
            if !reached_from.contains_key(next) {
                reached_from.insert(*next, file);
                queue.push_back(next);
            }
        }
    }
    None
}

fn text(graph: &Graph<'_>, cycle: &[&str]) -> String {
    let next = cycle.iter().cycle().skip(1);
    let lines = cycle
        .iter()
        .zip(next)
        .map(|(file, next)| format!("{file}:{}", graph[file][next]));
    let mut files: Vec<_> = lines.collect();
    files.push(cycle[0].to_owned());
    files.join(" → ")
}
