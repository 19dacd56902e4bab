use super::*;
use proptest::prelude::*;

const REGISTERED: &str = "https://rp.example/cb";

#[test]
fn comparison_is_byte_for_byte() {
    assert!(matches(REGISTERED, REGISTERED, ApplicationType::Web));
    for other in [
        "https://RP.EXAMPLE/cb",
        "https://rp.example/CB",
        "http://rp.example/cb",
        "https://rp.example:443/cb",
        "https://rp.example:8443/cb",
        "https://rp.example/cb/",
        "https://rp.example//cb",
        "https://rp.example/x/../cb",
        "https://rp.example/cb/..%2f..%2fevil",
        "https://rp.example/c%62",
        "https://rp.example/cb%20",
        "https://rp.example/cb?x=1",
        "https://rp.example/cb#",
        "https://rp.example/cb#f",
        "https://u:p@rp.example/cb",
        "https://rp.example@evil.example/cb",
        "https://rp.example.evil.example/cb",
        "https://evilrp.example/cb",
        "https://sub.rp.example/cb",
        "https://rp.example./cb",
        "\\\\evil.example",
        "//evil.example",
        "/\tevil",
        "",
        "javascript:alert(1)",
    ] {
        for kind in [ApplicationType::Web, ApplicationType::Native] {
            assert!(!matches(REGISTERED, other, kind), "{other}");
        }
    }
}

#[test]
fn a_native_app_may_change_the_loopback_port_and_nothing_else() {
    let native = ApplicationType::Native;
    for (registered, presented, good) in [
        ("http://127.0.0.1:3000/cb", "http://127.0.0.1:49152/cb", true),
        ("http://127.0.0.1/cb", "http://127.0.0.1:1/cb", true),
        ("http://[::1]/cb", "http://[::1]:65535/cb", true),
        ("http://localhost/callback", "http://localhost:33418/callback", true),
        ("http://localhost:3000/callback", "http://localhost/callback", true),
        ("http://127.0.0.1/cb", "http://localhost:1/cb", false),
        ("http://localhost/cb", "http://127.0.0.1/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:5/other", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:5/cb?x=1", false),
        ("http://127.0.0.1/cb", "https://127.0.0.1:5/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1.evil.example/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:0/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:65536/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80@evil.example/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:+80/cb", false),
    ] {
        assert_eq!(matches(registered, presented, native), good, "{registered} {presented}");
        assert!(
            !matches(registered, presented, ApplicationType::Web),
            "{registered} {presented}"
        );
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_may_be_registered() {
    for (uri, kind, expected) in [
        ("https://rp.example/cb?tenant=1", ApplicationType::Web, Ok(())),
        ("https://rp.example:8443/cb", ApplicationType::Web, Ok(())),
        ("http://localhost:3000/callback", ApplicationType::Web, Ok(())),
        ("http://[::1]:3000/callback", ApplicationType::Native, Ok(())),
        ("com.example.app:/callback", ApplicationType::Native, Ok(())),
        (
            "com.example.app:/callback",
            ApplicationType::Web,
            Err(RedirectUriError::PrivateSchemeForWeb),
        ),
        (
            "myapp:/callback",
            ApplicationType::Native,
            Err(RedirectUriError::PrivateSchemeWithoutDot),
        ),
        (
            "http://rp.example/cb",
            ApplicationType::Web,
            Err(RedirectUriError::PlainHttp),
        ),
        (
            "http://127.0.0.1.evil.example/cb",
            ApplicationType::Native,
            Err(RedirectUriError::PlainHttp),
        ),
        (
            "https://rp.example/cb#f",
            ApplicationType::Web,
            Err(RedirectUriError::Fragment),
        ),
        (
            "https://rp.example/cb#",
            ApplicationType::Web,
            Err(RedirectUriError::Fragment),
        ),
        (
            "https://u:p@rp.example/cb",
            ApplicationType::Web,
            Err(RedirectUriError::UserInfo),
        ),
        (
            "https://rp.example@evil.example/cb",
            ApplicationType::Web,
            Err(RedirectUriError::UserInfo),
        ),
        (
            "com.example.app://u:p@host/cb",
            ApplicationType::Native,
            Err(RedirectUriError::UserInfo),
        ),
        ("com.example.app://host/cb?to=u@x", ApplicationType::Native, Ok(())),
        (
            "https://*.rp.example/cb",
            ApplicationType::Web,
            Err(RedirectUriError::Wildcard),
        ),
        (
            "https://rp.example./cb",
            ApplicationType::Web,
            Err(RedirectUriError::Authority),
        ),
        ("https:///cb", ApplicationType::Web, Err(RedirectUriError::Authority)),
        (
            "https:rp.example/cb",
            ApplicationType::Web,
            Err(RedirectUriError::Authority),
        ),
        (
            "https://rp.example:0/cb",
            ApplicationType::Web,
            Err(RedirectUriError::Authority),
        ),
        (
            "https://rp.example:65536/cb",
            ApplicationType::Web,
            Err(RedirectUriError::Authority),
        ),
        (
            "https://rp.example\\evil/cb",
            ApplicationType::Web,
            Err(RedirectUriError::Characters),
        ),
        (
            "https://rp.example/cb%2",
            ApplicationType::Web,
            Err(RedirectUriError::Characters),
        ),
        (
            "https://рр.example/cb",
            ApplicationType::Web,
            Err(RedirectUriError::Characters),
        ),
        ("/cb", ApplicationType::Web, Err(RedirectUriError::NotAbsolute)),
        (
            "//evil.example",
            ApplicationType::Web,
            Err(RedirectUriError::NotAbsolute),
        ),
        (
            "JavaScript:alert(1)",
            ApplicationType::Native,
            Err(RedirectUriError::SchemeCase),
        ),
        (
            "HTTPS://evil.example/cb",
            ApplicationType::Web,
            Err(RedirectUriError::SchemeCase),
        ),
        (
            "hTTp://127.0.0.1/cb",
            ApplicationType::Native,
            Err(RedirectUriError::SchemeCase),
        ),
        (
            "javascript:alert(1)",
            ApplicationType::Native,
            Err(RedirectUriError::ForbiddenScheme),
        ),
        (
            "data:text/html,x",
            ApplicationType::Native,
            Err(RedirectUriError::ForbiddenScheme),
        ),
        (
            "vbscript:x",
            ApplicationType::Native,
            Err(RedirectUriError::ForbiddenScheme),
        ),
    ] {
        assert_eq!(check_registrable(uri, kind), expected, "{uri}");
    }
}

#[test]
fn the_host_that_people_see() {
    assert_eq!(shown_host("https://rp.example:8443/cb?x"), "rp.example:8443");
    assert_eq!(shown_host("HTTPS://evil.example/cb"), "evil.example");
    assert_eq!(shown_host("com.example.app:/cb"), "com.example.app:");
}

proptest! {
    #[test]
    fn nothing_matches_but_the_same_bytes_unless_both_are_loopback(a in "\\PC{0,40}", b in "\\PC{0,40}") {
        if a != b && matches(&a, &b, ApplicationType::Native) {
            prop_assert!(is_loopback(&a) && is_loopback(&b));
        }
        let _ = check_registrable(&a, ApplicationType::Native);
        let _ = shown_host(&a);
    }
}
