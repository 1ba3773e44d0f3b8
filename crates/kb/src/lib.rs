//! The documents of a Bedrock knowledge base: Markdown files go to an S3 bucket, and ingestion
//! jobs make the knowledge base read them.
//!
//! - [`survey`] compares a folder with a bucket; [`sync`] uploads what differs and deletes what is
//!   gone.
//! - [`Agent`] starts, follows and lists ingestion jobs.
//!
//! What [`sync`] promises:
//!
//! - A file whose content is in the bucket is not uploaded: checksums decide, never times.
//! - What it uploads is what it read: S3 checks each request against the SHA-256 that was made of
//!   the same bytes.
//! - One file that fails does not keep the others; nothing is deleted once one has failed.
//! - When it is asked to stop, requests in flight are dropped (S3 keeps whole objects only), and
//!   an upload in parts is taken back.
//! - An [`Error`] says in words what AWS said in codes, and never holds a credential.

mod client;
mod content;
mod error;
mod ingestion;
mod local;
mod multipart;
mod remote;
mod survey;
mod sync;
mod upload;
mod words;

pub use aws_types::SdkConfig;

pub use {
    error::{Error, Scope},
    ingestion::{Agent, Job, KnowledgeBase, Statistics},
    local::LocalFile,
    survey::{Survey, survey},
    sync::{Cancel, Options, Outcome, Progress, Report, sync},
};
