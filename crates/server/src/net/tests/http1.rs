//! HTTP/1: limits, malformed requests, timeouts.

use super::*;

const HOST: &str = "Host: a.example\r\n";

fn get(target: &str, header: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\n{HOST}{header}Connection: close\r\n\r\n").into_bytes()
}

#[tokio::test]
async fn a_request_is_answered_and_the_connection_kept() {
    let house = House::open(patient()).await;
    let mut socket = house.connect().await;
    for _ in 0..3 {
        socket
            .write_all(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
            .await
            .unwrap();
        let reply = one_reply(&mut socket).await;
        assert!(reply.ends_with("hello"), "{reply}");
        assert!(!reply.to_lowercase().contains("server:"), "{reply}");
    }
}

#[tokio::test]
async fn a_target_beyond_8_kb_is_414_and_one_of_8_kb_is_not() {
    let house = House::open(patient()).await;
    let target = |length: usize| format!("/{}", "a".repeat(length - 1));
    assert_eq!(house.status(&get(&target(8 * 1024), "")).await, 200);
    assert_eq!(house.status(&get(&target(8 * 1024 + 1), "")).await, 414);
    assert_eq!(house.status(&get(&target(64 * 1024), "")).await, 414);
}

#[tokio::test]
async fn a_header_beyond_8_kb_is_431_in_one_line_or_in_many() {
    let house = House::open(patient()).await;
    let line = |length: usize| format!("X-Long: {}\r\n", "a".repeat(length));
    assert_eq!(house.status(&get("/", &line(8 * 1024 - 100))).await, 200);
    assert_eq!(house.status(&get("/", &line(8 * 1024))).await, 431);
    assert_eq!(house.status(&get("/", &line(64 * 1024))).await, 431);
    assert_eq!(house.status(&get("/", &line(1000).repeat(9))).await, 431);
    assert_eq!(house.status(&get("/", &line(1 << 20))).await, 431);
}

#[tokio::test]
async fn a_thousand_header_lines_are_431_and_ninety_are_not() {
    let house = House::open(patient()).await;
    assert_eq!(house.status(&get("/", &"X: y\r\n".repeat(90))).await, 200);
    assert_eq!(house.status(&get("/", &"X: y\r\n".repeat(1000))).await, 431);
    let few = House::open(Limits {
        max_headers: 5,
        ..patient()
    })
    .await;
    assert_eq!(few.status(&get("/", &"X: y\r\n".repeat(10))).await, 431);
}

#[tokio::test]
async fn malformed_heads_are_400() {
    let house = House::open(patient()).await;
    let cases: [(&str, &[u8]); 12] = [
        ("obs-fold", b"GET / HTTP/1.1\r\nHost: a.example\r\nX: a\r\n b\r\n\r\n"),
        (
            "bare CR in a value",
            b"GET / HTTP/1.1\r\nHost: a.example\r\nX: a\rb\r\n\r\n",
        ),
        ("space before the colon", b"GET / HTTP/1.1\r\nHost : a.example\r\n\r\n"),
        (
            "NUL in a value",
            b"GET / HTTP/1.1\r\nHost: a.example\r\nX: a\0b\r\n\r\n",
        ),
        ("no name", b"GET / HTTP/1.1\r\nHost: a.example\r\n: b\r\n\r\n"),
        (
            "space in a name",
            b"GET / HTTP/1.1\r\nHost: a.example\r\nX Y: b\r\n\r\n",
        ),
        ("no such version", b"GET / HTTP/9.9\r\nHost: a.example\r\n\r\n"),
        ("bad method", b"G(T / HTTP/1.1\r\nHost: a.example\r\n\r\n"),
        ("space in the target", b"GET /a b HTTP/1.1\r\nHost: a.example\r\n\r\n"),
        ("garbage", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
        (
            "two lengths",
            b"POST /body HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        ),
        (
            "bad length",
            b"POST /body HTTP/1.1\r\nHost: a.example\r\nContent-Length: +1\r\n\r\na",
        ),
    ];
    for (what, bytes) in cases {
        assert_eq!(house.status(bytes).await, 400, "{what}");
    }
    assert!(house.witness.0.lock().unwrap().is_empty(), "a handler saw one of them");
}

#[tokio::test]
async fn a_host_that_is_absent_double_or_none_is_400() {
    let house = House::open(patient()).await;
    for hosts in [
        "",
        "Host: a.example\r\nHost: a.example\r\n",
        "Host: a.example\r\nHost: b.example\r\n",
        "Host:\r\n",
        "Host: a.example, b.example\r\n",
        "Host: a.example/x\r\n",
        "Host: user@a.example\r\n",
    ] {
        let request = format!("GET / HTTP/1.1\r\n{hosts}\r\n");
        assert_eq!(house.status(request.as_bytes()).await, 400, "{hosts:?}");
    }
}

#[tokio::test]
async fn an_absolute_target_with_another_host_is_400() {
    let house = House::open(patient()).await;
    let other = b"GET http://b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n";
    assert_eq!(house.status(other).await, 400);
}

#[tokio::test]
async fn what_is_pipelined_behind_a_refused_request_is_not_answered() {
    let house = House::open(patient()).await;
    let next = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    for first in [
        "GET / HTTP/1.1\r\nHost : a.example\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "POST /body HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: gzip\r\n\r\n",
        "POST /body HTTP/1.0\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ] {
        let reply = house.say(format!("{first}{next}").as_bytes()).await;
        assert!(!reply.contains("hello"), "{first:?} {reply:?}");
        assert!(reply.matches("HTTP/1.1 ").count() <= 1, "{reply:?}");
    }
}

#[tokio::test]
async fn trace_and_connect_are_405_and_an_upgrade_is_not_taken() {
    let house = House::open(patient()).await;
    let trace = b"TRACE / HTTP/1.1\r\nHost: a.example\r\nCookie: s=1\r\n\r\n";
    let reply = house.say(trace).await;
    assert_eq!(status_of(&reply), 405);
    assert!(!reply.contains("s=1"));
    assert!(
        reply.to_ascii_lowercase().contains("\r\nallow: get, head, post, "),
        "{reply}"
    );
    assert_eq!(
        house
            .status(b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n")
            .await,
        405
    );
    let upgrade = get(
        "/",
        "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    );
    assert_eq!(house.status(&upgrade).await, 200, "answered as a plain request");
}

#[tokio::test]
async fn a_slow_head_is_cut_however_it_trickles() {
    let house = House::open(Limits {
        header_timeout: SHORT,
        ..patient()
    })
    .await;
    // Nothing at all, a part, and one byte after the other.
    assert_eq!(house.say(b"").await, "");
    assert_eq!(house.say(b"GET / HTTP/1.1\r\nHost: a.exam").await, "");
    let mut socket = house.connect().await;
    let trickle = async {
        loop {
            if socket.write_all(b"G").await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(LONG, trickle)
        .await
        .expect("a trickling head is cut");
}

#[tokio::test]
async fn a_slow_second_head_is_cut_and_an_idle_connection_is_not() {
    let house = House::open(Limits {
        header_timeout: SHORT,
        ..patient()
    })
    .await;
    let mut socket = house.connect().await;
    let request = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    socket.write_all(request).await.unwrap();
    one_reply(&mut socket).await;
    // Idle for longer than a head may take.
    assert!(tokio::time::timeout(SHORT * 2, socket.read_u8()).await.is_err());
    socket.write_all(request).await.unwrap();
    one_reply(&mut socket).await;
    socket.write_all(b"GET / HT").await.unwrap();
    assert_eq!(until_closed(&mut socket).await, "");
}

#[tokio::test]
async fn an_idle_connection_is_closed_in_the_end() {
    let house = House::open(Limits {
        idle_timeout: SHORT,
        ..patient()
    })
    .await;
    let mut socket = house.connect().await;
    socket
        .write_all(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
        .await
        .unwrap();
    one_reply(&mut socket).await;
    assert_eq!(until_closed(&mut socket).await, "");
}

#[tokio::test]
async fn a_slow_body_is_408_and_the_connection_closed() {
    let house = House::open(patient()).await;
    let slow = b"POST /hurried-body HTTP/1.1\r\nHost: a.example\r\nContent-Length: 10\r\n\r\nabc";
    assert_eq!(house.status(slow).await, 408);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_413_also_when_it_says_no_length() {
    let house = House::open(patient()).await;
    let mut said =
        b"POST /body HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\nContent-Length: 200000\r\n\r\n".to_vec();
    said.extend(vec![b'a'; 200_000]);
    assert_eq!(house.status(&said).await, 413);
    let mut chunked =
        b"POST /body HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..200 {
        chunked.extend(b"10\r\n0123456789abcdef\r\n");
    }
    chunked.extend(b"0\r\n\r\n");
    assert_eq!(house.status(&chunked).await, 413);
}

#[tokio::test]
async fn a_client_that_is_refused_while_it_sends_can_finish_and_read_why() {
    let house = House::open(patient()).await;
    let mut socket = house.connect().await;
    let head = "POST /body HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\nContent-Length: 900000\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    let reply = one_reply(&mut socket).await;
    assert_eq!(status_of(&reply), 413);
    // The server has answered and closed its side, and still takes what comes.
    for _ in 0..900 {
        socket.write_all(&[b'a'; 1000]).await.unwrap();
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_compressed_body_is_415() {
    let house = House::open(patient()).await;
    for coding in ["gzip", "br", "zstd", "deflate"] {
        let request = format!(
            "POST /body HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\nContent-Encoding: {coding}\r\nContent-Length: 1\r\n\r\na"
        );
        assert_eq!(house.status(request.as_bytes()).await, 415, "{coding}");
    }
}

#[tokio::test]
async fn a_length_beside_chunks_does_not_smuggle_a_request() {
    let house = House::open(patient()).await;
    let request = b"POST /body HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /peer HTTP/1.1\r\nHost: a.example\r\n\r\n";
    let reply = house.say(request).await;
    assert!(!reply.contains("tls="), "{reply}");
}

#[tokio::test]
async fn a_panic_is_a_500_with_the_requests_id_and_without_the_panics_text() {
    let house = House::open(patient()).await;
    let mut socket = house.connect().await;
    socket
        .write_all(b"GET /panic HTTP/1.1\r\nHost: a.example\r\n\r\n")
        .await
        .unwrap();
    let reply = one_reply(&mut socket).await;
    assert_eq!(status_of(&reply), 500);
    assert!(!reply.contains("hunter2"), "{reply}");
    let id = reply.trim_end().rsplit(' ').next().unwrap();
    assert!(
        id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{reply}"
    );
    // The server and even the connection live on.
    socket
        .write_all(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(status_of(&one_reply(&mut socket).await), 200);
}

#[tokio::test]
async fn every_request_is_observed_also_a_refused_and_a_panicked_one() {
    let house = House::open(patient()).await;
    for target in ["/", "/panic"] {
        house.say(&get(target, "")).await;
    }
    house.say(b"GET / HTTP/1.1\r\n\r\n").await;
    let seen: Vec<u16> = house.witness.0.lock().unwrap().iter().map(StatusCode::as_u16).collect();
    assert_eq!(seen, [200, 500, 400]);
}

#[tokio::test]
async fn forwarded_headers_of_a_stranger_change_nothing_and_of_a_trusted_proxy_do() {
    let lines = "X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: auth.example\r\n";
    let open = House::open(patient()).await;
    let reply = open.say(&get("/peer", lines)).await;
    assert!(
        reply.ends_with("127.0.0.1 tls=false host=a.example certificate=0"),
        "{reply}"
    );
    let trusted = TrustedProxies::new(vec!["127.0.0.0/8".parse().unwrap()]);
    let behind = House::open_with(patient(), None, trusted).await;
    let reply = behind.say(&get("/peer", lines)).await;
    assert!(
        reply.ends_with("198.51.100.1 tls=true host=auth.example certificate=0"),
        "{reply}"
    );
}
