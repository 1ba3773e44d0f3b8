//! The SDK's clients, set up for what this crate does.

use aws_sdk_s3::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_smithy_runtime::client::retries::classifiers::HttpStatusCodeClassifier;
use aws_types::SdkConfig;

/// A request is sent so often before it counts as failed. The waits between add up to a minute.
const ATTEMPTS: u32 = 9;

pub(crate) fn region(config: &SdkConfig) -> String {
    config.region().map(ToString::to_string).unwrap_or_default()
}

/// Many requests share this client, so a server that throttles all of them for a while must not
/// use up what is there for retries.
pub(crate) fn s3(config: &SdkConfig) -> aws_sdk_s3::Client {
    let partition = RetryPartition::custom("copilot-kb")
        .token_bucket(TokenBucket::unlimited())
        .build();
    let builder = aws_sdk_s3::config::Builder::from(config)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .retry_partition(partition)
        .retry_classifier(throttled())
        // Another endpoint than AWS's has no host name a bucket.
        .force_path_style(is_elsewhere(config));
    aws_sdk_s3::Client::from_conf(builder.build())
}

pub(crate) fn agent(config: &SdkConfig) -> aws_sdk_bedrockagent::Client {
    let builder = aws_sdk_bedrockagent::config::Builder::from(config)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .retry_classifier(throttled());
    aws_sdk_bedrockagent::Client::from_conf(builder.build())
}

fn is_elsewhere(config: &SdkConfig) -> bool {
    config.endpoint_url().is_some()
        || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some_and(|url| !url.is_empty())
}

/// The SDK knows throttling by its codes; a proxy, or a server that only resembles S3, has its own.
fn throttled() -> HttpStatusCodeClassifier {
    HttpStatusCodeClassifier::new_from_codes(&[429])
}
