//! The picture that README.md opens with is a real run of the recipe beside it.
//! `scripts/picture` writes it; times are not compared.

use crate::harness::document::blocks;
use crate::harness::gates::go;
use crate::harness::{Repo, Terminal, eventually, plain};
use avt::{Cell, Color, Pen};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const RECIPE_PATH: &str = "recipes/site.rhai";
/// Set by `scripts/picture`.
const WRITE_VARIABLE: &str = "COPILOT_WRITE_PICTURE";
const SCREEN_ROWS: u16 = 30;
const SCREEN_COLUMNS: u16 = 76;

/// What the recipe's commands are here: they print one line each, when the test lets them.
const SITE_SCRIPT: &str = r#"#!/bin/sh
case $1 in
    check-*) read -r _ <"go-$1" ;;
esac
case $1 in
    build) echo "12 pages" ;;
    check-links) echo "about.html: /team does not exist" && exit 1 ;;
    check-spelling) echo "12 pages, no mistakes" ;;
esac
"#;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn file() -> PathBuf {
    root().join("docs/picture.svg")
}

/// A repository with the recipe of README.md.
fn site() -> Repo {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let shown = blocks(&readme);
    let recipe = shown
        .iter()
        .find(|block| block.file.as_deref() == Some(RECIPE_PATH))
        .expect("README.md shows the recipe");
    let repo = Repo::new();
    repo.write(RECIPE_PATH, &recipe.text);
    repo.write("site", SITE_SCRIPT);
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(repo.path().join("site"), executable).unwrap();
    for check in ["check-links", "check-spelling"] {
        mkfifo(&repo.path().join(format!("go-{check}")), Mode::S_IRWXU).unwrap();
    }
    repo
}

#[test]
fn the_picture_of_the_readme_is_a_real_run() {
    let writes = std::env::var_os(WRITE_VARIABLE).is_some();
    // So that the times in the picture differ.
    let pause = |time| {
        if writes {
            std::thread::sleep(Duration::from_millis(time));
        }
    };
    let repo = site();
    let copilot = env!("CARGO_BIN_EXE_copilot");
    let size = (SCREEN_ROWS, SCREEN_COLUMNS);
    let mut terminal = Terminal::sized(&repo, copilot, ["dev", "site"], &[], size);
    pause(1200);
    go(&repo, "check-links", "");
    terminal.wait_for("failed");
    pause(900);
    go(&repo, "check-spelling", "");
    assert_eq!(terminal.wait(), 1);
    let error = "steps failed";
    eventually(error, || terminal.screen().contains(error));
    let drawn = draw(&terminal.screen());
    if writes {
        fs::write(file(), &drawn).unwrap();
    }
    let shown = fs::read_to_string(file()).unwrap();
    let comparable = |svg: &str| plain(svg, repo.path());
    assert!(
        comparable(&shown) == comparable(&drawn),
        "docs/picture.svg is outdated: run scripts/picture. It should be:\n{drawn}"
    );
}

/// Height of a line and width of a character.
const LINE_HEIGHT: f64 = 18.0;
const CHARACTER_WIDTH: f64 = 8.0;
const MARGIN: f64 = 16.0;

/// What is on the screen as SVG, below the command that was typed.
fn draw(screen: &str) -> String {
    let mut terminal = avt::Terminal::new(SCREEN_COLUMNS.into(), SCREEN_ROWS.into()).unwrap();
    terminal.feed("$ copilot dev site\r\n");
    terminal.feed(&*screen.replace('\n', "\r\n"));
    let lines: Vec<_> = terminal.screen().visible_lines().collect();
    let used = lines
        .iter()
        .rposition(|line| !line.text().trim().is_empty());
    let used = used.map_or(0, |last| last + 1);
    assert!(
        used < lines.len(),
        "the picture needs more than {SCREEN_ROWS} rows"
    );
    let width = f64::from(SCREEN_COLUMNS) * CHARACTER_WIDTH + 2.0 * MARGIN;
    let height = f64::from(u16::try_from(used).unwrap()) * LINE_HEIGHT + 2.0 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, monospace\" font-size=\"13\">\n\
         <title>A run of copilot dev site</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#161b22\"/>\n"
    );
    let mut baseline = MARGIN + 13.0;
    for line in &lines[..used] {
        let mut column = 0;
        for cells in line.cells().chunk_by(|one, next| one.pen() == next.pen()) {
            let text: String = cells.iter().map(Cell::char).collect();
            let start = column + text.len() - text.trim_start().len();
            column += cells.len();
            let text = text.trim();
            if !text.is_empty() {
                write_run(&mut svg, text, start, baseline, cells[0].pen());
            }
        }
        baseline += LINE_HEIGHT;
    }
    svg + "</svg>\n"
}

/// Adds text of one style that begins in a column.
fn write_run(svg: &mut String, text: &str, column: usize, baseline: f64, pen: &Pen) {
    let units = |columns: usize| f64::from(u16::try_from(columns).unwrap()) * CHARACTER_WIDTH;
    let weight = if pen.is_bold() {
        " font-weight=\"bold\""
    } else {
        ""
    };
    let text_length = units(text.chars().count());
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    writeln!(
        svg,
        "<text x=\"{}\" y=\"{baseline}\" textLength=\"{text_length}\" fill=\"{}\"{weight} xml:space=\"preserve\">{escaped}</text>",
        MARGIN + units(column),
        fill(pen),
    )
    .unwrap();
}

/// The colour of text; those of the terminal that the host uses.
fn fill(pen: &Pen) -> &'static str {
    match pen.foreground() {
        _ if pen.is_faint() => "#8b949e",
        None => "#e6edf3",
        Some(Color::Indexed(1)) => "#ff7b72",
        Some(Color::Indexed(2)) => "#7ee787",
        Some(Color::Indexed(3)) => "#e3b341",
        Some(Color::Indexed(6)) => "#76e3ea",
        Some(other) => panic!("the picture has no colour for {other:?}"),
    }
}
