//! Every way an assertion can prove its client or fail to (RFC 7523 section 3, OpenID Connect Core section 9).

use super::super::{AuthFailure, AuthenticatedClient, Presented, authenticate};
use super::*;
use crate::fixture::jwt::{put, signed};
use crate::fixture::{ALIAS, CLIENT, ISSUER, NOW, TOKEN_ENDPOINT, after, client, client_with, params, realm, setting};
use crate::record::client::TokenEndpointAuthMethod;
use grantd_jose::{Header, SigningKey, base64url_encode, sign_compact};
use grantd_protocol::ErrorCode;
use serde_json::json;
use std::sync::Arc;

mod reading;

/// A client with a key, and the assertion that it makes.
struct Case {
    key: SigningKey,
    client: ClientRecord,
    realm: crate::realm::Realm,
    header: Value,
    claims: Value,
    issuer: &'static str,
}

impl Case {
    fn new() -> Self {
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        let client = with_keys(&[&key]);
        Self {
            header: json!({"alg": "ES256", "kid": key.kid()}),
            key,
            client,
            realm: realm(),
            claims: json!({"iss": CLIENT, "sub": CLIENT, "aud": ISSUER, "exp": after(60).secs(), "jti": "one"}),
            issuer: ISSUER,
        }
    }

    fn with(change: impl FnOnce(&mut Self)) -> Self {
        let mut case = Self::new();
        change(&mut case);
        case
    }

    /// The same with one claim put in place, or taken away by `null`.
    fn claim(name: &str, value: Value) -> Self {
        Self::with(|case| put(&mut case.claims, name, value))
    }

    fn text(&self) -> String {
        signed(&self.key, &self.header, &self.claims)
    }

    fn read(&self, more: &[(&str, &str)]) -> Result<Presented, AuthFailure> {
        let text = self.text();
        let mut pairs = vec![("client_assertion", &*text), ("client_assertion_type", ASSERTION_TYPE)];
        pairs.extend_from_slice(more);
        Presented::read(&params(&pairs), None)
    }

    fn decide(&self) -> Result<AuthenticatedClient, AuthFailure> {
        let mut setting = setting(&self.realm);
        setting.issuer = self.issuer;
        authenticate(&self.read(&[])?, Some(&Arc::new(self.client.clone())), &setting)
    }

    fn proves(&self) -> bool {
        match self.decide() {
            Ok(proved) => proved.used().len() == 1,
            Err(failure) => {
                assert_eq!(failure.error.code(), ErrorCode::InvalidClient);
                assert!(!failure.header_tried);
                false
            }
        }
    }
}

fn with_keys(keys: &[&SigningKey]) -> ClientRecord {
    client_with(|client| {
        client.auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
        client.secrets.clear();
        client.jwks = Some(JwkSet::new(keys.iter().map(|key| key.public_jwk().clone()).collect()));
    })
}

#[test]
fn a_good_assertion_proves_the_client_with_and_without_client_id() {
    let case = Case::new();
    assert!(case.proves());
    assert!(case.read(&[("client_id", CLIENT)]).is_ok());
    let differs = case.read(&[("client_id", "other")]).unwrap_err();
    assert_eq!(differs.error.code(), ErrorCode::InvalidClient);
}

#[test]
fn every_algorithm_that_signs_is_accepted_and_the_key_says_which() {
    for algorithm in Algorithm::SIGNING {
        let key = SigningKey::generate(algorithm).unwrap();
        let case = Case::with(|case| {
            case.client = with_keys(&[&key]);
            case.header = json!({"alg": algorithm.as_str()});
            case.key = key;
        });
        assert!(case.proves(), "{algorithm}");
    }
}

#[test]
fn another_algorithm_than_the_registered_one_is_refused() {
    for (algorithm, proves) in [(Algorithm::ES256, true), (Algorithm::RS256, false)] {
        let registered = |case: &mut Case| case.client.openid.token_endpoint_auth_signing_alg = Some(algorithm);
        assert_eq!(Case::with(registered).proves(), proves, "{algorithm}");
    }
}

#[test]
fn another_algorithm_than_the_keys_own_is_refused() {
    let key = SigningKey::generate(Algorithm::RS256).unwrap();
    // The signature is good by RS256; what the header says must not lead to a check by it.
    for alg in ["PS256", "RS512", "ES256", "none", "HS256", ""] {
        let case = Case::with(|case| {
            case.client = with_keys(&[&key]);
            case.header = json!({ "alg": alg });
        });
        let text = {
            let part = |value: &Value| base64url_encode(value.to_string());
            let input = format!("{}.{}", part(&case.header), part(&case.claims));
            format!("{input}.{}", base64url_encode(key.sign(input.as_bytes()).unwrap()))
        };
        let pairs = [("client_assertion", &*text), ("client_assertion_type", ASSERTION_TYPE)];
        let refused = Presented::read(&params(&pairs), None).and_then(|presented| {
            authenticate(&presented, Some(&Arc::new(case.client.clone())), &setting(&case.realm))
        });
        assert_eq!(refused.unwrap_err().error.code(), ErrorCode::InvalidClient, "{alg}");
    }
}

#[test]
fn members_that_bring_a_key_or_change_the_rules_are_refused() {
    for (name, value) in [
        ("jku", json!("https://evil.example/keys")),
        ("x5u", json!("https://evil.example/chain")),
        ("jwk", json!({"kty": "OKP"})),
        ("x5c", json!(["AAAA"])),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
    ] {
        let case = Case::with(|case| {
            case.header.as_object_mut().unwrap().insert(name.to_owned(), value);
        });
        assert!(!case.proves(), "{name}");
    }
}

#[test]
fn a_jwt_that_was_made_for_another_purpose_is_refused() {
    let typed = |typ: &str| {
        Case::with(|case| {
            case.header
                .as_object_mut()
                .unwrap()
                .insert("typ".to_owned(), json!(typ));
        })
    };
    for typ in [
        "JWT",
        "jwt",
        "client-authentication+jwt",
        "application/client-authentication+jwt",
    ] {
        assert!(typed(typ).proves(), "{typ}");
    }
    for typ in ["at+jwt", "dpop+jwt", "oauth-authz-req+jwt", "secevent+jwt", ""] {
        assert!(!typed(typ).proves(), "{typ}");
    }
}

#[test]
fn a_needed_claim_that_is_missing_or_of_the_wrong_type_refuses() {
    for name in ["iss", "sub", "aud", "exp", "jti"] {
        for value in [Value::Null, json!({}), json!([1]), json!(true)] {
            assert!(!Case::claim(name, value.clone()).proves(), "{name} {value}");
        }
    }
    assert!(!Case::claim("exp", json!(after(60).secs().to_string())).proves());
    for name in ["nbf", "iat"] {
        assert!(Case::claim(name, json!(NOW.secs())).proves(), "{name}");
        for value in [json!("1"), json!([]), json!(-1), json!({})] {
            assert!(!Case::claim(name, value.clone()).proves(), "{name} {value}");
        }
    }
}

#[test]
fn issuer_and_subject_are_the_client() {
    assert!(!Case::claim("iss", json!("other")).proves());
    assert!(!Case::claim("sub", json!("other")).proves());
    let of_another = Case::with(|case| {
        case.claims["iss"] = json!("other");
        case.claims["sub"] = json!("other");
    });
    assert!(!of_another.proves());
}

#[test]
fn the_audience_is_the_issuer_that_was_addressed_and_nothing_beside_it() {
    assert!(Case::claim("aud", json!([ISSUER])).proves());
    for wrong in [
        json!(TOKEN_ENDPOINT),
        json!("https://id.example/"),
        json!(ALIAS),
        json!("https://other.example"),
        json!([]),
        json!([ISSUER, "https://other.example"]),
        json!([ISSUER, ISSUER]),
    ] {
        assert!(!Case::claim("aud", wrong.clone()).proves(), "{wrong}");
    }
    let at_the_alias = |audience: &str| {
        let mut case = Case::claim("aud", json!(audience));
        case.issuer = ALIAS;
        case.proves()
    };
    assert!(at_the_alias(ALIAS));
    assert!(!at_the_alias(ISSUER));
}

#[test]
fn by_fapi_2_the_audience_is_one_text_and_no_list() {
    let addressed = |audience: Value| {
        let mut case = Case::claim("aud", audience);
        case.realm.profile = crate::realm::Profile::Fapi2;
        case.proves()
    };
    assert!(addressed(json!(ISSUER)));
    assert!(!addressed(json!([ISSUER])));
}

#[test]
fn the_token_endpoint_is_an_audience_only_where_the_realm_says_so() {
    let mut case = Case::claim("aud", json!(TOKEN_ENDPOINT));
    assert!(!case.proves());
    case.realm.assertions.token_endpoint_audience = true;
    assert!(case.proves());
    case.claims["aud"] = json!(ISSUER);
    assert!(case.proves());
}

#[test]
fn an_assertion_ends_at_its_exp_and_not_more_than_the_leeway_later() {
    let ends = |seconds: i64, leeway: u32| {
        let mut case = Case::claim("exp", json!(after(seconds).secs()));
        case.realm.assertions.leeway = Seconds(leeway);
        case.proves()
    };
    assert!(ends(1, 0));
    assert!(!ends(0, 0), "dead at the very instant of its end");
    assert!(ends(-4, 5));
    assert!(!ends(-5, 5));
    assert!(ends(3600, 0));
    assert!(!ends(3611, 0), "an assertion must be short-lived");
}

#[test]
fn clocks_of_clients_may_be_ten_seconds_ahead() {
    for name in ["nbf", "iat"] {
        assert!(Case::claim(name, json!(after(10).secs())).proves(), "{name}");
        assert!(!Case::claim(name, json!(after(11).secs())).proves(), "{name}");
    }
}

#[test]
fn a_jti_is_text_of_a_length_that_can_be_remembered() {
    assert!(Case::claim("jti", json!("x".repeat(256))).proves());
    assert!(!Case::claim("jti", json!("x".repeat(257))).proves());
    assert!(!Case::claim("jti", json!("")).proves());
}

#[test]
fn the_same_jti_spends_the_same_value_and_another_one_another() {
    let used = |jti: &str| Case::claim("jti", json!(jti)).decide().unwrap().used()[0].guard();
    assert_eq!(used("one"), used("one"));
    assert_ne!(used("one"), used("two"));
}

#[test]
fn any_of_the_clients_keys_signs_and_kid_says_which() {
    let (old, new) = (Case::new().key, Case::new().key);
    let signed = |key: &SigningKey, kid: Option<&str>, keys: &[&SigningKey]| {
        let header = match kid {
            Some(kid) => Header::with_kid(key, "JWT", kid),
            None => Header::new(key, "JWT"),
        };
        let text = sign_compact(key, &header, Case::new().claims.to_string().as_bytes()).unwrap();
        let pairs = [("client_assertion", &*text), ("client_assertion_type", ASSERTION_TYPE)];
        let presented = Presented::read(&params(&pairs), None).unwrap();
        authenticate(&presented, Some(&Arc::new(with_keys(keys))), &setting(&realm())).is_ok()
    };
    assert!(signed(&old, None, &[&old, &new]));
    assert!(signed(&new, None, &[&old, &new]));
    assert!(!signed(&old, None, &[&new]), "the key was taken away");
    assert!(!signed(&old, Some(new.kid()), &[&old, &new]), "kid names another key");
    assert!(!signed(&old, Some("unknown"), &[&old, &new]));
    let nameless = Case::with(|case| case.header = json!({"alg": "ES256"}));
    assert!(nameless.proves(), "without kid every key that fits is tried");
}

#[test]
fn an_assertion_of_another_clients_key_is_refused() {
    let case = Case::with(|case| case.key = Case::new().key);
    assert!(!case.proves());
    let unsigned = Case::with(|case| case.client.jwks = None);
    assert!(!unsigned.proves());
}

#[test]
fn keys_that_were_fetched_count_only_where_none_are_registered() {
    let case = Case::new();
    let fetched = case.client.jwks.clone().unwrap();
    let decide = |client: ClientRecord| {
        let setting = Setting {
            fetched_keys: Some(&fetched),
            ..setting(&case.realm)
        };
        authenticate(&case.read(&[]).unwrap(), Some(&Arc::new(client)), &setting).is_ok()
    };
    assert!(decide(client_with(|client| {
        client.auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
    })));
    assert!(!decide(with_keys(&[&Case::new().key])));
}

#[test]
fn a_client_with_another_method_and_a_realm_without_this_one_refuse() {
    let other = Case::with(|case| case.client.auth_method = TokenEndpointAuthMethod::ClientSecretBasic);
    assert!(!other.proves());
    let off = Case::with(|case| case.realm.auth_methods = vec![TokenEndpointAuthMethod::ClientSecretPost]);
    assert!(!off.proves());
    // And a client of this method has no secret that anybody could send instead.
    let pairs = [("client_id", CLIENT), ("client_secret", crate::fixture::SECRET)];
    let presented = Presented::read(&params(&pairs), None).unwrap();
    let leftover = client_with(|record| {
        record.auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
        record.secrets = client().secrets;
    });
    assert!(authenticate(&presented, Some(&Arc::new(leftover)), &setting(&realm())).is_err());
}

#[test]
fn a_disabled_client_is_refused_with_a_good_assertion() {
    assert!(!Case::with(|case| case.client.enabled = false).proves());
}
