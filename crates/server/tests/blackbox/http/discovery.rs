//! Metadata in all its path forms, and the keys.

use crate::attack::stage::stage;
use crate::harness::Agent;

#[tokio::test]
async fn metadata_stands_at_every_form_of_its_path_and_nowhere_else() {
    let stage = stage();
    let origin = stage.realm.issuer();
    let mut agent = Agent::new();
    for (path, issuer) in [
        ("/.well-known/oauth-authorization-server", origin.clone()),
        ("/.well-known/openid-configuration", origin.clone()),
        ("/.well-known/oauth-authorization-server/other", stage.other.issuer()),
        ("/.well-known/openid-configuration/other", stage.other.issuer()),
        ("/other/.well-known/openid-configuration", stage.other.issuer()),
    ] {
        let reply = agent.get(&format!("{origin}{path}")).await;
        assert_eq!(reply.expect(200).json()["issuer"], issuer, "{path}");
        assert_eq!(reply.header("content-type"), Some("application/json"));
    }
    for path in [
        "/.well-known/unknown",
        "/.well-known/oauth-authorization-server/nobody",
        "/.well-known/",
    ] {
        agent.get(&format!("{origin}{path}")).await.expect(404);
    }
}

#[tokio::test]
async fn the_key_set_holds_public_keys_only_and_is_revalidated_by_etag() {
    let url = stage().realm.endpoint("jwks_uri");
    let mut agent = Agent::new();
    let reply = agent.get(&url).await;
    for key in reply.expect(200).json()["keys"].as_array().unwrap() {
        for private in ["d", "p", "q", "k"] {
            assert!(key.get(private).is_none(), "{key}");
        }
    }
    let tag = reply.header("etag").unwrap();
    // Weak where somebody on the way compresses, one of several where somebody keeps several (RFC 9110 section 13.1.2).
    for known in [
        tag.to_owned(),
        format!("W/{tag}"),
        format!("\"other\", {tag}"),
        "*".to_owned(),
    ] {
        let again = agent.http.get(&url).header("if-none-match", &known);
        agent.send(again).await.expect(304);
    }
    for other in ["\"other\"", "W/\"other\"", tag.trim_matches('"')] {
        let again = agent.http.get(&url).header("if-none-match", other);
        agent.send(again).await.expect(200);
    }
}
