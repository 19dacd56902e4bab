//! A client that can sign with everything that metadata may name. It makes signatures without the code under test.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantd_jose::{Algorithm, SigningKey};
use serde_json::{Value, json};

/// A key of each kind.
pub(crate) struct Signer {
    rsa: RsaKeyPair,
    p256: EcdsaKeyPair,
    p384: EcdsaKeyPair,
    ed25519: Ed25519KeyPair,
}

impl Signer {
    /// With fresh keys.
    pub(crate) fn new() -> Self {
        Self {
            rsa: RsaKeyPair::generate(KeySize::Rsa2048).unwrap(),
            p256: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
            p384: EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap(),
            ed25519: Ed25519KeyPair::generate().unwrap(),
        }
    }

    /// The public key that signatures of this algorithm are checked with; it does not say for which one it is.
    pub(crate) fn jwk(&self, alg: &str) -> Value {
        match alg {
            "ES256" => curve("P-256", self.p256.public_key().as_ref()),
            "ES384" => curve("P-384", self.p384.public_key().as_ref()),
            "EdDSA" | "Ed25519" => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(self.ed25519.public_key()) })
            }
            _ => {
                let pkcs8 = AsDer::<Pkcs8V1Der<'_>>::as_der(&self.rsa).unwrap();
                let key = SigningKey::from_pkcs8(Algorithm::RS256, pkcs8.as_ref()).unwrap();
                let whole = serde_json::to_value(key.public_jwk()).unwrap();
                json!({ "kty": "RSA", "n": whole["n"], "e": whole["e"] })
            }
        }
    }

    /// All of them, as a client registers them.
    pub(crate) fn jwks(&self) -> Value {
        let keys = ["RS256", "ES256", "ES384", "EdDSA"].map(|alg| self.jwk(alg));
        json!({ "keys": keys })
    }

    /// Signs with this algorithm what a header says that may name another one.
    pub(crate) fn sign(&self, alg: &str, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", part(header), part(claims));
        let signature = self.signature(alg, input.as_bytes());
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn signature(&self, alg: &str, input: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        let rsa = |padding: &'static dyn RsaEncoding| {
            let mut signature = vec![0; self.rsa.public_modulus_len()];
            self.rsa.sign(padding, &random, input, &mut signature).unwrap();
            signature
        };
        match alg {
            "RS256" => rsa(&RSA_PKCS1_SHA256),
            "RS384" => rsa(&RSA_PKCS1_SHA384),
            "RS512" => rsa(&RSA_PKCS1_SHA512),
            "PS256" => rsa(&RSA_PSS_SHA256),
            "PS384" => rsa(&RSA_PSS_SHA384),
            "PS512" => rsa(&RSA_PSS_SHA512),
            "ES256" => self.p256.sign(&random, input).unwrap().as_ref().to_vec(),
            "ES384" => self.p384.sign(&random, input).unwrap().as_ref().to_vec(),
            "EdDSA" | "Ed25519" => self.ed25519.sign(input).as_ref().to_vec(),
            other => panic!("{other} is advertised, and no client of these tests signs with it"),
        }
    }
}

/// The JWK of an uncompressed point.
fn curve(name: &str, point: &[u8]) -> Value {
    let (x, y) = point[1..].split_at((point.len() - 1) / 2);
    json!({ "kty": "EC", "crv": name, "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y) })
}
