//! Paths, hosts and methods that try to be something else; credentials in addresses; tools.

use super::{bearer, nginx, stage, token};

#[tokio::test]
async fn an_ambiguous_path_is_refused_whatever_it_would_lead_to() {
    let s = stage();
    let bearer = bearer(&token(&s.routed, "*", None).await);
    for path in [
        "/v1/%2e%2e/admin/x",
        "/v1/../admin/x",
        "//admin/x",
        "/v1//x",
        "/v1/x;y",
        "/%61dmin/x",
        "/admin%2fx",
        "/v1/%252e%252e/admin",
        "/ADMIN/x",
        "/Admin",
        "/v1/x%5c..%5cadmin",
        "/v1/x#y",
        "/admin./x",
        "/admin%20/x",
    ] {
        let reply = nginx(&s.routed, "GET", path, &[("authorization", &bearer)]).await;
        reply.refused(403, "access_denied");
        assert!(reply.header("www-authenticate").is_none(), "{path}");
    }
    nginx(&s.routed, "GET", "/admin/x", &[("authorization", &bearer)])
        .await
        .expect(200);
}

#[tokio::test]
async fn headers_that_change_the_method_or_look_like_an_identity_are_refused() {
    let s = stage();
    let bearer = bearer(&token(&s.routed, "*", None).await);
    for header in [
        ("x-http-method-override", "DELETE"),
        ("x-method-override", "delete"),
        ("x_grantd_subject", "admin"),
        ("X-Grantd_Subject", "admin"),
        ("X_HTTP_Method_Override", "DELETE"),
        ("X-HTTP_Method-Override", "DELETE"),
        ("X_Original_URL", "/admin/x"),
        ("X_Api_Key", "anything"),
        ("Mcp_Method", "tools/call"),
        ("SCRIPT_NAME", "/v1"),
        ("X-Grantd-Admin", "1"),
        ("HTTP2-Settings", "AAMAAABk"),
        ("Upgrade", "h2c"),
    ] {
        let headers = [("authorization", bearer.as_str()), header];
        nginx(&s.routed, "GET", "/v1/invoices/7", &headers)
            .await
            .refused(403, "access_denied");
    }
    let url = "https://api.example/v1/invoices/7";
    let gate = format!("{}/gate/nginx", s.routed.issuer());
    for headers in [
        &[
            ("x-original-method", "GET"),
            ("x-original-method", "GET"),
            ("x-original-url", url),
        ][..],
        &[
            ("x-original-method", "GET"),
            ("x-original-url", "https://no.example/v1/invoices/7"),
        ],
        &[
            ("x-original-method", "GET"),
            ("x-original-url", "https://u@api.example/v1/invoices/7"),
        ],
        &[("x-original-method", "GET"), ("x-original-url", "/v1/invoices/7")],
        &[
            ("x-original-method", "GET"),
            ("x-original-url", "gopher://api.example/v1/invoices/7"),
        ],
        &[("x-original-url", url)],
        &[],
    ] {
        let all = [&[("authorization", bearer.as_str())], headers].concat();
        super::ask(&gate, &all).await.refused(403, "access_denied");
    }
}

#[tokio::test]
async fn no_tunnel_is_opened_whatever_the_route_permits() {
    let s = stage();
    let bearer = bearer(&token(&s.routed, "*", None).await);
    for path in ["/", "/open", "/v1/invoices/7"] {
        let reply = nginx(&s.routed, "CONNECT", path, &[("authorization", &bearer)]).await;
        reply.refused(403, "access_denied");
        nginx(&s.routed, "OPTIONS", path, &[("authorization", &bearer)])
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn traefik_hands_everything_on_so_nothing_doubtful_passes_there() {
    let s = stage();
    let bearer = bearer(&token(&s.routed, "invoices:read", None).await);
    let url = format!("{}/gate/traefik", s.routed.issuer());
    let asked = async |header: (&str, &str)| {
        let headers = [
            ("authorization", bearer.as_str()),
            ("x-forwarded-method", "GET"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "api.example"),
            ("x-forwarded-uri", "/v1/invoices/7"),
            ("x-forwarded-port", "443"),
            ("x-forwarded-server", "proxy"),
            ("x-real-ip", "203.0.113.9"),
            header,
        ];
        super::ask(&url, &headers).await
    };
    for fine in [
        ("x-request-id", "1"),
        ("x-grantd-subject", "admin"),
        ("upgrade", "websocket"),
    ] {
        asked(fine).await.expect(200);
    }
    for doubtful in [
        ("x_request_id", "1"),
        ("Transfer_Encoding", "chunked"),
        ("x-grantd-role", "admin"),
        ("upgrade", "h2c"),
        ("http2-settings", "AAMAAABk"),
    ] {
        asked(doubtful).await.refused(403, "access_denied");
    }
}

#[tokio::test]
async fn a_token_in_the_address_counts_on_listed_paths_alone_and_reaches_no_log() {
    let s = stage();
    let token = token(&s.routed, "invoices:read invoices:write invoices:send", None).await;
    let query = format!("?x=1&access_token={token}");
    let get = async |method: &str, path: &str, headers: &[(&str, &str)]| {
        nginx(&s.routed, method, &format!("{path}{query}"), headers)
            .await
            .status
    };
    assert_eq!(get("GET", "/v1/invoices/7", &[]).await, 200);
    assert_eq!(get("POST", "/v1/invoices/7", &[]).await, 401);
    assert_eq!(get("GET", "/hub", &[]).await, 401);
    // Beside another credential nobody knows which one the API believes.
    assert_eq!(
        get("GET", "/v1/invoices/7", &[("authorization", &bearer(&token))]).await,
        401
    );
    assert_eq!(get("GET", "/hub", &[("authorization", &bearer(&token))]).await, 401);
    let key = super::api_key(&s.routed);
    let with_key = format!("/v1/invoices/7?access_token={key}");
    nginx(&s.routed, "GET", &with_key, &[]).await.expect(401);
    let log = s.server.log();
    assert!(!log.contains(&token) && !log.contains(&key) && !log.contains("access_token"));
}

#[tokio::test]
async fn each_tool_has_its_own_permission_and_hiding_it_does_not_help() {
    let s = stage();
    let bearer = bearer(&token(&s.routed, "payments:read", None).await);
    let call = async |headers: &[(&str, &str)]| {
        let all = [&[("authorization", bearer.as_str())], headers].concat();
        nginx(&s.routed, "POST", "/mcp", &all).await
    };
    call(&[("mcp-method", "tools/list")]).await.expect(200);
    call(&[("mcp-method", "tools/call"), ("mcp-name", "list_payments")])
        .await
        .expect(200);
    for name in ["refund_payment", "=?base64?cmVmdW5kX3BheW1lbnQ=?="] {
        let reply = call(&[("mcp-method", "tools/call"), ("mcp-name", name)]).await;
        reply.refused(403, "insufficient_scope");
        assert!(reply.all("www-authenticate")[0].contains("scope=\"payments:refund\""));
    }
    for hiding in [
        &[][..],
        &[("mcp-name", "refund_payment")],
        &[("mcp-method", "tools/call")],
        &[("mcp-method", "tools/call"), ("mcp-name", "a"), ("mcp-name", "b")],
        &[("mcp-method", "TOOLS/CALL"), ("mcp-name", "a")],
        &[("mcp-method", "tools/call"), ("mcp-name", "=?base64?%%?=")],
    ] {
        call(hiding).await.refused(403, "access_denied");
    }
}

#[tokio::test]
async fn an_open_route_passes_nobody_as_nobody() {
    let s = stage();
    let reply = nginx(&s.routed, "GET", "/open", &[("x-grantd-subject", "admin")]).await;
    assert_eq!(reply.expect(200).header("x-grantd-subject"), Some("-"));
    nginx(&s.routed, "GET", "/open", &[("authorization", "Bearer bad")])
        .await
        .expect(401);
}

#[tokio::test]
async fn another_header_that_names_a_call_has_to_name_the_one_that_is_asked_about() {
    let s = stage();
    let bearer = bearer(&token(&s.routed, "*", None).await);
    let gate = format!("{}/gate", s.routed.issuer());
    let ask = async |proxy: &str, other: (&str, &str)| {
        let nginx = [
            ("x-original-method", "GET"),
            ("x-original-url", "https://api.example/v1/invoices/7?x=1"),
        ];
        let traefik = [
            ("x-forwarded-method", "GET"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "api.example"),
            ("x-forwarded-uri", "/v1/invoices/7?x=1"),
        ];
        let own = if matches!(proxy, "nginx" | "haproxy") {
            &nginx[..]
        } else {
            &traefik
        };
        let all = [&[("authorization", bearer.as_str()), other], own].concat();
        super::ask(&format!("{gate}/{proxy}"), &all).await
    };
    let foreign = [
        ("nginx", "x-forwarded-uri", "x-forwarded-method", "x-forwarded-host"),
        ("haproxy", "x-original-uri", "x-http-method", "x-original-host"),
        ("traefik", "x-original-url", "x-original-method", "x-original-host"),
        ("caddy", "x-rewrite-url", "x-original-method", "x-original-host"),
    ];
    for (proxy, address, method, host) in foreign {
        for other in [
            (address, "/v1/invoices/7?x=1"),
            (method, "GET"),
            (host, "api.example:443"),
        ] {
            ask(proxy, other).await.expect(200);
        }
        for other in [
            (address, "/open"),
            (address, ""),
            (method, "DELETE"),
            (host, "open.example"),
        ] {
            let reply = ask(proxy, other).await;
            reply.refused(403, "access_denied");
            assert!(reply.header("www-authenticate").is_none(), "{proxy} {other:?}");
        }
    }
    // nginx that tells nothing, since its own configuration says what is needed.
    let url = format!("{}/gate/nginx?scope=invoices:read", s.plain.issuer());
    let bearer = super::bearer(&token(&s.plain, "invoices:read", None).await);
    for (other, status) in [
        ("x-forwarded-for", 200),
        ("x-rewrite-url", 403),
        ("x-forwarded-method", 403),
    ] {
        let headers = [("authorization", bearer.as_str()), (other, "10.0.0.1")];
        assert_eq!(super::ask(&url, &headers).await.status, status, "{other}");
    }
}
