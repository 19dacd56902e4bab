//! An HTTP client with cookies that follows nothing by itself.

use reqwest::header::{COOKIE, HeaderMap, SET_COOKIE};
use serde_json::Value;
use std::collections::BTreeMap;

/// A browser's or a client's side of HTTP.
pub(crate) struct Agent {
    /// Makes requests; pass them to [`Agent::send`].
    pub(crate) http: reqwest::Client,
    /// Cookies by name.
    pub(crate) cookies: BTreeMap<String, String>,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// The status code.
    pub(crate) status: u16,
    /// The header.
    pub(crate) headers: HeaderMap,
    /// The body as text.
    pub(crate) body: String,
}

impl Agent {
    /// One without cookies. `localhost` is always 127.0.0.1, where the server surely listens.
    pub(crate) fn new() -> Self {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .resolve("localhost", ([127, 0, 0, 1], 0).into())
            .timeout(std::time::Duration::from_secs(60))
            .build()
            .unwrap();
        Self {
            http,
            cookies: BTreeMap::new(),
        }
    }

    /// One without cookies over connections that are there already.
    pub(crate) const fn over(http: reqwest::Client) -> Self {
        Self {
            http,
            cookies: BTreeMap::new(),
        }
    }

    /// One that starts with another one's cookies.
    pub(crate) fn with_cookies(cookies: BTreeMap<String, String>) -> Self {
        Self { cookies, ..Self::new() }
    }

    /// Sends a request with the cookies, and keeps those that come back.
    pub(crate) async fn send(&mut self, request: reqwest::RequestBuilder) -> Reply {
        let mut request = request;
        if !self.cookies.is_empty() {
            let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            request = request.header(COOKIE, pairs.collect::<Vec<_>>().join("; "));
        }
        let response = request.send().await.unwrap();
        let reply = Reply {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: String::from_utf8_lossy(&response.bytes().await.unwrap()).into_owned(),
        };
        for cookie in reply.all("set-cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        reply
    }

    /// GET.
    pub(crate) async fn get(&mut self, url: &str) -> Reply {
        self.send(self.http.get(url)).await
    }

    /// GET with these parameters.
    pub(crate) async fn query(&mut self, url: &str, params: &[(String, String)]) -> Reply {
        self.send(self.http.get(url).query(params)).await
    }

    /// POST of a form.
    pub(crate) async fn post<F: serde::Serialize + ?Sized>(&mut self, url: &str, form: &F) -> Reply {
        self.send(self.http.post(url).form(form)).await
    }
}

impl Reply {
    /// A header's only value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// A header's values.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let values = self.headers.get_all(name).iter();
        values.map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    /// `Set-Cookie` lines.
    pub(crate) fn set_cookies(&self) -> Vec<String> {
        self.all(SET_COOKIE.as_str())
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.body))
    }

    /// The body as JSON, for a status that must be this one.
    pub(crate) fn expect(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// The body without the request's id, which no two replies share.
    pub(crate) fn told(&self) -> String {
        let Some((before, rest)) = self.body.split_once(" (request ") else {
            return self.body.clone();
        };
        let (_, after) = rest.split_once(')').expect("an id");
        format!("{before}{after}")
    }

    /// Asserts an error reply of the token endpoint's shape (RFC 6749 section 5.2).
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, error: &str) -> &Self {
        assert_eq!(self.status, status, "{}", self.body);
        let body = self.json();
        assert_eq!(body["error"], error, "{body}");
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert_eq!(self.header("content-type"), Some("application/json"));
        let description = body["error_description"].as_str().unwrap_or_default();
        assert!(
            description
                .bytes()
                .all(|byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E)),
            "{description:?}"
        );
        assert!(
            body.as_object().unwrap().values().all(|value| !value.is_null()),
            "{body}"
        );
        self
    }

    /// Asserts a page at the server that leads nowhere.
    #[track_caller]
    pub(crate) fn page(&self, status: u16) -> super::html::Page {
        assert_eq!(self.status, status, "{}", self.body);
        assert!(self.header("location").is_none());
        assert!(self.header("content-type").unwrap().starts_with("text/html"));
        super::html::Page::read(&self.body)
    }

    /// The parameters that a redirect carries to the client, which must be at `redirect_uri`.
    #[track_caller]
    pub(crate) fn redirect(&self, redirect_uri: &str) -> BTreeMap<String, String> {
        assert!(matches!(self.status, 302 | 303), "{} {}", self.status, self.body);
        carried(self.header("location").unwrap(), redirect_uri)
    }
}

/// The parameters of a URL that must be `redirect_uri` with a query.
#[track_caller]
pub(crate) fn carried(url: &str, redirect_uri: &str) -> BTreeMap<String, String> {
    let rest = url
        .strip_prefix(redirect_uri)
        .unwrap_or_else(|| panic!("{url} is not at {redirect_uri}"));
    let query = rest.strip_prefix(['?', '&']).unwrap();
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}
