//! nginx: `auth_request` (`ngx_http_auth_request_module`).

use super::plan::Host;
use super::{HEAD, Plan, headers, taken_off};

/// What goes into the `http` block.
pub(super) fn text(plan: &Plan) -> String {
    let servers: String = plan.hosts.iter().map(|host| server(plan, host)).collect();
    format!(
        r#"{HEAD}# For the http block.

# No query in logs: it may carry a credential.
log_format guarded '$remote_addr [$time_local] $request_method $uri $status $body_bytes_sent';

# WebSockets begin as an upgrade; nobody else says what becomes of the connection, and it becomes nothing else.
map $http_upgrade $guarded_connection {{
    default "";
    ~*^websocket$ upgrade;
}}
map $http_upgrade $guarded_upgrade {{
    default "";
    ~*^websocket$ websocket;
}}

upstream grantd {{
    server {grantd};
    keepalive 32;
}}
{servers}"#,
        grantd = plan.grantd
    )
}

fn server(plan: &Plan, host: &Host) -> String {
    let taken: String = headers()
        .map(|name| format!("        auth_request_set ${0} $upstream_http_{0};\n", variable(&name)))
        .collect();
    let sent: String = headers()
        .map(|name| format!("        proxy_set_header {name} ${};\n", variable(&name)))
        .collect();
    let empty = |name: String| format!("        proxy_set_header {name} \"\";\n");
    let nothing_told: String = taken_off(None).map(empty).collect();
    let is_asked_in = |name: &String| matches!(name.as_str(), "X-Original-Method" | "X-Original-Url");
    let only_asked: String = taken_off(None).filter(|name| !is_asked_in(name)).map(empty).collect();
    format!(
        r#"
server {{
    listen {port};
    server_name {name};
    access_log /var/log/nginx/access.log guarded;

    location / {{
        auth_request /_grantd;
{taken}        auth_request_set $grantd_challenge $upstream_http_www_authenticate;
        auth_request_set $grantd_nonce $upstream_http_dpop_nonce;
        # For the next proof of possession, where the realm asks for nonces. Headers that are added further out have to be
        # added here, too.
        add_header DPoP-Nonce $grantd_nonce always;
        error_page 401 @challenged;
        error_page 403 @refused;
        # What nginx makes of a gate that is away or silent; an error of the API's own stays what it is.
        error_page 500 = @away;

{sent}{nothing_told}        proxy_set_header Host {authority};
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto {scheme};
        proxy_http_version 1.1;
        proxy_set_header Upgrade $guarded_upgrade;
        proxy_set_header Connection $guarded_connection;
        # Server-sent events are for now and not for later.
        proxy_buffering off;
        proxy_pass http://{api};
    }}

    # The host is written out: whoever sends another one is judged as if it were this one, as the API is.
    location = /_grantd {{
        internal;
        proxy_pass http://grantd{gate};
        proxy_http_version 1.1;
        # Whoever waits longer waits in vain, and a question is asked once: what it spends is spent.
        proxy_connect_timeout 2s;
        proxy_send_timeout 2s;
        proxy_read_timeout 2s;
        proxy_next_upstream off;
        proxy_pass_request_body off;
        proxy_set_header Content-Length "";
        proxy_set_header Connection "";
        proxy_set_header Upgrade "";
        proxy_set_header Cookie "";
        proxy_set_header Host {own_host};
        proxy_set_header X-Forwarded-For $remote_addr;
{only_asked}        proxy_set_header X-Original-Method $request_method;
        proxy_set_header X-Original-URL {scheme}://{authority}$request_uri;
    }}

    # nginx hands the challenge of a 401 on by itself, that of a 403 only so.
    location @challenged {{
        internal;
        add_header DPoP-Nonce $grantd_nonce always;
        add_header Cache-Control no-store always;
        return 401;
    }}

    location @refused {{
        internal;
        add_header WWW-Authenticate $grantd_challenge always;
        add_header DPoP-Nonce $grantd_nonce always;
        add_header Cache-Control no-store always;
        return 403;
    }}

    location @away {{
        internal;
        add_header Cache-Control no-store always;
        return 503;
    }}
}}
"#,
        port = plan.port,
        name = host.name,
        authority = host.authority,
        scheme = plan.scheme.unwrap_or("$scheme"),
        api = plan.api,
        gate = plan.gate,
        own_host = plan.own_host,
    )
}

fn variable(header: &str) -> String {
    header.to_ascii_lowercase().replace('-', "_")
}
