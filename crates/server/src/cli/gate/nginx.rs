//! nginx: `auth_request` (`ngx_http_auth_request_module`).

use super::{HEAD, Plan, headers, told_by_proxies};

/// What goes into the `http` block.
pub(super) fn text(plan: &Plan) -> String {
    let servers: String = plan.hosts.iter().map(|host| server(plan, host)).collect();
    format!(
        r#"{HEAD}# For the http block.

# No query in logs: it may carry a credential.
log_format guarded '$remote_addr [$time_local] $request_method $uri $status $body_bytes_sent';

# WebSockets begin as an upgrade; nobody else says what becomes of the connection.
map $http_upgrade $guarded_connection {{
    default "";
    ~*^websocket$ upgrade;
}}

upstream grantd {{
    server {grantd};
    keepalive 32;
}}
{servers}"#,
        grantd = plan.grantd
    )
}

fn server(plan: &Plan, host: &str) -> String {
    let taken: String = headers()
        .map(|name| format!("        auth_request_set ${0} $upstream_http_{0};\n", variable(&name)))
        .collect();
    let sent: String = headers()
        .map(|name| format!("        proxy_set_header {name} ${};\n", variable(&name)))
        .collect();
    let empty = |name: String| format!("        proxy_set_header {name} \"\";\n");
    let nothing_told: String = told_by_proxies(None).map(empty).collect();
    let is_asked_in = |name: &String| matches!(name.as_str(), "X-Original-Method" | "X-Original-Url");
    let only_asked: String = told_by_proxies(None)
        .filter(|name| !is_asked_in(name))
        .map(empty)
        .collect();
    format!(
        r#"
server {{
    listen {port};
    server_name {host};
    access_log /var/log/nginx/access.log guarded;

    location / {{
        auth_request /_grantd;
{taken}        auth_request_set $grantd_challenge $upstream_http_www_authenticate;
        auth_request_set $grantd_nonce $upstream_http_dpop_nonce;
        # For the next proof of possession, where the realm asks for nonces. Headers that are added further out have to be
        # added here, too.
        add_header DPoP-Nonce $grantd_nonce always;
        error_page 403 @refused;

{sent}{nothing_told}        proxy_set_header Host {host};
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
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
        proxy_pass_request_body off;
        proxy_set_header Content-Length "";
        proxy_set_header Connection "";
        proxy_set_header Cookie "";
        proxy_set_header Host {own_host};
        proxy_set_header X-Forwarded-For $remote_addr;
{only_asked}        proxy_set_header X-Original-Method $request_method;
        proxy_set_header X-Original-URL $scheme://{host}$request_uri;
    }}

    # nginx hands the challenge of a 401 on by itself, that of a 403 only so.
    location @refused {{
        internal;
        add_header WWW-Authenticate $grantd_challenge always;
        add_header DPoP-Nonce $grantd_nonce always;
        return 403;
    }}
}}
"#,
        port = plan.port,
        api = plan.api,
        gate = plan.gate,
        own_host = plan.own_host,
    )
}

fn variable(header: &str) -> String {
    header.to_ascii_lowercase().replace('-', "_")
}
