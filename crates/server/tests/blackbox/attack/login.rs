//! Rows of the login form: oracles, and limits that cannot be walked around.

use super::stage::{CAROL, Stage};
use super::{Rows, rows};
use crate::harness::{Flow, Launch, Reply, Server};
use crate::http::two_step::{enrolled, enter, first_step};
use grantd_core::second_factor::totp;

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "P01" => unknown_and_wrong_alike,
    "P04" => spelled_differently,
    "P05" => forwarded_addresses_rotated,
    "P06" => a_network_rotated,
    "P08" => a_code_of_the_second_step_twice,
    "P12" => a_megabyte_of_password,
};

/// One attempt in a new browser.
async fn attempt(flow: &mut Flow, username: &str, password: &str, address: &str) -> Reply {
    let page = flow.ask().await.page(200);
    let mut form = page.form_with("login-submit");
    form.set("username", username).set("password", password);
    let url = flow.absolute(&form.action);
    let request = flow
        .browser
        .http
        .post(url)
        .form(&form.fields)
        .header("x-forwarded-for", address);
    flow.browser.send(request).await
}

/// A page without what is different on each: the sealed request, nonces, the name that was typed.
fn shape(reply: &Reply) -> String {
    let parts = reply.body.split('"').step_by(2);
    parts.collect::<Vec<_>>().join("\"\"")
}

async fn unknown_and_wrong_alike(s: S) {
    let mut flow = Flow::new(&s.other, "rp");
    let wrong = attempt(&mut flow, "bob@example.com", "wrong-password", "198.51.100.1").await;
    let unknown = attempt(&mut flow, "eve@example.com", "wrong-password", "198.51.100.1").await;
    wrong.page(422);
    assert_eq!(wrong.status, unknown.status);
    assert_eq!(shape(&wrong), shape(&unknown));
    assert!(wrong.set_cookies().is_empty() && unknown.set_cookies().is_empty());
}

async fn spelled_differently(s: S) {
    let mut flow = s.flow("rp");
    let spellings = [
        "carol@example.com",
        "CAROL@example.com",
        " carol@example.com ",
        "Carol@EXAMPLE.COM",
    ];
    let name = |index: usize| spellings[index % spellings.len()];
    let mut limited = None;
    for index in 0..40 {
        let reply = attempt(&mut flow, name(index), "wrong-password", "198.51.100.4").await;
        if reply.status == 429 {
            limited = Some(index);
            break;
        }
        reply.page(422);
    }
    assert_eq!(limited, Some(20), "the limit is one for all spellings");
    for spelling in spellings {
        // Also with the right password.
        let reply = attempt(&mut flow, spelling, &s.realm.user(CAROL).password, "198.51.100.4").await;
        reply.page(429);
    }
}

async fn forwarded_addresses_rotated(s: S) {
    let mut flow = Flow::new(&s.other, "rp");
    let mut limited = false;
    for index in 0..40 {
        let address = format!("198.51.{index}.5");
        limited = attempt(&mut flow, "carol@example.com", "wrong-password", &address)
            .await
            .status
            == 429;
        if limited {
            break;
        }
    }
    assert!(limited, "the limit is the user's, whatever addresses say");
}

async fn a_network_rotated(s: S) {
    let mut agent = s.agent();
    for host in 0..1_000 {
        let request = agent
            .http
            .post(s.realm.token())
            .basic_auth("nightly-export", Some("wrong"));
        let request = request.form(&[("grant_type", "client_credentials")]);
        let reply = agent
            .send(request.header("x-forwarded-for", format!("2001:db8:0:6::{host:x}")))
            .await;
        if reply.status == 429 {
            return;
        }
        reply.refused(401, "invalid_client");
    }
    panic!("a /64 is not one address");
}

async fn a_megabyte_of_password(s: S) {
    let mut flow = s.flow("rp");
    let reply = attempt(&mut flow, "bob@example.com", &"p".repeat(1024 * 1024), "198.51.100.12").await;
    assert_eq!(reply.page(413).error(), "invalid_request");
}

/// RFC 6238 section 5.2: a code is good once, also while its time step lasts, and in whatever browser.
async fn a_code_of_the_second_step_twice(_: S) {
    let server = Server::start(Launch::demo());
    let (_, enrolled) = enrolled(&server).await;
    let (mut flow, second) = first_step(&server.realm()).await;
    let code = totp::code(&enrolled.secret, enrolled.step + 1);
    assert_eq!(enter(&mut flow, &second, &code).await.status, 303);
    let (mut thief, second) = first_step(&server.realm()).await;
    for used in [code, totp::code(&enrolled.secret, enrolled.step)] {
        enter(&mut thief, &second, &used).await.page(422);
    }
}
