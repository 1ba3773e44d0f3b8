//! The services that the Compose files name, read without Docker: fast enough for completion.

use super::project::{COMPOSE_FILE_NAMES, Project, named_files};
use super::variables::Variables;
use crate::run::Outside;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The services, sorted; none of a file that cannot be read.
pub(crate) fn services_in_files(root: &Path) -> Vec<String> {
    let mut names = BTreeSet::new();
    for file in files(root) {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        names.extend(services(&text).into_iter().map(str::to_owned));
    }
    names.into_iter().collect()
}

/// The files that Compose would read: those that `COMPOSE_FILE` names, else the project's own
/// and its override. A `.env` that is a named pipe is not read: its writer may serve one reader only.
fn files(root: &Path) -> Vec<PathBuf> {
    let project = Project::find(|path| root.join(path).exists());
    let env_file = root.join(project.env_file());
    let is_pipe = env_file.exists() && !env_file.is_file();
    let variables = (!is_pipe).then(|| Variables::read(root, &Outside::Real).ok());
    let variables = variables.flatten();
    let named = named_files(|key| match &variables {
        Some(variables) => variables.raw(key),
        None => std::env::var(key).ok(),
    });
    let project = root.join(project.folder());
    if !named.is_empty() {
        return named.iter().map(|file| project.join(file)).collect();
    }
    let first = |names: &[String]| {
        let files = names.iter().map(|name| project.join(name));
        files.into_iter().find(|file| file.is_file())
    };
    let own = COMPOSE_FILE_NAMES.map(str::to_owned);
    let overriding = own.each_ref().map(|name| name.replace(".y", ".override.y"));
    first(&own).into_iter().chain(first(&overriding)).collect()
}

/// The keys directly under `services:` in the text of a Compose file that is written as usual: one key
/// per line, with the same indentation.
fn services(text: &str) -> Vec<&str> {
    let mut indent = None;
    text.lines()
        .skip_while(|line| line.split('#').next().map(str::trim_end) != Some("services:"))
        .skip(1)
        .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
        .take_while(|line| line.starts_with(' '))
        .filter_map(|line| {
            let name = line.trim_start();
            let depth = line.len() - name.len();
            if depth != *indent.get_or_insert(depth) {
                return None;
            }
            let name = name.split_once(':')?.0.trim_end();
            Some(name.trim_matches(['"', '\'']))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::services;

    #[test]
    fn only_the_keys_under_services() {
        let text = "
x-a: &a
  not: 1
services: # all of them

# a remark
  web:
    image: x
    ports:
    - 80:80
  \"db\": { image: y }
  'cache': *a
volumes:
  data:
";
        assert_eq!(services(text), ["web", "db", "cache"]);
        assert_eq!(services("volumes:\n  a:\n"), [""; 0]);
        assert_eq!(services("services:\n    a:\n      b:\n"), ["a"]);
    }
}
