//! The rules of the state machine, for arbitrary sequences of readings.

use copilot_agent::health::{
    CRITICAL_AFTER_READINGS, EASED_AFTER_READINGS, HAPPY_AFTER_READINGS, KNOWN_AFTER_READINGS,
    Level, Limits, Machine, STRESSED_AFTER_READINGS, State,
};
use proptest::prelude::*;

const CALM: Option<Level> = Some(Level::Calm);
const STRESSED: Option<Level> = Some(Level::Stressed);
const CRITICAL: Option<Level> = Some(Level::Critical);

fn states(readings: &[Option<Level>]) -> Vec<State> {
    let mut machine = Machine::default();
    let step = |reading: &Option<Level>| {
        machine = machine.step(*reading);
        machine.state()
    };
    readings.iter().map(step).collect()
}

fn state_names(readings: &[Option<Level>]) -> String {
    let names: Vec<_> = states(readings).into_iter().map(State::name).collect();
    names.join(" ")
}

fn reading() -> impl Strategy<Value = Option<Level>> {
    prop_oneof![
        1 => Just(None),
        4 => Just(CALM),
        3 => Just(STRESSED),
        4 => Just(CRITICAL),
    ]
}

/// Runs of the same reading, because that is what counts.
fn readings() -> impl Strategy<Value = Vec<Option<Level>>> {
    prop::collection::vec((reading(), 1..6_usize), 1..30).prop_map(|runs| {
        runs.into_iter()
            .flat_map(|(it, times)| vec![it; times])
            .collect()
    })
}

#[test]
fn a_cluster_gets_worse_and_better_step_by_step() {
    let course = [
        CALM, CALM, STRESSED, STRESSED, CRITICAL, CRITICAL, STRESSED, CALM, CALM, CALM, CALM,
    ];
    assert_eq!(
        state_names(&course),
        "unknown happy happy stressed stressed critical critical critical stressed stressed happy"
    );
}

#[test]
fn critical_at_once_still_takes_the_step_between() {
    assert_eq!(
        state_names(&[CALM, CALM, CRITICAL, CRITICAL, CRITICAL]),
        "unknown happy happy stressed critical"
    );
}

#[test]
fn a_gap_is_no_way_around_the_step_between() {
    assert_eq!(
        state_names(&[CALM, CALM, None, CRITICAL, CRITICAL, CRITICAL]),
        "unknown happy unknown unknown stressed critical"
    );
}

#[test]
fn after_a_gap_it_goes_on_from_the_state_before_it() {
    let until_critical = [CALM, CALM, CRITICAL, CRITICAL, CRITICAL, None];
    let on = |more: &[Option<Level>]| state_names(&[&until_critical[..], more].concat());
    assert_eq!(
        on(&[CRITICAL, CRITICAL]),
        "unknown happy happy stressed critical unknown unknown critical"
    );
    assert_eq!(
        on(&[CALM, CALM, CALM, CALM]),
        "unknown happy happy stressed critical unknown unknown stressed stressed happy"
    );
}

#[test]
fn without_data_it_is_unknown_and_nothing_else() {
    assert_eq!(states(&[None; 50]), [State::Unknown; 50]);
}

#[test]
fn a_single_bad_reading_changes_nothing() {
    assert_eq!(
        state_names(&[CALM, CALM, CRITICAL, CALM, CRITICAL, CALM]),
        "unknown happy happy happy happy happy"
    );
}

#[test]
fn limits_are_eased_once_they_were_passed() {
    let limits = Limits {
        stressed: 10.0,
        critical: 100.0,
    };
    let level = |value, state| limits.level(Some(value), state);
    assert_eq!(level(9.9, State::Happy), Level::Calm);
    assert_eq!(level(10.0, State::Happy), Level::Stressed);
    assert_eq!(level(8.0, State::Stressed), Level::Stressed);
    assert_eq!(level(7.9, State::Stressed), Level::Calm);
    assert_eq!(level(99.0, State::Stressed), Level::Stressed);
    assert_eq!(level(80.0, State::Critical), Level::Critical);
    assert_eq!(level(79.0, State::Critical), Level::Stressed);
    assert_eq!(limits.level(None, State::Critical), Level::Calm);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn happy_never_becomes_critical_in_one_step(readings in readings()) {
        let known: Vec<_> = states(&readings)
            .into_iter()
            .filter(|state| *state != State::Unknown)
            .collect();
        for pair in known.windows(2) {
            prop_assert_ne!((pair[0], pair[1]), (State::Happy, State::Critical));
        }
        prop_assert_ne!(known.first(), Some(&State::Critical));
    }

    #[test]
    fn no_data_is_unknown_and_data_comes_back(readings in readings()) {
        let mut in_a_row = 0;
        for (reading, state) in readings.iter().zip(states(&readings)) {
            in_a_row = if reading.is_some() { in_a_row + 1 } else { 0 };
            prop_assert_eq!(state == State::Unknown, in_a_row < KNOWN_AFTER_READINGS, "{:?}", readings);
        }
    }

    #[test]
    fn it_does_not_flap(readings in readings()) {
        // A state that was left is not back before its count is full again.
        let states = states(&readings);
        let mut changes = Vec::new();
        for (at, pair) in states.windows(2).enumerate() {
            if pair[0] != pair[1] {
                changes.push((at + 1, pair[0], pair[1]));
            }
        }
        for pair in changes.windows(2) {
            let ((first, from, through), (second, _, back)) = (pair[0], pair[1]);
            let stay = u32::try_from(second - first).unwrap();
            let least = match (from, through, back) {
                (State::Stressed, State::Happy, State::Stressed) => STRESSED_AFTER_READINGS,
                (State::Stressed, State::Critical, State::Stressed) => EASED_AFTER_READINGS,
                (State::Happy, State::Stressed, State::Happy) => HAPPY_AFTER_READINGS,
                (State::Critical, State::Stressed, State::Critical) => CRITICAL_AFTER_READINGS,
                _ => 1,
            };
            prop_assert!(stay >= least, "{from:?} {through:?} {back:?} after {stay}: {readings:?}");
        }
    }

    #[test]
    fn the_same_readings_give_the_same_states_and_calm_ends_happy(readings in readings()) {
        prop_assert_eq!(states(&readings), states(&readings));
        let most = usize::try_from(KNOWN_AFTER_READINGS + EASED_AFTER_READINGS + HAPPY_AFTER_READINGS).unwrap();
        let calm = [readings, vec![CALM; most]].concat();
        prop_assert_eq!(*states(&calm).last().unwrap(), State::Happy);
    }

    #[test]
    fn a_machine_is_the_same_after_being_written_and_read(readings in readings()) {
        let machine = readings.iter().fold(Machine::default(), |it, reading| it.step(*reading));
        let text = serde_json::to_string(&machine).unwrap();
        prop_assert_eq!(serde_json::from_str::<Machine>(&text).unwrap(), machine);
    }

    #[test]
    fn a_worse_value_is_never_a_better_level(
        a in 0.0..200.0_f64, b in 0.0..200.0_f64, state in prop::sample::select(&State::ALL[..]),
    ) {
        let limits = Limits { stressed: 10.0, critical: 100.0 };
        let (low, high) = (a.min(b), a.max(b));
        prop_assert!(limits.level(Some(low), state) <= limits.level(Some(high), state));
    }
}
