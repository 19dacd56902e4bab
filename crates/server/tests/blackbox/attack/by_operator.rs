//! Rows about what an operator takes away: a client or a user is disabled, a grant ends, a grant type or a secret goes. The
//! operator is a program that calls the admin API.

use super::stage::{Stage, stays_here};
use super::{Rows, rows};
use crate::admin::stage::{Api, token_with};
use crate::harness::flow::post_as;
use crate::harness::key::{ASSERTION_TYPE, Key, assertion_claims, now};
use crate::harness::realm::{Client, User};
use crate::harness::{Agent, Flow};
use grantd_jose::Algorithm;
use serde_json::{Value, json};

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "A04" => disabled_client_at_authorize,
    "C12" => grant_ended_before_the_code,
    "C18" => grant_type_taken_before_the_code,
    "D13" => refresh_after_the_user_is_over,
    "E12" => old_secret_after_a_rotation,
    "E54" => assertion_of_a_disabled_client,
    "N08" => tokens_of_a_disabled_user,
};

const REDIRECT_URI: &str = "https://own.example/cb";
const PASSWORD: &str = "correct-horse-of-one-row";

/// A client and a user that no other row knows, and the operator who made them.
struct Own {
    api: Api,
    client: Client,
    user_id: String,
    flow: Flow,
}

impl Own {
    async fn new(s: S) -> Self {
        let api = Api::ops(&s.realm).await;
        let wanted = json!({
            "name": "Own", "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
            "redirect_uris": [REDIRECT_URI], "scopes": ["openid", "customers:read"], "default_scopes": ["customers:read"],
        });
        let made = api.post("/clients", wanted).await.expect(201).json();
        let client = Client {
            id: text(&made["client_id"]),
            secret: Some(text(&made["client_secret"])),
            redirect_uri: REDIRECT_URI.to_owned(),
        };
        let username = format!("{}@example.com", client.id);
        let body = json!({ "username": username, "password": PASSWORD });
        let user_id = text(&api.post("/users", body).await.expect(201).json()["id"]);
        let place = format!("/tenants/acme-berlin/members/{user_id}");
        assert!(api.put(&place, json!({ "role": "member" })).await.status < 300);
        let mut flow = Flow::new(&s.realm, "rp")
            .with("client_id", &client.id)
            .with("redirect_uri", REDIRECT_URI);
        flow.client = client.clone();
        flow.user = User {
            username,
            password: PASSWORD.to_owned(),
            tenants: vec!["acme-berlin".to_owned()],
        };
        Self {
            api,
            client,
            user_id,
            flow,
        }
    }

    async fn change_client(&self, body: Value) {
        self.api
            .patch(&format!("/clients/{}", self.client.id), body)
            .await
            .expect(200);
    }

    async fn change_user(&self, body: Value) {
        self.api
            .patch(&format!("/users/{}", self.user_id), body)
            .await
            .expect(200);
    }

    async fn end_grants(&self) {
        let grants = self.api.all(&format!("/grants?user={}", self.user_id), 50).await;
        assert!(!grants.is_empty());
        for grant in grants {
            self.api
                .delete(&format!("/grants/{}", text(&grant["id"])))
                .await
                .expect(204);
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The page is the same as for a client that never was, and leads nowhere.
async fn disabled_client_at_authorize(s: S) {
    let own = Own::new(s).await;
    own.change_client(json!({ "enabled": false })).await;
    let disabled = stays_here(own.flow).await;
    let unknown = stays_here(
        s.flow("rp")
            .with("client_id", "nobody")
            .with("redirect_uri", REDIRECT_URI),
    )
    .await;
    assert_eq!(disabled.error(), unknown.error());
}

async fn grant_ended_before_the_code(s: S) {
    let mut own = Own::new(s).await;
    let code = own.flow.code().await;
    own.end_grants().await;
    own.flow.redeem(&code).await.refused(400, "invalid_grant");
}

async fn grant_type_taken_before_the_code(s: S) {
    let mut own = Own::new(s).await;
    let code = own.flow.code().await;
    own.change_client(json!({ "grant_types": ["client_credentials"] }))
        .await;
    own.flow.redeem(&code).await.refused(400, "unauthorized_client");
    // Nothing was spent: it was not the code that was wrong.
    own.change_client(json!({ "grant_types": ["authorization_code", "refresh_token"] }))
        .await;
    own.flow.redeem(&code).await.expect(200);
}

/// Disabled, a new password, the grant ended: each ends the refresh token, and with it the access tokens where that is
/// what it means.
async fn refresh_after_the_user_is_over(s: S) {
    let mut own = Own::new(s).await;
    let tokens = own.flow.tokens().await;
    own.change_user(json!({ "enabled": false })).await;
    own.flow.refresh(tokens.refresh()).await.refused(400, "invalid_grant");
    own.change_user(json!({ "enabled": true })).await;
    own.flow.refresh(tokens.refresh()).await.refused(400, "invalid_grant");

    let mut own = Own::new(s).await;
    let tokens = own.flow.tokens().await;
    let password = format!("/users/{}/password", own.user_id);
    let set = own
        .api
        .put(&password, json!({ "password": "another-password-of-it" }))
        .await;
    assert!(set.status < 300, "{}", set.body);
    own.flow.refresh(tokens.refresh()).await.refused(400, "invalid_grant");

    let mut own = Own::new(s).await;
    let tokens = own.flow.tokens().await;
    own.end_grants().await;
    own.flow.refresh(tokens.refresh()).await.refused(400, "invalid_grant");
    assert_eq!(own.flow.introspect(tokens.access()).await, json!({ "active": false }));
}

async fn old_secret_after_a_rotation(s: S) {
    let own = Own::new(s).await;
    let (id, old) = (&*own.client.id, own.client.secret.clone().unwrap());
    let ask = |secret: String| {
        let id = id.to_owned();
        async move { token_with(&s.realm, &id, &secret, "customers:read", None).await }
    };
    let rotate = format!("/clients/{id}/secrets");
    let made = own
        .api
        .post(&rotate, json!({ "keep_old_seconds": 3600 }))
        .await
        .expect(201)
        .json();
    let second = text(&made["client_secret"]);
    ask(old.clone()).await.expect(200);
    ask(second.clone()).await.expect(200);
    let made = own
        .api
        .post(&rotate, json!({ "keep_old_seconds": 0 }))
        .await
        .expect(201)
        .json();
    let wrong = ask("never-a-secret-of-it".to_owned()).await;
    for over in [old, second] {
        let told = ask(over).await;
        told.refused(401, "invalid_client");
        assert_eq!(told.told(), wrong.told());
    }
    ask(text(&made["client_secret"])).await.expect(200);
}

/// A disabled client is told what an unknown one is, whether its assertion is good, expired or of another key.
async fn assertion_of_a_disabled_client(s: S) {
    let api = Api::ops(&s.realm).await;
    let key = Key::new(Algorithm::ES256);
    let wanted = json!({
        "name": "Signs", "grant_types": ["client_credentials"], "token_endpoint_auth_method": "private_key_jwt",
        "jwks": { "keys": [key.public] }, "scopes": ["customers:read"], "default_scopes": ["customers:read"],
    });
    let id = text(&api.post("/clients", wanted).await.expect(201).json()["client_id"]);
    let ask = async |client: &str, expired: bool| {
        let mut claims = assertion_claims(client, &s.realm.issuer());
        if expired {
            claims["exp"] = json!(now() - 120);
        }
        let signed = key.sign(&json!({ "alg": "ES256" }), &claims);
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", signed.as_str()),
        ];
        s.agent().post(&s.realm.token(), &form).await
    };
    ask(&id, false).await.expect(200);
    api.patch(&format!("/clients/{id}"), json!({ "enabled": false }))
        .await
        .expect(200);
    let unknown = ask("nobody", false).await.refused(401, "invalid_client").told();
    for expired in [false, true] {
        assert_eq!(ask(&id, expired).await.refused(401, "invalid_client").told(), unknown);
    }
}

async fn tokens_of_a_disabled_user(s: S) {
    let mut own = Own::new(s).await;
    own.flow.set("scope", "openid customers:read");
    let tokens = own.flow.tokens().await;
    own.change_user(json!({ "enabled": false })).await;
    for token in [tokens.access(), tokens.refresh()] {
        assert_eq!(own.flow.introspect(token).await, json!({ "active": false }));
    }
    let mut agent = Agent::new();
    let userinfo = agent
        .http
        .get(s.realm.endpoint("userinfo_endpoint"))
        .bearer_auth(tokens.access());
    let told = agent.send(userinfo).await;
    assert_eq!(told.status, 401);
    assert!(told.header("www-authenticate").unwrap().contains("invalid_token"));
    let revoke = s.realm.endpoint("revocation_endpoint");
    assert_eq!(
        post_as(&own.client, &revoke, &[("token", tokens.access())])
            .await
            .status,
        200
    );
}
