//! Reading `[[shortcuts]]`: addresses that a platform's pages had before, each leading to a page of this server.

use super::Shortcut;
use super::issuer::check_path;
use crate::config::kind::{Text, quoted};
use crate::config::section::Section;

/// The pages that there are, by their first piece.
const AREAS: [&str; 3] = ["console", "account", "developers"];

/// Reads the list.
pub(super) fn read(section: &mut Section<'_>) -> Option<Vec<Shortcut>> {
    let doc = "Addresses that lead to pages of this server: those that a platform's own pages had.";
    let shortcuts = section.each("shortcuts", doc, shortcut)?;
    let mut good = true;
    for (index, one) in shortcuts.iter().enumerate() {
        if shortcuts.iter().take(index).any(|before| before.path == one.path) {
            section.problem_in("shortcuts", index, format!("\"{}\" is there twice", one.path), None);
            good = false;
        }
    }
    good.then_some(shortcuts)
}

fn shortcut(section: &mut Section<'_>) -> Option<Shortcut> {
    let path = section.required("path", "A path below the issuer, as \"/user/oauth-clients\".", &Text);
    let doc = "The page that it leads to, as \"console/applications\".";
    let page = section.required("page", doc, &Text);
    let path = path.filter(|path| match check_path(path) {
        Ok(()) if path.len() > 1 => true,
        wrong => {
            let wrong = wrong.err().unwrap_or("must have a path");
            section.problem("path", format!("{} {wrong}", quoted(path)), None);
            false
        }
    });
    let page = page.filter(|page| {
        let good = is_page(page);
        if !good {
            let message = format!("{} is no page of this server", quoted(page));
            let fix = "write \"console/applications\", or another address below console, account or developers";
            section.problem("page", message, Some(fix.to_owned()));
        }
        good
    });
    Some(Shortcut {
        path: path?,
        page: page?,
    })
}

/// Whether it is below an area. Plain pieces alone: what is written here is put into an address as it is.
fn is_page(page: &str) -> bool {
    let plain = |piece: &str| {
        !piece.is_empty()
            && piece
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    page.split('/').all(plain) && page.split('/').next().is_some_and(|area| AREAS.contains(&area))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortcut_leads_to_a_page_of_this_server_and_nowhere_else() {
        for good in ["console", "console/applications", "account/apps", "developers/new-app"] {
            assert!(is_page(good), "{good}");
        }
        for bad in [
            "",
            "/console",
            "console/",
            "console//x",
            "login",
            "https://evil.example",
            "console/../x",
            "console?x",
        ] {
            assert!(!is_page(bad), "{bad}");
        }
    }
}
