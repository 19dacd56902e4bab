//! Letters to users, as plain text in their language. Must not know how they are sent.

use crate::{
    texts::{Fill, Texts},
    view::{ResetLetter, Shell},
};

/// The letter with the link that resets a password.
pub(crate) fn reset(texts: &Texts, shell: &Shell, username: &str, link: &str) -> ResetLetter {
    let language = shell.locale.tag();
    let (realm, user) = (one_line(&shell.realm), one_line(username));
    let fills = [("realm", Fill::Name(&realm)), ("user", Fill::Name(&user))];
    // A theme's texts were tried at start; an empty line is better than no letter.
    let say = |key: &str| texts.plain(language, key, &fills).unwrap_or_default();
    ResetLetter {
        subject: say("letter-reset-subject"),
        text: format!(
            "{}\n\n{link}\n\n{}\n{}\n",
            say("letter-reset-lead"),
            say("letter-reset-once"),
            say("letter-reset-other")
        ),
    }
}

/// A name as it may stand in a line: it begins no other one.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{locale::Locale, samples};
    use std::collections::BTreeMap;

    #[test]
    fn a_letter_has_its_link_on_a_line_of_its_own_and_no_name_adds_a_line() {
        let texts = Texts::new(&BTreeMap::new()).unwrap();
        for locale in Locale::ALL {
            let shell = Shell {
                realm: "Nord\r\nBcc: eve@evil.example".into(),
                ..samples::shell(locale)
            };
            let letter = reset(
                &texts,
                &shell,
                "ada\nhttps://evil.example/",
                "https://id.example/reset?token=x_-",
            );
            assert!(
                letter
                    .text
                    .lines()
                    .any(|line| line == "https://id.example/reset?token=x_-")
            );
            assert!(!letter.subject.contains(['\r', '\n']), "{}", letter.subject);
            assert!(
                !letter
                    .text
                    .lines()
                    .any(|line| line.starts_with("https://evil") || line.starts_with("Bcc"))
            );
        }
    }
}
