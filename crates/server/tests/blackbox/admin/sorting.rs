//! Sorted lists through the admin API: whole in every order, and a cursor belongs to its order.

use super::stage::{Api, realm};
use serde_json::{Value, json};

/// The first cursor of a list.
async fn cursor(api: &Api, path: &str) -> String {
    let page = api.get(path).await.expect(200).json();
    page["next"]
        .as_str()
        .unwrap_or_else(|| panic!("{path}: {page}"))
        .to_owned()
}

fn texts(items: &[Value], member: &str) -> Vec<String> {
    items
        .iter()
        .map(|item| item[member].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn applications_are_listed_by_name_and_by_age_a_page_at_a_time() {
    let api = Api::ops(&realm()).await;
    for name in ["Sorted b", "sorted A", "Sorted c", "sorted ä", "Sorted B"] {
        let body = json!({ "name": name, "redirect_uris": ["https://sorted.example/cb"] });
        api.post("/clients", body).await.expect(201);
    }
    // Others at this server make applications, too: these are told apart by their name.
    for limit in [1, 2, 50] {
        let up = api.all("/clients?sort=name&q=sorted%20", limit).await;
        let names = texts(&up, "name");
        assert_eq!(names.len(), 5, "{names:?}");
        assert_eq!(names[0], "sorted A");
        assert_eq!(names[3..], ["Sorted c", "sorted ä"]);
        let mut down = api.all("/clients?sort=-name&q=sorted%20", limit).await;
        down.reverse();
        assert_eq!(texts(&down, "client_id"), texts(&up, "client_id"));
    }
    let ages = |items: &[Value]| {
        items
            .iter()
            .map(|item| item["created_at"].as_i64().unwrap())
            .collect::<Vec<_>>()
    };
    let newest = api.all("/clients?sort=-created", 3).await;
    assert!(newest.len() > 5 && ages(&newest).is_sorted_by(|left, right| left >= right));
    let users = api.all("/users?sort=username", 2).await;
    let names: Vec<String> = texts(&users, "username")
        .iter()
        .map(|name| name.to_lowercase())
        .collect();
    assert!(names.len() > 1 && names.is_sorted(), "{names:?}");
}

#[tokio::test]
async fn audit_lines_and_grants_are_listed_from_either_end() {
    let api = Api::ops(&realm()).await;
    for name in ["First line", "Second line"] {
        let body = json!({ "name": name, "redirect_uris": ["https://lines.example/cb"] });
        api.post("/clients", body).await.expect(201);
    }
    let at = |items: &[Value]| {
        items
            .iter()
            .map(|item| item["at"].as_i64().unwrap())
            .collect::<Vec<_>>()
    };
    let up = api.all("/audit?sort=at&action=client.created", 2).await;
    assert!(up.len() >= 2 && at(&up).is_sorted(), "{:?}", at(&up));
    let down = api.all("/audit?sort=-at&action=client.created", 50).await;
    assert!(at(&down).is_sorted_by(|left, right| left >= right));
    // From the middle of the log on, and up to it.
    let middle = up[1]["at"].as_i64().unwrap();
    let since = api.all(&format!("/audit?sort=at&since={middle}"), 50).await;
    assert!(since.iter().any(|line| line["id"] == up[1]["id"]) && at(&since).iter().all(|at| *at >= middle));
    let until = api.all(&format!("/audit?sort=at&until={middle}"), 50).await;
    assert!(at(&until).iter().all(|at| *at < middle));
    for since in [i64::MIN, -1, i64::MAX] {
        api.get(&format!("/audit?sort=at&since={since}")).await.expect(200);
    }
    for sort in ["created", "-created"] {
        api.get(&format!("/grants?sort={sort}")).await.expect(200);
    }
}

#[tokio::test]
async fn another_order_and_a_cursor_of_another_order_are_refused() {
    let api = Api::ops(&realm()).await;
    for path in [
        "/clients?sort=scopes",
        "/clients?sort=--name",
        "/clients?sort=NAME",
        "/clients?sort=name,created",
        "/clients?sort=name&sort=created",
        "/users?sort=name",
        "/grants?sort=user",
        "/audit?sort=id",
        "/tokens?sort=created",
        "/tenants?sort=name",
    ] {
        let refused = api.get(path).await;
        assert_eq!(refused.status, 400, "{path}");
        assert!(
            refused
                .header("content-type")
                .unwrap()
                .starts_with("application/problem+json"),
            "{path}"
        );
    }
    for name in ["One", "Two", "Three"] {
        let body = json!({ "name": name, "redirect_uris": ["https://cursor.example/cb"] });
        api.post("/clients", body).await.expect(201);
    }
    let orders = ["", "&sort=name", "&sort=-name", "&sort=created", "&sort=-created"];
    for order in orders {
        let cursor = cursor(&api, &format!("/clients?limit=1{order}")).await;
        for other in orders {
            let reply = api.get(&format!("/clients?limit=1{other}&cursor={cursor}")).await;
            assert_eq!(reply.status, if order == other { 200 } else { 400 }, "{order} {other}");
        }
    }
}

#[tokio::test]
async fn a_cursor_that_somebody_made_up_is_refused_and_never_a_fault() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let api = Api::ops(&realm()).await;
    for name in ["Made", "Up"] {
        let body = json!({ "name": name, "redirect_uris": ["https://cursor.example/cb"] });
        api.post("/clients", body).await.expect(201);
    }
    for (order, keys) in [
        (
            "name",
            ["[7,\"a\"]", "[\"a\\u0000\",\"b\"]", "[\"a\",\"b\\u0000\"]", "x"],
        ),
        (
            "created",
            [
                "[\"a\",\"b\"]",
                "[9223372036854775807,\"a\"]",
                "[1e99,\"a\"]",
                "[null,null]",
            ],
        ),
    ] {
        let path = format!("/clients?limit=1&sort={order}");
        let right = URL_SAFE_NO_PAD.decode(cursor(&api, &path).await).unwrap();
        for key in keys {
            let cursor = URL_SAFE_NO_PAD.encode([&right[..8], key.as_bytes()].concat());
            let reply = api.get(&format!("{path}&cursor={cursor}")).await;
            assert!(matches!(reply.status, 200 | 400), "{order} {key}: {}", reply.status);
        }
    }
}
