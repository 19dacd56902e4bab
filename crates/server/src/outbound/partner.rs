//! Requests to servers that the configuration names, and to the addresses that these publish of themselves: on the public
//! internet as everybody's, or, where the configuration names one on this very computer, there and over plain http.

use super::{BUDGET, Content, FetchError, Fetcher, over, posting, read, request};
use bytes::Bytes;
use grantd_protocol::Secret;
use grantd_protocol::web::{WebUrl, origin_parts};
use http::HeaderValue;
use http::Request;
use http::header::{ACCEPT, AUTHORIZATION, HOST};
use http_body_util::Full;
use std::net::{IpAddr, SocketAddr};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// An address of such a server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Partner {
    /// On the public internet.
    Public(WebUrl),
    /// On this computer.
    Here {
        /// Host and port, as a request names them.
        host: String,
        /// The port.
        port: u16,
        /// Path and query.
        target: String,
    },
}

impl Partner {
    /// An address that a server published; `named` is the one that the configuration has. Only a server that was named on
    /// this computer leads to it.
    #[must_use]
    pub fn of(named: &str, url: &str) -> Option<Self> {
        if !grantd_protocol::redirect_uri::is_loopback(named) || !named.starts_with("http://") {
            return WebUrl::parse(url).ok().map(Self::Public);
        }
        let (scheme, host, port) = origin_parts(url)?;
        let rest = url.strip_prefix("http://")?;
        let at = rest.find('/').unwrap_or(rest.len());
        let (authority, target) = rest.split_at(at);
        let is_here = scheme == "http" && grantd_protocol::redirect_uri::is_loopback(url) && !authority.contains('@');
        let is_plain = !host.is_empty() && url.bytes().all(|byte| byte.is_ascii_graphic());
        (is_here && is_plain).then(|| Self::Here {
            host: authority.to_owned(),
            port,
            target: if target.is_empty() { "/" } else { target }.to_owned(),
        })
    }

    fn document(&self) -> Result<Request<Full<Bytes>>, FetchError> {
        match self {
            Self::Public(url) => request(url, Content::Json),
            Self::Here { host, target, .. } => here(Request::get(target), host, Bytes::new()),
        }
    }

    fn form(&self, form: String) -> Result<Request<Full<Bytes>>, FetchError> {
        match self {
            Self::Public(url) => posting(url, form),
            Self::Here { host, target, .. } => {
                let builder =
                    Request::post(target).header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded");
                here(builder, host, form.into())
            }
        }
    }
}

fn here(builder: http::request::Builder, host: &str, body: Bytes) -> Result<Request<Full<Bytes>>, FetchError> {
    builder
        .header(HOST, host)
        .header(ACCEPT, "application/json")
        .body(Full::new(body))
        .map_err(|_| FetchError::Connection)
}

impl Fetcher {
    /// Fetches a JSON document of such a server.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub async fn partner(&self, url: &Partner, limit: usize) -> Result<Bytes, FetchError> {
        self.ask(url, url.document()?, limit).await
    }

    /// Posts a form, with a credential in the header where there is one, and reads the JSON that comes back.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub async fn redeem(
        &self,
        url: &Partner,
        form: String,
        credential: Option<&Secret>,
        limit: usize,
    ) -> Result<Bytes, FetchError> {
        let mut request = url.form(form)?;
        if let Some(credential) = credential {
            let mut value = HeaderValue::from_str(credential.expose()).map_err(|_| FetchError::Connection)?;
            value.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        request
            .headers_mut()
            .insert(ACCEPT, HeaderValue::from_static("application/json"));
        self.ask(url, request, limit).await
    }

    async fn ask(&self, url: &Partner, request: Request<Full<Bytes>>, limit: usize) -> Result<Bytes, FetchError> {
        let work = async {
            let read = |reply| read(reply, limit, Content::Json);
            match url {
                Partner::Public(url) => self.exchange(url, request, read).await,
                Partner::Here { port, .. } => over(connect_here(*port).await?, request, read).await,
            }
        };
        let fetched = timeout(BUDGET, work).await.unwrap_or(Err(FetchError::TooSlow))?;
        Ok(fetched.body)
    }
}

/// This computer, whatever its name is made to mean.
async fn connect_here(port: u16) -> Result<TcpStream, FetchError> {
    for address in [IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])] {
        if let Ok(stream) = TcpStream::connect(SocketAddr::new(address, port)).await {
            return Ok(stream);
        }
    }
    Err(FetchError::Connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_was_named_on_this_computer_leads_to_it() {
        let public = "https://idp.example";
        for inside in [
            "http://localhost:1/x",
            "https://localhost/x",
            "https://127.0.0.1/x",
            "http://idp.example/x",
        ] {
            assert_eq!(Partner::of(public, inside), None, "{inside}");
        }
        assert!(matches!(
            Partner::of(public, "https://idp.example/token"),
            Some(Partner::Public(_))
        ));
        let local = "http://localhost:8400/other";
        let expected = Partner::Here {
            host: "localhost:8400".to_owned(),
            port: 8400,
            target: "/other/token?x=1".to_owned(),
        };
        assert_eq!(
            Partner::of(local, "http://localhost:8400/other/token?x=1"),
            Some(expected)
        );
        for outside in [
            "http://10.0.0.1/x",
            "http://a@localhost/x",
            "ftp://localhost/x",
            "http://localhost.evil/x",
        ] {
            assert_eq!(Partner::of(local, outside), None, "{outside}");
        }
    }
}
