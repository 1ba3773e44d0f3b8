//! `copilot dev definitions`: files that tell an editor what a recipe can call.

use super::idle::idle;
use super::show;
use crate::error::{Error, Result};
use crate::primitives::{Family, Typed, families};
use clap::{Arg, Command, value_parser};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where they are written if nothing else is said; Git does not look there.
const FOLDER: &str = ".copilot/definitions";

fn command() -> Command {
    Command::new("definitions")
        .bin_name("copilot dev definitions")
        .about("Write .d.rhai files, which tell an editor what a recipe can call")
        .arg(
            Arg::new("out")
                .long("out")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .help(format!("The folder to write to [default: {FOLDER}]")),
        )
}

/// Runs `copilot dev definitions` with `args`.
pub fn run(root: &Path, args: Vec<OsString>) -> Result<u8> {
    let words = std::iter::once(OsString::from("definitions"))
        .chain(args)
        .collect();
    let matches = super::program::parse(&mut command(), words)?;
    let given = matches.get_one::<PathBuf>("out").cloned();
    let folder = given.clone().unwrap_or_else(|| root.join(FOLDER));
    let shown = given.unwrap_or_else(|| PathBuf::from(FOLDER));
    let failed = |action, path: &Path| {
        let path = path.display().to_string();
        move |source| Error::File {
            action,
            path,
            source,
        }
    };
    std::fs::create_dir_all(&folder).map_err(failed("make", &shown))?;
    let files = [
        ("copilot.d.rhai", copilot(&families(&idle(root)))),
        ("rhai.d.rhai", super::definitions_rhai::text()),
    ];
    for (name, text) in files {
        let shown = shown.join(name);
        std::fs::write(folder.join(name), text).map_err(failed("write", &shown))?;
        show::answer(&format!("wrote {}", shown.display()));
    }
    Ok(0)
}

fn copilot(families: &[Family]) -> String {
    let mut text = "/// What the host adds to Rhai. Written by `copilot dev definitions`.\n\
                    module static;\n"
        .to_owned();
    for primitive in families.iter().flat_map(|family| &family.primitives) {
        for overload in &primitive.overloads {
            let typed = |param: &Typed| format!("{}: {}", param.name, editors(&param.of));
            let params: Vec<_> = overload.params.iter().map(typed).collect();
            let (docs, name, params) = (&primitive.comments, &primitive.name, params.join(", "));
            let returns = editors(&overload.returns);
            text.push_str(&format!("\n{docs}fn {name}({params}) -> {returns};\n"));
        }
    }
    text
}

/// A type as definition files write it.
fn editors(of: &str) -> &str {
    match of {
        "string" => "String",
        "array" => "Array",
        "map" => "Map",
        "closure" => "FnPtr",
        "any" => "?",
        other => other,
    }
}
