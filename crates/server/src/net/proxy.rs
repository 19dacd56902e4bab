//! Which proxies are believed, and what a believed proxy says about the client. Only `X-Forwarded-For`, `-Proto` and
//! `-Host` are read, and the one header of certificates that is configured, by their exact names: look-alikes with
//! underscores are other headers. Must not know requests beyond their headers.

use crate::certificate::{CertificateHeader, ShownCertificate};
use http::header::{HeaderMap, HeaderName};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// The most hops that are followed; longer chains are nonsense.
const MAX_HOPS: usize = 32;

/// A range of addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// A text that is neither an address nor a CIDR range.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("expected an address or a range such as 10.0.0.0/8 or fd00::/8")]
pub struct NetworkError;

impl Network {
    /// Whether the range holds `address`. IPv4 written as IPv6 counts as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NetworkError)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => longest,
            // Digits only: `parse` would take a sign.
            Some(digits) if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
                digits.parse().map_err(|_| NetworkError)?
            }
            Some(_) => return Err(NetworkError),
        };
        if prefix > longest {
            return Err(NetworkError);
        }
        Ok(Self { address, prefix })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.address, self.prefix)
    }
}

/// The proxies that are believed.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies {
    networks: Vec<Network>,
    certificates: CertificateHeader,
}

/// What is known about the client behind a connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Forwarded {
    /// The client's address.
    pub address: IpAddr,
    /// Whether the client's connection is encrypted, if a trusted proxy says so.
    pub https: Option<bool>,
    /// The host the client asked for, if a trusted proxy says so.
    pub host: Option<Box<str>>,
    /// Whether the connection comes from a trusted proxy.
    pub trusted: bool,
    /// The certificate that the client showed to a trusted proxy, if that says so.
    pub certificate: Option<ShownCertificate>,
}

impl TrustedProxies {
    /// These networks.
    #[must_use]
    pub const fn new(networks: Vec<Network>) -> Self {
        Self {
            networks,
            certificates: CertificateHeader::Off,
        }
    }

    /// The same, which say in this header what certificate they were shown.
    #[must_use]
    pub fn saying_certificates(self, certificates: CertificateHeader) -> Self {
        Self { certificates, ..self }
    }

    /// Whether `address` is a believed proxy.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }

    /// What is known about the client of a connection from `socket` with these headers.
    ///
    /// Whatever cannot be read makes the answer stricter: the address is then the socket's, so that all requests of
    /// that proxy share one limit, never an address that the client chose.
    #[must_use]
    pub fn resolve(&self, socket: IpAddr, headers: &HeaderMap) -> Forwarded {
        let socket = socket.to_canonical();
        if self.networks.is_empty() || !self.contains(socket) {
            return Forwarded {
                address: socket,
                https: None,
                host: None,
                trusted: false,
                certificate: None,
            };
        }
        let https = match single(headers, &FORWARDED_PROTO) {
            Some(scheme) if scheme.eq_ignore_ascii_case("https") => Some(true),
            Some(scheme) if scheme.eq_ignore_ascii_case("http") => Some(false),
            _ => None,
        };
        let host = single(headers, &FORWARDED_HOST).filter(|host| super::screen::is_host(host.as_bytes()));
        Forwarded {
            address: self.client(headers).unwrap_or(socket),
            https,
            host: host.map(Into::into),
            trusted: true,
            certificate: self.certificates.shown(headers),
        }
    }

    /// The first address from the right that is not one of ours: everything left of it is what the client wrote.
    fn client(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let mut leftmost = None;
        let lines = headers.get_all(&FORWARDED_FOR);
        // Header values do not iterate backwards; there are one or two.
        let lines: Vec<&str> = lines.iter().map(|line| line.to_str().unwrap_or("?")).collect();
        let hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
        for (count, hop) in hops.enumerate() {
            if count >= MAX_HOPS {
                return None;
            }
            let address = hop_address(hop.trim_matches([' ', '\t']))?;
            if !self.contains(address) {
                return Some(address);
            }
            leftmost = Some(address);
        }
        leftmost
    }
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let address: IpAddr = match hop.parse() {
        Ok(address) => address,
        Err(_) => match hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(inner) => IpAddr::V6(inner.parse().ok()?),
            None => hop.parse::<SocketAddr>().ok()?.ip(),
        },
    };
    Some(address.to_canonical())
}

/// The header's value if there is exactly one without a comma: of a list nobody can tell which entry is believed.
fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut lines = headers.get_all(name).iter();
    let value = lines.next()?.to_str().ok()?.trim_matches([' ', '\t']);
    (lines.next().is_none() && !value.contains(',')).then_some(value)
}

#[cfg(test)]
mod tests;
