//! Envoy: the filter `ext_authz` over HTTP.

use super::{HEAD, Plan, taken_off};

/// A whole configuration, with which Envoy runs.
pub(super) fn text(plan: &Plan) -> String {
    let hosts: Vec<String> = plan.hosts.iter().map(|host| format!("\"{}\"", host.name)).collect();
    let removed = taken_off(None).collect::<Vec<_>>().join(", ").to_ascii_lowercase();
    format!(
        r#"{HEAD}# Paths stay as they were sent, or the gate would judge another one than the API sees. An access log must leave the query out,
# since it may carry a credential. The client must be a peer of this listener: behind another proxy, say so in Envoy's words.
static_resources:
  listeners:
    - name: guarded
      address: {{socket_address: {{address: "0.0.0.0", port_value: {port}}}}}
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: guarded
                use_remote_address: true
                common_http_protocol_options: {{headers_with_underscores_action: DROP_HEADER}}
                upgrade_configs: [{{upgrade_type: websocket}}]
                route_config:
                  ignore_port_in_host_matching: true
                  virtual_hosts:
                    - name: api
                      domains: [{hosts}]
                      request_headers_to_remove: [{removed}]
                      # What the caller says of itself comes off.
                      request_headers_to_add:
                        - header: {{key: x-forwarded-for, value: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"}}
                          append_action: OVERWRITE_IF_EXISTS_OR_ADD
                      routes:
                        # Without a limit, since a stream of events has no end.
                        - {{match: {{prefix: "/"}}, route: {{cluster: api, timeout: 0s}}}}
                http_filters:
{filter}                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
  clusters:
{grantd}{api}"#,
        port = plan.port,
        hosts = hosts.join(", "),
        filter = filter(&plan.gate),
        grantd = cluster("grantd", &plan.grantd),
        api = cluster("api", &plan.api),
    )
}

/// The filter that asks.
fn filter(gate: &str) -> String {
    format!(
        r#"                  - name: envoy.filters.http.ext_authz
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz
                      failure_mode_allow: false
                      status_on_error: {{code: ServiceUnavailable}}
                      allowed_headers:
                        patterns:
                          - exact: x-api-key
                          - exact: dpop
                          - exact: mcp-method
                          - exact: mcp-name
                          - exact: x-forwarded-proto
                          - exact: x-http-method-override
                          - exact: x-http-method
                          - exact: x-method-override
                          # It cannot take them off by what they begin with, so the gate refuses the unknown ones.
                          - prefix: x-grantd-
                          # Nor names that are neither letters, digits nor dashes, of which some are another one to the API.
                          - safe_regex: {{regex: "[^:]*[^a-z0-9:-][^:]*"}}
                      http_service:
                        server_uri: {{uri: "http://grantd", cluster: grantd, timeout: 2s}}
                        path_prefix: {gate}
                        authorization_response:
                          allowed_upstream_headers:
                            patterns:
                              - prefix: x-grantd-
                          allowed_client_headers:
                            patterns:
                              - exact: www-authenticate
                              - exact: dpop-nonce
                              - exact: cache-control
"#
    )
}

/// Where something listens.
fn cluster(name: &str, place: &str) -> String {
    let (address, port) = place.rsplit_once(':').unwrap_or((place, "80"));
    format!(
        r#"    - name: {name}
      type: STRICT_DNS
      load_assignment:
        cluster_name: {name}
        endpoints:
          - lb_endpoints:
              - endpoint: {{address: {{socket_address: {{address: "{address}", port_value: {port}}}}}}}
"#
    )
}
