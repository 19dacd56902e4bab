//! The issuer and its aliases. An issuer is compared byte for byte and is part of every document's address, so only
//! its one canonical spelling is accepted (RFC 8414 section 2; lower-case host, no default port, no trailing slash).

use super::origin;
use crate::config::kind::{Flag, ListOf, Text};
use crate::config::section::Section;
use serde_json::json;
use std::sync::Arc;

/// The issuer identifiers of a realm.
pub(super) struct Addresses {
    pub(super) issuer: Arc<str>,
    pub(super) aliases: Vec<Arc<str>>,
    /// Whether plain http was allowed by name.
    pub(super) insecure_http: bool,
}

/// What is wrong with an address, and what would mend it.
pub(super) type Wrong = (String, Option<String>);

/// Reads `issuer`, `aliases` and `insecure_http`.
pub(super) fn read(section: &mut Section<'_>) -> Option<Addresses> {
    let insecure_http = section.or(
        "insecure_http",
        "Allows plain http for an issuer or endpoint that is not on this computer. Tokens then travel in the clear.",
        &Flag,
        false,
    );
    let insecure = insecure_http.unwrap_or(false);
    if insecure {
        section.loosens("insecure_http", "tokens and passwords may travel unencrypted");
    }
    let issuer = section.required("issuer", "The issuer identifier, an https URL. Never change it.", &Text);
    let aliases = section.or(
        "aliases",
        "Further issuer identifiers of the same realm, on the issuer's origin, with endpoints of their own.",
        &ListOf(Text),
        json!([]),
    );
    let issuer = issuer.filter(|issuer| match check(issuer, insecure) {
        Ok(()) => true,
        Err((message, fix)) => {
            section.problem("issuer", message, fix);
            false
        }
    });
    let mut all_good = true;
    for (index, alias) in aliases.iter().flatten().enumerate() {
        if let Err((message, fix)) = check_alias(alias, issuer.as_deref(), insecure) {
            section.problem_in("aliases", index, message, fix);
            all_good = false;
        }
    }
    let aliases = aliases.filter(|_| all_good)?;
    Some(Addresses {
        issuer: issuer?.into(),
        aliases: aliases.into_iter().map(Arc::from).collect(),
        insecure_http: insecure_http?,
    })
}

fn check_alias(alias: &str, issuer: Option<&str>, insecure_http: bool) -> Result<(), Wrong> {
    check(alias, insecure_http)?;
    let Some(issuer) = issuer else { return Ok(()) };
    let origin_of = |url| origin::split(url).map(|(origin, _)| origin);
    if origin_of(alias) != origin_of(issuer) {
        let fix = origin_of(issuer).map(|origin| format!("an alias begins with \"{origin}/\""));
        return Err((format!("\"{alias}\" is not on the issuer's origin"), fix));
    }
    if alias == issuer {
        return Err((format!("\"{alias}\" is the issuer itself"), None));
    }
    Ok(())
}

/// Whether `url` is an issuer identifier in its canonical spelling.
pub(super) fn check(url: &str, insecure_http: bool) -> Result<(), Wrong> {
    let shown = crate::config::kind::quoted(url);
    if url.contains(['?', '#']) {
        return Err((format!("{shown} must not have a query or fragment"), None));
    }
    let (_, path) = check_origin(url, insecure_http)?;
    if path.ends_with('/') {
        let fix = format!("write \"{}\"", url.trim_end_matches('/'));
        return Err((format!("{shown} must not end in a slash"), Some(fix)));
    }
    check_path(path).map_err(|wrong| (format!("{shown} {wrong}"), None))
}

/// Checks scheme and authority, and hands over origin and the rest.
pub(super) fn check_origin(url: &str, insecure_http: bool) -> Result<(&str, &str), Wrong> {
    let shown = crate::config::kind::quoted(url);
    let lower = url.to_ascii_lowercase();
    let Some((lower_origin, _)) = origin::split(&lower) else {
        let fix = (!url.contains("://")).then(|| format!("write \"https://{}\"", url.trim_start_matches('/')));
        return Err((format!("{shown} is not an absolute https URL"), fix));
    };
    let (origin, path) = url.split_at_checked(lower_origin.len()).unwrap_or((url, ""));
    if origin != lower_origin {
        let fix = Some(format!("write \"{lower_origin}{path}\""));
        return Err((format!("{shown} must have its scheme and host in lower case"), fix));
    }
    if origin.contains('@') {
        return Err((format!("{shown} must not have a user name or password"), None));
    }
    let default_port = if origin.starts_with("https:") { ":443" } else { ":80" };
    if let Some(without) = origin.strip_suffix(default_port).filter(|rest| !rest.ends_with(':')) {
        let fix = Some(format!("write \"{without}{path}\""));
        return Err((format!("{shown} must not name its scheme's own port"), fix));
    }
    let host = origin::host(origin);
    let plain = host
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-.:[]_".contains(&byte));
    let parsed = url::Url::parse(origin).ok();
    let unchanged = parsed.is_some_and(|parsed| parsed.as_str().strip_suffix('/') == Some(origin));
    if !plain || !unchanged {
        return Err((
            format!("{shown} has a host or port that is not valid, or not in its plain spelling"),
            None,
        ));
    }
    if origin.starts_with("http:") && !origin::is_loopback(origin) && !insecure_http {
        let fix = "use https; insecure_http = true allows it all the same".to_owned();
        return Err((
            format!("{shown} uses plain http on a host that is not this computer"),
            Some(fix),
        ));
    }
    Ok((origin, path))
}

/// Whether `path` is empty or made of plain segments: what a router and every client agree on byte for byte.
pub(super) fn check_path(path: &str) -> Result<(), &'static str> {
    if path.is_empty() {
        return Ok(());
    }
    let Some(segments) = path.strip_prefix('/') else {
        return Err("must have a path that begins with a slash");
    };
    for segment in segments.split('/') {
        if segment.is_empty() || segment == "." || segment == ".." {
            return Err("must not have empty or dotted path segments");
        }
        if !segment
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
        {
            return Err("must have only letters, digits and -._~ in its path");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_of_an_issuer_is_accepted() {
        for good in [
            "https://id.example",
            "https://id.example:8443/t1/t2",
            "http://localhost:8400",
            "http://127.0.0.1:1/x",
            "http://[::1]:8400",
            "https://xn--bcher-kva.example",
        ] {
            assert_eq!(check(good, false), Ok(()), "{good}");
        }
    }

    #[test]
    fn every_other_spelling_is_refused() {
        for bad in [
            "",
            "id.example",
            "ftp://id.example",
            "https://",
            "https://id.example/",
            "https://id.example/a/",
            "https://ID.example",
            "HTTPS://id.example",
            "https://id.example:443",
            "http://localhost:80",
            "https://id.example?x",
            "https://id.example#x",
            "https://u:p@id.example",
            "http://id.example",
            "https://id.example/a//b",
            "https://id.example/../a",
            "https://id.example/ä",
            "https://bücher.example",
            "https://id.example:0x1",
            "https://id.example:99999",
            "https://127.1",
            "https://id.example/%61",
            "https://id.example:",
            "https://[::1",
            "https://id example",
            "https://[0:0:0:0:0:0:0:1]",
        ] {
            assert!(check(bad, false).is_err(), "{bad}");
        }
    }

    #[test]
    fn plain_http_elsewhere_needs_its_named_option() {
        assert!(check("http://id.example", false).is_err() && check("http://id.example", true).is_ok());
    }
}
