//! What is no assertion at all, or is none any more.

use super::*;

#[test]
fn another_assertion_type_and_half_an_assertion_are_invalid_client() {
    let text = Case::new().text();
    let saml = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer";
    let cases: &[&[(&str, &str)]] = &[
        &[("client_assertion", &text), ("client_assertion_type", saml)],
        &[("client_assertion", &text)],
        &[("client_assertion_type", ASSERTION_TYPE)],
        &[("client_assertion", "a.b.c"), ("client_assertion_type", ASSERTION_TYPE)],
    ];
    for pairs in cases {
        let refused = Presented::read(&params(pairs), None).unwrap_err();
        assert_eq!(refused.error.code(), ErrorCode::InvalidClient);
    }
}

#[test]
fn an_assertion_that_repeats_is_invalid_request() {
    let text = Case::new().text();
    let pairs = [
        ("client_assertion", &*text),
        ("client_assertion", &*text),
        ("client_assertion_type", ASSERTION_TYPE),
    ];
    let refused = Presented::read(&params(&pairs), None).unwrap_err();
    assert_eq!(refused.error.code(), ErrorCode::InvalidRequest);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_reading_panic(text in "\\PC{0,200}", header in "\\PC{0,80}", claims in "\\PC{0,80}") {
        let encoded = format!("{}.{}.AA", base64url_encode(&header), base64url_encode(&claims));
        for text in [text, encoded] {
            let pairs = [("client_assertion", &*text), ("client_assertion_type", ASSERTION_TYPE)];
            proptest::prop_assert!(Presented::read(&params(&pairs), None).is_err());
        }
    }

    #[test]
    fn every_bit_of_an_assertion_matters(position in 0.0..1.0_f64) {
        let case = Case::new();
        let mut text = case.text().into_bytes();
        let at = ((text.len() - 1) as f64 * position) as usize;
        text[at] = if text[at] == b'A' { b'B' } else { b'A' };
        let text = String::from_utf8(text).unwrap();
        let pairs = [("client_assertion", &*text), ("client_assertion_type", ASSERTION_TYPE)];
        let proved = Presented::read(&params(&pairs), None).and_then(|presented| {
            authenticate(&presented, Some(&Arc::new(case.client.clone())), &setting(&case.realm))
        });
        proptest::prop_assert!(proved.is_err());
    }
}
