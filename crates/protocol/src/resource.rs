//! Resource indicators (RFC 8707): which API a token is for.

/// Whether two identifiers name the same resource: the same text, where `https://h` and `https://h/` are one
/// (RFC 3986 section 6.2.3, an empty path is `/`).
#[must_use]
pub fn is_same(declared: &str, asked: &str) -> bool {
    bare(declared) == bare(asked)
}

/// Whether the text can be a resource indicator at all: an absolute URI without a fragment (RFC 8707 section 2).
#[must_use]
pub fn is_well_formed(text: &str) -> bool {
    text.len() <= 2048
        && !text.contains('#')
        && text.bytes().all(|byte| (0x21..=0x7E).contains(&byte))
        && url::Url::parse(text).is_ok()
}

fn bare(uri: &str) -> &str {
    let path_is_root = uri.strip_suffix('/').is_some_and(|head| {
        head.split_once("://")
            .is_some_and(|(_, host)| !host.is_empty() && !host.contains(['/', '?']))
    });
    if path_is_root {
        uri.strip_suffix('/').unwrap_or(uri)
    } else {
        uri
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_path_and_a_slash_are_the_same_resource() {
        assert!(is_same("https://api.example", "https://api.example/"));
        assert!(!is_same("https://api.example/v1", "https://api.example/v1/"));
        assert!(!is_same("https://api.example", "https://api.example.evil"));
    }

    #[test]
    fn a_resource_is_an_absolute_uri_without_a_fragment() {
        assert!(is_well_formed("https://api.example/mcp") && is_well_formed("urn:example:api"));
        for text in ["", "api", "/v1", "https://api.example/#f", "https://api.example/ x"] {
            assert!(!is_well_formed(text), "{text}");
        }
    }
}
