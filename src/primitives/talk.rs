//! `title`, `info`, `success`, `warn`, `fail`, `table`, `confirm`: output and questions.

use super::api::{Api, Call, Thrown};
use super::options::Opts;
use super::spec::{Argument, Form, Opt, Primitive, Shape, Type};
use super::table;
use super::value::{text as text_of, to_json};
use crate::fault::{Failure, Kind};
use crate::process::read_line;
use crate::run::{Event, Format, Level, frame};
use crate::screen;
use rhai::{Array, Dynamic, Map, NativeCallContext};
use std::io::IsTerminal;
use std::sync::Arc;

const MESSAGE_FORM: Form = &[Argument::plain("text", Type::Any)];
const MESSAGE: Argument = Argument::plain("message", Type::Any);
const ROWS: Argument = Argument::plain("rows", Type::Array);

pub(super) const TITLE: Primitive = Primitive {
    name: "title",
    forms: &[MESSAGE_FORM],
    docs: "Prints a heading on standard error.",
    ..Primitive::BASE
};

pub(super) const INFO: Primitive = Primitive {
    name: "info",
    forms: &[MESSAGE_FORM],
    docs: "Prints a message on standard error.",
    ..Primitive::BASE
};

pub(super) const SUCCESS: Primitive = Primitive {
    name: "success",
    forms: &[MESSAGE_FORM],
    docs: "Prints a message about a success on standard error; a dry run leaves it out.",
    ..Primitive::BASE
};

pub(super) const WARN: Primitive = Primitive {
    name: "warn",
    forms: &[MESSAGE_FORM],
    docs: "Prints a warning on standard error, even with `--quiet`.",
    ..Primitive::BASE
};

pub(super) const FAIL: Primitive = Primitive {
    name: "fail",
    forms: &[&[MESSAGE], &[MESSAGE, Argument::plain("hint", Type::Any)]],
    docs: "Ends the recipe, or the step it is called in, with an error. The hint says what to do.",
    ..Primitive::BASE
};

pub(super) const TABLE: Primitive = Primitive {
    name: "table",
    forms: &[&[ROWS], &[ROWS, Argument::OPTIONS]],
    docs: "Prints rows on standard output, aligned. Rows are maps, whose keys are the heading, or\n\
        arrays.",
    options: &[&[Opt::new(
        "columns",
        Shape::Words,
        "the keys to show, in order.",
    )]],
    ..Primitive::BASE
};

pub(super) const CONFIRM: Primitive = Primitive {
    name: "confirm",
    forms: &[&[Argument::plain("question", Type::Any)]],
    returns: Type::Bool,
    docs: "Asks a question; true if the answer is `y` or `yes`, or with `--yes`.\n\
        \n\
        Throws if nobody can answer. A dry run prints the question and assumes yes.",
    ..Primitive::BASE
};

fn show_table(call: Call<'_>, rows: &Array, opts: Map) -> Thrown<()> {
    let mut opts = Opts::new(&TABLE, opts);
    let columns = opts.word_list("columns");
    let columns = call.check(columns.and_then(|columns| opts.end().map(|()| columns)))?;
    let text = call.check(table::render(rows, &columns))?;
    let rows = rows.iter().map(to_json).collect();
    call.run.reporter.event(&Event::Table {
        step: frame().step.as_deref(),
        rows: &rows,
    });
    if !text.is_empty() {
        call.run.reporter.answer(&text);
    }
    Ok(())
}

fn confirm(call: Call<'_>, question: &str) -> Thrown<bool> {
    let reporter = &call.run.reporter;
    if call.dry() {
        reporter.print_would(&format!("ask: {question}"));
        return Ok(true);
    }
    if call.run.options.yes {
        reporter.message(Level::Info, &format!("{question} yes (--yes)"));
        return Ok(true);
    }
    let cannot_ask = |why: &str| {
        Failure::new(Kind::Usage, format!("cannot ask `{question}`: {why}"))
            .with_hint("pass --yes to answer yes to every question")
    };
    if let Some(answer) = call
        .run
        .outside
        .recorded(&format!("ask: {question}"), false)
    {
        return match answer.stdout.trim().to_lowercase().as_str() {
            _ if !answer.is_defined || !answer.ok() => {
                call.throw(cannot_ask("the test gives no answer"))
            }
            word => Ok(matches!(word, "true" | "y" | "yes")),
        };
    }
    let asks_people = reporter.format() == Format::Text;
    if asks_people && !std::io::stdin().is_terminal() {
        return call.throw(cannot_ask("standard input is not a terminal"));
    }
    reporter.event(&Event::Prompt {
        step: frame().step.as_deref(),
        question,
    });
    let asking = asks_people.then(|| screen::ask(format!("{question} [y/N] ")));
    let answer = read_line(|| call.check_stopped().is_err());
    if let Some(asking) = asking {
        // Ctrl-C and Ctrl-D leave the question without a line end.
        asking.end(matches!(&answer, Ok(Some(line)) if line.ends_with('\n')));
    }
    match answer {
        // At a terminal, Ctrl-D is an answer.
        Ok(Some(line)) if line.is_empty() && !asks_people => {
            call.throw(cannot_ask("standard input has ended"))
        }
        Ok(Some(line)) => Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes")),
        Ok(None) => call.stopped(),
        Err(error) => call.throw(Failure::new(
            Kind::File,
            format!("cannot read the answer: {error}"),
        )),
    }
}

/// Registers the family, and what `print` and `debug` do.
pub(super) fn register(api: &mut Api<'_>) {
    let levels = [
        (&TITLE, Level::Title),
        (&INFO, Level::Info),
        (&SUCCESS, Level::Success),
        (&WARN, Level::Warning),
    ];
    for (primitive, level) in levels {
        api.add(primitive, |run| {
            move |ctx: NativeCallContext<'_>, text: Dynamic| {
                // A dry run has done nothing that could succeed.
                if level != Level::Success || !Call::new(&run, &ctx).dry() {
                    run.reporter.message(level, &text_of(&text));
                }
            }
        });
    }
    api.add(&FAIL, |run| {
        move |ctx: NativeCallContext<'_>, message: Dynamic| -> Thrown<()> {
            Call::new(&run, &ctx).throw(Failure::new(Kind::Fail, text_of(&message)))
        }
    });
    api.add(&FAIL, |run| {
        move |ctx: NativeCallContext<'_>, message: Dynamic, hint: Dynamic| -> Thrown<()> {
            let failure = Failure::new(Kind::Fail, text_of(&message)).with_hint(text_of(&hint));
            Call::new(&run, &ctx).throw(failure)
        }
    });
    api.add(&TABLE, |run| {
        move |ctx: NativeCallContext<'_>, rows: Array| {
            show_table(Call::new(&run, &ctx), &rows, Map::new())
        }
    });
    api.add(&TABLE, |run| {
        move |ctx: NativeCallContext<'_>, rows: Array, opts: Map| {
            show_table(Call::new(&run, &ctx), &rows, opts)
        }
    });
    api.add(&CONFIRM, |run| {
        move |ctx: NativeCallContext<'_>, question: Dynamic| {
            confirm(Call::new(&run, &ctx), &text_of(&question))
        }
    });
    let (engine, run) = api.engine();
    let printing = Arc::clone(run);
    engine.on_print(move |text| {
        for line in text.split('\n') {
            printing.reporter.event(&Event::Output {
                step: frame().step.as_deref(),
                stream: "stdout",
                line,
            });
        }
        printing.reporter.answer(text);
    });
    let debugging = Arc::clone(run);
    engine.on_debug(move |text, source, position| {
        let place = source.map_or_else(String::new, |file| format!("{file}:{position:?}: "));
        let text = format!("{place}{text}");
        debugging.reporter.message(Level::Info, &text);
    });
}
