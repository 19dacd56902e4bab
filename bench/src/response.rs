//! Reads as much of an HTTP/1.1 response as a load generator needs: status, length, whether the connection stays open.
//!
//! It must not know what the body means. Chunked replies are refused on purpose: a server that sends its small replies
//! in chunks costs the generator more than one that does not, and the comparison would no longer be of servers.

use std::ops::Range;

/// Longest head the parser waits for before it gives up.
const MAX_HEAD: usize = 16 * 1024;

/// One complete response at the start of a buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Where the body lies in the buffer; its end is also the end of the response.
    pub body: Range<usize>,
    /// Whether the server will take another request on this connection.
    pub keep_alive: bool,
}

/// Why a reply cannot be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The first line is not that of an HTTP/1.1 response.
    StatusLine,
    /// `Transfer-Encoding` is present.
    Chunked,
    /// There is no usable `Content-Length`, or there are two that differ.
    Length,
    /// The head does not end.
    TooLong,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::StatusLine => "the reply does not begin with an HTTP/1.1 status line",
            Self::Chunked => "the reply is chunked, and the generator measures replies with Content-Length only",
            Self::Length => "the reply has no usable Content-Length",
            Self::TooLong => "the head of the reply does not end",
        })
    }
}

impl std::error::Error for Refused {}

/// Parses the response at the start of `buffer`; `None` means that bytes are still missing.
///
/// It begins anew on each call, so a reply may arrive in any number of pieces.
///
/// # Errors
/// [`Refused`] when no further bytes could make it a reply that can be measured.
pub fn parse(buffer: &[u8]) -> Result<Option<Response>, Refused> {
    let Some(end) = memchr::memmem::find(buffer, b"\r\n\r\n") else {
        return if buffer.len() > MAX_HEAD {
            Err(Refused::TooLong)
        } else {
            Ok(None)
        };
    };
    let mut lines = Lines(buffer.get(..end).unwrap_or_default());
    let status = status(lines.next().unwrap_or_default()).ok_or(Refused::StatusLine)?;
    let mut length = None;
    let mut keep_alive = true;
    for line in lines {
        let Some(colon) = memchr::memchr(b':', line) else {
            continue;
        };
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if name.eq_ignore_ascii_case(b"content-length") {
            let value = number(value).ok_or(Refused::Length)?;
            if length.is_some_and(|before| before != value) {
                return Err(Refused::Length);
            }
            length = Some(value);
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            return Err(Refused::Chunked);
        } else if name.eq_ignore_ascii_case(b"connection") {
            keep_alive = !value.eq_ignore_ascii_case(b"close");
        }
    }
    let length = match (status, length) {
        (204 | 304, None) => 0,
        (_, length) => length.ok_or(Refused::Length)?,
    };
    let start = end + 4;
    let finish = start.checked_add(length).ok_or(Refused::Length)?;
    Ok((buffer.len() >= finish).then_some(Response {
        status,
        body: start..finish,
        keep_alive,
    }))
}

fn status(line: &[u8]) -> Option<u16> {
    let rest = line.strip_prefix(b"HTTP/1.1 ")?;
    let digits = rest.get(..3)?;
    if !matches!(rest.get(3), None | Some(b' ')) {
        return None;
    }
    let code = number(digits)?;
    u16::try_from(code).ok().filter(|code| (200..600).contains(code))
}

fn number(digits: &[u8]) -> Option<usize> {
    if digits.is_empty() || digits.len() > 12 {
        return None;
    }
    digits.iter().try_fold(0usize, |sum, byte| {
        byte.is_ascii_digit().then(|| sum * 10 + usize::from(byte - b'0'))
    })
}

/// The lines of a head, split at CRLF.
struct Lines<'a>(&'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let at = memchr::memchr(b'\n', self.0).unwrap_or(self.0.len());
        let (line, rest) = self.0.split_at(at);
        self.0 = rest.get(1..).unwrap_or_default();
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLY: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nconTent-length: 7\r\n\r\n{\"a\":1}";

    #[test]
    fn a_reply_in_any_two_pieces_is_complete_only_with_its_last_byte() {
        for cut in 0..REPLY.len() {
            assert_eq!(parse(&REPLY[..cut]), Ok(None), "cut at {cut}");
        }
        let whole = parse(REPLY).unwrap().unwrap();
        assert_eq!(whole.status, 200);
        assert_eq!(&REPLY[whole.body.clone()], b"{\"a\":1}");
        assert!(whole.keep_alive);
    }

    #[test]
    fn bytes_of_the_next_reply_are_left_alone() {
        let two = [REPLY, REPLY].concat();
        assert_eq!(parse(&two).unwrap().unwrap().body.end, REPLY.len());
    }

    #[test]
    fn chunked_replies_are_refused_even_beside_a_length() {
        let reply = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(parse(reply), Err(Refused::Chunked));
    }

    #[test]
    fn a_missing_or_contradictory_length_is_refused() {
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\n\r\nabc"), Err(Refused::Length));
        assert_eq!(
            parse(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabc"),
            Err(Refused::Length)
        );
        assert_eq!(
            parse(b"HTTP/1.1 200 OK\r\ncontent-length: -3\r\n\r\nabc"),
            Err(Refused::Length)
        );
    }

    #[test]
    fn replies_without_a_body_need_no_length() {
        assert_eq!(
            parse(b"HTTP/1.1 304 Not Modified\r\netag: \"x\"\r\n\r\n")
                .unwrap()
                .unwrap()
                .status,
            304
        );
    }

    #[test]
    fn anything_but_an_http_1_1_status_line_is_refused() {
        for line in [
            "HTTP/1.0 200 OK",
            "HTTP/1.1 2000 OK",
            "HTTP/1.1 20x OK",
            "HTTP/1.1 099 Low",
            "SSH-2.0",
        ] {
            let reply = format!("{line}\r\ncontent-length: 0\r\n\r\n");
            assert_eq!(parse(reply.as_bytes()), Err(Refused::StatusLine), "{line}");
        }
    }

    #[test]
    fn connection_close_is_seen() {
        let reply = b"HTTP/1.1 401 Unauthorized\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n";
        assert!(!parse(reply).unwrap().unwrap().keep_alive);
    }

    #[test]
    fn an_endless_head_is_given_up() {
        let reply = [b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'a'; MAX_HEAD]].concat();
        assert_eq!(parse(&reply), Err(Refused::TooLong));
    }
}
