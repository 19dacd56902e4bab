use super::*;

fn script(source: Source, extract: Option<Extract>) -> Script {
    let template = |client: &str| Template {
        head: format!("POST /token HTTP/1.1\r\nAuthorization: {client}\r\n"),
        body: Some("token=".to_owned()),
    };
    Script {
        templates: vec![template("a"), template("b")],
        source,
        replies: vec![extract.map_or(Expected::OK, Expected::ok_with)],
    }
}

fn sent(feed: &mut Feed) -> Option<String> {
    let mut out = Vec::new();
    feed.next(&mut out)?;
    Some(String::from_utf8(out).unwrap())
}

#[test]
fn templates_take_turns_and_state_their_length() {
    let mut feed = Feed::new(script(Source::Templates, None));
    assert_eq!(
        sent(&mut feed).unwrap(),
        "POST /token HTTP/1.1\r\nAuthorization: a\r\nContent-Length: 6\r\n\r\ntoken="
    );
    assert!(sent(&mut feed).unwrap().contains("Authorization: b"));
    assert!(sent(&mut feed).unwrap().contains("Authorization: a"));
}

#[test]
fn refresh_tokens_go_out_oldest_first_and_once_and_their_successors_queue_behind() {
    let source = Source::Values {
        order: Order::Oldest,
        used: Use::Successor,
    };
    let mut feed = Feed::new(script(source, Some(Extract::Member("refresh_token".to_owned()))));
    feed.add(vec![(0, "r1".to_owned()), (1, "s1".to_owned())]);
    assert!(sent(&mut feed).unwrap().ends_with("Content-Length: 8\r\n\r\ntoken=r1"));
    assert!(feed.replied(0, 200, b"", br#"{"access_token":"x", "refresh_token" : "r2"}"#));
    assert!(!feed.replied(1, 200, b"", br#"{"access_token":"x"}"#));
    assert!(sent(&mut feed).unwrap().ends_with("token=s1"));
    assert!(sent(&mut feed).unwrap().ends_with("token=r2"));
    assert_eq!(sent(&mut feed), None, "a reply without a successor ends its family");
}

#[test]
fn spent_values_are_not_sent_twice_in_random_order_either() {
    let source = Source::Values {
        order: Order::Random,
        used: Use::Once,
    };
    let mut feed = Feed::new(script(source, None));
    feed.add((0..50).map(|n| (0, format!("c{n}"))).collect());
    let mut all: Vec<_> = std::iter::from_fn(|| sent(&mut feed)).collect();
    assert_ne!(all.first().map(|first| first.ends_with("=c0")), Some(true));
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 50);
}

#[test]
fn values_that_may_be_sent_again_come_round() {
    let source = Source::Values {
        order: Order::Oldest,
        used: Use::Again,
    };
    let mut feed = Feed::new(script(source, None));
    feed.add(vec![(0, "x".to_owned()), (1, "y".to_owned())]);
    let all: Vec<_> = (0..3).filter_map(|_| sent(&mut feed)).collect();
    assert_eq!(all.first(), all.last());
    assert_eq!(feed.waiting(), 2);
}

#[test]
fn what_the_script_does_not_send_itself_is_collected() {
    let mut script = script(Source::Templates, Some(Extract::After("code=".to_owned())));
    script.replies[0].status = 303;
    let mut feed = Feed::new(script);
    assert!(feed.replied(1, 303, b"location: http://x/callback?code=ab-C_9&iss=y\r\n", b""));
    assert!(!feed.replied(1, 303, b"", b"no such thing"));
    assert!(!feed.replied(1, 200, b"location: http://x/callback?code=ab\r\n", b""));
    assert_eq!(feed.take_collected(), [(1, "ab-C_9".to_owned())]);
    assert_eq!(feed.take_collected(), []);
}

#[test]
fn a_value_stands_where_the_head_says() {
    let mut script = script(
        Source::Values {
            order: Order::Oldest,
            used: Use::Once,
        },
        None,
    );
    script.templates[0].head = format!("POST /token HTTP/1.1\r\nDPoP: {VALUE}\r\n");
    let mut feed = Feed::new(script);
    feed.add(vec![(0, "proof".to_owned())]);
    assert_eq!(
        sent(&mut feed).unwrap(),
        "POST /token HTTP/1.1\r\nDPoP: proof\r\nContent-Length: 6\r\n\r\ntoken="
    );
}

#[test]
fn a_chain_goes_on_with_what_the_reply_gave_and_ends_what_it_began() {
    let template = |head: &str| Template {
        head: head.to_owned(),
        body: None,
    };
    let mut feed = Feed::new(Script {
        templates: ["GET /a0", "GET /a1", "GET /b0?\u{1a}", "GET /b1?\u{1a}"]
            .map(|head| template(&format!("{head} HTTP/1.1\r\n")))
            .to_vec(),
        source: Source::Chain,
        replies: vec![
            Expected {
                status: 201,
                extract: Some(Extract::Member("v".to_owned())),
            },
            Expected::OK,
        ],
    });
    assert!(sent(&mut feed).unwrap().starts_with("GET /a0 "));
    assert!(sent(&mut feed).unwrap().starts_with("GET /a1 "));
    assert!(feed.replied(1, 201, b"", br#"{"v":"x"}"#));
    assert!(
        !feed.replied(0, 201, b"", b"{}"),
        "a chain without its next value is broken"
    );
    assert_eq!(sent(&mut feed).unwrap(), "GET /b1?x HTTP/1.1\r\n\r\n");
    assert!(feed.replied(3, 200, b"", b""));
    assert!(sent(&mut feed).unwrap().starts_with("GET /a0 "));
}

#[test]
fn a_member_with_escapes_is_not_taken() {
    let finder = Finder::new(&Extract::Member("m".to_owned()));
    assert_eq!(finder.find(b"", br#"{"m":"a\"b"}"#), None);
    assert_eq!(finder.find(b"", br#"{"m":7}"#), None);
    assert_eq!(finder.find(b"", br#"{"m":"ab"}"#), Some("ab"));
}
