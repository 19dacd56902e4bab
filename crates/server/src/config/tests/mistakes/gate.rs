//! Mistakes in the gate's routes.

use super::rest;
use crate::config::parse_realm;
use std::path::Path;

#[test]
fn a_tool_that_no_call_can_name_is_a_mistake() {
    let route = |mcp: &str| format!("[[gate.routes]]\nhost = 'mcp.example'\npath = '/mcp'\npermissions = []\n{mcp}\n");
    for (mcp, key) in [
        ("mcp_method = 'tools/call,tools/list'", "mcp_method: has"),
        ("mcp_method = '=?base64?dG9vbHMvY2FsbA==?='", "mcp_method: has"),
        (
            "mcp_method = 'tools/call'\nmcp_name = ['a', '=?BASE64?YQ==?=']",
            "mcp_name: has",
        ),
    ] {
        let said = rest(&route(mcp));
        assert!(said.contains(key), "{mcp}: {said}");
    }
}

#[test]
fn a_route_that_an_earlier_one_covers_is_warned_of() {
    let warned = |routes: &[&str]| {
        let routes: String = routes
            .iter()
            .map(|route| format!("[[gate.routes]]\nhost = 'api.example'\n{route}\n"))
            .collect();
        let text = format!("name = 'a'\ndisplay_name = 'A'\nissuer = 'https://a.example'\n{routes}");
        let realm = parse_realm(Path::new("realm.toml"), &text).unwrap();
        let warnings = realm.loosenings.iter().map(ToString::to_string);
        warnings
            .filter(|warning| warning.contains("never counts"))
            .collect::<Vec<_>>()
    };
    let (all, open) = ("path = '/**'\npermissions = []", "path = '/open'\nanonymous = true");
    assert_eq!(
        warned(&[all, open]),
        [
            "realm.toml:10: gate.routes[1].path: never counts: gate.routes[0] takes or refuses every call of it first; put \
             the narrower route first"
        ]
    );
    // Of two that are about the same calls neither is narrower.
    let same = warned(&[all, "path = '/**'\nanonymous = true"]);
    assert!(
        matches!(&*same, [says] if says.ends_with("gate.routes[0] takes or refuses every call of it first")),
        "{same:?}"
    );
    assert!(warned(&[open, all]).is_empty());
    let reads = "methods = ['GET']\npath = '/v1/**'\npermissions = []";
    assert!(warned(&[reads, "path = '/v1/**'\npermissions = []"]).is_empty());
}
