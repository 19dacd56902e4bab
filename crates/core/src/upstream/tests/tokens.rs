//! Every check of a provider's ID token: the token that passes, and one that fails by each.

use super::{IDP, upstream};
use crate::fixture::jwt::{put, signed};
use crate::fixture::{NOW, after};
use crate::upstream::{Expected, Flaw, Identity, read};
use grantd_jose::{Algorithm, Jwk, JwkSet, SigningKey, base64url_encode, sha256};
use serde_json::{Value, json};

struct Case {
    key: SigningKey,
    header: Value,
    claims: Value,
    access_token: Option<&'static str>,
}

impl Case {
    fn new() -> Self {
        Self {
            key: SigningKey::generate(Algorithm::ES256).unwrap(),
            header: json!({ "alg": "ES256" }),
            claims: json!({
                "iss": IDP, "sub": "248289761001", "aud": "grantd", "nonce": "n-1", "iat": NOW.secs(),
                "exp": after(300).secs(), "auth_time": after(-5).secs(), "email": "ada@example.com",
                "email_verified": true, "name": "Ada", "amr": ["pwd", "otp", "not a token"],
            }),
            access_token: None,
        }
    }

    fn claim(name: &str, value: Value) -> Result<Identity, Flaw> {
        let mut case = Self::new();
        put(&mut case.claims, name, value);
        case.read()
    }

    fn header(header: Value) -> Result<Identity, Flaw> {
        Self { header, ..Self::new() }.read()
    }

    fn keys(&self) -> JwkSet {
        JwkSet::new(vec![Jwk::parse(self.key.public_jwk().to_json().as_bytes()).unwrap()])
    }

    fn read(&self) -> Result<Identity, Flaw> {
        self.told(&signed(&self.key, &self.header, &self.claims))
    }

    fn told(&self, text: &str) -> Result<Identity, Flaw> {
        let upstream = upstream();
        let expected = Expected {
            upstream: &upstream,
            nonce: "n-1",
            access_token: self.access_token,
            now: NOW,
        };
        read(text, &self.keys(), &expected)
    }
}

#[test]
fn a_good_token_says_who_it_is() {
    let identity = Case::new().read().unwrap();
    assert_eq!(identity.subject, "248289761001");
    assert_eq!(identity.verified_email(), Some("ada@example.com"));
    assert_eq!(identity.methods, ["pwd", "otp"]);
    assert_eq!(identity.at, Some(after(-5)));
    assert_eq!(identity.profile["name"], "Ada");
}

#[test]
fn only_the_providers_key_and_a_real_signature_count() {
    let case = Case::new();
    let stranger = SigningKey::generate(Algorithm::ES256).unwrap();
    assert_eq!(
        case.told(&signed(&stranger, &case.header, &case.claims)),
        Err(Flaw::Signature)
    );
    let unknown = json!({ "alg": "ES256", "kid": "unheard-of" });
    let named = signed(&stranger, &unknown, &case.claims);
    assert_eq!(case.told(&named), Err(Flaw::Signature));
    // Neither none nor the public key, or the client's secret, as the key of an HMAC.
    for alg in ["none", "None", "HS256", "HS512", "RS256", "ES384"] {
        let flaw = Case::header(json!({ "alg": alg })).unwrap_err();
        assert!(matches!(flaw, Flaw::Form | Flaw::Signature), "{alg}: {flaw}");
    }
    let text = signed(&case.key, &case.header, &case.claims);
    let (unsigned, _) = text.rsplit_once('.').unwrap();
    assert_eq!(case.told(&format!("{unsigned}.")), Err(Flaw::Signature));
    for crit in [
        json!({ "alg": "ES256", "crit": ["b64"], "b64": false }),
        json!({ "alg": "ES256", "typ": "at+jwt" }),
    ] {
        assert_eq!(Case::header(crit.clone()), Err(Flaw::Form), "{crit}");
    }
    for garbage in ["", "a.b.c", "..", &"x".repeat(40_000)] {
        assert_eq!(case.told(garbage), Err(Flaw::Form));
    }
}

#[test]
fn it_is_of_this_issuer_and_for_this_client() {
    for issuer in [
        json!("https://evil.example"),
        json!("https://idp.example/"),
        json!(null),
        json!([IDP]),
    ] {
        assert_eq!(Case::claim("iss", issuer.clone()), Err(Flaw::Issuer), "{issuer}");
    }
    for audience in [
        json!("other"),
        json!(null),
        json!([]),
        json!(["grantd", "other"]),
        json!(7),
    ] {
        assert_eq!(Case::claim("aud", audience.clone()), Err(Flaw::Audience), "{audience}");
    }
    assert_eq!(Case::claim("azp", json!("other")), Err(Flaw::Audience));
    assert!(Case::claim("azp", json!("grantd")).is_ok());
    let mut shared = Case::new();
    put(&mut shared.claims, "aud", json!(["grantd", "other"]));
    put(&mut shared.claims, "azp", json!("grantd"));
    assert!(shared.read().is_ok());
}

#[test]
fn it_was_made_just_now_for_this_login() {
    for (name, at) in [("exp", -30), ("iat", 31), ("iat", -601), ("nbf", 31), ("auth_time", 31)] {
        assert_eq!(
            Case::claim(name, json!(after(at).secs())),
            Err(Flaw::Time),
            "{name} {at}"
        );
    }
    for (name, at) in [("exp", -29), ("iat", 30), ("iat", -600), ("nbf", 30), ("auth_time", 30)] {
        assert!(Case::claim(name, json!(after(at).secs())).is_ok(), "{name} {at}");
    }
    for name in ["exp", "iat"] {
        assert_eq!(Case::claim(name, Value::Null), Err(Flaw::Time), "{name}");
        assert_eq!(Case::claim(name, json!("soon")), Err(Flaw::Time), "{name}");
    }
    for nonce in [json!("n-2"), json!(""), json!(null), json!(["n-1"])] {
        assert_eq!(Case::claim("nonce", nonce.clone()), Err(Flaw::Nonce), "{nonce}");
    }
    // A clock that is ahead proves nothing that has yet to be.
    let ahead = Case::claim("auth_time", json!(after(20).secs())).unwrap();
    assert_eq!(ahead.at, Some(NOW));
}

#[test]
fn it_belongs_to_the_access_token_beside_it() {
    let digest = sha256(b"the-token");
    let mut case = Case::new();
    put(&mut case.claims, "at_hash", json!(base64url_encode(&digest[..16])));
    assert_eq!(case.read(), Err(Flaw::AccessToken));
    case.access_token = Some("another");
    assert_eq!(case.read(), Err(Flaw::AccessToken));
    case.access_token = Some("the-token");
    assert!(case.read().is_ok());
}

#[test]
fn it_names_somebody_who_can_be_told_apart() {
    let long = "x".repeat(256);
    for subject in [json!(""), json!(null), json!(7), json!("a\nb"), json!("ä"), json!(long)] {
        assert_eq!(Case::claim("sub", subject.clone()), Err(Flaw::Subject), "{subject}");
    }
    assert!(Case::claim("sub", json!("x".repeat(255))).is_ok());
}

#[test]
fn a_mail_address_is_verified_where_the_provider_says_true() {
    for said in [json!(false), json!("true"), json!(1), Value::Null] {
        let identity = Case::claim("email_verified", said.clone()).unwrap();
        assert_eq!(identity.verified_email(), None, "{said}");
    }
    for address in [
        json!("nobody"),
        json!(""),
        json!("a@b\r\nx"),
        json!(["a@b"]),
        json!(format!("{}@b", "a".repeat(200))),
    ] {
        assert_eq!(Case::claim("email", address.clone()).unwrap().email, None, "{address}");
    }
    for name in [json!("x\u{0}"), json!("x".repeat(201)), json!({ "a": 1 }), json!("")] {
        assert!(
            !Case::claim("name", name.clone()).unwrap().profile.contains_key("name"),
            "{name}"
        );
    }
}
