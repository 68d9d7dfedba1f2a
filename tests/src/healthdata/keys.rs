//! Insula's key for the stand-in: the private half as PEM, the public half to verify assertions.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::{self, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, DecodingKey};

/// The kind of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// P-256, for ES256.
    Ec,
    /// RSA of 2048 bits, for RS256.
    Rsa,
}

pub(super) struct KeyPair {
    pub pem: String,
    pub public: DecodingKey,
    pub algorithm: Algorithm,
}

impl KeyPair {
    pub fn generate(kind: KeyKind) -> KeyPair {
        match kind {
            KeyKind::Ec => {
                let signing = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let der = EcdsaKeyPair::generate_pkcs8(signing, &SystemRandom::new()).unwrap();
                let pair = EcdsaKeyPair::from_pkcs8(signing, der.as_ref()).unwrap();
                let public = DecodingKey::from_ec_der(pair.public_key().as_ref());
                KeyPair { pem: pem(der.as_ref()), public, algorithm: Algorithm::ES256 }
            }
            KeyKind::Rsa => {
                let pair = rsa::KeyPair::generate(KeySize::Rsa2048).unwrap();
                let der: Pkcs8V1Der = pair.as_der().unwrap();
                let public = DecodingKey::from_rsa_der(pair.public_key().as_ref());
                KeyPair { pem: pem(der.as_ref()), public, algorithm: Algorithm::RS256 }
            }
        }
    }
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}
