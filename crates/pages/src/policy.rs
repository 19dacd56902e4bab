//! The content security policy that the pages are written for. It lives beside the templates because the two must
//! agree; sending it is the server's part.

use crate::link::CarryUrl;

/// The value of `Content-Security-Policy` for a page of this crate.
///
/// `posts_to` is the one foreign address a `form_post` page submits to; its origin joins `form-action`. Scripts are
/// allowed from this origin only and are never needed: every page works when they are blocked.
#[must_use]
pub fn content_security_policy(posts_to: Option<&CarryUrl>) -> String {
    let form_action = match posts_to.and_then(|url| origin_of(url.as_str())) {
        Some(origin) => format!("'self' {origin}"),
        None => "'self'".to_owned(),
    };
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; \
         form-action {form_action}; frame-ancestors 'none'; base-uri 'none'"
    )
}

/// The same for a page that loads these pages of other origins in frames, and no others.
#[must_use]
pub fn framing_policy(frames: &[CarryUrl]) -> String {
    let mut policy = content_security_policy(None);
    let mut origins: Vec<&str> = frames.iter().filter_map(|url| origin_of(url.as_str())).collect();
    origins.sort_unstable();
    origins.dedup();
    if !origins.is_empty() {
        policy.push_str("; frame-src ");
        policy.push_str(&origins.join(" "));
    }
    policy
}

/// The policy of a picture: a page that pages of this origin may frame, and that can do nothing. No script of it runs, and no
/// form of it leads anywhere.
#[must_use]
pub fn picture_policy() -> &'static str {
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'none'; \
     frame-ancestors 'self'; base-uri 'none'"
}

/// The policy of a page that has such a picture beside it.
#[must_use]
pub fn picturing_policy() -> String {
    format!("{}; frame-src 'self'", content_security_policy(None))
}

/// Scheme, host and port of an http(s) URL, when none of it can end a directive of the policy; the scheme alone where the
/// host is none that a policy can name (CSP 3 section 2.3.1: letters, digits and hyphens), since browsers drop such a source.
fn origin_of(url: &str) -> Option<&str> {
    let host_start = ["https://", "http://"]
        .iter()
        .find_map(|scheme| url.starts_with(scheme).then_some(scheme.len()))?;
    let host_length = url
        .get(host_start..)?
        .find(['/', '?', '#'])
        .unwrap_or(url.len() - host_start);
    let origin = url.get(..host_start + host_length)?;
    let host = url.get(host_start..host_start + host_length)?;
    let safe = host
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']'));
    let source = if host.contains(['_', '[', ']']) {
        url.get(..host_start - "//".len())?
    } else {
        origin
    };
    (safe && !host.is_empty()).then_some(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form_action(url: &str) -> String {
        let policy = content_security_policy(CarryUrl::parse(url).ok().as_ref());
        let directive = policy.split("; ").find(|d| d.starts_with("form-action")).unwrap();
        directive.trim_start_matches("form-action ").to_owned()
    }

    #[test]
    fn a_form_post_page_names_its_one_origin() {
        assert_eq!(form_action("https://a.example/cb?x=1"), "'self' https://a.example");
        assert_eq!(form_action("http://127.0.0.1:3000"), "'self' http://127.0.0.1:3000");
    }

    #[test]
    fn a_host_that_no_policy_can_name_is_let_in_by_its_scheme() {
        assert_eq!(form_action("https://my_app.example/cb"), "'self' https:");
        assert_eq!(form_action("http://[::1]:3000/"), "'self' http:");
        assert_eq!(form_action("https://a.example/my_app/[1]"), "'self' https://a.example");
        assert_eq!(form_action("https://my_app;script-src/x"), "'self'");
        let frame = CarryUrl::parse("https://my_app.example/out").ok().unwrap();
        assert!(framing_policy(&[frame]).ends_with("; frame-src https:"));
    }

    #[test]
    fn an_address_cannot_add_a_directive() {
        for url in [
            "https://a;script-src/x",
            "https://a,b/",
            "https://u@a/",
            "https:///x",
            "https://*/",
            "app:/cb",
        ] {
            assert_eq!(form_action(url), "'self'", "{url}");
        }
    }

    #[test]
    fn only_the_origins_of_frames_can_be_framed() {
        let frames = [
            "https://b.example/out?x=1",
            "https://a.example/out",
            "https://b.example/",
            "https://x;y/",
        ];
        let frames: Vec<CarryUrl> = frames.iter().map(|url| CarryUrl::parse(url).ok().unwrap()).collect();
        let policy = framing_policy(&frames);
        assert!(
            policy.ends_with("; frame-src https://a.example https://b.example"),
            "{policy}"
        );
        assert!(!framing_policy(&[]).contains("frame-src"));
    }

    #[test]
    fn a_picture_runs_nothing_and_sends_nothing_and_only_our_own_pages_frame_it() {
        let policy = picture_policy();
        assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("script-src"));
        assert!(policy.contains("form-action 'none'") && policy.contains("frame-ancestors 'self'"));
        // Whoever frames it is not framed.
        let around = picturing_policy();
        assert!(around.contains("frame-ancestors 'none'") && around.ends_with("; frame-src 'self'"));
    }

    #[test]
    fn nothing_inline_is_allowed() {
        let policy = content_security_policy(None);
        assert!(policy.starts_with("default-src 'none'"));
        assert!(!policy.contains("unsafe"));
    }
}
