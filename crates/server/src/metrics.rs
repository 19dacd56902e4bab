//! What the server counts. Names begin with `grantd_` and end with their unit. Labels come from the program or the
//! configuration, never from a request: a client must not be able to make a new time series.

mod internal;

pub use internal::{Internal, Readiness};

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

/// A realm's name as a label, without copying it for each request.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct RealmLabel(Arc<str>);

impl EncodeLabelValue for RealmLabel {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        encoder.write_str(&self.0)
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct RequestLabels {
    route: &'static str,
    status: u16,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct RouteLabels {
    route: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct IssuedLabels {
    realm: RealmLabel,
    grant_type: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct RefusedLabels {
    realm: RealmLabel,
    endpoint: &'static str,
    error: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct KindLabels {
    kind: &'static str,
}

/// The process's metrics.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Family<RouteLabels, Histogram, fn() -> Histogram>,
    issued: Family<IssuedLabels, Counter>,
    refused: Family<RefusedLabels, Counter>,
    commit_seconds: Histogram,
    conflicts: Counter,
    purged: Family<KindLabels, Counter>,
    listener_full: Counter,
    resident: Gauge,
}

impl Metrics {
    /// All at zero.
    #[must_use]
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("grantd"),
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(from_100_micros),
            issued: Family::default(),
            refused: Family::default(),
            commit_seconds: from_100_micros(),
            conflicts: Counter::default(),
            purged: Family::default(),
            listener_full: Counter::default(),
            resident: Gauge::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let to = &mut self.registry;
        to.register("http_requests", "Requests answered", self.requests.clone());
        to.register_with_unit(
            "http_request",
            "Time from a request's head to its reply",
            Unit::Seconds,
            self.request_seconds.clone(),
        );
        to.register("tokens_issued", "Access tokens issued", self.issued.clone());
        to.register(
            "requests_refused",
            "Requests refused with an OAuth error",
            self.refused.clone(),
        );
        to.register_with_unit(
            "commit",
            "Time until a change was durable",
            Unit::Seconds,
            self.commit_seconds.clone(),
        );
        to.register(
            "store_conflicts",
            "Changes not applied because a fact had changed",
            self.conflicts.clone(),
        );
        to.register(
            "listener_full",
            "Times that a connection had to wait because as many were open as may be",
            self.listener_full.clone(),
        );
        to.register("rows_purged", "Expired rows removed", self.purged.clone());
        to.register_with_unit(
            "process_resident_memory",
            "Resident memory of the process",
            Unit::Bytes,
            self.resident.clone(),
        );
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        to.register("build", "The running version", version);
    }

    /// A request was answered.
    pub fn http_request(&self, route: &'static str, status: u16, took: Duration) {
        self.requests.get_or_create(&RequestLabels { route, status }).inc();
        self.request_seconds
            .get_or_create(&RouteLabels { route })
            .observe(took.as_secs_f64());
    }

    /// An access token was issued.
    pub fn token_issued(&self, realm: &Arc<str>, grant_type: &'static str) {
        let realm = RealmLabel(Arc::clone(realm));
        self.issued.get_or_create(&IssuedLabels { realm, grant_type }).inc();
    }

    /// A request was refused with this OAuth error code.
    pub fn request_refused(&self, realm: &Arc<str>, endpoint: &'static str, error: &'static str) {
        let labels = RefusedLabels {
            realm: RealmLabel(Arc::clone(realm)),
            endpoint,
            error,
        };
        self.refused.get_or_create(&labels).inc();
    }

    /// A change was committed.
    pub fn committed(&self, took: Duration) {
        self.commit_seconds.observe(took.as_secs_f64());
    }

    /// A change met a conflict.
    pub fn conflict(&self) {
        self.conflicts.inc();
    }

    /// A connection had to wait for another one to end.
    pub fn listener_full(&self) {
        self.listener_full.inc();
    }

    /// Expired rows were removed.
    pub fn purged(&self, kind: &'static str, rows: u64) {
        self.purged.get_or_create(&KindLabels { kind }).inc_by(rows);
    }

    /// Everything in the OpenMetrics text format.
    #[must_use]
    pub fn render(&self) -> String {
        if let Some(bytes) = resident_bytes() {
            self.resident.set(bytes);
        }
        let mut text = String::with_capacity(8 * 1024);
        // Writing to a string cannot fail.
        let _written = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// 100 µs to 1.6 s.
fn from_100_micros() -> Histogram {
    Histogram::new(exponential_buckets(0.000_1, 2.0, 15))
}

/// From the kernel's own account; `None` where there is none.
fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_begins_with_grantd_and_units_stand_in_the_names() {
        let metrics = Metrics::new();
        let realm: Arc<str> = "main".into();
        metrics.http_request("token", 200, Duration::from_millis(1));
        metrics.token_issued(&realm, "client_credentials");
        metrics.request_refused(&realm, "token", "invalid_grant");
        metrics.committed(Duration::from_millis(1));
        metrics.conflict();
        metrics.purged("access", 3);
        metrics.listener_full();
        let text = metrics.render();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            assert!(line.starts_with("grantd_"), "{line}");
        }
        for expected in [
            "grantd_http_requests_total{route=\"token\",status=\"200\"} 1",
            "grantd_http_request_seconds_count{route=\"token\"} 1",
            "grantd_tokens_issued_total{realm=\"main\",grant_type=\"client_credentials\"} 1",
            "grantd_requests_refused_total{realm=\"main\",endpoint=\"token\",error=\"invalid_grant\"} 1",
            "grantd_commit_seconds_count 1",
            "grantd_store_conflicts_total 1",
            "grantd_listener_full_total 1",
            "grantd_rows_purged_total{kind=\"access\"} 3",
            "grantd_process_resident_memory_bytes ",
            "grantd_build_info{version=",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
    }

    #[test]
    fn a_realms_name_is_escaped() {
        let metrics = Metrics::new();
        metrics.token_issued(&Arc::from("a\"b\n"), "refresh_token");
        assert!(metrics.render().contains(r#"realm="a\"b\n""#), "{}", metrics.render());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn resident_memory_is_in_bytes() {
        // A test process takes more than a megabyte and less than 64 GB.
        let bytes = resident_bytes().unwrap();
        assert!((1_000_000..64_000_000_000).contains(&bytes), "{bytes}");
    }
}
