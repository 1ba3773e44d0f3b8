//! What reading and editing leave on the disk.

use super::skipped::allowed_to_be_skipped;
use super::{Error, edit, nothing, read};
use crate::dotenv::lock::lock;
use crate::dotenv::{self, Secrecy};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

fn folder(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".env"), text).unwrap();
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

fn set(path: &Path, key: &str, value: &str) -> Result<bool, Error> {
    edit(path, |all| all.set(key, value))
}

#[test]
fn an_edit_leaves_one_private_file() {
    let folder = folder("A=1\n");
    let path = folder.path().join(".env");
    assert!(set(&path, "B", "2").unwrap());
    assert_eq!(fs::read_to_string(&path).unwrap(), "A=1\nB=2\n");
    assert_eq!(
        (names(folder.path()), mode(&path)),
        (vec![".env".to_owned()], 0o600)
    );
}

#[test]
fn no_change_writes_nothing_but_makes_it_private() {
    let folder = folder("A=1\n");
    let path = folder.path().join(".env");
    let inode = fs::metadata(&path).unwrap().ino();
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    assert!(!set(&path, "A", "1").unwrap());
    assert_eq!(
        (fs::metadata(&path).unwrap().ino(), mode(&path)),
        (inode, 0o600)
    );
}

#[test]
fn the_mode_is_kept_unless_others_could_read_a_secret() {
    use Secrecy::{Public, Secret};
    for (old, secrecy, new) in [
        (0o644, Public, 0o644),
        (0o644, Secret, 0o600),
        (0o640, Secret, 0o600),
        (0o640, Public, 0o640),
        (0o700, Secret, 0o700),
        (0o600, Public, 0o600),
    ] {
        let folder = folder("A=1\n");
        let path = folder.path().join(".env");
        fs::set_permissions(&path, Permissions::from_mode(old)).unwrap();
        let set = |all: &mut dotenv::Document| all.set("B", "2");
        dotenv::edit(&path, &nothing(), secrecy, || true, set).unwrap();
        assert_eq!(mode(&path), new, "{old:o} {secrecy:?}");
    }
}

#[test]
fn a_read_only_file_is_refused() {
    let folder = folder("A=1\n");
    let path = folder.path().join(".env");
    fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
    assert!(!set(&path, "A", "1").unwrap());
    let error = set(&path, "A", "2").unwrap_err();
    let shown = path.display();
    assert_eq!(
        error.to_string(),
        format!("cannot write {shown}: it is read-only")
    );
    assert_eq!(
        error.hint().unwrap(),
        format!("`chmod u+w {shown}` makes it writable")
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "A=1\n");
}

#[test]
fn copies_of_killed_processes_are_removed() {
    let folder = folder("A=1\n");
    for name in [".env.copilot-Ab12Cd.tmp", ".env.copilot-x", ".env.local"] {
        fs::write(folder.path().join(name), "SECRET=s\n").unwrap();
    }
    set(&folder.path().join(".env"), "A", "2").unwrap();
    assert_eq!(
        names(folder.path()),
        [".env", ".env.copilot-x", ".env.local"]
    );
}

#[test]
fn a_missing_file_is_made_when_there_is_something_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    assert!(matches!(read(&path), Err(Error::Missing { .. })));
    edit(&path, |all| Ok(all.unset("A"))).unwrap();
    assert!(!path.exists());
    set(&path, "A", "1").unwrap();
    assert_eq!(read(&path).unwrap().get("A").as_deref(), Some("1"));
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn a_failed_change_writes_nothing() {
    let folder = folder("A=1\n");
    let path = folder.path().join(".env");
    let result = edit(&path, |all| {
        all.set("A", "2")?;
        all.set("no name", "3")
    });
    assert!(matches!(result, Err(Error::BadKey { .. })));
    assert_eq!(fs::read_to_string(&path).unwrap(), "A=1\n");
}

#[test]
fn a_symbolic_link_stays_and_its_file_changes() {
    let folder = folder("A=1\n");
    fs::create_dir(folder.path().join("dev")).unwrap();
    let link = folder.path().join("dev/.env");
    symlink("../.env", &link).unwrap();
    set(&link, "A", "2").unwrap();
    assert!(link.is_symlink());
    assert_eq!(
        fs::read_to_string(folder.path().join(".env")).unwrap(),
        "A=2\n"
    );

    let dangling = folder.path().join("dangling");
    symlink("dev/new.env", &dangling).unwrap();
    set(&dangling, "A", "3").unwrap();
    assert_eq!(
        fs::read_to_string(folder.path().join("dev/new.env")).unwrap(),
        "A=3\n"
    );

    let circle = folder.path().join("circle");
    symlink("circle", &circle).unwrap();
    assert!(matches!(set(&circle, "A", "3"), Err(Error::Write { .. })));
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = folder("A=1\nB%\n");
    let path = folder.path().join(".env");
    let at = format!(
        "{}:2: a line is `NAME=value`, a comment or blank",
        path.display()
    );
    assert_eq!(read(&path).unwrap_err().to_string(), at);
    assert_eq!(set(&path, "A", "2").unwrap_err().to_string(), at);
    assert_eq!(fs::read_to_string(&path).unwrap(), "A=1\nB%\n");
    fs::write(&path, b"A=1\nB=2\nC=\xff\n").unwrap();
    let at = format!("{}:3: it is not UTF-8", path.display());
    assert_eq!(read(&path).unwrap_err().to_string(), at);
    let not_a_file = format!("cannot read {}: not a file", folder.path().display());
    assert_eq!(read(folder.path()).unwrap_err().to_string(), not_a_file);
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let path = Path::new("/no-such-folder/.env");
    assert_eq!(
        set(path, "A", "1").unwrap_err().to_string(),
        "cannot write /no-such-folder/.env: could not open its folder: No such file or directory (os error 2)"
    );
}

#[test]
fn a_folder_that_may_not_be_written_keeps_its_file() {
    let folder = folder("A=1\n");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o500)).unwrap();
    if fs::write(folder.path().join("probe"), "").is_ok() {
        allowed_to_be_skipped("a read-only folder: this is root, who writes there all the same");
        return;
    }
    let path = folder.path().join(".env");
    let error = set(&path, "A", "2").unwrap_err().to_string();
    assert!(
        error.contains("could not make a temporary file beside it"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "A=1\n");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_lock_that_is_held_is_waited_for_and_then_reported() {
    let folder = folder("A=1\n");
    let path = folder.path().join(".env");
    let held = lock(folder.path(), &path, Duration::ZERO, || true).unwrap();
    let wait = Duration::from_millis(1500);
    assert_eq!(
        lock(folder.path(), &path, wait, || true)
            .unwrap_err()
            .to_string(),
        format!(
            "cannot write {}: another program has held its folder locked for 1 s",
            path.display()
        )
    );
    drop(held);
    // A program that another test starts at this moment holds it until it is another program.
    assert!(lock(folder.path(), &path, Duration::from_secs(5), || true).is_ok());
}
