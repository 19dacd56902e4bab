//! A page of a list that the store can sift in part only: batches of rows are read and looked at until the page is full,
//! the list is over, or so many rows were looked at that the next page must go on.

use super::answer::Answer;
use super::call::Window;
use super::cursor;
use super::problem::Problem;
use grantd_store::{Page, StoreFault};
use serde_json::Value;
use std::fmt::Display;

/// Rows that are looked at for one page, at most.
pub(super) const LOOKED_AT: u32 = 2000;
/// Rows that are read at once.
pub(super) const BATCH: u32 = 500;

/// What becomes of a row.
pub(super) enum Sifted<T> {
    /// It is an item.
    Item(T),
    /// It was not asked for.
    Other,
    /// It was not asked for, and nothing behind it was.
    Past,
}

impl<T> Sifted<T> {
    /// An item, if there is one.
    pub(super) fn from_option(item: Option<T>) -> Self {
        item.map_or(Self::Other, Self::Item)
    }
}

/// How much is gathered.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// Items.
    pub(super) items: usize,
    /// Rows that are looked at.
    pub(super) rows: u32,
}

/// Items, and where the next ones begin.
pub(super) struct Gathered<I, T> {
    /// The items.
    pub(super) items: Vec<T>,
    /// The last row that was looked at, where there are more behind it.
    pub(super) next: Option<I>,
}

/// A page of the window, of rows behind `after`.
pub(super) async fn page<I: Clone + Display, R, F: Future<Output = Result<Page<R>, StoreFault>>>(
    window: &Window,
    after: Option<I>,
    read: impl Fn(Option<I>) -> F,
    sift: impl Fn(R) -> (I, Sifted<Value>),
) -> Result<Answer, Problem> {
    let found = gather(after, bounds(window), read, sift).await?;
    let next = found.next.map(|last| cursor::encode(&window.filter, &last.to_string()));
    Ok(Answer::page(found.items, next))
}

/// Those of one page.
pub(super) fn bounds(window: &Window) -> Bounds {
    Bounds {
        items: usize::try_from(window.limit).unwrap_or(usize::MAX),
        rows: LOOKED_AT,
    }
}

/// Reads batches behind `after`, and sifts each row, which is told with its id.
pub(super) async fn gather<I: Clone, R, T, F: Future<Output = Result<Page<R>, StoreFault>>>(
    mut after: Option<I>,
    bounds: Bounds,
    read: impl Fn(Option<I>) -> F,
    sift: impl Fn(R) -> (I, Sifted<T>),
) -> Result<Gathered<I, T>, Problem> {
    let mut items = Vec::new();
    let mut looked_at = 0_u32;
    loop {
        let found = read(after.clone()).await?;
        let mut more = found.more;
        for row in found.rows {
            let (id, sifted) = sift(row);
            if matches!(sifted, Sifted::Past) {
                return Ok(Gathered { items, next: None });
            }
            if items.len() == bounds.items {
                more = true;
                break;
            }
            after = Some(id);
            if let Sifted::Item(item) = sifted {
                items.push(item);
            }
        }
        looked_at = looked_at.saturating_add(BATCH);
        if !more || items.len() == bounds.items || looked_at >= bounds.rows {
            return Ok(Gathered {
                items,
                next: after.filter(|_| more),
            });
        }
    }
}
