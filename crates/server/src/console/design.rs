//! The design system, alive: every block with the samples that the tests look at. For those who work on the pages.

use super::places;
use crate::signed_in::{Page, Visit};
use grantd_pages::{Block, Heading, Words, samples};

/// Every block.
pub(super) fn show(visit: &Visit<'_>) -> Page {
    let heading = Heading {
        lead: Some(Words::say("console-design-lead")),
        ..Heading::new(places::DESIGN.title())
    };
    let shown = samples::signed_in::all().into_iter();
    let blocks = shown.flat_map(|(name, view)| {
        let title = Block::Section {
            title: Words::given(name),
            lead: None,
        };
        std::iter::once(title).chain(view.blocks)
    });
    // One name, one field: on this page several forms stand together.
    let mut forms = 0;
    let once = blocks.filter(|block| {
        let is_form = matches!(block, Block::Form(_));
        forms += usize::from(is_form);
        !is_form || forms == 1
    });
    let blocks = once.collect();
    visit.show(places::DESIGN, heading, blocks)
}
