//! The forged tokens (S6), each with its expected refusal.

use aws_lc_rs::hmac;
use serde_json::{Value, json};

use super::super::TokenRefusal;
use super::{AUDIENCE, NOW, Signer, b64, bearer, good_claims, with, without};

pub(super) struct Forgery {
    pub(super) name: String,
    pub(super) header: String,
    pub(super) refusal: TokenRefusal,
}

pub(super) struct Table<'a> {
    pub(super) ours: &'a Signer,
    pub(super) other: &'a Signer,
    issuer: &'a str,
    rows: Vec<Forgery>,
}

impl Table<'_> {
    pub(super) fn good(&self) -> Value {
        good_claims(self.issuer)
    }

    pub(super) fn row(&mut self, name: impl Into<String>, header: impl Into<String>, refusal: TokenRefusal) {
        self.rows.push(Forgery { name: name.into(), header: header.into(), refusal });
    }

    pub(super) fn token(&mut self, name: impl Into<String>, token: &str, refusal: TokenRefusal) {
        self.row(name, bearer(token), refusal);
    }

    /// Valid claims with another header, properly signed.
    fn header(&mut self, header: &str) {
        let token = self.ours.sign_text(header, &self.good().to_string());
        self.token(format!("header {header}"), &token, TokenRefusal::Invalid);
    }

    fn header_with(&mut self, name: &str, value: Value) {
        self.header(&with(self.ours.header(), name, value).to_string());
    }

    /// Valid claims but for one, properly signed.
    fn claim(&mut self, name: &str, value: Value, refusal: TokenRefusal) {
        let row = format!("{name} is {value}");
        let token = self.ours.sign(&with(self.good(), name, value));
        self.token(row, &token, refusal);
    }

    pub(super) fn payload(&mut self, payload: &str, refusal: TokenRefusal) {
        let token = self.ours.sign_text(&self.ours.header().to_string(), payload);
        self.token(format!("payload {payload}"), &token, refusal);
    }

    fn algorithms(&mut self) {
        let payload = b64(self.good().to_string());
        for alg in ["none", "None", "nOnE", "NONE", ""] {
            let header = b64(with(self.ours.header(), "alg", json!(alg)).to_string());
            self.token(format!("alg {alg} unsigned"), &format!("{header}.{payload}."), TokenRefusal::Malformed);
            let token = format!("{header}.{payload}.{}", b64("signature"));
            self.token(format!("alg {alg} signed"), &token, TokenRefusal::Invalid);
        }
        let public = self.ours.public();
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", b64(&public));
        let jwk = self.ours.jwk().to_string();
        for (name, secret) in
            [("point", &public[..]), ("PEM", pem.as_bytes()), ("JWK", jwk.as_bytes()), ("nothing", b"")]
        {
            let header = b64(with(self.ours.header(), "alg", json!("HS256")).to_string());
            let message = format!("{header}.{payload}");
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
            self.token(format!("HS256 with the {name}"), &format!("{message}.{}", b64(tag)), TokenRefusal::Invalid);
        }
        for alg in
            [json!("es256"), json!("ES384"), json!("RS256"), json!("EdDSA"), json!(["ES256"]), json!(null), json!(7)]
        {
            self.header_with("alg", alg);
        }
        self.header(&without(self.ours.header(), "alg").to_string());
    }

    fn headers(&mut self, evil: &str) {
        for name in ["jku", "x5u"] {
            self.header_with(name, json!(format!("{evil}/{name}")));
        }
        let jwk = self.other.jwk();
        let token = self.other.sign_text(
            &json!({"alg": "ES256", "kid": self.other.kid, "jwk": jwk}).to_string(),
            &self.good().to_string(),
        );
        self.token("its own jwk", &token, TokenRefusal::Invalid);
        self.header_with("jwk", json!(null));
        self.header_with("x5c", json!(["MIIB"]));
        self.header_with("crit", json!([]));
        self.header_with("crit", json!(["exp"]));
        self.header_with("b64", json!(false));
        self.header_with("zip", json!("DEF"));
        self.header_with("enc", json!("A128GCM"));
        for typ in [json!("logout+jwt"), json!("dpop+jwt"), json!(""), json!(null), json!(1)] {
            self.header_with("typ", typ);
        }
    }

    fn key_ids(&mut self) {
        let long = "k".repeat(129);
        for kid in [
            "../../dev/null",
            "/etc/../../dev/null",
            "..",
            "k' OR '1'='1",
            "k; DROP TABLE keys",
            "k\0",
            "k\n",
            "clé",
            "",
            &long,
        ] {
            self.header_with("kid", json!(kid));
        }
        for kid in [json!(null), json!(0), json!(1.5), json!(true), json!(["k"]), json!({"k": 1})] {
            self.header_with("kid", kid);
        }
        self.header(&without(self.ours.header(), "kid").to_string());
    }

    fn times(&mut self) {
        use TokenRefusal::{Expired, Invalid};
        for name in ["exp", "nbf", "iat"] {
            for value in [
                json!((NOW + 600).to_string()),
                json!(-0.5),
                json!(1e300),
                json!([NOW + 600]),
                json!(null),
                json!({}),
                json!(true),
                json!(-1),
                json!(u64::MAX),
                json!(i64::MAX),
                json!(253_402_300_800_i64),
                json!((NOW + 600) * 1000),
            ] {
                self.claim(name, value, Invalid);
            }
        }
        self.claim("exp", json!(NOW), Expired);
        self.claim("exp", json!(NOW - 1), Expired);
        self.claim("exp", json!(0), Expired);
        self.claim("nbf", json!(NOW + 31), Invalid);
        self.claim("nbf", json!(NOW + 3600), Invalid);
        let exp = |exp: &str| with(self.good(), "exp", json!("@")).to_string().replace("\"@\"", exp);
        let texts = ["1e12", "1E400", "18e11", "9223372036854775808", "99999999999999999999"].map(exp);
        for text in texts {
            // Not a number of seconds, or not a number at all.
            let refusal = if text.contains("E400") { TokenRefusal::Malformed } else { Invalid };
            self.payload(&text, refusal);
        }
    }

    fn claims(&mut self) {
        let invalid = TokenRefusal::Invalid;
        for name in ["iss", "aud", "sub", "exp", "organisation"] {
            let token = self.ours.sign(&without(self.good(), name));
            self.token(format!("without {name}"), &token, invalid);
        }
        let (issuer, slash) = (self.issuer.to_owned(), format!("{}/", self.issuer));
        for value in
            [json!("https://evil.example"), json!(slash), json!(issuer.to_uppercase()), json!([issuer]), json!(null)]
        {
            self.claim("iss", value, invalid);
        }
        for value in [
            json!("account"),
            json!("urn:insula:api "),
            json!("URN:INSULA:API"),
            json!([]),
            json!(["account"]),
            json!(7),
            json!(null),
            json!([AUDIENCE, 7]),
            json!([[AUDIENCE]]),
            json!({"aud": AUDIENCE}),
        ] {
            self.claim("aud", value, invalid);
        }
        let long = "a".repeat(129);
        for value in [
            json!(""),
            json!(long),
            json!("an peeters"),
            json!("an\n"),
            json!("an\0"),
            json!("ân"),
            json!("a/b"),
            json!(7),
            json!(null),
            json!("85073003328"),
            json!("85.07.30-033.28"),
            json!("f:realm:85073003328"),
            json!("person-85073003328"),
            json!("05020100120"),
        ] {
            self.claim("sub", value, invalid);
        }
        for value in [
            json!("hospital"),
            json!([]),
            json!({}),
            json!(null),
            json!({"number": "71000436"}),
            json!({"type": 7}),
            json!({"type": "", "number": "1"}),
            json!({"type": "hospital\n"}),
            json!({"type": "hospital", "number": 71_000_436}),
            json!({"type": "hospital", "number": null}),
            json!({"type": "hospital", "number": "1' OR '1"}),
            json!({"type": "hospital", "number": "85073003328"}),
        ] {
            self.claim("organisation", value, invalid);
        }
        for value in
            [json!("studyLead"), json!([1]), json!([null]), json!([""]), json!(["a\nb"]), json!(null), json!({})]
        {
            self.claim("roles", value, invalid);
        }
        for value in [json!(["codes"]), json!(1), json!(null), json!("a\tb"), json!("a\"b")] {
            self.claim("scope", value, invalid);
        }
        self.claim("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ"), invalid);
    }
}

pub(super) fn table<'a>(ours: &'a Signer, other: &'a Signer, issuer: &'a str, evil: &str) -> Vec<Forgery> {
    let mut table = Table { ours, other, issuer, rows: Vec::new() };
    table.algorithms();
    table.headers(evil);
    table.key_ids();
    table.times();
    table.claims();
    table.shapes();
    table.rows
}
