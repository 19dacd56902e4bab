//! What a realm under FAPI 2.0 advertises is what it accepts: every value of every list is used, and every value that the server
//! knows elsewhere and the list leaves out is refused.

use super::fapi::BANK;
use crate::harness::flow::{VERIFIER, challenge};
use crate::harness::key::{ASSERTION_TYPE, assertion_claims, fresh, now};
use crate::harness::signer::Signer;
use crate::harness::{Agent, Launch, Realm, Reply, Server};
use grantd_jose::Algorithm;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const APP: &str = "every-key";
const CALLBACK: &str = "https://tpp.example/cb";
const PAR: &str = "pushed_authorization_request_endpoint";
/// A code that was never given out: whoever gets as far as that it is not good has proved everything else.
const NO_CODE: &[(&str, &str)] = &[("grant_type", "authorization_code"), ("code", "x")];

/// The bank with an app that has a key of every kind.
struct Bank {
    realm: Realm,
    signer: Signer,
    _server: Server,
}

impl Bank {
    fn open() -> Self {
        let signer = Signer::new();
        let app = format!(
            "[[demo.clients]]\nname = \"Every Key\"\nkind = \"web\"\nclient_id = \"{APP}\"\n\
             auth_method = \"private_key_jwt\"\njwks = '{}'\nredirect_uris = [\"{CALLBACK}\"]\n\
             scopes = [\"openid\", \"offline_access\", \"accounts:read\"]\ndefault_scopes = [\"accounts:read\"]\n",
            signer.jwks()
        );
        let server = Server::start(Launch::demo().realm(format!("{BANK}{app}")));
        Self {
            realm: server.realm(),
            signer,
            _server: server,
        }
    }

    fn metadata(&self) -> &Value {
        &self.realm.0["metadata"]
    }

    fn listed(&self, member: &str) -> BTreeSet<&str> {
        let values = self.metadata()[member]
            .as_array()
            .unwrap_or_else(|| panic!("no {member}"));
        values.iter().map(|value| value.as_str().unwrap()).collect()
    }

    fn jwt(&self, alg: &str, typ: &str, claims: &Value) -> String {
        let mut header = json!({ "alg": alg, "typ": typ });
        if typ == "dpop+jwt" {
            header["jwk"] = self.signer.jwk(alg);
        }
        self.signer.sign(alg, &header, claims)
    }

    /// A form of the app, with an assertion and a proof that are signed with these algorithms.
    async fn post(&self, endpoint: &str, assertion: &str, proof: &str, form: &[(&str, &str)]) -> Reply {
        let url = self.realm.endpoint(endpoint);
        let claims = assertion_claims(APP, &self.realm.issuer());
        let assertion = self.jwt(assertion, "JWT", &claims);
        let own = [
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", assertion.as_str()),
        ];
        let form: Vec<_> = form.iter().copied().chain(own).collect();
        let claims = json!({ "jti": fresh(), "htm": "POST", "htu": url, "iat": now() });
        let proof = self.jwt(proof, "dpop+jwt", &claims);
        let mut agent = Agent::new();
        agent
            .send(agent.http.post(&url).form(&form).header("DPoP", proof))
            .await
    }

    /// Pushes a request object that says something else than a good one.
    async fn push(&self, alg: &str, change: &Value) -> Reply {
        let mut claims = json!({
            "iss": APP, "aud": self.realm.issuer(), "nbf": now(), "exp": now() + 60, "client_id": APP,
            "response_type": "code", "redirect_uri": CALLBACK, "scope": "accounts:read",
            "code_challenge": challenge(VERIFIER), "code_challenge_method": "S256",
        });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let object = self.jwt(alg, "oauth-authz-req+jwt", &claims);
        self.post(PAR, "ES256", "ES256", &[("request", &object)]).await
    }

    /// What becomes of one algorithm where a member promises it: the error, where there is one.
    async fn signed(&self, member: &str, alg: &str) -> Option<String> {
        let reply = match member {
            "token_endpoint_auth" => self.post("token_endpoint", alg, "ES256", NO_CODE).await,
            "revocation_endpoint_auth" => self.post("revocation_endpoint", alg, "ES256", &[("token", "x")]).await,
            "introspection_endpoint_auth" => {
                self.post("introspection_endpoint", alg, "ES256", &[("token", "x")])
                    .await
            }
            "dpop" => self.post("token_endpoint", "ES256", alg, NO_CODE).await,
            "request_object" => self.push(alg, &json!({})).await,
            other => panic!("{other} is advertised, and no test uses it"),
        };
        error(&reply)
    }
}

fn error(reply: &Reply) -> Option<String> {
    assert!(
        matches!(reply.status, 200 | 201 | 400 | 401),
        "{} {}",
        reply.status,
        reply.body
    );
    if reply.status < 300 {
        return None;
    }
    Some(reply.json()["error"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn under_fapi_the_algorithms_that_are_listed_are_accepted_and_the_others_refused() {
    let bank = Bank::open();
    let known: BTreeSet<&str> = Algorithm::ALL
        .iter()
        .flat_map(|alg| alg.read_names())
        .copied()
        .collect();
    // What a good signature ends in, and a bad one.
    for (member, good, bad) in [
        ("token_endpoint_auth", Some("invalid_grant"), "invalid_client"),
        ("revocation_endpoint_auth", None, "invalid_client"),
        ("introspection_endpoint_auth", None, "invalid_client"),
        ("dpop", Some("invalid_grant"), "invalid_dpop_proof"),
        ("request_object", None, "invalid_request_object"),
    ] {
        let listed = bank.listed(&format!("{member}_signing_alg_values_supported"));
        assert_eq!(
            listed,
            BTreeSet::from(["ES256", "Ed25519", "EdDSA", "PS256"]),
            "{member}"
        );
        for alg in &known {
            let expected = if listed.contains(alg) { good } else { Some(bad) };
            assert_eq!(bank.signed(member, alg).await.as_deref(), expected, "{member}: {alg}");
        }
    }
    let members = bank.metadata().as_object().unwrap().iter();
    let signs = members.filter(|(name, _)| name.ends_with("_signing_alg_values_supported"));
    let lists: Vec<_> = signs.map(|(name, values)| (name, values.as_array().unwrap())).collect();
    let of_the_server = lists.iter().filter(|(_, values)| values.len() == 1);
    assert_eq!((lists.len(), of_the_server.clone().count()), (9, 4), "{lists:?}");
    assert!(
        of_the_server.clone().all(|(_, values)| values[0] == "ES256"),
        "{lists:?}"
    );
}

#[tokio::test]
async fn under_fapi_the_methods_that_are_listed_prove_a_client_and_the_others_do_not() {
    let bank = Bank::open();
    for endpoint in ["token", "revocation", "introspection"] {
        let methods = bank.listed(&format!("{endpoint}_endpoint_auth_methods_supported"));
        assert_eq!(methods, BTreeSet::from(["private_key_jwt"]), "{endpoint}");
        let url = bank.realm.endpoint(&format!("{endpoint}_endpoint"));
        let form = [("token", "x"), ("grant_type", "authorization_code"), ("code", "x")];
        let named = [form.as_slice(), &[("client_id", APP)]].concat();
        let secret = [named.as_slice(), &[("client_secret", "secret")]].concat();
        let agent = Agent::new();
        for request in [
            agent.http.post(&url).form(&named),
            agent.http.post(&url).form(&secret),
            agent.http.post(&url).form(&form).basic_auth(APP, Some("secret")),
            // A header that only a trusted proxy may set stands for the certificate.
            agent.http.post(&url).form(&named).header("x-client-cert", "MIIB"),
        ] {
            let reply = Agent::new().send(request).await;
            reply.refused(401, "invalid_client");
        }
    }
}

#[tokio::test]
async fn under_fapi_what_a_request_asks_is_listed_or_refused() {
    let bank = Bank::open();
    let pushed = async |change: Value| error(&bank.push("ES256", &change).await);
    assert_eq!(bank.listed("response_types_supported"), BTreeSet::from(["code"]));
    assert_eq!(pushed(json!({ "response_type": "code" })).await, None);
    for other in ["token", "id_token", "code id_token", "code token", "none"] {
        let told = pushed(json!({ "response_type": other })).await;
        assert_eq!(told.as_deref(), Some("unsupported_response_type"), "{other}");
    }
    let modes = bank.listed("response_modes_supported");
    for mode in [
        "query",
        "form_post",
        "jwt",
        "query.jwt",
        "form_post.jwt",
        "fragment",
        "fragment.jwt",
        "web_message",
    ] {
        let told = pushed(json!({ "response_mode": mode })).await;
        let expected = (!modes.contains(mode)).then_some("invalid_request");
        assert_eq!(told.as_deref(), expected, "{mode}");
    }
    assert!(modes.len() == 5, "{modes:?}");
    assert_eq!(
        bank.listed("code_challenge_methods_supported"),
        BTreeSet::from(["S256"])
    );
    for method in ["plain", "S512"] {
        let told = pushed(json!({ "code_challenge_method": method })).await;
        assert_eq!(told.as_deref(), Some("invalid_request"), "{method}");
    }
}

#[tokio::test]
async fn under_fapi_the_grant_types_that_are_listed_are_answered_and_the_others_unsupported() {
    let bank = Bank::open();
    let listed = bank.listed("grant_types_supported");
    let urn = |name: &str| format!("urn:ietf:params:oauth:grant-type:{name}");
    let own = ["authorization_code", "refresh_token", "client_credentials"].map(str::to_owned);
    let others = ["device_code", "token-exchange", "jwt-bearer"].map(urn);
    let never = ["password", "implicit"].map(str::to_owned);
    assert!(never.iter().all(|grant| !listed.contains(grant.as_str())), "{listed:?}");
    let known: BTreeSet<String> = own.into_iter().chain(others).chain(never).collect();
    assert!(listed.iter().all(|grant| known.contains(*grant)), "{listed:?}");
    for grant in known {
        let form = [
            ("grant_type", grant.as_str()),
            ("code", "x"),
            ("refresh_token", "x"),
            ("device_code", "x"),
            ("subject_token", "x"),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("assertion", "x"),
        ];
        let told = error(&bank.post("token_endpoint", "ES256", "ES256", &form).await);
        let is_unsupported = told.as_deref() == Some("unsupported_grant_type");
        assert_eq!(is_unsupported, !listed.contains(grant.as_str()), "{grant}: {told:?}");
    }
}
