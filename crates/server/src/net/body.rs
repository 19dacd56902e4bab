//! Reading a request's body within limits of size and time. Must not know what is in it.

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap};
use http_body_util::BodyExt as _;
use hyper::body::Body;
use std::time::Duration;

/// The most frames without a byte in them: an endless flood of them never reaches the limit of size.
const MAX_EMPTY_FRAMES: usize = 64;

/// How much of a body is read, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// The most bytes.
    pub max_bytes: usize,
    /// How long the whole body may take.
    pub timeout: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self {
            max_bytes: 64 * 1024,
            timeout: Duration::from_secs(10),
        }
    }
}

/// Why a body was not read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BodyRefusal {
    /// More bytes than allowed, said or sent.
    #[error("the request body is too large")]
    TooLarge,
    /// It did not arrive in time.
    #[error("the request body did not arrive in time")]
    TooSlow,
    /// It is compressed: nothing that a client sends here needs it, and unpacking is how small bodies become large.
    #[error("a compressed request body is not accepted")]
    Encoded,
    /// The connection broke or the framing is wrong.
    #[error("the request body is broken")]
    Broken,
}

impl BodyRefusal {
    /// The status of the reply.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Encoded => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Broken => StatusCode::BAD_REQUEST,
        }
    }
}

/// Reads a body completely. `headers` are the request's.
///
/// # Errors
/// See [`BodyRefusal`]. What was read until then is dropped, and so is the rest.
pub async fn read<B>(headers: &HeaderMap, body: B, limits: BodyLimits) -> Result<Bytes, BodyRefusal>
where
    B: Body<Data = Bytes>,
{
    let identity = |value: &http::HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    if !headers.get_all(CONTENT_ENCODING).iter().all(identity) {
        return Err(BodyRefusal::Encoded);
    }
    // Refused before `100 Continue` invites the client to send it.
    if said_length(headers).is_some_and(|length| length > limits.max_bytes as u64) {
        return Err(BodyRefusal::TooLarge);
    }
    tokio::time::timeout(limits.timeout, collect(body, limits.max_bytes))
        .await
        .map_err(|_| BodyRefusal::TooSlow)?
}

async fn collect<B>(body: B, max_bytes: usize) -> Result<Bytes, BodyRefusal>
where
    B: Body<Data = Bytes>,
{
    let mut body = std::pin::pin!(body);
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    let mut empty = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyRefusal::Broken)?.into_data() else {
            // Trailers say nothing that is listened to.
            continue;
        };
        if data.len() > max_bytes.saturating_sub(first.len() + rest.len()) {
            return Err(BodyRefusal::TooLarge);
        }
        if data.is_empty() {
            empty += 1;
            if empty > MAX_EMPTY_FRAMES {
                return Err(BodyRefusal::Broken);
            }
        } else if first.is_empty() {
            // Nearly every body is one frame: it is passed on without a copy.
            first = data;
        } else {
            rest.extend_from_slice(&data);
        }
    }
    if rest.is_empty() {
        return Ok(first);
    }
    let mut whole = BytesMut::with_capacity(first.len() + rest.len());
    whole.extend_from_slice(&first);
    whole.extend_from_slice(&rest);
    Ok(whole.freeze())
}

fn said_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use http_body_util::Full;
    use hyper::body::Frame;
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    const LIMITS: BodyLimits = BodyLimits {
        max_bytes: 10,
        timeout: Duration::from_secs(10),
    };

    /// Gives its frames one by one, then ends or hangs.
    struct Frames {
        frames: std::vec::IntoIter<&'static [u8]>,
        hangs: bool,
    }

    impl Body for Frames {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            match self.frames.next() {
                Some(bytes) => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(bytes))))),
                None if self.hangs => Poll::Pending,
                None => Poll::Ready(None),
            }
        }
    }

    fn frames(frames: Vec<&'static [u8]>, hangs: bool) -> Frames {
        Frames {
            frames: frames.into_iter(),
            hangs,
        }
    }

    #[tokio::test]
    async fn a_body_is_put_together_from_its_frames() {
        let body = frames(vec![b"ab", b"", b"cd", b"ef"], false);
        assert_eq!(read(&HeaderMap::new(), body, LIMITS).await.unwrap(), "abcdef");
        let nothing = Full::<Bytes>::default();
        assert_eq!(read(&HeaderMap::new(), nothing, LIMITS).await.unwrap(), "");
    }

    #[tokio::test]
    async fn the_limit_holds_to_the_byte_whatever_the_frames() {
        let exact = frames(vec![b"01234", b"56789"], false);
        assert!(read(&HeaderMap::new(), exact, LIMITS).await.is_ok());
        let more = frames(vec![b"01234", b"56789", b"a"], false);
        assert_eq!(read(&HeaderMap::new(), more, LIMITS).await, Err(BodyRefusal::TooLarge));
    }

    #[tokio::test]
    async fn a_length_beyond_the_limit_is_refused_before_a_byte_is_read() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("11"));
        let never = frames(vec![], true);
        assert_eq!(read(&headers, never, LIMITS).await, Err(BodyRefusal::TooLarge));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_arrive_is_cut() {
        let stalled = frames(vec![b"a"], true);
        assert_eq!(
            read(&HeaderMap::new(), stalled, LIMITS).await,
            Err(BodyRefusal::TooSlow)
        );
    }

    #[tokio::test]
    async fn an_endless_flood_of_empty_frames_is_cut() {
        let flood = frames(vec![b""; 1000], true);
        assert_eq!(read(&HeaderMap::new(), flood, LIMITS).await, Err(BodyRefusal::Broken));
    }

    #[tokio::test]
    async fn a_compressed_body_is_refused_and_identity_is_not() {
        for (coding, refused) in [
            ("gzip", true),
            ("br", true),
            ("zstd", true),
            ("identity, gzip", true),
            ("", true),
            ("Identity", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
            let outcome = read(&headers, Full::new(Bytes::from_static(b"x")), LIMITS).await;
            assert_eq!(outcome == Err(BodyRefusal::Encoded), refused, "{coding:?}");
        }
    }

    #[tokio::test]
    async fn a_broken_body_is_refused() {
        assert_eq!(read(&HeaderMap::new(), Broken, LIMITS).await, Err(BodyRefusal::Broken));
    }

    struct Broken;

    impl Body for Broken {
        type Data = Bytes;
        type Error = std::io::Error;

        fn poll_frame(
            self: Pin<&mut Self>,
            _cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
            Poll::Ready(Some(Err(std::io::Error::other("broken"))))
        }
    }
}
