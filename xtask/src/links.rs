//! Links in the documents: a relative one must lead to a file that exists, and its `#anchor` to a heading there. What
//! lies on the network is not asked for.

use anyhow::{Context as _, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every link of a committed Markdown file that leads nowhere.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn broken(root: &Path) -> Result<Vec<String>> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "*.md"])
        .current_dir(root)
        .output()?;
    let mut problems = Vec::new();
    for name in String::from_utf8_lossy(&listed.stdout)
        .split('\0')
        .filter(|name| !name.is_empty())
    {
        let document = root.join(name);
        let text = std::fs::read_to_string(&document).with_context(|| name.to_owned())?;
        for link in links(&text) {
            if let Some(why) = misleads(&document, &link) {
                problems.push(format!("{name} links to {link}: {why}"));
            }
        }
    }
    Ok(problems)
}

/// Why a link leads nowhere, if it does.
fn misleads(document: &Path, link: &str) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target: PathBuf = if path.is_empty() {
        document.to_owned()
    } else {
        document.parent().unwrap_or(document).join(path)
    };
    if !target.exists() {
        return Some("there is no such file".to_owned());
    }
    if anchor.is_empty() || target.extension().is_none_or(|extension| extension != "md") {
        return None;
    }
    let text = std::fs::read_to_string(&target).unwrap_or_default();
    (!anchors(&text).iter().any(|known| known == anchor)).then(|| format!("there is no heading #{anchor}"))
}

/// The targets of `[text](target)`, outside of code.
fn links(text: &str) -> Vec<String> {
    let prose = without_code(text);
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets
        .filter_map(|target| target.split_whitespace().next())
        .map(|target| target.trim_matches(['<', '>']).to_owned())
        .collect()
}

/// The anchors of the headings, as the usual renderers make them: lower case, punctuation gone, spaces as hyphens, and a
/// number behind one that occurs again.
fn anchors(text: &str) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut anchors = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        let title = line.trim_start_matches('#');
        if in_code || title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let anchor = anchor_of(title.trim());
        let count = seen.entry(anchor.clone()).or_default();
        anchors.push(if *count == 0 {
            anchor
        } else {
            format!("{anchor}-{count}")
        });
        *count += 1;
    }
    anchors
}

fn anchor_of(title: &str) -> String {
    let kept = title.chars().filter_map(|character| match character {
        ' ' => Some('-'),
        '-' | '_' => Some(character),
        _ if character.is_alphanumeric() => Some(character),
        _ => None,
    });
    kept.flat_map(char::to_lowercase).collect()
}

fn without_code(text: &str) -> String {
    let mut prose = String::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code {
            // A link's text may be code; a link within code is none.
            let pieces = line.split('`').enumerate();
            let kept = pieces.map(|(index, piece)| if index % 2 == 0 { piece } else { "" });
            prose.extend(kept);
            prose.push('\n');
        }
    }
    prose
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_in_prose_are_found_and_those_in_code_are_not() {
        let text = "[a](b.md) and [c](<d.md#e>), `[f](g)`\n```\n[h](i)\n```\n[`j`](k \"title\")";
        assert_eq!(links(text), ["b.md", "d.md#e", "k"]);
    }

    #[test]
    fn anchors_are_made_as_renderers_make_them() {
        let text = "# How to add: a `page`!\n```\n# no heading\n```\n## Again\n## Again\n#none";
        assert_eq!(anchors(text), ["how-to-add-a-page", "again", "again-1"]);
    }

    #[test]
    fn what_leads_nowhere_is_named() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let document = folder.join("README.md");
        assert!(misleads(&document, "nowhere.md").is_some());
        assert!(misleads(&document, "CONTRIBUTING.md#no-such-heading").is_some());
        assert_eq!(misleads(&document, "CONTRIBUTING.md#commits"), None);
        assert_eq!(misleads(&document, "https://example.com/#x"), None);
    }
}
