//! Instants as people read them: day and minute in UTC, the same in every language. The clock is not known here.

/// Seconds of a day.
const DAY: i64 = 86_400;

/// `2026-11-22 10:44` for people, `2026-11-22T10:44:06Z` for machines (RFC 3339); `None` beyond the year 9999.
pub(crate) fn spelled(secs: i64) -> Option<(String, String)> {
    let (day, second) = (secs.div_euclid(DAY), secs.rem_euclid(DAY));
    let (year, month, day) = civil(day);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    (0..=9999).contains(&year).then(|| {
        (
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}"),
            format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"),
        )
    })
}

/// Year, month and day of a day since 1970-01-01 in the proleptic Gregorian calendar. Years begin in March here, so that the
/// leap day is their last one; 400 of them have 146097 days.
fn civil(day: i64) -> (i64, i64, i64) {
    let since_march_0000 = day + 719_468;
    let (era, day) = (
        since_march_0000.div_euclid(146_097),
        since_march_0000.rem_euclid(146_097),
    );
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (year + era * 400 + next, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_spelled_as_the_calendar_has_them() {
        for (secs, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_709_251_200, "2024-03-01T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(spelled(secs).map(|(_, machine)| machine).as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_has_no_year_of_four_digits_is_not_spelled() {
        for secs in [253_402_300_800, i64::MAX / 2, i64::MIN / 2] {
            assert_eq!(spelled(secs), None, "{secs}");
        }
    }
}
