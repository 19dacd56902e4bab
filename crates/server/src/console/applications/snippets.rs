//! Code to begin with, filled in with one application: what it is called and where it asks. A secret is never in it: the
//! code takes it from the environment.

use crate::config::Endpoint;
use crate::signed_in::Visit;
use crate::signed_in::listing::{text, texts};
use grantd_jose::base64url_encode;
use serde_json::Value;

/// A request for a token in several languages; for applications that people log in to, the address they go to first.
pub(super) fn snippets(visit: &Visit<'_>, client: &Value) -> Vec<(String, String)> {
    let endpoints = &visit.request.realm.config.endpoints;
    let id = text(client, "client_id");
    let token = endpoints.url(Endpoint::Token);
    let grants = texts(client, "grant_types");
    let public = text(client, "token_endpoint_auth_method") == "none";
    let named = |name: &str, code: String| (name.to_owned(), code);
    if grants.iter().any(|grant| grant == "authorization_code") {
        let redirect = texts(client, "redirect_uris").into_iter().next().unwrap_or_default();
        let authorize = endpoints.url(Endpoint::Authorize);
        return vec![
            named("curl", code_in_curl(id, token, authorize, &redirect, public)),
            named("Python", code_in_python(id, token, &redirect, public)),
            named("TypeScript", code_in_typescript(id, token, &redirect, public)),
        ];
    }
    let (id, token) = (literal(id), literal(token));
    vec![
        named(
            "curl",
            format!(
                "curl -s -u {}:\"$CLIENT_SECRET\" {} -d grant_type=client_credentials",
                shell(text(client, "client_id")),
                shell(endpoints.url(Endpoint::Token))
            ),
        ),
        named(
            "TypeScript",
            format!(
                "const reply = await fetch({token}, {{\n  method: \"POST\",\n  headers: {{ authorization: \"Basic \" + btoa({id} + \":\" + process.env.CLIENT_SECRET) }},\n  body: new URLSearchParams({{ grant_type: \"client_credentials\" }}),\n}});\nconst {{ access_token }} = await reply.json();"
            ),
        ),
        named(
            "Python",
            format!(
                "import os, requests\n\nreply = requests.post({token}, auth=({id}, os.environ[\"CLIENT_SECRET\"]),\n                      data={{\"grant_type\": \"client_credentials\"}})\naccess_token = reply.json()[\"access_token\"]"
            ),
        ),
        named(
            "Go",
            format!(
                "config := clientcredentials.Config{{\n\tClientID:     {id},\n\tClientSecret: os.Getenv(\"CLIENT_SECRET\"),\n\tTokenURL:     {token},\n}}\ntoken, err := config.Token(ctx)"
            ),
        ),
        named(
            "Rust",
            format!(
                "let reply = reqwest::Client::new()\n    .post({token})\n    .basic_auth({id}, std::env::var(\"CLIENT_SECRET\").ok())\n    .form(&[(\"grant_type\", \"client_credentials\")])\n    .send()\n    .await?;"
            ),
        ),
    ]
}

fn code_in_curl(id: &str, token: &str, authorize: &str, redirect: &str, public: bool) -> String {
    let proof = if public {
        format!("-d client_id={}", shell(id))
    } else {
        format!("-u {}:\"$CLIENT_SECRET\"", shell(id))
    };
    format!(
        "VERIFIER=$(openssl rand -hex 32)\nCHALLENGE=$(printf %s \"$VERIFIER\" | openssl dgst -sha256 -binary | openssl base64 -A | tr '+/' '-_' | tr -d '=')\n\n# Open this in a browser; the code comes back to the redirect URI.\necho {}\"?response_type=code&client_id=\"{}\"&redirect_uri=\"{}\"&code_challenge_method=S256&code_challenge=$CHALLENGE\"\n\ncurl -s {proof} {} -d grant_type=authorization_code \\\n  -d code=\"$CODE\" -d redirect_uri={} -d code_verifier=\"$VERIFIER\"",
        shell(authorize),
        shell(&crate::api::inside::escaped(id)),
        shell(&crate::api::inside::escaped(redirect)),
        shell(token),
        shell(redirect)
    )
}

fn code_in_python(id: &str, token: &str, redirect: &str, public: bool) -> String {
    let (id, token, redirect) = (literal(id), literal(token), literal(redirect));
    let (proof, name) = if public {
        (String::new(), format!("\"client_id\": {id}, "))
    } else {
        (format!("auth=({id}, os.environ[\"CLIENT_SECRET\"]), "), String::new())
    };
    format!(
        "import os, requests\n\nreply = requests.post({token}, {proof}data={{\n    {name}\"grant_type\": \"authorization_code\", \"code\": code,\n    \"redirect_uri\": {redirect}, \"code_verifier\": verifier,\n}})\naccess_token = reply.json()[\"access_token\"]"
    )
}

fn code_in_typescript(id: &str, token: &str, redirect: &str, public: bool) -> String {
    let (id, token, redirect) = (literal(id), literal(token), literal(redirect));
    let (proof, name) = if public {
        (String::new(), format!("client_id: {id}, "))
    } else {
        (
            format!("\n  headers: {{ authorization: \"Basic \" + btoa({id} + \":\" + process.env.CLIENT_SECRET) }},"),
            String::new(),
        )
    };
    format!(
        "const reply = await fetch({token}, {{\n  method: \"POST\",{proof}\n  body: new URLSearchParams({{ {name}grant_type: \"authorization_code\", code, redirect_uri: {redirect}, code_verifier }}),\n}});\nconst {{ access_token }} = await reply.json();"
    )
}

/// A text as one word of a shell, in which nothing is the shell's.
fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A text as a literal of JSON, which all of these languages read alike where it is ASCII; another one is told in base64url.
fn literal(text: &str) -> String {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        serde_json::to_string(text).unwrap_or_default()
    } else {
        format!("\"{}\"", base64url_encode(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_somebody_chose_ends_no_word_and_no_literal() {
        assert_eq!(shell("https://a.example/'$(x)`"), r"'https://a.example/'\''$(x)`'");
        assert_eq!(literal(r#"a"\b"#), r#""a\"\\b""#);
        assert!(!literal("\u{2028}").contains('\u{2028}'));
    }
}
