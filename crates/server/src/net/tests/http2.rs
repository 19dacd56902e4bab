//! HTTP/2: the same limits, and floods of frames.

use super::tls::{Certificate, connect};
use super::*;
use bytes::Bytes;
use h2::client::SendRequest;
use rustls::version;

async fn house(limits: Limits) -> (Certificate, House) {
    let certificate = Certificate::new();
    let house = House::open_with(limits, Some(certificate.tls()), TrustedProxies::default()).await;
    (certificate, house)
}

/// A client, and the task that drives its connection and ends with it.
async fn client(certificate: &Certificate, house: &House) -> (SendRequest<Bytes>, JoinHandle<Result<(), h2::Error>>) {
    let stream = connect(house, certificate.client(&["h2"], &[&version::TLS13]))
        .await
        .unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    (client, tokio::spawn(connection))
}

fn request(path: &str) -> Request<()> {
    Request::get(format!("https://a.example{path}")).body(()).unwrap()
}

async fn ask(client: &SendRequest<Bytes>, request: Request<()>) -> Result<u16, h2::Error> {
    let mut client = client.clone().ready().await?;
    let (response, _stream) = client.send_request(request, true)?;
    Ok(tokio::time::timeout(LONG, response)
        .await
        .expect("a reply")?
        .status()
        .as_u16())
}

#[tokio::test]
async fn requests_are_answered_side_by_side_under_the_same_limits() {
    let (certificate, house) = house(patient()).await;
    let (client, _driver) = client(&certificate, &house).await;
    let long = format!("/{}", "a".repeat(9000));
    let mut heavy = request("/");
    heavy.headers_mut().insert("x-long", "a".repeat(9000).parse().unwrap());
    let mut two_hosts = request("/");
    two_hosts.headers_mut().insert("host", "b.example".parse().unwrap());
    let (plain, uri, header, host, panic) = tokio::join!(
        ask(&client, request("/")),
        ask(&client, request(&long)),
        ask(&client, heavy),
        ask(&client, two_hosts),
        ask(&client, request("/panic")),
    );
    let statuses = [plain, uri, header, host, panic].map(Result::unwrap);
    assert_eq!(statuses, [200, 414, 431, 400, 500]);
}

#[tokio::test]
async fn replies_of_one_connection_that_wait_for_their_turn_together_come_whole() {
    let (certificate, house) = house(patient()).await;
    let (client, _driver) = client(&certificate, &house).await;
    let replies = (0..20).map(|_| {
        let client = client.clone();
        tokio::spawn(async move {
            let (response, _stream) = client
                .ready()
                .await
                .unwrap()
                .send_request(request("/long"), true)
                .unwrap();
            let mut body = response.await.unwrap().into_body();
            let mut length = 0;
            while let Some(data) = body.data().await {
                let data = data.unwrap();
                length += data.len();
                body.flow_control().release_capacity(data.len()).unwrap();
            }
            length
        })
    });
    for reply in replies.collect::<Vec<_>>() {
        let length = tokio::time::timeout(LONG, reply).await.expect("a reply").unwrap();
        assert_eq!(length, 40_000);
    }
}

#[tokio::test]
async fn cleartext_speaks_http1_only() {
    let house = House::open(patient()).await;
    let reply = house
        .say(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
        .await;
    assert!(reply.is_empty() || reply.starts_with("HTTP/1.1 4"), "{reply:?}");
}

#[tokio::test]
async fn rapid_resets_end_the_connection_and_not_the_server() {
    let (certificate, house) = house(patient()).await;
    let mut stream = connect(&house, certificate.client(&["h2"], &[&version::TLS13]))
        .await
        .unwrap();
    let mut flood = PREFACE.to_vec();
    for id in (1_u32..2000).step_by(2) {
        // `GET https://a.example/` in HPACK's static table, and RST_STREAM with CANCEL.
        let head = b"\x82\x87\x84\x41\x09a.example";
        flood.extend([0, 0, u8::try_from(head.len()).unwrap(), 1, 5]);
        flood.extend(id.to_be_bytes());
        flood.extend(head);
        flood.extend([0, 0, 4, 3, 0]);
        flood.extend(id.to_be_bytes());
        flood.extend([0, 0, 0, 8]);
    }
    let _written = stream.write_all(&flood).await;
    until_closed(&mut stream).await;
    let seen = house.witness.0.lock().unwrap().len();
    assert!(seen < 500, "{seen} of 1000 were worked on");
    let (other, _driver) = client(&certificate, &house).await;
    assert_eq!(ask(&other, request("/")).await.unwrap(), 200);
}

#[tokio::test]
async fn a_flood_of_empty_data_frames_ends_the_request() {
    let (certificate, house) = house(patient()).await;
    let (client, _driver) = client(&certificate, &house).await;
    let mut ready = client.clone().ready().await.unwrap();
    let post = Request::post("https://a.example/body").body(()).unwrap();
    let (response, mut stream) = ready.send_request(post, false).unwrap();
    for _ in 0..1000 {
        if stream.send_data(Bytes::new(), false).is_err() {
            break;
        }
    }
    let outcome = tokio::time::timeout(LONG, response).await.unwrap();
    assert!(outcome.is_err() || outcome.is_ok_and(|reply| reply.status().is_client_error()));
}

/// Raw frames: the connection preface and an empty SETTINGS.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";

#[tokio::test]
async fn a_flood_of_settings_and_priorities_keeps_no_connection_open() {
    let (certificate, house) = house(Limits {
        header_timeout: SHORT,
        ..patient()
    })
    .await;
    let mut stream = connect(&house, certificate.client(&["h2"], &[&version::TLS13]))
        .await
        .unwrap();
    stream.write_all(PREFACE).await.unwrap();
    let flood = async {
        loop {
            let settings = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00";
            let priority = b"\x00\x00\x05\x02\x00\x00\x00\x00\x03\x00\x00\x00\x00\x10";
            if stream.write_all(settings).await.is_err() || stream.write_all(priority).await.is_err() {
                return;
            }
            if stream.flush().await.is_err() {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, flood).await.expect("the flood is cut");
    let (other, _driver) = client(&certificate, &house).await;
    assert_eq!(ask(&other, request("/")).await.unwrap(), 200);
}

#[tokio::test]
async fn an_idle_connection_is_told_to_go() {
    let (certificate, house) = house(Limits {
        idle_timeout: SHORT,
        ..patient()
    })
    .await;
    let (client, driver) = client(&certificate, &house).await;
    assert_eq!(ask(&client, request("/")).await.unwrap(), 200);
    // GOAWAY without an error: the client's connection ends well although it still holds it.
    tokio::time::timeout(LONG, driver).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn a_running_request_is_finished_when_the_server_stops() {
    let (certificate, house) = house(patient()).await;
    let (client, _driver) = client(&certificate, &house).await;
    let running = tokio::spawn(async move { ask(&client, request("/gate")).await });
    house.gate.entered.notified().await;
    house.trigger.fire();
    house.gate.open.notify_one();
    assert_eq!(running.await.unwrap().unwrap(), 200);
    tokio::time::timeout(LONG, house.serving).await.unwrap().unwrap();
}
