//! One request on one connection, its last byte held back until everybody is ready: only so do a hundred requests
//! really arrive together. A connection that breaks is an error here, not a panic: crashes break connections.

use super::realm::HOST;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Barrier;

/// A generous deadline: whoever waits longer has found a server that hangs.
const DEADLINE: Duration = Duration::from_secs(60);

/// A request that is ready to leave.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    address: SocketAddr,
    bytes: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Prepared {
    /// A page.
    pub(crate) fn get(address: SocketAddr, target: &str, cookies: &str) -> Self {
        let bytes = format!("GET {target} HTTP/1.1\r\nhost: {HOST}\r\ncookie: {cookies}\r\nconnection: close\r\n\r\n");
        Self {
            address,
            bytes: bytes.into(),
        }
    }

    /// JSON.
    pub(crate) fn post_json(address: SocketAddr, target: &str, body: &str) -> Self {
        let length = body.len();
        let bytes = format!(
            "POST {target} HTTP/1.1\r\nhost: {HOST}\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n\r\n{body}"
        );
        Self {
            address,
            bytes: bytes.into(),
        }
    }

    /// JSON with a bearer token.
    pub(crate) fn post_json_as(address: SocketAddr, target: &str, body: &str, token: &str) -> Self {
        Self::json_as("POST", address, target, body, token)
    }

    /// JSON by another method with a bearer token.
    pub(crate) fn json_as(method: &str, address: SocketAddr, target: &str, body: &str, token: &str) -> Self {
        let length = body.len();
        let bytes = format!(
            "{method} {target} HTTP/1.1\r\nhost: {HOST}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        Self {
            address,
            bytes: bytes.into(),
        }
    }

    /// A request with a bearer token.
    pub(crate) fn get_as(address: SocketAddr, target: &str, token: &str) -> Self {
        let bytes = format!(
            "GET {target} HTTP/1.1\r\nhost: {HOST}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
        );
        Self {
            address,
            bytes: bytes.into(),
        }
    }

    /// A form without cookies.
    pub(crate) fn post(address: SocketAddr, target: &str, fields: &[(&str, &str)]) -> Self {
        Self::post_from(address, target, "", fields)
    }

    /// A form from a browser.
    pub(crate) fn post_from(address: SocketAddr, target: &str, cookies: &str, fields: &[(&str, &str)]) -> Self {
        let body = encode(fields);
        let length = body.len();
        let bytes = format!(
            "POST {target} HTTP/1.1\r\nhost: {HOST}\r\ncookie: {cookies}\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        Self {
            address,
            bytes: bytes.into(),
        }
    }

    /// The same request with one header more.
    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        let line = find(&self.bytes, b"\r\n").expect("a request line") + 2;
        let header = format!("{name}: {value}\r\n");
        self.bytes.splice(line..line, header.into_bytes());
        self
    }

    /// The same request at another process.
    pub(crate) fn to(mut self, node: &super::Node) -> Self {
        self.address = node.address;
        self
    }

    /// Sends it and reads the whole reply.
    ///
    /// # Errors
    /// The connection broke: whether the server acted on the request is unknown.
    pub(crate) async fn send(&self) -> io::Result<Reply> {
        let work = async {
            let mut stream = TcpStream::connect(self.address).await?;
            stream.write_all(&self.bytes).await?;
            finish(stream).await
        };
        tokio::time::timeout(DEADLINE, work)
            .await
            .expect("the server answers in time")
    }

    /// Sends the header, and returns when the server has said that it waits for the body: from then on the request is
    /// under way for certain.
    pub(crate) async fn begin(&self) -> Begun {
        let at = find(&self.bytes, b"\r\n\r\n").expect("a header");
        let (head, rest) = self.bytes.split_at(at);
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        stream.write_all(head).await.expect("the header leaves");
        stream
            .write_all(b"\r\nexpect: 100-continue\r\n\r\n")
            .await
            .expect("the header leaves");
        let mut interim = Vec::new();
        while find(&interim, b"\r\n\r\n").is_none() {
            interim.push(stream.read_u8().await.expect("100 Continue"));
        }
        assert!(
            interim.starts_with(b"HTTP/1.1 100"),
            "{}",
            String::from_utf8_lossy(&interim)
        );
        Begun {
            stream,
            body: rest[4..].to_vec(),
        }
    }
}

/// A request whose body is still to be sent.
pub(crate) struct Begun {
    stream: TcpStream,
    body: Vec<u8>,
}

impl Begun {
    /// Sends the body.
    pub(crate) async fn finish(mut self) -> io::Result<Reply> {
        self.stream.write_all(&self.body).await?;
        finish(self.stream).await
    }
}

impl Reply {
    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// A member of the JSON body that is text.
    pub(crate) fn text(&self, member: &str) -> String {
        let json = self.json();
        let text = json[member].as_str();
        text.unwrap_or_else(|| panic!("no {member}: {self:?}")).to_owned()
    }

    /// The OAuth error, if it is one.
    pub(crate) fn error(&self) -> Option<String> {
        self.json()["error"].as_str().map(str::to_owned)
    }

    /// Every value of a header.
    pub(crate) fn headers(&self, name: &str) -> Vec<String> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let named = lines.filter(|(line, _)| line.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.to_owned()).collect()
    }
}

/// Sends all requests at the same moment, each on its own connection. The replies are in the requests' order.
pub(crate) async fn race(requests: Vec<Prepared>) -> Vec<Reply> {
    let ready = Arc::new(Barrier::new(requests.len()));
    let racers = requests.into_iter().map(|request| {
        let ready = Arc::clone(&ready);
        tokio::spawn(async move {
            let mut stream = TcpStream::connect(request.address).await.expect("a connection");
            let (last, most) = request.bytes.split_last().expect("a request");
            stream.write_all(most).await.expect("the request leaves");
            ready.wait().await;
            stream.write_all(&[*last]).await.expect("the last byte leaves");
            finish(stream).await.expect("a reply")
        })
    });
    let racers: Vec<_> = racers.collect();
    let mut replies = Vec::with_capacity(racers.len());
    for racer in racers {
        let reply = tokio::time::timeout(DEADLINE, racer)
            .await
            .expect("the server answers in time");
        replies.push(reply.expect("a racer's reply"));
    }
    replies
}

/// Reads the reply. Half a reply is no reply.
async fn finish(mut stream: TcpStream) -> io::Result<Reply> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await?;
    parse(&bytes).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

fn parse(bytes: &[u8]) -> Option<Reply> {
    let end = find(bytes, b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..end)?).ok()?.to_owned();
    let body = std::str::from_utf8(bytes.get(end + 4..)?).ok()?.to_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let reply = Reply { status, head, body };
    let promised = reply.headers("content-length");
    let promised: usize = promised.first().map_or(Some(0), |length| length.parse().ok())?;
    (reply.body.len() == promised).then_some(reply)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// `application/x-www-form-urlencoded`.
pub(super) fn encode(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}
