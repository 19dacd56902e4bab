//! One request to one address, as an attacker would send it: nothing is normalised, no redirect is followed. The operator
//! chose the address, so it may lead anywhere.

use http::header::{HOST, WWW_AUTHENTICATE};
use http::{Method, Request, Uri};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// For one request, everything together.
const BUDGET: Duration = Duration::from_secs(10);

/// Where to ask.
pub(super) struct Target {
    tls: bool,
    /// As `Host` says it.
    authority: String,
    name: String,
    connect: String,
    path: String,
}

/// What came back, as far as it matters.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) challenges_bearer: bool,
}

impl Target {
    /// Reads an address; `None` for one that is none, or has a query.
    pub(super) fn parse(url: &str, connect: Option<&str>) -> Option<Self> {
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

    /// Sends one request.
    ///
    /// # Errors
    /// When there is no answer, in words.
    pub(super) async fn ask(&self, method: &str, suffix: &str, headers: &[(&str, &str)]) -> Result<Answer, String> {
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
        let request = request.body(Empty::<bytes::Bytes>::new()).map_err(text)?;
        let asked = tokio::time::timeout(BUDGET, self.send(request));
        asked.await.map_err(|_| "no answer in time".to_owned())?
    }

    async fn send(&self, request: Request<Empty<bytes::Bytes>>) -> Result<Answer, String> {
        let stream = TcpStream::connect(&self.connect)
            .await
            .map_err(|error| format!("cannot connect to {}: {error}", self.connect))?;
        if !self.tls {
            return exchange(TokioIo::new(stream), request).await;
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
        exchange(TokioIo::new(stream), request).await
    }
}

async fn exchange<S>(stream: S, request: Request<Empty<bytes::Bytes>>) -> Result<Answer, String>
where
    S: Read + Write + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(stream).await.map_err(text)?;
    // It ends with the sender.
    let driver = tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(text)?;
    driver.abort();
    let challenges = response.headers().get_all(WWW_AUTHENTICATE).iter();
    let mut challenges = challenges.filter_map(|value| value.to_str().ok());
    Ok(Answer {
        status: response.status().as_u16(),
        challenges_bearer: challenges.any(|text| text.starts_with("Bearer")),
    })
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
