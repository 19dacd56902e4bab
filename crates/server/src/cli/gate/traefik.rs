//! Traefik: ForwardAuth.

use super::{HEAD, Plan, headers, told_by_proxies};

/// A file of dynamic configuration.
pub(super) fn text(plan: &Plan) -> String {
    let rule: Vec<String> = plan.hosts.iter().map(|host| format!("Host(`{host}`)")).collect();
    let rule = rule.join(" || ");
    let taken: String = headers().map(|name| format!("          - {name}\n")).collect();
    // The forwarded host is its own affair. An address or a method it lets through where it trusts a proxy before it, which
    // may have got it from a client: it comes off before ForwardAuth, which tells the true one by itself.
    let removed: String = told_by_proxies(Some("x-forwarded-host"))
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
{taken}    plain:
      headers:
        customRequestHeaders:
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
