//! Places, bits, and what verifiers read.

use super::*;
use crate::fixture::NOW;
use grantd_protocol::id::ChangeId;
use miniz_oxide::inflate::decompress_to_vec_zlib;
use proptest::prelude::*;
use std::collections::BTreeMap;

const TTL: Seconds = Seconds(60);

/// The bits of a list as a verifier reads them that was packed in one go.
fn bits(lists: &StatusLists, list: u64) -> Vec<u8> {
    let mut packed = Packed::default();
    packed.renew(&packed.changed(lists, list));
    decompress_to_vec_zlib(&packed.zlib()).unwrap()
}

fn bit(bits: &[u8], place: StatusPlace) -> bool {
    bits[usize::try_from(place.index() / 8).unwrap()] >> (place.index() % 8) & 1 == 1
}

#[test]
fn a_place_is_a_list_and_an_index_in_it() {
    for (place, list, index) in [
        (0, 0, 0),
        (LIST_SIZE - 1, 0, LIST_SIZE - 1),
        (LIST_SIZE, 1, 0),
        (3 * LIST_SIZE + 7, 3, 7),
    ] {
        assert_eq!((StatusPlace(place).list(), StatusPlace(place).index()), (list, index));
    }
    let listed = StatusPlace(LIST_SIZE + 5).below("https://id.example/status");
    let expected = json!({ "status_list": { "idx": 5, "uri": "https://id.example/status/1" } });
    assert_eq!(listed.claim(), expected);
}

#[test]
fn a_lease_begins_where_the_last_one_ended_and_is_guarded_by_it() {
    let realm: Arc<str> = "main".into();
    let id = ChangeId::from_bytes([1; 16]);
    let (first, change) = lease(&realm, None, 100, id);
    assert_eq!(first, 0..100);
    assert!(matches!(change.guards.as_slice(), [Guard::PlacesAt { next: None, .. }]));
    let (second, change) = lease(&realm, Some(100), 50, id);
    assert_eq!(second, 100..150);
    assert!(matches!(
        change.guards.as_slice(),
        [Guard::PlacesAt { next: Some(100), .. }]
    ));
    assert!(matches!(
        change.writes.as_slice(),
        [Write::LeasePlaces { next: 150, .. }]
    ));
}

#[test]
fn the_lowest_bit_of_the_first_byte_is_place_0() {
    let mut lists = StatusLists::default();
    for place in [0, 3, 8, LIST_SIZE - 1] {
        assert!(lists.mark(StatusPlace(place), true, NOW));
    }
    let bits_of_0 = bits(&lists, 0);
    assert_eq!((bits_of_0[0], bits_of_0[1]), (0b1001, 1));
    assert_eq!(bits_of_0.last(), Some(&0x80));
    assert_eq!(bits_of_0.len() as u64, LIST_SIZE / 8);
    // The example of the draft's section 4.1, whose bytes are 0xB9 and 0xA3.
    let mut example = StatusLists::default();
    for place in [0, 3, 4, 5, 7, 8, 9, 13, 15] {
        example.mark(StatusPlace(place), true, NOW);
    }
    assert_eq!(bits(&example, 0)[..2], [0xB9, 0xA3]);
}

#[test]
fn what_changes_nothing_is_no_news_and_what_does_costs_its_list_alone() {
    let mut lists = StatusLists::default();
    let (here, there) = (StatusPlace(5), StatusPlace(LIST_SIZE + 5));
    assert!(!lists.mark(here, false, NOW));
    assert!(lists.is_empty());
    assert!(lists.mark(here, true, NOW));
    assert!(lists.mark(there, true, NOW));
    let (at_first, other) = (lists.version(0), lists.version(1));
    assert!(!lists.mark(here, true, NOW));
    assert_eq!(lists.version(0), at_first);
    assert!(lists.mark(here, false, NOW));
    assert!(lists.version(0) > other);
    assert_eq!(lists.version(1), other);
    assert!(!lists.is_over(here) && lists.is_over(there));
}

#[test]
fn bits_stay_until_the_last_token_that_is_over_has_expired() {
    let mut lists = StatusLists::default();
    lists.mark(StatusPlace(1), true, NOW.plus(Seconds(10)));
    lists.mark(StatusPlace(2), true, NOW.plus(Seconds(600)));
    let before = lists.version(0);
    lists.forget_expired(NOW.plus(Seconds(600)));
    assert!(lists.is_over(StatusPlace(1)));
    lists.forget_expired(NOW.plus(Seconds(601)));
    assert!(lists.is_empty());
    assert_eq!(lists.version(0), 0);
    // A copy that was made of the old bits is not taken for one of the new.
    lists.mark(StatusPlace(3), true, NOW.plus(Seconds(900)));
    assert!(lists.version(0) > before);
}

#[test]
fn what_is_found_out_anew_has_versions_of_its_own() {
    let mut lists = StatusLists::default();
    lists.mark(StatusPlace(1), true, NOW);
    let mut fresh = StatusLists::default();
    fresh.mark(StatusPlace(2), true, NOW);
    let before = lists.version(0);
    lists.become_like(fresh);
    assert!(!lists.is_over(StatusPlace(1)) && lists.is_over(StatusPlace(2)));
    assert!(lists.version(0) > before);
    let before = lists.version(0);
    lists.become_like(StatusLists::default());
    lists.mark(StatusPlace(3), true, NOW);
    assert!(lists.version(0) > before);
}

#[test]
fn a_list_says_whose_it_is_and_how_long_it_is_good() {
    let packed = Packed::default().zlib();
    // Nobody is over: a few hundred bytes for a million tokens.
    assert!(packed.len() < 400, "{}", packed.len());
    let claims = claims("https://id.example", "https://id.example/status/0", &packed, TTL, NOW);
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["iss"], "https://id.example");
    assert_eq!(claims["sub"], "https://id.example/status/0");
    assert_eq!((&claims["iat"], &claims["ttl"]), (&json!(NOW.secs()), &json!(60)));
    assert_eq!(claims["exp"], json!(NOW.secs() + 720));
    assert_eq!(claims["status_list"]["bits"], 1);
    let sent = grantd_jose::base64url_decode(claims["status_list"]["lst"].as_str().unwrap()).unwrap();
    let bits = decompress_to_vec_zlib(&sent).unwrap();
    assert_eq!(bits.len() as u64, LIST_SIZE / 8);
    assert!(renewed_after(TTL).get() + TTL.get() < good_for(TTL).get());
}

#[test]
fn a_bit_that_changes_costs_its_piece_and_not_the_list() {
    let mut lists = StatusLists::default();
    // Ten million tokens, one in a hundred over.
    for place in (0..10 * LIST_SIZE).step_by(100) {
        lists.mark(StatusPlace(place), true, NOW);
    }
    let mut packed = Packed::default();
    assert_eq!(packed.changed(&lists, 3).len(), 8);
    packed.renew(&packed.changed(&lists, 3));
    assert!(packed.changed(&lists, 3).is_empty());
    let before = packed.zlib();
    assert!(lists.mark(StatusPlace(3 * LIST_SIZE + 7), true, NOW));
    let changed = packed.changed(&lists, 3);
    assert_eq!(changed.len(), 1);
    packed.renew(&changed);
    assert_ne!(packed.zlib(), before);
    assert_eq!(decompress_to_vec_zlib(&packed.zlib()).unwrap(), bits(&lists, 3));
    assert_eq!(
        packed.zlib(),
        {
            let mut anew = Packed::default();
            anew.renew(&anew.changed(&lists, 3));
            anew.zlib()
        },
        "all nodes have the same bytes, whatever they changed one after the other"
    );
    // A list that is forgotten becomes one in which nobody is over.
    lists.forget_expired(NOW.plus(Seconds(1)));
    packed.renew(&packed.changed(&lists, 3));
    assert_eq!(packed.zlib(), Packed::default().zlib());
}

#[test]
fn what_is_kept_is_found_again_and_goes_on() {
    let mut lists = StatusLists::default();
    for place in [0, 7, LIST_SIZE - 1, 5 * LIST_SIZE + 9] {
        lists.mark(StatusPlace(place), true, NOW.plus(Seconds(60)));
    }
    let kept = read(&kept_anew(&lists));
    let mut found = StatusLists::restored(&kept).unwrap();
    for list in [0, 1, 5] {
        assert_eq!(bits(&found, list), bits(&lists, list));
    }
    // A version is none that a copy of nothing has, and the bits are as good as those that were found out.
    assert!(found.version(0) > 0 && found.version(5) > 0);
    assert!(found.mark(StatusPlace(7), false, NOW));
    found.forget_expired(NOW.plus(Seconds(61)));
    assert!(found.is_empty());
    for broken in [
        r#"[{"list":0,"until":1,"bits":""}]"#,
        r#"[{"list":0,"until":1,"bits":"!"}]"#,
        r#"[{"list":0,"until":1,"bits":"eJwDAAAAAAE"}]"#,
    ] {
        let kept: Vec<KeptList> = serde_json::from_str(broken).unwrap();
        assert!(StatusLists::restored(&kept).is_none(), "{broken}");
    }
}

fn kept_anew(lists: &StatusLists) -> Keeping {
    let mut keeping = Keeping::default();
    keeping.renew(lists.changed_since(&keeping));
    keeping
}

fn read(keeping: &Keeping) -> Vec<KeptList> {
    serde_json::from_slice(&serde_json::to_vec(keeping).unwrap()).unwrap()
}

/// What happens, how, and how many lists are other ones then.
type Step = (&'static str, fn(&mut StatusLists), usize);

#[test]
fn what_was_kept_and_has_not_changed_is_not_compressed_anew() {
    let mut lists = StatusLists::default();
    for (list, until) in [(0, 60), (1, 120), (5, 360)] {
        lists.mark(StatusPlace(list * LIST_SIZE + 3), true, NOW.plus(Seconds(until)));
    }
    let mut keeping = Keeping::default();
    let steps: [Step; 6] = [
        ("everything, the first time", |_| (), 3),
        ("nothing has changed", |_| (), 0),
        ("a token of one list ends", |lists| end(lists, LIST_SIZE + 4), 1),
        ("one that is over already", |lists| end(lists, LIST_SIZE + 4), 0),
        (
            "one of a list in which nobody was over",
            |lists| end(lists, 7 * LIST_SIZE),
            1,
        ),
        (
            "what expired is gone",
            |lists| lists.forget_expired(NOW.plus(Seconds(61))),
            0,
        ),
    ];
    for (what, change, expected) in steps {
        change(&mut lists);
        let changed = lists.changed_since(&keeping);
        assert_eq!(changed.len(), expected, "{what}");
        keeping.renew(changed);
        let found = StatusLists::restored(&read(&keeping)).unwrap();
        assert_eq!(found.len(), lists.len(), "{what}");
        for list in [0, 1, 5, 7] {
            assert_eq!(bits(&found, list), bits(&lists, list), "{what}: {list}");
        }
    }
    assert_eq!(lists.len(), 3, "the lists of tokens that expired later are still there");
    lists.become_like(StatusLists::default());
    keeping.renew(lists.changed_since(&keeping));
    assert!(keeping.is_empty());
}

fn end(lists: &mut StatusLists, place: u64) {
    lists.mark(StatusPlace(place), true, NOW.plus(Seconds(120)));
}

proptest! {
    #[test]
    fn a_verifier_reads_the_last_thing_that_was_said_of_each_token(
        told in prop::collection::vec((0_u64..3 * LIST_SIZE, any::<bool>()), 1..200),
    ) {
        let mut lists = StatusLists::default();
        let mut expected = BTreeMap::new();
        for (place, is_over) in told {
            let place = StatusPlace(place);
            let news = lists.mark(place, is_over, NOW);
            prop_assert_eq!(news, expected.insert(place, is_over).unwrap_or(false) != is_over);
        }
        for list in 0..3 {
            let read = bits(&lists, list);
            for (place, is_over) in expected.iter().filter(|(place, _)| place.list() == list) {
                prop_assert_eq!(bit(&read, *place), *is_over);
            }
            let said = expected.iter().filter(|(place, is_over)| place.list() == list && **is_over).count();
            prop_assert_eq!(read.iter().map(|byte| byte.count_ones() as usize).sum::<usize>(), said);
        }
    }
}
