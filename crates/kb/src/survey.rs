//! Compares a folder with a bucket, before anything is changed.

use crate::client;
use crate::error::{Error, Result};
use crate::local::{self, LocalFile};
use crate::remote::{Bucket, Object};
use aws_types::SdkConfig;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// The result of [`survey`].
#[derive(Debug)]
pub struct Survey {
    /// The files of the folder, sorted by key.
    pub files: Vec<LocalFile>,
    /// Keys of Markdown objects that are in the bucket but not in the folder, sorted.
    pub gone: Vec<String>,
    /// Why the bucket cannot be listed. Every file is uploaded then, since nothing is known about
    /// the objects.
    pub unlisted: Option<Error>,
    pub(crate) failed: Vec<(String, Error)>,
    pub(crate) remote: HashMap<String, Object>,
    pub(crate) bucket: Bucket,
}

/// Lists the Markdown files below `source` and the Markdown objects in `bucket`.
///
/// Being denied to list the bucket is not an error: an identity with write access only can still
/// upload.
pub async fn survey(config: &SdkConfig, bucket: &str, source: &Path) -> Result<Survey> {
    let folder: PathBuf = source.to_owned();
    let walk = tokio::task::spawn_blocking(move || local::walk(&folder))
        .await
        .map_err(|error| Error::Read {
            path: source.display().to_string(),
            reason: error.to_string(),
        })??;
    let mut bucket = Bucket {
        client: client::s3(config, client::INTERACTIVE_ATTEMPTS),
        name: bucket.to_owned(),
        region: client::region(config),
    };
    let (remote, unlisted) = match bucket.list().await {
        Ok(remote) => (remote, None),
        Err(error @ Error::Denied { .. }) => (HashMap::new(), Some(error)),
        Err(error) => return Err(error),
    };
    bucket.client = client::s3(config, client::BULK_ATTEMPTS);
    let mut gone = {
        let here: HashSet<_> = walk.files.iter().map(|file| file.key.as_str()).collect();
        // A file that could not be read exists all the same.
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
