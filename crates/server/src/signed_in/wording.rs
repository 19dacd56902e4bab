//! What the admin API finds wrong with a value, in the words and the language of a page. The API says it in English, for programs
//! and whoever writes them; what people meet on forms has a text of its own, and the rest is shown as the API says it.

use grantd_pages::Words;

/// The API's sentences, and the texts for them.
const SAID: &[(&str, &str)] = &[
    ("must not be empty", "area-wrong-empty"),
    ("is missing", "area-wrong-empty"),
    ("is too long", "area-wrong-long"),
    ("is taken", "area-wrong-taken"),
    ("must be letters, digits, hyphens, underscores or dots", "area-wrong-id"),
    (
        "must have at least 8 characters and at most 1024 bytes",
        "area-wrong-password",
    ),
    ("there is no such user", "area-wrong-user"),
    ("is no user's name", "area-wrong-user"),
    ("is a member already", "area-wrong-member"),
    ("name at least one permission", "area-wrong-none"),
    ("name the tenant that it acts in", "area-wrong-tenant"),
    ("the tenant is not one to act in", "area-wrong-not-there"),
    (
        "must be an https address of a public host, at its usual port",
        "area-wrong-hook",
    ),
    ("is empty", "area-wrong-events"),
    ("is missing: the developer reads it", "area-wrong-reason"),
    (
        "the grant type authorization_code needs at least one",
        "area-wrong-redirects",
    ),
    (
        "has characters that are invisible or turn the direction of writing around",
        "area-wrong-invisible",
    ),
    ("a redirect URI must be absolute", "area-wrong-absolute"),
    ("a redirect URI must not have a fragment", "area-wrong-fragment"),
    ("a redirect URI must not have a wildcard", "area-wrong-wildcard"),
    (
        "a redirect URI may use http on localhost, 127.0.0.1 and [::1] only",
        "area-wrong-http",
    ),
    (
        "a private-use scheme must be a reversed domain name, with a dot",
        "area-wrong-scheme",
    ),
    ("a private-use scheme is for native applications", "area-wrong-native"),
    (
        "the tenant still has members; remove them first",
        "area-wrong-has-members",
    ),
    (
        "the tenant still has service accounts; remove them first",
        "area-wrong-has-accounts",
    ),
];

/// How the API begins to say between which numbers one must be.
const NUMBER: &str = "must be a whole number from ";

/// A sentence of the API as it is shown.
pub(super) fn of(sentence: String) -> Words {
    if let Some((_, text)) = SAID.iter().find(|(said, _)| *said == sentence) {
        return Words::say(text);
    }
    let bounds = sentence.strip_prefix(NUMBER).and_then(|rest| rest.split_once(" to "));
    match bounds {
        Some((least, most)) => Words::say("area-wrong-number").with("least", least).with("most", most),
        None => Words::given(sentence),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use grantd_core::admin::user::{MAX_PASSWORD, MIN_PASSWORD};
    use std::path::Path;

    /// The sources in which the API's sentences stand.
    fn sources(folder: &Path, text: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, text);
            } else {
                text.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }

    #[test]
    fn the_api_says_every_sentence_that_has_other_words_here() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut text = String::new();
        for folder in ["core/src", "protocol/src", "server/src/api"] {
            sources(&crates.join(folder), &mut text);
        }
        for (said, _) in SAID {
            // Some have a value in the middle.
            let template = said
                .replace(
                    &format!("{MIN_PASSWORD} characters and at most {MAX_PASSWORD}"),
                    "{MIN_PASSWORD} characters and at most {MAX_PASSWORD}",
                )
                .replace("has members", "has {left}")
                .replace("has service accounts", "has {left}");
            assert!(text.contains(&format!("\"{template}\"")), "nobody says: {said}");
        }
        assert!(
            text.contains(&format!("\"{NUMBER}{{}} to {{}}\"")),
            "nobody says: {NUMBER}"
        );
    }

    #[test]
    fn what_has_no_words_of_its_own_is_shown_as_it_is_said() {
        assert!(matches!(of("is odd".to_owned()), Words::Given(text) if text == "is odd"));
        assert!(matches!(of("is taken".to_owned()), Words::Said(_)));
        assert!(matches!(of(format!("{NUMBER}1 to 7")), Words::Said(_)));
    }
}
