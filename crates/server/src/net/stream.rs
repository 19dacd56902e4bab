//! A connection's bytes, plain or through TLS, noting when some arrive and sending some when it is their turn. Must not know
//! HTTP.

use super::turns::Turn;
use super::watch::Activity;
use std::future::Future as _;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;
use tokio_rustls::server::TlsStream;

/// How long and how much is read from a client after the last reply. A socket that is closed with unread bytes
/// answers with a reset, and the client may lose the reply that says why.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 1024 * 1024;

/// A connection's bytes.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A stream that tells its [`Activity`] when bytes arrive, and sends when it is its [`Turn`].
pub(super) struct Watched {
    stream: Stream,
    activity: Arc<Activity>,
    turn: Turn,
    /// That nothing more comes was seen while something waited to be sent.
    ended_early: bool,
    /// Whether closing reads what the client was still sending: HTTP/2 closes with that alone.
    lingers: bool,
    lingering: Option<Lingering>,
}

impl Watched {
    pub(super) const fn new(stream: Stream, activity: Arc<Activity>, turn: Turn, lingers: bool) -> Self {
        Self {
            stream,
            activity,
            turn,
            ended_early: false,
            lingers,
            lingering: None,
        }
    }

    /// Says that nothing more will be sent, and reads what the client was still sending. However it ends, the connection
    /// does.
    pub(super) async fn linger(mut self) {
        std::future::poll_fn(|cx| self.poll_linger(cx)).await;
    }

    /// Ready when it is this connection's turn to send.
    fn poll_turn(&mut self, cx: &Context<'_>) -> Poll<()> {
        ready!(self.turn.poll(cx));
        if self.ended_early {
            // Nobody else wakes whoever has to read that end.
            self.ended_early = false;
            cx.waker().wake_by_ref();
        }
        Poll::Ready(())
    }

    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let linger = self.lingering.get_or_insert_with(Lingering::begin);
        if linger.until.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        if !linger.is_shut {
            let shut = ready!(Pin::new(&mut self.stream).poll_shutdown(cx));
            linger.is_shut = true;
            if shut.is_err() {
                linger.left = 0;
            }
        }
        while linger.left > 0 {
            let mut space = [0_u8; 4096];
            let mut buffer = ReadBuf::new(&mut space);
            let read = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer));
            linger.left = match buffer.filled().len() {
                0 => 0,
                _ if read.is_err() => 0,
                count => linger.left.saturating_sub(count),
            };
        }
        Poll::Ready(())
    }
}

/// What is left of the time and bytes that are read after the last reply.
struct Lingering {
    until: Pin<Box<Sleep>>,
    is_shut: bool,
    left: usize,
}

impl Lingering {
    fn begin() -> Self {
        Self {
            until: Box::pin(tokio::time::sleep(LINGER)),
            is_shut: false,
            left: LINGER_BYTES,
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.turn.end();
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.activity.received();
        } else if polled.is_ready() && self.turn.is_waiting() {
            // Whoever sends no more may still be reading; hyper would end the connection, and drop what it has to send.
            self.ended_early = true;
            return Poll::Pending;
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
        if self.lingers {
            return self.poll_linger(cx).map(Ok);
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
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
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::turns::Turns;
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use std::task::Wake;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
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
        (Watched::new(Stream::Plain(server), Arc::default(), turn, true), client)
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

    #[tokio::test]
    async fn closing_reads_what_the_client_was_still_sending() {
        let (mut server, mut client) = pair().await;
        server.write_all(b"bye").await.unwrap();
        client.write_all(b"late").await.unwrap();
        let closing = tokio::spawn(async move { server.shutdown().await });
        let mut reply = Vec::new();
        client.read_to_end(&mut reply).await.unwrap();
        assert_eq!(reply, b"bye");
        client.write_all(b"later").await.unwrap();
        assert!(!closing.is_finished());
        drop(client);
        closing.await.unwrap().unwrap();
    }
}
