//! Explanations without a model.

use super::{
    Explanation, Facts,
    format::{amount, date_time, limit, time_of_day},
};
use crate::{
    health::{Level, State},
    signals::{Kind, Measured, signal},
};

/// Explains the facts without a model. `what` is the worst signal over its limit, with its value and
/// the time of the reading; `cause` is the worst amplifier over its limit, else the usual cause of
/// the signal.
///
/// Confidence is 0 without data. Otherwise it is the share of primary signals with a value, at least
/// 0.5 because an idle cluster measures little. For Happy that is all; else it is multiplied by 0.7,
/// plus 0.15 for a second primary signal over its limit, plus 0.15 for an amplifier or a log that
/// gives a cause.
#[must_use]
pub fn template(facts: &Facts) -> Explanation {
    let over = |kind: Kind| {
        let mut signals: Vec<&Measured> = facts
            .signals
            .iter()
            .filter(|signal| signal.kind == kind && signal.is_over())
            .collect();
        signals.sort_by(|a, b| b.pressure().total_cmp(&a.pressure()));
        signals
    };
    let (primary, amplifiers) = (over(Kind::Primary), over(Kind::Amplifier));
    match facts.state {
        State::Unknown => unknown(facts),
        State::Happy => happy(facts, &primary),
        State::Stressed | State::Critical => trouble(facts, &primary, &amplifiers),
    }
}

fn unknown(facts: &Facts) -> Explanation {
    let gap = facts.gap.clone();
    let what = gap.unwrap_or_else(|| "there is not enough data yet".to_owned());
    Explanation {
        summary: format!("The state is unknown: {what}."),
        what: format!(
            "The state is unknown since {}: {what}. That is not a sign of health.",
            date_time(facts.since)
        ),
        cause: Some("Metrics do not arrive, or the worker has just started.".to_owned()),
        action: Some(
            "Check Alloy and Mimir with `copilot dev ps`, and the targets that Alloy scrapes."
                .to_owned(),
        ),
        confidence: 0.0,
        model_id: None,
    }
}

fn happy(facts: &Facts, primary: &[&Measured]) -> Explanation {
    let rising = primary.first().map(|signal| sentence(facts, signal));
    let what = match (&rising, facts.previous) {
        (Some(rising), _) => format!("Work gets done. One thing to watch: {rising}."),
        (None, Some(State::Stressed | State::Critical)) => {
            format!("Work gets done again since {}.", date_time(facts.since))
        }
        (None, _) => format!("Work gets done, since {}.", date_time(facts.since)),
    };
    let what = what + &started(facts);
    Explanation {
        summary: what.clone(),
        what,
        cause: None,
        action: None,
        confidence: share(facts),
        model_id: None,
    }
}

fn trouble(facts: &Facts, primary: &[&Measured], amplifiers: &[&Measured]) -> Explanation {
    let worst = primary.first();
    let easing =
        "The signals are calm again; it stays in this state until that has lasted".to_owned();
    let headline = worst.map_or(easing, |signal| sentence(facts, signal));
    let others: Vec<_> = primary
        .iter()
        .skip(1)
        .map(|signal| sentence(facts, signal))
        .collect();
    let mut what = format!(
        "{headline}. {} since {}.",
        capitalized(facts.state),
        date_time(facts.since)
    );
    if !others.is_empty() {
        what = format!("{what} Also: {}.", others.join("; "));
    }
    what += &started(facts);
    let about = |measured: &Measured| signal(&measured.name);
    let explained = amplifiers
        .first()
        .and_then(|signal| about(signal).map(|it| (signal, it)));
    let cause = match (
        explained,
        facts.logs.first(),
        worst.and_then(|it| about(it)),
    ) {
        (Some((signal, it)), _, _) => Some(format!(
            "{} ({} is {}).",
            it.cause.trim_end_matches('.'),
            it.name,
            amount(signal.value, &signal.unit)
        )),
        (None, Some(line), _) => Some(format!("The logs say: {line}")),
        (None, None, usual) => usual.map(|it| it.cause.to_owned()),
    };
    let action = explained
        .map(|(_, it)| it)
        .or_else(|| worst.and_then(|it| about(it)));
    let agreed = if primary.len() > 1 { 0.15 } else { 0.0 };
    let reasoned = if explained.is_some() || !facts.logs.is_empty() {
        0.15
    } else {
        0.0
    };
    Explanation {
        summary: format!("{headline}."),
        what,
        cause,
        action: action.map(|it| it.action.to_owned()),
        confidence: rounded(share(facts) * 0.7 + agreed + reasoned),
        model_id: None,
    }
}

/// The share of primary signals with a value, at least 0.5.
fn share(facts: &Facts) -> f64 {
    let primary = || facts.signals.iter().filter(|it| it.kind == Kind::Primary);
    let (there, all) = primary().fold((0.0_f64, 0.0_f64), |(there, all), signal| {
        let one = if signal.value.is_some() { 1.0 } else { 0.0 };
        (there + one, all + 1.0)
    });
    if all > 0.0 {
        rounded((there / all).max(0.5))
    } else {
        0.5
    }
}

fn rounded(value: f64) -> f64 {
    (value.clamp(0.0, 1.0) * 100.0).round() / 100.0
}

fn sentence(facts: &Facts, measured: &Measured) -> String {
    let title = signal(&measured.name).map_or(measured.name.as_str(), |it| it.title);
    let level = Level::for_state(measured.state);
    let limit = limit(measured.limits(), level, measured.value, &measured.unit);
    let value = amount(measured.value, &measured.unit);
    format!("{title}: {value} at {}, {limit}", time_of_day(facts.at))
}

/// A sentence, to be appended, about services that have just started; empty without any.
fn started(facts: &Facts) -> String {
    match &facts.just_started[..] {
        [] => String::new(),
        [one] => format!(" {one} has just started."),
        several => format!(" {} have just started.", several.join(", ")),
    }
}

fn capitalized(state: State) -> &'static str {
    match state {
        State::Critical => "Critical",
        _ => "Stressed",
    }
}
