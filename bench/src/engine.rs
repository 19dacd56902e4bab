//! The load generator's loop: readiness events, one request in flight per connection.
//!
//! It must not know OAuth, nor that other threads run the same loop for other connections. Two system calls per request (one write, one read) and no allocation on the way, because it
//! runs on the cores of the server that it measures.
#![expect(clippy::disallowed_methods, reason = "measuring code reads the monotonic clock")]

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::histogram::Histogram;
use crate::job::Slice;
use crate::response::{self, Response};
use crate::script::{Feed, Value};

/// How long replies to the last requests of a slice may take; they are not counted, but their successors are kept.
const DRAIN: Duration = Duration::from_secs(5);
/// Room for one reply; a larger one grows the buffer once.
const BUFFER: usize = 16 * 1024;

/// A server under load: its connections and what they send.
#[derive(Debug)]
pub struct Target {
    address: SocketAddr,
    poll: Poll,
    connections: Vec<Connection>,
    feed: Feed,
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    sent: usize,
    reply: Vec<u8>,
    filled: usize,
    /// Template and start of the request in flight.
    flight: Option<(usize, Instant)>,
}

/// What happened on a connection that became ready.
enum Step {
    /// More bytes are awaited.
    Wait,
    /// A reply is complete.
    Reply(Response),
    /// The connection is of no use any more.
    Broken(String),
}

/// What is counted while a slice runs.
#[derive(Default)]
struct Tally {
    slice: Slice,
    latencies: Histogram,
    started: u64,
    in_flight: usize,
}

impl Target {
    /// Connects.
    ///
    /// # Errors
    /// When the server does not accept the connections.
    pub fn open(address: SocketAddr, connections: usize, feed: Feed) -> Result<Self> {
        let poll = Poll::new()?;
        let connections = (0..connections)
            .map(|index| Connection::open(address, &poll, Token(index)))
            .collect::<Result<Vec<_>>>()
            .with_context(|| format!("connecting to {address}"))?;
        Ok(Self {
            address,
            poll,
            connections,
            feed,
        })
    }

    /// Adds values to the script.
    pub fn add(&mut self, values: Vec<Value>) {
        self.feed.add(values);
    }

    /// Drives the server until `seconds` have passed, `requests` were sent or the script runs dry.
    ///
    /// # Errors
    /// When the poll fails; a server that misbehaves is counted and not an error.
    pub fn slice(&mut self, seconds: f64, requests: Option<u64>) -> Result<Slice> {
        let most = requests.unwrap_or(u64::MAX);
        let start = Instant::now();
        let deadline = start + Duration::from_secs_f64(seconds);
        let mut tally = Tally::default();
        for index in 0..self.connections.len() {
            // A server may end connections that were idle while the slice was prepared.
            if self.connections.get(index).is_some_and(Connection::is_closed) {
                self.reopen(index)?;
            }
            self.start(index, most, &mut tally)?;
        }
        let mut events = Events::with_capacity(self.connections.len().max(1));
        let mut last_reply = start;
        while tally.in_flight > 0 {
            let now = Instant::now();
            let Some(left) = deadline.checked_duration_since(now).filter(|left| !left.is_zero()) else {
                break;
            };
            self.wait(&mut events, left)?;
            for event in &events {
                if let Some(at) = self.ready(event.token().0, most, Some(deadline), &mut tally)? {
                    last_reply = at;
                }
            }
        }
        // A slice that ran dry is as long as it had something to wait for.
        let end = if tally.in_flight > 0 { deadline } else { last_reply };
        self.drain(&mut tally)?;
        let mut slice = tally.slice;
        slice.seconds = end.saturating_duration_since(start).as_secs_f64();
        slice.latencies = tally.latencies.to_pairs();
        slice.collected = self.feed.take_collected();
        slice.waiting = self.feed.waiting();
        Ok(slice)
    }

    fn wait(&mut self, events: &mut Events, left: Duration) -> Result<()> {
        match self.poll.poll(events, Some(left)) {
            Err(error) if error.kind() != ErrorKind::Interrupted => Err(error).context("polling"),
            _ => Ok(()),
        }
    }

    /// Sends the next request on an idle connection, if there is one to send.
    fn start(&mut self, index: usize, most: u64, tally: &mut Tally) -> Result<()> {
        let Some(connection) = self.connections.get_mut(index) else {
            return Ok(());
        };
        if tally.started >= most {
            return Ok(());
        }
        let Some(template) = self.feed.next(&mut connection.request) else {
            return Ok(());
        };
        tally.started += 1;
        tally.in_flight += 1;
        connection.flight = Some((template, Instant::now()));
        connection.sent = 0;
        connection.filled = 0;
        if let Err(error) = connection.send() {
            self.broken(index, format!("sending: {error}"), tally)?;
        }
        Ok(())
    }

    /// Handles a connection with something to read or room to write; the time of the reply if one was counted.
    fn ready(
        &mut self,
        index: usize,
        most: u64,
        deadline: Option<Instant>,
        tally: &mut Tally,
    ) -> Result<Option<Instant>> {
        let Some(connection) = self.connections.get_mut(index) else {
            return Ok(None);
        };
        let Some((template, began)) = connection.flight else {
            // Nothing was asked: the server closed an idle connection. It is replaced before the next request needs it.
            if connection.is_closed() {
                self.reopen(index)?;
                tally.slice.reconnects += 1;
            }
            return Ok(None);
        };
        let reply = match connection.advance() {
            Step::Wait => return Ok(None),
            Step::Broken(why) => {
                self.broken(index, why, tally)?;
                if deadline.is_some() {
                    self.start(index, most, tally)?;
                }
                return Ok(None);
            }
            Step::Reply(reply) => reply,
        };
        let now = Instant::now();
        connection.flight = None;
        tally.in_flight -= 1;
        let head = connection.reply.get(..reply.body.start).unwrap_or_default();
        let body = connection.reply.get(reply.body.clone()).unwrap_or_default();
        let counted = deadline.is_some_and(|deadline| now <= deadline);
        let good = self.feed.replied(template, reply.status, head, body);
        if counted {
            *tally.slice.statuses.entry(reply.status).or_default() += 1;
            tally.slice.good += u64::from(good);
            tally.latencies.record(now - began);
        }
        if !good && tally.slice.first_refusal.is_none() {
            let text = String::from_utf8_lossy(body.get(..body.len().min(300)).unwrap_or_default());
            tally.slice.first_refusal = Some(format!("{} {text}", reply.status));
        }
        if !reply.keep_alive {
            self.reopen(index)?;
            tally.slice.reconnects += 1;
        }
        if counted {
            self.start(index, most, tally)?;
        }
        Ok(counted.then_some(now))
    }

    /// Waits for the replies to what is still in flight, so that the next slice begins with idle servers.
    fn drain(&mut self, tally: &mut Tally) -> Result<()> {
        let deadline = Instant::now() + DRAIN;
        let mut events = Events::with_capacity(self.connections.len().max(1));
        while tally.in_flight > 0 {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                break;
            };
            self.wait(&mut events, left)?;
            for event in &events {
                self.ready(event.token().0, 0, None, tally)?;
            }
        }
        let stuck: Vec<usize> = self
            .connections
            .iter()
            .enumerate()
            .filter(|(_, connection)| connection.flight.is_some())
            .map(|(index, _)| index)
            .collect();
        for index in stuck {
            self.broken(index, "no reply within 5 seconds after the slice".to_owned(), tally)?;
        }
        Ok(())
    }

    fn broken(&mut self, index: usize, why: String, tally: &mut Tally) -> Result<()> {
        tally.in_flight = tally.in_flight.saturating_sub(1);
        tally.slice.errors += 1;
        tally.slice.first_error.get_or_insert(why);
        self.reopen(index)
    }

    fn reopen(&mut self, index: usize) -> Result<()> {
        let fresh = Connection::open(self.address, &self.poll, Token(index)).context("the server stopped accepting")?;
        if let Some(connection) = self.connections.get_mut(index) {
            *connection = fresh;
        }
        Ok(())
    }
}

impl Connection {
    fn open(address: SocketAddr, poll: &Poll, token: Token) -> Result<Self> {
        // Connected while blocking: on loopback that is at once, and the loop need not know half-open connections.
        let stream = std::net::TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        poll.registry()
            .register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self {
            stream,
            request: Vec::new(),
            sent: 0,
            reply: vec![0; BUFFER],
            filled: 0,
            flight: None,
        })
    }

    fn send(&mut self) -> std::io::Result<()> {
        while let Some(rest) = self.request.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match self.stream.write(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Writes what is left of the request and reads what came of the reply.
    fn advance(&mut self) -> Step {
        if self.sent < self.request.len()
            && let Err(error) = self.send()
        {
            return Step::Broken(format!("sending: {error}"));
        }
        loop {
            if self.filled == self.reply.len() {
                self.reply.resize(self.reply.len() * 2, 0);
            }
            let Some(room) = self.reply.get_mut(self.filled..) else {
                return Step::Wait;
            };
            match self.stream.read(room) {
                Ok(0) => return Step::Broken("the server closed the connection before its reply was complete".into()),
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Step::Wait,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Step::Broken(format!("receiving: {error}")),
            }
            // One reply is awaited, so a complete one needs no second read to see that nothing follows.
            match response::parse(self.reply.get(..self.filled).unwrap_or_default()) {
                Ok(None) => {}
                Ok(Some(reply)) if reply.body.end < self.filled => {
                    return Step::Broken("more bytes came than one reply has".to_owned());
                }
                Ok(Some(reply)) => return Step::Reply(reply),
                Err(refused) => return Step::Broken(refused.to_string()),
            }
        }
    }

    fn is_closed(&self) -> bool {
        // Any byte without a question is as useless as the end of the stream.
        !matches!(self.stream.peek(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock)
    }
}

#[cfg(test)]
mod tests;
