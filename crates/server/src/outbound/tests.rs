//! A small internet of our own: names lead to addresses that look public, and those to servers of the test on loopback.
//! Nothing here leaves this computer.

use super::*;
use futures_util::future::BoxFuture;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const PUBLIC: &str = "93.184.216.34";
const GOOD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncache-control: max-age=120\r\ncontent-length: 2\r\n\r\n{}";

/// What a server of the test does with each connection.
#[derive(Clone)]
pub(crate) enum Behaviour {
    /// Answers with this text.
    Says(String),
    /// Begins with this text and then sends a byte for ever.
    Endless(String),
    /// Begins with this text and then says nothing.
    Silent(String),
}

/// Names and what stands behind them.
pub(crate) struct FakeInternet {
    names: HashMap<String, Vec<IpAddr>>,
    peer: Option<IpAddr>,
    server: SocketAddr,
    pub(crate) connections: AtomicUsize,
}

impl Internet for FakeInternet {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Vec<IpAddr>> {
        Box::pin(async move { self.names.get(name).cloned().unwrap_or_default() })
    }

    fn connect(&self, address: SocketAddr) -> BoxFuture<'_, Option<Connected>> {
        self.connections.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            assert_eq!(address.port(), 443);
            let stream = TcpStream::connect(self.server).await.ok()?;
            Some(Connected {
                stream,
                peer: self.peer.unwrap_or(address.ip()),
            })
        })
    }
}

/// A server with a certificate for `agent.example`, and an internet that leads `names` to it.
pub(crate) async fn world(
    behaviour: Behaviour,
    addresses: &[&str],
    peer: Option<&str>,
) -> (Arc<FakeInternet>, Fetcher) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let root = authority.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["agent.example".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(leaf.der().to_vec())],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, behaviour) = (acceptor.clone(), behaviour.clone());
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    serve(stream, behaviour).await;
                }
            });
        }
    });
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(root.der().to_vec())).unwrap();
    let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
    let names = ["agent.example", "other.example"].map(|name| (name.to_owned(), addresses.clone()));
    let internet = Arc::new(FakeInternet {
        names: names.into(),
        peer: peer.map(|peer| peer.parse().unwrap()),
        server,
        connections: AtomicUsize::new(0),
    });
    let fetcher = Fetcher::new(Arc::<FakeInternet>::clone(&internet), roots).unwrap();
    (internet, fetcher)
}

/// Connections that break are the client's right: it has heard enough.
async fn serve(mut stream: tokio_rustls::server::TlsStream<TcpStream>, behaviour: Behaviour) {
    let mut head = [0; 1024];
    let _ = stream.read(&mut head).await;
    let (Behaviour::Says(first) | Behaviour::Endless(first) | Behaviour::Silent(first)) = &behaviour;
    let mut alive = stream.write_all(first.as_bytes()).await.is_ok() && stream.flush().await.is_ok();
    match behaviour {
        Behaviour::Says(_) => {
            let _ = stream.shutdown().await;
        }
        Behaviour::Endless(_) => {
            while alive {
                alive = stream.write_all(b"1\r\nx\r\n").await.is_ok() && stream.flush().await.is_ok();
            }
        }
        Behaviour::Silent(_) => {
            let _ = stream.read(&mut head).await;
        }
    }
}

fn url() -> WebUrl {
    WebUrl::parse("https://agent.example/client.json").unwrap()
}

async fn says(text: &str) -> Result<Fetched, FetchError> {
    let (_, fetcher) = world(Behaviour::Says(text.to_owned()), &[PUBLIC], None).await;
    fetcher.document(&url(), 100, Content::Json).await
}

#[tokio::test]
async fn a_json_document_on_a_public_address_is_fetched() {
    let fetched = says(GOOD).await.unwrap();
    assert_eq!(&fetched.body[..], b"{}");
    assert_eq!(fetched.cache_control.as_deref(), Some("max-age=120"));
}

#[tokio::test]
async fn a_name_with_any_address_that_is_not_public_is_not_connected_to() {
    for addresses in [
        &["127.0.0.1"][..],
        &["10.0.0.1"],
        &["169.254.169.254"],
        &["::1"],
        &["::ffff:127.0.0.1"],
        &["64:ff9b::7f00:1"],
        &["2002:7f00:1::"],
        &["fd00::1"],
        &[PUBLIC, "127.0.0.1"],
        &["::1", PUBLIC],
    ] {
        let (internet, fetcher) = world(Behaviour::Says(GOOD.to_owned()), addresses, None).await;
        let error = fetcher.document(&url(), 100, Content::Json).await.unwrap_err();
        assert!(matches!(error, FetchError::NotPublic), "{addresses:?}: {error}");
        assert_eq!(internet.connections.load(Ordering::SeqCst), 0, "{addresses:?}");
    }
    let (_, fetcher) = world(Behaviour::Says(GOOD.to_owned()), &[], None).await;
    assert!(matches!(
        fetcher.document(&url(), 100, Content::Json).await,
        Err(FetchError::NoAddress)
    ));
}

#[tokio::test]
async fn a_connection_that_ends_up_elsewhere_is_not_used() {
    let (_, fetcher) = world(Behaviour::Says(GOOD.to_owned()), &[PUBLIC], Some("127.0.0.1")).await;
    assert!(matches!(
        fetcher.document(&url(), 100, Content::Json).await,
        Err(FetchError::NotPublic)
    ));
}

#[tokio::test]
async fn no_status_but_200_counts_and_no_redirect_is_followed() {
    for status in [
        "201 Created",
        "204 No Content",
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 T",
        "308 P",
        "404 Not Found",
        "500 No",
    ] {
        let text = format!(
            "HTTP/1.1 {status}\r\nlocation: https://agent.example/client.json\r\ncontent-type: application/json\r\ncontent-length: 0\r\n\r\n"
        );
        let (internet, fetcher) = world(Behaviour::Says(text), &[PUBLIC], None).await;
        let error = fetcher.document(&url(), 100, Content::Json).await.unwrap_err();
        assert!(matches!(error, FetchError::Status(_)), "{status}: {error}");
        assert_eq!(internet.connections.load(Ordering::SeqCst), 1, "{status}");
    }
}

#[tokio::test]
async fn only_plain_json_is_read() {
    for header in [
        "content-type: text/html",
        "content-type: application/jsonp",
        "x: y",
        "content-type: application/json\r\ncontent-encoding: gzip",
    ] {
        let text = format!("HTTP/1.1 200 OK\r\n{header}\r\ncontent-length: 2\r\n\r\n{{}}");
        assert!(matches!(says(&text).await, Err(FetchError::Content)), "{header}");
    }
    let problem = GOOD.replace("application/json", "application/client+json; charset=utf-8");
    assert!(says(&problem).await.is_ok());
}

#[tokio::test]
async fn a_request_object_is_read_where_one_is_asked_for_and_nowhere_else() {
    let object = |kind: &str| GOOD.replace("application/json", kind);
    let asked = async |text: String| {
        let (_, fetcher) = world(Behaviour::Says(text), &[PUBLIC], None).await;
        fetcher.document(&url(), 100, Content::RequestObject).await
    };
    for kind in ["application/oauth-authz-req+jwt", "application/jwt; charset=utf-8"] {
        assert!(asked(object(kind)).await.is_ok(), "{kind}");
        assert!(matches!(says(&object(kind)).await, Err(FetchError::Content)), "{kind}");
    }
    for kind in ["application/json", "text/plain", "application/secevent+jwt"] {
        assert!(matches!(asked(object(kind)).await, Err(FetchError::Content)), "{kind}");
    }
}

#[tokio::test]
async fn bodies_and_heads_end_at_their_limits() {
    let long = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 101\r\n\r\n{}",
        "x".repeat(101)
    );
    assert!(matches!(says(&long).await, Err(FetchError::TooLarge)));
    let chunked = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n".to_owned();
    let (_, fetcher) = world(Behaviour::Endless(chunked), &[PUBLIC], None).await;
    assert!(matches!(
        fetcher.document(&url(), 100, Content::Json).await,
        Err(FetchError::TooLarge)
    ));
    let head = format!(
        "HTTP/1.1 200 OK\r\nx: {}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}",
        "y".repeat(MAX_HEAD)
    );
    assert!(matches!(says(&head).await, Err(FetchError::Connection)));
    let lines = format!(
        "HTTP/1.1 200 OK\r\n{}content-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}",
        "x: y\r\n".repeat(MAX_LINES)
    );
    assert!(matches!(says(&lines).await, Err(FetchError::Connection)));
    for broken in [
        "",
        "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{}",
    ] {
        assert!(matches!(says(broken).await, Err(FetchError::Connection)), "{broken}");
    }
}

#[tokio::test]
async fn a_certificate_must_be_for_the_name_and_from_a_known_authority() {
    let (_, fetcher) = world(Behaviour::Says(GOOD.to_owned()), &[PUBLIC], None).await;
    let other = WebUrl::parse("https://other.example/client.json").unwrap();
    assert!(matches!(
        fetcher.document(&other, 100, Content::Json).await,
        Err(FetchError::Tls)
    ));
    let (internet, _) = world(Behaviour::Says(GOOD.to_owned()), &[PUBLIC], None).await;
    let stranger = Fetcher::new(internet, RootCertStore::empty()).unwrap();
    assert!(matches!(
        stranger.document(&url(), 100, Content::Json).await,
        Err(FetchError::Tls)
    ));
}

#[tokio::test]
async fn a_server_that_keeps_us_waiting_is_left() {
    let start = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{".to_owned();
    for text in [String::new(), start] {
        let (_, fetcher) = world(Behaviour::Silent(text), &[PUBLIC], None).await;
        assert!(matches!(
            fetcher.document(&url(), 100, Content::Json).await,
            Err(FetchError::TooSlow)
        ));
    }
}
