//! Forged tokens with a wrong shape or signature, or a wrong scheme before them.

use serde_json::json;

use super::super::{MAX_TOKEN_BYTES, TokenRefusal};
use super::forgeries::Table;
use super::{b64, with};

impl Table<'_> {
    pub(super) fn shapes(&mut self) {
        use TokenRefusal::{Invalid, Malformed, Missing};
        let good = self.ours.sign(&self.good());
        let parts: Vec<&str> = good.split('.').collect();
        let (header, payload, signature) = (parts[0], parts[1], parts[2]);
        let own = self.other.sign_text(&self.ours.header().to_string(), &self.good().to_string());
        self.token("another key under our kid", &own, Invalid);
        let swapped = b64(with(self.good(), "sub", json!("somebody.else")).to_string());
        self.token("claims exchanged", &format!("{header}.{swapped}.{signature}"), Invalid);
        for kept in [1, 4, 40, signature.len() - 2] {
            let cut = format!("{header}.{payload}.{}", &signature[..kept]);
            // One base64 character is not a byte; other cuts may be bytes or leave bits over.
            let refusal = if matches!(kept, 1) { Malformed } else { Invalid };
            self.token(format!("signature cut to {kept}"), &cut, refusal);
        }
        let zero = b64([0_u8; 64]);
        self.token("signature of zeros", &format!("{header}.{payload}.{zero}"), Invalid);
        self.token("signature longer", &format!("{header}.{payload}.{signature}AAAA"), Invalid);
        let malformed = [
            String::new(),
            ".".into(),
            "..".into(),
            "...".into(),
            "abc".into(),
            "é.é.é".into(),
            format!("{header}.{payload}"),
            format!("{good}."),
            format!(".{good}"),
            format!("{header}..{signature}"),
            format!("{header}.{payload}.{signature}.x"),
            format!("{header}.{payload}.{signature}.{payload}.{signature}"),
            format!("{good}="),
            format!("{good} "),
            format!("{good}\n"),
            format!("\t{good}"),
            format!("{header} .{payload}.{signature}"),
            format!("{good}\0"),
            format!("{good} {good}"),
            format!("{good},{good}"),
            "A".repeat(MAX_TOKEN_BYTES + 1),
            format!("{good}{}", "A".repeat(1 << 20)),
            "a.".repeat(1000),
            format!("{}.{payload}.{signature}", b64("[]")),
            format!("{}.{payload}.{signature}", b64("\u{feff}{}")),
            format!("{}.{payload}.{signature}", b64(b"{\"alg\":\"ES256\xff\"}")),
            format!("{}.{payload}.{signature}", b64("[".repeat(5000))),
        ];
        for token in malformed {
            let name = format!("shape of {} bytes", token.len());
            self.token(name, &token, Malformed);
        }
        let kid = &self.ours.kid;
        let header = format!(r#"{{"alg":"none","alg":"ES256","kid":"{kid}"}}"#);
        let twice = self.ours.sign_text(&header, &self.good().to_string());
        self.token("alg twice", &twice, Malformed);
        let header = format!(r#"{{"alg":"ES256","kid":"x","k\u0069d":"{kid}"}}"#);
        let twice = self.ours.sign_text(&header, &self.good().to_string());
        self.token("kid twice", &twice, Malformed);
        let good_text = self.good().to_string();
        self.payload(&good_text.replacen('{', r#"{"sub":"somebody.else","#, 1), Malformed);
        self.payload(&good_text.replacen('{', r#"{"s\u0075b":"somebody.else","#, 1), Malformed);
        self.payload(&good_text.replacen('{', r#"{"exp":1,"#, 1), Malformed);
        self.payload(&good_text.replacen("\"number\"", r#""number":"71000001","number""#, 1), Malformed);
        for payload in ["", "{}{}", "[]", "null", "{", r#"{"sub":"\ud800"}"#] {
            let refusal = Malformed;
            self.payload(payload, refusal);
        }
        self.payload("{}", Invalid);
        for header in ["", "Bearer", "Bearer\tx", "bearer:x"] {
            let refusal = if header == "Bearer" { Malformed } else { Missing };
            self.row(format!("header {header:?}"), header, refusal);
        }
        for scheme in ["Basic", "DPoP", "Token", "Bearer,", "BearerBearer", " Bearer"] {
            self.row(format!("scheme {scheme}"), format!("{scheme} {good}"), Missing);
        }
        self.row("Bearer twice", format!("Bearer Bearer {good}"), Malformed);
    }
}
