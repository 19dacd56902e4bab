//! One request to one address: nothing is normalised, no redirect is followed. Whoever runs the command chose the address, so
//! it may lead anywhere.

use grantd_jose::strict_json;
use grantd_protocol::params::encode_into;
use http::header::{HOST, HeaderValue, UPGRADE, WWW_AUTHENTICATE};
use http::{Method, Request, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;
use serde_json::{Map, Value};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// For one request, everything together.
const BUDGET: Duration = Duration::from_secs(10);

/// For one connection of several that are tried.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why there is no connection, where the reason is not on this side.
const NOBODY: [ErrorKind; 6] = [
    // Of one family where this computer has none of it: `[::1]`.
    ErrorKind::AddrNotAvailable,
    ErrorKind::ConnectionRefused,
    ErrorKind::ConnectionReset,
    ErrorKind::HostUnreachable,
    ErrorKind::NetworkUnreachable,
    ErrorKind::TimedOut,
];

/// The most of an answer that is read, in bytes.
const MAX_BODY: usize = 256 * 1024;

/// Where an issuer's document is (RFC 8414 section 3.1); `None` for what is no issuer.
pub fn metadata_url(issuer: &str) -> Option<String> {
    let (scheme, rest) = issuer.split_once("://")?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let below = path.trim_end_matches('/');
    Some(format!(
        "{scheme}://{authority}/.well-known/oauth-authorization-server{below}"
    ))
}

/// Where to ask.
pub struct Target {
    tls: bool,
    /// As `Host` says it.
    authority: String,
    name: String,
    connect: String,
    path: String,
}

/// How much of an answer is waited for.
#[derive(Clone, Copy)]
enum Reading {
    /// All.
    All,
    /// The head; there is no body in the answer.
    Head,
}

/// What came back, as far as it matters.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Whether it asks for a bearer token.
    pub challenges_bearer: bool,
    /// Whether what the connection becomes, if it becomes anything, is a WebSocket.
    pub is_websocket: bool,
    /// The body; empty where it was too long.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as a JSON object; empty for anything else.
    pub fn members(&self) -> Map<String, Value> {
        strict_json::object_from_slice(&self.body, strict_json::Limits::bytes(MAX_BODY)).unwrap_or_default()
    }
}

impl Target {
    /// Reads an address; `None` for one that is none, or has a query.
    pub fn parse(url: &str, connect: Option<&str>) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let tls = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let (authority, name) = (uri.authority()?.as_str(), uri.host()?);
        if uri.query().is_some() || authority.contains('@') {
            return None;
        }
        let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        Some(Self {
            tls,
            authority: authority.to_owned(),
            name: name.trim_matches(['[', ']']).to_owned(),
            connect: connect.map_or_else(|| format!("{name}:{port}"), str::to_owned),
            path: uri.path().to_owned(),
        })
    }

    /// Whether what is sent can be overheard: it leaves this computer in clear text.
    pub fn is_open(&self) -> bool {
        let is_here = self.name == "localhost" || self.name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        !self.tls && !is_here
    }

    /// Sends a form.
    ///
    /// # Errors
    /// As for [`Target::ask`].
    pub async fn post(&self, form: &[(&str, &str)]) -> Result<Answer, String> {
        let mut body = String::new();
        for (name, value) in form {
            if !body.is_empty() {
                body.push('&');
            }
            encode_into(name, &mut body);
            body.push('=');
            encode_into(value, &mut body);
        }
        let headers = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Accept", "application/json"),
        ];
        self.exchange("POST", "", &headers, body.into_bytes(), Reading::All)
            .await
    }

    /// Sends one request without a body.
    ///
    /// # Errors
    /// When there is no answer, in words.
    pub async fn ask(&self, method: &str, suffix: &str, headers: &[(&str, &str)]) -> Result<Answer, String> {
        self.exchange(method, suffix, headers, Vec::new(), Reading::All).await
    }

    /// As [`Target::ask`], but for the body, which may have no end.
    ///
    /// # Errors
    /// When there is no answer, in words.
    pub async fn look(&self, method: &str, suffix: &str, headers: &[(&str, &str)]) -> Result<Answer, String> {
        self.exchange(method, suffix, headers, Vec::new(), Reading::Head).await
    }

    async fn exchange(
        &self,
        method: &str,
        suffix: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
        reading: Reading,
    ) -> Result<Answer, String> {
        let path = if suffix.starts_with('/') {
            self.path.trim_end_matches('/')
        } else {
            &self.path
        };
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).map_err(text)?)
            .uri(format!("{path}{suffix}"))
            .header(HOST, &self.authority);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(bytes::Bytes::from(body))).map_err(text)?;
        let asked = tokio::time::timeout(BUDGET, self.send(request, reading));
        asked.await.map_err(|_| "no answer in time".to_owned())?
    }

    async fn send(&self, request: Request<Full<bytes::Bytes>>, reading: Reading) -> Result<Answer, String> {
        let stream = TcpStream::connect(&self.connect)
            .await
            .map_err(|error| format!("cannot connect to {}: {error}", self.connect))?;
        if !self.tls {
            return exchange(TokioIo::new(stream), request, reading).await;
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(self.name.clone()).map_err(text)?;
        let stream = TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
            .map_err(text)?;
        exchange(TokioIo::new(stream), request, reading).await
    }
}

/// Where a name with a port leads.
///
/// # Errors
/// When it leads nowhere, in words.
pub async fn places(place: &str) -> Result<Vec<SocketAddr>, String> {
    let asked = tokio::time::timeout(BUDGET, tokio::net::lookup_host(place));
    let places: Vec<SocketAddr> = asked.await.map_err(text)?.map_err(text)?.collect();
    if places.is_empty() {
        return Err("the name has no address".to_owned());
    }
    Ok(places)
}

/// Whether anybody takes a connection at one of these places; nothing is sent.
///
/// # Errors
/// When nothing was found out, in words: the reason is on this side.
pub async fn is_there(places: &[SocketAddr]) -> Result<bool, String> {
    let mut result = Ok(false);
    for place in places {
        match tokio::time::timeout(PATIENCE, TcpStream::connect(place)).await {
            Ok(Ok(_)) => return Ok(true),
            Ok(Err(error)) if !NOBODY.contains(&error.kind()) => {
                result = Err(format!("cannot ask {place}: {error}"));
            }
            // A firewall drops, resets, or says that there is no way.
            Ok(Err(_)) | Err(_) => {}
        }
    }
    result
}

async fn exchange<S>(stream: S, request: Request<Full<bytes::Bytes>>, reading: Reading) -> Result<Answer, String>
where
    S: Read + Write + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(stream).await.map_err(text)?;
    // It ends with the sender.
    let driver = tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(text)?;
    let challenges = response.headers().get_all(WWW_AUTHENTICATE).iter();
    let mut challenges = challenges.filter_map(|value| value.to_str().ok());
    let challenges_bearer = challenges.any(|text| text.starts_with("Bearer ") || text.contains(", Bearer "));
    let upgrade = response.headers().get(UPGRADE).map(HeaderValue::as_bytes);
    let is_websocket = upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case(b"websocket"));
    let status = response.status().as_u16();
    let body = match reading {
        // What is too long is no answer of ours; the status is known all the same.
        Reading::All => Limited::new(response.into_body(), MAX_BODY).collect().await.ok(),
        Reading::Head => None,
    };
    driver.abort();
    Ok(Answer {
        status,
        challenges_bearer,
        is_websocket,
        body: body.map_or_else(Vec::new, |body| body.to_bytes().to_vec()),
    })
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn a_stream_that_has_no_end_is_an_answer_to_who_looks_at_the_head_alone() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = listener.local_addr().unwrap().to_string();
        let served = tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n";
            connection.write_all(head).await.unwrap();
            // Open until the one who asked has gone.
            std::future::pending::<()>().await;
        });
        let target = Target::parse("http://api.example/stream", Some(&place)).unwrap();
        let answer = target.look("GET", "", &[]).await.unwrap();
        assert_eq!((answer.status, answer.body), (200, Vec::new()));
        served.abort();
    }

    #[tokio::test]
    async fn whoever_takes_a_connection_is_there_whatever_he_says() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let at = |name: &str| format!("{name}:{port}");
        let reached = |place: String| async move { is_there(&places(&place).await.unwrap()).await };
        assert_eq!(reached(at("127.0.0.1")).await, Ok(true));
        assert_eq!(reached(at("localhost")).await, Ok(true));
        drop(listener);
        assert_eq!(reached(at("127.0.0.1")).await, Ok(false));
    }

    #[tokio::test]
    async fn a_name_that_leads_nowhere_is_not_taken_for_an_api_that_nobody_reaches() {
        for place in ["api.invalid:80", "127.0.0.1", "127.0.0.1:http", ""] {
            assert!(places(place).await.is_err(), "{place}");
        }
    }
}
