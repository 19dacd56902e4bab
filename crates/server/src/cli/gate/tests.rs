//! What every proxy's configuration has to say, read as text; that it does what it says is tried with the proxies themselves.

use super::plan::Host;
use super::*;

fn plan() -> Plan {
    Plan {
        hosts: vec![Host {
            name: "api.example".to_owned(),
            authority: "api.example:8081".to_owned(),
        }],
        port: 8081,
        api: "127.0.0.1:9000".to_owned(),
        grantd: "127.0.0.1:8400".to_owned(),
        own_host: "id.example".to_owned(),
        gate: "/gate".to_owned(),
        scheme: None,
    }
}

#[test]
fn what_clients_have_no_business_to_tell_reaches_no_api() {
    let plan = plan();
    let (traefik, caddy) = (traefik::text(&plan), caddy::text(&plan));
    for name in taken_off(Some("x-forwarded-host")) {
        assert!(caddy.contains(&format!("\t\trequest_header -{name}\n")), "{name}");
        // It sets these two itself, before anything else.
        let is_its_own = name == "X-Forwarded-Port" || name == "X-Real-Ip";
        assert_eq!(
            traefik.contains(&format!("          {name}: \"\"\n")),
            !is_its_own,
            "{name}"
        );
    }
    assert!(
        traefik.contains("middlewares: [plain, grantd]"),
        "off, before it is told"
    );
    let (nginx, envoy, haproxy) = (nginx::text(&plan), envoy::text(&plan), haproxy::text(&plan));
    for name in taken_off(None) {
        assert!(
            nginx.contains(&format!("        proxy_set_header {name} \"\";\n")),
            "{name}"
        );
        assert!(envoy.contains(&name.to_ascii_lowercase()), "{name}");
        let is_by_prefix = name.starts_with("X-Forwarded-");
        let line = format!("\thttp-request del-header {name}\n");
        assert!(haproxy.contains(&line) || is_by_prefix, "{name}");
    }
    // What is taken off is gone before the question, and so is not in it.
    let asks = haproxy.find("lua.grantd").unwrap();
    assert!(haproxy.rfind("http-request del-header").unwrap() < asks);
}

#[test]
fn behind_traefik_a_connection_becomes_a_websocket_or_nothing() {
    let traefik = traefik::text(&plan());
    assert!(traefik.contains("          Http2-Settings: \"\"\n"));
    let router = |name: &str| {
        let (_, rest) = traefik.split_once(&format!("    {name}:\n      rule: ")).unwrap();
        let (rule, rest) = rest.split_once('\n').unwrap();
        (rule.to_owned(), rest.lines().next().unwrap().trim().to_owned())
    };
    let (plain, websocket) = (router("guarded"), router("guarded-websocket"));
    assert_eq!(plain.1, "middlewares: [plain, grantd]");
    assert_eq!(
        websocket.1, "middlewares: [plain, websocket, grantd]",
        "off, and on for what it may be"
    );
    let middleware = |name: &str| {
        let begin = format!("    {name}:\n      headers:\n        customRequestHeaders:\n          Upgrade: ");
        traefik.split_once(&begin).unwrap().1.lines().next().unwrap().to_owned()
    };
    assert_eq!(
        (&*middleware("plain"), &*middleware("websocket")),
        ("\"\"", "\"websocket\"")
    );
    // Of two routers that fit, Traefik takes that with the longer rule; with "or" before "and" in it, one host would get every upgrade.
    assert!(websocket.0.len() > plain.0.len());
    assert_eq!(
        websocket.0,
        format!(
            "\"({}) && HeaderRegexp(`Upgrade`, `(?i)^websocket$`)\"",
            plain.0.trim_matches('"')
        )
    );
}
