//! Every algorithm that metadata names is used against the running server, list by list as the document has them: a value that
//! nothing here uses, and a list that nothing here knows, fails.

use crate::admin::stage::Api;
use crate::attack::stage::realm_file;
use crate::harness::flow::{VERIFIER, challenge};
use crate::harness::key::{ASSERTION_TYPE, assertion_claims, fresh, now};
use crate::harness::signer::Signer;
use crate::harness::{Agent, Flow, Launch, Realm, Reply, Server};
use grantd_jose::Algorithm;
use serde_json::{Value, json};

/// What no client may sign with, whatever its keys are.
const NEVER: &[&str] = &[
    "none", "HS256", "HS512", "RS1", "ES512", "ES256K", "Ed448", "A256GCM", "es256", "",
];
const CALLBACK: &str = "https://all.example/cb";

/// The document as it is served now.
async fn document(realm: &Realm) -> Value {
    let url = format!("{}/.well-known/openid-configuration", realm.issuer());
    Agent::new().get(&url).await.expect(200).json()
}

/// The lists of algorithms in a document, for signing and for encrypting.
fn lists(document: &Value) -> Vec<(&str, Vec<&str>)> {
    let members = document.as_object().unwrap().iter();
    let lists = members.filter(|(name, _)| name.contains("_alg_values_") || name.contains("_enc_values_"));
    lists.map(|(name, values)| (name.as_str(), texts(values))).collect()
}

fn texts(values: &Value) -> Vec<&str> {
    let values = values.as_array().unwrap().iter();
    values.map(|value| value.as_str().unwrap()).collect()
}

/// A client that has a key of every kind and proves itself with any of them.
struct Client {
    realm: Realm,
    signer: Signer,
    /// As it was made.
    made: Value,
    id: String,
}

impl Client {
    async fn new(realm: &Realm) -> Self {
        let signer = Signer::new();
        let wanted = json!({
            "name": "Signs with everything", "token_endpoint_auth_method": "private_key_jwt", "jwks": signer.jwks(),
            "grant_types": ["authorization_code", "client_credentials"], "redirect_uris": [CALLBACK],
            "scopes": ["customers:read"], "default_scopes": ["customers:read"],
        });
        let made = Api::ops(realm).await.post("/clients", wanted).await.expect(201).json();
        Self {
            realm: realm.clone(),
            signer,
            id: made["client_id"].as_str().unwrap().to_owned(),
            made,
        }
    }

    /// A JWT of the client, signed with one algorithm and said to be of another.
    fn jwt(&self, alg: &str, said: &str, typ: &str, claims: &Value) -> String {
        let mut header = json!({ "alg": said, "typ": typ });
        if typ == "dpop+jwt" {
            header["jwk"] = self.signer.jwk(alg);
        }
        self.signer.sign(alg, &header, claims)
    }

    /// Posts a form with an assertion that is signed with one algorithm and said to be of another.
    async fn post(
        &self,
        endpoint: &str,
        (alg, said): (&str, &str),
        form: &[(&str, &str)],
        proof: Option<&str>,
    ) -> Reply {
        let claims = assertion_claims(&self.id, &self.realm.issuer());
        let assertion = self.jwt(alg, said, "JWT", &claims);
        let own = [
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", assertion.as_str()),
        ];
        let form: Vec<_> = form.iter().copied().chain(own).collect();
        let mut agent = Agent::new();
        let mut request = agent.http.post(self.realm.endpoint(endpoint)).form(&form);
        if let Some(proof) = proof {
            request = request.header("DPoP", proof);
        }
        agent.send(request).await
    }

    /// What the server makes of one algorithm where a member promises it: `Ok` where it was accepted for good, and the name of
    /// the refusal where not. A member that nothing is done for is advertised in vain.
    async fn uses(&self, member: &str, alg: &str, said: &str) -> Result<(), String> {
        match member {
            "token_endpoint_auth_signing_alg_values_supported" => {
                let form = [("grant_type", "client_credentials")];
                let reply = self.post("token_endpoint", (alg, said), &form, None).await;
                outcome(&reply, |body| assert!(body["access_token"].is_string(), "{body}"))
            }
            "revocation_endpoint_auth_signing_alg_values_supported" => {
                let reply = self
                    .post("revocation_endpoint", (alg, said), &[("token", "x")], None)
                    .await;
                if reply.status == 200 {
                    Ok(())
                } else {
                    Err(error(&reply))
                }
            }
            "introspection_endpoint_auth_signing_alg_values_supported" => {
                let reply = self
                    .post("introspection_endpoint", (alg, said), &[("token", "x")], None)
                    .await;
                outcome(&reply, |body| assert_eq!(*body, json!({ "active": false })))
            }
            "dpop_signing_alg_values_supported" => self.proves(alg, said).await,
            "request_object_signing_alg_values_supported" => self.asks(alg, said).await,
            other => panic!("{other} is advertised, and no test uses it"),
        }
    }

    /// A token that is bound to the key of a proof.
    async fn proves(&self, alg: &str, said: &str) -> Result<(), String> {
        let claims = json!({ "jti": fresh(), "htm": "POST", "htu": self.realm.token(), "iat": now() });
        let proof = self.jwt(alg, said, "dpop+jwt", &claims);
        let form = [("grant_type", "client_credentials")];
        let reply = self
            .post("token_endpoint", ("ES256", "ES256"), &form, Some(&proof))
            .await;
        if reply.status != 200 {
            return Err(error(&reply));
        }
        let tokens = reply.json();
        assert_eq!(tokens["token_type"], "DPoP");
        let form = [("token", tokens["access_token"].as_str().unwrap())];
        let told = self
            .post("introspection_endpoint", ("ES256", "ES256"), &form, None)
            .await;
        assert!(told.expect(200).json()["cnf"]["jkt"].is_string(), "{}", told.body);
        Ok(())
    }

    /// A signed request that ends with a question to its user.
    async fn asks(&self, alg: &str, said: &str) -> Result<(), String> {
        let mut flow = Flow::registered_and_logged_in(&self.realm, &self.made, 1).await;
        let claims = json!({
            "iss": self.id, "aud": self.realm.issuer(), "exp": now() + 600, "client_id": self.id, "response_type": "code",
            "redirect_uri": CALLBACK, "scope": "customers:read", "prompt": "consent", "code_challenge": challenge(VERIFIER),
            "code_challenge_method": "S256",
        });
        let object = self.jwt(alg, said, "oauth-authz-req+jwt", &claims);
        flow.params = vec![("client_id".into(), self.id.clone()), ("request".into(), object)];
        let reply = flow.ask().await;
        if reply.status == 400 {
            return Err(reply.page(400).error());
        }
        reply.page(200).form_with("consent-allow");
        Ok(())
    }
}

fn outcome(reply: &Reply, is_good: impl Fn(&Value)) -> Result<(), String> {
    if reply.status != 200 {
        return Err(error(reply));
    }
    is_good(&reply.json());
    Ok(())
}

fn error(reply: &Reply) -> String {
    assert!(matches!(reply.status, 400 | 401), "{} {}", reply.status, reply.body);
    reply.json()["error"].as_str().unwrap().to_owned()
}

/// How a signature is refused that is not what its header says.
fn refusal(member: &str) -> &'static str {
    match member {
        "dpop_signing_alg_values_supported" => "invalid_dpop_proof",
        "request_object_signing_alg_values_supported" => "invalid_request_object",
        _ => "invalid_client",
    }
}

/// Two names of one algorithm (RFC 9864 section 2.2).
fn is_same(one: &str, other: &str) -> bool {
    let names = ["EdDSA", "Ed25519"];
    one == other || (names.contains(&one) && names.contains(&other))
}

/// Lists of what clients sign with; the others are of what the server signs.
fn is_clients(member: &str) -> bool {
    member.contains("_endpoint_auth_") || member.starts_with("dpop_") || member.starts_with("request_object_")
}

#[tokio::test]
async fn every_algorithm_that_is_named_for_clients_is_accepted_and_no_other_in_its_place() {
    let server = Server::start(Launch::demo().realm(realm_file("acme", "http://localhost:8400", &[])));
    let realm = server.realm();
    let (document, client) = (document(&realm).await, Client::new(&realm).await);
    let mut known = 0;
    for (member, values) in lists(&document).into_iter().filter(|(member, _)| is_clients(member)) {
        assert!(!values.is_empty(), "{member}");
        for (index, alg) in values.iter().enumerate() {
            assert_eq!(client.uses(member, alg, alg).await, Ok(()), "{member}: {alg}");
            // The same signature under the next name of the list: the header does not decide what a signature is.
            let next = values[(index + 1) % values.len()];
            if !is_same(alg, next) {
                let told = client.uses(member, alg, next).await;
                assert_eq!(told, Err(refusal(member).to_owned()), "{member}: {alg} as {next}");
            }
        }
        for never in NEVER {
            assert!(!values.contains(never), "{member}: {never}");
            let told = client.uses(member, "ES256", never).await;
            assert_eq!(told, Err(refusal(member).to_owned()), "{member}: {never}");
        }
        known += 1;
    }
    assert_eq!(known, 5, "the lists of clients' algorithms in {document}");
}

/// What the server signs for a client that registered this algorithm, and everything that comes signed anyway.
async fn signs(realm: &Realm, member: &str, alg: &str) -> String {
    let wanted = json!({
        "name": "Reads signed", "grant_types": ["authorization_code"], "redirect_uris": [CALLBACK], "scopes": ["openid"],
        "userinfo_signed_response_alg": alg, "introspection_signed_response_alg": alg,
    });
    let made = Api::ops(realm).await.post("/clients", wanted).await.expect(201).json();
    let mut flow = Flow::registered_and_logged_in(realm, &made, 1).await;
    flow.set("scope", "openid");
    let jwt = match member {
        "authorization_signing_alg_values_supported" => {
            flow.set("response_mode", "jwt");
            flow.answer().await["response"].clone()
        }
        "id_token_signing_alg_values_supported" => flow.tokens().await.0["id_token"].as_str().unwrap().to_owned(),
        "userinfo_signing_alg_values_supported" => {
            let tokens = flow.tokens().await;
            let mut agent = Agent::new();
            let request = agent.http.get(realm.endpoint("userinfo_endpoint"));
            agent
                .send(request.bearer_auth(tokens.access()))
                .await
                .expect(200)
                .body
                .clone()
        }
        "introspection_signing_alg_values_supported" => {
            let url = realm.endpoint("introspection_endpoint");
            let reply = flow.post_as_client(&url, &[("token", "x")]).await;
            reply.expect(200).body.trim().to_owned()
        }
        other => panic!("{other} is advertised, and no test uses it"),
    };
    // With a key that the realm publishes, by its `kid`.
    let (_, signed_with, claims) = realm.signed(&jwt).await;
    assert_eq!(claims["iss"], realm.issuer(), "{member}");
    signed_with
}

#[tokio::test]
async fn everything_that_the_server_signs_is_signed_with_each_algorithm_that_a_realm_can_have() {
    let named = |algorithm: Algorithm| algorithm.as_str().to_ascii_lowercase();
    let launch = Algorithm::SIGNING
        .into_iter()
        .fold(Launch::demo(), |launch, algorithm| {
            let (name, has) = (named(algorithm), format!("algorithm = \"{algorithm}\""));
            let issuer = format!("http://localhost:8400/{name}");
            launch.realm(realm_file(&name, &issuer, &[("algorithm = \"RS256\"", has.as_str())]))
        });
    let server = Server::start(launch);
    for (index, algorithm) in Algorithm::SIGNING.into_iter().enumerate() {
        let realm = server.realm_at(index);
        let document = document(&realm).await;
        let mut known = 0;
        for (member, values) in lists(&document).into_iter().filter(|(member, _)| !is_clients(member)) {
            assert_eq!(values, [algorithm.as_str()], "{member}");
            assert_eq!(signs(&realm, member, values[0]).await, values[0], "{member}");
            known += 1;
        }
        assert_eq!(known, 4, "the lists of the server's algorithms in {document}");
    }
}
