//! Traefik: ForwardAuth.

use super::{HEAD, Plan, headers, taken_off};

/// A file of dynamic configuration.
pub(super) fn text(plan: &Plan) -> String {
    let rule: Vec<String> = plan.hosts.iter().map(|host| format!("Host(`{}`)", host.name)).collect();
    let rule = rule.join(" || ");
    let to_a_websocket = format!("({rule}) && HeaderRegexp(`Upgrade`, `(?i)^websocket$`)");
    let taken: String = headers().map(|name| format!("          - {name}\n")).collect();
    // The forwarded host is its own affair. An address or a method it lets through where it trusts a proxy before it, which
    // may have got it from a client: it comes off before ForwardAuth, which tells the true one by itself.
    // Port and address of the client it has set by then, whatever the client said.
    let is_its_own = |name: &String| matches!(name.as_str(), "X-Forwarded-Port" | "X-Real-Ip");
    let removed: String = taken_off(Some("x-forwarded-host"))
        .filter(|name| !is_its_own(name))
        .map(|name| format!("          {name}: \"\"\n"))
        .collect();
    format!(
        r#"{HEAD}# A file of dynamic configuration. Where access logs are written, the static one must leave the query out of them, since it may
# carry a credential: accessLog.fields.queryParameters.defaultMode: drop (from 3.7.3 and 3.6.19 on), or before that
# accessLog.format: json with accessLog.fields.names.RequestPath: drop.
http:
  middlewares:
    grantd:
      forwardAuth:
        address: "http://{grantd}{gate}"
        trustForwardHeader: false
        authResponseHeaders:
{taken}    # A connection becomes a WebSocket or nothing: Traefik itself lets every upgrade through, to HTTP/2 too, in which nobody would
    # judge anything.
    plain:
      headers:
        customRequestHeaders:
          Upgrade: ""
{removed}    websocket:
      headers:
        customRequestHeaders:
          Upgrade: "websocket"
  routers:
    # Traefik takes the longer rule where both fit.
    guarded-websocket:
      rule: "{to_a_websocket}"
      middlewares: [plain, websocket, grantd]
      service: api
    guarded:
      rule: "{rule}"
      middlewares: [plain, grantd]
      service: api
  services:
    api:
      loadBalancer:
        servers:
          - url: "http://{api}"
"#,
        grantd = plan.grantd,
        gate = plan.gate,
        api = plan.api,
    )
}
