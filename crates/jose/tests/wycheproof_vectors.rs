//! Project Wycheproof's vectors through this crate's own types, not through the library beneath.

use grantd_jose::{Algorithm, Curve, HmacKey, Jwk, KeyMaterial, Sealer, VerifyingKey};
use wycheproof::TestResult;

fn verifier(material: KeyMaterial, alg: Algorithm) -> VerifyingKey {
    VerifyingKey::from_jwk(&Jwk::new(material), &[alg]).unwrap()
}

/// Vectors marked acceptable are corner cases that either answer fits.
fn check(expected: &TestResult, accepted: bool, what: &str) {
    match expected {
        TestResult::Valid => assert!(accepted, "{what} must verify"),
        TestResult::Invalid => assert!(!accepted, "{what} must not verify"),
        TestResult::Acceptable => {}
    }
}

fn ecdsa(name: wycheproof::ecdsa::TestName, curve: Curve, alg: Algorithm) {
    let set = wycheproof::ecdsa::TestSet::load(name).unwrap();
    for group in &set.test_groups {
        let point = &group.key.key;
        let (x, y) = point[1..].split_at(curve.coordinate_len());
        let key = verifier(KeyMaterial::ec(curve, x.to_vec(), y.to_vec()).unwrap(), alg);
        for test in &group.tests {
            check(
                &test.result,
                key.verify(alg, &test.msg, &test.sig),
                &format!("{name:?} {}", test.tc_id),
            );
        }
    }
}

#[test]
fn es256() {
    ecdsa(
        wycheproof::ecdsa::TestName::EcdsaSecp256r1Sha256P1363,
        Curve::P256,
        Algorithm::ES256,
    );
}

#[test]
fn es384() {
    ecdsa(
        wycheproof::ecdsa::TestName::EcdsaSecp384r1Sha384P1363,
        Curve::P384,
        Algorithm::ES384,
    );
}

#[test]
fn eddsa() {
    let set = wycheproof::eddsa::TestSet::load(wycheproof::eddsa::TestName::Ed25519).unwrap();
    for group in &set.test_groups {
        let key = verifier(KeyMaterial::ed25519(&group.key.pk).unwrap(), Algorithm::EdDSA);
        for test in &group.tests {
            let accepted = key.verify(Algorithm::EdDSA, &test.msg, &test.sig);
            check(&test.result, accepted, &format!("Ed25519 {}", test.tc_id));
        }
    }
}

fn without_leading_zeros(number: &[u8]) -> Vec<u8> {
    number.iter().copied().skip_while(|byte| *byte == 0).collect()
}

#[test]
fn rs256_and_rs512() {
    use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};
    for (name, alg) in [
        (TestName::Rsa2048Sha256, Algorithm::RS256),
        (TestName::Rsa3072Sha256, Algorithm::RS256),
        (TestName::Rsa4096Sha256, Algorithm::RS256),
        (TestName::Rsa8192Sha256, Algorithm::RS256),
        (TestName::Rsa2048Sha512, Algorithm::RS512),
    ] {
        for group in &TestSet::load(name).unwrap().test_groups {
            let (n, e) = (without_leading_zeros(&group.key.n), without_leading_zeros(&group.key.e));
            let key = verifier(KeyMaterial::rsa(n, e).unwrap(), alg);
            for test in &group.tests {
                check(
                    &test.result,
                    key.verify(alg, &test.msg, &test.sig),
                    &format!("{name:?} {}", test.tc_id),
                );
            }
        }
    }
}

#[test]
fn ps256_and_ps512_with_the_salt_length_of_rfc_7518_only() {
    use wycheproof::rsa_pss_verify::{TestName, TestSet};
    for (name, alg, salt_fits) in [
        (TestName::RsaPss2048Sha256Mgf1SaltLen32, Algorithm::PS256, true),
        (TestName::RsaPss3072Sha256Mgf1SaltLen32, Algorithm::PS256, true),
        (TestName::RsaPss4096Sha512Mgf1SaltLen64, Algorithm::PS512, true),
        (TestName::RsaPss2048Sha256Mgf1SaltLen0, Algorithm::PS256, false),
        (TestName::RsaPss4096Sha512Mgf1SaltLen32, Algorithm::PS512, false),
    ] {
        for group in &TestSet::load(name).unwrap().test_groups {
            let (n, e) = (without_leading_zeros(&group.key.n), without_leading_zeros(&group.key.e));
            let key = verifier(KeyMaterial::rsa(n, e).unwrap(), alg);
            for test in &group.tests {
                let accepted = key.verify(alg, &test.msg, &test.sig);
                // In the sets of another salt length the valid vectors are those that we must refuse.
                let expected = match test.result {
                    TestResult::Valid if !salt_fits => TestResult::Invalid,
                    TestResult::Invalid if !salt_fits => TestResult::Acceptable,
                    as_marked => as_marked,
                };
                check(&expected, accepted, &format!("{name:?} {}", test.tc_id));
            }
        }
    }
}

#[test]
fn sealing_is_aes_256_gcm() {
    let set = wycheproof::aead::TestSet::load(wycheproof::aead::TestName::AesGcm).unwrap();
    let mut sealed_some = 0;
    let fits = |group: &&wycheproof::aead::TestGroup| group.key_size == 256 && group.nonce_size == 96;
    for group in set.test_groups.iter().filter(fits) {
        for test in &group.tests {
            let sealer = Sealer::new(test.key[..].try_into().unwrap());
            let sealed = [&test.nonce[..], &test.ct, &test.tag].concat();
            let opened = sealer.open(&test.aad, &sealed);
            check(
                &test.result,
                opened.as_deref() == Some(&test.pt[..]),
                &format!("AES-GCM {}", test.tc_id),
            );
            if test.result == TestResult::Valid {
                assert_eq!(
                    sealer.seal(test.nonce[..].try_into().unwrap(), &test.aad, &test.pt),
                    sealed
                );
                sealed_some += 1;
            }
        }
    }
    assert!(sealed_some > 10, "the set has vectors of our shape");
}

#[test]
fn macs_are_hmac_sha256_and_truncated_ones_are_refused() {
    let set = wycheproof::mac::TestSet::load(wycheproof::mac::TestName::HmacSha256).unwrap();
    for group in &set.test_groups {
        for test in &group.tests {
            let accepted = HmacKey::new(&test.key).verify(&[&test.msg], &test.tag);
            let expected = if group.tag_size == 256 {
                test.result
            } else {
                TestResult::Invalid
            };
            check(&expected, accepted, &format!("HMAC-SHA-256 {}", test.tc_id));
        }
    }
}
