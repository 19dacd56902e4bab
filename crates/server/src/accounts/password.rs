//! Passwords: Argon2id on a bounded pool of blocking threads. One hash takes 19 MiB and some 20 ms of a core, so the
//! number of those that run and those that wait is limited, and an unknown user costs the same as a wrong password.
//! Must not know users, stores or HTTP.

use super::compare::is_of;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use grantd_core::stored_hash::StoredHash;
use grantd_protocol::entropy::draw;
use grantd_protocol::{Entropy, Secret};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The longest password in bytes. Longer ones are refused before they cost anything.
pub const MAX_PASSWORD_BYTES: usize = 1024;

/// Memory in KiB, passes and lanes (OWASP's first recommendation for Argon2id).
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// How much hashing may go on at once.
#[derive(Clone, Copy, Debug)]
pub struct PasswordPoolSettings {
    /// Hashes that run at the same time; the number of cores is right.
    pub workers: usize,
    /// Hashes that may wait for a worker; beyond it the caller is told to come back later.
    pub waiting: usize,
}

/// Why a password was not hashed or checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PasswordFault {
    /// Too many hashes are waiting: 503 with `Retry-After`.
    #[error("too many passwords are being checked at this moment")]
    Busy,
    /// Longer than [`MAX_PASSWORD_BYTES`]. Only [`PasswordPool::hash`] says so.
    #[error("the password is longer than {MAX_PASSWORD_BYTES} bytes")]
    TooLong,
    /// The stored hash is of no known kind, or asks for absurd resources.
    #[error("the stored password hash is unusable")]
    Unusable,
    /// Hashing failed or its thread ended early.
    #[error("password hashing failed")]
    Failed,
}

/// What became of a check.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The password is right. With `rehash` its hash was made elsewhere, or with weaker parameters than today's: hash it
    /// again and store that.
    Match {
        /// Whether to store a new hash.
        rehash: bool,
    },
    /// It is not, or there is no such user, or the user has no password.
    Mismatch,
}

/// The pool. Clones share it.
#[derive(Clone, Debug)]
pub struct PasswordPool {
    /// One permit per hash that runs or waits.
    admission: Arc<Semaphore>,
    /// One permit per hash that runs.
    workers: Arc<Semaphore>,
    /// Checked against when there is nothing to check against.
    dummy: Arc<str>,
}

impl PasswordPool {
    /// A pool, with a hash that no password is known for, to compare with for unknown users.
    #[must_use]
    pub fn new(settings: PasswordPoolSettings, entropy: &dyn Entropy) -> Self {
        let workers = settings.workers.max(1);
        Self {
            admission: Arc::new(Semaphore::new(workers.saturating_add(settings.waiting))),
            workers: Arc::new(Semaphore::new(workers)),
            dummy: nobodys(entropy).into(),
        }
    }

    /// Hashes a new password into a PHC string.
    ///
    /// # Errors
    /// [`PasswordFault::TooLong`], [`PasswordFault::Busy`], [`PasswordFault::Failed`].
    pub async fn hash(&self, password: Secret, entropy: &dyn Entropy) -> Result<String, PasswordFault> {
        if password.expose().len() > MAX_PASSWORD_BYTES {
            return Err(PasswordFault::TooLong);
        }
        let salt: [u8; 16] = draw(entropy);
        self.run(move || hash_now(password.expose().as_bytes(), &salt)).await?
    }

    /// Checks a password against a stored hash; `None` where there is no such user or no password. Takes the same time
    /// whichever it is, also for a password that is too long. Only against a hash that was imported it takes longer.
    ///
    /// # Errors
    /// [`PasswordFault::Busy`], [`PasswordFault::Unusable`], [`PasswordFault::Failed`].
    pub async fn verify(&self, password: Secret, stored: Option<&str>) -> Result<Verdict, PasswordFault> {
        let possible = stored.is_some() && password.expose().len() <= MAX_PASSWORD_BYTES;
        let dummy = Arc::clone(&self.dummy);
        let stored: Arc<str> = stored.map_or_else(|| Arc::clone(&dummy), Arc::from);
        let verdict = self
            .run(move || {
                let bytes = password.expose().as_bytes();
                // Cut, so that a megabyte is not hashed; the verdict is a mismatch anyway.
                let bytes = bytes.get(..MAX_PASSWORD_BYTES).unwrap_or(bytes);
                verify_now(bytes, &stored, &dummy)
            })
            .await??;
        Ok(if possible { verdict } else { Verdict::Mismatch })
    }

    /// Runs `work` on a blocking thread as soon as a worker is free. The permits travel with it: a caller that goes
    /// away does not free the place of a hash that still runs.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, PasswordFault> {
        let admitted: OwnedSemaphorePermit = Arc::clone(&self.admission)
            .try_acquire_owned()
            .map_err(|_| PasswordFault::Busy)?;
        let worker = Arc::clone(&self.workers)
            .acquire_owned()
            .await
            .map_err(|_| PasswordFault::Failed)?;
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop((worker, admitted));
            done
        })
        .await
        .map_err(|_| PasswordFault::Failed)
    }
}

fn argon2() -> Result<Argon2<'static>, PasswordFault> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(|_| PasswordFault::Failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// A hash of the usual cost, drawn and not computed: what it was made from is never asked, and the start of the
/// process would take 20 MB that it does not give back.
fn nobodys(entropy: &dyn Entropy) -> String {
    let (memory, passes, lanes) = COST;
    let salt = STANDARD_NO_PAD.encode(draw::<16>(entropy));
    let hash = STANDARD_NO_PAD.encode(draw::<32>(entropy));
    format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${hash}")
}

fn hash_now(password: &[u8], salt: &[u8; 16]) -> Result<String, PasswordFault> {
    let hash = argon2()?
        .hash_password_with_salt(password, salt)
        .map_err(|_| PasswordFault::Failed)?;
    Ok(hash.to_string())
}

fn verify_now(password: &[u8], stored: &str, dummy: &str) -> Result<Verdict, PasswordFault> {
    let hash = StoredHash::parse(stored).map_err(|_| PasswordFault::Unusable)?;
    let matches = is_of(password, &hash).map_err(|_| PasswordFault::Unusable)?;
    let rehash = needs_rehash(&hash);
    if matches {
        return Ok(Verdict::Match { rehash });
    }
    if rehash && let Ok(dummy) = StoredHash::parse(dummy) {
        // Some imported hashes are quicker than ours: a quick refusal would tell that the name exists.
        let _ = is_of(password, &dummy);
    }
    Ok(Verdict::Mismatch)
}

/// Whether a hash is another than we would make today, and weaker or slower for it.
const fn needs_rehash(hash: &StoredHash<'_>) -> bool {
    match hash {
        StoredHash::Argon2 {
            id,
            memory,
            passes,
            lanes,
            ..
        } => !*id || *memory < COST.0 || *passes < COST.1 || *lanes < COST.2,
        StoredHash::Bcrypt(_) | StoredHash::Pbkdf2 { .. } | StoredHash::Sha256(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::SystemEntropy;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;

    fn pool(workers: usize, waiting: usize) -> PasswordPool {
        PasswordPool::new(PasswordPoolSettings { workers, waiting }, &SystemEntropy)
    }

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[tokio::test]
    async fn only_the_password_itself_matches_its_hash() {
        let pool = pool(2, 8);
        let hash = pool.hash(secret("correct horse"), &SystemEntropy).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let right = pool.verify(secret("correct horse"), Some(&hash)).await;
        assert_eq!(right, Ok(Verdict::Match { rehash: false }));
        let wrong = pool.verify(secret("correct horsf"), Some(&hash)).await;
        assert_eq!(wrong, Ok(Verdict::Mismatch));
    }

    #[tokio::test]
    async fn the_same_password_never_hashes_the_same() {
        let pool = pool(2, 8);
        let first = pool.hash(secret("x"), &SystemEntropy).await.unwrap();
        assert_ne!(first, pool.hash(secret("x"), &SystemEntropy).await.unwrap());
    }

    #[tokio::test]
    async fn an_unknown_user_is_a_mismatch_like_any_other() {
        let pool = pool(1, 1);
        assert_eq!(pool.verify(secret("x"), None).await, Ok(Verdict::Mismatch));
    }

    #[test]
    fn an_unknown_user_costs_the_same_as_a_wrong_password() {
        let pool = pool(1, 1);
        let Ok(StoredHash::Argon2 {
            memory, passes, lanes, ..
        }) = StoredHash::parse(&pool.dummy)
        else {
            panic!("{}", pool.dummy);
        };
        assert_eq!((memory, passes, lanes), COST);
    }

    #[tokio::test]
    async fn a_password_beyond_the_limit_is_refused_when_set_and_a_mismatch_when_checked() {
        let pool = pool(1, 1);
        let longest = "a".repeat(MAX_PASSWORD_BYTES);
        let hash = pool.hash(secret(&longest), &SystemEntropy).await.unwrap();
        let longer = format!("{longest}a");
        assert_eq!(
            pool.hash(secret(&longer), &SystemEntropy).await,
            Err(PasswordFault::TooLong)
        );
        // The first 1024 bytes are right: it must not match for that.
        assert_eq!(pool.verify(secret(&longer), Some(&hash)).await, Ok(Verdict::Mismatch));
        let huge = secret(&"a".repeat(1 << 20));
        assert_eq!(pool.verify(huge, Some(&hash)).await, Ok(Verdict::Mismatch));
    }

    #[tokio::test]
    async fn a_weaker_stored_hash_matches_and_asks_to_be_made_again() {
        let pool = pool(1, 1);
        let weak = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(8 * 1024, 1, 1, None).unwrap(),
        );
        let hash = weak.hash_password_with_salt(b"x", &[7; 16]).unwrap().to_string();
        assert_eq!(
            pool.verify(secret("x"), Some(&hash)).await,
            Ok(Verdict::Match { rehash: true })
        );
    }

    #[tokio::test]
    async fn an_imported_hash_matches_its_password_and_asks_to_be_made_again() {
        let pool = pool(1, 1);
        let hash = "$2b$05$CCCCCCCCCCCCCCCCCCCCC.WrAwgFxicHZ3kL7zMvXYXHKosDn8ot2";
        let right = pool.verify(secret("correct horse"), Some(hash)).await;
        assert_eq!(right, Ok(Verdict::Match { rehash: true }));
        let wrong = pool.verify(secret("correct horsf"), Some(hash)).await;
        assert_eq!(wrong, Ok(Verdict::Mismatch));
    }

    #[tokio::test]
    async fn a_stored_hash_of_another_kind_or_of_absurd_cost_is_unusable() {
        let pool = pool(1, 1);
        let good = pool.hash(secret("x"), &SystemEntropy).await.unwrap();
        let cases = [
            String::new(),
            "plain".to_owned(),
            good.replace("argon2id", "argon2x"),
            "$2b$31$CCCCCCCCCCCCCCCCCCCCC.WrAwgFxicHZ3kL7zMvXYXHKosDn8ot2".to_owned(),
            good.replace("m=19456", "m=4194304"),
            good.replace("t=2", "t=1000"),
            "$argon2id$v=19$m=19456,t=2,p=1".to_owned(),
        ];
        for stored in cases {
            let verdict = pool.verify(secret("x"), Some(&stored)).await;
            assert_eq!(verdict, Err(PasswordFault::Unusable), "{stored}");
        }
    }

    /// A hash that runs until it is told to end, and its caller.
    async fn occupied(pool: &PasswordPool) -> (std::sync::mpsc::Sender<()>, JoinHandle<Result<(), PasswordFault>>) {
        let (started, running) = oneshot::channel();
        let (release, released) = std::sync::mpsc::channel::<()>();
        let pool = pool.clone();
        let caller = tokio::spawn(async move {
            pool.run(move || {
                let _sent = started.send(());
                let _released = released.recv();
            })
            .await
        });
        running.await.unwrap();
        (release, caller)
    }

    #[tokio::test]
    async fn at_most_so_many_run_and_wait_and_the_next_is_told_busy() {
        let pool = pool(1, 1);
        let (release, first) = occupied(&pool).await;
        let count = Arc::new(AtomicUsize::new(0));
        let mut second = Box::pin(pool.run({
            let count = Arc::clone(&count);
            move || count.fetch_add(1, Ordering::SeqCst)
        }));
        // One poll puts it into the queue.
        assert!(
            std::future::poll_fn(|cx| std::task::Poll::Ready(second.as_mut().poll(cx)))
                .await
                .is_pending()
        );
        assert_eq!(pool.verify(secret("x"), None).await, Err(PasswordFault::Busy));
        assert_eq!(count.load(Ordering::SeqCst), 0, "the second ran beside the first");
        release.send(()).unwrap();
        first.await.unwrap().unwrap();
        second.await.unwrap();
        assert_eq!(pool.verify(secret("x"), None).await, Ok(Verdict::Mismatch));
    }

    #[tokio::test]
    async fn a_caller_that_goes_away_does_not_free_the_place_of_a_running_hash() {
        let pool = pool(1, 0);
        let (release, caller) = occupied(&pool).await;
        caller.abort();
        assert!(caller.await.is_err());
        assert_eq!(pool.verify(secret("x"), None).await, Err(PasswordFault::Busy));
        release.send(()).unwrap();
    }
}
