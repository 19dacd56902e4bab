//! What a browser or a proxy sends besides parameters: forwarded addresses, hosts, cookies, tickets, languages.

use grantd::interaction::cookie;
use grantd::interaction::ticket::Ticket;
use grantd::net::is_host;
use grantd::net::proxy::{Network, TrustedProxies};
use grantd_jose::Sealer;
use grantd_pages::{Locale, negotiate};
use grantd_protocol::{ScopeSet, Timestamp};
use http::header::{COOKIE, HeaderMap, HeaderName, HeaderValue};
use std::net::{IpAddr, Ipv4Addr};

/// Lines of `X-Forwarded-For`; the first line is `X-Forwarded-Proto`, the second `X-Forwarded-Host`.
pub fn forwarded(data: &[u8]) {
    let trusted = TrustedProxies::new(
        ["10.0.0.0/8", "fd00::/8"]
            .iter()
            .filter_map(|text| text.parse().ok())
            .collect(),
    );
    let mut lines = data.split(|byte| *byte == b'\n');
    let mut headers = HeaderMap::new();
    add(&mut headers, "x-forwarded-proto", lines.next());
    add(&mut headers, "x-forwarded-host", lines.next());
    for line in lines {
        add(&mut headers, "x-forwarded-for", Some(line));
    }
    let stranger = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    let told = trusted.resolve(stranger, &headers);
    assert!(
        told.address == stranger && !told.trusted,
        "a stranger is believed nothing"
    );
    assert!(
        told.https.is_none() && told.host.is_none(),
        "a stranger is believed nothing"
    );

    let proxy = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
    let told = trusted.resolve(proxy, &headers);
    assert!(told.trusted, "our own proxy is believed");
    assert!(
        told.host.as_ref().is_none_or(|host| is_host(host.as_bytes())),
        "a host is a host"
    );
    assert_eq!(told.address, told.address.to_canonical(), "one spelling of an address");
    if !trusted.contains(told.address) {
        // What stands left of the believed address is the client's own text, and must not matter.
        let mut longer = HeaderMap::new();
        add(&mut longer, "x-forwarded-for", Some(b"203.0.113.9, 10.9.9.9"));
        for line in headers.get_all("x-forwarded-for") {
            longer.append("x-forwarded-for", line.clone());
        }
        assert_eq!(
            trusted.resolve(proxy, &longer).address,
            told.address,
            "a client does not choose its address"
        );
    }
}

fn add(headers: &mut HeaderMap, name: &'static str, value: Option<&[u8]>) {
    if let Some(Ok(value)) = value.map(HeaderValue::from_bytes) {
        headers.append(HeaderName::from_static(name), value);
    }
}

/// An address or a range of them: written and read again it is the same, and holds its own address.
pub fn network(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(network) = text.parse::<Network>() else { return };
    let written = network.to_string();
    assert_eq!(written.parse::<Network>(), Ok(network), "written and read again");
    let address = written
        .split('/')
        .next()
        .and_then(|address| address.parse::<IpAddr>().ok());
    let mapped = address.is_some_and(|address| address != address.to_canonical());
    assert!(
        mapped || address.is_some_and(|address| network.contains(address)),
        "its own address is in it"
    );
}

/// A `Host`: narrow enough to be put into a URL.
pub fn host(data: &[u8]) {
    if !is_host(data) {
        return;
    }
    let text = String::from_utf8_lossy(data);
    assert!(
        text.is_ascii() && !text.contains(['/', '@', '?', '#', '\\', ',', ' ', '%']),
        "nothing but a host"
    );
    assert!(HeaderValue::from_bytes(data).is_ok(), "a header can carry it");
    if let Ok(url) = url::Url::parse(&format!("https://{text}/p")) {
        assert!(
            url.path() == "/p" && url.username().is_empty(),
            "it stays where a host stands"
        );
    }
}

/// `Cookie` headers, a line each: what is found was sent, under exactly that name.
pub fn cookie(data: &[u8]) {
    const NAME: &str = "__Host-grantd_session_demo";
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n') {
        if let Ok(line) = HeaderValue::from_bytes(line) {
            headers.append(COOKIE, line);
        }
    }
    let Some(value) = cookie::value_of(&headers, NAME) else {
        return;
    };
    assert!(value.len() <= 200 && !value.contains(';'), "one value, limited");
    let sent = |line: &HeaderValue| {
        let pairs = line.to_str().unwrap_or_default().split(';');
        pairs
            .map(|pair| pair.trim_start_matches(' '))
            .any(|pair| pair == format!("{NAME}={value}"))
    };
    assert!(headers.get_all(COOKIE).iter().any(sent), "it was sent under this name");
}

const CONTEXT: &str = "login|demo|https://id.example";
const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// The bytes, three times: as a presented ticket, as changes to a good one, and as what a good one contains.
pub fn ticket(data: &[u8]) {
    let sealer = Sealer::new([7; 32]);
    let good = Ticket {
        request: "client_id=app&scope=openid".to_owned(),
        bound_to: "b".repeat(32),
        shown: ScopeSet::empty().into(),
        made_at: NOW,
    };
    let text = good.sealed(&sealer, [9; 12], CONTEXT);
    assert!(
        Ticket::opened(&sealer, CONTEXT, &text, NOW) == Some(good),
        "a good ticket opens"
    );

    let presented = String::from_utf8_lossy(data);
    let opened = Ticket::opened(&sealer, CONTEXT, &presented, NOW);
    assert!(opened.is_none() || presented == text, "only what was sealed opens");

    let mut changed = text.clone().into_bytes();
    for edit in data.chunks_exact(2) {
        if let [position, byte] = edit {
            let position = usize::from(*position) % changed.len();
            if let Some(target) = changed.get_mut(position) {
                *target = *byte;
            }
        }
    }
    let changed = String::from_utf8_lossy(&changed);
    let opened = Ticket::opened(&sealer, CONTEXT, &changed, NOW);
    assert_eq!(opened.is_some(), changed == text, "altered, it does not open");
    assert!(
        Ticket::opened(&sealer, "consent|demo|https://id.example", &text, NOW).is_none(),
        "it opens for one purpose"
    );

    let inside = grantd_jose::base64url_encode(sealer.seal([9; 12], CONTEXT.as_bytes(), data));
    if let Some(ticket) = Ticket::opened(&sealer, CONTEXT, &inside, NOW) {
        let again = ticket.sealed(&sealer, [8; 12], CONTEXT);
        assert!(
            Ticket::opened(&sealer, CONTEXT, &again, NOW) == Some(ticket),
            "sealed and opened again"
        );
    }
}

/// `ui_locales` on the first line, `Accept-Language` on the second.
pub fn accept_language(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (asked, header) = crate::two_lines(text);
    let locale = negotiate(Some(asked), Some(header));
    assert_eq!(
        negotiate(Some(locale.tag()), Some(header)),
        locale,
        "asking for it gives it"
    );
    let text = text.to_ascii_lowercase();
    assert!(
        locale == Locale::default() || text.contains(locale.tag()),
        "nobody gets what nobody asked for"
    );
}
