//! How fast the verifier is, as ratios: to the bare signature check of aws-lc, which is the ceiling, and to `jsonwebtoken`,
//! which verifies the same tokens with the same keys; and what a kept token costs. The sides take turns, so that a machine that
//! does other things slows all of them; a ratio is the median over the turns. Prints, asserts nothing.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a program that measures and prints"
)]

use grantd_jose::{Jwk, VerifyingKey, base64url_decode};
use grantd_sdk::testing::FakeIssuer;
use grantd_sdk::{Algorithm, Clock as _, Credentials, TokenManager, TokenSource as _, Verifier};
use jsonwebtoken::{DecodingKey, Validation};
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::Instant;
use tokio::runtime::Runtime;

/// Many short ones: on a machine that does other things too, most are not interrupted.
const ROUNDS: usize = 401;
const TOKENS: usize = 20;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
        compare(&runtime, algorithm);
    }
    kept_token(&runtime);
}

/// Verifications in a second, and the verifier's rate as a part of the others'.
fn compare(runtime: &Runtime, algorithm: Algorithm) {
    let issuer = FakeIssuer::with_algorithm(algorithm).unwrap();
    let verifier = Verifier::builder(issuer.issuer(), issuer.audience())
        .transport(issuer.clone())
        .clock(issuer.clock())
        .build()
        .unwrap();
    let claims = || json!({ "scope": "invoices:read customers:*" });
    let tokens: Vec<String> = (0..TOKENS).map(|_| issuer.mint(claims()).unwrap()).collect();
    let jwk = issuer.jwks()["keys"][0].clone();
    let bare = Bare::new(&jwk, algorithm, &tokens);
    let (key, validation) = other(&issuer, &jwk, algorithm);
    let mut sides = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        sides[0].push(runtime.block_on(async {
            let began = Instant::now();
            for token in &tokens {
                assert!(verifier.verify(black_box(token)).await.is_ok());
            }
            per_second(began)
        }));
        sides[1].push(rate(&bare.signed, |signed| assert!(bare.verify(signed))));
        sides[2].push(rate(&tokens, |token| {
            assert!(jsonwebtoken::decode::<Value>(black_box(token), &key, &validation).is_ok());
        }));
    }
    let ratio = |side: usize| {
        median(
            sides[0]
                .iter()
                .zip(&sides[side])
                .map(|(own, other)| own / other)
                .collect(),
        )
    };
    let [to_bare, to_other] = [ratio(1), ratio(2)];
    let [own, ceiling, other] = sides.map(median);
    println!(
        "{algorithm}: {own:.0}/s; bare signature {ceiling:.0}/s, ratio {to_bare:.2}; jsonwebtoken {other:.0}/s, ratio {to_other:.2}"
    );
}

/// What `token()` costs while the manager has one.
fn kept_token(runtime: &Runtime) {
    let issuer = FakeIssuer::new().unwrap();
    let manager = TokenManager::builder(issuer.issuer(), Credentials::secret("client", "secret"))
        .transport(issuer.clone())
        .clock(issuer.clock())
        .build()
        .unwrap();
    let calls = 1000;
    let round = || {
        runtime.block_on(async {
            let began = Instant::now();
            for _ in 0..calls {
                assert!(black_box(manager.token().await).is_ok());
            }
            began.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
        })
    };
    round();
    println!("a kept token: {:.0} ns", median((0..ROUNDS).map(|_| round()).collect()));
}

/// The signatures alone, taken apart before.
struct Bare {
    key: VerifyingKey,
    algorithm: Algorithm,
    signed: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Bare {
    fn new(jwk: &Value, algorithm: Algorithm, tokens: &[String]) -> Self {
        let signed = tokens.iter().map(|token| {
            let (signed, signature) = token.rsplit_once('.').unwrap();
            (signed.as_bytes().to_vec(), base64url_decode(signature).unwrap())
        });
        Self {
            key: VerifyingKey::from_jwk(&Jwk::from_value(jwk).unwrap(), &[algorithm]).unwrap(),
            algorithm,
            signed: signed.collect(),
        }
    }

    fn verify(&self, (signed, signature): &(Vec<u8>, Vec<u8>)) -> bool {
        self.key.verify(self.algorithm, black_box(signed), signature)
    }
}

fn other(issuer: &FakeIssuer, jwk: &Value, algorithm: Algorithm) -> (DecodingKey, Validation) {
    let key = DecodingKey::from_jwk(&serde_json::from_value(jwk.clone()).unwrap()).unwrap();
    let mut validation = Validation::new(algorithm.as_str().parse().unwrap());
    validation.set_audience(&[issuer.audience()]);
    validation.set_issuer(&[issuer.issuer()]);
    // Its clock is the system's: the fake one is somewhere else.
    validation.validate_exp = false;
    assert!(issuer.clock().now() > 0);
    (key, validation)
}

fn rate<T>(all: &[T], mut verify: impl FnMut(&T)) -> f64 {
    let began = Instant::now();
    all.iter().for_each(&mut verify);
    per_second(began)
}

fn per_second(began: Instant) -> f64 {
    f64::from(u32::try_from(TOKENS).unwrap()) / began.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
