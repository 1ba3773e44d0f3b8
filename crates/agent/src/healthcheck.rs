//! `copilot-agent healthcheck`: checks the worker or the API of its container.

use crate::{config::Config, error::Error};
use std::{net::SocketAddr, time::Duration};

const REQUEST_TIMEOUT: Duration = Duration::from_secs(3);

/// Requests `/health` of the API and of the worker; one of them runs in this container.
///
/// # Errors
/// [`Error::Unhealthy`] if neither is healthy.
pub fn run(config: &Config) -> Result<(), Error> {
    let answers = [config.api_listen, config.metrics_listen].map(ask);
    if answers.iter().any(Result::is_ok) {
        return Ok(());
    }
    let reasons: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    Err(Error::Unhealthy(reasons.join("; ")))
}

fn ask(listen: SocketAddr) -> Result<(), String> {
    let host = if !listen.ip().is_unspecified() {
        listen.ip().to_string()
    } else if listen.is_ipv6() {
        "[::1]".to_owned()
    } else {
        "127.0.0.1".to_owned()
    };
    let url = format!("http://{host}:{}/health", listen.port());
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(REQUEST_TIMEOUT))
        .proxy(None)
        .build();
    let answer = ureq::Agent::from(config).get(&url).call();
    answer.map(drop).map_err(|error| format!("{url}: {error}"))
}
