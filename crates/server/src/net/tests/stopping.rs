//! Too many connections, and the orderly end.

use super::*;

const GATE: &[u8] = b"GET /gate HTTP/1.1\r\nHost: a.example\r\n\r\n";

#[tokio::test]
async fn a_running_request_is_finished_and_idle_connections_are_closed() {
    is_orderly(House::open(patient()).await).await;
}

#[tokio::test]
async fn a_running_request_is_finished_where_connections_have_no_threads_of_their_own_too() {
    is_orderly(House::open_on(None, patient(), None, TrustedProxies::default()).await).await;
}

async fn is_orderly(house: House) {
    let mut idle = house.connect().await;
    idle.write_all(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
        .await
        .unwrap();
    one_reply(&mut idle).await;
    let mut busy = house.connect().await;
    busy.write_all(GATE).await.unwrap();
    house.gate.entered.notified().await;

    house.trigger.fire();
    assert_eq!(until_closed(&mut idle).await, "");
    assert!(!house.serving.is_finished());
    house.gate.open.notify_one();
    assert!(until_closed(&mut busy).await.ends_with("passed"));
    drop((idle, busy));
    tokio::time::timeout(LONG, house.serving).await.unwrap().unwrap();
}

#[tokio::test]
async fn after_the_drain_timeout_what_still_runs_is_cut() {
    let limits = Limits {
        drain_timeout: SHORT,
        ..patient()
    };
    is_cut(House::open(limits.clone()).await).await;
    is_cut(House::open_on(None, limits, None, TrustedProxies::default()).await).await;
}

async fn is_cut(house: House) {
    let mut busy = house.connect().await;
    busy.write_all(GATE).await.unwrap();
    house.gate.entered.notified().await;
    house.trigger.fire();
    assert_eq!(until_closed(&mut busy).await, "");
    tokio::time::timeout(LONG, house.serving).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_stopped_server_takes_no_connection() {
    let house = House::open(patient()).await;
    house.trigger.fire();
    tokio::time::timeout(LONG, house.serving).await.unwrap().unwrap();
    assert!(TcpStream::connect(house.address).await.is_err());
}

#[tokio::test]
async fn at_most_so_many_connections_are_served_and_the_next_waits_for_one_to_end() {
    let house = House::open(Limits {
        max_connections: 1,
        ..patient()
    })
    .await;
    let mut first = house.connect().await;
    first.write_all(GATE).await.unwrap();
    house.gate.entered.notified().await;
    let mut second = house.connect().await;
    second.write_all(GATE).await.unwrap();
    // The second is in the kernel's queue: its request is not entered while the first is served.
    assert!(
        tokio::time::timeout(SHORT, house.gate.entered.notified())
            .await
            .is_err()
    );
    house.gate.open.notify_one();
    assert!(one_reply(&mut first).await.ends_with("passed"));
    tokio::time::timeout(LONG, house.witness.1.notified())
        .await
        .expect("it is told that it is full");
    drop(first);
    tokio::time::timeout(LONG, house.gate.entered.notified()).await.unwrap();
}

#[tokio::test]
async fn idle_connections_give_their_place_away_in_time() {
    let house = House::open(Limits {
        max_connections: 50,
        header_timeout: SHORT,
        ..patient()
    })
    .await;
    let mut flood = Vec::new();
    for _ in 0..200 {
        flood.push(house.connect().await);
    }
    let reply = house.say(b"GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
    assert_eq!(status_of(&reply.await), 200);
}

#[tokio::test]
async fn a_request_whose_client_went_away_is_observed_as_aborted() {
    let house = House::open(patient()).await;
    let mut hasty = house.connect().await;
    hasty.write_all(GATE).await.unwrap();
    house.gate.entered.notified().await;
    drop(hasty);
    let seen = async {
        while house.witness.0.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, seen).await.unwrap();
    assert_eq!(
        house.witness.0.lock().unwrap().as_slice(),
        [StatusCode::from_u16(ABORTED).unwrap()]
    );
}
