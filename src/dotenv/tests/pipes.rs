//! A `.env` that is a named pipe.

use super::{Error, edit, read};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use std::fs;
use std::thread;

#[test]
fn it_is_read_once_and_never_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    mkfifo(&path, Mode::from_bits_truncate(0o600)).unwrap();
    let pipe = path.clone();
    let writer = thread::spawn(move || fs::write(pipe, "A=1\nB=2\n").unwrap());
    for _ in 0..3 {
        assert_eq!(read(&path).unwrap().get("B").as_deref(), Some("2"));
    }
    writer.join().unwrap();
    let error = edit(&path, |all| all.set("A", "2")).unwrap_err();
    assert!(matches!(error, Error::Pipe { .. }), "{error}");
    assert_eq!(
        error.hint().as_deref(),
        Some("change the value in the program that writes to the pipe")
    );
}

#[test]
fn the_wait_for_its_writer_can_be_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    mkfifo(&path, Mode::from_bits_truncate(0o600)).unwrap();
    let read = crate::dotenv::read(&path, &super::nothing(), || false);
    let error = read.err().map(|error| error.to_string());
    assert!(
        error
            .as_ref()
            .is_some_and(|text| text.contains("operation interrupted")),
        "{error:?}"
    );
}
