//! Small databases in the MaxMind DB format, version 2.0 (<https://maxmind.github.io/MaxMind-DB/>), as those that say where an
//! address is: a tree of bits with 24 bits for each branch, and maps of names at its leaves. Made here, since the files that
//! others publish have licences of their own.

use std::net::IpAddr;

/// What a database knows of a network. Names stand beside the tags of their languages.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// `192.0.2.0/24`, `2001:db8::/32`.
    pub network: &'a str,
    /// The names of a city; none where it is not known.
    pub city: &'a [(&'a str, &'a str)],
    /// The names of a country.
    pub country: &'a [(&'a str, &'a str)],
}

/// Where a branch of the tree leads.
#[derive(Clone, Copy)]
enum Branch {
    Nowhere,
    Node(usize),
    /// To what stands there behind the tree.
    Data(usize),
}

/// What stands behind the tree begins with so many zeros.
const GAP: usize = 16;
/// What the description of a database begins with.
const MARK: &[u8] = b"\xab\xcd\xefMaxMind.com";

/// The bytes of a database of this type, whose networks must not overlap.
///
/// # Panics
/// For a network that is none.
#[must_use]
#[expect(
    clippy::indexing_slicing,
    reason = "a node that was made is there; a test that is wrong must stop"
)]
pub fn database(kind: &str, known: &[Known<'_>]) -> Vec<u8> {
    let (mut nodes, mut data) = (vec![[Branch::Nowhere; 2]], Vec::new());
    for one in known {
        let (bits, length) = parsed(one.network);
        let mut here = 0;
        for place in 0..length {
            let side = usize::from(bits >> (127 - place) & 1 == 1);
            here = match nodes[here][side] {
                _ if place + 1 == length => {
                    nodes[here][side] = Branch::Data(data.len());
                    break;
                }
                Branch::Node(next) => next,
                _ => {
                    nodes.push([Branch::Nowhere; 2]);
                    let next = nodes.len() - 1;
                    nodes[here][side] = Branch::Node(next);
                    next
                }
            };
        }
        data.extend(record(one));
    }
    let mut bytes = Vec::new();
    for branch in nodes.iter().flatten() {
        let value = match branch {
            Branch::Nowhere => nodes.len(),
            Branch::Node(next) => *next,
            Branch::Data(at) => nodes.len() + GAP + at,
        };
        bytes.extend(value.to_be_bytes().iter().skip(size_of::<usize>() - 3));
    }
    bytes.extend([0; GAP]);
    bytes.extend(data);
    bytes.extend(MARK);
    bytes.extend(described(kind, nodes.len()));
    bytes
}

/// The bits of a network as an address of 128 bits, and how many of them count. An IPv4 network lies at the far left of
/// the tree.
#[expect(clippy::expect_used, reason = "a test that names no network must stop")]
fn parsed(network: &str) -> (u128, u32) {
    let (address, length) = network.split_once('/').expect("a network has a length");
    let length: u32 = length.parse().expect("a length is a number");
    match address.parse().expect("a network begins with an address") {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 96 + length),
        IpAddr::V6(address) => (u128::from(address), length),
    }
}

fn record(of: &Known<'_>) -> Vec<u8> {
    let named = |names: &[(&str, &str)]| {
        let names = names.iter().map(|(tag, name)| (*tag, text(name)));
        map(&[("names", map(&names.collect::<Vec<_>>()))])
    };
    let mut parts = Vec::new();
    if !of.city.is_empty() {
        parts.push(("city", named(of.city)));
    }
    if !of.country.is_empty() {
        parts.push(("country", named(of.country)));
    }
    map(&parts)
}

fn described(kind: &str, nodes: usize) -> Vec<u8> {
    map(&[
        ("binary_format_major_version", number(UINT16, 2)),
        ("binary_format_minor_version", number(UINT16, 0)),
        ("build_epoch", number(UINT64, 1_800_000_000)),
        ("database_type", text(kind)),
        ("description", map(&[("en", text("Made for a test"))])),
        ("ip_version", number(UINT16, 6)),
        ("languages", list(&[text("en")])),
        ("node_count", number(UINT32, nodes as u64)),
        ("record_size", number(UINT16, 24)),
    ])
}

const TEXT: u8 = 2;
const UINT16: u8 = 5;
const UINT32: u8 = 6;
const MAP: u8 = 7;
const UINT64: u8 = 9;
const LIST: u8 = 11;

/// A field's type and size. Types above seven have a byte of their own behind the first.
fn control(kind: u8, size: usize) -> Vec<u8> {
    let (first, extended) = if kind > 7 { (0, Some(kind - 7)) } else { (kind, None) };
    let (short, rest) = match size {
        0..29 => (size, None),
        _ => (29, Some(size - 29)),
    };
    let byte = |number: usize| u8::try_from(number).unwrap_or(u8::MAX);
    let mut bytes = vec![first << 5 | byte(short)];
    bytes.extend(extended);
    bytes.extend(rest.map(byte));
    bytes
}

fn text(text: &str) -> Vec<u8> {
    [control(TEXT, text.len()), text.as_bytes().to_vec()].concat()
}

fn number(kind: u8, number: u64) -> Vec<u8> {
    let bytes: Vec<u8> = number.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    [control(kind, bytes.len()), bytes].concat()
}

fn list(items: &[Vec<u8>]) -> Vec<u8> {
    [control(LIST, items.len()), items.concat()].concat()
}

fn map(pairs: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let pairs_of = |(key, value): &(&str, Vec<u8>)| [text(key), value.clone()].concat();
    let all: Vec<u8> = pairs.iter().flat_map(pairs_of).collect();
    [control(MAP, pairs.len()), all].concat()
}
