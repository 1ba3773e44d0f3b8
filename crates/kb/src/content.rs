//! The content of a file as S3 describes it: type, checksums, division into parts.

use aws_smithy_types::base64;
use md5::{Digest, Md5};
use sha2::Sha256;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Stored with every object.
pub(crate) const CONTENT_TYPE: &str = "text/markdown";

/// A larger file is uploaded in parts.
pub(crate) const MAX_SINGLE_UPLOAD_BYTES: u64 = 8 * 1024 * 1024;
/// S3's own limit.
const MAX_PARTS: u64 = 10_000;
/// The size of a part is a multiple of this.
const PART_STEP_BYTES: u64 = 8 * 1024 * 1024;

/// The smallest multiple of the step that needs no more than [`MAX_PARTS`] parts. It depends on the
/// size alone, so the same file always has the same parts, and so the same `ETag`.
pub(crate) const fn part_size(size: u64) -> u64 {
    let needed = size.div_ceil(MAX_PARTS);
    if needed <= PART_STEP_BYTES {
        PART_STEP_BYTES
    } else {
        needed.div_ceil(PART_STEP_BYTES) * PART_STEP_BYTES
    }
}

/// The checksums that S3 reports for an object with this content, if this crate uploaded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checksums {
    /// The `ETag`, unless the bucket encrypts with SSE-KMS.
    pub(crate) etag: String,
    /// Base64, as S3 writes it.
    pub(crate) sha256: String,
}

impl Checksums {
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        Self {
            etag: hex::encode(Md5::digest(bytes)),
            sha256: sha256(bytes),
        }
    }

    /// Of the parts, and the number of parts, if the file is too large for a single upload.
    pub(crate) fn from_file(path: &Path, size: u64) -> std::io::Result<Self> {
        if size <= MAX_SINGLE_UPLOAD_BYTES {
            return std::fs::read(path).map(|bytes| Self::from_bytes(&bytes));
        }
        let mut file = File::open(path)?;
        let (mut md5, mut sha, mut parts) = (Md5::new(), Sha256::new(), 0);
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            (&mut file).take(part_size(size)).read_to_end(&mut buffer)?;
            if buffer.is_empty() {
                break;
            }
            md5.update(Md5::digest(&buffer));
            sha.update(Sha256::digest(&buffer));
            parts += 1;
        }
        Ok(Self {
            etag: format!("{}-{parts}", hex::encode(md5.finalize())),
            sha256: format!("{}-{parts}", base64::encode(sha.finalize())),
        })
    }
}

/// Base64, as S3 expects it.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    base64::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_that_s3_accepts_fits_into_its_parts() {
        const GIB: u64 = 1024 * 1024 * 1024;
        for size in [
            MAX_SINGLE_UPLOAD_BYTES + 1,
            5 * GIB,
            80 * GIB,
            5 * 1024 * GIB,
        ] {
            let part = part_size(size);
            assert!(size.div_ceil(part) <= MAX_PARTS, "{size}");
            assert!((5 * 1024 * 1024..=5 * GIB).contains(&part), "{size}");
        }
        assert_eq!(part_size(40 * 1024 * 1024), PART_STEP_BYTES);
    }

    #[test]
    fn checksums_match_those_of_s3() {
        // printf 'hello' | md5sum, and | openssl dgst -sha256 -binary | base64
        assert_eq!(
            Checksums::from_bytes(b"hello"),
            Checksums {
                etag: "5d41402abc4b2a76b9719d911017c592".into(),
                sha256: "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=".into(),
            }
        );
    }
}
