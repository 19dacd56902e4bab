//! Tokens in a directory, for command-line programs and for several processes on one machine.

use super::store::{StoreLock, TokenStore};
use crate::clock::{BoxFuture, random_text};
use crate::error::Cause;
use grantd_protocol::Secret;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How often a lock is tried that somebody else has, and how long it is waited in between: half a minute altogether.
const TRIES: u32 = 1500;
const PAUSE: Duration = Duration::from_millis(20);

/// Keeps each token in a file of its own that only this user may read.
#[derive(Clone, Debug)]
pub struct FileTokenStore {
    directory: Arc<Path>,
}

impl FileTokenStore {
    /// The directory is made, for this user alone, when it is not there.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into().into(),
        }
    }

    /// Tries so often.
    async fn lock_in(&self, key: &str, tries: u32) -> Result<StoreLock, Cause> {
        let file = self.work(key, open_lock).await?;
        for _ in 0..tries {
            match file.try_lock() {
                Ok(()) => return Ok(Box::new(file)),
                Err(TryLockError::WouldBlock) => tokio::time::sleep(PAUSE).await,
                Err(TryLockError::Error(error)) => return Err(Arc::new(error)),
            }
        }
        Err(Arc::new(io::Error::from(ErrorKind::TimedOut)))
    }

    /// Files are slow: away from the threads that serve requests.
    fn work<T: Send + 'static>(
        &self,
        key: &str,
        work: impl FnOnce(&Path, &str) -> io::Result<T> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, Cause>> {
        let (directory, key) = (Arc::clone(&self.directory), key.to_owned());
        Box::pin(async move {
            let done = tokio::task::spawn_blocking(move || {
                if key.is_empty() || !key.bytes().all(is_of_name) {
                    return Err(io::Error::from(ErrorKind::InvalidInput));
                }
                work(&directory, &key)
            });
            let outcome = done.await.map_err(|error| Arc::new(error) as Cause)?;
            outcome.map_err(|error| Arc::new(error) as Cause)
        })
    }
}

impl TokenStore for FileTokenStore {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Secret>, Cause>> {
        self.work(key, |directory, key| match fs::read(file(directory, key)) {
            // What is no text is damaged, which whoever reads it says.
            Ok(bytes) => Ok(Some(Secret::new(String::from_utf8(bytes).unwrap_or_default()))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        })
    }

    fn put<'a>(&'a self, key: &'a str, text: Secret) -> BoxFuture<'a, Result<(), Cause>> {
        self.work(key, move |directory, key| {
            make_private(directory)?;
            let draft = directory.join(format!("{key}.{}.tmp", random_text::<9>()));
            let written = write(&draft, text.expose(), &file(directory, key));
            if written.is_err() {
                let _ = fs::remove_file(&draft);
            }
            // The tokens are safe: what a crash left is removed with the next ones at the latest.
            let _ = sweep(directory, key);
            written
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), Cause>> {
        self.work(key, |directory, key| {
            gone(fs::remove_file(file(directory, key)))?;
            gone(sweep(directory, key))
        })
    }

    fn place(&self, key: &str) -> String {
        file(&self.directory, key).display().to_string()
    }

    /// The system's lock on a file: it ends with the process that holds it. One that stands still with it keeps the others for a
    /// while and not for ever: then it is an error.
    fn lock<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<StoreLock, Cause>> {
        Box::pin(self.lock_in(key, TRIES))
    }
}

/// Writes a draft and gives it its name. It is locked meanwhile: what is not is nobody's any more.
fn write(draft: &Path, text: &str, name: &Path) -> io::Result<()> {
    let mut file = private().write(true).create_new(true).open(draft)?;
    file.lock()?;
    file.write_all(text.as_bytes())?;
    // On the disk before the name: a crash leaves the old tokens or the new ones, never half of either.
    file.sync_all()?;
    fs::rename(draft, name)
}

/// Removes the drafts of this key that a crash left: secrets that nobody reads any more.
fn sweep(directory: &Path, key: &str) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if is_draft(name, key) && !is_written_now(&path) {
            gone(fs::remove_file(path))?;
        }
    }
    Ok(())
}

/// A key has no dot in it, so that none is the beginning of another's draft.
fn is_draft(name: &str, key: &str) -> bool {
    let rest = name.strip_prefix(key).and_then(|rest| rest.strip_prefix('.'));
    let chance = rest.and_then(|rest| rest.strip_suffix(".tmp"));
    chance.is_some_and(|chance| chance.len() == 12 && chance.bytes().all(is_of_name))
}

fn is_written_now(draft: &Path) -> bool {
    File::open(draft).is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

/// What is not there is gone.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

const fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn open_lock(directory: &Path, key: &str) -> io::Result<File> {
    make_private(directory)?;
    let path = directory.join(format!("{key}.lock"));
    private().write(true).create(true).truncate(false).open(path)
}

fn file(directory: &Path, key: &str) -> PathBuf {
    directory.join(format!("{key}.json"))
}

fn make_private(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_lock_that_is_never_given_back_is_an_error_and_one_that_is_serves_the_next() {
        let directory = std::env::temp_dir().join(format!("grantd-store-{}", random_text::<9>()));
        let (one, other) = (FileTokenStore::new(&*directory), FileTokenStore::new(&*directory));
        let held = one.lock("key").await.unwrap();
        let refused = other.lock_in("key", 2).await.map(drop).unwrap_err();
        assert_eq!(refused.to_string(), io::Error::from(ErrorKind::TimedOut).to_string());
        assert!(other.lock_in("another", 1).await.is_ok());
        drop(held);
        assert!(other.lock_in("key", 1).await.is_ok());
        fs::remove_dir_all(directory).unwrap();
    }
}
