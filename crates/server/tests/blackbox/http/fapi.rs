//! FAPI 2.0 from end to end under `profile = "fapi2"`: a signed request is pushed by a client that signs and proves a key, the
//! answer comes back signed, and the tokens are worth nothing without the key.

use crate::harness::flow::{VERIFIER, challenge};
use crate::harness::key::{ASSERTION_TYPE, now};
use crate::harness::{Agent, Flow, Key, Launch, Realm, Reply, Server};
use grantd_jose::Algorithm;
use serde_json::{Value, json};

const APP: &str = "bank-app";
pub(super) const BANK: &str = include_str!("fapi.toml");

/// The bank, and the app's two keys: one that it signs with, one that its tokens are bound to.
struct Bank {
    realm: Realm,
    signs: Key,
    bound: Key,
    _server: Server,
}

impl Bank {
    fn open() -> Self {
        let server = Server::start(Launch::demo().realm(BANK));
        let realm = server.realm();
        Self {
            signs: realm.key_of(APP),
            bound: Key::new(Algorithm::ES256),
            realm,
            _server: server,
        }
    }

    /// The request as a signed object.
    fn object(&self, change: &Value) -> String {
        let mut claims = json!({
            "iss": APP, "aud": self.realm.issuer(), "nbf": now(), "exp": now() + 60, "client_id": APP,
            "response_type": "code", "response_mode": "jwt", "redirect_uri": "https://tpp.example/cb", "state": "s",
            "scope": "openid accounts:read", "nonce": "n", "code_challenge": challenge(VERIFIER),
            "code_challenge_method": "S256",
            "authorization_details": [{ "type": "transfer", "amount": "12.00" }],
        });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let header = json!({ "alg": self.signs.alg(), "typ": "oauth-authz-req+jwt" });
        self.signs.sign(&header, &claims)
    }

    /// A form of the app, signed, with a proof where there is one.
    async fn post(&self, endpoint: &str, form: &[(&str, &str)], proof: Option<String>) -> Reply {
        let assertion = self.signs.assertion(APP, &self.realm.issuer());
        let own = [
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", &assertion),
        ];
        let form: Vec<_> = form.iter().copied().chain(own).collect();
        let mut agent = Agent::new();
        let mut request = agent.http.post(self.realm.endpoint(endpoint)).form(&form);
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        agent.send(request).await
    }

    async fn push(&self, object: &str) -> Reply {
        let endpoint = "pushed_authorization_request_endpoint";
        let proof = self.bound.proof("POST", &self.realm.endpoint(endpoint), None);
        self.post(endpoint, &[("request", object)], Some(proof)).await
    }

    async fn token(&self, form: &[(&str, &str)]) -> Reply {
        let proof = self.bound.proof("POST", &self.realm.token(), None);
        self.post("token_endpoint", form, Some(proof)).await
    }

    /// What the app hears, once its signature is verified.
    async fn answer(&self, reference: &str) -> Value {
        let mut flow = Flow::new(&self.realm, APP);
        flow.params = vec![
            ("client_id".into(), APP.into()),
            ("request_uri".into(), reference.into()),
        ];
        let told = flow.answer().await;
        assert_eq!(told.keys().collect::<Vec<_>>(), ["response"]);
        let (_, alg, claims) = self.realm.signed(&told["response"]).await;
        assert_eq!((alg.as_str(), &claims["aud"]), ("ES256", &json!(APP)));
        claims
    }
}

#[tokio::test]
async fn a_pushed_signed_bound_request_ends_in_tokens_that_need_their_key() {
    from_the_push_to_the_end().await;
}

/// From a signed request that is pushed to the end of its tokens; a row of the attacks, too.
pub(crate) async fn from_the_push_to_the_end() {
    let bank = Bank::open();
    let pushed = bank.push(&bank.object(&json!({}))).await.expect(201).json();
    assert!(pushed["expires_in"].as_u64().unwrap() < 600);
    let answer = bank.answer(pushed["request_uri"].as_str().unwrap()).await;
    assert_eq!(
        (&answer["iss"], &answer["state"]),
        (&json!(bank.realm.issuer()), &json!("s"))
    );
    let code = answer["code"].as_str().unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", "https://tpp.example/cb"),
        ("code_verifier", VERIFIER),
    ];
    // Without the key that was proved at the push the code is worth nothing, and is not spent by trying.
    bank.post("token_endpoint", &form, None)
        .await
        .refused(400, "invalid_dpop_proof");
    let stranger = Key::new(Algorithm::ES256).proof("POST", &bank.realm.token(), None);
    bank.post("token_endpoint", &form, Some(stranger))
        .await
        .refused(400, "invalid_dpop_proof");
    let tokens = bank.token(&form).await.expect(200).json();
    assert_eq!(tokens["token_type"], "DPoP");
    assert_eq!(
        tokens["authorization_details"],
        json!([{ "type": "transfer", "amount": "12.00" }])
    );
    let access = tokens["access_token"].as_str().unwrap();
    let (typ, alg, claims) = bank.realm.signed(access).await;
    assert_eq!((typ.as_deref(), alg.as_str()), (Some("at+jwt"), "ES256"));
    assert!(claims["cnf"]["jkt"].is_string());
    let url = bank.realm.endpoint("userinfo_endpoint");
    let mut agent = Agent::new();
    let bare = agent.http.get(&url).bearer_auth(access);
    agent.send(bare).await.expect(401);
    let request = agent.http.get(&url).header("authorization", format!("DPoP {access}"));
    let proof = bank.bound.proof("GET", &url, Some(access));
    agent.send(request.header("dpop", proof)).await.expect(200);
    bank.stays_the_same(&tokens).await;
}

impl Bank {
    /// FAPI 2.0: a refresh token stays the same. And it ends with everything that came of it.
    async fn stays_the_same(&self, tokens: &Value) {
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        let mut access = vec![tokens["access_token"].clone()];
        for _ in 0..2 {
            let again = self.token(&form).await.expect(200).json();
            assert_eq!(again["refresh_token"], refresh);
            access.push(again["access_token"].clone());
        }
        self.post("revocation_endpoint", &[("token", refresh)], None)
            .await
            .expect(200);
        self.token(&form).await.refused(400, "invalid_grant");
        for token in access {
            let form = [("token", token.as_str().unwrap())];
            let told = self.post("introspection_endpoint", &form, None).await;
            assert_eq!(told.expect(200).json(), json!({ "active": false }));
        }
    }
}

#[tokio::test]
async fn what_is_not_pushed_not_signed_or_signed_badly_is_refused() {
    let bank = Bank::open();
    let mut flow = Flow::new(&bank.realm, APP);
    let told = flow.ask().await.redirect("https://tpp.example/cb");
    assert_eq!(told["error"], "invalid_request");
    flow.params = vec![
        ("client_id".into(), APP.into()),
        ("request".into(), bank.object(&json!({ "response_mode": "query" }))),
    ];
    let told = flow.ask().await.redirect("https://tpp.example/cb");
    assert_eq!(told["error"], "invalid_request", "signed, but not pushed");
    let endpoint = "pushed_authorization_request_endpoint";
    let plain = [
        ("response_type", "code"),
        ("redirect_uri", "https://tpp.example/cb"),
        ("code_challenge_method", "S256"),
    ];
    let challenge = challenge(VERIFIER);
    let plain: Vec<_> = plain
        .into_iter()
        .chain([("code_challenge", challenge.as_str())])
        .collect();
    bank.post(endpoint, &plain, None).await.refused(400, "invalid_request");
    for change in [
        json!({ "aud": "https://elsewhere.example" }),
        json!({ "exp": now() - 1 }),
        json!({ "exp": now() + 7200 }),
        json!({ "iss": "another" }),
    ] {
        bank.push(&bank.object(&change))
            .await
            .refused(400, "invalid_request_object");
    }
    bank.push(&bank.object(&json!({ "authorization_details": [{ "type": "transfer" }] })))
        .await
        .refused(400, "invalid_authorization_details");
}

#[tokio::test]
async fn the_profile_advertises_what_it_demands() {
    let bank = Bank::open();
    let metadata = &bank.realm.0["metadata"];
    assert_eq!(metadata["require_pushed_authorization_requests"], true);
    assert_eq!(metadata["require_signed_request_object"], true);
    assert_eq!(
        metadata["token_endpoint_auth_methods_supported"],
        json!(["private_key_jwt"])
    );
    assert_eq!(metadata["authorization_signing_alg_values_supported"], json!(["ES256"]));
    for name in ["request_object", "dpop", "token_endpoint_auth"] {
        let algorithms = metadata[format!("{name}_signing_alg_values_supported")].to_string();
        assert!(
            !algorithms.contains("RS256") && algorithms.contains("ES256"),
            "{name}: {algorithms}"
        );
    }
}
