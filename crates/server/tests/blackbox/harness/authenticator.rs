//! An authenticator in software with one passkey on P-256: it makes it, and signs with it what it is told to, rightly or as an
//! attacker would have it.

use super::html::Page;
use grantd_jose::{Algorithm, SigningKey, base64url_decode, base64url_encode, sha256};

/// User present and verified.
pub(crate) const VERIFIED: u8 = 0x05;
/// There is a credential in the data.
const CREDENTIAL: u8 = 0x40;

/// See the module.
pub(crate) struct Authenticator {
    key: SigningKey,
    id: Vec<u8>,
    /// Whose passkey it is, once it was made; base64url.
    pub(crate) user: String,
}

/// What browser and authenticator say about a ceremony.
#[derive(Clone)]
pub(crate) struct Said {
    /// `type` of the client data.
    pub(crate) kind: &'static str,
    /// What the page asked to be signed.
    pub(crate) challenge: String,
    /// The page's origin.
    pub(crate) origin: String,
    /// The relying party's id.
    pub(crate) rp_id: String,
    /// The byte of flags.
    pub(crate) flags: u8,
    /// How often the authenticator was used.
    pub(crate) counter: u32,
}

impl Said {
    /// What is right on a login page of this issuer.
    #[track_caller]
    pub(crate) fn login(page: &Page, issuer: &str) -> Self {
        let form = page.by_id("passkey-login").expect("a login page that knows passkeys");
        let attribute = |name: &str| form.get(name).unwrap_or_default().to_owned();
        Self::right(
            "webauthn.get",
            attribute("data-challenge"),
            attribute("data-rp-id"),
            issuer,
        )
    }

    fn right(kind: &'static str, challenge: String, rp_id: String, issuer: &str) -> Self {
        Self {
            kind,
            challenge,
            origin: issuer.splitn(4, '/').take(3).collect::<Vec<_>>().join("/"),
            rp_id,
            flags: VERIFIED,
            counter: 1,
        }
    }

    fn client_data(&self) -> Vec<u8> {
        let (kind, challenge, origin) = (self.kind, &self.challenge, &self.origin);
        format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{origin}","crossOrigin":false}}"#).into_bytes()
    }

    fn data(&self, flags: u8, rest: &[u8]) -> Vec<u8> {
        let counter = self.counter.to_be_bytes();
        [
            &sha256(self.rp_id.as_bytes())[..],
            &[self.flags | flags],
            &counter,
            rest,
        ]
        .concat()
    }
}

impl Authenticator {
    /// One without a passkey.
    pub(crate) fn new() -> Self {
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        let id = sha256(key.kid().as_bytes()).to_vec();
        let user = String::new();
        Self { key, id, user }
    }

    /// The same under the id of another one's credential, which is no secret.
    pub(crate) fn posing_as(mut self, other: &Self) -> Self {
        self.id.clone_from(&other.id);
        self
    }

    /// The id of its credential.
    pub(crate) fn id(&self) -> String {
        base64url_encode(&self.id)
    }

    /// What is right on the page of this issuer that adds a passkey, whose user's it will be.
    #[track_caller]
    pub(crate) fn asked(&mut self, page: &Page, issuer: &str) -> Said {
        let form = page.by_id("passkey-create").expect("a page that adds passkeys");
        let attribute = |name: &str| form.get(name).unwrap_or_default().to_owned();
        self.user = attribute("data-user-handle");
        Said::right(
            "webauthn.create",
            attribute("data-challenge"),
            attribute("data-rp-id"),
            issuer,
        )
    }

    fn coordinate(&self, name: &str) -> Vec<u8> {
        let jwk = serde_json::to_value(self.key.public_jwk()).unwrap();
        base64url_decode(jwk[name].as_str().unwrap()).unwrap()
    }

    /// What is sent to add it.
    pub(crate) fn create(&self, said: &Said) -> Vec<(&'static str, String)> {
        let (x, y) = (self.coordinate("x"), self.coordinate("y"));
        let len = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let key: [&[u8]; 4] = [
            &[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32],
            &x,
            &[0x22, 0x58, 32],
            &y,
        ];
        let credential = [&[0; 16][..], &len, &self.id, &key.concat()].concat();
        let data = said.data(CREDENTIAL, &credential);
        let head = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58";
        let object = [&head[..], &[u8::try_from(data.len()).unwrap()], &data].concat();
        vec![
            ("client_data", base64url_encode(said.client_data())),
            ("attestation", base64url_encode(object)),
        ]
    }

    /// What is sent to log in.
    pub(crate) fn assert(&self, said: &Said) -> Vec<(&'static str, String)> {
        let (client_data, data) = (said.client_data(), said.data(0, &[]));
        let fixed = self.key.sign(&[&data[..], &sha256(&client_data)].concat()).unwrap();
        vec![
            ("credential", self.id()),
            ("client_data", base64url_encode(client_data)),
            ("authenticator_data", base64url_encode(data)),
            ("signature", base64url_encode(der(&fixed))),
            ("user_handle", self.user.clone()),
        ]
    }
}

/// A signature of JWS as ASN.1 writes it.
fn der(fixed: &[u8]) -> Vec<u8> {
    let (r, s) = fixed.split_at(fixed.len() / 2);
    let integer = |half: &[u8]| {
        let mut digits: Vec<u8> = half.iter().copied().skip_while(|byte| *byte == 0).collect();
        if digits.first().is_none_or(|first| *first >= 0x80) {
            digits.insert(0, 0);
        }
        [vec![2, u8::try_from(digits.len()).unwrap()], digits].concat()
    };
    let body = [integer(r), integer(s)].concat();
    [vec![0x30, u8::try_from(body.len()).unwrap()], body].concat()
}
