//! Creates tokens that the development issuer would not, signed with its key.

use std::fs;

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use insula_api::http::auth::{DEVELOPMENT_ISSUER, DevIssuer};
use insula_domain::clock::Clock;
use insula_tests::{
    TestApp,
    app::{HOSPITAL_A, keys_folder},
};
use serde_json::{Value, json};

pub struct Forge {
    key: EcdsaKeyPair,
    pub kid: String,
    /// The service's time.
    pub now: i64,
}

pub fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Forge {
    pub fn new(app: &TestApp) -> Forge {
        let issuer = DevIssuer::load_or_create(&keys_folder()).unwrap();
        let pem = fs::read_to_string(keys_folder().join("dev-issuer.pem")).unwrap();
        let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = STANDARD.decode(der).unwrap();
        Forge {
            key: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).unwrap(),
            kid: issuer.key_id().to_owned(),
            now: app.clock.now().timestamp(),
        }
    }

    pub fn public(&self) -> &[u8] {
        self.key.public_key().as_ref()
    }

    pub fn header(&self) -> Value {
        json!({"alg": "ES256", "typ": "JWT", "kid": self.kid})
    }

    /// Claims of hospital A's study lead.
    pub fn claims(&self) -> Value {
        json!({"iss": DEVELOPMENT_ISSUER, "aud": "insula", "sub": "dev.studyLead", "iat": self.now, "nbf": self.now,
            "exp": self.now + 600, "scope": "insula", "organisation": {"type": "hospital", "number": HOSPITAL_A},
            "roles": ["studyLead"]})
    }

    /// Signs any two texts with the issuer's key.
    pub fn sign_text(&self, header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", b64(header), b64(payload));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", b64(signature.as_ref()))
    }

    pub fn sign(&self, claims: &Value) -> String {
        self.sign_text(&self.header().to_string(), &claims.to_string())
    }

    /// Valid claims with another header, validly signed.
    pub fn with_header(&self, name: &str, value: Value) -> String {
        let mut header = self.header();
        header[name] = value;
        self.sign_text(&header.to_string(), &self.claims().to_string())
    }

    /// Valid claims but one, validly signed.
    pub fn with_claim(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims();
        claims[name] = value;
        self.sign(&claims)
    }

    pub fn without_claim(&self, name: &str) -> String {
        let mut claims = self.claims();
        claims.as_object_mut().unwrap().remove(name);
        self.sign(&claims)
    }

    /// Valid claims, signed by HMAC with this secret.
    pub fn hmac(&self, secret: &[u8]) -> String {
        let mut header = self.header();
        header["alg"] = json!("HS256");
        let signed = format!("{}.{}", b64(header.to_string()), b64(self.claims().to_string()));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
        format!("{signed}.{}", b64(tag))
    }

    /// Valid claims, signed with the forger's own key.
    pub fn with_another_key(&self, header: &Value) -> (String, Vec<u8>) {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).unwrap();
        let other = Forge { key, kid: self.kid.clone(), now: self.now };
        let token = other.sign_text(&header.to_string(), &self.claims().to_string());
        (token, other.public().to_vec())
    }
}
