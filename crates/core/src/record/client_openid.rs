//! What a client registered of OpenID Connect and its neighbours beside its redirect URIs: where its keys and request objects are, how its
//! users are named to it, and whom to tell when they log out. The members are written under their registered names
//! (OpenID Connect Registration, and the two logout specifications). Must not know whether anybody is there.

use grantd_jose::{Algorithm, Jwk, JwkSet};
use grantd_protocol::redirect_uri::is_loopback;
use grantd_protocol::web::{self, WebUrl};
use serde::{Deserialize, Serialize};

/// The most request objects that a client may have by reference.
pub const MAX_REQUEST_URIS: usize = 10;

/// See the module.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ClientOpenid {
    /// Where its public keys are, for a client that has none registered by value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// Where its request objects may be fetched from (OpenID Connect Core section 6.2).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub request_uris: Vec<String>,
    /// Whether its users have names of their own for it.
    #[serde(default, skip_serializing_if = "SubjectType::is_public")]
    pub subject_type: SubjectType,
    /// Where the redirect URIs of its sector are listed (section 8.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<String>,
    /// With what userinfo is signed for it; not at all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<Algorithm>,
    /// With what answers to its authorization requests are signed where it asks for signed ones (JARM section 3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_signed_response_alg: Option<Algorithm>,
    /// With what answers to its introspection requests are signed; they are then always signed (RFC 9701 section 6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introspection_signed_response_alg: Option<Algorithm>,
    /// With what its assertions are signed, and nothing else; with any algorithm of its keys where absent (OpenID Connect
    /// Registration section 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<Algorithm>,
    /// The same of its request objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_object_signing_alg: Option<Algorithm>,
    /// The types of authorization details that it may ask for; none where it says none (RFC 9396 section 10).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorization_details_types: Vec<String>,
    /// Where it is told of a logout by this server (Back-Channel Logout section 2.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    /// Whether what it is told must name the session. It always does.
    #[serde(default, skip_serializing_if = "is_false")]
    pub backchannel_logout_session_required: bool,
    /// Where it is told of a logout by the user's browser (Front-Channel Logout section 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frontchannel_logout_uri: Option<String>,
    /// Whether what it is told must name issuer and session.
    #[serde(default, skip_serializing_if = "is_false")]
    pub frontchannel_logout_session_required: bool,
}

/// How users are named to a client (OpenID Connect Core section 8).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectType {
    /// By the name that every client gets.
    #[default]
    Public,
    /// By a name that only clients of the same sector get.
    Pairwise,
}

impl SubjectType {
    /// Whether it is the ordinary one.
    #[must_use]
    pub fn is_public(&self) -> bool {
        *self == Self::Public
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

impl ClientOpenid {
    /// Whether there is nothing.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether somebody has to be told when a user of this client logs out.
    #[must_use]
    pub const fn wants_logouts(&self) -> bool {
        self.backchannel_logout_uri.is_some() || self.frontchannel_logout_uri.is_some()
    }

    /// What it signs with, by the names of the members.
    #[must_use]
    pub const fn signs_with(&self) -> [(&'static str, Option<Algorithm>); 2] {
        [
            ("token_endpoint_auth_signing_alg", self.token_endpoint_auth_signing_alg),
            ("request_object_signing_alg", self.request_object_signing_alg),
        ]
    }

    /// What it registered to sign with and none of its keys can, by the names of the members. Of keys at an address nothing
    /// can be said before they are fetched. One that has no keys signs no assertions either, whatever it says of them.
    #[must_use]
    pub fn unusable(&self, jwks: Option<&JwkSet>) -> Vec<(&'static str, String)> {
        let keys = jwks.map_or(&[] as &[Jwk], JwkSet::keys);
        if self.jwks_uri.is_some() {
            return Vec::new();
        }
        if keys.is_empty() {
            let says = "needs jwks or jwks_uri: without keys no request is signed".to_owned();
            let asked = self.request_object_signing_alg.is_some();
            return asked
                .then_some(("request_object_signing_alg", says))
                .into_iter()
                .collect();
        }
        let unusable = |(name, algorithm): (&'static str, Option<Algorithm>)| {
            let algorithm = algorithm.filter(|algorithm| !keys.iter().any(|key| key.accepts(*algorithm)))?;
            let says = format!(
                "is {algorithm}, and none of the client's keys can sign so: register one that can, or leave it out"
            );
            Some((name, says))
        };
        self.signs_with().into_iter().filter_map(unusable).collect()
    }

    /// The host that all clients of one sector share; `None` where it is not certain: redirect URIs on several hosts and
    /// no list of them (section 8.1).
    #[must_use]
    pub fn sector(&self, redirect_uris: &[String]) -> Option<String> {
        if let Some(uri) = &self.sector_identifier_uri {
            return WebUrl::parse(uri).ok().map(|url| url.host().to_owned());
        }
        // This computer is everybody's: programs on it would all be one sector.
        let host = |uri: &String| {
            web::origin_parts(uri)
                .map(|(_, host, _)| host)
                .filter(|_| !is_loopback(uri))
        };
        let mut hosts = redirect_uris.iter().map(host);
        let first = hosts.next()??;
        hosts.all(|host| host.as_ref() == Some(&first)).then_some(first)
    }

    /// Everything that is wrong with it, each with the member that it is about.
    #[must_use]
    pub fn mistakes(&self, redirect_uris: &[String]) -> Vec<(&'static str, String)> {
        let mut wrong = Vec::new();
        let mut fetched = |name: &'static str, uri: Option<&String>| {
            if let Some(Err(error)) = uri.map(|uri| WebUrl::parse(uri)) {
                wrong.push((name, error.to_string()));
            }
        };
        fetched("jwks_uri", self.jwks_uri.as_ref());
        fetched("sector_identifier_uri", self.sector_identifier_uri.as_ref());
        fetched("backchannel_logout_uri", self.backchannel_logout_uri.as_ref());
        for uri in &self.request_uris {
            fetched("request_uris", Some(uri));
        }
        if self.request_uris.len() > MAX_REQUEST_URIS {
            wrong.push(("request_uris", format!("must be at most {MAX_REQUEST_URIS}")));
        }
        if let Some(uri) = &self.frontchannel_logout_uri {
            if !web::is_showable(uri) {
                wrong.push(("frontchannel_logout_uri", "must be an https URL".to_owned()));
            } else if !redirect_uris.iter().any(|redirect| is_same_origin(redirect, uri)) {
                // Section 2: otherwise a client could have any page loaded whenever somebody logs out.
                let says = "must have scheme, host and port of one of the redirect URIs";
                wrong.push(("frontchannel_logout_uri", says.to_owned()));
            }
        }
        if !self.subject_type.is_public() && self.sector(redirect_uris).is_none() {
            let says = "pairwise needs redirect URIs on one host, or a sector_identifier_uri";
            wrong.push(("subject_type", says.to_owned()));
        }
        wrong
    }
}

fn is_same_origin(one: &str, other: &str) -> bool {
    let origin = web::origin_parts(one);
    origin.is_some() && origin == web::origin_parts(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use grantd_jose::SigningKey;

    fn uris(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_sector_is_the_one_host_of_the_redirect_uris_or_that_of_their_list() {
        let mut client = ClientOpenid::default();
        let one = uris(&["https://a.example/cb", "https://a.example:8443/cb"]);
        let two = uris(&["https://a.example/cb", "https://b.example/cb"]);
        assert_eq!(client.sector(&one).as_deref(), Some("a.example"));
        assert_eq!(client.sector(&two), None);
        for nobodys in ["com.example.app:/cb", "http://127.0.0.1:3000/cb", "http://localhost/cb"] {
            assert_eq!(client.sector(&uris(&[nobodys])), None, "{nobodys}");
        }
        assert_eq!(client.sector(&[]), None);
        client.sector_identifier_uri = Some("https://sector.example/uris.json".into());
        assert_eq!(client.sector(&two).as_deref(), Some("sector.example"));
        client.sector_identifier_uri = Some("https://127.0.0.1/uris.json".into());
        assert_eq!(client.sector(&one), None);
    }

    #[test]
    fn what_is_signed_with_is_what_one_of_the_keys_can_sign_with() {
        let key = |algorithm| SigningKey::generate(algorithm).unwrap().public_jwk().to_json();
        // Without its alg an RSA key is for every algorithm of its kind.
        let mut rsa: serde_json::Value = serde_json::from_str(&key(Algorithm::RS256)).unwrap();
        rsa.as_object_mut().unwrap().remove("alg");
        let rsa = rsa.to_string();
        let set = |keys: &[&str]| JwkSet::parse(format!(r#"{{"keys":[{}]}}"#, keys.join(",")).as_bytes(), 9).unwrap();
        let (curve, both) = (set(&[&key(Algorithm::ES256)]), set(&[&key(Algorithm::ES256), &rsa]));
        let named = |algorithm| ClientOpenid {
            token_endpoint_auth_signing_alg: Some(algorithm),
            request_object_signing_alg: Some(algorithm),
            ..ClientOpenid::default()
        };
        let members = |client: &ClientOpenid, keys: Option<&JwkSet>| {
            let wrong = client.unusable(keys).into_iter();
            wrong.map(|(name, _)| name).collect::<Vec<_>>()
        };
        let two = ["token_endpoint_auth_signing_alg", "request_object_signing_alg"];
        assert_eq!(members(&named(Algorithm::ES256), Some(&curve)), [""; 0]);
        for other in [Algorithm::RS256, Algorithm::PS512, Algorithm::ES384, Algorithm::EdDSA] {
            assert_eq!(members(&named(other), Some(&curve)), two, "{other}");
        }
        assert_eq!(members(&named(Algorithm::PS512), Some(&both)), [""; 0]);
        assert_eq!(members(&named(Algorithm::EdDSA), Some(&both)), two);
        assert_eq!(members(&ClientOpenid::default(), Some(&curve)), [""; 0]);
        // A key that names one algorithm is for no other, and one for encryption for none.
        let fixed = set(&[&key(Algorithm::RS256)]);
        assert_eq!(members(&named(Algorithm::PS256), Some(&fixed)), two);
        let sealing = set(&[&key(Algorithm::ES256).replace(r#""use":"sig""#, r#""use":"enc""#)]);
        assert_eq!(members(&named(Algorithm::ES256), Some(&sealing)), two);
        // Without keys no request is signed, and no assertion is asked for; at an address there may be any.
        for none in [None, Some(&set(&[]))] {
            assert_eq!(members(&named(Algorithm::ES256), none), ["request_object_signing_alg"]);
        }
        let fetched = ClientOpenid {
            jwks_uri: Some("https://a.example/jwks".into()),
            ..named(Algorithm::RS256)
        };
        assert_eq!(members(&fetched, None), [""; 0]);
    }

    #[test]
    fn pairwise_needs_a_sector() {
        let client = ClientOpenid {
            subject_type: SubjectType::Pairwise,
            ..ClientOpenid::default()
        };
        assert_eq!(client.mistakes(&uris(&["https://a.example/cb"])), []);
        let wrong = client.mistakes(&uris(&["https://a.example/cb", "https://b.example/cb"]));
        assert_eq!(wrong.first().map(|(name, _)| *name), Some("subject_type"));
    }

    #[test]
    fn addresses_that_this_server_fetches_are_on_the_public_web() {
        for uri in [
            "https://127.0.0.1/x",
            "https://10.0.0.1/x",
            "https://[::1]/x",
            "http://a.example/x",
            "https://localhost/x",
        ] {
            for client in [
                ClientOpenid {
                    jwks_uri: Some(uri.into()),
                    ..ClientOpenid::default()
                },
                ClientOpenid {
                    sector_identifier_uri: Some(uri.into()),
                    ..ClientOpenid::default()
                },
                ClientOpenid {
                    backchannel_logout_uri: Some(uri.into()),
                    ..ClientOpenid::default()
                },
                ClientOpenid {
                    request_uris: vec![uri.into()],
                    ..ClientOpenid::default()
                },
            ] {
                assert_eq!(client.mistakes(&[]).len(), 1, "{uri} {client:?}");
            }
        }
    }

    #[test]
    fn a_page_for_logouts_is_on_an_origin_that_codes_go_to() {
        let with = |uri: &str| ClientOpenid {
            frontchannel_logout_uri: Some(uri.into()),
            ..ClientOpenid::default()
        };
        let redirects = uris(&[
            "https://a.example/cb",
            "http://localhost:3000/cb",
            "com.example.app:/cb",
        ]);
        for good in ["https://a.example/out?x=1", "http://localhost:3000/out"] {
            assert_eq!(with(good).mistakes(&redirects), [], "{good}");
        }
        for bad in [
            "https://b.example/out",
            "https://a.example:8443/out",
            "http://a.example/out",
            "http://localhost:3001/out",
            "com.example.app:/out",
            "javascript:alert(1)",
            "https://a.example/out#x",
        ] {
            assert_eq!(with(bad).mistakes(&redirects).len(), 1, "{bad}");
        }
    }
}
