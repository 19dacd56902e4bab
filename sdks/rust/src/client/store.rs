//! Where tokens are kept beyond this process, if anywhere. Must not know what tokens are for.

use crate::clock::BoxFuture;
use crate::error::Cause;
use crate::flight::locked;
use grantd_protocol::Secret;
use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use tokio::sync::Mutex as AsyncMutex;

/// Held while one process works on a key; dropping it lets the next one in.
pub type StoreLock = Box<dyn Any + Send>;

/// Keeps tokens for several processes or for the next start. The texts are secrets. An error of any method reaches the caller
/// as [`Error::Store`](crate::Error::Store), and so does that one gave no answer within a minute.
pub trait TokenStore: Send + Sync + 'static {
    /// The text that was put last under this key, if any.
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Secret>, Cause>>;
    /// Ready when the text is safe: a refresh token that is lost ends the login.
    fn put<'a>(&'a self, key: &'a str, text: Secret) -> BoxFuture<'a, Result<(), Cause>>;
    /// Forgets the key. One that is not there is forgotten already.
    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), Cause>>;
    /// Where the text of this key is, for the message about one that cannot be read: a file's path, say.
    fn place(&self, key: &str) -> String {
        format!("the key {key}")
    }
    /// Waits until nobody else, in any process, works on this key. Without it, processes that refresh at the same time rely
    /// on the server's grace period.
    fn lock<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<StoreLock, Cause>> {
        let _ = key;
        Box::pin(async { Ok(Box::new(()) as StoreLock) })
    }
}

impl<S: TokenStore + ?Sized> TokenStore for Arc<S> {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Secret>, Cause>> {
        (**self).get(key)
    }

    fn put<'a>(&'a self, key: &'a str, text: Secret) -> BoxFuture<'a, Result<(), Cause>> {
        (**self).put(key, text)
    }

    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), Cause>> {
        (**self).delete(key)
    }

    fn place(&self, key: &str) -> String {
        (**self).place(key)
    }

    fn lock<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<StoreLock, Cause>> {
        (**self).lock(key)
    }
}

/// Keeps tokens in this process: what a manager does anyway, as a store to share between managers.
#[derive(Default)]
pub struct MemoryTokenStore {
    texts: Mutex<HashMap<String, Secret>>,
    locks: Mutex<HashMap<String, Arc<AsyncMutex<()>>>>,
}

impl MemoryTokenStore {
    /// How many keys are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        locked(&self.texts).len()
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl TokenStore for MemoryTokenStore {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Secret>, Cause>> {
        Box::pin(async move { Ok(locked(&self.texts).get(key).cloned()) })
    }

    fn put<'a>(&'a self, key: &'a str, text: Secret) -> BoxFuture<'a, Result<(), Cause>> {
        Box::pin(async move {
            locked(&self.texts).insert(key.to_owned(), text);
            Ok(())
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), Cause>> {
        Box::pin(async move {
            locked(&self.texts).remove(key);
            Ok(())
        })
    }

    fn lock<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<StoreLock, Cause>> {
        let lock = Arc::clone(locked(&self.locks).entry(key.to_owned()).or_default());
        Box::pin(async move { Ok(Box::new(lock.lock_owned().await) as StoreLock) })
    }
}

impl fmt::Debug for MemoryTokenStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "MemoryTokenStore({} kept)", self.len())
    }
}
