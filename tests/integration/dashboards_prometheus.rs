//! A real Prometheus evaluates every expression of the dashboards.

use crate::boards::board::{Board, list, text};
use crate::boards::catalog::Catalog;
use crate::boards::names::Exporter;
use crate::boards::server::Server;
use crate::boards::variables::{defaults, substitute};
use crate::boards::world::{END_UNIX_SECONDS, Load, open_metrics};
use crate::harness::{eventually, find, skipped};

/// A server with the series of a small cluster; `None`, and said, without Prometheus.
fn server(load: Load, exporter: Exporter) -> Option<Server> {
    let (Some(prometheus), Some(promtool)) = (find("prometheus"), find("promtool")) else {
        skipped("Prometheus with promtool (prometheus)");
        return None;
    };
    let series = open_metrics(&Catalog::load(), load, exporter);
    let mut server = Server::start(&prometheus, &promtool, &series);
    eventually("Prometheus", || server.is_ready());
    Some(server)
}

/// Every expression, with the panel it is of, and whether that is a single figure of what is measured.
fn expressions() -> Vec<(String, bool, String)> {
    let mut all = Vec::new();
    for board in Board::shipped() {
        let values = defaults(&board);
        for panel in board.shown() {
            for target in list(panel, "targets") {
                if text(&target["datasource"], "type") == "prometheus" {
                    let title = format!("{} / {}", board.uid(), text(panel, "title"));
                    let expr = substitute(text(target, "expr"), &values).unwrap();
                    let absent = text(&panel["fieldConfig"]["defaults"], "noValue");
                    let absent = ["not measured here", "off"].contains(&absent);
                    let figure = text(panel, "type") == "stat" && !absent;
                    all.push((title, figure, expr));
                }
            }
        }
    }
    assert!(all.len() > 100, "only {} expressions", all.len());
    all
}

/// Those that `wrong` says something about.
fn failing(server: &Server, wrong: impl Fn(&str, bool, &[f64]) -> Option<String>) -> Vec<String> {
    let mut found = Vec::new();
    for (title, single, expr) in expressions() {
        match server.query(&expr, END_UNIX_SECONDS) {
            Ok(values) => {
                if let Some(what) = wrong(&title, single, &values) {
                    found.push(format!("{title}: {what}: {expr}"));
                }
            }
            Err(error) => found.push(format!("{title}: {error}: {expr}")),
        }
    }
    found
}

fn shows_nothing(values: &[f64]) -> Option<String> {
    let finite = values.iter().any(|value| value.is_finite());
    (!finite).then(|| format!("{values:?}"))
}

/// The figure of a panel of the first row.
fn figure(server: &Server, board: &str, title: &str) -> Vec<f64> {
    let wanted = format!("{board} / {title}");
    let all = expressions();
    let (_, _, expr) = all.iter().find(|one| one.0 == wanted).expect(&wanted);
    server.query(expr, END_UNIX_SECONDS).unwrap()
}

#[test]
fn on_a_busy_cluster_every_panel_shows_something() {
    let Some(server) = server(Load::Busy, Exporter::Now) else {
        return;
    };
    let found = failing(&server, |_, _, values| shows_nothing(values));
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn with_a_newer_exporter_too() {
    let Some(server) = server(Load::Busy, Exporter::Newer) else {
        return;
    };
    let found = failing(&server, |_, _, values| shows_nothing(values));
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn on_an_idle_cluster_no_figure_is_nonsense() {
    let Some(server) = server(Load::Idle, Exporter::Now) else {
        return;
    };
    let found = failing(&server, |title, single, values| {
        let nonsense = values.iter().any(|value| !value.is_finite());
        // Where nothing was measured, no time is shown.
        let empty = values.is_empty() && !title.ends_with("p99");
        (single && (nonsense || empty)).then(|| format!("{values:?}"))
    });
    assert!(found.is_empty(), "{found:#?}");
    for (board, title) in [
        ("temporal-server", "Request errors"),
        ("temporal-server", "Persistence errors"),
        ("temporal-server", "State transitions"),
        ("temporal-server", "Waiting tasks"),
        ("dsql-persistence", "Persistence errors"),
        ("dsql-persistence", "Waits for a connection"),
        ("sre-copilot", "Failing looks"),
        ("sre-copilot", "API errors"),
    ] {
        assert_eq!(figure(&server, board, title), [0.], "{board} / {title}");
    }
    // What nobody measures is not 0.
    let tokens = figure(&server, "dsql-persistence", "Token failures");
    assert_eq!(tokens, [0.; 0]);
}

#[test]
fn the_figures_are_those_of_the_cluster() {
    let Some(server) = server(Load::Busy, Exporter::Now) else {
        return;
    };
    for (board, title, expected) in [
        ("temporal-server", "Services up", 1.),
        ("temporal-server", "State transitions", 120.),
        ("temporal-server", "Oldest waiting task", 22.),
        ("temporal-server", "Waiting tasks", 150.),
        // 4 of 200; what clients cause is not among them.
        ("temporal-server", "Request errors", 0.02),
        ("temporal-server", "Persistence errors", 0.005),
        // The poll of 9 seconds is not among them: the bucket from 50 to 100 is.
        ("temporal-server", "Frontend p99", 99.5),
        ("dsql-persistence", "Pool in use", 0.6),
        ("dsql-persistence", "Reservoir filled", 0.8),
        ("dsql-persistence", "Waits for a connection", 0.5),
        ("sre-copilot", "Open issues", 2.),
        ("sre-copilot", "Last look", 20.),
        ("sre-copilot", "Failing looks", 0.1),
        ("sre-copilot", "API errors", 0.2),
    ] {
        let values = figure(&server, board, title);
        let near = |value: &f64| (value - expected).abs() < expected.abs() * 1e-6;
        assert!(
            values.len() == 1 && values.iter().all(near),
            "{title}: {values:?}, not {expected}"
        );
    }
}

#[test]
fn a_cluster_without_data_is_not_shown_as_well() {
    let Some(server) = server(Load::Busy, Exporter::Now) else {
        return;
    };
    for title in [
        "Services up",
        "Request errors",
        "Persistence errors",
        "State transitions",
    ] {
        let (_, _, expr) = expressions()
            .into_iter()
            .find(|one| one.0 == format!("temporal-server / {title}"))
            .unwrap();
        let elsewhere = expr.replace("monitored", "nowhere");
        assert_eq!(
            server.query(&elsewhere, END_UNIX_SECONDS).unwrap(),
            [0.; 0],
            "{title}"
        );
    }
}
