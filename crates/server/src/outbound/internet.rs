//! The way out: names to addresses, addresses to connections. The composition root passes the system's; tests pass one that
//! leads names to servers of their own.

use futures_util::future::BoxFuture;
use std::net::{IpAddr, SocketAddr};
use tokio::net::{TcpStream, lookup_host};

/// A connection and whom it is with.
#[derive(Debug)]
pub struct Connected {
    /// The connection.
    pub stream: TcpStream,
    /// The other side's address, as the connection itself says.
    pub peer: IpAddr,
}

/// The way out.
pub trait Internet: Send + Sync {
    /// The addresses of a name; none where it has none.
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Vec<IpAddr>>;
    /// A connection to exactly this address; `None` where there is nobody.
    fn connect(&self, address: SocketAddr) -> BoxFuture<'_, Option<Connected>>;
}

/// The system's resolver and sockets.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemInternet;

impl Internet for SystemInternet {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Vec<IpAddr>> {
        Box::pin(async move {
            // The closing dot keeps the system's search list out: the name is looked up as it stands.
            let found = lookup_host((format!("{name}."), 443)).await;
            found.map_or_else(|_| Vec::new(), |found| found.map(|address| address.ip()).collect())
        })
    }

    fn connect(&self, address: SocketAddr) -> BoxFuture<'_, Option<Connected>> {
        Box::pin(async move {
            let stream = TcpStream::connect(address).await.ok()?;
            let peer = stream.peer_addr().ok()?.ip();
            Some(Connected { stream, peer })
        })
    }
}
