//! Caddy: `forward_auth`.

use super::{HEAD, Plan, headers, told_by_proxies};

/// Logs without queries and keys. Caddy chooses a site's log by the host as the caller wrote it, so it stands in the global
/// options, too.
const FILTERED: &str = r"log {
		format filter {
			wrap json
			fields {
				request>uri regexp \?.* ?
				request>headers>X-Api-Key delete
				request>headers>Dpop delete
			}
		}
	}";

/// A Caddyfile.
pub(super) fn text(plan: &Plan) -> String {
    let sites: String = plan.hosts.iter().map(|host| site(plan, host)).collect();
    format!("{HEAD}{{\n\t{FILTERED}\n}}\n{sites}")
}

fn site(plan: &Plan, host: &str) -> String {
    let names = headers().collect::<Vec<_>>().join(" ");
    // The forwarded host is its own affair: it believes a proxy before it where it is told to.
    let removed: String = told_by_proxies(Some("x-forwarded-host"))
        .map(|name| format!("\t\trequest_header -{name}\n"))
        .collect();
    // Without a question mark the caller's own query would stand behind the gate's address.
    let gate = if plan.gate.contains('?') {
        plan.gate.clone()
    } else {
        format!("{}?", plan.gate)
    };
    format!(
        r"
http://{host}:{port} {{
	{FILTERED}

	# In this order, and not in Caddy's own, by which what the gate tells would be removed again.
	route {{
		request_header -X-Grantd-*
{removed}		# A header that `Connection` names is taken off on the way on: nobody names what the gate tells.
		@upgrade header Connection *pgrade*
		@plain not header Connection *pgrade*
		request_header @upgrade Connection Upgrade
		request_header @plain -Connection
		forward_auth {grantd} {{
			uri {gate}
			header_up Host {own_host}
			header_up -Cookie
			copy_headers {names}
		}}
		reverse_proxy {api}
	}}
}}
",
        port = plan.port,
        grantd = plan.grantd,
        own_host = plan.own_host,
        api = plan.api,
    )
}
