//! Caddy: `forward_auth`.

use super::plan::Host;
use super::{HEAD, Plan, beside, headers, taken_off};

/// Logs without queries and without headers, in each of which there may be a credential, under whatever name. Caddy chooses a
/// site's log by the host as the caller wrote it, so it stands in the global options, too.
const FILTERED: &str = r"log {
		format filter {
			wrap json
			fields {
				request>uri regexp \?.* ?
				request>headers delete
			}
		}
	}";

/// A Caddyfile.
pub(super) fn text(plan: &Plan) -> String {
    let sites: String = plan.hosts.iter().map(|host| site(plan, host)).collect();
    format!("{HEAD}{{\n\t{FILTERED}\n}}\n{sites}")
}

fn site(plan: &Plan, host: &Host) -> String {
    let names = headers().collect::<Vec<_>>().join(" ");
    // The forwarded host is its own affair: it believes a proxy before it where it is told to.
    let removed: String = taken_off(Some("x-forwarded-host"))
        .map(|name| format!("\t\trequest_header -{name}\n"))
        .collect();
    let marked: String = beside::MARKS
        .chars()
        .map(|mark| format!("\t\trequest_header -*{mark}*\n"))
        .collect();
    // Without a question mark the caller's own query would stand behind the gate's address.
    let gate = if plan.gate.contains('?') {
        plan.gate.clone()
    } else {
        format!("{}?", plan.gate)
    };
    // The address as its callers know it, where it is not the one that Caddy sees.
    let told = plan.scheme.map_or_else(String::new, |scheme| {
        format!(
            "\t\t\theader_up X-Forwarded-Proto {scheme}\n\t\t\theader_up X-Forwarded-Host {}\n",
            host.authority
        )
    });
    format!(
        r"
http://{name}:{port} {{
	{FILTERED}

	# In this order, and not in Caddy's own, by which what the gate tells would be removed again.
	route {{
		request_header -X-Grantd-*
		# To servers that make variables of headers such a name is another one, or more than a header.
{marked}{removed}		# A header that `Connection` names is taken off on the way on: nobody names what the gate tells. And a connection
		# becomes a WebSocket or nothing: what is set is set alone, whatever else was named beside it.
		@websocket {{
			header_regexp Connection `(?i)(^|[ ,	])upgrade($|[ ,	])`
			header_regexp Upgrade `(?i)^websocket$`
		}}
		@other not {{
			header_regexp Connection `(?i)(^|[ ,	])upgrade($|[ ,	])`
			header_regexp Upgrade `(?i)^websocket$`
		}}
		request_header @websocket Connection Upgrade
		request_header @websocket Upgrade websocket
		request_header @other -Connection
		request_header @other -Upgrade
		forward_auth {grantd} {{
			uri {gate}
			header_up Host {own_host}
			header_up -Cookie
{told}			copy_headers {names}
			# Whoever waits longer waits in vain.
			transport http {{
				dial_timeout 2s
				response_header_timeout 2s
			}}
		}}
		reverse_proxy {api} {{
{told}		}}
	}}
}}
",
        name = host.name,
        port = plan.port,
        own_host = plan.own_host,
        grantd = plan.grantd,
        api = plan.api,
    )
}
