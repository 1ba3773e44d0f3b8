//! Checksums of a file, in the two forms that S3 has: of the whole, and of its parts.

use aws_smithy_types::base64;
use md5::{Digest, Md5};
use sha2::Sha256;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A file of up to this many bytes is uploaded in one request.
pub(crate) const WHOLE: u64 = 8 * 1024 * 1024;
/// S3 takes no more parts.
const PARTS: u64 = 10_000;
/// Parts are a multiple of this.
const STEP: u64 = 8 * 1024 * 1024;

/// In bytes: as small as 10,000 parts allow, so that the same file always has the same parts.
pub(crate) const fn part_size(size: u64) -> u64 {
    let needed = size.div_ceil(PARTS);
    if needed <= STEP {
        STEP
    } else {
        needed.div_ceil(STEP) * STEP
    }
}

/// What S3 says of an object with this content, if this crate uploaded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checksums {
    /// The `ETag` where the bucket encrypts nothing, or with its own key. With keys of KMS it is
    /// something else.
    pub(crate) etag: String,
    /// The SHA-256, where the object was uploaded with one.
    pub(crate) sha256: String,
}

impl Checksums {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self {
            etag: hex(&Md5::digest(bytes)),
            sha256: sha256(bytes),
        }
    }

    /// As S3 would hold `path`, in parts if it is large.
    pub(crate) fn of_file(path: &Path, size: u64) -> std::io::Result<Self> {
        if size <= WHOLE {
            return std::fs::read(path).map(|bytes| Self::of(&bytes));
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
            etag: format!("{}-{parts}", hex(&md5.finalize())),
            sha256: format!("{}-{parts}", base64::encode(sha.finalize())),
        })
    }
}

/// As S3 takes it.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    base64::encode(Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // A string takes anything.
        let _ok = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_size_that_s3_takes_fits_into_its_parts() {
        const GIB: u64 = 1024 * 1024 * 1024;
        for size in [WHOLE + 1, 5 * GIB, 80 * GIB, 5 * 1024 * GIB] {
            let part = part_size(size);
            assert!(size.div_ceil(part) <= PARTS, "{size}");
            assert!((5 * 1024 * 1024..=5 * GIB).contains(&part), "{size}");
        }
        assert_eq!(part_size(40 * 1024 * 1024), STEP);
    }

    #[test]
    fn checksums_are_those_of_s3() {
        // printf 'hello' | md5sum, and | openssl dgst -sha256 -binary | base64
        assert_eq!(
            Checksums::of(b"hello"),
            Checksums {
                etag: "5d41402abc4b2a76b9719d911017c592".into(),
                sha256: "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=".into(),
            }
        );
    }
}
