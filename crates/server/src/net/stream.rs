//! A connection's bytes, plain or through TLS, noting when some arrive and sending some when it is their turn. Must not know
//! HTTP.

use super::turns::Turn;
use super::watch::Activity;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_rustls::server::TlsStream;

/// How long and how much is read from a client after the last reply. A socket that is closed with unread bytes
/// answers with a reset, and the client may lose the reply that says why.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 1024 * 1024;

/// A connection's bytes.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    /// Somebody else has it.
    Gone,
}

impl Stream {
    /// Says that nothing more will be sent, and reads what the client was still sending.
    pub(super) async fn linger(mut self) {
        let drained = async {
            let mut buffer = vec![0_u8; 16 * 1024];
            let mut left = LINGER_BYTES;
            self.shutdown().await?;
            while left > 0 {
                match self.read(&mut buffer).await? {
                    0 => break,
                    count => left = left.saturating_sub(count),
                }
            }
            io::Result::Ok(())
        };
        // However it ends, the connection does.
        let _ended = tokio::time::timeout(LINGER, drained).await;
    }
}

/// A stream that tells its [`Activity`] when bytes arrive, and sends when it is its [`Turn`]. Whoever drops it gives the
/// stream back.
pub(super) struct Watched {
    stream: Stream,
    back: Option<oneshot::Sender<Stream>>,
    activity: Arc<Activity>,
    turn: Turn,
    /// What a read ended with while something waited to be sent.
    ended: Option<io::Result<()>>,
}

impl Watched {
    /// The stream, and where it comes back to.
    pub(super) fn new(stream: Stream, activity: Arc<Activity>, turn: Turn) -> (Self, oneshot::Receiver<Stream>) {
        let (back, returned) = oneshot::channel();
        let watched = Self {
            stream,
            back: Some(back),
            activity,
            turn,
            ended: None,
        };
        (watched, returned)
    }

    /// Ready when it is this connection's turn to send.
    fn poll_turn(&mut self, cx: &Context<'_>) -> Poll<()> {
        ready!(self.turn.poll(cx));
        if self.ended.is_some() {
            // Nobody else wakes whoever has to read that end.
            cx.waker().wake_by_ref();
        }
        Poll::Ready(())
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(back) = self.back.take() {
            // Where nobody waits for it, it is closed.
            drop(back.send(std::mem::replace(&mut self.stream, Stream::Gone)));
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.turn.end();
        let is_waiting = self.turn.is_waiting();
        if self.ended.is_some() {
            return match self.ended.take_if(|_| !is_waiting) {
                Some(ended) => Poll::Ready(ended),
                None => Poll::Pending,
            };
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        match polled {
            Poll::Ready(_) if buffer.filled().len() > before => self.activity.received(),
            // Whoever sends no more may still be reading; hyper would end the connection, and drop what it has to send.
            Poll::Ready(ended) if is_waiting => {
                self.ended = Some(ended);
                return Poll::Pending;
            }
            _ => {}
        }
        polled
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_turn(cx));
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_turn(cx));
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// What whoever uses a stream that is gone is told.
fn gone<T>() -> Poll<io::Result<T>> {
    Poll::Ready(Err(io::ErrorKind::NotConnected.into()))
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Gone => gone(),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Gone => gone(),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, bytes),
            Self::Gone => gone(),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
            Self::Gone => false,
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
            Self::Gone => gone(),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Gone => gone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::turns::Turns;
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use std::task::Wake;
    use tokio::net::TcpListener;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    /// A connection whose replies wait for their turn, and its client.
    async fn pair() -> (Watched, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        let turn = Turn::new(Some(Arc::new(Turns::new(Duration::MAX))));
        let (watched, _) = Watched::new(Stream::Plain(server), Arc::default(), turn);
        (watched, client)
    }

    #[tokio::test]
    async fn a_client_that_sends_no_more_gets_the_reply_that_waits_and_is_seen_to_have_ended_then() {
        let (mut server, mut client) = pair().await;
        client.shutdown().await.unwrap();
        let Stream::Plain(socket) = &server.stream else {
            panic!()
        };
        socket.readable().await.unwrap();
        let woken = Arc::new(Woken::default());
        let waker = Arc::clone(&woken).into();
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut server).poll_write(&mut cx, b"reply").is_pending());
        let (mut space, before) = ([0; 8], woken.0.load(Relaxed));
        let read = Pin::new(&mut server).poll_read(&mut cx, &mut ReadBuf::new(&mut space));
        assert!(read.is_pending());
        assert!(Pin::new(&mut server).poll_write(&mut cx, b"reply").is_ready());
        // Whoever reads is woken, although no byte comes any more.
        assert_eq!(woken.0.load(Relaxed), before + 1);
        let ended = tokio::time::timeout(LINGER, server.read_u8()).await.unwrap();
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        drop(server);
        let mut reply = Vec::new();
        client.read_to_end(&mut reply).await.unwrap();
        assert_eq!(reply, b"reply");
    }
}
