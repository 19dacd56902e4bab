//! The loop against a small server of threads that answers in pieces, closes, or says what cannot be measured.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

use super::*;
use crate::fleet::Fleet;
use crate::script::{Expected, Extract, Order, Script, Source, Template, Use};

/// Serves `answer(body) -> pieces` on every connection; a connection ends after an empty answer.
fn server(answer: impl Fn(&str) -> Vec<String> + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || serve(stream, &answer));
        }
    });
    address
}

fn serve(stream: TcpStream, answer: &impl Fn(&str) -> Vec<String>) {
    stream.set_nodelay(true).unwrap();
    let mut writer = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if let Some(value) = line.strip_prefix("Content-Length: ") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let pieces = answer(std::str::from_utf8(&body).unwrap());
        if pieces.is_empty() {
            return;
        }
        for piece in pieces {
            if writer.write_all(piece.as_bytes()).is_err() {
                return;
            }
        }
    }
}

fn reply(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn script(source: Source, extract: Option<&str>) -> Script {
    let template = Template {
        head: "POST / HTTP/1.1\r\n".to_owned(),
        body: Some("t=".to_owned()),
    };
    Script {
        templates: vec![template],
        source,
        replies: vec![extract.map_or(Expected::OK, |name| Expected::ok_with(Extract::Member(name.to_owned())))],
    }
}

#[test]
fn a_count_of_requests_is_kept_exactly_and_replies_in_pieces_count_once() {
    let address = server(|_| reply("{\"a\":1}").split_inclusive('\n').map(str::to_owned).collect());
    let mut target = Target::open(address, 4, Feed::new(script(Source::Templates, None))).unwrap();
    let slice = target.slice(30.0, Some(50)).unwrap();
    assert_eq!((slice.good, slice.bad()), (50, 0), "{:?}", slice.first_error);
    assert_eq!(Histogram::from_pairs(&slice.latencies).len(), 50);
    assert!(slice.seconds < 30.0, "it ends with the last reply");
}

#[test]
fn chains_go_on_across_slices() {
    // Each reply carries the number after the one that was sent.
    let address = server(|body| {
        let number: u32 = body.strip_prefix("t=").unwrap().parse().unwrap();
        vec![reply(&format!("{{\"next\":\"{}\"}}", number + 1))]
    });
    let source = Source::Values {
        order: Order::Oldest,
        used: Use::Successor,
    };
    let mut target = Target::open(address, 1, Feed::new(script(source, Some("next")))).unwrap();
    target.add(vec![(0, "0".to_owned())]);
    target.slice(30.0, Some(3)).unwrap();
    target.slice(30.0, Some(4)).unwrap();
    let mut request = Vec::new();
    target.feed.next(&mut request).unwrap();
    assert!(request.ends_with(b"t=7"));
}

#[test]
fn a_slice_ends_when_the_values_are_spent() {
    let address = server(|_| vec![reply("{}")]);
    let source = Source::Values {
        order: Order::Oldest,
        used: Use::Once,
    };
    let mut target = Target::open(address, 8, Feed::new(script(source, None))).unwrap();
    target.add((0..20).map(|n| (0, n.to_string())).collect());
    let slice = target.slice(30.0, None).unwrap();
    assert_eq!((slice.good, slice.waiting), (20, 0));
}

#[test]
fn refusals_lost_connections_and_chunks_are_counted_and_named() {
    let address = server(|body| match body {
        "t=refuse" => {
            vec!["HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 4\r\n\r\nnope".to_owned()]
        }
        "t=chunk" => vec!["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_owned()],
        "t=close" => vec![],
        _ => vec![reply("{}")],
    });
    let source = Source::Values {
        order: Order::Oldest,
        used: Use::Once,
    };
    let mut target = Target::open(address, 1, Feed::new(script(source, None))).unwrap();
    let values = ["fine", "refuse", "fine", "chunk", "fine", "close", "fine"];
    target.add(values.iter().map(|value| (0, (*value).to_owned())).collect());
    let slice = target.slice(30.0, None).unwrap();
    assert_eq!((slice.good, slice.errors, slice.reconnects), (4, 2, 1));
    assert_eq!(slice.statuses.get(&401), Some(&1));
    assert_eq!(slice.first_refusal.as_deref(), Some("401 nope"));
    assert!(slice.first_error.unwrap().contains("chunked"));
}

#[test]
fn a_watched_process_that_is_gone_is_an_error_and_not_a_zero() {
    let address = server(|_| vec![reply("{}")]);
    let script = script(Source::Templates, None);
    assert!(
        Fleet::open(address, 2, &script, vec![u32::MAX])
            .unwrap()
            .slice(1.0, Some(1))
            .is_err()
    );
    let slice = Fleet::open(address, 3, &script, vec![std::process::id()])
        .unwrap()
        .slice(30.0, Some(5))
        .unwrap();
    assert_eq!((slice.good, slice.bad()), (5, 0), "threads share the count exactly");
}
