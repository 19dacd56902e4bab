//! What a call of the Model Context Protocol says about itself in headers, so that nobody on the way has to read its body
//! (SEP-2243). The MCP server compares them with the body; the gate believes them. Must not know HTTP.

use grantd_jose::base64url_decode;
use std::borrow::Cow;

/// Marks of a name that is no plain text in a header.
const ENCODED: (&str, &str) = ("=?base64?", "?=");

/// `Mcp-Method` and `Mcp-Name` as they came.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct McpCall<'a> {
    /// The method: `tools/call`.
    pub method: Option<&'a str>,
    /// The tool, prompt or resource: owned where it was decoded, borrowed where it is what stood in the header.
    pub name: Option<Cow<'a, str>>,
}

/// What a route asks of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct McpRule {
    /// The method.
    pub method: String,
    /// The tools, prompts or resources; any where empty.
    pub names: Vec<String>,
}

/// How a call stands to a rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum McpFit {
    /// The rule is about it.
    Yes,
    /// It says that it is something else.
    No,
    /// It does not say what it is.
    Unsaid,
}

impl McpRule {
    /// Whether each call that another rule is about is this one's too, or is refused for being so but for upper and lower case.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let is_own = |name: &String| self.names.iter().any(|own| own.eq_ignore_ascii_case(name));
        self.method.eq_ignore_ascii_case(&other.method)
            && (self.names.is_empty() || (!other.names.is_empty() && other.names.iter().all(is_own)))
    }

    /// How a call stands to the rule.
    #[must_use]
    pub fn fit(&self, call: &McpCall<'_>) -> McpFit {
        let Some(method) = call.method.filter(|method| is_one(method) && !is_list(method)) else {
            return McpFit::Unsaid;
        };
        // Some servers are lax about case; whoever plays with it has something in mind.
        if method != self.method {
            let is_near = method.eq_ignore_ascii_case(&self.method);
            return if is_near { McpFit::Unsaid } else { McpFit::No };
        }
        if self.names.is_empty() {
            return McpFit::Yes;
        }
        match &call.name {
            None => McpFit::Unsaid,
            Some(name) if !is_one(name) => McpFit::Unsaid,
            // Only what stood in the header can have been joined on the way.
            Some(Cow::Borrowed(name)) if is_list(name) => McpFit::Unsaid,
            Some(name) if self.names.iter().any(|one| one == name) => McpFit::Yes,
            Some(name) if self.names.iter().any(|one| one.eq_ignore_ascii_case(name)) => McpFit::Unsaid,
            Some(_) => McpFit::No,
        }
    }
}

/// Whether a value says one thing to everybody. An empty header says no more than none, and what is still encoded here is
/// plain to whoever decodes more.
fn is_one(value: &str) -> bool {
    !value.trim().is_empty() && !has_mark(value)
}

/// Whether a header's value may be two headers that a proxy joined, of which another reader may take either: it has a comma.
#[must_use]
pub fn is_list(value: &str) -> bool {
    value.contains(',')
}

/// Whether a text has the mark by which a header's value is encoded, in any case and anywhere.
#[must_use]
pub fn has_mark(value: &str) -> bool {
    let mut windows = value.as_bytes().windows(ENCODED.0.len());
    windows.any(|window| window.eq_ignore_ascii_case(ENCODED.0.as_bytes()))
}

/// The value of `Mcp-Name`, decoded; `None` for one that is broken.
#[must_use]
pub fn name(value: &str) -> Option<Cow<'_, str>> {
    // Whoever reads the marks without regard to case calls another tool than who does not; and so does a mark alone.
    let split = value.split_at_checked(ENCODED.0.len());
    let Some((_, rest)) = split.filter(|(mark, _)| mark.eq_ignore_ascii_case(ENCODED.0)) else {
        return Some(Cow::Borrowed(value));
    };
    let inside = rest.strip_suffix(ENCODED.1)?;
    let bare = inside.trim_end_matches('=').replace('+', "-").replace('/', "_");
    let bytes = base64url_decode(bare.as_bytes()).ok()?;
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(names: &[&str]) -> McpRule {
        McpRule {
            method: "tools/call".into(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    fn call<'a>(method: Option<&'a str>, tool: Option<&'a str>) -> McpCall<'a> {
        McpCall {
            method,
            name: tool.and_then(name),
        }
    }

    #[test]
    fn a_rule_is_about_its_method_and_its_names() {
        let refund = rule(&["refund_payment"]);
        assert_eq!(
            refund.fit(&call(Some("tools/call"), Some("refund_payment"))),
            McpFit::Yes
        );
        assert_eq!(refund.fit(&call(Some("tools/call"), Some("list_payments"))), McpFit::No);
        assert_eq!(
            refund.fit(&call(Some("tools/call"), Some("Refund_Payment"))),
            McpFit::Unsaid
        );
        assert_eq!(refund.fit(&call(Some("tools/list"), None)), McpFit::No);
        assert_eq!(rule(&[]).fit(&call(Some("tools/call"), None)), McpFit::Yes);
    }

    #[test]
    fn a_call_that_does_not_say_what_it_is_is_not_taken_for_another() {
        let refund = rule(&["refund_payment"]);
        assert_eq!(refund.fit(&call(None, None)), McpFit::Unsaid);
        assert_eq!(refund.fit(&call(None, Some("refund_payment"))), McpFit::Unsaid);
        assert_eq!(refund.fit(&call(Some("tools/call"), None)), McpFit::Unsaid);
        assert_eq!(refund.fit(&call(Some("Tools/Call"), Some("x"))), McpFit::Unsaid);
    }

    #[test]
    fn an_empty_header_says_nothing() {
        let refund = rule(&["refund_payment"]);
        for empty in ["", " ", "\t"] {
            assert_eq!(refund.fit(&call(Some(empty), Some("x"))), McpFit::Unsaid, "{empty:?}");
            assert_eq!(rule(&[]).fit(&call(Some(empty), None)), McpFit::Unsaid, "{empty:?}");
            assert_eq!(
                refund.fit(&call(Some("tools/call"), Some(empty))),
                McpFit::Unsaid,
                "{empty:?}"
            );
        }
        assert_eq!(
            refund.fit(&call(Some("tools/call"), Some("=?base64??="))),
            McpFit::Unsaid
        );
    }

    #[test]
    fn a_header_that_two_readers_read_in_two_ways_says_nothing() {
        let refund = rule(&["refund_payment"]);
        for method in [
            "tools/list,tools/call",
            "tools/call, tools/list",
            ",",
            "=?base64?dG9vbHMvY2FsbA==?=",
            "=?BASE64?dG9vbHMvY2FsbA==?=",
            " =?base64?dG9vbHMvY2FsbA==?=",
        ] {
            assert_eq!(refund.fit(&call(Some(method), Some("x"))), McpFit::Unsaid, "{method}");
        }
        for name in [
            "list_payments,refund_payment",
            "refund_payment, list_payments",
            " =?base64?cmVmdW5kX3BheW1lbnQ=?=",
            // The mark, encoded.
            "=?base64?PT9iYXNlNjQ/Y21WbWRXNWtYM0JoZVcxbGJuUT0/PQ==?=",
        ] {
            let fit = refund.fit(&call(Some("tools/call"), Some(name)));
            assert_eq!(fit, McpFit::Unsaid, "{name}");
        }
    }

    #[test]
    fn a_comma_in_an_encoded_name_is_a_part_of_it() {
        let both = rule(&["a,b"]);
        assert_eq!(
            both.fit(&call(Some("tools/call"), Some("=?base64?YSxi?="))),
            McpFit::Yes
        );
        assert_eq!(both.fit(&call(Some("tools/call"), Some("=?base64?YSxj?="))), McpFit::No);
        assert_eq!(both.fit(&call(Some("tools/call"), Some("a,b"))), McpFit::Unsaid);
        assert_eq!(name("=?base64?YQ==?=, =?base64?Yg==?="), None);
    }

    #[test]
    fn an_encoded_name_is_the_name() {
        assert_eq!(
            name("=?base64?cmVmdW5kX3BheW1lbnQ=?=").as_deref(),
            Some("refund_payment")
        );
        assert_eq!(name("=?base64?w7xiZXJ3ZWlzZW4?=").as_deref(), Some("\u{fc}berweisen"));
        for mark in ["=?BASE64?", "=?Base64?"] {
            let value = format!("{mark}cmVmdW5kX3BheW1lbnQ=?=");
            assert_eq!(name(&value).as_deref(), Some("refund_payment"), "{mark}");
        }
        for broken in ["=?base64?//8=?=", "=?base64?cmVmdW5k", "=?BASE64?"] {
            assert_eq!(name(broken), None, "{broken}");
        }
        assert_eq!(name("plain").as_deref(), Some("plain"));
    }
}
