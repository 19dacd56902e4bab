//! The store in one SQLite file, each test in a directory of its own.

use crate::suite::Backend;
use grantd_store::sqlite::{Options, SqliteStore};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// A directory that goes with the test.
pub struct Sqlite {
    directory: PathBuf,
}

static NEXT: AtomicU32 = AtomicU32::new(0);

impl Sqlite {
    pub fn new() -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("grantd-store-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&directory).unwrap();
        Self { directory }
    }

    pub fn path(&self) -> PathBuf {
        self.directory.join("grantd.db")
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

impl Backend for Sqlite {
    type Store = SqliteStore;

    async fn fresh() -> Self {
        Self::new()
    }

    async fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.path(), &Options::default()).unwrap()
    }
}

crate::suite::run_on!(crate::backend::sqlite::Sqlite, durable);

mod file;
mod seen;
mod snapshots;
