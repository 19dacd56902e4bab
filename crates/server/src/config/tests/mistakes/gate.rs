//! Mistakes in the gate's routes.

use super::rest;

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
