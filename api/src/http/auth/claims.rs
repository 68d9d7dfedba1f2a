//! The claims a token's payload must have. Each member must have its JSON type: an `exp` that is a string is not a
//! time.

use insula_domain::parties::beneficiary::holds_national_number;
use serde_json::{Map, Value};

use super::refusal::TokenRefusal;
use super::strict_json;

/// How far the issuer's clock may run ahead of ours, in seconds; for `nbf` and `iat`. `exp` has no leeway.
const NOT_BEFORE_LEEWAY: i64 = 30;

/// The end of the year 9999, in unix seconds. A later time is a mistake (usually milliseconds) or an attack.
const LATEST_TIME: f64 = 253_402_300_799.0;

/// How far the end of an external issuer's token may be away, from now and from its beginning: a day. A token that holds for
/// longer outlives the roles it states.
const LONGEST: i64 = 24 * 3600;

/// Members that only an OIDC id token has. An id token tells a client who logged in; it grants no access here. Without them
/// it is known by its lack of a `scope`, or by the `typ` that Keycloak writes among the claims.
const ID_TOKEN_MEMBERS: [&str; 3] = ["at_hash", "c_hash", "s_hash"];

/// The claims of a verified token (design §3). Persons come from the claims: Insula keeps no list of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The person, as the issuer names them: 1 to 128 of `A-Za-z0-9._@:|-`, never a Belgian national number.
    pub subject: String,
    /// The organisation the person acts for.
    pub organisation: OrganisationClaim,
    /// The person's roles within the organisation, as the issuer spells them; may include roles unknown to Insula.
    pub roles: Vec<String>,
    /// The scopes granted to the calling program.
    pub scopes: Vec<String>,
    /// When the token expires, in unix seconds; from this second on it is refused.
    pub expires_at: i64,
}

/// The organisation a token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationClaim {
    /// `hospital`, `insurer`, `inami`, `healthdata` or `audit`. Only the form is checked here (1 to 32 letters); the
    /// list of kinds is in the domain.
    pub kind: String,
    /// The hospital's or insurer's number; absent for kinds with a single organisation.
    pub number: Option<String>,
}

/// A payload with well-formed members. Issuer, audience and time are checked separately.
pub(super) struct Payload {
    issuer: String,
    audiences: Vec<String>,
    pub(super) not_before: Option<i64>,
    issued_at: Option<i64>,
    pub(super) claims: Claims,
}

impl Payload {
    /// # Errors
    /// `Malformed` when the bytes are not a JSON object or repeat a member, `Invalid` when a member is absent or has
    /// another type.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, TokenRefusal> {
        let members = strict_json::object(bytes).ok_or(TokenRefusal::Malformed)?;
        Self::read(&members).ok_or(TokenRefusal::Invalid)
    }

    fn read(members: &Map<String, Value>) -> Option<Self> {
        if ID_TOKEN_MEMBERS.iter().any(|name| members.contains_key(*name)) {
            return None;
        }
        if members.get("typ").is_some_and(|typ| typ.as_str().is_none_or(|typ| !typ.eq_ignore_ascii_case("Bearer"))) {
            return None;
        }
        Some(Self {
            issuer: members.get("iss")?.as_str()?.to_owned(),
            audiences: audiences(members.get("aud")?)?,
            not_before: optional(members.get("nbf"), time)?,
            issued_at: optional(members.get("iat"), time)?,
            claims: Claims {
                subject: members.get("sub")?.as_str().filter(|subject| is_person(subject))?.to_owned(),
                organisation: organisation(members.get("organisation")?)?,
                roles: optional(members.get("roles"), roles)?.unwrap_or_default(),
                scopes: scopes(members.get("scope")?)?,
                expires_at: time(members.get("exp")?)?,
            },
        })
    }

    /// Whether the token is from `issuer`, for `audience`, and valid at `now` (unix seconds).
    ///
    /// # Errors
    /// `Expired` when nothing else is wrong, otherwise `Invalid`.
    pub(super) fn admissible(&self, issuer: &str, audience: &str, now: i64) -> Result<(), TokenRefusal> {
        if self.issuer != issuer || !self.audiences.iter().any(|named| named == audience) {
            return Err(TokenRefusal::Invalid);
        }
        in_time(self.claims.expires_at, self.not_before, now)
    }
}

impl Payload {
    /// Whether an external issuer's token was issued before `now` and ends within a day of it and of its beginning.
    ///
    /// # Errors
    /// `Invalid`.
    pub(super) fn plausible(&self, now: i64) -> Result<(), TokenRefusal> {
        let within = |start: i64| self.claims.expires_at.saturating_sub(start) <= LONGEST;
        let issued = self.issued_at.is_none_or(|at| at <= now.saturating_add(NOT_BEFORE_LEEWAY) && within(at));
        if issued && within(now) { Ok(()) } else { Err(TokenRefusal::Invalid) }
    }
}

/// Whether `now` lies between `nbf` (with leeway) and `exp` (exclusive, without); all in unix seconds.
pub(super) fn in_time(expires_at: i64, not_before: Option<i64>, now: i64) -> Result<(), TokenRefusal> {
    if not_before.is_some_and(|start| now < start.saturating_sub(NOT_BEFORE_LEEWAY)) {
        Err(TokenRefusal::Invalid)
    } else if now >= expires_at {
        Err(TokenRefusal::Expired)
    } else {
        Ok(())
    }
}

/// `Some(None)` for an absent member, `None` for one that `read` rejects; JSON null counts as present.
#[expect(clippy::option_option, reason = "absent, invalid and present are three cases")]
fn optional<T>(member: Option<&Value>, read: impl Fn(&Value) -> Option<T>) -> Option<Option<T>> {
    match member {
        None => Some(None),
        Some(value) => read(value).map(Some),
    }
}

/// A NumericDate: a non-negative number of seconds, of which RFC 7519 §2 allows fractions; they are cut off.
fn time(value: &Value) -> Option<i64> {
    let seconds = value.as_f64().filter(|seconds| (0.0..=LATEST_TIME).contains(seconds))?;
    #[expect(clippy::cast_possible_truncation, reason = "within the years 1970 to 9999")]
    let whole = seconds as i64;
    Some(whole)
}

fn audiences(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(several) => several.iter().map(|one| one.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

fn organisation(value: &Value) -> Option<OrganisationClaim> {
    let members = value.as_object()?;
    let kind = members.get("type")?.as_str()?;
    let well_formed = matches!(kind.len(), 1..=32) && kind.bytes().all(|byte| byte.is_ascii_alphabetic());
    Some(OrganisationClaim {
        kind: well_formed.then(|| kind.to_owned())?,
        number: optional(members.get("number"), organisation_number)?,
    })
}

fn organisation_number(value: &Value) -> Option<String> {
    let number = value.as_str()?;
    let well_formed = matches!(number.len(), 1..=32)
        && number.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    (well_formed && !holds_national_number(number)).then(|| number.to_owned())
}

/// Roles are later compared with the known ones; here they only must not corrupt a log line.
fn roles(value: &Value) -> Option<Vec<String>> {
    let role = |value: &Value| {
        let role = value.as_str()?;
        (matches!(role.len(), 1..=128) && !role.chars().any(char::is_control)).then(|| role.to_owned())
    };
    value.as_array()?.iter().map(role).collect()
}

/// RFC 6749 §3.3: tokens of visible ASCII without `"` and `\`, separated by spaces.
fn scopes(value: &Value) -> Option<Vec<String>> {
    let scope = |scope: &str| {
        scope.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\')).then(|| scope.to_owned())
    };
    value.as_str()?.split(' ').filter(|scope| !scope.is_empty()).map(scope).collect()
}

/// Whether a text has the form of a token's `sub`, the form in which any text names a person. It goes to the trail and to
/// every version, so it is no national number, also when an issuer wraps one (`f:realm:85073003328`, BEN-04).
pub(crate) fn is_person(subject: &str) -> bool {
    matches!(subject.len(), 1..=128)
        && subject
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'@' | b':' | b'|' | b'-'))
        && !holds_national_number(subject)
}
