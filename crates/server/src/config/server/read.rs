//! Reading `grantd.toml`.

use super::{Cidr, Limits, Log, LogFormat, LogLevel, Purge, RateLimits, ServerConfig, Storage, Tls};
use super::{limits, mail, purge};
use crate::certificate::CertificateHeader;
use crate::config::document::{Node, Value};
use crate::config::kind::{Choice, Kind, ListOf, Mistake, Parsed, Sensitive, Text};
use crate::config::problem::Place;
use crate::config::section::Section;
use crate::keys::MasterKey;
use grantd_protocol::Secret;
use serde_json::{Value as Json, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the file says, before the realms it names are read.
pub(in crate::config) struct ServerFile {
    pub(in crate::config) config: ServerConfig,
    pub(in crate::config) realm_patterns: Vec<String>,
    /// Where the patterns stand, for what is wrong with the files they name.
    pub(in crate::config) realms_place: Place,
}

const LEVELS: Choice<LogLevel> = Choice(&[
    ("error", LogLevel::Error),
    ("warn", LogLevel::Warn),
    ("info", LogLevel::Info),
    ("debug", LogLevel::Debug),
    ("trace", LogLevel::Trace),
]);
const FORMATS: Choice<LogFormat> = Choice(&[("json", LogFormat::Json), ("text", LogFormat::Text)]);
const CERTIFICATE_HEADERS: Choice<CertificateHeader> = Choice(&[
    ("off", CertificateHeader::Off),
    ("client-cert", CertificateHeader::ClientCert),
    ("x-forwarded-client-cert", CertificateHeader::Envoy),
    ("ssl-client-cert", CertificateHeader::SslClientCert),
    ("x-ssl-client-cert", CertificateHeader::XSslClientCert),
]);
const ADDRESS: Parsed<SocketAddr> = Parsed {
    parse: |text| text.parse().map_err(|_| "is not an IP address with a port".to_owned()),
    sample: "127.0.0.1:8400",
    pattern: "",
};
const INTERNAL_ADDRESS: Parsed<Option<SocketAddr>> = Parsed {
    parse: |text| match text {
        "off" => Ok(None),
        _ => text
            .parse()
            .map(Some)
            .map_err(|_| "is neither an IP address with a port nor \"off\"".to_owned()),
    },
    sample: "127.0.0.1:9090",
    pattern: "",
};
const NETWORK: Parsed<Cidr> = Parsed {
    parse: |text| text.parse().map_err(str::to_owned),
    sample: "10.0.0.0/8",
    pattern: "",
};

/// Reads the whole file.
pub(in crate::config) fn read(section: &mut Section<'_>) -> Option<ServerFile> {
    let listen = listen(section);
    let internal_listen = section.or(
        "internal_listen",
        "Where /metrics, /healthz and /readyz are served, or \"off\". Keep it off the public network.",
        &INTERNAL_ADDRESS,
        "127.0.0.1:9090",
    );
    let realms = section.or(
        "realms",
        "The realms' files, relative to this file. A `*` in a file's name stands for any characters.",
        &ListOf(Text),
        json!(["realms/*.toml"]),
    );
    let data_dir = section.or(
        "data_dir",
        "The directory of this process's files, relative to this file.",
        &Text,
        "data",
    );
    let data_dir = data_dir.map(|path| section.resolve(&path));
    let storage = storage(section, data_dir.as_deref().unwrap_or(Path::new("")));
    let master_key = master_key(section);
    let trusted_proxies = trusted_proxies(section);
    let client_certificate_header = section.or(
        "client_certificate_header",
        "The header in which trusted proxies say what certificate their client showed (RFC 8705), or \"off\".",
        &CERTIFICATE_HEADERS,
        "off",
    );
    let tls = section.optional_section(
        "tls",
        "The public listener's certificate. Leave it out behind a proxy that ends TLS.",
        tls,
    );
    let log = section.section("log", "Logs.", log);
    let limits: Option<Limits> = section.section("limits", "Sizes and timeouts of the public listener.", limits::read);
    let rate_limits: Option<RateLimits> = section.section(
        "rate_limits",
        "How often one may ask: \"200/s\", \"10/m, burst 20\" or \"off\".",
        limits::read_rates,
    );
    let purge: Option<Purge> = section.section("purge", "When rows whose time is over leave the store.", purge::read);
    let mail = section.optional_section(
        "mail",
        "Who takes letters to users. Without it nobody can reset a password by mail.",
        mail::read,
    );
    let places = section.optional_section(
        "places",
        "Where addresses are, for people who look where they are signed in. Without it addresses stand alone.",
        |section| {
            let file = section.required(
                "file",
                "A file of cities or countries in the MaxMind DB format, relative to this file. It is read into memory.",
                &Text,
            )?;
            Some(section.resolve(&file))
        },
    );
    Some(ServerFile {
        config: ServerConfig {
            source: None,
            listen: listen?,
            internal_listen: internal_listen?,
            tls: tls?,
            trusted_proxies: trusted_proxies?,
            client_certificate_header: client_certificate_header?,
            storage: storage?,
            data_dir: data_dir?,
            master_key: master_key?,
            log: log?,
            limits: limits?,
            rate_limits: rate_limits?,
            mail: mail?,
            places: places?,
            purge: purge?,
            realms: Vec::new(),
            loosenings: Vec::new(),
        },
        realm_patterns: realms?,
        realms_place: section.place_of("realms"),
    })
}

fn listen(section: &mut Section<'_>) -> Option<Vec<SocketAddr>> {
    let addresses = section.or(
        "listen",
        "Addresses of the public listener.",
        &ListOf(ADDRESS),
        json!(["127.0.0.1:8400"]),
    )?;
    if addresses.is_empty() {
        section.problem("listen", "must name at least one address", None);
        return None;
    }
    Some(addresses)
}

fn trusted_proxies(section: &mut Section<'_>) -> Option<Vec<Cidr>> {
    let networks = section.or(
        "trusted_proxies",
        "Networks of proxies whose forwarded headers are believed.",
        &ListOf(NETWORK),
        json!([]),
    )?;
    if networks.iter().any(Cidr::is_everything) {
        section.loosens(
            "trusted_proxies",
            "everybody is trusted to say which address a request came from",
        );
    }
    Some(networks)
}

fn storage(section: &mut Section<'_>, data_dir: &Path) -> Option<Storage> {
    let text = section.or(
        "storage",
        "\"sqlite:PATH\" (relative to data_dir) or \"postgres://user:password@host/database\".",
        &StorageText,
        "sqlite:grantd.db",
    )?;
    Storage::parse(text.expose(), data_dir).ok()
}

/// The store's address. It may hold a password, so mistakes never repeat it and only its harmless part is shown.
struct StorageText;

const STORAGE: Sensitive = Sensitive {
    check: |text| Storage::parse(text, Path::new("")).map(|_| ()),
};

impl Kind for StorageText {
    type Value = Secret;

    fn read(&self, node: &Node) -> Result<Secret, Vec<Mistake>> {
        STORAGE.read(node)
    }

    fn schema(&self) -> Json {
        json!({"type": "string", "pattern": "^(sqlite:.+|postgres(ql)?://.+)$"})
    }

    fn read_environment(&self, text: &str, place: &Place) -> Value {
        STORAGE.read_environment(text, place)
    }

    fn shown(&self, node: &Node) -> Json {
        let storage = STORAGE.read(node).ok();
        let storage = storage.and_then(|text| Storage::parse(text.expose(), Path::new("")).ok());
        Json::from(storage.map(|storage| storage.to_string()))
    }
}

#[expect(clippy::option_option, reason = "wrong, absent and present are three things")]
fn master_key(section: &mut Section<'_>) -> Option<Option<Arc<MasterKey>>> {
    let file = section.optional(
        "master_key_file",
        "The file with the master key, 64 hexadecimal digits, relative to this file. `grantd init` makes one.",
        &Text,
    );
    let direct = section.optional(
        "master_key",
        "The master key itself; in the environment (GRANTD__MASTER_KEY) only.",
        &Sensitive {
            check: |text| {
                MasterKey::parse(text)
                    .map(|_| ())
                    .ok_or("must be 64 hexadecimal digits")
            },
        },
    );
    if section.is_written("master_key") {
        let fix = "put it into a file of its own and name that in master_key_file";
        section.problem(
            "master_key",
            "must not stand in a configuration file",
            Some(fix.to_owned()),
        );
        return None;
    }
    match (file?, direct?) {
        // The environment overrides the file, but not itself.
        (Some(_), Some(_)) if !section.is_written("master_key_file") => {
            section.problem("master_key", "is set beside master_key_file; set one of them", None);
            None
        }
        (_, Some(text)) => Some(MasterKey::parse(text.expose()).map(Arc::new)),
        (Some(path), None) => match MasterKey::load(&section.resolve(&path)) {
            Ok(key) => Some(Some(Arc::new(key))),
            Err(fault) => {
                section.problem("master_key_file", fault.to_string(), None);
                None
            }
        },
        (None, None) => Some(None),
    }
}

fn tls(section: &mut Section<'_>) -> Option<Tls> {
    let cert = section.required(
        "cert_file",
        "The certificate chain in PEM, leaf first, relative to this file.",
        &Text,
    );
    let key = section.required("key_file", "The private key in PEM, relative to this file.", &Text);
    let existing = |key: &str, path: &str| -> Option<PathBuf> {
        let path = section.resolve(path);
        if path.is_file() {
            return Some(path);
        }
        section.problem(key, format!("there is no file \"{}\"", path.display()), None);
        None
    };
    let cert_file = cert.and_then(|path| existing("cert_file", &path));
    let key_file = key.and_then(|path| existing("key_file", &path));
    Some(Tls {
        cert_file: cert_file?,
        key_file: key_file?,
    })
}

fn log(section: &mut Section<'_>) -> Option<Log> {
    let level = section.or("level", "The least severe level that is written.", &LEVELS, "info");
    let format = section.or(
        "format",
        "One JSON object on each line, or text for people.",
        &FORMATS,
        "json",
    );
    Some(Log {
        level: level?,
        format: format?,
    })
}
