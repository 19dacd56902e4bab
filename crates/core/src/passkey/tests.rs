//! The rules of Web Authentication section 7, one by one, with keys of our own and with the examples of its section 16.

mod kept;

use super::*;
use crate::fixture::NOW;
use grantd_jose::{Algorithm, SigningKey, base64url_decode};

const ORIGIN: &str = "https://id.example.com";
const HERE: Ceremony<'static> = Ceremony {
    rp_id: "id.example.com",
    origin: ORIGIN,
    challenge: "Y2hhbGxlbmdl",
};
const UP: u8 = 0x01;
const UV: u8 = 0x04;
const BE: u8 = 0x08;
const BS: u8 = 0x10;
const AT: u8 = 0x40;
const ED: u8 = 0x80;

fn client_data(kind: &str, challenge: &str, origin: &str) -> Vec<u8> {
    format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{origin}","crossOrigin":false,"new":[1]}}"#)
        .into_bytes()
}

fn data(rp_id: &str, flags: u8, counter: u32, rest: &[u8]) -> Vec<u8> {
    [&sha256(rp_id.as_bytes())[..], &[flags], &counter.to_be_bytes(), rest].concat()
}

/// An authenticator with one key on P-256.
struct Authenticator(SigningKey);

impl Authenticator {
    fn new() -> Self {
        Self(SigningKey::generate(Algorithm::ES256).unwrap())
    }

    fn coordinate(&self, name: &str) -> Vec<u8> {
        let jwk: serde_json::Value = serde_json::from_str(&self.0.public_jwk().to_json()).unwrap();
        base64url_decode(jwk[name].as_str().unwrap()).unwrap()
    }

    /// The attested credential data of a credential with the id `cred`.
    fn credential(&self) -> Vec<u8> {
        let head = [&[0; 16][..], &[0, 4], b"cred"].concat();
        let (x, y) = (self.coordinate("x"), self.coordinate("y"));
        let key = [
            &[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..],
            &x,
            &[0x22, 0x58, 32],
            &y,
        ]
        .concat();
        [head, key].concat()
    }

    fn created(&self, rp_id: &str, flags: u8) -> Vec<u8> {
        attestation(&data(rp_id, flags, 5, &self.credential()))
    }

    fn passkey(&self) -> Passkey {
        let answer = Created {
            client_data: &client_data("webauthn.create", HERE.challenge, ORIGIN),
            attestation: &self.created(HERE.rp_id, UP | UV | AT),
        };
        create(&HERE, &answer, "Key".into(), NOW).unwrap()
    }

    fn sign(&self, client_data: &[u8], data: &[u8]) -> Vec<u8> {
        let fixed = self.0.sign(&[data, &sha256(client_data)].concat()).unwrap();
        let integer = |half: &[u8]| {
            let digits: Vec<u8> = half.iter().copied().skip_while(|byte| *byte == 0).collect();
            let sign = if digits[0] >= 0x80 { &[0][..] } else { &[] };
            [&[2, u8::try_from(sign.len() + digits.len()).unwrap()], sign, &digits].concat()
        };
        let body = [integer(&fixed[..32]), integer(&fixed[32..])].concat();
        [&[0x30, u8::try_from(body.len()).unwrap()][..], &body].concat()
    }

    /// What comes of an assertion over these.
    fn assert(&self, passkey: &Passkey, client_data: &[u8], data: &[u8]) -> Result<u32, Wrong> {
        let answer = Asserted {
            client_data,
            authenticator_data: data,
            signature: &self.sign(client_data, data),
        };
        prove(&HERE, passkey, &answer)
    }
}

fn attestation(data: &[u8]) -> Vec<u8> {
    let len = u8::try_from(data.len()).unwrap();
    let head = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58";
    [&head[..], &[len], data].concat()
}

fn got() -> Vec<u8> {
    client_data("webauthn.get", HERE.challenge, ORIGIN)
}

fn created(client_data: &[u8], attestation: &[u8]) -> Result<Passkey, Wrong> {
    create(
        &HERE,
        &Created {
            client_data,
            attestation,
        },
        "Key".into(),
        NOW,
    )
}

#[test]
fn a_passkey_is_made_and_proved_and_its_counter_goes_up() {
    let authenticator = Authenticator::new();
    let passkey = authenticator.passkey();
    assert_eq!(
        (passkey.id.as_str(), passkey.counter, passkey.synced),
        ("Y3JlZA", 5, false)
    );
    let proved = authenticator.assert(&passkey, &got(), &data(HERE.rp_id, UP | UV, 6, &[]));
    assert_eq!(proved, Ok(6));
}

#[test]
fn the_browser_must_have_asked_for_this_and_from_here() {
    let authenticator = Authenticator::new();
    let passkey = authenticator.passkey();
    let signed = data(HERE.rp_id, UP | UV, 6, &[]);
    let framed = String::from_utf8(got()).unwrap().replace("false", "true").into_bytes();
    let topped = String::from_utf8(got())
        .unwrap()
        .replace("new", "topOrigin")
        .into_bytes();
    let twice = String::from_utf8(got()).unwrap().replace("new", "origin").into_bytes();
    let by_origin = |origin| (client_data("webauthn.get", HERE.challenge, origin), Wrong::Origin);
    for (text, wrong) in [
        (client_data("webauthn.create", HERE.challenge, ORIGIN), Wrong::Type),
        (client_data("payment.get", HERE.challenge, ORIGIN), Wrong::Type),
        (client_data("webauthn.get", "b3RoZXI", ORIGIN), Wrong::Challenge),
        (client_data("webauthn.get", "Y2hhbGxlbmdl=", ORIGIN), Wrong::Challenge),
        (client_data("webauthn.get", "", ORIGIN), Wrong::Challenge),
        by_origin("http://id.example.com"),
        by_origin("https://id.example.com:8443"),
        by_origin("https://sub.id.example.com"),
        by_origin("https://badid.example.com"),
        by_origin("https://id.example.com.evil.example"),
        (framed, Wrong::Origin),
        (topped, Wrong::Origin),
        (twice, Wrong::Malformed),
        (b"{}".to_vec(), Wrong::Type),
        (b"[]".to_vec(), Wrong::Malformed),
        (vec![b'['; 5000], Wrong::Malformed),
        (Vec::new(), Wrong::Malformed),
    ] {
        let shown = String::from_utf8_lossy(&text).into_owned();
        assert_eq!(authenticator.assert(&passkey, &text, &signed), Err(wrong), "{shown}");
    }
}

#[test]
fn the_authenticator_must_mean_this_relying_party_and_know_its_user() {
    let authenticator = Authenticator::new();
    let passkey = authenticator.passkey();
    let of = |data: Vec<u8>| authenticator.assert(&passkey, &got(), &data);
    assert_eq!(of(data("example.com", UP | UV, 6, &[])), Err(Wrong::RelyingParty));
    for flags in [0, UP, UV] {
        assert_eq!(of(data(HERE.rp_id, flags, 6, &[])), Err(Wrong::NotVerified));
    }
    assert_eq!(of(data(HERE.rp_id, UP | UV | BE, 6, &[])), Err(Wrong::Eligibility));
    assert_eq!(of(data(HERE.rp_id, UP | UV | BS, 6, &[])), Err(Wrong::Malformed));
    // Bytes that no flag announces, and flags without their bytes.
    assert_eq!(of(data(HERE.rp_id, UP | UV, 6, &[0xa0])), Err(Wrong::Malformed));
    assert_eq!(of(data(HERE.rp_id, UP | UV | ED, 6, &[])), Err(Wrong::Malformed));
    assert_eq!(of(data(HERE.rp_id, UP | UV | ED, 6, &[0x80])), Err(Wrong::Malformed));
    assert_eq!(of(data(HERE.rp_id, UP | UV | AT, 6, &[])), Err(Wrong::Malformed));
    assert_eq!(of(vec![0; 36]), Err(Wrong::Malformed));
    assert_eq!(of(data(HERE.rp_id, UP | UV | ED, 6, &[0xa0])), Ok(6));
}

#[test]
fn only_the_passkeys_own_key_proves_it() {
    let (authenticator, other) = (Authenticator::new(), Authenticator::new());
    let passkey = authenticator.passkey();
    let signed = data(HERE.rp_id, UP | UV, 6, &[]);
    assert_eq!(other.assert(&passkey, &got(), &signed), Err(Wrong::Signature));
    // A signature over something else that the browser or the authenticator said.
    let signature = authenticator.sign(&got(), &data(HERE.rp_id, UP | UV, 7, &[]));
    let (client_data, authenticator_data) = (&got()[..], &signed[..]);
    for signature in [&signature[..], b"", &[0x30, 0], &[0; 64]] {
        let answer = Asserted {
            client_data,
            authenticator_data,
            signature,
        };
        assert_eq!(prove(&HERE, &passkey, &answer), Err(Wrong::Signature));
    }
}

#[test]
fn a_counter_that_does_not_go_up_shows_a_copy() {
    let authenticator = Authenticator::new();
    let of = |kept, counter| {
        let passkey = Passkey {
            counter: kept,
            ..authenticator.passkey()
        };
        authenticator.assert(&passkey, &got(), &data(HERE.rp_id, UP | UV, counter, &[]))
    };
    for (kept, counter) in [(5, 5), (5, 4), (5, 0), (u32::MAX, 0)] {
        assert_eq!(of(kept, counter), Err(Wrong::Counter), "{kept} {counter}");
    }
    assert_eq!(of(0, 0), Ok(0), "one that does not count");
    assert_eq!(of(0, 1), Ok(1));
    // Whoever does not have the key learns nothing about the counter, and writes nothing into the audit log.
    let other = Authenticator::new().assert(&authenticator.passkey(), &got(), &data(HERE.rp_id, UP | UV, 1, &[]));
    assert_eq!(other, Err(Wrong::Signature));
}

#[test]
fn a_new_passkey_is_asked_of_as_much() {
    let authenticator = Authenticator::new();
    let text = client_data("webauthn.create", HERE.challenge, ORIGIN);
    assert_eq!(
        created(&got(), &authenticator.created(HERE.rp_id, UP | UV | AT)),
        Err(Wrong::Type)
    );
    let of = |attestation: &[u8]| created(&text, attestation).map(|passkey| passkey.synced);
    assert_eq!(
        of(&authenticator.created("com", UP | UV | AT)),
        Err(Wrong::RelyingParty)
    );
    assert_eq!(of(&authenticator.created(HERE.rp_id, UP | AT)), Err(Wrong::NotVerified));
    assert_eq!(of(&authenticator.created(HERE.rp_id, UP | UV)), Err(Wrong::Malformed));
    assert_eq!(of(&authenticator.created(HERE.rp_id, UP | UV | AT | BE)), Ok(true));
    let nameless = [&[0; 16][..], &[0, 0], &authenticator.credential()[22..]].concat();
    assert_eq!(
        of(&attestation(&data(HERE.rp_id, UP | UV | AT, 0, &nameless))),
        Err(Wrong::Malformed)
    );
    let mut off_curve = authenticator.credential();
    *off_curve.last_mut().unwrap() ^= 1;
    assert_eq!(
        of(&attestation(&data(HERE.rp_id, UP | UV | AT, 0, &off_curve))),
        Err(Wrong::Key)
    );
    // ES384, which was not asked for, under the number of its algorithm.
    let mut other = authenticator.credential();
    other[26] = 0x38;
    assert!(of(&attestation(&data(HERE.rp_id, UP | UV | AT, 0, &other))).is_err());
    let good = authenticator.created(HERE.rp_id, UP | UV | AT);
    for bad in [
        &good[..good.len() - 1],
        &[&good[..], &[0]].concat(),
        &[0xa0],
        b"",
        &vec![0xa1; 20_000],
    ] {
        assert_eq!(of(bad), Err(Wrong::Malformed));
    }
}

fn hex(text: &str) -> Vec<u8> {
    let digit = |byte: &u8| u8::try_from(char::from(*byte).to_digit(16).unwrap()).unwrap();
    text.as_bytes()
        .chunks(2)
        .map(|pair| (digit(&pair[0]) << 4) | digit(&pair[1]))
        .collect()
}

/// Example 16.3 (ES256 with self attestation): its registration knows its user, its login does not.
#[test]
fn the_standards_examples_are_read_and_their_signatures_hold() {
    let challenge = base64url_encode(hex("7869c2b772d4b58eba9378cf8f29e26cf935aa77df0da89fa99c0bdc0a76f7e5"));
    let there = Ceremony {
        rp_id: "example.org",
        origin: "https://example.org",
        challenge: &challenge,
    };
    let answer = Created {
        client_data: &hex(
            "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a2265476e4374334c55745936366b336a506a796e6962506b31716e666644616966715a774c33417032392d55222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a205539685458764b453255526b4d6e625f307859485667227d",
        ),
        attestation: &hex(
            "a363666d74667061636b65646761747453746d74a263616c672663736967584630440220067a20754ab925005dbf378097c92120031581c73228d1fb4f5b881bcd7da98302207fc7b147558c7c0eba3af18bd9d121fa3d3a26d17fe3f220272178f473b6006d68617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b55d00000000df850e09db6afbdfab51697791506cfc0020455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58ca5010203262001215820eb151c8176b225cc651559fecf07af450fd85802046656b34c18f6cf193843c5225820927b8aa427a2be1b8834d233a2d34f61f13bfd44119c325d5896e183fee484f2",
        ),
    };
    let passkey = create(&there, &answer, "Key".into(), NOW).unwrap();
    assert!(passkey.synced);
    assert_eq!(
        passkey.id,
        base64url_encode(hex("455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58c"))
    );
    let login = Asserted {
        client_data: &hex(
            "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a225248696843784e534e493352594d45314f7731476d3132786e726b634a5f6666707637546e2d4a71386773222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a206754623533727a36456853576f6d58477a696d433151227d",
        ),
        authenticator_data: &hex("bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50900000000"),
        signature: &hex(
            "304402203310b9431903c401f1be2bdc8d23a4007682dbbddcf846994947b7f465daf84002204e94dd00047b316061b3b99772b7efd95994a83ef584b3b6b825ea3550251b66",
        ),
    };
    let challenge = base64url_encode(hex("4478a10b1352348dd160c1353b0d469b5db19eb91c27f7dfa6fed39fe26af20b"));
    let there = Ceremony {
        challenge: &challenge,
        ..there
    };
    assert_eq!(prove(&there, &passkey, &login), Err(Wrong::NotVerified));
    let key = PublicKey::from_json(&passkey.key).unwrap();
    let mut message = [login.authenticator_data, &sha256(login.client_data)].concat();
    assert!(key.verify(&message, login.signature));
    message[33] ^= UV;
    assert!(!key.verify(&message, login.signature));
}
