//! Where an address is, in the words of these pages.

use crate::interaction::outcome::locale;
use crate::places::Place;
use crate::request::Request;
use grantd_pages::Words;

/// Where an address is that a session came from; `None` for one of which nothing is known.
pub(crate) fn whereabouts(request: &Request<'_>, address: &str) -> Option<Words> {
    let address = address.parse().ok()?;
    let place = request.app.places().of(address, locale(request, None))?;
    Some(match place {
        Place::Here => Words::say("area-place-here"),
        Place::Private => Words::say("area-place-private"),
        Place::Named {
            city: Some(city),
            country: Some(country),
        } => Words::say("area-place-city")
            .with("city", city)
            .with("country", country),
        Place::Named { city, country } => Words::given(city.or(country).unwrap_or_default()),
    })
}
