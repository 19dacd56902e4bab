//! Assertions of other servers as grants: a company's login vouches for its people, and nothing else does.

use crate::harness::flow::post_as;
use crate::harness::key::{fresh, now};
use crate::harness::postgres::fresh_database;
use crate::harness::{Agent, Key, Launch, Reply, Server};
use grantd_jose::{Algorithm, Jwk};
use serde_json::{Value, json};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const IDP: &str = "https://idp.corp.example";
const REALM: &str = include_str!("jwt_bearer.toml");

struct Company {
    server: Server,
    key: Key,
}

impl Company {
    fn start(storage: Option<&str>) -> Self {
        let key = Key::new(Algorithm::ES256);
        let keys = json!({ "keys": [key.public] }).to_string();
        let mut launch = Launch::demo().realm(REALM.replace("KEYS", &keys));
        if let Some(url) = storage {
            launch = launch.storage(url);
        }
        Self {
            server: Server::start(launch),
            key,
        }
    }

    fn claims(&self) -> Value {
        json!({
            "iss": IDP, "sub": "00u1", "email": "Ada@corp.example", "aud": self.server.realm().issuer(), "client_id": "agent",
            "iat": now(), "exp": now() + 60, "jti": fresh(), "scope": "things:read things:write",
            "resource": "https://mcp.test/",
        })
    }

    fn signed(&self, claims: &Value) -> String {
        self.key
            .sign(&json!({ "alg": "ES256", "typ": "oauth-id-jag+jwt" }), claims)
    }

    async fn ask(&self, client: &str, assertion: &str) -> Reply {
        let realm = self.server.realm();
        let form = [("grant_type", GRANT), ("assertion", assertion)];
        post_as(&realm.client(client), &realm.token(), &form).await
    }

    /// Asks with a proof of this key beside the assertion.
    async fn ask_proving(&self, key: &Key, assertion: &str) -> Reply {
        let realm = self.server.realm();
        let (client, url) = (realm.client("agent"), realm.token());
        let form = [("grant_type", GRANT), ("assertion", assertion)];
        let mut agent = Agent::new();
        let request = agent.http.post(&url).basic_auth(&client.id, client.secret).form(&form);
        let proved = request.header("DPoP", key.proof("POST", &url, None));
        agent.send(proved).await
    }

    async fn with(&self, name: &str, value: Value) -> Reply {
        let mut claims = self.claims();
        claims[name] = value;
        self.ask("agent", &self.signed(&claims)).await
    }
}

async fn a_companys_login_vouches(company: &Company) {
    let realm = company.server.realm();
    let metadata = &realm.0["metadata"];
    assert!(
        metadata["grant_types_supported"]
            .as_array()
            .unwrap()
            .contains(&json!(GRANT))
    );
    let profiles = &metadata["authorization_grant_profiles_supported"];
    assert_eq!(*profiles, json!(["urn:ietf:params:oauth:grant-profile:id-jag"]));
    let assertion = company.signed(&company.claims());
    let tokens = company.ask("agent", &assertion).await.expect(200).json();
    assert!(
        tokens.get("refresh_token").is_none() && tokens.get("id_token").is_none(),
        "{tokens}"
    );
    // The user's role bounds it, whatever the assertion says.
    assert_eq!(tokens["scope"], "things:read");
    let form = [("token", tokens["access_token"].as_str().unwrap())];
    let told = post_as(&realm.client("api"), &realm.endpoint("introspection_endpoint"), &form).await;
    let told = told.expect(200).json();
    assert_eq!((&told["active"], &told["client_id"]), (&json!(true), &json!("agent")));
    assert_eq!(
        (&told["aud"], &told["tenant"]),
        (&json!("https://mcp.test/"), &json!("corp"))
    );
    assert_ne!(told["sub"], "agent");
    // Once.
    company.ask("agent", &assertion).await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_companys_login_vouches_for_its_people() {
    a_companys_login_vouches(&Company::start(None)).await;
}

#[tokio::test]
async fn a_companys_login_vouches_for_its_people_on_postgresql() {
    let database = fresh_database().await;
    a_companys_login_vouches(&Company::start(Some(&database))).await;
}

#[tokio::test]
async fn an_assertion_that_is_not_exactly_right_gets_nothing() {
    let company = Company::start(None);
    for (name, value) in [
        ("iss", json!("https://idp.evil.example")),
        ("iss", json!(company.server.realm().issuer())),
        ("aud", json!(company.server.realm().token())),
        ("aud", json!([company.server.realm().issuer(), "https://other.example"])),
        ("client_id", json!("stranger")),
        ("client_id", json!("api")),
        ("exp", json!(now() - 1)),
        ("exp", json!(now() + 3600)),
        ("exp", json!((now() + 60).to_string())),
        ("iat", json!(now() + 60)),
        ("jti", json!("")),
        ("email", json!("nobody@corp.example")),
        // She is nobody in the company's tenant, whoever signs.
        ("email", json!("eve@other.example")),
        ("email", json!({ "or": "1=1" })),
        ("email_verified", json!(false)),
    ] {
        let reply = company.with(name, value.clone()).await;
        assert_eq!(reply.status, 400, "{name} {value}");
        reply.refused(400, "invalid_grant");
    }
    company
        .with("resource", json!("https://elsewhere.example/"))
        .await
        .refused(400, "invalid_target");
    company
        .with("scope", json!("grantd:clients:write openid"))
        .await
        .refused(400, "invalid_scope");
    let own = Key::new(Algorithm::ES256);
    let good = json!({ "alg": "ES256", "typ": "oauth-id-jag+jwt" });
    let forged = own.sign(&good, &company.claims());
    company.ask("agent", &forged).await.refused(400, "invalid_grant");
    for header in [
        json!({ "alg": "none", "typ": "oauth-id-jag+jwt" }),
        json!({ "alg": "ES256", "typ": "JWT" }),
        json!({ "alg": "ES256" }),
        json!({ "alg": "ES256", "typ": "oauth-id-jag+jwt", "jku": "https://evil.example/jwks" }),
        json!({ "alg": "ES256", "typ": "oauth-id-jag+jwt", "jwk": own.public }),
    ] {
        let assertion = company.key.sign(&header, &company.claims());
        company.ask("agent", &assertion).await.refused(400, "invalid_grant");
    }
    for text in ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
        company.ask("agent", text).await.refused(400, "invalid_grant");
    }
    company.ask("agent", "").await.refused(400, "invalid_request");
}

#[tokio::test]
async fn the_client_must_be_the_one_that_is_meant() {
    let company = Company::start(None);
    let assertion = company.signed(&company.claims());
    // One that the issuer does not vouch to, one that may not use the grant: neither spends it for the right one.
    company.ask("stranger", &assertion).await.refused(400, "invalid_grant");
    company.ask("api", &assertion).await.refused(400, "unauthorized_client");
    let realm = company.server.realm();
    let mut nobody = realm.client("agent");
    nobody.secret = Some("wrong-secret-0123456789".to_owned());
    let form = [("grant_type", GRANT), ("assertion", &*assertion)];
    post_as(&nobody, &realm.token(), &form)
        .await
        .refused(401, "invalid_client");
    company.ask("agent", &assertion).await.expect(200);
}

#[tokio::test]
async fn an_assertion_that_names_a_key_is_good_with_its_proof_alone() {
    let company = Company::start(None);
    let (own, stolen_by) = (Key::new(Algorithm::ES256), Key::new(Algorithm::ES256));
    let mut claims = company.claims();
    let public = Jwk::parse(own.public.to_string().as_bytes()).unwrap();
    claims["cnf"] = json!({ "jkt": public.thumbprint().to_string() });
    let assertion = company.signed(&claims);
    // Whoever has the assertion and not the key gets nothing, and does not spend it.
    company.ask("agent", &assertion).await.refused(400, "invalid_grant");
    let other = company.ask_proving(&stolen_by, &assertion).await;
    assert!(
        other.refused(400, "invalid_grant").body.contains("cnf"),
        "{}",
        other.body
    );
    let tokens = company.ask_proving(&own, &assertion).await.expect(200).json();
    assert_eq!(tokens["token_type"], "DPoP");
    let realm = company.server.realm();
    let form = [("token", tokens["access_token"].as_str().unwrap())];
    let told = post_as(&realm.client("api"), &realm.endpoint("introspection_endpoint"), &form).await;
    assert_eq!(told.expect(200).json()["cnf"], claims["cnf"]);
    // Once, with the key too.
    company
        .ask_proving(&own, &assertion)
        .await
        .refused(400, "invalid_grant");
    // What is bound in a way that is not known here is good for nobody.
    claims["jti"] = json!(fresh());
    claims["cnf"] = json!({ "kid": "one" });
    let odd = company.signed(&claims);
    company.ask_proving(&own, &odd).await.refused(400, "invalid_grant");
}
