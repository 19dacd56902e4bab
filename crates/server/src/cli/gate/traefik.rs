//! Traefik: ForwardAuth.

use super::{HEAD, Plan, headers, taken_off};

/// A file of dynamic configuration.
pub(super) fn text(plan: &Plan) -> String {
    let rule: Vec<String> = plan.hosts.iter().map(|host| format!("Host(`{}`)", host.name)).collect();
    let rule = rule.join(" || ");
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
        r#"{HEAD}# A file of dynamic configuration. Access logs must leave the query out, since it may carry a credential.
http:
  middlewares:
    grantd:
      forwardAuth:
        address: "http://{grantd}{gate}"
        trustForwardHeader: false
        authResponseHeaders:
{taken}    # Only a call that asks for an upgrade keeps `Upgrade`, and then it asks for a WebSocket, whatever its caller named: Traefik
    # itself lets every upgrade through, to HTTP/2 too, in which nobody would judge anything.
    plain:
      headers:
        customRequestHeaders:
          Upgrade: "websocket"
{removed}  routers:
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
