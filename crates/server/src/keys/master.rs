//! The master key: 32 random bytes in a file of its own, never in the database. Everything symmetric is derived from
//! it by purpose. Must not know what the derived keys are used on.

use super::MasterKeyFault;
use grantd_jose::{HmacKey, Sealer, derive_key};
use grantd_protocol::Entropy;
use grantd_protocol::entropy::draw;
use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;
use zeroize::Zeroizing;

/// The master key. Wiped when dropped, never printed.
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// What a derived key is for. Two purposes never share a key, so a value made for one is worthless for another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// The tags of refresh tokens.
    RefreshTag,
    /// Sealed state that a browser carries between two requests.
    Ticket,
    /// The nonces of proofs of possession.
    DpopNonce,
    /// Signing keys at rest.
    KeyWrapping,
    /// What initial access tokens say.
    InitialAccess,
    /// Secrets that are shown again under the same idempotency key.
    Idempotency,
    /// Names of users for sectors (OpenID Connect Core section 8.1).
    Pairwise,
    /// Secrets of authenticator apps at rest.
    SecondFactor,
    /// Secrets that messages to webhooks are signed with, at rest.
    Webhook,
    /// What is kept of recovery codes.
    RecoveryCode,
    /// Ids and secrets of demo data, so that a second start prints the same ones.
    Demo,
}

impl Purpose {
    /// The HKDF label. Never changed: what was made under it would no longer open.
    const fn label(self) -> &'static str {
        match self {
            Self::RefreshTag => "grantd/v1/refresh-tag",
            Self::Ticket => "grantd/v1/ticket",
            Self::DpopNonce => "grantd/v1/dpop-nonce",
            Self::KeyWrapping => "grantd/v1/key-wrapping",
            Self::InitialAccess => "grantd/v1/initial-access",
            Self::Idempotency => "grantd/v1/idempotency",
            Self::Pairwise => "grantd/v1/pairwise",
            Self::SecondFactor => "grantd/v1/second-factor",
            Self::Webhook => "grantd/v1/webhook",
            Self::RecoveryCode => "grantd/v1/recovery-code",
            Self::Demo => "grantd/v1/demo",
        }
    }
}

impl MasterKey {
    /// Draws a key that is kept nowhere, for `--data :memory:` and for tests.
    #[must_use]
    pub fn draw(entropy: &dyn Entropy) -> Self {
        Self(Zeroizing::new(draw(entropy)))
    }

    /// Reads the text form, 64 hexadecimal digits, from where there is no file (an environment variable).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        from_hex(text).map(Self)
    }

    /// Reads the key file.
    ///
    /// # Errors
    /// When it is missing, readable by group or others, or not a key.
    pub fn load(path: &Path) -> Result<Self, MasterKeyFault> {
        let io = |cause: std::io::Error| match cause.kind() {
            ErrorKind::NotFound => MasterKeyFault::Missing { path: path.into() },
            _ => MasterKeyFault::Io {
                path: path.into(),
                cause,
            },
        };
        let file = File::open(path).map_err(io)?;
        refuse_exposed(&file, path)?;
        let mut text = Zeroizing::new(String::with_capacity(66));
        // 66 is 64 digits and a line end of two characters; one more byte shows that the file is something else.
        file.take(67)
            .read_to_string(&mut text)
            .map_err(|cause| match cause.kind() {
                ErrorKind::InvalidData => MasterKeyFault::Malformed { path: path.into() },
                _ => io(cause),
            })?;
        let bytes = from_hex(text.trim_end()).ok_or_else(|| MasterKeyFault::Malformed { path: path.into() })?;
        Ok(Self(bytes))
    }

    /// Draws a key and writes it to a new file with mode 0600, durably, before it returns: a key that sealed something
    /// and is then lost in a crash would make the database useless.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub fn create(path: &Path, entropy: &dyn Entropy) -> Result<Self, MasterKeyFault> {
        let io = |cause: std::io::Error| match cause.kind() {
            ErrorKind::AlreadyExists => MasterKeyFault::Exists { path: path.into() },
            _ => MasterKeyFault::Io {
                path: path.into(),
                cause,
            },
        };
        let key = Self::draw(entropy);
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        // Written aside, with mode 0600, and given its name once it is whole: a process that starts at the same time
        // finds no file or a finished one.
        let mut file = tempfile::Builder::new()
            .prefix(".master-key-")
            .tempfile_in(folder)
            .map_err(io)?;
        let text = to_hex(&key.0);
        file.write_all(text.as_bytes())
            .and_then(|()| file.write_all(b"\n"))
            .and_then(|()| file.as_file().sync_all())
            .map_err(io)?;
        file.persist_noclobber(path).map_err(|refused| io(refused.error))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)?;
        Ok(key)
    }

    /// Reads the key file, or makes it. Only for a data directory that holds nothing sealed yet: a key made anew opens
    /// nothing that exists.
    ///
    /// # Errors
    /// As [`MasterKey::load`] and [`MasterKey::create`].
    pub fn load_or_create(path: &Path, entropy: &dyn Entropy) -> Result<Self, MasterKeyFault> {
        match Self::load(path) {
            Err(MasterKeyFault::Missing { .. }) => match Self::create(path, entropy) {
                // Another process made it in between: its key is the key.
                Err(MasterKeyFault::Exists { .. }) => Self::load(path),
                made => made,
            },
            loaded => loaded,
        }
    }

    /// The raw key of a purpose.
    #[must_use]
    pub fn subkey(&self, purpose: Purpose) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(derive_key(&*self.0, purpose.label()))
    }

    /// A purpose's key for message authentication.
    #[must_use]
    pub fn mac(&self, purpose: Purpose) -> HmacKey {
        HmacKey::new(&*self.subkey(purpose))
    }

    /// A purpose's key for authenticated encryption.
    #[must_use]
    pub fn sealer(&self, purpose: Purpose) -> Sealer {
        Sealer::new(*self.subkey(purpose))
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("MasterKey(redacted)")
    }
}

#[cfg(unix)]
fn refuse_exposed(file: &File, path: &Path) -> Result<(), MasterKeyFault> {
    use std::os::unix::fs::PermissionsExt as _;
    // Asked of the open file, not of the path: nobody can swap it in between.
    let metadata = file.metadata().map_err(|cause| MasterKeyFault::Io {
        path: path.into(),
        cause,
    })?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(MasterKeyFault::Exposed {
        path: path.into(),
        mode,
    })
}

#[cfg(not(unix))]
fn refuse_exposed(_file: &File, _path: &Path) -> Result<(), MasterKeyFault> {
    Ok(())
}

fn to_hex(bytes: &[u8; 32]) -> Zeroizing<String> {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    let mut text = Zeroizing::new(String::with_capacity(64));
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 0x0F));
    }
    text
}

fn from_hex(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    if text.len() != 64 {
        return None;
    }
    let mut bytes = Zeroizing::new([0_u8; 32]);
    let mut digits = text.chars().map(|digit| digit.to_digit(16));
    for byte in bytes.iter_mut() {
        let (high, low) = (digits.next()??, digits.next()??);
        *byte = u8::try_from(high << 4 | low).ok()?;
    }
    Some(bytes)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::ambient::SystemEntropy;
    use grantd_protocol::entropy::counted::Counted;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_created_key_is_private_and_loads_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let made = MasterKey::create(&path, &SystemEntropy).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let loaded = MasterKey::load(&path).unwrap();
        assert_eq!(*made.subkey(Purpose::Demo), *loaded.subkey(Purpose::Demo));
    }

    #[test]
    fn a_key_that_others_can_read_is_refused_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        MasterKey::create(&path, &SystemEntropy).unwrap();
        for mode in [0o640, 0o604, 0o660, 0o601] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let fault = MasterKey::load(&path).unwrap_err();
            assert!(matches!(fault, MasterKeyFault::Exposed { .. }), "{mode:o}");
            assert!(fault.to_string().contains("chmod 600"));
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
        assert!(MasterKey::load(&path).is_ok());
    }

    #[test]
    fn anything_but_64_hexadecimal_digits_is_refused_and_not_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        MasterKey::create(&path, &SystemEntropy).unwrap();
        let short = "ab".repeat(31);
        let long = "ab".repeat(33);
        let wrong = "zz".repeat(32);
        for text in ["", &short, &long, &wrong, "\u{0}\u{ff}"] {
            std::fs::write(&path, text).unwrap();
            let fault = MasterKey::load(&path).unwrap_err();
            assert!(matches!(fault, MasterKeyFault::Malformed { .. }), "{text:?}");
            assert!(text.is_empty() || !fault.to_string().contains(text));
        }
        std::fs::write(&path, [0xFF; 64]).unwrap();
        assert!(matches!(
            MasterKey::load(&path).unwrap_err(),
            MasterKeyFault::Malformed { .. }
        ));
    }

    #[test]
    fn a_key_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        MasterKey::create(&path, &Counted::default()).unwrap();
        let before = std::fs::read(&path).unwrap();
        assert!(matches!(
            MasterKey::create(&path, &SystemEntropy).unwrap_err(),
            MasterKeyFault::Exists { .. }
        ));
        MasterKey::load_or_create(&path, &SystemEntropy).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn whoever_starts_at_the_same_time_gets_the_same_whole_key() {
        for _ in 0..50 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("master.key");
            let start = std::sync::Barrier::new(4);
            let keys: Vec<_> = std::thread::scope(|scope| {
                let racers: Vec<_> = (0..4)
                    .map(|_| {
                        scope.spawn(|| {
                            start.wait();
                            *MasterKey::load_or_create(&path, &SystemEntropy)
                                .unwrap()
                                .subkey(Purpose::Demo)
                        })
                    })
                    .collect();
                racers.into_iter().map(|racer| racer.join().unwrap()).collect()
            });
            assert!(keys.iter().all(|key| *key == keys[0]));
            let left = std::fs::read_dir(folder.path()).unwrap().count();
            assert_eq!(left, 1, "nothing but the key is left");
        }
    }

    #[test]
    fn a_missing_key_is_said_to_be_missing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none");
        assert!(matches!(
            MasterKey::load(&path).unwrap_err(),
            MasterKeyFault::Missing { .. }
        ));
        assert!(MasterKey::load_or_create(&path, &SystemEntropy).is_ok());
        assert!(MasterKey::load(&path).is_ok());
    }

    #[test]
    fn purposes_never_share_a_key_and_the_key_never_prints_itself() {
        let key = MasterKey::draw(&SystemEntropy);
        let all = [
            Purpose::RefreshTag,
            Purpose::Ticket,
            Purpose::DpopNonce,
            Purpose::KeyWrapping,
            Purpose::SecondFactor,
            Purpose::Webhook,
            Purpose::RecoveryCode,
            Purpose::Demo,
        ];
        for one in all {
            for other in all {
                assert_eq!(*key.subkey(one) == *key.subkey(other), one == other);
            }
        }
        assert_eq!(format!("{key:?}"), "MasterKey(redacted)");
    }
}
