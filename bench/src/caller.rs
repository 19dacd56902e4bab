//! One caller on one connection, one request at a time: for figures about how long somebody waits.
//!
//! It must not know what is asked.
#![expect(clippy::disallowed_methods, reason = "measuring code reads the monotonic clock")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::response;

/// A caller.
pub(crate) struct Caller {
    at: SocketAddr,
    stream: TcpStream,
}

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    body: Vec<u8>,
    /// How long it took, in milliseconds.
    pub(crate) took: f64,
}

impl Caller {
    pub(crate) fn connect(at: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(at)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        Ok(Self { at, stream })
    }

    /// `GET`; `headers` are lines that end in CRLF.
    pub(crate) fn get(&mut self, path: &str, headers: &str) -> Result<Answer> {
        let at = self.at;
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: {at}\r\n{headers}\r\n"))
    }

    /// `POST` of a form.
    pub(crate) fn post(&mut self, path: &str, headers: &str, form: &str) -> Result<Answer> {
        let (at, length) = (self.at, form.len());
        self.ask(&format!(
            "POST {path} HTTP/1.1\r\nHost: {at}\r\n{headers}Content-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {length}\r\n\r\n{form}"
        ))
    }

    fn ask(&mut self, request: &str) -> Result<Answer> {
        let began = Instant::now();
        self.stream.write_all(request.as_bytes())?;
        let (mut bytes, mut part) = (Vec::new(), [0; 16 * 1024]);
        loop {
            let count = self.stream.read(&mut part)?;
            if count == 0 {
                bail!("the reply ended early");
            }
            bytes.extend_from_slice(part.get(..count).unwrap_or_default());
            if let Some(reply) = response::parse(&bytes)? {
                let took = began.elapsed().as_secs_f64() * 1e3;
                let head = bytes.get(..reply.body.start).unwrap_or_default();
                return Ok(Answer {
                    status: reply.status,
                    head: String::from_utf8_lossy(head).into_owned(),
                    body: bytes.get(reply.body).unwrap_or_default().to_vec(),
                    took,
                });
            }
        }
    }
}

impl Answer {
    /// The body of a 200.
    pub(crate) fn good(&self) -> Result<&[u8]> {
        if self.status != 200 {
            let body = self.body.get(..self.body.len().min(300)).unwrap_or_default();
            bail!("{} {}", self.status, String::from_utf8_lossy(body));
        }
        Ok(&self.body)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines
            .filter(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .next()
    }
}
