//! A user in a browser: logs in once, allows once, and from then on gets a code for each request without being asked.

use super::realm::{USER, WEB};
use super::wire::encode;
use super::{Node, Prepared, Realm, Reply};
use crate::harness::authenticator::{Authenticator, Said};
use crate::harness::html::Page;
use std::collections::BTreeMap;

/// Where codes are sent.
pub(crate) const REDIRECT_URI: &str = "http://localhost:3000/callback";
/// The verifier behind every code: RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A browser, logged in or not.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    realm: Realm,
    cookies: BTreeMap<String, String>,
}

impl Member {
    /// Nobody is logged in yet.
    pub(crate) const fn unknown(realm: Realm) -> Self {
        Self {
            realm,
            cookies: BTreeMap::new(),
        }
    }

    /// Logs in and allows the client.
    pub(crate) async fn log_in(node: &Node, realm: Realm) -> Self {
        let mut member = Self::unknown(realm);
        let form = member.login_form(node, USER.0, USER.1).await;
        let reply = member.send(&form).await;
        assert_eq!(reply.status, 303, "the login: {}", reply.body);
        let back = reply.headers("location").remove(0);
        let page = member.send(&member.get(node, &back)).await;
        if page.status == 200 {
            let allowed = member.send(&member.consent_form(node, &page)).await;
            assert_eq!(allowed.status, 200, "the consent: {}", allowed.body);
        }
        member
    }

    /// Logs in because a request asks for it, and gives the address that the browser is sent back to, before it goes there.
    pub(crate) async fn log_in_again(&mut self, node: &Node) -> String {
        let asked = self.get(node, &self.authorize(&[("prompt", "login")]));
        let form = self.filled_login(node, &asked, USER.0, USER.1).await;
        let reply = self.send(&form).await;
        assert_eq!(reply.status, 303, "the login: {}", reply.body);
        reply.headers("location").remove(0)
    }

    /// The filled login form.
    pub(crate) async fn login_form(&mut self, node: &Node, username: &str, password: &str) -> Prepared {
        let asked = self.get(node, &self.authorize(&[]));
        self.filled_login(node, &asked, username, password).await
    }

    async fn filled_login(&mut self, node: &Node, asked: &Prepared, username: &str, password: &str) -> Prepared {
        let page = self.send(asked).await;
        assert_eq!(page.status, 200, "the login page: {}", page.body);
        let ticket = attribute_after(&page.body, "name=\"request\"", "value");
        let fields = [
            ("request", ticket.as_str()),
            ("username", username),
            ("password", password),
        ];
        self.post(node, "login", &fields)
    }

    /// The filled consent form of a request that wants one.
    pub(crate) async fn fresh_consent(&mut self, node: &Node) -> Prepared {
        let page = self.ask(node).await;
        assert_eq!(page.status, 200, "the consent page: {}", page.body);
        self.consent_form(node, &page)
    }

    /// A code.
    ///
    /// # Errors
    /// The connection broke.
    pub(crate) async fn code(&self, node: &Node) -> std::io::Result<String> {
        let reply = self.get(node, &self.authorize(&[])).send().await?;
        assert_eq!(reply.status, 303, "{}", reply.body);
        let location = url::Url::parse(&reply.headers("location")[0]).expect("a URL");
        let code = location.query_pairs().find(|(name, _)| name == "code");
        Ok(code.unwrap_or_else(|| panic!("no code: {location}")).1.into_owned())
    }

    fn consent_form(&self, node: &Node, page: &Reply) -> Prepared {
        let ticket = attribute_after(&page.body, "name=\"request\"", "value");
        self.post(
            node,
            "consent",
            &[("request", &ticket), ("tenant", "home"), ("decision", "allow")],
        )
    }

    /// The target of an authorization request.
    fn authorize(&self, more: &[(&str, &str)]) -> String {
        format!("/{}/authorize?{}", self.realm.0, encode(&Self::request(more)))
    }

    /// The same browser with a pushed request.
    pub(crate) fn open(&self, node: &Node, reference: &str) -> Prepared {
        let fields = [("client_id", WEB.0), ("request_uri", reference)];
        self.get(node, &format!("/{}/authorize?{}", self.realm.0, encode(&fields)))
    }

    /// Types the code of a device and allows it.
    pub(crate) async fn allow_device(&mut self, node: &Node, user_code: &str) {
        let page = self.send(&self.get(node, &format!("/{}/device", self.realm.0))).await;
        let ticket = attribute_after(&page.body, "name=\"request\"", "value");
        let entered = self.post(node, "device", &[("request", &ticket), ("user_code", user_code)]);
        let asked = self.send(&entered).await;
        assert_eq!(asked.status, 200, "{}", asked.body);
        let ticket = attribute_after(&asked.body, "name=\"request\"", "value");
        let fields = [("request", ticket.as_str()), ("tenant", "home"), ("decision", "allow")];
        let allowed = self.send(&self.post(node, "device/consent", &fields)).await;
        assert_eq!(allowed.status, 200, "{}", allowed.body);
    }

    /// The parameters of an authorization request.
    pub(crate) fn request<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let mut fields = vec![
            ("response_type", "code"),
            ("client_id", WEB.0),
            ("redirect_uri", REDIRECT_URI),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("state", "s"),
        ];
        fields.extend_from_slice(more);
        fields
    }

    /// The page that asks to log in.
    pub(crate) async fn login_page(&mut self, node: &Node) -> Page {
        let page = self.send(&self.get(node, &self.authorize(&[]))).await;
        assert_eq!(page.status, 200, "the login page: {}", page.body);
        Page::read(&page.body)
    }

    /// Adds a passkey on the user's own page, for an authenticator that does not count.
    pub(crate) async fn add_passkey(&mut self, node: &Node, authenticator: &mut Authenticator) {
        let page = self.send(&self.get(node, &self.realm.path("account/passkeys"))).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let page = Page::read(&page.body);
        let said = Said {
            counter: 0,
            ..authenticator.asked(&page, &self.realm.issuer())
        };
        let form = page.form_with("passkey-add");
        let answer = authenticator.create(&said);
        let kept = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut fields: Vec<(&str, &str)> = kept
            .filter(|(name, _)| ["request", "decision", "name"].contains(name))
            .collect();
        fields.extend(answer.iter().map(|(name, value)| (*name, value.as_str())));
        let added = self.send(&self.post(node, "account/passkeys", &fields)).await;
        assert_eq!(added.status, 303, "{}", added.body);
    }

    /// Sends an authorization request, and keeps the cookies that come back.
    pub(crate) async fn ask(&mut self, node: &Node) -> Reply {
        self.send(&self.get(node, &self.authorize(&[("prompt", "consent")])))
            .await
    }

    /// A page, with this browser's cookies.
    pub(crate) fn get(&self, node: &Node, target: &str) -> Prepared {
        Prepared::get(node.address, target, &self.cookie_header())
    }

    /// A form of one of the realm's pages, as this browser sends it.
    pub(crate) fn post(&self, node: &Node, page: &str, fields: &[(&str, &str)]) -> Prepared {
        let target = format!("/{}/{page}", self.realm.0);
        Prepared::post_from(node.address, &target, &self.cookie_header(), fields)
    }

    /// Sends, and keeps the cookies that come back.
    async fn send(&mut self, request: &Prepared) -> Reply {
        let reply = request.send().await.expect("a reply");
        self.keep(&reply);
        reply
    }

    /// Keeps the cookies of a reply.
    pub(crate) fn keep(&mut self, reply: &Reply) {
        for cookie in reply.headers("set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    fn cookie_header(&self) -> String {
        let pairs: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }
}

/// The value of an attribute that follows a marker in a page.
fn attribute_after(html: &str, marker: &str, attribute: &str) -> String {
    let (_, after) = html.split_once(marker).unwrap_or_else(|| panic!("no {marker}: {html}"));
    let (_, value) = after.split_once(&format!("{attribute}=\"")).expect("an attribute");
    value.split('"').next().unwrap_or_default().to_owned()
}
