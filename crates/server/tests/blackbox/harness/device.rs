//! The device flow as a device and its user go through it: begin, type the code, allow, poll.

use super::flow::post_as;
use super::html::Page;
use super::realm::Client;
use super::{Flow, Realm, Reply};
use serde_json::Value;

/// A device that shows a code.
pub(crate) struct Device {
    pub(crate) realm: Realm,
    pub(crate) client: Client,
    /// What it was told (RFC 8628 section 3.2).
    pub(crate) told: Value,
}

impl Device {
    /// One of this client, which asks for these parameters.
    pub(crate) async fn begin(realm: &Realm, client: &str, params: &[(&str, &str)]) -> Self {
        let client = realm.client(client);
        let url = realm.endpoint("device_authorization_endpoint");
        let told = post_as(&client, &url, params).await.expect(200).json();
        Self {
            realm: realm.clone(),
            client,
            told,
        }
    }

    /// A member of what it was told.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.told[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name}: {}", self.told))
    }

    /// Asks for tokens, as this client.
    pub(crate) async fn poll_as(&self, client: &Client) -> Reply {
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", self.text("device_code")),
        ];
        post_as(client, &self.realm.token(), &form).await
    }

    /// Asks for tokens.
    pub(crate) async fn poll(&self) -> Reply {
        self.poll_as(&self.client).await
    }

    /// Its user goes to the page and types a code; what they see then, after the login where it comes.
    pub(crate) async fn enter(&self, user: &mut Flow, code: &str) -> Reply {
        let page = user.browser.get(self.text("verification_uri")).await.page(200);
        let mut form = page.form_with("device-submit");
        form.set("user_code", code);
        let reply = user.submit(&form).await;
        if Page::read(&reply.body).by_id("login-submit").is_none() {
            return reply;
        }
        let form = user.login_form(&reply.page(200));
        let back = user.submit(&form).await;
        let back = back
            .header("location")
            .unwrap_or_else(|| panic!("no login: {}", back.body));
        let url = user.absolute(back);
        user.browser.get(&url).await
    }

    /// Its user types the code and answers.
    pub(crate) async fn answered(&self, user: &mut Flow, decision: &str) -> Reply {
        let page = self.enter(user, self.text("user_code")).await.page(200);
        let reply = user.decide(&page, decision).await;
        reply.page(200);
        reply
    }
}
