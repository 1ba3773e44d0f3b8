//! Uploads a large file in parts, up to the 5 TiB that S3 allows.

use crate::cancel::Cancel;
use crate::content::{CONTENT_TYPE, part_size, sha256};
use crate::error::{Error, Result};
use crate::local::LocalFile;
use crate::memory::MemoryBudget;
use crate::remote::Bucket;
use crate::sdk_error;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use std::io::SeekFrom;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::task::JoinSet;

/// Parts of one file.
const CONCURRENT_PARTS: usize = 4;

/// A user who has pressed Ctrl-C waits this long at most for the upload to be aborted.
const ABORT_TIMEOUT: Duration = Duration::from_secs(5);

/// Uploads `file`. An upload that does not complete is aborted: S3 would keep its parts, and charge
/// for them.
pub(crate) async fn upload(
    bucket: &Bucket,
    memory: &MemoryBudget,
    cancel: &Cancel,
    file: &LocalFile,
) -> Result<()> {
    let (client, name) = (&bucket.client, &bucket.name);
    let scope = bucket.objects("s3:PutObject");
    let create = client
        .create_multipart_upload()
        .bucket(name)
        .key(&file.key)
        .content_type(CONTENT_TYPE)
        .checksum_algorithm(ChecksumAlgorithm::Sha256)
        .send();
    let created = tokio::select! {
        created = create => created.map_err(|error| sdk_error::translate(&error, &scope))?,
        () = cancel.asked() => return Err(Error::Stopped),
    };
    let id = created.upload_id().unwrap_or_default().to_owned();
    let send = async {
        let parts = upload_parts(bucket, memory, file, &id).await?;
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts));
        client
            .complete_multipart_upload()
            .bucket(name)
            .key(&file.key)
            .upload_id(&id)
            .multipart_upload(parts.build())
            .send()
            .await
            .map(|_| ())
            .map_err(|error| sdk_error::translate(&error, &scope))
    };
    let completed = tokio::select! {
        sent = send => sent,
        () = cancel.asked() => Err(Error::Stopped),
    };
    if completed.is_err() {
        let abort = client
            .abort_multipart_upload()
            .bucket(name)
            .key(&file.key)
            .upload_id(&id)
            .send();
        // The first error says more than one of aborting.
        let _ = tokio::time::timeout(ABORT_TIMEOUT, abort).await;
    }
    completed
}

async fn upload_parts(
    bucket: &Bucket,
    memory: &MemoryBudget,
    file: &LocalFile,
    id: &str,
) -> Result<Vec<CompletedPart>> {
    let size = part_size(file.size);
    let count = file.size.div_ceil(size);
    let mut running = JoinSet::new();
    let mut done = Vec::new();
    let mut next = 0;
    loop {
        while running.len() < CONCURRENT_PARTS && next < count {
            let (bucket, memory) = (bucket.clone(), memory.clone());
            let (file, id) = (file.clone(), id.to_owned());
            let offset = next * size;
            let length = size.min(file.size - offset);
            next += 1;
            let number = i32::try_from(next).unwrap_or(i32::MAX);
            running.spawn(async move {
                let _reserved = memory.reserve(length).await?;
                let bytes = read(&file.path, offset, length)
                    .await
                    .map_err(|error| Error::read(file.path.display(), &error))?;
                upload_part(&bucket, &file.key, &id, number, bytes).await
            });
        }
        match running.join_next().await {
            Some(Ok(part)) => done.push(part?),
            // Tasks are cancelled only when the set is dropped.
            Some(Err(_)) => return Err(Error::Stopped),
            None => break,
        }
    }
    done.sort_by_key(CompletedPart::part_number);
    Ok(done)
}

async fn upload_part(
    bucket: &Bucket,
    key: &str,
    id: &str,
    number: i32,
    bytes: Vec<u8>,
) -> Result<CompletedPart> {
    let checksum = sha256(&bytes);
    let sent = bucket
        .client
        .upload_part()
        .bucket(&bucket.name)
        .key(key)
        .upload_id(id)
        .part_number(number)
        .checksum_sha256(&checksum)
        .body(ByteStream::from(bytes))
        .send()
        .await
        .map_err(|error| sdk_error::translate(&error, &bucket.objects("s3:PutObject")))?;
    Ok(CompletedPart::builder()
        .part_number(number)
        .set_e_tag(sent.e_tag().map(str::to_owned))
        .checksum_sha256(checksum)
        .build())
}

async fn read(path: &Path, offset: u64, length: u64) -> std::io::Result<Vec<u8>> {
    let mut file = tokio::fs::File::open(path).await?;
    file.seek(SeekFrom::Start(offset)).await?;
    let mut bytes = vec![0; usize::try_from(length).map_err(std::io::Error::other)?];
    file.read_exact(&mut bytes).await?;
    Ok(bytes)
}
