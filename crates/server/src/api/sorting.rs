//! `sort` in the query of a list: the name of a column, with a minus sign before it for the highest first. A cursor of a sorted
//! list says where its last row stood, so that rows which come or go meanwhile neither repeat nor hide others.

use super::call::{Call, Window};
use super::problem::Problem;
use grantd_protocol::Timestamp;
use grantd_store::sort::{Column, Place, SortValue, Sorted, Sorting};
use serde_json::{Value, json};

/// What is asked for; `None` where nothing is.
pub(super) fn asked<C: Copy>(call: &Call<'_>, columns: &[(&str, C)]) -> Result<Option<Sorting<C>>, Problem> {
    let Some(text) = call.query.get("sort") else {
        return Ok(None);
    };
    let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
    match columns.iter().find(|(column, _)| *column == name) {
        Some((_, by)) => Ok(Some(Sorting { by: *by, descending })),
        None => {
            let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
            let names = names.join(" or ");
            Err(Problem::Bad(format!(
                "sort must be {names}, or that with a minus sign before it"
            )))
        }
    }
}

/// The order of a list: by a column, or else by id.
#[derive(Clone, Copy)]
pub(super) struct Order<C>(Option<Sorting<C>>);

impl<C: Column> Order<C> {
    /// What is asked for. Refuses a cursor that says no place in such a list.
    pub(super) fn asked(call: &Call<'_>, window: &Window, columns: &[(&str, C)]) -> Result<Self, Problem> {
        match asked(call, columns)? {
            Some(sorting) => Self::by(sorting, window),
            None => Ok(Self(None)),
        }
    }

    /// A list that is sorted whoever asks. Refuses a cursor that says no place in it.
    pub(super) fn by(sorting: Sorting<C>, window: &Window) -> Result<Self, Problem> {
        let is_place = |text: &String| place(sorting.by, text).is_some();
        match &window.after {
            Some(text) if !is_place(text) => Err(Problem::Bad("the cursor is broken".to_owned())),
            _ => Ok(Self(Some(sorting))),
        }
    }

    /// What the store is asked for; `None` for a list by id.
    pub(super) fn page(&self, realm: &str, after: Option<&str>, limit: u32) -> Option<Sorted<C>> {
        let sorting = self.0?;
        Some(Sorted {
            realm: realm.to_owned(),
            owner: None,
            sorting,
            behind: after.and_then(|text| place(sorting.by, text)),
            limit,
        })
    }

    /// Where a row with this id stands, as a cursor says it.
    pub(super) fn key(&self, row: &C::Row, id: &str) -> String {
        match self.0 {
            None => id.to_owned(),
            Some(sorting) => told(&sorting.by.place(row)),
        }
    }
}

fn told(place: &Place) -> String {
    let value = match &place.value {
        SortValue::Text(text) => json!(text),
        SortValue::Time(time) => json!(time.millis()),
    };
    json!([value, place.id]).to_string()
}

fn place<C: Column>(by: C, text: &str) -> Option<Place> {
    let (value, id): (Value, String) = serde_json::from_str(text).ok()?;
    let value = match value {
        Value::String(text) if !by.has_times() => SortValue::Text(text),
        Value::Number(millis) if by.has_times() => SortValue::Time(Timestamp::from_millis(millis.as_i64()?)),
        _ => return None,
    };
    Some(Place { value, id })
}

#[cfg(test)]
mod tests {
    use super::*;
    use grantd_store::sort::ClientColumn;

    #[test]
    fn a_place_is_read_as_it_was_told_and_nothing_else_is() {
        let of = |value| Place {
            value,
            id: "client:\"7\"".to_owned(),
        };
        let name = of(SortValue::Text("b\u{fc}cher \"a\"".to_owned()));
        let time = of(SortValue::Time(Timestamp::from_millis(1_800_000_000_123)));
        assert_eq!(place(ClientColumn::Name, &told(&name)), Some(name.clone()));
        assert_eq!(place(ClientColumn::Created, &told(&time)), Some(time.clone()));
        for (by, text) in [
            (ClientColumn::Name, told(&time)),
            (ClientColumn::Created, told(&name)),
            (ClientColumn::Created, "[1e400,\"a\"]".to_owned()),
            (ClientColumn::Created, "[1.5,\"a\"]".to_owned()),
            (ClientColumn::Name, "[\"a\"]".to_owned()),
            (ClientColumn::Name, "client-7".to_owned()),
        ] {
            assert_eq!(place(by, &text), None, "{text}");
        }
    }
}
