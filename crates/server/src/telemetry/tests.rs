use super::*;
use crate::ambient::SystemEntropy;
use crate::metrics::Metrics;
use crate::net::{Observe, Peer, Seen};
use axum::body::Body;
use http::{Method, Response, StatusCode};
use std::io::{self, Write};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is logged while `act` runs.
fn logged(format: LogFormat, filter: &str, act: impl FnOnce()) -> String {
    let paper = Paper::default();
    let settings = LogSettings {
        format,
        filter: filter.to_owned(),
    };
    let writer = paper.clone();
    let subscriber = subscriber(&settings, move || writer.clone()).unwrap();
    tracing::subscriber::with_default(subscriber, act);
    String::from_utf8(paper.0.lock().unwrap().clone()).unwrap()
}

fn peer() -> Peer {
    Peer {
        address: "192.0.2.1".parse().unwrap(),
        socket: "192.0.2.1:4711".parse().unwrap(),
        tls: true,
        forwarded_host: None,
        from_trusted_proxy: false,
        client_certificate: None,
        request_id: RequestId::draw(&SystemEntropy),
    }
}

fn observe(observation: &Observation, method: &Method, status: StatusCode, client: Option<&str>) -> Peer {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.extensions_mut().insert(Route("token"));
    if let Some(client) = client {
        response.extensions_mut().insert(LoggedClient(client.into()));
    }
    let peer = peer();
    observation.finished(&Seen {
        method,
        peer: &peer,
        response: &response,
        took: Duration::from_micros(1500),
    });
    peer
}

fn observation(access_log: AccessLog) -> Observation {
    Observation::new(access_log, Arc::new(Metrics::new()))
}

#[test]
fn a_request_is_one_json_line_with_its_route_and_not_its_path() {
    let mut id = String::new();
    let text = logged(LogFormat::Json, "info", || {
        let peer = observe(
            &observation(AccessLog::ALL),
            &Method::POST,
            StatusCode::OK,
            Some("app1"),
        );
        id = peer.request_id.to_string();
    });
    assert_eq!(text.lines().count(), 1);
    let line: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(line["method"], "POST");
    assert_eq!(line["route"], "token");
    assert_eq!(line["status"], 200);
    assert_eq!(line["micros"], 1500);
    assert_eq!(line["address"], "192.0.2.1");
    assert_eq!(line["client_id"], "app1");
    assert_eq!(line["request_id"], id);
    assert_eq!(line["level"], "INFO");
}

#[test]
fn a_client_that_is_not_known_is_not_named() {
    let text = logged(LogFormat::Json, "info", || {
        observe(&observation(AccessLog::ALL), &Method::POST, StatusCode::OK, None);
    });
    assert!(!text.contains("client_id"), "{text}");
}

#[test]
fn no_text_writes_a_line_of_its_own_or_moves_the_cursor() {
    let evil = "a\r\n2026 INFO forged\u{1b}[2J\u{9b}\u{7f}\u{2028}\u{202e}\"} {\"level\":\"${jndi:x}%n%s\0";
    for format in [LogFormat::Json, LogFormat::Text] {
        let text = logged(format, "info", || {
            observe(&observation(AccessLog::ALL), &Method::GET, StatusCode::OK, Some(evil));
            tracing::info!(plain = evil, debugged = ?evil, shown = %evil, "{evil}");
        });
        assert_eq!(text.lines().count(), 2, "{text:?}");
        let body = text.replace('\n', "");
        assert!(!body.chars().any(char::is_control), "{text:?}");
        assert!(!body.contains(['\u{2028}', '\u{202e}']), "{text:?}");
        if format == LogFormat::Json {
            for line in text.lines() {
                let value: serde_json::Value = serde_json::from_str(line).unwrap();
                assert_eq!(value["level"], "INFO");
            }
            let second: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
            assert_eq!((&second["plain"], &second["shown"]), (&evil.into(), &evil.into()));
        }
    }
}

#[test]
fn a_method_that_the_client_made_up_is_not_repeated() {
    let text = logged(LogFormat::Text, "info", || {
        let method = Method::from_bytes(b"HUNTER2").unwrap();
        observe(&observation(AccessLog::ALL), &method, StatusCode::OK, None);
    });
    assert!(text.contains("method=\"other\"") && !text.contains("HUNTER2"), "{text}");
}

#[test]
fn the_access_log_can_be_off_or_sampled_and_internal_errors_always_show() {
    let count = |access_log: AccessLog, status: StatusCode| {
        let text = logged(LogFormat::Json, "info", || {
            let observation = observation(access_log);
            for _ in 0..100 {
                observe(&observation, &Method::GET, status, None);
            }
        });
        text.lines().count()
    };
    assert_eq!(count(AccessLog::Off, StatusCode::OK), 0);
    let sampled = AccessLog::OneIn(NonZeroU32::new(10).unwrap());
    assert_eq!(count(sampled, StatusCode::OK), 10);
    assert_eq!(count(sampled, StatusCode::INTERNAL_SERVER_ERROR), 100);
}

#[test]
fn the_filter_leaves_out_what_it_says() {
    let text = logged(LogFormat::Json, "info,grantd::access=off", || {
        observe(&observation(AccessLog::ALL), &Method::GET, StatusCode::OK, None);
        tracing::info!("kept");
        tracing::debug!("left out");
    });
    assert_eq!(text.lines().count(), 1);
    let filter = LogSettings {
        filter: "info,=,".to_owned(),
        ..LogSettings::default()
    };
    assert!(matches!(subscriber(&filter, io::sink), Err(LogFault::Filter { .. })));
}

#[test]
fn a_fault_is_one_line_with_its_causes_and_the_requests_id() {
    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] io::Error);
    let id = RequestId::draw(&SystemEntropy);
    let text = logged(LogFormat::Json, "error", || {
        fault(id, &Outer(io::Error::other("inner")))
    });
    let line: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(line["fault"], "outer: inner");
    assert_eq!(line["request_id"], id.to_string());
}

#[test]
fn a_very_long_text_is_cut() {
    let text = logged(LogFormat::Json, "info", || {
        tracing::info!(long = "x".repeat(100_000), "m")
    });
    assert!(text.len() < 3000, "{}", text.len());
}
