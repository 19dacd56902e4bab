//! Envoy: the filter `ext_authz` over HTTP.

use super::{HEAD, Plan};

/// The filter, and the cluster that it needs.
pub(super) fn text(plan: &Plan) -> String {
    let domains = plan.hosts.join(", ");
    let (address, port) = plan.grantd.rsplit_once(':').unwrap_or((&plan.grantd, "80"));
    format!(
        r#"{HEAD}# For the connection manager whose virtual host is for {domains}. Set there, too:
#   common_http_protocol_options: {{headers_with_underscores_action: REJECT_REQUEST}}
#   normalize_path: true
http_filters:
  - name: envoy.filters.http.ext_authz
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz
      failure_mode_allow: false
      http_service:
        server_uri: {{uri: "http://grantd", cluster: grantd, timeout: 2s}}
        path_prefix: {gate}
        authorization_request:
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
        authorization_response:
          allowed_upstream_headers:
            patterns:
              - prefix: x-grantd-
          allowed_client_headers:
            patterns:
              - exact: www-authenticate
              - exact: dpop-nonce
  - name: envoy.filters.http.router
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
clusters:
  - name: grantd
    type: STRICT_DNS
    load_assignment:
      cluster_name: grantd
      endpoints:
        - lb_endpoints:
            - endpoint: {{address: {{socket_address: {{address: "{address}", port_value: {port}}}}}}}
"#,
        gate = plan.gate,
    )
}
