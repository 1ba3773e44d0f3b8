//! `title`, `info`, `success`, `warn`, `fail`, `table`, `confirm`: talking to the user.

use super::api::{Api, Call, Thrown};
use super::table;
use super::value::{text as text_of, to_json};
use crate::fault::{Failure, Kind};
use crate::process::{read_line, watch_suspend};
use crate::run::{Event, Format, Level, frame};
use crate::screen;
use rhai::{Array, Dynamic, Map, NativeCallContext};
use std::io::IsTerminal;
use std::sync::Arc;

fn show_table(call: Call<'_>, rows: &Array, opts: Map) -> Thrown<()> {
    let columns = call.check(table::columns(opts))?;
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
        reporter.would(&format!("ask: {question}"));
        return Ok(true);
    }
    if call.run.options.yes {
        reporter.message(Level::Info, &format!("{question} yes (--yes)"));
        return Ok(true);
    }
    let nobody = |why: &str| {
        Failure::new(
            Kind::Usage,
            format!("{question} There is nobody to ask: {why}"),
        )
        .with_hint("add --yes to answer yes to every question")
    };
    if let Some(answer) = call
        .run
        .outside
        .recorded(&format!("ask: {question}"), false)
    {
        return match answer.stdout.trim().to_lowercase().as_str() {
            _ if !answer.is_defined || !answer.ok() => {
                call.throw(nobody("the test gives no answer"))
            }
            word => Ok(matches!(word, "true" | "y" | "yes")),
        };
    }
    let asks_people = reporter.format() == Format::Text;
    if asks_people && !std::io::stdin().is_terminal() {
        return call.throw(nobody("standard input is not a terminal"));
    }
    reporter.event(&Event::Prompt {
        step: frame().step.as_deref(),
        question,
    });
    let asking = asks_people.then(|| {
        watch_suspend();
        screen::ask(format!("{question} [y/N] "))
    });
    let answer = read_line(|| call.still_wanted().is_err());
    if let Some(asking) = asking {
        // Ctrl-C and Ctrl-D leave the question without a line end.
        asking.end(matches!(&answer, Ok(Some(line)) if line.ends_with('\n')));
    }
    match answer {
        // At a terminal, Ctrl-D is an answer.
        Ok(Some(line)) if line.is_empty() && !asks_people => {
            call.throw(nobody("standard input has ended"))
        }
        Ok(Some(line)) => Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes")),
        Ok(None) => call.stopped(),
        Err(error) => call.throw(Failure::new(
            Kind::File,
            format!("cannot read the answer: {error}"),
        )),
    }
}

/// Registers the family.
pub fn register(api: &mut Api<'_>) {
    const FAIL: &str =
        "/// Ends the recipe, or the step it is in, with an error. The hint says what to do.";
    const TABLE: &str = "/// Shows rows on standard output, aligned. Rows are maps, whose keys are the heading, or\n\
        /// arrays.\n\
        ///\n\
        /// Options:\n\
        /// - `columns: array`: the keys to show, in order.";
    let levels = [
        (
            "title",
            Level::Title,
            "/// Says a heading, on standard error.",
        ),
        (
            "info",
            Level::Info,
            "/// Says something, on standard error.",
        ),
        (
            "success",
            Level::Success,
            "/// Says that something worked, on standard error; a dry run does not say it.",
        ),
        (
            "warn",
            Level::Warning,
            "/// Says that something deserves a look, on standard error; also with `-q`.",
        ),
    ];
    for (name, level, docs) in levels {
        let run = Arc::clone(&api.run);
        api.add(
            name,
            &["text: any", "()"],
            docs,
            move |ctx: NativeCallContext<'_>, text: Dynamic| {
                // Nothing has worked where nothing was done.
                if level != Level::Success || !Call::new(&run, &ctx).dry() {
                    run.reporter.message(level, &text_of(&text));
                }
            },
        );
    }
    let run = Arc::clone(&api.run);
    api.add(
        "fail",
        &["message: any", "()"],
        FAIL,
        move |ctx: NativeCallContext<'_>, message: Dynamic| -> Thrown<()> {
            Call::new(&run, &ctx).throw(Failure::new(Kind::Fail, text_of(&message)))
        },
    );
    let run = Arc::clone(&api.run);
    api.add(
        "fail",
        &["message: any", "hint: any", "()"],
        FAIL,
        move |ctx: NativeCallContext<'_>, message: Dynamic, hint: Dynamic| -> Thrown<()> {
            let failure = Failure::new(Kind::Fail, text_of(&message)).with_hint(text_of(&hint));
            Call::new(&run, &ctx).throw(failure)
        },
    );
    let run = Arc::clone(&api.run);
    api.add(
        "table",
        &["rows: array", "()"],
        TABLE,
        move |ctx: NativeCallContext<'_>, rows: Array| {
            show_table(Call::new(&run, &ctx), &rows, Map::new())
        },
    );
    let run = Arc::clone(&api.run);
    api.add(
        "table",
        &["rows: array", "opts: map", "()"],
        TABLE,
        move |ctx: NativeCallContext<'_>, rows: Array, opts: Map| {
            show_table(Call::new(&run, &ctx), &rows, opts)
        },
    );
    let run = Arc::clone(&api.run);
    api.add(
        "confirm",
        &["question: any", "bool"],
        "/// Asks a question; true if the answer is `y` or `yes`, or with `--yes`.\n\
         ///\n\
         /// Where nobody can answer it throws. A dry run shows the question and goes on with yes.",
        move |ctx: NativeCallContext<'_>, question: Dynamic| {
            confirm(Call::new(&run, &ctx), &text_of(&question))
        },
    );
    let run = Arc::clone(&api.run);
    api.engine().on_print(move |text| {
        for line in text.split('\n') {
            run.reporter.event(&Event::Output {
                step: frame().step.as_deref(),
                stream: "stdout",
                line,
            });
        }
        run.reporter.answer(text);
    });
    let run = Arc::clone(&api.run);
    api.engine().on_debug(move |text, source, position| {
        let place = source.map_or_else(String::new, |file| format!("{file}:{position:?}: "));
        run.reporter.message(Level::Info, &format!("{place}{text}"));
    });
}
