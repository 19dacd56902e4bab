//! Rows of HTTP itself: hosts, forwarded headers, sizes, slowness, paths, methods, encodings.

use super::stage::Stage;
use super::{Rows, rows};
use crate::harness::raw::{connect, exchange, read_to_end, refused, statuses};
use std::io::Write;

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "Q01" => unknown_host,
    "Q02" => hosts_twice_or_not_at_all,
    "Q04" => underscored_forwarded_host,
    "Q05" => unparsable_forwarded_for,
    "Q06" => issuer_is_never_the_hosts,
    "Q08" => ambiguous_headers,
    "Q09" => long_uri,
    "Q10" => large_headers,
    "Q12" => slow,
    "Q13" => idle_connections,
    "Q18" => compressed_bodies,
    "Q20" => many_pairs,
    "Q21" => many_names,
    "Q22" => unclean_bytes,
    "Q24" => other_spellings_of_a_path,
    "Q25" => methods,
    "Q26" => nested_parentheses,
    "Q28" => pipelined_after_an_error,
    "Q29" => websocket,
};

/// A GET with these header lines.
fn get(s: S, target: &str, lines: &str) -> String {
    exchange(
        s.server.port(),
        format!("GET {target} HTTP/1.1\r\n{lines}connection: close\r\n\r\n").as_bytes(),
    )
}

fn host(s: S) -> String {
    format!("host: localhost:{}\r\n", s.server.port())
}

const METADATA: &str = "/.well-known/oauth-authorization-server";

async fn unknown_host(s: S) {
    for name in [
        "evil.example",
        "localhost",
        "localhost:1",
        "id.example.evil.example",
        "evil.example@localhost",
    ] {
        let reply = get(s, METADATA, &format!("host: {name}\r\n"));
        assert!(matches!(statuses(&reply)[..], [400 | 421]), "{name}: {reply}");
        assert!(!reply.contains("evil.example"));
    }
}

async fn hosts_twice_or_not_at_all(s: S) {
    for lines in [
        String::new(),
        host(s) + &host(s),
        host(s) + "host: evil.example\r\n",
        "host:\r\n".to_owned(),
    ] {
        assert_eq!(statuses(&get(s, METADATA, &lines)), [400], "{lines:?}");
    }
}

async fn underscored_forwarded_host(s: S) {
    let reply = get(
        s,
        METADATA,
        &(host(s) + "X_Forwarded_Host: evil.example\r\nX_Forwarded_Proto: https\r\n"),
    );
    assert_eq!(statuses(&reply), [200]);
    assert!(reply.contains(&s.realm.issuer()) && !reply.contains("evil.example"));
}

async fn unparsable_forwarded_for(s: S) {
    for value in ["a", "", ",", "1.2.3.4, a", "127.0.0.1:99999", &"1.1.1.1,".repeat(500)] {
        let reply = get(s, METADATA, &format!("{}x-forwarded-for: {value}\r\n", host(s)));
        assert!(matches!(statuses(&reply)[..], [200 | 400 | 431]), "{value}: {reply}");
    }
}

async fn issuer_is_never_the_hosts(s: S) {
    let reply = get(s, METADATA, &(host(s) + "x-forwarded-host: evil.example\r\n"));
    assert!(
        matches!(statuses(&reply)[..], [400 | 421]) || reply.contains(&s.realm.issuer()),
        "{reply}"
    );
    assert!(!reply.contains("evil.example"), "{reply}");
    // Another host that is ours names its own realm.
    let secure = get(s, METADATA, "host: id.example\r\nx-forwarded-proto: https\r\n");
    assert!(secure.contains("\"issuer\":\"https://id.example\""), "{secure}");
}

async fn ambiguous_headers(s: S) {
    for lines in [
        "x: a\r\n b\r\n",
        "x : a\r\n",
        "x\r\n",
        "x: a\rb\r\n",
        "x\0: a\r\n",
        " x: a\r\n",
    ] {
        refused(&get(s, METADATA, &(host(s) + lines)));
    }
    let both = "content-length: 3\r\ntransfer-encoding: chunked\r\n";
    for lines in [
        both,
        "content-length: 3\r\ncontent-length: 4\r\n",
        "content-length: +3\r\n",
        "transfer-encoding: x\r\n",
    ] {
        let request = format!("POST /token HTTP/1.1\r\n{}{lines}connection: close\r\n\r\nabc", host(s));
        refused(&exchange(s.server.port(), request.as_bytes()));
    }
    // Chunks that are whole, so that nothing but the coding is wrong.
    for coding in [
        "gzip, chunked",
        "chunked, chunked",
        "chunked\r\ntransfer-encoding: chunked",
    ] {
        let lines = format!("{}transfer-encoding: {coding}\r\n", host(s));
        let request = format!("POST /token HTTP/1.1\r\n{lines}\r\n3\r\na=b\r\n0\r\n\r\n");
        let reply = exchange(s.server.port(), request.as_bytes());
        assert_eq!(statuses(&reply), [400], "{coding}");
        assert!(reply.contains("The transfer coding must be chunked"), "{reply}");
    }
}

async fn long_uri(s: S) {
    let reply = get(s, &format!("/authorize?x={}", "a".repeat(64 * 1024)), &host(s));
    assert_eq!(statuses(&reply), [414]);
}

async fn large_headers(s: S) {
    let one = format!("{}x: {}\r\n", host(s), "a".repeat(64 * 1024));
    let many: String = (0..1000).map(|index| format!("x-{index}: a\r\n")).collect();
    for lines in [one, host(s) + &many] {
        let reply = get(s, METADATA, &lines);
        assert!(
            matches!(statuses(&reply)[..], [431] | []),
            "{}",
            &reply[..reply.len().min(200)]
        );
    }
}

async fn slow(s: S) {
    // Both at once, since each takes as long as the server's patience.
    let begun = [
        format!("GET {METADATA} HTTP/1.1\r\n{}", host(s)),
        format!(
            "POST /token HTTP/1.1\r\n{}content-type: application/x-www-form-urlencoded\r\ncontent-length: 50\r\n\r\ngrant",
            host(s)
        ),
    ];
    let mut streams: Vec<_> = begun
        .iter()
        .map(|text| {
            let mut stream = connect(s.server.port());
            stream.write_all(text.as_bytes()).unwrap();
            stream
        })
        .collect();
    for stream in &mut streams {
        refused(&read_to_end(stream));
        // The server has closed: nothing more ever comes.
        assert_eq!(stream.peek(&mut [0]).unwrap_or(0), 0);
    }
}

async fn idle_connections(s: S) {
    let idle: Vec<_> = (0..500).map(|_| connect(s.server.port())).collect();
    assert_eq!(statuses(&get(s, METADATA, &host(s))), [200]);
    drop(idle);
}

/// A form post to the token endpoint with these lines and this body.
fn post(s: S, lines: &str, body: &[u8]) -> String {
    let mut request = format!(
        "POST /token HTTP/1.1\r\n{}content-type: application/x-www-form-urlencoded\r\n{lines}content-length: {}\r\nconnection: close\r\n\r\n",
        host(s),
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    exchange(s.server.port(), &request)
}

async fn compressed_bodies(s: S) {
    for encoding in ["gzip", "br", "zstd", "deflate", "gzip, identity", "x"] {
        let reply = post(s, &format!("content-encoding: {encoding}\r\n"), b"x");
        assert_eq!(statuses(&reply), [415], "{encoding}");
        assert!(reply.contains("{\"error\":\"invalid_request\""), "{reply}");
    }
}

async fn many_pairs(s: S) {
    let before = s.server.resident_kib();
    for body in ["a=b&".repeat(100_000), "a&".repeat(30_000), "&".repeat(60_000)] {
        refused(&post(s, "", body.as_bytes()));
    }
    assert!(s.server.resident_kib() < before + 64 * 1024);
}

async fn many_names(s: S) {
    let names: String = (0..6_000).map(|index| format!("k{index}=&")).collect();
    refused(&post(s, "", names.as_bytes()));
}

async fn unclean_bytes(s: S) {
    for body in [
        &b"grant_type=%00"[..],
        b"grant_type=%c0%af",
        b"grant_type=%ed%a0%80",
        b"grant_type=%ZZ",
        b"\xff\xfe=1",
        b"%",
        b"grant_type=\0",
    ] {
        let reply = post(s, "", body);
        assert!(matches!(statuses(&reply)[..], [400 | 401]), "{reply}");
    }
    for target in [
        "/authorize?client_id=%00",
        "/authorize?client_id=%c0%af",
        "/authorize?%ZZ",
        "/%00",
        "/%ff",
    ] {
        let reply = get(s, target, &host(s));
        assert!(matches!(statuses(&reply)[..], [400 | 404]), "{target}: {reply}");
    }
}

async fn other_spellings_of_a_path(s: S) {
    for path in [
        "//token",
        "/%74oken",
        "/token;x",
        "/token/",
        "/TOKEN",
        "/./token",
        "/x/../token",
        "/token%00",
        "/other//token",
    ] {
        let request = format!(
            "POST {path} HTTP/1.1\r\n{}content-length: 0\r\nconnection: close\r\n\r\n",
            host(s)
        );
        assert_eq!(
            statuses(&exchange(s.server.port(), request.as_bytes())),
            [404],
            "{path}"
        );
    }
}

async fn methods(s: S) {
    for (method, path, status) in [
        ("HEAD", METADATA, 200),
        ("HEAD", "/token", 405),
        ("HEAD", "/logout", 405),
        ("OPTIONS", "/token", 204),
        ("OPTIONS", "/authorize", 405),
        ("TRACE", "/token", 405),
        ("TRACE", METADATA, 405),
        ("GET", "/token", 405),
        ("PUT", "/token", 405),
        ("DELETE", "/revoke", 405),
        ("POST", METADATA, 405),
        ("BREW", "/token", 405),
    ] {
        let request = format!("{method} {path} HTTP/1.1\r\n{}connection: close\r\n\r\n", host(s));
        let reply = exchange(s.server.port(), request.as_bytes());
        assert_eq!(statuses(&reply), [status], "{method} {path}");
        let body = reply.split_once("\r\n\r\n").unwrap().1;
        assert!(method != "HEAD" || body.is_empty(), "{body}");
    }
    let connect = format!("CONNECT evil.example:443 HTTP/1.1\r\n{}\r\n", host(s));
    refused(&exchange(s.server.port(), connect.as_bytes()));
}

async fn nested_parentheses(s: S) {
    let reply = get(s, &format!("/authorize?filter={}", "(".repeat(4_000)), &host(s));
    assert_eq!(statuses(&reply), [400]);
}

async fn pipelined_after_an_error(s: S) {
    // What follows a request whose end nobody knows is not a request.
    let broken = format!(
        "POST /token HTTP/1.1\r\n{}content-length: x\r\n\r\nGET {METADATA} HTTP/1.1\r\n{}\r\n",
        host(s),
        host(s)
    );
    let replies = statuses(&exchange(s.server.port(), broken.as_bytes()));
    assert_eq!(replies, [400]);
    let hostless = format!(
        "GET {METADATA} HTTP/1.1\r\n\r\nGET {METADATA} HTTP/1.1\r\n{}\r\n",
        host(s)
    );
    assert_eq!(statuses(&exchange(s.server.port(), hostless.as_bytes())), [400]);
}

async fn websocket(s: S) {
    let lines = "connection: upgrade, close\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
    for path in ["/authorize", "/token", METADATA] {
        let request = format!("GET {path} HTTP/1.1\r\n{}{lines}\r\n", host(s));
        let replies = statuses(&exchange(s.server.port(), request.as_bytes()));
        assert!(!replies.contains(&101), "{path}: {replies:?}");
    }
}
