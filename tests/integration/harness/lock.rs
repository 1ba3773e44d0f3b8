//! Named locks, for tests that would disturb each other. They hold in one process and across several:
//! two test programs on one machine share its Docker engine too.

use std::cell::RefCell;
use std::fs::File;
use std::marker::PhantomData;
use std::path::Path;

/// The images of the engine: held by whoever builds or removes one. The names that recipes build are
/// fixed, and the classic builder fails if a layer in its cache is removed meanwhile.
pub(crate) const IMAGES: Lock = Lock("images.lock");

thread_local! {
    /// The locks that this thread holds.
    static HELD_LOCK_NAMES: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// A lock that one test at a time holds, by the name of its file.
pub(crate) struct Lock(&'static str);

/// A lock that is held until this is dropped, by the thread that took it.
pub(crate) struct Held {
    _file: File,
    name: &'static str,
    _same_thread: PhantomData<*const ()>,
}

impl Lock {
    /// Waits until no other test, of whatever process, holds the lock, and takes it.
    #[track_caller]
    pub(crate) fn take(&self) -> Held {
        HELD_LOCK_NAMES.with_borrow_mut(|held| {
            // It would wait for itself.
            assert!(
                !held.contains(&self.0),
                "this test holds {} already",
                self.0
            );
            held.push(self.0);
        });
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(self.0);
        let file = File::create(path).unwrap();
        file.lock().unwrap();
        Held {
            _file: file,
            name: self.0,
            _same_thread: PhantomData,
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD_LOCK_NAMES.with_borrow_mut(|held| held.retain(|name| *name != self.name));
    }
}
