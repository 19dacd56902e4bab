//! Where an address is, as far as a file in the MaxMind DB format says it (GeoLite2-City, DB-IP and others). Read into memory as
//! a whole, looked up when somebody looks, and nothing of it is kept. What such a file says is a guess, and text from outside.

use grantd_pages::Locale;
use grantd_protocol::readable::is_readable;
use maxminddb::{PathElement, Reader};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 30;
/// The longest name that is shown, in characters.
const LONGEST: usize = 80;

/// The file, if one is configured.
#[derive(Default)]
pub struct Places {
    reader: Option<Reader<Vec<u8>>>,
}

/// Where an address is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// This very computer.
    Here,
    /// A network of somebody's own, which is everywhere.
    Private,
    /// Somewhere: at least one of the two.
    Named {
        /// A city.
        city: Option<String>,
        /// A country.
        country: Option<String>,
    },
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadPlaces {
    /// It cannot be read.
    #[error("places.file: cannot read {}: {cause}; mend the path, or take the key away", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// It is larger than any such file.
    #[error("places.file: {} has more than {LARGEST} bytes; name a database of cities or countries", .0.display())]
    TooLarge(PathBuf),
    /// It is no such file, or half of one.
    #[error(
        "places.file: {} is no MaxMind DB file, or a damaged one ({cause}); fetch it again, or take the key away",
        file.display()
    )]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What its reader says.
        cause: String,
    },
    /// It knows other things than places.
    #[error("places.file: {} is of the type \"{kind}\"; name a database of cities or countries", file.display())]
    OtherThings {
        /// The file.
        file: PathBuf,
        /// What it says that it is.
        kind: String,
    },
}

impl Places {
    /// Reads the file; without one only networks that are nowhere have a name.
    ///
    /// # Errors
    /// [`BadPlaces`].
    pub fn load(file: Option<&Path>) -> Result<Self, BadPlaces> {
        let Some(path) = file else {
            return Ok(Self::default());
        };
        let file = || path.to_owned();
        let unreadable = |cause| BadPlaces::Unreadable { file: file(), cause };
        if std::fs::metadata(path).map_err(unreadable)?.len() > LARGEST {
            return Err(BadPlaces::TooLarge(file()));
        }
        let bytes = std::fs::read(path).map_err(unreadable)?;
        let reader = Reader::from_source(bytes).map_err(|cause| BadPlaces::Damaged {
            file: file(),
            cause: cause.to_string(),
        })?;
        let kind = reader.metadata().database_type.to_string();
        let known = ["city", "country", "enterprise"];
        if !known.iter().any(|word| kind.to_lowercase().contains(word)) {
            let kind = named(&kind).unwrap_or_default();
            return Err(BadPlaces::OtherThings { file: file(), kind });
        }
        Ok(Self { reader: Some(reader) })
    }

    /// Where an address is, named in this language where the file has it, or else in English.
    #[must_use]
    pub fn of(&self, address: IpAddr, locale: Locale) -> Option<Place> {
        let address = address.to_canonical();
        if address.is_loopback() {
            return Some(Place::Here);
        }
        if is_private(address) {
            return Some(Place::Private);
        }
        let found = self.reader.as_ref()?.lookup(address).ok()?;
        let name_in = |what: &str, language: &str| {
            let path = ["", what, "names", language];
            let path: Vec<PathElement<'_>> = path.into_iter().skip(1).map(PathElement::Key).collect();
            // What is of another shape than such files have is no name.
            let name: Option<&str> = found.decode_path(&path).ok().flatten();
            name.and_then(named)
        };
        let name = |what| name_in(what, locale.tag()).or_else(|| name_in(what, Locale::default().tag()));
        let (city, country) = (name("city"), name("country"));
        (city.is_some() || country.is_some()).then_some(Place::Named { city, country })
    }
}

/// A name as it may be shown: one that people can read, and not too long.
fn named(name: &str) -> Option<String> {
    is_readable(name).then(|| name.trim().chars().take(LONGEST).collect())
}

/// Addresses that a network of one's own gives itself (RFC 1918, RFC 4193), and those of a single link.
const fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_private_v4(v4),
        IpAddr::V6(v6) => is_private_v6(v6),
    }
}

const fn is_private_v4(address: Ipv4Addr) -> bool {
    address.is_private() || address.is_link_local()
}

const fn is_private_v6(address: Ipv6Addr) -> bool {
    address.is_unique_local() || address.is_unicast_link_local()
}

#[cfg(test)]
mod tests {
    use super::*;
    use grantd_testkit::places::{Known, database};

    const BERLIN: Known<'static> = Known {
        network: "192.0.2.0/24",
        city: &[("en", "Berlin"), ("ja", "ベルリン")],
        country: &[("de", "Deutschland"), ("en", "Germany"), ("ja", "ドイツ")],
    };

    fn places(known: &[Known<'_>]) -> Places {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("places.mmdb");
        std::fs::write(&file, database("Test-City", known)).unwrap();
        Places::load(Some(&file)).unwrap()
    }

    fn at(places: &Places, address: &str, locale: Locale) -> Option<Place> {
        places.of(address.parse().unwrap(), locale)
    }

    fn place(city: Option<&str>, country: Option<&str>) -> Option<Place> {
        let owned = |name: Option<&str>| name.map(str::to_owned);
        Some(Place::Named {
            city: owned(city),
            country: owned(country),
        })
    }

    #[test]
    fn a_place_is_named_in_the_readers_language_or_else_in_english() {
        let atlantis = Known {
            network: "2001:db8::/32",
            city: &[],
            country: &[("en", "Atlantis")],
        };
        let places = places(&[BERLIN, atlantis]);
        for (locale, city, country) in [
            (Locale::En, "Berlin", "Germany"),
            (Locale::De, "Berlin", "Deutschland"),
            (Locale::Ja, "ベルリン", "ドイツ"),
        ] {
            for address in ["192.0.2.0", "192.0.2.255", "::ffff:192.0.2.7"] {
                assert_eq!(
                    at(&places, address, locale),
                    place(Some(city), Some(country)),
                    "{address}"
                );
            }
        }
        assert_eq!(at(&places, "2001:db8::1", Locale::De), place(None, Some("Atlantis")));
        for unknown in ["192.0.3.0", "192.0.1.255", "2001:db9::1"] {
            assert_eq!(at(&places, unknown, Locale::En), None, "{unknown}");
        }
    }

    #[test]
    fn networks_that_are_nowhere_are_known_without_a_file_and_whatever_one_says_of_them() {
        let liar = |network| Known { network, ..BERLIN };
        for places in [Places::default(), places(&[liar("10.0.0.0/8"), liar("127.0.0.0/8")])] {
            for here in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
                assert_eq!(at(&places, here, Locale::En), Some(Place::Here), "{here}");
            }
            for private in [
                "10.1.2.3",
                "172.16.0.1",
                "192.168.1.1",
                "169.254.0.1",
                "fd00::1",
                "fe80::1",
            ] {
                assert_eq!(at(&places, private, Locale::En), Some(Place::Private), "{private}");
            }
            assert_eq!(at(&places, "198.51.100.7", Locale::En), None);
        }
    }

    #[test]
    fn what_a_file_calls_a_place_is_cut_and_what_nobody_can_read_is_left_out() {
        let long = "x".repeat(LONGEST + 1);
        let odd = Known {
            network: "192.0.2.0/24",
            city: &[("en", "Ber\u{202e}lin")],
            country: &[("en", &long)],
        };
        let places = places(&[odd]);
        let country = "x".repeat(LONGEST);
        assert_eq!(at(&places, "192.0.2.1", Locale::En), place(None, Some(&country)));
    }

    #[test]
    fn a_file_that_is_missing_damaged_or_about_other_things_is_told_from_a_good_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("places.mmdb");
        let told = || {
            Places::load(Some(&file))
                .err()
                .expect("it must not be taken")
                .to_string()
        };
        assert!(
            told().contains("cannot read") && told().contains("mend the path"),
            "{}",
            told()
        );
        let good = database("Test-City", &[BERLIN]);
        for bytes in [b"".as_slice(), b"SQLite format 3\0", &good[..good.len() / 2]] {
            std::fs::write(&file, bytes).unwrap();
            assert!(told().contains("fetch it again"), "{}", told());
        }
        std::fs::write(&file, database("GeoLite2-ASN", &[BERLIN])).unwrap();
        assert!(told().contains("\"GeoLite2-ASN\""), "{}", told());
        // Damaged in the middle: found out when it is looked at, and then it knows nothing.
        for cut in 0..good.len() - 200 {
            let mut bytes = good.clone();
            bytes[cut] ^= 0xff;
            std::fs::write(&file, bytes).unwrap();
            if let Ok(places) = Places::load(Some(&file)) {
                at(&places, "192.0.2.1", Locale::De);
            }
        }
    }
}
