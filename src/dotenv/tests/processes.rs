//! Several processes at one file, one of them killed, and a disk that is full.

use super::skipped::allowed_to_be_skipped;
use super::{Error, edit, read};
use crate::dotenv::Document;
use std::env;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

const FILE_VARIABLE: &str = "DOTENV_TEST_FILE";
const NAME_VARIABLE: &str = "DOTENV_TEST_NAME";
const WRITE_COUNT: usize = 40;

/// Not a test: what the processes that the tests start do.
#[test]
fn writer() {
    let (Some(file), Ok(name)) = (env::var_os(FILE_VARIABLE), env::var(NAME_VARIABLE)) else {
        return;
    };
    for n in 0.. {
        if name != "ENDLESS" && n == WRITE_COUNT {
            return;
        }
        let filler = "it's a long value\n".repeat(2000);
        edit_at_last(Path::new(&file), |all| {
            all.set(&format!("{name}_{}", n % WRITE_COUNT), &n.to_string())?;
            all.set("FILLER", &filler)?;
            all.set("FIRST", &n.to_string())?;
            all.set("LAST", &n.to_string())
        });
    }
}

/// Others that write all the time can keep one out for as long as it waits.
fn edit_at_last(path: &Path, change: impl Fn(&mut Document) -> Result<bool, Error>) {
    while let Err(error) = edit(path, &change) {
        assert!(matches!(error, Error::Locked { .. }), "{error}");
    }
}

fn start(file: &Path, name: &str) -> Child {
    Command::new(env::current_exe().unwrap())
        .args([
            "dotenv::tests::processes::writer",
            "--exact",
            "--test-threads=1",
        ])
        .env(FILE_VARIABLE, file)
        .env(NAME_VARIABLE, name)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn writers_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    let mut writers: Vec<_> = ["P", "Q", "R"].map(|name| start(&path, name)).into();
    for n in 0..WRITE_COUNT {
        edit_at_last(&path, |all| all.set(&format!("SELF_{n}"), "x"));
    }
    for writer in &mut writers {
        assert!(writer.wait().unwrap().success());
    }
    let all = read(&path).unwrap();
    assert_eq!(all.keys().count(), 4 * WRITE_COUNT + 3);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_writer_that_is_killed_leaves_a_whole_file_and_no_lock() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    for round in 0..8 {
        let mut writer = start(&path, "ENDLESS");
        thread::sleep(Duration::from_millis(60 + 17 * round));
        writer.kill().unwrap();
        writer.wait().unwrap();
        match read(&path) {
            Ok(all) => assert_eq!(all.get("FIRST"), all.get("LAST")),
            Err(Error::Missing { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    edit(&path, |all| all.set("AFTER", "1")).unwrap();
}

#[test]
fn a_full_disk_keeps_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let mount = |args: &[&str]| {
        let status = Command::new(args[0])
            .args(&args[1..])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    };
    if !mount(&["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs"]) {
        allowed_to_be_skipped("a full disk: this user may not mount a small one");
        return;
    }
    let path = folder.path().join(".env");
    edit(&path, |all| all.set("A", "1")).unwrap();
    let full = edit(&path, |all| all.set("A", &"x".repeat(100_000)));
    let text = fs::read_to_string(&path).unwrap();
    let files = fs::read_dir(folder.path()).unwrap().count();
    let read_only =
        mount(&["mount", "-o", "remount,ro"]).then(|| edit(&path, |all| all.set("A", "2")));
    assert!(mount(&["umount"]));
    let full = full.unwrap_err();
    assert_eq!(
        full.to_string(),
        format!(
            "cannot write {}: could not write the temporary file beside it: No space left on device (os error 28)",
            path.display()
        )
    );
    assert_eq!(full.hint().as_deref(), Some("the file is unchanged"));
    assert_eq!((text.as_str(), files), ("A=1\n", 1));
    if let Some(result) = read_only {
        let message = result.unwrap_err().to_string();
        assert!(
            message.contains("could not make a temporary file beside it: Read-only file system"),
            "{message}"
        );
    }
}
