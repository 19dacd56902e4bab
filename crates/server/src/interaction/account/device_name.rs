//! Which browser on what a `User-Agent` claims to be, in the few words that a person tells devices apart by. A claim and no
//! more: nothing is decided by it.

use grantd_pages::{Browser, System};

/// Reads the header. Browsers claim to be one another, so the order matters: the rarer name is the true one.
pub(super) fn read(user_agent: &str) -> (Option<Browser>, Option<System>) {
    let first = |names: &[&str]| names.iter().any(|name| user_agent.contains(name));
    let browsers = [
        (Browser::Edge, &["Edg/", "EdgA/", "EdgiOS/"][..]),
        (Browser::Opera, &["OPR/", "Opera"]),
        (Browser::Firefox, &["Firefox/", "FxiOS/"]),
        (Browser::Chrome, &["Chrome/", "CriOS/", "Chromium/"]),
        (Browser::Safari, &["Safari/"]),
    ];
    let systems = [
        (System::Android, &["Android"][..]),
        (System::Iphone, &["iPhone"]),
        (System::Ipad, &["iPad"]),
        (System::Windows, &["Windows"]),
        (System::MacOs, &["Macintosh", "Mac OS X"]),
        (System::Linux, &["Linux", "X11"]),
    ];
    let browser = browsers
        .iter()
        .find(|(_, names)| first(names))
        .map(|(browser, _)| *browser);
    let system = systems
        .iter()
        .find(|(_, names)| first(names))
        .map(|(system, _)| *system);
    (browser, system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_that_claims_to_be_others_too_is_called_by_its_own_name() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 \
                    Safari/537.36 Edg/140.0.0.0";
        assert_eq!(read(edge), (Some(Browser::Edge), Some(System::Windows)));
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                      Version/18.0 Mobile/15E148 Safari/604.1";
        assert_eq!(read(iphone), (Some(Browser::Safari), Some(System::Iphone)));
        let android =
            "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36";
        assert_eq!(read(android), (Some(Browser::Chrome), Some(System::Android)));
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        assert_eq!(read(firefox), (Some(Browser::Firefox), Some(System::Linux)));
    }

    #[test]
    fn whatever_else_comes_is_unknown() {
        for other in ["", "curl/8.5.0", "\u{5e9}\u{5dc}\u{5d5}\u{5dd}", "<script>"] {
            assert_eq!(read(other), (None, None), "{other}");
        }
    }
}
