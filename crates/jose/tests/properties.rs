//! Properties over random input: no parser panics, no changed token verifies, every accepted text has one spelling.

use grantd_jose::strict_json::{self, Limits};
use grantd_jose::{
    Algorithm, Claims, Header, HeaderPolicy, Jwk, JwkSet, Jws, Sealer, SigningKey, base64url_decode, base64url_encode,
    sign_compact,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::keys::{self, EDDSA, ES256};

/// JSON-like text: far likelier to reach the depths of a parser than random bytes.
fn json_like() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("[".to_owned()),
        Just("]".to_owned()),
        Just(",".to_owned()),
        Just(":".to_owned()),
        Just("null".to_owned()),
        r#""(alg|kid|typ|kty|crv|x|y|n|e|keys|jwk|ES256|EC|P-256|AQAB|\\u0061|\\ud800)""#,
        "-?[0-9]{1,25}(\\.[0-9]{1,3})?(e[0-9]{1,3})?",
    ];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn any_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        ".{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            proptest::collection::btree_map(".{0,4}", inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_parser_panics_on_random_bytes(bytes in vec(any::<u8>(), 0..300)) {
        let _ = Jws::parse(&bytes, &HeaderPolicy::STRICT);
        let _ = Jwk::parse(&bytes);
        let _ = JwkSet::parse(&bytes, 4);
        let _ = Claims::parse(&bytes);
        let _ = Sealer::new([1; 32]).open(b"", &bytes);
        for alg in Algorithm::SIGNING {
            prop_assert!(SigningKey::from_pkcs8(alg, &bytes).is_err());
        }
    }

    #[test]
    fn no_parser_panics_on_json_like_text(header in json_like(), payload in json_like()) {
        let compact = format!("{}.{}.AA", base64url_encode(&header), base64url_encode(&payload));
        for policy in [HeaderPolicy::STRICT, HeaderPolicy::EMBEDDED_KEY] {
            if let Ok(jws) = Jws::parse(&compact, &policy) {
                let _ = jws.unverified_claims();
                prop_assert!(jws.verify(&keys::verifier(&ES256)).is_err());
            }
        }
        let _ = Jwk::parse(header.as_bytes());
        let _ = JwkSet::parse(header.as_bytes(), 4);
    }

    #[test]
    fn strict_json_accepts_only_what_serde_json_accepts_and_reads_the_same(text in json_like()) {
        if let Ok(value) = strict_json::from_slice(text.as_bytes(), Limits::default()) {
            prop_assert_eq!(value, serde_json::from_str::<serde_json::Value>(&text).unwrap());
        }
    }

    #[test]
    fn strict_json_reads_back_every_value_that_serde_json_writes(value in any_value()) {
        let text = value.to_string();
        prop_assert_eq!(strict_json::from_slice(text.as_bytes(), Limits::default()).unwrap(), value);
    }

    #[test]
    fn base64url_accepts_exactly_one_spelling(text in "[A-Za-z0-9_=+/-]{0,20}") {
        if let Ok(bytes) = base64url_decode(&text) {
            prop_assert_eq!(base64url_encode(bytes), text);
        }
    }

    #[test]
    fn base64url_round_trips(bytes in vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(base64url_decode(base64url_encode(&bytes)).unwrap(), bytes);
    }

    #[test]
    fn no_changed_byte_of_a_token_verifies(payload in vec(any::<u8>(), 0..60), at in any::<Index>(), xor in 1..=255_u8) {
        for key in [&*ES256, &*EDDSA] {
            let good = sign_compact(key, &Header::new(key, "JWT"), &payload).unwrap();
            let by = keys::verifier(key);
            prop_assert!(Jws::parse(&good, &HeaderPolicy::STRICT).unwrap().verify(&by).is_ok());
            let mut changed = good.into_bytes();
            let at = at.index(changed.len());
            changed[at] ^= xor;
            if let Ok(jws) = Jws::parse(&changed, &HeaderPolicy::STRICT) {
                prop_assert!(jws.verify(&by).is_err());
            }
        }
    }

    #[test]
    fn no_truncated_or_extended_token_verifies(cut in any::<Index>(), tail in "[A-Za-z0-9_.-]{1,8}") {
        let key = &*ES256;
        let good = sign_compact(key, &Header::new(key, "JWT"), b"{}").unwrap();
        for changed in [good[..cut.index(good.len())].to_owned(), format!("{good}{tail}"), format!("{tail}{good}")] {
            if let Ok(jws) = Jws::parse(&changed, &HeaderPolicy::STRICT) {
                prop_assert!(jws.verify(&keys::verifier(key)).is_err());
            }
        }
    }

    #[test]
    fn sealed_values_open_and_hide_their_plaintext(
        key in any::<[u8; 32]>(), nonce in any::<[u8; 12]>(), aad in vec(any::<u8>(), 0..20), plain in vec(any::<u8>(), 0..100)
    ) {
        let sealer = Sealer::new(key);
        let sealed = sealer.seal(nonce, &aad, &plain);
        prop_assert_eq!(&sealed[..12], &nonce[..]);
        prop_assert_eq!(sealer.open(&aad, &sealed).unwrap(), plain.clone());
        prop_assert!(plain.len() < 8 || !sealed.windows(plain.len()).any(|window| window == plain));
        let mut other = aad;
        other.push(0);
        prop_assert!(sealer.open(&other, &sealed).is_none());
    }
}
