//! Bytes on a socket: for requests that no HTTP library would send.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Sends bytes and reads until the server closes, which the bytes must ask for or deserve.
pub(crate) fn exchange(port: u16, bytes: &[u8]) -> String {
    let mut stream = connect(port);
    // A server that has refused already may close while the rest is on its way.
    let _ = stream.write_all(bytes);
    read_to_end(&mut stream)
}

/// A connection whose reads give up after a while.
pub(crate) fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// Everything until the server closes, or resets.
pub(crate) fn read_to_end(stream: &mut TcpStream) -> String {
    let mut out = Vec::new();
    let mut buffer = [0; 8192];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        out.extend_from_slice(&buffer[..length]);
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The status codes of the replies in a transcript.
pub(crate) fn statuses(transcript: &str) -> Vec<u16> {
    let lines = transcript.split("HTTP/1.1 ").skip(1);
    lines.filter_map(|line| line.get(..3)?.parse().ok()).collect()
}

/// Asserts that a request ended in a client error or a closed connection, never in a success or a server error.
#[track_caller]
pub(crate) fn refused(transcript: &str) {
    for status in statuses(transcript) {
        assert!((400..500).contains(&status), "{transcript}");
    }
}
