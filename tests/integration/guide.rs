//! The guide to recipes is followed from its first line to its last, as a newcomer would.

use crate::harness::document::{Block, blocks, difference};
use crate::harness::{Repo, Shell};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn the_guide_works_as_it_is_written() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/recipes.md")).unwrap();
    let mut reader = Reader::new();
    let mut ran = 0;
    for block in blocks(&text) {
        match (block.language.as_str(), &block.file) {
            ("rhai", Some(file)) => reader.writes(&block, file),
            ("rhai", None) => reader.tries(&block),
            ("console", _) => ran += reader.types(&block),
            ("sh", _) => parses_as_sh(&block),
            ("toml", _) => parses_as_toml(&block),
            (other, _) => panic!("line {}: nothing checks blocks of `{other}`", block.line),
        }
    }
    assert!(ran > 25, "the guide shows {ran} commands");
    assert!(reader.unused.is_empty(), "nothing runs {:?}", reader.unused);
}

/// Who follows the guide.
struct Reader {
    _repo: Repo,
    shell: Shell,
    /// Files that were written and not run yet, with the lines of their blocks.
    unused: BTreeMap<String, usize>,
}

impl Reader {
    fn new() -> Self {
        let repo = Repo::new();
        // A folder of their own, in which there is nothing yet.
        let folder = repo.path().join("../home");
        let shell = Shell::new(&folder, repo.environment());
        Self {
            _repo: repo,
            shell,
            unused: BTreeMap::new(),
        }
    }

    /// Writes a file of the guide.
    fn writes(&mut self, block: &Block, file: &str) {
        let path = self.shell.folder().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &block.text).unwrap();
        self.imports(&block.text);
        let before = self.unused.insert(file.to_owned(), block.line);
        assert!(before.is_none(), "nothing runs {file} of line {before:?}");
        self.checks(block);
    }

    /// Runs a few lines that are no file, as far as a dry run does.
    fn tries(&mut self, block: &Block) {
        let path = self.shell.folder().join("recipes/lines.rhai");
        fs::write(&path, &block.text).unwrap();
        self.imports(&block.text);
        self.checks(block);
        let printed = self.shell.run("copilot dev lines --dry-run");
        assert_eq!(self.shell.status(), 0, "line {}:\n{printed}", block.line);
        fs::remove_file(path).unwrap();
    }

    /// What is imported runs with what imports it.
    fn imports(&mut self, text: &str) {
        let imported = |file: &str| {
            let name = Path::new(file).with_extension("");
            let name = name.strip_prefix("recipes").unwrap();
            text.contains(&format!("import \"{}\"", name.display()))
        };
        self.unused.retain(|file, _| !imported(file));
    }

    fn checks(&mut self, block: &Block) {
        let printed = self.shell.run("copilot dev check");
        let clean = printed.ends_with("checked, no problems\n");
        assert!(clean, "line {}:\n{printed}", block.line);
    }

    /// Types what a block shows after `$`, and says how many lines that were.
    fn types(&mut self, block: &Block) -> usize {
        let typed = block.typed();
        for line in &typed {
            let printed = self.shell.run(&line.command);
            let folder = self.shell.folder();
            if let Some(difference) = difference(&line.shown, &printed, folder) {
                panic!("line {}: `{}`\n{difference}", line.line, line.command);
            }
            self.unused.retain(|file, _| !runs(&line.command, file));
        }
        typed.len()
    }
}

/// True if a command runs the recipe, or the tests, in a file.
fn runs(command: &str, file: &str) -> bool {
    let name = file
        .trim_start_matches("recipes/")
        .trim_end_matches(".rhai");
    let verb = match name.strip_prefix("_tests/") {
        Some(of) => format!("copilot dev test {of} "),
        None => format!("copilot dev {} ", name.replace('/', " ")),
    };
    format!("{command} ").starts_with(&verb) && !command.contains("--help")
}

/// What installs things is not run here.
fn parses_as_sh(block: &Block) {
    let checked = Command::new("sh").args(["-n", "-c", &block.text]).status();
    assert!(checked.unwrap().success(), "line {}", block.line);
}

fn parses_as_toml(block: &Block) {
    if let Err(error) = toml::de::DeTable::parse(&block.text) {
        panic!("line {}: {error}", block.line);
    }
}
