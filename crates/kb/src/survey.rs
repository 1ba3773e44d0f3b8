//! A folder beside a bucket, before anything is changed.

use crate::client;
use crate::error::{Error, Result};
use crate::local::{self, LocalFile};
use crate::remote::{Bucket, Object};
use aws_types::SdkConfig;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// What [`survey`] found.
#[derive(Debug)]
pub struct Survey {
    /// The files of the folder, sorted by key.
    pub files: Vec<LocalFile>,
    /// Markdown objects of the bucket that the folder does not have, sorted.
    pub gone: Vec<String>,
    /// Why the bucket cannot be listed. Every file is uploaded then, as nothing is known of it.
    pub unlisted: Option<Error>,
    pub(crate) failed: Vec<(String, Error)>,
    pub(crate) remote: HashMap<String, Object>,
    pub(crate) bucket: Bucket,
}

/// Looks at the Markdown files below `source` and at those in `bucket`.
///
/// A bucket that may not be listed is no error: an identity that may only write can still upload.
pub async fn survey(config: &SdkConfig, bucket: &str, source: &Path) -> Result<Survey> {
    let folder: PathBuf = source.to_owned();
    let walk = tokio::task::spawn_blocking(move || local::walk(&folder))
        .await
        .map_err(|error| Error::Read {
            path: source.display().to_string(),
            reason: error.to_string(),
        })??;
    let mut bucket = Bucket {
        client: client::s3(config, client::QUICK),
        name: bucket.to_owned(),
        region: client::region(config),
    };
    let (remote, unlisted) = match bucket.list().await {
        Ok(remote) => (remote, None),
        Err(error @ Error::Denied { .. }) => (HashMap::new(), Some(error)),
        Err(error) => return Err(error),
    };
    bucket.client = client::s3(config, client::PATIENT);
    let mut gone = {
        let here: HashSet<_> = walk.files.iter().map(|file| file.key.as_str()).collect();
        // What could not be read is there all the same.
        let unread = |key: &str| {
            walk.failed.iter().any(|(failed, _)| {
                key == failed || key.starts_with(&format!("{}/", failed.trim_end_matches('/')))
            })
        };
        let missing = |key: &&String| !here.contains(key.as_str()) && !unread(key);
        remote.keys().filter(missing).cloned().collect::<Vec<_>>()
    };
    gone.sort();
    Ok(Survey {
        files: walk.files,
        gone,
        unlisted,
        failed: walk.failed,
        remote,
        bucket,
    })
}
