//! Traefik: ForwardAuth.

use super::{HEAD, Plan, headers, told_by_proxies};

/// A file of dynamic configuration.
pub(super) fn text(plan: &Plan) -> String {
    let rule: Vec<String> = plan.hosts.iter().map(|host| format!("Host(`{host}`)")).collect();
    let rule = rule.join(" || ");
    let taken: String = headers().map(|name| format!("          - {name}\n")).collect();
    // What begins with X-Forwarded it takes off and sets by itself.
    let removed: String = told_by_proxies(Some("x-forwarded-"))
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
