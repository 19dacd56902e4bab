use super::*;
use http::HeaderValue;
use proptest::prelude::*;

fn trusted() -> TrustedProxies {
    TrustedProxies::new(vec![
        "10.0.0.0/8".parse().unwrap(),
        "127.0.0.1".parse().unwrap(),
        "fd00::/8".parse().unwrap(),
    ])
}

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in lines {
        map.append(
            name.parse::<HeaderName>().unwrap(),
            HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        );
    }
    map
}

fn address(socket: &str, forwarded_for: &[&str]) -> String {
    let lines: Vec<_> = forwarded_for.iter().map(|line| ("x-forwarded-for", *line)).collect();
    let forwarded = trusted().resolve(socket.parse().unwrap(), &headers(&lines));
    forwarded.address.to_string()
}

#[test]
fn the_client_is_the_first_untrusted_hop_from_the_right() {
    let table: &[(&str, &[&str], &str)] = &[
        // An untrusted socket: whatever it says.
        ("192.0.2.9", &["198.51.100.1"], "192.0.2.9"),
        ("192.0.2.9", &[], "192.0.2.9"),
        // A trusted proxy.
        ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", &["198.51.100.1:4711"], "198.51.100.1"),
        ("10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1"),
        ("10.0.0.1", &["[2001:db8::1]"], "2001:db8::1"),
        ("10.0.0.1", &["2001:db8::1"], "2001:db8::1"),
        ("fd00::1", &["198.51.100.1"], "198.51.100.1"),
        // A chain of trusted proxies, on one line or several.
        ("10.0.0.1", &["198.51.100.1, 10.0.0.2,10.0.0.3"], "198.51.100.1"),
        ("10.0.0.1", &["198.51.100.1", "10.0.0.2"], "198.51.100.1"),
        // What the client wrote itself stays left of what the proxy added.
        ("10.0.0.1", &["127.0.0.1, 1.1.1.1, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", &["garbage, <script>, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", &["1.1.1.1", "198.51.100.1"], "198.51.100.1"),
        // Everybody is trusted: the leftmost.
        ("10.0.0.1", &["10.0.0.9, 10.0.0.2"], "10.0.0.9"),
        // IPv4 written as IPv6 is IPv4, on both sides.
        ("::ffff:10.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1"),
        // Nothing said.
        ("10.0.0.1", &[], "10.0.0.1"),
    ];
    for (socket, lines, expected) in table {
        assert_eq!(address(socket, lines), *expected, "{socket} {lines:?}");
    }
}

#[test]
fn garbage_falls_back_to_the_socket_and_never_to_what_stands_left_of_it() {
    let garbage = [
        "a",
        "",
        ",",
        "198.51.100.1, a",
        "198.51.100.1,",
        "198.51.100.1, unknown",
        "198.51.100.1, 10.0.0.2, 999.1.1.1",
        "198.51.100.1, 0x7f.1",
        "198.51.100.1, [::1",
        "198.51.100.1, ::1]:80",
        "198.51.100.1, 1.2.3.4:",
        "198.51.100.1, 1.2.3.4:99999",
        "198.51.100.1 198.51.100.2",
        "198.51.100.1, fe80::1%eth0",
        "198.51.100.1;10.0.0.2",
    ];
    for line in garbage {
        assert_eq!(address("10.0.0.1", &[line]), "10.0.0.1", "{line:?}");
    }
    assert_eq!(address("10.0.0.1", &["198.51.100.1", "a"]), "10.0.0.1");
    assert_eq!(address("10.0.0.1", &[&"10.0.0.2,".repeat(40)]), "10.0.0.1");
    assert_eq!(address("10.0.0.1", &["198.51.100.1, \u{fc}"]), "10.0.0.1");
}

#[test]
fn scheme_and_host_come_from_trusted_proxies_only() {
    let said = headers(&[("x-forwarded-proto", "https"), ("x-forwarded-host", "auth.example")]);
    let from = |socket: &str| trusted().resolve(socket.parse().unwrap(), &said);
    let believed = from("10.0.0.1");
    assert_eq!(
        (believed.https, believed.host.as_deref()),
        (Some(true), Some("auth.example"))
    );
    let stranger = from("192.0.2.1");
    assert_eq!((stranger.https, stranger.host, stranger.trusted), (None, None, false));
}

#[test]
fn an_ambiguous_scheme_or_host_is_not_believed() {
    let cases: &[&[(&str, &str)]] = &[
        &[
            ("x-forwarded-proto", "https, http"),
            ("x-forwarded-host", "a.example, b.example"),
        ],
        &[
            ("x-forwarded-proto", "https"),
            ("x-forwarded-proto", "http"),
            ("x-forwarded-host", "a.example"),
            ("x-forwarded-host", "a.example"),
        ],
        &[
            ("x-forwarded-proto", "javascript"),
            ("x-forwarded-host", "a.example/path"),
        ],
        &[("x-forwarded-proto", ""), ("x-forwarded-host", "user@a.example")],
    ];
    for lines in cases {
        let forwarded = trusted().resolve("10.0.0.1".parse().unwrap(), &headers(lines));
        assert_eq!((forwarded.https, forwarded.host), (None, None), "{lines:?}");
    }
}

#[test]
fn underscore_look_alikes_are_ignored() {
    let lines = headers(&[
        ("x_forwarded_for", "198.51.100.1"),
        ("x_forwarded_host", "evil.example"),
        ("x-forwarded_host", "evil.example"),
        ("x_forwarded_proto", "https"),
    ]);
    let forwarded = trusted().resolve("10.0.0.1".parse().unwrap(), &lines);
    assert_eq!(forwarded.address.to_string(), "10.0.0.1");
    assert_eq!((forwarded.https, forwarded.host), (None, None));
}

#[test]
fn networks_parse_strictly() {
    for good in ["10.0.0.0/8", "0.0.0.0/0", "::/0", "192.0.2.1", "fd00::/8", "::1/128"] {
        assert!(good.parse::<Network>().is_ok(), "{good}");
    }
    for bad in [
        "",
        "10.0.0.0/33",
        "::/129",
        "10.0.0.0/",
        "10.0.0.0/+8",
        "10.0.0/8",
        "localhost",
        "/8",
        "10.0.0.0/8/8",
    ] {
        assert_eq!(bad.parse::<Network>(), Err(NetworkError), "{bad}");
    }
}

#[test]
fn a_network_holds_what_shares_its_prefix() {
    let table = [
        ("10.0.0.0/8", "10.255.255.255", true),
        ("10.0.0.0/8", "11.0.0.0", false),
        ("0.0.0.0/0", "203.0.113.7", true),
        ("0.0.0.0/0", "::1", false),
        ("192.0.2.1", "192.0.2.1", true),
        ("192.0.2.1", "192.0.2.2", false),
        ("fd00::/8", "fdff::1", true),
        ("fd00::/8", "fe80::1", false),
        ("10.0.0.0/8", "::ffff:10.1.1.1", true),
    ];
    for (network, address, inside) in table {
        let network: Network = network.parse().unwrap();
        assert_eq!(
            network.contains(address.parse().unwrap()),
            inside,
            "{network} {address}"
        );
    }
}

proptest! {
    /// Whatever the client writes in front, the proxy's own entry decides.
    #[test]
    fn what_stands_left_of_the_proxys_entry_has_no_influence(written in "[ -~]{0,80}") {
        let line = format!("{written}, 198.51.100.1");
        prop_assert_eq!(address("10.0.0.1", &[&line]), "198.51.100.1");
    }
}
