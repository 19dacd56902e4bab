//! Claims: a wrong type is never read as absent.

use grantd_jose::strict_json::StrictJsonError;
use grantd_jose::{ClaimError, Claims, MAX_NUMERIC_DATE};

fn claims(json: &str) -> Claims {
    Claims::parse(json.as_bytes()).unwrap()
}

#[test]
fn absent_and_present_are_told_apart_from_the_wrong_type() {
    let c = claims(r#"{"s":"x","i":-3,"b":false,"l":["a","b"],"o":{"k":1},"null":null}"#);
    assert_eq!((c.str("s"), c.str("none")), (Ok(Some("x")), Ok(None)));
    assert_eq!((c.i64("i"), c.i64("none")), (Ok(Some(-3)), Ok(None)));
    assert_eq!((c.bool("b"), c.bool("none")), (Ok(Some(false)), Ok(None)));
    assert_eq!(
        (c.str_list("l"), c.str_list("none")),
        (Ok(Some(vec!["a", "b"])), Ok(None))
    );
    assert_eq!(c.object("o").unwrap().unwrap().len(), 1);
    assert_eq!(c.object("none"), Ok(None));
    assert_eq!(c.str("i"), Err(ClaimError::WrongType("i")));
    assert_eq!(c.i64("s"), Err(ClaimError::WrongType("s")));
    assert_eq!(c.bool("s"), Err(ClaimError::WrongType("s")));
    assert_eq!(c.str_list("s"), Err(ClaimError::WrongType("s")));
    assert_eq!(c.object("l"), Err(ClaimError::WrongType("l")));
}

#[test]
fn null_is_a_wrong_type_and_not_absent() {
    let c = claims(r#"{"exp":null,"aud":null,"iss":null}"#);
    assert_eq!(c.numeric_date("exp"), Err(ClaimError::WrongType("exp")));
    assert_eq!(c.aud(), Err(ClaimError::WrongType("aud")));
    assert_eq!(c.str("iss"), Err(ClaimError::WrongType("iss")));
}

#[test]
fn numeric_dates_lie_between_1970_and_9999_and_lose_their_fraction() {
    let date = |value: &str| claims(&format!(r#"{{"exp":{value}}}"#)).numeric_date("exp");
    assert_eq!(date("0"), Ok(Some(0)));
    assert_eq!(date("1700000000"), Ok(Some(1_700_000_000)));
    assert_eq!(date("1.7e9"), Ok(Some(1_700_000_000)));
    assert_eq!(date("1700000000.0"), Ok(Some(1_700_000_000)));
    assert_eq!(date("1700000000.999"), Ok(Some(1_700_000_000)));
    let whole = |value: &str| claims(&format!(r#"{{"exp":{value}}}"#)).whole_date("exp");
    assert_eq!(whole("1700000000.0"), Ok(Some(1_700_000_000)));
    assert_eq!(whole("1700000000.5"), Err(ClaimError::WrongType("exp")));
    assert_eq!(date(&MAX_NUMERIC_DATE.to_string()), Ok(Some(MAX_NUMERIC_DATE)));
    for wrong in ["\"1700000000\"", "true", "[1]", "{}", "1e300", "18446744073709551615"] {
        assert_eq!(date(wrong), Err(ClaimError::WrongType("exp")), "{wrong}");
    }
    for out in [
        "-1",
        "-0.5",
        "253402300800",
        "9223372036854775807",
        "-9223372036854775808",
        "9e15",
    ] {
        assert_eq!(date(out), Err(ClaimError::OutOfRange("exp")), "{out}");
    }
}

#[test]
fn an_integer_claim_is_written_as_one() {
    assert_eq!(claims(r#"{"n":1.0}"#).i64("n"), Err(ClaimError::WrongType("n")));
    assert_eq!(
        claims(r#"{"n":9223372036854775808}"#).i64("n"),
        Err(ClaimError::WrongType("n"))
    );
}

#[test]
fn required_claims_name_what_is_missing() {
    let c = claims("{}");
    assert_eq!(c.required_str("iss"), Err(ClaimError::Missing("iss")));
    assert_eq!(c.required_numeric_date("exp"), Err(ClaimError::Missing("exp")));
}

#[test]
fn aud_is_a_string_or_an_array_of_strings() {
    assert_eq!(claims("{}").aud(), Ok(vec![]));
    assert_eq!(claims(r#"{"aud":"a"}"#).aud(), Ok(vec!["a"]));
    assert_eq!(claims(r#"{"aud":["a","b"]}"#).aud(), Ok(vec!["a", "b"]));
    assert_eq!(claims(r#"{"aud":[]}"#).aud(), Ok(vec![]));
    for wrong in [r#"["a",1]"#, "1", r#"{"a":1}"#, r#"[["a"]]"#, "[null]"] {
        assert_eq!(
            claims(&format!(r#"{{"aud":{wrong}}}"#)).aud(),
            Err(ClaimError::WrongType("aud")),
            "{wrong}"
        );
    }
}

#[test]
fn the_payload_is_one_strict_object() {
    let refusal = |json: &str| Claims::parse(json.as_bytes()).unwrap_err();
    assert_eq!(
        refusal(r#"{"sub":"a","sub":"b"}"#),
        ClaimError::Json(StrictJsonError::DuplicateMember)
    );
    assert_eq!(
        refusal(r#"{"act":{"sub":"a","sub":"b"}}"#),
        ClaimError::Json(StrictJsonError::DuplicateMember)
    );
    assert_eq!(refusal("[]"), ClaimError::Json(StrictJsonError::NotAnObject));
    assert_eq!(refusal("not json"), ClaimError::Json(StrictJsonError::Malformed));
    assert_eq!(refusal(""), ClaimError::Json(StrictJsonError::Malformed));
    let deep = format!("{}1{}", r#"{"a":"#.repeat(33), "}".repeat(33));
    assert_eq!(refusal(&deep), ClaimError::Json(StrictJsonError::TooDeep));
}
