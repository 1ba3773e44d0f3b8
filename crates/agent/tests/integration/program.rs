//! The program: invalid settings, the health check, and stopping.

use crate::support::agent::{Agent, command};
use nix::sys::signal::Signal;
use serde_json::Value;
use std::time::Duration;

#[test]
fn it_stops_promptly_and_the_health_check_fails() {
    // It is well without its store: that is what /ready is for.
    let api = Agent::start("api", &[("COPILOT_STORE_URL", "postgresql://nowhere")]);
    let listen = format!("127.0.0.1:{}", api.port);
    let nobody = format!("127.0.0.1:{}", crate::support::free_port());
    let check = || {
        command(
            &["healthcheck"],
            &[
                ("COPILOT_API_LISTEN", &listen),
                ("COPILOT_METRICS_LISTEN", &nobody),
                ("COPILOT_STORE_URL", "postgresql://nowhere"),
            ],
        )
        .output()
        .unwrap()
    };
    assert_eq!(check().status.code(), Some(0));
    let (status, took) = api.stop(Signal::SIGTERM);
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(10), "{took:?}");
    let after = check();
    assert_eq!(after.status.code(), Some(1));
    let text = String::from_utf8(after.stderr).unwrap();
    assert!(text.contains("not healthy: http://127.0.0.1:"), "{text}");
}

#[test]
fn invalid_settings_are_named() {
    let says = |words: &[&str], variables: &[(&str, &str)]| {
        let output = command(words, variables).output().unwrap();
        let line: Value = serde_json::from_slice(&output.stderr).unwrap();
        let message = line["message"]
            .as_str()
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .to_owned();
        (output.status.code().unwrap(), message)
    };
    let store = ("COPILOT_STORE_URL", "postgresql://nowhere");
    for (words, variables, code, message) in [
        (&["serve"][..], &[][..], 2, "unknown command \"serve\""),
        (&[], &[], 2, "missing command"),
        (
            &["api"],
            &[],
            4,
            "COPILOT_DSQL_ENDPOINT is not set (nor COPILOT_STORE_URL for a plain PostgreSQL)",
        ),
        (
            &["api"],
            &[store, ("COPILOT_API_LISTEN", "8080")],
            4,
            "COPILOT_API_LISTEN must be an address such as 0.0.0.0:8080, not \"8080\"",
        ),
        (
            &["worker"],
            &[store, ("COPILOT_OBSERVE_SECONDS", "0")],
            4,
            "COPILOT_OBSERVE_SECONDS must be a number of seconds, 1 to 86400, not \"0\"",
        ),
        (
            &["worker"],
            &[store, ("COPILOT_LOKI_URL", "loki")],
            4,
            "COPILOT_LOKI_URL must be a URL, http:// or https://, not \"loki\"",
        ),
        (
            &["worker"],
            &[
                ("COPILOT_DSQL_ENDPOINT", "here"),
                ("DSQL_SSLMODE", "prefer"),
            ],
            4,
            "DSQL_SSLMODE must be verify-full or require, not \"prefer\"",
        ),
        (
            &["worker"],
            &[store, ("COPILOT_THRESHOLDS", "/nowhere.json")],
            4,
            "/nowhere.json: No such file or directory (os error 2)",
        ),
    ] {
        assert_eq!(says(words, variables), (code, message.to_owned()));
    }
}
