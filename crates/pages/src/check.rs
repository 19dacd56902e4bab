//! The check at start: every page, in every language, with every sample, must render, must keep what forms and outside
//! programs rely on, and must have nothing inline.

use serde::Serialize;

use crate::{
    error::PageError,
    locale::Locale,
    samples,
    templates::Templates,
    view::{ConsentView, DeviceState, Shell},
};

/// What outside programs, the handlers and the browser need to find in a page, whatever a theme makes of it.
const LOGIN: &[&str] = &[
    "name=\"request\"",
    "name=\"username\"",
    "name=\"password\"",
    "id=\"login-submit\"",
    "method=\"post\"",
];
const OTP: &[&str] = &[
    "name=\"request\"",
    "name=\"otp\"",
    "id=\"login-submit\"",
    "method=\"post\"",
];
const CONSENT: &[&str] = &[
    "name=\"request\"",
    "id=\"consent-allow\"",
    "id=\"consent-deny\"",
    "name=\"decision\"",
    "value=\"allow\"",
    "value=\"deny\"",
    "value=\"switch\"",
    "method=\"post\"",
];
/// A theme that shows nothing of what is asked in detail would let people allow what they never saw.
const CONSENT_IN_DETAIL: &[&str] = &[
    "id=\"details\"",
    "1234.50",
    "initiate",
    "id=\"consent-allow\"",
    "id=\"consent-deny\"",
];
const CARRY: &[&str] = &["id=\"continue\"", "http-equiv=\"refresh\""];
const FORM_POST: &[&str] = &["<form", "method=\"post\"", "<button"];
const ERROR: &[&str] = &["id=\"error\"", "data-error=\""];
const INTERSTITIAL: &[&str] = &["id=\"continue\"", "id=\"error\"", "data-error=\""];
const BARRED: &[&str] = &["id=\"barred\"", "data-state=\""];
const BARRED_BACK: &[&str] = &["id=\"barred\"", "data-state=\"", "id=\"continue\""];
const LOGOUT: &[&str] = &[
    "name=\"request\"",
    "name=\"decision\"",
    "value=\"logout\"",
    "value=\"stay\"",
    "method=\"post\"",
];
const APP: &[&str] = &[
    "name=\"request\"",
    "name=\"decision\"",
    "value=\"narrow\"",
    "value=\"end\"",
    "method=\"post\"",
];
const SESSIONS: &[&str] = &[
    "name=\"request\"",
    "name=\"session\"",
    "value=\"all\"",
    "method=\"post\"",
];
const PASSWORD: &[&str] = &[
    "name=\"request\"",
    "name=\"password\"",
    "name=\"new_password\"",
    "name=\"again\"",
    "method=\"post\"",
];
const DEVICE: &[&str] = &[
    "name=\"request\"",
    "name=\"user_code\"",
    "id=\"device-submit\"",
    "method=\"post\"",
];

const SIGNED_IN: &[&str] = &["id=\"main\"", "id=\"places\"", "aria-current=\"page\""];

/// Tries all pages in these languages.
///
/// # Errors
/// The first [`PageError`].
pub(crate) fn every_page(pages: &Templates, locales: &[Locale]) -> Result<(), PageError> {
    for locale in locales {
        let shell = &samples::shell(*locale);
        each(pages, shell, "login.html", &samples::logins(), |_| LOGIN)?;
        each(pages, shell, "reset.html", &samples::resets(), |_| &[])?;
        each(pages, shell, "otp.html", &samples::otps(), |_| OTP)?;
        each(pages, shell, "two-step.html", &samples::two_steps(), |_| &[])?;
        each(pages, shell, "passkeys.html", &samples::passkeys(), |_| {
            &["name=\"request\""]
        })?;
        each(pages, shell, "providers.html", &samples::providers(), |_| &[])?;
        each_consent(pages, shell, &samples::consents(), CONSENT)?;
        each_consent(pages, shell, &samples::consents_in_detail(), CONSENT_IN_DETAIL)?;
        each(pages, shell, "continue.html", &samples::continues(), |_| CARRY)?;
        each(pages, shell, "form-post.html", &samples::form_posts(), |_| FORM_POST)?;
        each(pages, shell, "error.html", &samples::errors(), |_| ERROR)?;
        each(pages, shell, "interstitial.html", &samples::interstitials(), |_| {
            INTERSTITIAL
        })?;
        each(pages, shell, "barred.html", &samples::barred(), |view| {
            match view.back {
                Some(_) => BARRED_BACK,
                None => BARRED,
            }
        })?;
        each(pages, shell, "signed-out.html", &samples::signed_outs(), |_| &[])?;
        each(pages, shell, "logout-confirm.html", &samples::logout_confirms(), |_| {
            LOGOUT
        })?;
        each(pages, shell, "device.html", &samples::devices(), |view| {
            match view.state {
                DeviceState::Enter { .. } => DEVICE,
                DeviceState::Approved | DeviceState::Denied => &[],
            }
        })?;
        each(pages, shell, "account.html", &samples::accounts(), |_| &[])?;
        each(pages, shell, "apps.html", &samples::apps(), |_| &[])?;
        each(pages, shell, "app.html", &samples::app_pages(), |_| APP)?;
        each(pages, shell, "sessions.html", &samples::sessions(), |_| SESSIONS)?;
        each(pages, shell, "password.html", &samples::passwords(), |_| PASSWORD)?;
        each(pages, shell, "message.html", &samples::messages(), |_| &[])?;
        each(pages, shell, "home.html", &samples::homes(), |_| &[])?;
        each(pages, shell, "signed-in.html", &samples::signed_in::all(), |_| {
            SIGNED_IN
        })?;
        each(pages, shell, "signed-in.html", &samples::signed_in::portal(), |_| {
            SIGNED_IN
        })?;
    }
    Ok(())
}

fn each<V: Serialize>(
    pages: &Templates,
    shell: &Shell,
    template: &str,
    samples: &[(&str, V)],
    needs: impl Fn(&V) -> &'static [&'static str],
) -> Result<(), PageError> {
    for (sample, view) in samples {
        let html = pages.render(template, view, shell)?;
        complete(pages, (template, sample), &html, needs(view))?;
    }
    Ok(())
}

fn each_consent(
    pages: &Templates,
    shell: &Shell,
    samples: &[(&str, ConsentView)],
    needs: &[&str],
) -> Result<(), PageError> {
    for (sample, view) in samples {
        let html = pages.consent(view, shell)?;
        complete(pages, ("consent.html", sample), &html, needs)?;
        let picture = pages.picture_of_consent(view, shell)?;
        complete(pages, ("consent.html", sample), &picture, &[])?;
    }
    Ok(())
}

/// Whether a page has what it needs, and no code.
fn complete(pages: &Templates, (template, sample): (&str, &str), html: &str, needs: &[&str]) -> Result<(), PageError> {
    let file = || pages.path_of(template);
    if let Some(missing) = needs.iter().find(|needle| !html.contains(*needle)) {
        let page = format!("{} ({sample})", template.trim_end_matches(".html"));
        return Err(PageError::Incomplete {
            file: file(),
            missing: (*missing).to_owned(),
            page,
        });
    }
    match inline_code(html) {
        Some(found) => Err(PageError::Inline { file: file(), found }),
        None => Ok(()),
    }
}

/// The first piece of inline style or script: `<style`, a `<script` without `src`, a `style` or `on...` attribute.
/// Values are escaped in a page, so `<` and attributes are the template's own.
pub(crate) fn inline_code(html: &str) -> Option<String> {
    html.split('<').skip(1).find_map(|piece| {
        let tag = piece.split('>').next().unwrap_or_default();
        let name = tag.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default();
        let inline_script = name.eq_ignore_ascii_case("script") && !attributes(tag).any(|a| a == "src");
        let attribute = attributes(tag).find(|a| a == "style" || (a.starts_with("on") && a.len() > 2));
        match attribute {
            Some(attribute) => Some(format!("<{name} {attribute}=")),
            None if name.eq_ignore_ascii_case("style") || inline_script => Some(format!("<{name}>")),
            None => None,
        }
    })
}

/// Attribute names of a tag, in lower case; quoted values are left out.
fn attributes(tag: &str) -> impl Iterator<Item = String> {
    let outside_quotes: String = tag.split('"').step_by(2).collect::<Vec<_>>().join(" ");
    let words: Vec<String> = outside_quotes
        .split(|c: char| c.is_ascii_whitespace() || c == '/')
        .skip(1)
        .map(|word| word.split('=').next().unwrap_or_default().to_ascii_lowercase())
        .collect();
    words.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_code_is_found_in_every_form() {
        for bad in [
            "<style>a{}</style>",
            "<p style=\"x\">",
            "<script>x()</script>",
            "<a href=\"/\" onclick=\"x()\">",
            "<P STYLE='x'>",
            "<svg/onload=x>",
        ] {
            assert!(inline_code(bad).is_some(), "{bad}");
        }
        for good in [
            "<script src=\"/a.js\" defer></script>",
            "<p title=\" onclick=x style=y\">",
            "<p>style=x onclick=y</p>",
            "<link rel=\"stylesheet\" href=\"/a.css\">",
            "<input name=\"one\">",
        ] {
            assert_eq!(inline_code(good), None, "{good}");
        }
    }
}
