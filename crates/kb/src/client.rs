//! The SDK's clients, set up for what this crate does.

use aws_sdk_s3::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_smithy_runtime::client::retries::classifiers::HttpStatusCodeClassifier;
use aws_types::SdkConfig;
use std::time::Duration;

/// So often a request is sent that many others run beside, before it counts as failed. The waits
/// between add up to a minute.
pub(crate) const PATIENT: u32 = 9;

/// The same where a user waits to hear that there is no network.
pub(crate) const QUICK: u32 = 4;

/// For the first byte of an answer. A part takes its time on a slow line; a server that says
/// nothing for longer has gone.
const ANSWER: Duration = Duration::from_mins(5);

pub(crate) fn region(config: &SdkConfig) -> String {
    config.region().map(ToString::to_string).unwrap_or_default()
}

/// Many requests share this client, so a server that throttles all of them for a while must not
/// use up what is there for retries.
pub(crate) fn s3(config: &SdkConfig, attempts: u32) -> aws_sdk_s3::Client {
    let partition = RetryPartition::custom("copilot-kb")
        .token_bucket(TokenBucket::unlimited())
        .build();
    let builder = aws_sdk_s3::config::Builder::from(config)
        .retry_config(RetryConfig::standard().with_max_attempts(attempts))
        .timeout_config(timeouts(config))
        .retry_partition(partition)
        .retry_classifier(throttled())
        // Another endpoint than AWS's has no host name a bucket.
        .force_path_style(is_elsewhere(config));
    aws_sdk_s3::Client::from_conf(builder.build())
}

pub(crate) fn agent(config: &SdkConfig) -> aws_sdk_bedrockagent::Client {
    let builder = aws_sdk_bedrockagent::config::Builder::from(config)
        .retry_config(RetryConfig::standard().with_max_attempts(QUICK))
        .timeout_config(timeouts(config))
        .retry_classifier(throttled());
    aws_sdk_bedrockagent::Client::from_conf(builder.build())
}

fn timeouts(config: &SdkConfig) -> TimeoutConfig {
    let known = config.timeout_config().map(TimeoutConfig::to_builder);
    known.unwrap_or_default().read_timeout(ANSWER).build()
}

fn is_elsewhere(config: &SdkConfig) -> bool {
    config.endpoint_url().is_some()
        || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some_and(|url| !url.is_empty())
}

/// The SDK knows throttling by its codes; a proxy, or a server that only resembles S3, has its own.
fn throttled() -> HttpStatusCodeClassifier {
    HttpStatusCodeClassifier::new_from_codes(&[429])
}
