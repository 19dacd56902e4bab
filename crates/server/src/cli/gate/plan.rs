//! What every proxy has to be told, from the command's arguments and the realm. Must not know any proxy's language.

use super::{Args, CliFault};
use crate::config::{Endpoint, RealmConfig};
use crate::gate::Proxy;
use grantd_protocol::params::encode_into;

/// Where grantd is reached when nothing else is said.
const GRANTD: &str = "127.0.0.1:8400";

/// What every proxy has to be told.
pub(super) struct Plan {
    pub(super) hosts: Vec<Host>,
    pub(super) port: u16,
    pub(super) api: String,
    pub(super) grantd: String,
    /// The host under which grantd answers.
    pub(super) own_host: String,
    /// Path and query at which the proxy asks.
    pub(super) gate: String,
    /// The scheme that callers use, where it is not the one that the proxy sees.
    pub(super) scheme: Option<&'static str>,
}

/// A host of the API.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Host {
    /// Without a port: by it the proxy tells its sites apart.
    pub(super) name: String,
    /// As callers write it, with the port where it is another one than the scheme's own: proofs of possession name it.
    pub(super) authority: String,
}

impl Host {
    /// A host that is written with its port is meant so; any other is at the port at which the proxy listens. 443 is written by
    /// nobody either: TLS has been added to such a configuration.
    fn new(written: &str, port: u16) -> Self {
        let name = without_port(written).to_owned();
        let authority = if name != written || matches!(port, 80 | 443) {
            written.to_owned()
        } else {
            format!("{name}:{port}")
        };
        Self { name, authority }
    }
}

/// Makes the plan.
pub(super) fn plan(args: &Args, realm: RealmConfig) -> Result<Plan, CliFault> {
    let grantd = args.grantd.as_deref().unwrap_or(GRANTD);
    for text in args.host.iter().map(String::as_str).chain([&*args.api, grantd]) {
        if !crate::net::is_host(text.as_bytes()) {
            return Err(CliFault::usage(format!("{text:?} is not a host, perhaps with a port")));
        }
    }
    let asked = asked(args, &realm)?;
    let (scheme, hosts) = hosts(args, &realm)?;
    // As `grantd dev --listen` does it: there an issuer at localhost moves along.
    let realm = match args.grantd.as_deref().and_then(port_here) {
        Some(port) => realm.rewrite_localhost_port(port),
        None => realm,
    };
    let url = realm.endpoints.url(Endpoint::Gate);
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (own_host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    Ok(Plan {
        hosts,
        port: args.port,
        api: args.api.clone(),
        grantd: in_one_family(grantd),
        own_host: own_host.to_owned(),
        gate: format!("{path}/{}{}", args.proxy.name(), asked.unwrap_or_default()),
        scheme,
    })
}

/// The API's hosts, and the scheme where it is said.
fn hosts(args: &Args, realm: &RealmConfig) -> Result<(Option<&'static str>, Vec<Host>), CliFault> {
    if let Some(origin) = &args.origin {
        if matches!(args.proxy, Proxy::Traefik | Proxy::Envoy) {
            return Err(CliFault::usage(
                "Traefik and Envoy tell the gate the scheme by themselves. Say in Envoy's own words which proxy before it ends TLS; \
                 Traefik tells its own TLS alone, which has to end there",
            ));
        }
        let (scheme, authority) = read_origin(origin).ok_or_else(|| {
            CliFault::usage("--origin is http:// or https:// with a host, perhaps a port, and nothing behind it")
        })?;
        let host = Host {
            name: without_port(authority).to_owned(),
            authority: authority.to_owned(),
        };
        return Ok((Some(scheme), vec![host]));
    }
    let written: Vec<String> = match &args.host {
        Some(host) => vec![host.clone()],
        None => realm.gate.hosts().iter().map(|host| host.to_string()).collect(),
    };
    let mut hosts: Vec<Host> = Vec::new();
    for host in written.iter().map(|host| Host::new(host, args.port)) {
        match hosts.iter().find(|known| known.name == host.name) {
            None => hosts.push(host),
            Some(known) if *known == host => {}
            // The proxy tells its sites apart without the port, and would have one of them judge the calls of both.
            Some(known) => {
                return Err(CliFault::usage(format!(
                    "the routes are about {} and {}, which differ by the port alone: say which with --host",
                    known.authority, host.authority
                )));
            }
        }
    }
    if hosts.is_empty() {
        return Err(CliFault::usage("name the API's host with --host"));
    }
    Ok((None, hosts))
}

/// Scheme and host; the scheme's own port is nobody's to write (RFC 9449 section 4.3 compares addresses that are normalised).
fn read_origin(origin: &str) -> Option<(&'static str, &str)> {
    let (scheme, authority) = origin.split_once("://")?;
    let authority = authority.strip_suffix('/').unwrap_or(authority);
    let (scheme, own_port) = match scheme {
        "https" => ("https", ":443"),
        "http" => ("http", ":80"),
        _ => return None,
    };
    let authority = authority.strip_suffix(own_port).unwrap_or(authority);
    let is_lower = !authority.bytes().any(|byte| byte.is_ascii_uppercase());
    (is_lower && crate::net::is_host(authority.as_bytes())).then_some((scheme, authority))
}

/// The query of the gate's address, in a realm without routes.
fn asked(args: &Args, realm: &RealmConfig) -> Result<Option<String>, CliFault> {
    match (&args.scope, realm.gate.is_empty()) {
        (Some(_), false) => Err(CliFault::usage(
            "the realm has [[gate.routes]], so --scope means nothing",
        )),
        (None, true) => Err(CliFault::usage(
            "the realm has no [[gate.routes]]: write some, or name what every call needs with --scope",
        )),
        (Some(_), true) if args.proxy == Proxy::Envoy => Err(CliFault::usage(
            "Envoy's address cannot say what is needed: write [[gate.routes]]",
        )),
        (scope, _) => Ok(scope.as_ref().map(|scope| query(scope, args.resource.as_deref()))),
    }
}

fn query(scope: &str, resource: Option<&str>) -> String {
    let mut query = "?scope=".to_owned();
    encode_into(scope, &mut query);
    if let Some(resource) = resource {
        query.push_str("&resource=");
        encode_into(resource, &mut query);
    }
    query
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    }
}

/// A name that leads to both families is two servers to nginx, which does not go on to the next one with a question: where
/// grantd listens in one of them, the other refuses.
fn in_one_family(place: &str) -> String {
    let name = without_port(place);
    if name.eq_ignore_ascii_case("localhost") {
        place.replacen(name, "127.0.0.1", 1)
    } else {
        place.to_owned()
    }
}

/// The port of a place on this computer.
fn port_here(place: &str) -> Option<u16> {
    let (name, port) = place.rsplit_once(':')?;
    let is_here = name.eq_ignore_ascii_case("localhost") || matches!(name, "127.0.0.1" | "[::1]");
    port.parse().ok().filter(|_| is_here)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    fn args(proxy: Proxy) -> Args {
        Args {
            proxy,
            script: false,
            realm: None,
            api: "127.0.0.1:9000".to_owned(),
            grantd: None,
            host: None,
            origin: None,
            port: 8081,
            scope: None,
            resource: None,
        }
    }

    fn made(proxy: Proxy, change: impl FnOnce(&mut Args)) -> Result<Plan, CliFault> {
        let mut args = args(proxy);
        change(&mut args);
        made_of("host = 'api.example'", &args)
    }

    fn made_of(host: &str, args: &Args) -> Result<Plan, CliFault> {
        let realm = format!(
            "name = 'a'\ndisplay_name = 'A'\nissuer = 'http://localhost:8400'\n[[gate.routes]]\n{host}\n\
             path = '/**'\npermissions = []\n"
        );
        plan(
            args,
            config::parse_realm(std::path::Path::new("a.toml"), &realm).unwrap(),
        )
    }

    #[test]
    fn an_issuer_at_localhost_moves_along_with_grantd() {
        let at = |grantd: Option<&str>| {
            let plan = made(Proxy::Nginx, |args| args.grantd = grantd.map(str::to_owned)).unwrap();
            (plan.grantd, plan.own_host)
        };
        let both = |grantd: &str, own: &str| (grantd.to_owned(), own.to_owned());
        assert_eq!(at(None), both("127.0.0.1:8400", "localhost:8400"));
        assert_eq!(at(Some("127.0.0.1:8500")), both("127.0.0.1:8500", "localhost:8500"));
        assert_eq!(at(Some("10.0.0.7:8500")), both("10.0.0.7:8500", "localhost:8400"));
        // Of a name nginx makes a server each for both families, and grantd listens in one.
        assert_eq!(at(Some("localhost:8500")), both("127.0.0.1:8500", "localhost:8500"));
        assert_eq!(at(Some("LOCALHOST")), both("127.0.0.1", "localhost:8400"));
    }

    #[test]
    fn hosts_that_differ_by_their_port_alone_are_not_taken_for_one() {
        for hosts in [
            "host = ['api.example:8443', 'api.example:9443']",
            "host = ['api.example', 'other.example', 'api.example:8443']",
        ] {
            let mut args = args(Proxy::Nginx);
            let fault = made_of(hosts, &args).err().expect(hosts).message;
            assert!(
                fault.contains("--host") && fault.contains("api.example:8443"),
                "{fault}"
            );
            args.host = Some("api.example:8443".to_owned());
            assert_eq!(made_of(hosts, &args).unwrap().hosts[0].authority, "api.example:8443");
        }
        let same = "host = ['api.example', 'api.example:8081', 'other.example']";
        let hosts = made_of(same, &args(Proxy::Nginx)).unwrap().hosts;
        let authorities: Vec<&str> = hosts.iter().map(|host| &*host.authority).collect();
        assert_eq!(authorities, ["api.example:8081", "other.example:8081"]);
    }

    #[test]
    fn an_origin_is_for_proxies_that_do_not_tell_the_scheme_by_themselves() {
        for proxy in Proxy::ALL {
            let origin = "https://shop.example:8443";
            let made = made(*proxy, |args| args.origin = Some(origin.to_owned()));
            if matches!(proxy, Proxy::Traefik | Proxy::Envoy) {
                assert!(made.is_err(), "{proxy:?}");
                continue;
            }
            let plan = made.unwrap();
            assert_eq!((plan.scheme, &*plan.hosts[0].name), (Some("https"), "shop.example"));
            assert_eq!(plan.hosts[0].authority, "shop.example:8443");
        }
    }

    #[test]
    fn a_host_is_written_with_the_port_that_its_callers_know() {
        let authority = |written: &str, port| Host::new(written, port).authority;
        assert_eq!(authority("api.example", 80), "api.example");
        assert_eq!(authority("api.example", 443), "api.example");
        assert_eq!(authority("api.example", 8081), "api.example:8081");
        assert_eq!(authority("api.example:8443", 80), "api.example:8443");
        assert_eq!(authority("[::1]", 8081), "[::1]:8081");
        assert_eq!(Host::new("api.example:8443", 80).name, "api.example");
    }

    #[test]
    fn an_origin_is_a_scheme_and_a_host() {
        assert_eq!(read_origin("https://api.example"), Some(("https", "api.example")));
        assert_eq!(read_origin("https://api.example:443/"), Some(("https", "api.example")));
        assert_eq!(
            read_origin("http://api.example:8443"),
            Some(("http", "api.example:8443"))
        );
        for wrong in [
            "api.example",
            "ftp://api.example",
            "https://",
            "https://api.example/v1",
            "https://API.example",
        ] {
            assert_eq!(read_origin(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_a_place_on_this_computer_moves_an_issuer() {
        assert_eq!(port_here("127.0.0.1:9"), Some(9));
        assert_eq!(port_here("localhost:9"), Some(9));
        assert_eq!(port_here("10.0.0.1:9"), None);
        assert_eq!(port_here("localhost"), None);
    }
}
