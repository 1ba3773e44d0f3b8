//! `copilot kb sync`, against moto, and against a stand-in for what moto cannot do.

mod failures;
mod uploads;

use crate::harness::{Repo, Test};

fn sync<'a>(repo: &'a Repo, bucket: &'a str, more: &'a str) -> Test<'a> {
    let words = ["kb", "sync", "-b", bucket, "-s", "docs"];
    repo.copilot(words.into_iter().chain(more.split_whitespace()))
}
