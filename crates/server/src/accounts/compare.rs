//! Whether a text is what a stored hash was made of, for every kind of hash that can be imported. What a look may cost
//! was bounded when the hash was read. Must not know whose hash it is.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordVerifier as _};
use aws_lc_rs::pbkdf2;
use grantd_core::stored_hash::{Pbkdf2Digest, StoredHash};
use grantd_jose::{constant_time_eq, sha256};
use std::num::NonZeroU32;

/// The hash cannot be computed after all: its text has a detail that only its own function knows of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Unusable;

/// Compares in constant time, and slowly for the kinds that are slow.
///
/// # Errors
/// [`Unusable`].
pub(super) fn is_of(text: &[u8], stored: &StoredHash<'_>) -> Result<bool, Unusable> {
    match stored {
        StoredHash::Argon2 { text: hash, .. } => {
            let hash = PasswordHash::new(hash).map_err(|_| Unusable)?;
            match Argon2::default().verify_password(text, &hash) {
                Ok(()) => Ok(true),
                Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
                Err(_) => Err(Unusable),
            }
        }
        // It reads 72 bytes at the most, as every server did that made such a hash.
        StoredHash::Bcrypt(hash) => bcrypt::verify(text, hash).map_err(|_| Unusable),
        StoredHash::Pbkdf2 {
            digest,
            iterations,
            salt,
            output,
        } => {
            let iterations = NonZeroU32::new(*iterations).ok_or(Unusable)?;
            Ok(pbkdf2::verify(algorithm(*digest), iterations, salt, text, output).is_ok())
        }
        StoredHash::Sha256(digest) => Ok(constant_time_eq(&sha256(text), digest)),
    }
}

const fn algorithm(digest: Pbkdf2Digest) -> pbkdf2::Algorithm {
    match digest {
        Pbkdf2Digest::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
        Pbkdf2Digest::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
        Pbkdf2Digest::Sha384 => pbkdf2::PBKDF2_HMAC_SHA384,
        Pbkdf2Digest::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: &str = "AAECAwQFBgcICQoLDA0ODw";

    /// Made by other programs: Python's hashlib, and crypt of the C library.
    fn hashes() -> Vec<String> {
        vec![
            format!("$pbkdf2-sha1$i=1000${SALT}$ndhWw3a4srcTtr4HQFTLiKRlVuARheqNDSZ/M5xlIWk"),
            format!("$pbkdf2-sha256$1000${SALT}$yRTMTwbMbo9G0VfjobWqerzuuxe7BETNTErBbKKumGQ"),
            format!("$pbkdf2-sha384$i=1000,l=32${SALT}$ptrUImDmhCOJ1MRgszc3nYWTon44/if94XSYTuApsyI"),
            format!("$pbkdf2-sha512$1000${SALT}$Xpx07WjVx4vCIvrmBRj8uOoVVtGqJqtUv2J5bhizSQs"),
            "$sha256$4104d36f8da2c254349f85836793ebe029e0c957063a34c91c2e9203187b5631".to_owned(),
            "$2b$05$CCCCCCCCCCCCCCCCCCCCC.WrAwgFxicHZ3kL7zMvXYXHKosDn8ot2".to_owned(),
            "$2y$05$CCCCCCCCCCCCCCCCCCCCC.WrAwgFxicHZ3kL7zMvXYXHKosDn8ot2".to_owned(),
        ]
    }

    #[test]
    fn hashes_that_other_programs_made_match_their_text_and_no_other() {
        for text in hashes() {
            let stored = StoredHash::parse(&text).unwrap();
            assert_eq!(is_of(b"correct horse", &stored), Ok(true), "{text}");
            for wrong in [b"correct horsf".as_slice(), b"", b"correct horse ", text.as_bytes()] {
                assert_eq!(is_of(wrong, &stored), Ok(false), "{text}");
            }
        }
    }

    #[test]
    fn a_broken_output_matches_nothing() {
        let broken = "$pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0ODw$yRTMTwbMbo9G0VfjobWqerzuuxe7BETNTErBbKKumGA";
        assert_eq!(is_of(b"correct horse", &StoredHash::parse(broken).unwrap()), Ok(false));
    }
}
