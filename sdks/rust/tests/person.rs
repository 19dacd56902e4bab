//! A person with a browser: follows redirects, keeps cookies, fills in the login's and the consent's form.

use crate::process::Server;
use reqwest::Response;
use reqwest::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use std::collections::BTreeMap;
use url::Url;

/// How many pages a login may have.
const MOST: usize = 12;

/// Logs the first user in, says yes, and comes back with the callback's address.
pub(crate) async fn approve(server: &Server, start: &str, redirect_uri: &str) -> String {
    let mut browser = Browser::new();
    let mut url = Url::parse(start).unwrap();
    let mut response = browser.send(&url, None).await;
    for _ in 0..MOST {
        let next = match response.headers().get(LOCATION) {
            Some(location) => location.to_str().unwrap().to_owned(),
            None => {
                let page = response.text().await.unwrap();
                if let Some((action, fields)) = filled(&page, server.user()) {
                    url = url.join(&action).unwrap();
                    response = browser.send(&url, Some(fields)).await;
                    continue;
                }
                link(&page).unwrap_or_else(|| panic!("no way on from {url}: {page}"))
            }
        };
        url = url.join(&next).unwrap();
        if url.as_str().starts_with(redirect_uri) {
            return url.into();
        }
        response = browser.send(&url, None).await;
    }
    panic!("the browser went round in circles");
}

struct Browser {
    http: reqwest::Client,
    jar: BTreeMap<String, String>,
}

impl Browser {
    fn new() -> Browser {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        Browser {
            http: http.build().unwrap(),
            jar: BTreeMap::new(),
        }
    }

    async fn send(&mut self, url: &Url, form: Option<Vec<(String, String)>>) -> Response {
        let cookies: Vec<String> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = match form {
            Some(fields) => self
                .http
                .post(url.clone())
                .form(&fields)
                .header(ORIGIN, url.origin().ascii_serialization()),
            None => self.http.get(url.clone()),
        };
        let response = request.header(COOKIE, cookies.join("; ")).send().await.unwrap();
        for line in response.headers().get_all(SET_COOKIE) {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.jar.insert(name.to_owned(), value.to_owned());
        }
        response
    }
}

/// The login's form or the consent's, filled in.
fn filled(page: &str, (name, password): (&str, &str)) -> Option<(String, Vec<(String, String)>)> {
    for form in page.split("<form").skip(1) {
        let (attributes, rest) = form.split_once('>')?;
        let inner = rest.split("</form>").next()?;
        let is_login = inner.contains("id=\"login-submit\"");
        if !is_login && !inner.contains("id=\"consent-allow\"") {
            continue;
        }
        let mut fields = inputs(inner);
        if is_login {
            fields.retain(|(field, _)| field != "username" && field != "password");
            fields.extend([
                ("username".to_owned(), name.to_owned()),
                ("password".to_owned(), password.to_owned()),
            ]);
        } else {
            fields.push(("decision".to_owned(), "allow".to_owned()));
        }
        return Some((attribute(attributes, "action")?, fields));
    }
    None
}

fn inputs(form: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for input in form.split("<input").skip(1).filter_map(|input| input.split('>').next()) {
        let Some(name) = attribute(input, "name") else { continue };
        let kind = attribute(input, "type").unwrap_or_default();
        let is_chosen = input.contains("checked");
        let is_first = !fields.iter().any(|(known, _)| *known == name);
        if (kind == "checkbox" && !is_chosen) || (kind == "radio" && !is_chosen && !is_first) {
            continue;
        }
        fields.retain(|(known, _)| kind != "radio" || *known != name);
        fields.push((name, attribute(input, "value").unwrap_or_default()));
    }
    fields
}

/// Where the page's one way on leads.
fn link(page: &str) -> Option<String> {
    let tags = page.split("<a").skip(1).filter_map(|tag| tag.split('>').next());
    tags.filter(|tag| tag.contains("id=\"continue\""))
        .find_map(|tag| attribute(tag, "href"))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let value = rest.split('"').next()?;
    let plain = value
        .replace("&#x27;", "'")
        .replace("&#39;", "'")
        .replace("&#x2f;", "/")
        .replace("&quot;", "\"");
    Some(plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}
