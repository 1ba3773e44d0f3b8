//! Configures the SDK's clients: retries, timeouts, addressing.

use aws_sdk_s3::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_smithy_runtime::client::retries::classifiers::HttpStatusCodeClassifier;
use aws_types::SdkConfig;
use std::time::Duration;

/// Attempts of one request among many concurrent ones; the pauses between them add up to a minute.
pub(crate) const BULK_ATTEMPTS: u32 = 9;

/// Attempts of a request whose failure the user waits to see, such as one without network.
pub(crate) const INTERACTIVE_ATTEMPTS: u32 = 4;

/// Until the first byte of a response. Sending a part over a slow line takes minutes.
const READ_TIMEOUT: Duration = Duration::from_mins(5);

pub(crate) fn region(config: &SdkConfig) -> String {
    config.region().map(ToString::to_string).unwrap_or_default()
}

/// Many requests share this client, so retries are not limited by a shared token bucket: a server
/// that throttles all of them for a while would empty it.
pub(crate) fn s3(config: &SdkConfig, attempts: u32) -> aws_sdk_s3::Client {
    let partition = RetryPartition::custom("copilot-kb")
        .token_bucket(TokenBucket::unlimited())
        .build();
    let builder = aws_sdk_s3::config::Builder::from(config)
        .retry_config(RetryConfig::standard().with_max_attempts(attempts))
        .timeout_config(timeouts(config))
        .retry_partition(partition)
        .retry_classifier(throttled())
        // Only AWS has a host name per bucket.
        .force_path_style(has_own_endpoint(config));
    aws_sdk_s3::Client::from_conf(builder.build())
}

pub(crate) fn agent(config: &SdkConfig) -> aws_sdk_bedrockagent::Client {
    let builder = aws_sdk_bedrockagent::config::Builder::from(config)
        .retry_config(RetryConfig::standard().with_max_attempts(INTERACTIVE_ATTEMPTS))
        .timeout_config(timeouts(config))
        .retry_classifier(throttled());
    aws_sdk_bedrockagent::Client::from_conf(builder.build())
}

fn timeouts(config: &SdkConfig) -> TimeoutConfig {
    let known = config.timeout_config().map(TimeoutConfig::to_builder);
    known.unwrap_or_default().read_timeout(READ_TIMEOUT).build()
}

fn has_own_endpoint(config: &SdkConfig) -> bool {
    config.endpoint_url().is_some()
        || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some_and(|url| !url.is_empty())
}

/// The SDK recognizes throttling by AWS's error codes; proxies and S3 work-alikes send only the
/// status.
fn throttled() -> HttpStatusCodeClassifier {
    HttpStatusCodeClassifier::new_from_codes(&[429])
}
