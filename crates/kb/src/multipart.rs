//! A large file, part by part: of up to 5 TiB, as S3 takes.

use crate::content::{part_size, sha256};
use crate::error::{Error, Result};
use crate::local::LocalFile;
use crate::upload::{CONTENT_TYPE, Uploader};
use crate::words;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use std::io::SeekFrom;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::task::JoinSet;

/// Parts of one file side by side.
const JOBS: usize = 4;

/// How long taking an upload back may keep a user waiting who has pressed Ctrl-C.
const TAKE_BACK: Duration = Duration::from_secs(5);

/// Uploads `file`. An upload that does not come to its end is taken back: S3 would keep its parts,
/// and charge for them.
pub(crate) async fn upload(uploader: &Uploader, file: &LocalFile) -> Result<()> {
    let (client, bucket) = (&uploader.bucket.client, &uploader.bucket.name);
    let scope = uploader.bucket.objects("s3:PutObject");
    let create = client
        .create_multipart_upload()
        .bucket(bucket)
        .key(&file.key)
        .content_type(CONTENT_TYPE)
        .checksum_algorithm(ChecksumAlgorithm::Sha256)
        .send();
    let created = tokio::select! {
        created = create => created.map_err(|error| words::error(&error, &scope))?,
        () = uploader.cancel.asked() => return Err(Error::Stopped),
    };
    let id = created.upload_id().unwrap_or_default().to_owned();
    let send = async {
        let parts = parts(uploader, file, &id).await?;
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts));
        client
            .complete_multipart_upload()
            .bucket(bucket)
            .key(&file.key)
            .upload_id(&id)
            .multipart_upload(parts.build())
            .send()
            .await
            .map(|_| ())
            .map_err(|error| words::error(&error, &scope))
    };
    let completed = tokio::select! {
        sent = send => sent,
        () = uploader.cancel.asked() => Err(Error::Stopped),
    };
    if completed.is_err() {
        let abort = client
            .abort_multipart_upload()
            .bucket(bucket)
            .key(&file.key)
            .upload_id(&id)
            .send();
        // The first error says more.
        let _taken_back = tokio::time::timeout(TAKE_BACK, abort).await;
    }
    completed
}

async fn parts(uploader: &Uploader, file: &LocalFile, id: &str) -> Result<Vec<CompletedPart>> {
    let size = part_size(file.size);
    let count = file.size.div_ceil(size);
    let mut running = JoinSet::new();
    let mut done = Vec::new();
    let mut next = 0;
    loop {
        while running.len() < JOBS && next < count {
            let (uploader, file, id) = (uploader.clone(), file.clone(), id.to_owned());
            let offset = next * size;
            let length = size.min(file.size - offset);
            next += 1;
            let number = i32::try_from(next).unwrap_or(i32::MAX);
            running.spawn(async move {
                let _memory = uploader.reserve(length).await?;
                let bytes = read(&file.path, offset, length)
                    .await
                    .map_err(|error| Error::read(file.path.display(), &error))?;
                part(&uploader, &file.key, &id, number, bytes).await
            });
        }
        match running.join_next().await {
            Some(Ok(part)) => done.push(part?),
            // What was started is dropped with the set, and so this has been, too.
            Some(Err(_)) => return Err(Error::Stopped),
            None => break,
        }
    }
    done.sort_by_key(CompletedPart::part_number);
    Ok(done)
}

async fn part(
    uploader: &Uploader,
    key: &str,
    id: &str,
    number: i32,
    bytes: Vec<u8>,
) -> Result<CompletedPart> {
    let checksum = sha256(&bytes);
    let sent = uploader
        .bucket
        .client
        .upload_part()
        .bucket(&uploader.bucket.name)
        .key(key)
        .upload_id(id)
        .part_number(number)
        .checksum_sha256(&checksum)
        .body(ByteStream::from(bytes))
        .send()
        .await
        .map_err(|error| words::error(&error, &uploader.bucket.objects("s3:PutObject")))?;
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
