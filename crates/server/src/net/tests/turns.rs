//! Replies that wait for their turn, seen by those who read them.

use super::super::listener::{Listener, serve};
use super::*;
use std::net::TcpStream as Socket;
use std::sync::mpsc;
use tokio::sync::Semaphore;

/// The thread that all connections of a test live on, held up until it is told to go on.
struct Held {
    entered: Notify,
    go_on: Mutex<mpsc::Receiver<()>>,
    /// One permit for each time somebody looked at what they have.
    looked: Semaphore,
    /// Two clients' ends of their connections.
    clients: [Socket; 2],
}

impl Held {
    fn answer(&self, path: &str) -> &'static str {
        let has_reply = |client: &Socket| client.peek(&mut [0]).is_ok();
        match path {
            "/hold" => {
                self.entered.notify_one();
                self.go_on.lock().unwrap().recv().unwrap();
                "held"
            }
            "/what-the-others-have" => {
                let anything = self.clients.iter().any(has_reply);
                self.looked.add_permits(1);
                if anything { "a reply" } else { "nothing" }
            }
            _ => "hello",
        }
    }
}

async fn ask(socket: &mut TcpStream, path: &str) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: a.example\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
}

async fn body(socket: &mut TcpStream) -> String {
    let reply = one_reply(socket).await;
    reply.split("\r\n\r\n").nth(1).unwrap().to_owned()
}

/// Sends something from here to here, behind whatever was sent before.
async fn until_delivered() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut sender = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (mut receiver, _) = listener.accept().await.unwrap();
    sender.write_all(b"x").await.unwrap();
    receiver.read_u8().await.unwrap();
}

/// Two requests are there when a thread has time for them: what the clients have when each of them is answered.
async fn replies_seen_while_answering(close: Duration) -> [String; 2] {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let listener = Listener {
        socket,
        tls: None,
        limits: patient(),
        trusted: TrustedProxies::default(),
        threads: Some(Arc::new(Threads::start_with(1, close).unwrap())),
    };
    let client = |()| {
        let client = Socket::connect(address).unwrap();
        client.set_nonblocking(true).unwrap();
        client
    };
    let clients = [(), ()].map(client);
    let (go_on, receiver) = mpsc::channel();
    let held = Arc::new(Held {
        entered: Notify::new(),
        go_on: Mutex::new(receiver),
        looked: Semaphore::new(0),
        clients: clients.each_ref().map(|client| client.try_clone().unwrap()),
    });
    let service = {
        let held = Arc::clone(&held);
        move |request: Request<Incoming>, _| {
            let reply = Response::new(Body::from(held.answer(request.uri().path())));
            std::future::ready(reply)
        }
    };
    let (_trigger, shutdown) = shutdown::channel();
    let witness = Arc::new(Witness::default());
    tokio::spawn(serve(listener, service, witness, Arc::new(SystemEntropy), shutdown));

    let [mut first, mut second] = clients.map(|client| TcpStream::from_std(client).unwrap());
    let mut holder = TcpStream::connect(address).await.unwrap();
    for client in [&mut first, &mut second] {
        ask(client, "/").await;
        body(client).await;
    }
    ask(&mut holder, "/hold").await;
    held.entered.notified().await;
    for client in [&mut first, &mut second] {
        ask(client, "/what-the-others-have").await;
    }
    until_delivered().await;
    go_on.send(()).unwrap();
    assert_eq!(body(&mut holder).await, "held");
    // What is read is not seen any more.
    let both = tokio::time::timeout(LONG, held.looked.acquire_many(2)).await;
    both.expect("both are answered").unwrap().forget();
    [body(&mut first).await, body(&mut second).await]
}

#[tokio::test]
async fn a_reply_leaves_behind_the_requests_that_came_with_it_where_replies_are_close() {
    assert_eq!(replies_seen_while_answering(Duration::MAX).await, ["nothing"; 2]);
}

#[tokio::test]
async fn a_reply_leaves_before_the_next_request_is_answered_where_they_are_not() {
    let seen = replies_seen_while_answering(Duration::ZERO).await;
    assert!(seen.contains(&"a reply".to_owned()), "{seen:?}");
}
