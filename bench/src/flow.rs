//! One person in a browser without JavaScript: logs in once and consents to each client, so that codes can be had.
//!
//! It must not be fast, and nothing it does is measured. What it relies on is the forms that every outside test relies
//! on: fields `username` and `password`, buttons named `decision`, the link `continue`.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::product::User;
use crate::response;

/// Forms and redirects between a request and its code, at most.
const MAX_STEPS: usize = 8;

/// A browser with its cookies.
#[derive(Debug)]
pub struct Browser {
    address: SocketAddr,
    cookies: BTreeMap<String, String>,
}

struct Page {
    status: u16,
    location: Option<String>,
    body: String,
}

impl Browser {
    /// A browser that knows one server.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            cookies: BTreeMap::new(),
        }
    }

    /// The `Cookie` header's value.
    #[must_use]
    pub fn cookie(&self) -> String {
        self.cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("; ")
    }

    /// Follows an authorization request to its end, filling what it is shown.
    ///
    /// # Errors
    /// When there is no end, with the page that stood in the way.
    pub fn authorize(&mut self, path: &str, user: &User) -> Result<()> {
        let mut here = path.to_owned();
        let mut page = self.request("GET", path, None)?;
        for _ in 0..MAX_STEPS {
            if let Some(location) = page.location.take() {
                if !self.is_own(&location) {
                    return Ok(());
                }
                here = self.path_of(&location);
                page = self.request("GET", &here, None)?;
            } else if page.body.contains("id=\"continue\"") {
                return Ok(());
            } else if let Some(form) = Form::find(&page.body, "username") {
                page = self.submit(
                    &form,
                    &here,
                    &[("username", &user.username), ("password", &user.password)],
                )?;
            } else if let Some(form) = Form::find(&page.body, "decision") {
                let tenant = user.tenants.first().map_or("", String::as_str);
                let asks = form.asks("tenant");
                let fields = [("decision", "allow"), ("tenant", tenant)];
                page = self.submit(&form, &here, fields.get(..if asks { 2 } else { 1 }).unwrap_or_default())?;
            } else {
                bail!(
                    "{here} answered {} with neither form nor code: {}",
                    page.status,
                    excerpt(&page.body)
                );
            }
        }
        bail!("the authorization request did not end after {MAX_STEPS} pages")
    }

    /// Asks for a page that wants a login first, and logs in.
    ///
    /// # Errors
    /// When there is no login form, or somebody else is wanted.
    pub fn log_in(&mut self, path: &str, user: &User) -> Result<()> {
        let page = self.request("GET", path, None)?;
        let form = Form::find(&page.body, "username").with_context(|| format!("{path} wants no login"))?;
        let fields = [
            ("username", user.username.as_str()),
            ("password", user.password.as_str()),
        ];
        let page = self.submit(&form, path, &fields)?;
        if page.location.is_none() {
            bail!(
                "the login at {path} ended with {}: {}",
                page.status,
                excerpt(&page.body)
            );
        }
        Ok(())
    }

    fn submit(&mut self, form: &Form, here: &str, fields: &[(&str, &str)]) -> Result<Page> {
        let mut all: Vec<(&str, &str)> = fields.to_vec();
        for (name, value) in &form.fields {
            if !fields.iter().any(|(given, _)| given == name) {
                all.push((name, value));
            }
        }
        let body = all
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect::<Vec<_>>()
            .join("&");
        let path = if form.action.is_empty() {
            here.to_owned()
        } else {
            self.path_of(&form.action)
        };
        self.request("POST", &path, Some(&body))
    }

    fn request(&mut self, method: &str, path: &str, body: Option<&str>) -> Result<Page> {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {0}\r\nConnection: close\r\n",
            self.address
        );
        if !self.cookies.is_empty() {
            request.push_str(&format!("Cookie: {}\r\n", self.cookie()));
        }
        if let Some(body) = body {
            request.push_str(&format!(
                "Origin: http://{}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
                self.address,
                body.len()
            ));
        } else {
            request.push_str("\r\n");
        }
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        stream.write_all(request.as_bytes())?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        let reply = response::parse(&bytes)?.context("the reply ended early")?;
        let head = String::from_utf8_lossy(bytes.get(..reply.body.start).unwrap_or_default()).into_owned();
        let mut location = None;
        for (name, value) in head.lines().filter_map(|line| line.split_once(':')) {
            if name.eq_ignore_ascii_case("location") {
                location = Some(value.trim().to_owned());
            } else if name.eq_ignore_ascii_case("set-cookie") {
                self.keep(value.trim());
            }
        }
        let body = String::from_utf8_lossy(bytes.get(reply.body).unwrap_or_default()).into_owned();
        Ok(Page {
            status: reply.status,
            location,
            body,
        })
    }

    fn keep(&mut self, cookie: &str) {
        let pair = cookie.split(';').next().unwrap_or_default();
        if let Some((name, value)) = pair.split_once('=') {
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    fn is_own(&self, location: &str) -> bool {
        location.starts_with('/') || location.starts_with(&self.origin()) || location.starts_with(&self.local_origin())
    }

    fn path_of(&self, location: &str) -> String {
        let path = location
            .strip_prefix(&self.origin())
            .or_else(|| location.strip_prefix(&self.local_origin()));
        path.unwrap_or(location).to_owned()
    }

    fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    fn local_origin(&self) -> String {
        format!("http://localhost:{}", self.address.port())
    }
}

/// What a browser would send of a form by itself: hidden and filled fields, the ticked boxes.
#[derive(Debug, PartialEq, Eq)]
struct Form {
    action: String,
    fields: Vec<(String, String)>,
    names: Vec<String>,
}

impl Form {
    /// The first form with a control named `control`.
    fn find(html: &str, control: &str) -> Option<Self> {
        html.split("<form")
            .skip(1)
            .map(Self::read)
            .find(|form| form.asks(control))
    }

    fn asks(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    fn read(html: &str) -> Self {
        let html = html.split("</form").next().unwrap_or_default();
        let action = attribute(html.split('>').next().unwrap_or_default(), "action").unwrap_or_default();
        let mut form = Self {
            action,
            fields: Vec::new(),
            names: Vec::new(),
        };
        for tag in html.split('<').skip(1) {
            let tag = tag.split('>').next().unwrap_or_default();
            let Some(name) = attribute(tag, "name") else { continue };
            let kind = attribute(tag, "type").unwrap_or_default();
            let sends = tag.starts_with("input")
                && kind != "submit"
                && (!(kind == "checkbox" || kind == "radio") || tag.contains(" checked"));
            if sends {
                form.fields
                    .push((name.clone(), attribute(tag, "value").unwrap_or_default()));
            }
            form.names.push(name);
        }
        form
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(unescaped(rest.split('"').next()?))
}

/// A value of an attribute without HTML's escapes.
pub(crate) fn unescaped(value: &str) -> String {
    let plain = value
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&#39;", "'")
        .replace("&#x2f;", "/");
    plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// `application/x-www-form-urlencoded`.
#[must_use]
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn excerpt(body: &str) -> String {
    body.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_sends_what_a_browser_would() {
        let html = r#"<form action="/search"><input name="q"></form>
          <form method="post" action="/a?b=1&amp;c=2"><input type="hidden" name="csrf" value="t&quot;k">
          <input type="checkbox" name="scope" value="x" checked><input type="checkbox" name="scope" value="y">
          <input type="submit" name="s" value="no"><button name="decision" value="allow">Allow</button></form>"#;
        let form = Form::find(html, "decision").unwrap();
        assert_eq!(form.action, "/a?b=1&c=2");
        let expected = [("csrf", "t\"k"), ("scope", "x")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(form.fields, expected);
        assert_eq!(Form::find(html, "username"), None);
    }

    #[test]
    fn cookies_are_replaced_and_removed() {
        let mut browser = Browser::new("127.0.0.1:1".parse().unwrap());
        browser.keep("s=1; Path=/; HttpOnly");
        browser.keep("t=2");
        browser.keep("s=3");
        browser.keep("t=; Max-Age=0");
        assert_eq!(browser.cookie(), "s=3");
    }

    #[test]
    fn form_encoding_leaves_only_unreserved_characters() {
        assert_eq!(encode("a b&c=ü~"), "a%20b%26c%3D%C3%BC~");
    }
}
