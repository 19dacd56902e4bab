//! The code flow as a user goes through it: authorize, log in, consent, come back with a code, redeem it.

use super::agent::carried;
use super::html::{Form, Page};
use super::realm::{Client, User};
use super::{Agent, Realm, Reply};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use std::collections::BTreeMap;

/// A PKCE verifier that is long enough and of the right alphabet.
pub(crate) const VERIFIER: &str = "a-verifier-of-the-tests-that-is-long-enough-0123456789";

/// One client's flow for one user in one browser.
pub(crate) struct Flow {
    /// The realm.
    pub(crate) realm: Realm,
    /// The client.
    pub(crate) client: Client,
    /// The user.
    pub(crate) user: User,
    /// The browser.
    pub(crate) browser: Agent,
    /// The authorization request's parameters.
    pub(crate) params: Vec<(String, String)>,
}

impl Flow {
    /// A flow of the realm's first user, in a browser that nobody has logged in with.
    pub(crate) fn new(realm: &Realm, client_id: &str) -> Self {
        let client = realm.client(client_id);
        let params = [
            ("response_type", "code"),
            ("client_id", client_id),
            ("redirect_uri", &client.redirect_uri),
            ("code_challenge", &challenge(VERIFIER)),
            ("code_challenge_method", "S256"),
            ("state", "st a/te"),
        ];
        let params = params.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Self {
            realm: realm.clone(),
            client,
            user: realm.user(0),
            browser: Agent::new(),
            params,
        }
    }

    /// The same in a browser where the user at this position is logged in already. Tests share one login for each
    /// user, since logins are limited.
    pub(crate) async fn logged_in_as(realm: &Realm, client_id: &str, user: usize) -> Self {
        static SESSIONS: tokio::sync::Mutex<BTreeMap<(String, String), BTreeMap<String, String>>> =
            tokio::sync::Mutex::const_new(BTreeMap::new());
        let mut flow = Self::new(realm, client_id);
        flow.user = realm.user(user);
        let mut sessions = SESSIONS.lock().await;
        let key = (realm.issuer(), flow.user.username.clone());
        match sessions.get(&key) {
            Some(cookies) => flow.browser = Agent::with_cookies(cookies.clone()),
            None => {
                flow.log_in().await;
                sessions.insert(key, flow.browser.cookies.clone());
            }
        }
        flow
    }

    /// Sets a parameter of the request; an empty value takes it away.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    /// Sets a parameter of the request; an empty value takes it away.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.params.retain(|(known, _)| known != name);
        if !value.is_empty() {
            self.params.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Adds a parameter beside what is there.
    pub(crate) fn also(mut self, name: &str, value: &str) -> Self {
        self.params.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Another user of the realm.
    pub(crate) fn user(mut self, index: usize) -> Self {
        self.user = self.realm.user(index);
        self
    }

    /// Sends the authorization request.
    pub(crate) async fn ask(&mut self) -> Reply {
        self.browser.query(&self.realm.authorize(), &self.params).await
    }

    /// Sends a form of a page, with what a browser says about where it comes from.
    pub(crate) async fn submit(&mut self, form: &Form) -> Reply {
        let url = self.absolute(&form.action);
        let request = self.browser.http.post(url).form(&form.fields);
        let origin = self.realm.issuer().splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
        let request = request.header("origin", origin).header("sec-fetch-site", "same-origin");
        self.browser.send(request).await
    }

    /// An address of a page, made absolute.
    pub(crate) fn absolute(&self, address: &str) -> String {
        url::Url::parse(&self.realm.issuer())
            .unwrap()
            .join(address)
            .unwrap()
            .into()
    }

    /// The login form with the user's name and password.
    pub(crate) fn login_form(&self, page: &Page) -> Form {
        let mut form = page.form_with("login-submit");
        form.set("username", &self.user.username)
            .set("password", &self.user.password);
        form
    }

    /// Logs in through the form, and gives what the browser sees after it.
    pub(crate) async fn log_in(&mut self) -> Reply {
        let page = self.ask().await.page(200);
        let form = self.login_form(&page);
        let reply = self.submit(&form).await;
        let back = reply
            .header("location")
            .unwrap_or_else(|| panic!("no login: {}", reply.body))
            .to_owned();
        let url = self.absolute(&back);
        self.browser.get(&url).await
    }

    /// Whether the user's password opens the login.
    pub(crate) async fn gets_in(&mut self) -> bool {
        let page = self.ask().await.page(200);
        let form = self.login_form(&page);
        self.submit(&form).await.header("location").is_some()
    }

    /// Answers the consent form: the first tenant, everything as it stands.
    pub(crate) async fn decide(&mut self, page: &Page, decision: &str) -> Reply {
        let mut form = page.form_with("consent-allow");
        if let Some(tenant) = form.offered("tenant").first() {
            form.set("tenant", tenant);
        }
        form.set("decision", decision);
        self.submit(&form).await
    }

    /// From the request to what the client is told, through login and consent where they come.
    pub(crate) async fn answer(&mut self) -> BTreeMap<String, String> {
        let mut reply = self.ask().await;
        if Page::read(&reply.body).by_id("login-submit").is_some() {
            reply = self.log_in().await;
        }
        if reply.status == 303 {
            return reply.redirect(self.redirect_uri());
        }
        let page = reply.page(200);
        let reply = self.decide(&page, "allow").await;
        self.carried_on(&reply)
    }

    /// What the page that carries the browser back carries.
    #[track_caller]
    pub(crate) fn carried_on(&self, reply: &Reply) -> BTreeMap<String, String> {
        let page = reply.page(200);
        let link = page
            .by_id("continue")
            .unwrap_or_else(|| panic!("no way back: {}", reply.body));
        let href = link.get("href").unwrap();
        assert_eq!(
            page.refresh.as_deref(),
            Some(href),
            "the refresh and the link lead to the same place"
        );
        carried(href, self.redirect_uri())
    }

    /// The request's redirect URI.
    pub(crate) fn redirect_uri(&self) -> &str {
        let found = self.params.iter().find(|(name, _)| name == "redirect_uri");
        found.map_or(&self.client.redirect_uri, |(_, value)| value)
    }

    /// A code.
    pub(crate) async fn code(&mut self) -> String {
        let answer = self.answer().await;
        answer
            .get("code")
            .unwrap_or_else(|| panic!("no code: {answer:?}"))
            .clone()
    }

    /// The form that redeems a code.
    pub(crate) fn redemption(&self, code: &str) -> Vec<(&'static str, String)> {
        vec![
            ("grant_type", "authorization_code".into()),
            ("code", code.into()),
            ("redirect_uri", self.redirect_uri().into()),
            ("code_verifier", VERIFIER.into()),
        ]
    }

    /// Redeems a code.
    pub(crate) async fn redeem(&mut self, code: &str) -> Reply {
        let form = self.redemption(code);
        self.post_as_client(&self.realm.token(), &form).await
    }

    /// Refreshes.
    pub(crate) async fn refresh(&mut self, token: &str) -> Reply {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.post_as_client(&self.realm.token(), &form).await
    }

    /// Introspects a token as the client itself.
    pub(crate) async fn introspect(&mut self, token: &str) -> Value {
        let url = self.realm.endpoint("introspection_endpoint");
        self.post_as_client(&url, &[("token", token)]).await.expect(200).json()
    }

    /// Whether a token is active, as a confidential client learns it.
    pub(crate) async fn introspect_if_confidential(&mut self, token: &str) -> Option<bool> {
        self.client.secret.as_ref()?;
        self.introspect(token).await["active"].as_bool()
    }

    /// Posts a form with the client's credentials.
    pub(crate) async fn post_as_client<F: serde::Serialize + ?Sized>(&self, url: &str, form: &F) -> Reply {
        post_as(&self.client, url, form).await
    }

    /// Tokens, from start to end.
    pub(crate) async fn tokens(&mut self) -> Tokens {
        let code = self.code().await;
        Tokens(self.redeem(&code).await.expect(200).json())
    }
}

/// Posts a form with a client's credentials: Basic with a secret, the bare id without one.
pub(crate) async fn post_as<F: serde::Serialize + ?Sized>(client: &Client, url: &str, form: &F) -> Reply {
    post_over(Agent::new(), client, url, form).await
}

/// The same over connections that others use, too: for many at once, since to make an agent takes a while in which the
/// connections of those made before would wait for their first byte.
pub(crate) async fn post_over<F: serde::Serialize + ?Sized>(
    mut agent: Agent,
    client: &Client,
    url: &str,
    form: &F,
) -> Reply {
    let request = agent.http.post(url);
    let request = match &client.secret {
        Some(secret) => request.basic_auth(&client.id, Some(secret)).form(form),
        None => {
            let value = serde_json::to_value(form).unwrap();
            let mut pairs: Vec<(String, String)> = serde_json::from_value(value).unwrap();
            pairs.push(("client_id".into(), client.id.clone()));
            request.form(&pairs)
        }
    };
    agent.send(request).await
}

/// A success of the token endpoint.
#[derive(Debug)]
pub(crate) struct Tokens(pub(crate) Value);

impl Tokens {
    /// The access token.
    pub(crate) fn access(&self) -> &str {
        self.0["access_token"].as_str().unwrap()
    }

    /// The refresh token.
    pub(crate) fn refresh(&self) -> &str {
        self.0["refresh_token"].as_str().unwrap()
    }
}

/// The S256 challenge of a verifier.
pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(aws_lc_rs::digest::digest(
        &aws_lc_rs::digest::SHA256,
        verifier.as_bytes(),
    ))
}
