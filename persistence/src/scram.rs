//! Passwords as PostgreSQL keeps them. Made here, so that no password goes to the server in a statement, which it may log.

use std::num::NonZeroU32;

use aws_lc_rs::{digest, hmac, pbkdf2, rand};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::error::DbError;

/// What PostgreSQL takes itself.
const ITERATIONS: NonZeroU32 = NonZeroU32::MIN.saturating_add(4095);

/// The SCRAM-SHA-256 verifier of a password, with a salt of its own each time (RFC 5803). The password is ASCII, so that it needs no
/// preparation (RFC 4013).
pub fn verifier(password: &str) -> Result<String, DbError> {
    let mut salt = [0u8; 16];
    rand::fill(&mut salt).map_err(|_| DbError::Sealed)?;
    Ok(with(password, &salt, ITERATIONS))
}

/// The same with a salt and a number of iterations of the caller's.
pub fn with(password: &str, salt: &[u8], iterations: NonZeroU32) -> String {
    let mut salted = [0u8; 32];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, salt, password.as_bytes(), &mut salted);
    let salted = hmac::Key::new(hmac::HMAC_SHA256, &salted);
    let stored = digest::digest(&digest::SHA256, hmac::sign(&salted, b"Client Key").as_ref());
    let of_server = hmac::sign(&salted, b"Server Key");
    let [salt, stored, of_server] = [salt, stored.as_ref(), of_server.as_ref()].map(|part| STANDARD.encode(part));
    format!("SCRAM-SHA-256${iterations}:{salt}${stored}:{of_server}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exchange of RFC 7677 §3: its proof and the server's signature follow from what is kept.
    #[test]
    fn the_verifier_is_that_of_the_standard() {
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let kept = with("pencil", &salt, ITERATIONS);
        let (head, keys) = kept.rsplit_once('$').unwrap();
        assert_eq!(head, "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==");
        let keys: Vec<_> = keys.split(':').map(|key| STANDARD.decode(key).unwrap()).collect();
        let said = "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
            s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let sign = |key: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), said.as_bytes());
        assert_eq!(STANDARD.encode(sign(&keys[1])), "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
        let proof = STANDARD.decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=").unwrap();
        let client_key: Vec<u8> = proof.iter().zip(sign(&keys[0]).as_ref()).map(|(a, b)| a ^ b).collect();
        assert_eq!(digest::digest(&digest::SHA256, &client_key).as_ref(), keys[0]);
    }
}
