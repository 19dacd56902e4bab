//! What we sign, we verify; and nothing else verifies.

use grantd_jose::{Algorithm, Claims, Header, HeaderPolicy, Jws, JwsError, SigningKey, VerifyingKey, sign_compact};

#[test]
fn every_signing_algorithm_makes_tokens_that_its_public_key_verifies() {
    for alg in Algorithm::SIGNING {
        let key = SigningKey::generate(alg).unwrap();
        let header = Header::new(&key, "at+jwt");
        let compact = sign_compact(&key, &header, br#"{"sub":"a","exp":1}"#).unwrap();
        let jws = Jws::parse(&compact, &HeaderPolicy::STRICT).unwrap();
        assert_eq!(jws.header().kid(), Some(key.kid()));
        assert!(jws.header().typ_is("at+jwt"));
        let verified_by = VerifyingKey::from_jwk(key.public_jwk(), &[alg]).unwrap();
        let claims: Claims = jws.verify(&verified_by).unwrap().claims().unwrap();
        assert_eq!(claims.str("sub"), Ok(Some("a")));
        let other = SigningKey::generate(alg).unwrap();
        let other = VerifyingKey::from_jwk(other.public_jwk(), &[alg]).unwrap();
        assert_eq!(jws.verify(&other).unwrap_err(), JwsError::BadSignature);
    }
}
