//! The letters that a development server wrote instead of sending them: who they are to, what they say, and where their
//! links lead. Whoever reads them can set passwords, so that permission is asked for. Nothing of it is in the admin API.

use super::places;
use crate::api::inside::Denied;
use crate::mail::Letter;
use crate::signed_in::listing::table;
use crate::signed_in::{Page, Visit};
use grantd_pages::{Block, CarryUrl, Cell, Heading, Row, Words};
use std::sync::Arc;

/// The letters of this realm, by number; none where letters are sent.
fn letters(visit: &Visit<'_>) -> Result<Vec<(u64, Arc<Letter>)>, Denied> {
    if let Some(needed) = places::MAIL.needs.filter(|needed| !visit.actor.may(needed)) {
        return Err(Denied::Forbidden(needed.to_owned()));
    }
    let kept = visit.request.app.mailer.kept();
    Ok(kept.map_or_else(Vec::new, |outbox| outbox.of(visit.request.realm.name())))
}

/// The list.
pub(super) fn list(visit: &Visit<'_>) -> Page {
    let rows = letters(visit)?.into_iter().map(|(number, letter)| Row {
        cells: vec![
            Cell::link(
                Words::given(&*letter.subject),
                visit.url(&[places::MAIL.path, &number.to_string()]),
            ),
            Cell::given(&*letter.to),
            Cell::Time {
                secs: letter.written_at.secs(),
            },
        ],
    });
    let columns = ["console-mail-subject", "console-mail-to", "console-audit-at"];
    let empty = ("console-mail-empty", "console-mail-empty-more");
    let table = table(places::MAIL.title(), &columns, rows.collect(), empty);
    let heading = Heading {
        lead: Some(Words::say("console-mail-lead")),
        ..Heading::new(places::MAIL.title())
    };
    visit.show(places::MAIL, heading, vec![Block::Table(Box::new(table))])
}

/// One letter.
pub(super) fn show(visit: &Visit<'_>, number: &str) -> Page {
    let letters = letters(visit)?;
    let named = letters.into_iter().find(|(one, _)| one.to_string() == number);
    let (_, letter) = named.ok_or(Denied::Unknown)?;
    let heading = Heading {
        back: Some((visit.at(places::MAIL), places::MAIL.title())),
        ..Heading::new(Words::given(&*letter.subject))
    };
    let facts = vec![
        (Words::say("console-mail-to"), Cell::given(&*letter.to)),
        (
            Words::say("console-audit-at"),
            Cell::Time {
                secs: letter.written_at.secs(),
            },
        ),
    ];
    let blocks = vec![
        Block::Facts { facts },
        Block::Documents {
            links: links(&letter.text),
        },
        Block::Snippets {
            title: Words::say("console-mail-text"),
            snippets: vec![(letter.subject.clone(), letter.text.clone())],
        },
    ];
    visit.show(places::MAIL, heading, blocks)
}

/// The addresses that stand in a text, as a mail program makes links of them.
fn links(text: &str) -> Vec<(Words, CarryUrl)> {
    let is_web = |word: &&str| word.starts_with("https://") || word.starts_with("http://");
    let addresses = text.split_whitespace().filter(is_web);
    let links = addresses.filter_map(|address| Some((Words::given(address), CarryUrl::parse(address).ok()?)));
    links.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_a_letter_are_links_and_nothing_else_is() {
        let text =
            "Hello,\n\nhttps://id.example/reset?token=a_-b\n\njavascript:alert(1) http://localhost:8080/x and ftp://x";
        let links = links(text);
        let found: Vec<&str> = links.iter().map(|(_, address)| address.as_str()).collect();
        assert_eq!(
            found,
            ["https://id.example/reset?token=a_-b", "http://localhost:8080/x"]
        );
    }
}
