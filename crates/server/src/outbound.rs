//! Requests that the server itself makes, to addresses that strangers chose. Everything that could lead them inside is
//! absent by construction: https alone, no redirects, no proxies, no compression, one connection to an address that was
//! checked, and limits on size and time. Must not know what is fetched.

pub mod internet;
pub mod partner;

pub use internet::{Connected, Internet, SystemInternet};
pub use partner::Partner;

use bytes::Bytes;
use grantd_core::webhook::message::Message;
use grantd_protocol::web::{WebUrl, is_public_address};
use http::header::{ACCEPT, CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// For everything together: resolving, connecting, TLS, header and body.
const BUDGET: Duration = Duration::from_secs(5);
/// The most that the header of a reply may take, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// The most header lines of a reply.
const MAX_LINES: usize = 64;

/// A document as it came.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The body.
    pub body: Bytes,
    /// How long it may be used, in its server's words.
    pub cache_control: Option<String>,
}

/// What a document is written in. Anything else is not read: nobody can be made to fetch a page or a picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Content {
    /// JSON.
    Json,
    /// A signed authorization request (RFC 9101 section 5.2.3).
    RequestObject,
}

impl Content {
    const fn accept(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::RequestObject => "application/oauth-authz-req+jwt, application/jwt",
        }
    }

    fn is_of(self, essence: &str) -> bool {
        match self {
            Self::Json => {
                essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
            }
            Self::RequestObject => matches!(essence, "application/oauth-authz-req+jwt" | "application/jwt"),
        }
    }
}

/// Why there is no document. For the log: whoever asked learns nothing of it.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The name leads nowhere.
    #[error("the name has no address")]
    NoAddress,
    /// The name, or the connection, leads to where no stranger may send the server.
    #[error("the name leads to an address that is not public")]
    NotPublic,
    /// Nobody answers there, or the connection broke.
    #[error("the connection failed")]
    Connection,
    /// The certificate is not one for this name.
    #[error("TLS failed")]
    Tls,
    /// It took longer than everything may take.
    #[error("it took too long")]
    TooSlow,
    /// Any status but 200, redirects among them.
    #[error("the status was {0}")]
    Status(StatusCode),
    /// Not what was asked for, or compressed.
    #[error("the content is not plain, or not of the type that was asked for")]
    Content,
    /// A body beyond the limit.
    #[error("it is too large")]
    TooLarge,
}

/// Fetches documents.
pub struct Fetcher {
    internet: Arc<dyn Internet>,
    tls: TlsConnector,
}

impl Fetcher {
    /// A fetcher that reaches what `internet` lets it reach and trusts `roots`.
    ///
    /// # Errors
    /// Never with the provider that this program is built with.
    pub fn new(internet: Arc<dyn Internet>, roots: RootCertStore) -> Result<Self, rustls::Error> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            internet,
            tls: TlsConnector::from(Arc::new(config)),
        })
    }

    /// Fetches a document of at most `limit` bytes.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub async fn document(&self, url: &WebUrl, limit: usize, content: Content) -> Result<Fetched, FetchError> {
        timeout(BUDGET, self.fetch(url, limit, content))
            .await
            .unwrap_or(Err(FetchError::TooSlow))
    }

    /// Posts a form. What the reply says beyond its status is not read.
    ///
    /// # Errors
    /// See [`FetchError`]; [`FetchError::Status`] for any but 200 and 204.
    pub async fn post_form(&self, url: &WebUrl, form: String) -> Result<(), FetchError> {
        let accepted = |reply: http::Response<Incoming>| async move {
            match reply.status() {
                StatusCode::OK | StatusCode::NO_CONTENT => Ok(()),
                other => Err(FetchError::Status(other)),
            }
        };
        timeout(BUDGET, self.exchange(url, posting(url, form)?, accepted))
            .await
            .unwrap_or(Err(FetchError::TooSlow))
    }

    /// Posts a message. Hands over the status of the reply and nothing else of it; a redirect is not followed.
    ///
    /// # Errors
    /// See [`FetchError`]; never [`FetchError::Status`].
    pub async fn post_message(&self, url: &WebUrl, message: Message) -> Result<StatusCode, FetchError> {
        let status = |reply: http::Response<Incoming>| async move { Ok(reply.status()) };
        timeout(BUDGET, self.exchange(url, telling(url, message)?, status))
            .await
            .unwrap_or(Err(FetchError::TooSlow))
    }

    async fn fetch(&self, url: &WebUrl, limit: usize, content: Content) -> Result<Fetched, FetchError> {
        let read = |reply| read(reply, limit, content);
        self.exchange(url, request(url, content)?, read).await
    }

    /// One request on a connection of its own.
    async fn exchange<T, F: Future<Output = Result<T, FetchError>>>(
        &self,
        url: &WebUrl,
        request: Request<Full<Bytes>>,
        read: impl FnOnce(http::Response<Incoming>) -> F,
    ) -> Result<T, FetchError> {
        over(self.connect(url).await?, request, read).await
    }

    /// The name is resolved once, every address it has must be public, and the connection is made to one of those that were
    /// checked: a name that answers differently the next time is not asked a next time.
    async fn connect(&self, url: &WebUrl) -> Result<TlsStream<TcpStream>, FetchError> {
        let addresses = self.internet.resolve(url.host()).await;
        let address = *addresses.first().ok_or(FetchError::NoAddress)?;
        if !addresses.iter().all(|address: &IpAddr| is_public_address(*address)) {
            return Err(FetchError::NotPublic);
        }
        let connected = self.internet.connect(SocketAddr::new(address, 443)).await;
        let connected = connected.ok_or(FetchError::Connection)?;
        if !is_public_address(connected.peer) {
            return Err(FetchError::NotPublic);
        }
        let name = ServerName::try_from(url.host().to_owned()).map_err(|_| FetchError::Tls)?;
        self.tls
            .connect(name, connected.stream)
            .await
            .map_err(|_| FetchError::Tls)
    }
}

/// The three headers are those of Standard Webhooks 1.0.
fn telling(url: &WebUrl, message: Message) -> Result<Request<Full<Bytes>>, FetchError> {
    Request::post(url.path_and_query())
        .header(HOST, url.host())
        .header(CONTENT_TYPE, "application/json")
        .header("webhook-id", message.id)
        .header("webhook-timestamp", message.timestamp)
        .header("webhook-signature", message.signature)
        .header(USER_AGENT, "grantd")
        .header(CONNECTION, "close")
        .body(Full::new(message.body.into()))
        .map_err(|_| FetchError::Connection)
}

/// One request over a connection.
async fn over<S, T, F>(
    stream: S,
    request: Request<Full<Bytes>>,
    read: impl FnOnce(http::Response<Incoming>) -> F,
) -> Result<T, FetchError>
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Future<Output = Result<T, FetchError>>,
{
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_LINES)
        .handshake::<_, Full<Bytes>>(TokioIo::new(stream))
        .await
        .map_err(|_| FetchError::Connection)?;
    let exchange = async {
        let reply = sender.send_request(request).await;
        read(reply.map_err(|_| FetchError::Connection)?).await
    };
    // The connection does the work. It may end before what it brought was read; it is dropped with the exchange,
    // whatever the other side would like.
    let work = async {
        let _ended = connection.await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        biased;
        done = exchange => done,
        () = work => Err(FetchError::Connection),
    }
}

fn posting(url: &WebUrl, form: String) -> Result<Request<Full<Bytes>>, FetchError> {
    Request::post(url.path_and_query())
        .header(HOST, url.host())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(USER_AGENT, "grantd")
        .header(CONNECTION, "close")
        .body(Full::new(form.into()))
        .map_err(|_| FetchError::Connection)
}

fn request(url: &WebUrl, content: Content) -> Result<Request<Full<Bytes>>, FetchError> {
    Request::get(url.path_and_query())
        .header(HOST, url.host())
        .header(ACCEPT, content.accept())
        .header(USER_AGENT, "grantd")
        .header(CONNECTION, "close")
        .body(Full::default())
        .map_err(|_| FetchError::Connection)
}

async fn read(reply: http::Response<Incoming>, limit: usize, content: Content) -> Result<Fetched, FetchError> {
    if reply.status() != StatusCode::OK {
        return Err(FetchError::Status(reply.status()));
    }
    let headers = reply.headers();
    if !is_plain(headers, content) {
        return Err(FetchError::Content);
    }
    let cache_control = headers
        .get(CACHE_CONTROL)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let mut incoming = reply.into_body();
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|_| FetchError::Connection)?;
        let Ok(data) = frame.into_data() else { continue };
        if body.len() + data.len() > limit {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&data);
    }
    Ok(Fetched {
        body: body.into(),
        cache_control,
    })
}

fn is_plain(headers: &HeaderMap, content: Content) -> bool {
    let essence = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|value| value.trim().to_ascii_lowercase())
        .unwrap_or_default();
    let is_plain = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    content.is_of(&essence) && is_plain
}

#[cfg(test)]
pub(crate) mod tests;
