//! A small HTTP client for JSON.

use serde_json::Value;
use std::time::Duration;

/// For one query, including the connection.
const QUERY_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_RESPONSE_BYTES: u64 = 8 * 1024 * 1024;

/// Requests JSON over HTTP.
#[derive(Debug, Clone)]
pub struct Http(ureq::Agent);

impl Default for Http {
    fn default() -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(QUERY_TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        Self(config.into())
    }
}

impl Http {
    /// Sends a `GET` request with these parameters, and returns the JSON of the response.
    ///
    /// # Errors
    /// A message: there is no response, its status is not 200, or it is not JSON.
    pub async fn get(
        &self,
        url: String,
        query: Vec<(&'static str, String)>,
    ) -> Result<Value, String> {
        let agent = self.0.clone();
        let ask = move || {
            let mut request = agent.get(&url);
            for (name, value) in &query {
                request = request.query(*name, value);
            }
            let mut answer = request.call().map_err(|error| format!("{url}: {error}"))?;
            let body = answer
                .body_mut()
                .with_config()
                .limit(MAX_RESPONSE_BYTES)
                .read_to_string()
                .map_err(|error| format!("{url}: {error}"))?;
            if answer.status() != 200 {
                let start: String = body.chars().take(200).collect();
                return Err(format!("{url}: {}: {}", answer.status(), start.trim()));
            }
            serde_json::from_str(&body).map_err(|error| format!("{url}: invalid JSON: {error}"))
        };
        tokio::task::spawn_blocking(ask)
            .await
            .unwrap_or_else(|error| Err(error.to_string()))
    }
}
