//! Looks into rendered pages, as far as these tests need it. Knows the shape our templates give: double-quoted attributes and
//! no `>` inside tags.

use std::sync::LazyLock;

use grantd_pages::{Locale, Pages, Shell, samples};

/// The built-in pages, made once for all tests.
pub(crate) fn pages() -> &'static Pages {
    static PAGES: LazyLock<Pages> = LazyLock::new(|| Pages::new(None).unwrap());
    &PAGES
}

pub(crate) fn shell() -> Shell {
    samples::shell(Locale::En)
}

/// The tags of a page, without `<` and `>`.
pub(crate) fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<').skip(1).map(|piece| piece.split('>').next().unwrap())
}

/// The first tag that has all of these attributes.
pub(crate) fn tag_with<'a>(html: &'a str, attributes: &[&str]) -> Option<&'a str> {
    tags(html).find(|tag| attributes.iter().all(|attribute| tag.contains(attribute)))
}

/// The value of an attribute, unescaped.
pub(crate) fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(unescape(rest.split('"').next()?))
}

pub(crate) fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

/// Elements and their attribute names, in order: what a browser would build, whatever the texts are.
pub(crate) fn skeleton(html: &str) -> Vec<String> {
    let names = |tag: &str| {
        let unquoted: Vec<&str> = tag.split('"').step_by(2).collect();
        unquoted.join("\"\"")
    };
    tags(html).map(names).collect()
}

/// Title, head lines a page adds, and the main part: what snapshots hold. Names of assets change with their content.
pub(crate) fn essence(html: &str) -> String {
    let part = |from: &str, to: &str| {
        let start = html.find(from).unwrap_or(html.len());
        let end = html[start..].find(to).map_or(html.len(), |end| start + end + to.len());
        html[start..end].to_owned()
    };
    let head = [
        part("<title>", "</title>"),
        part("<meta http-equiv", ">"),
        part("<script src=\"/assets/form-post", ">"),
    ];
    let lines = head
        .iter()
        .map(String::as_str)
        .chain([part("<main", "</main>").as_str()])
        .collect::<Vec<_>>()
        .join("\n");
    let lines = lines
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n");
    without_hashes(&lines)
}

fn without_hashes(text: &str) -> String {
    let mut out = String::new();
    for (index, piece) in text.split("form-post-").enumerate() {
        let is_asset = index > 0 && piece.get(12..15) == Some(".js");
        out.push_str(if index > 0 { "form-post-" } else { "" });
        out.push_str(if is_asset { "HASH" } else { "" });
        out.push_str(if is_asset { &piece[12..] } else { piece });
    }
    out
}
