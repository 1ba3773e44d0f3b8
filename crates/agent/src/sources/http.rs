use serde_json::Value;
use std::time::Duration;

/// Time for one query, connecting included.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The most of an answer that is read.
const MOST: u64 = 8 * 1024 * 1024;

/// Asks for JSON over HTTP.
#[derive(Debug, Clone)]
pub struct Http(ureq::Agent);

impl Default for Http {
    fn default() -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        Self(config.into())
    }
}

impl Http {
    /// `GET` with these parameters; the JSON of the answer.
    ///
    /// # Errors
    /// In words: nobody answers, the status is not 200, or it is no JSON.
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
                .limit(MOST)
                .read_to_string()
                .map_err(|error| format!("{url}: {error}"))?;
            if answer.status() != 200 {
                let start: String = body.chars().take(200).collect();
                return Err(format!("{url}: {}: {}", answer.status(), start.trim()));
            }
            serde_json::from_str(&body).map_err(|error| format!("{url}: no JSON: {error}"))
        };
        tokio::task::spawn_blocking(ask)
            .await
            .unwrap_or_else(|error| Err(error.to_string()))
    }
}
