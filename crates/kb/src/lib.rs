//! The documents of a Bedrock knowledge base: uploads Markdown files to an S3 bucket, and runs the
//! ingestion jobs that make the knowledge base read them.
//!
//! - [`survey`] compares a folder with a bucket; [`sync`] uploads what differs and deletes what is
//!   gone.
//! - [`Agent`] starts, follows and lists ingestion jobs.
//!
//! Guarantees of [`sync`]:
//!
//! - A file whose content is in the bucket is not uploaded: checksums decide, never timestamps.
//! - The object is exactly what was read: S3 verifies each request against the SHA-256 of the same
//!   bytes.
//! - A file that fails does not stop the others; nothing is deleted once one has failed.
//! - When it is cancelled, requests in flight are dropped (S3 keeps only complete objects), and
//!   multipart uploads are aborted.
//! - An [`Error`] explains AWS's error codes, and never contains a credential.

mod cancel;
mod client;
mod content;
mod error;
mod ingestion;
mod local;
mod memory;
mod multipart;
mod remote;
mod sdk_error;
mod survey;
mod sync;
mod upload;

pub use aws_types::SdkConfig;

pub use {
    cancel::Cancel,
    error::{Error, Scope},
    ingestion::{Agent, Job, KnowledgeBase, Statistics},
    local::LocalFile,
    survey::{Survey, survey},
    sync::{Options, Progress, Report, sync},
};
