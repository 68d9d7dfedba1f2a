//! What a handler knows about its request: the caller, the operation, and the conditions in its headers.

use std::{
    fmt::Display,
    future::{Ready, ready},
    sync::{Arc, Weak},
};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse,
    dev::Payload,
    http::{StatusCode, header},
};
use aws_lc_rs::digest;
use chrono::NaiveDate;
use insula_domain::{
    actor::{Actor, OrganisationKind, Role},
    clock::brussels_day,
    identifier::HospitalNumber,
    refusal::{Fault, Reason, Refusal},
    rule::RuleId,
};
use insula_persistence::{
    Call, Stop, Tx,
    idempotency::{self, Answer, RequestKey},
    parties::organisations,
};
use serde::Serialize;
use uuid::Uuid;

use crate::http::{
    auth::Claims,
    language::Language,
    permission::Access,
    problem::{ApiError, InputPlace},
    share::Room,
    state::AppState,
};

/// The actor of a verified token. Roles that do not fit the kind of organisation are dropped, so that no hospital's
/// token can hold an insurer's role; a token of an unknown kind has none.
pub fn actor_of(claims: &Claims) -> Option<Actor> {
    let kinds = [
        OrganisationKind::Hospital,
        OrganisationKind::Insurer,
        OrganisationKind::Inami,
        OrganisationKind::Healthdata,
        OrganisationKind::Audit,
    ];
    let kind = kinds.into_iter().find(|kind| kind.name() == claims.organisation.kind)?;
    let number = claims.organisation.number.clone().unwrap_or_default();
    let fits = match kind {
        OrganisationKind::Hospital => number.parse::<insula_domain::identifier::HospitalNumber>().is_ok(),
        OrganisationKind::Insurer => number.parse::<insula_domain::identifier::InsurerNumber>().is_ok(),
        _ => true,
    };
    let named =
        |name: &String| Role::ALL.iter().copied().find(|role| role.name() == name && role.organisation() == kind);
    fits.then(|| Actor {
        person: claims.subject.clone(),
        kind,
        number: if kind.has_number() { number } else { String::new() },
        roles: claims.roles.iter().filter_map(named).collect(),
    })
}

/// A request as its handler sees it.
#[derive(Clone)]
pub struct Caller {
    /// The service.
    pub state: AppState,
    /// The context of its transactions.
    pub call: Call,
    /// The reader's language.
    pub language: Language,
    /// Its room; the gate holds it until the response is built.
    pub room: Option<Weak<Room>>,
    /// The negotiated media type, when the operation offers several.
    pub media: Option<String>,
    /// What is wrong around the body: an unknown query parameter, a missing idempotency key. Nothing is done then, but
    /// the body is read, so that its faults are named too (SYS-04).
    pub around: Arc<[(InputPlace, Fault)]>,
    if_match: Option<String>,
    if_none_match: Option<String>,
    idempotency_key: Option<String>,
    path: String,
    query: String,
}

impl Caller {
    /// Built by the gate after the token and the permission are checked.
    pub fn new(
        state: AppState,
        request: &HttpRequest,
        operation: &'static str,
        access: Access,
        actor: Option<Arc<Actor>>,
        trace_id: Uuid,
        language: Language,
    ) -> Caller {
        let text = |name: header::HeaderName| {
            request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        // An operation open to everyone reads no owned data; INAMI's scope owns none.
        let actor = actor.map_or_else(
            || Actor {
                person: "anonymous".to_owned(),
                kind: OrganisationKind::Inami,
                number: String::new(),
                roles: Vec::new(),
            },
            |actor| (*actor).clone(),
        );
        Caller {
            state,
            call: Call { registry: access.needs_grant(&actor), actor, operation, trace_id, request: None },
            language,
            room: None,
            media: None,
            around: Arc::new([]),
            if_match: text(header::IF_MATCH),
            if_none_match: text(header::IF_NONE_MATCH),
            idempotency_key: text(header::HeaderName::from_static("idempotency-key")),
            path: request.path().to_owned(),
            query: request.query_string().to_owned(),
        }
    }

    /// The version in `If-Match`. Missing: 428. A weak or malformed tag never matches (412). `*` and lists of tags are
    /// faults: a change acts on the one version that its author has seen (CGM-12).
    pub fn if_match(&self) -> Result<i32, ApiError> {
        let tag = self.if_match.as_deref().ok_or(ApiError::PreconditionRequired)?;
        if tag.trim() == "*" || tag.contains(',') {
            return Err(header_fault("If-Match", Reason::MalformedHeader));
        }
        version_of(tag).ok_or(ApiError::PreconditionFailed)
    }

    /// The version in `If-Match`, if present: for a PUT that may also create.
    pub fn optional_if_match(&self) -> Result<Option<i32>, ApiError> {
        self.if_match.as_ref().map(|_| self.if_match()).transpose()
    }

    /// Whether `If-None-Match` names this representation; a weak tag does too (RFC 9110 §13.1.2).
    pub fn has(&self, etag: &str) -> bool {
        self.if_none_match
            .as_deref()
            .is_some_and(|tags| tags.split(',').any(|tag| [etag, "*"].contains(&tag.trim().trim_start_matches("W/"))))
    }

    /// Adds the idempotency key: the transaction answers a retry with the first answer (SYS-03). The key is a quoted
    /// string; an unquoted one is accepted too.
    pub fn keyed(self, body: &[u8]) -> Result<Caller, ApiError> {
        self.keyed_over(&[body])
    }

    /// The same for a request identified by more than its path and body.
    pub fn keyed_over(mut self, sent: &[&[u8]]) -> Result<Caller, ApiError> {
        let key = match idempotency_key(self.idempotency_key.as_deref()) {
            Ok(key) => key,
            // The gate knows; no transaction begins.
            Err(fault) if self.around.contains(&fault) => return Ok(self),
            Err(fault) => return Err(ApiError::Faulty(vec![fault])),
        };
        let mut context = digest::Context::new(&digest::SHA256);
        let addressed = [self.path.as_bytes(), self.if_match.as_deref().unwrap_or_default().as_bytes()];
        for part in addressed.iter().chain(sent) {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut hash = [0u8; 32];
        hash.copy_from_slice(context.finish().as_ref());
        self.call.request = Some(RequestKey { key: key.to_owned(), hash });
        Ok(self)
    }

    /// Runs `f` in a transaction on a blocking thread, because database access is synchronous.
    pub async fn run<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Tx) -> Result<T, Stop> + Send + 'static,
    ) -> Result<T, ApiError> {
        if !self.around.is_empty() {
            return Err(ApiError::Faulty(self.around.to_vec()));
        }
        let db = self.state.db.clone();
        let call = self.call.clone();
        let room = self.room.as_ref().and_then(Weak::upgrade);
        if let Some(room) = &room {
            room.enter()?;
        }
        // The other organisations are one each, with connections of their own.
        let connection = match call.actor.kind {
            OrganisationKind::Hospital | OrganisationKind::Insurer => {
                Some(self.state.shares.connection(call.organisation()).await?)
            }
            _ => None,
        };
        let outcome = actix_web::web::block(move || {
            // If the caller disconnects, the transaction goes on and its room stays taken.
            let _held = (room, connection);
            match db.run(&call, f) {
                // Adds the contact (CGM-02); only a refusal pays for this lookup.
                Err(Stop::Rejected(insula_domain::refusal::Rejection::Refused(Refusal::RegistryNotGranted {
                    ..
                }))) => {
                    let outside = Call { registry: false, request: None, ..call };
                    let contact = db.run(&outside, organisations::access_contact).unwrap_or_default();
                    Err(Refusal::RegistryNotGranted { contact }.into())
                }
                outcome => outcome,
            }
        })
        .await;
        match outcome {
            Ok(outcome) => outcome.map_err(ApiError::from),
            // The closure panicked; actix reports that as a blocking error.
            Err(_) => Err(ApiError::Internal),
        }
    }

    /// Runs a read of a stream after the first one: it waits for a request slot and holds it only while it reads, so that
    /// a slow client holds nothing meanwhile.
    pub async fn run_on<T: Send + 'static>(
        &mut self,
        f: impl Fn(&mut Tx) -> Result<T, Stop> + Clone + Send + 'static,
    ) -> Result<T, ApiError> {
        let of_share = self.state.shares.requests.turn(self.call.organisation()).await.ok_or(ApiError::Unavailable)?;
        let room = Arc::new(Room::entered(of_share, Arc::clone(&self.state.admission)).await?);
        self.room = Some(Arc::downgrade(&room));
        let mut tries = 1;
        loop {
            match self.run(f.clone()).await {
                // The wait for the busy pool is pause enough before a retry.
                Err(ApiError::Unavailable) if tries < 3 => tries += 1,
                outcome => return outcome,
            }
        }
    }

    /// Runs `f` in a transaction and responds with its answer.
    pub async fn run_answered(
        &self,
        f: impl Fn(&Caller, &mut Tx) -> Result<Answer, Stop> + Send + 'static,
    ) -> Result<HttpResponse, ApiError> {
        let caller = self.clone();
        Ok(respond(&self.run(move |tx| f(&caller, tx)).await?))
    }

    /// The same for a request with an idempotency key. A retry gets the same answer and leaves an event about the same
    /// subject, which `f` returns with its answer (SYS-01, SYS-03).
    pub async fn run_keyed(
        &self,
        f: impl Fn(&Caller, &mut Tx) -> Result<(String, Answer), Stop> + Send + 'static,
    ) -> Result<HttpResponse, ApiError> {
        self.run_answered(move |caller, tx| {
            let (subject, answer) = f(caller, tx)?;
            idempotency::store(tx, &subject, &answer)?;
            Ok(answer)
        })
        .await
    }

    /// Runs `f` in Insula's own scope: for data no organisation may read itself, of which the handler returns only a
    /// part.
    pub async fn run_as_insula<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Tx) -> Result<T, Stop> + Send + 'static,
    ) -> Result<T, ApiError> {
        let call = Call::insula(self.call.operation, self.call.trace_id);
        Caller { call, ..self.clone() }.run(f).await
    }

    /// The same request in the scope of a hospital, by nobody of its people and without a role: for who holds a key of its
    /// own to what the handler shows (REG-17).
    pub fn within(&self, hospital: HospitalNumber, person: String) -> Caller {
        let (kind, number) = (OrganisationKind::Hospital, hospital.to_string());
        let actor = Actor { person, kind, number, roles: Vec::new() };
        let Call { operation, trace_id, .. } = self.call;
        Caller { call: Call { actor, registry: false, operation, trace_id, request: None }, ..self.clone() }
    }

    /// The absolute URL of a path below the base path.
    pub fn href(&self, path: &str) -> String {
        format!("{}{}{path}", self.state.public_url, crate::config::BASE_PATH)
    }

    /// The absolute URL of the next page: the same request, with the last item of this page as its `cursor`.
    pub fn next_page(&self, cursor: &str, last: impl Display, page_size: i32) -> String {
        let sent: Vec<(String, String)> = serde_html_form::from_str(&self.query).unwrap_or_default();
        let filters = sent.into_iter().filter(|(name, _)| name != cursor && name != "pageSize");
        let place = [(cursor.to_owned(), last.to_string()), ("pageSize".to_owned(), page_size.to_string())];
        let query = serde_html_form::to_string(filters.chain(place).collect::<Vec<_>>()).unwrap_or_default();
        format!("{}{}?{query}", self.state.public_url, self.path)
    }

    /// Today in Brussels.
    pub fn today(&self) -> NaiveDate {
        brussels_day(self.state.db.clock.now())
    }

    /// The hospital of the caller.
    pub fn hospital(&self) -> Result<HospitalNumber, ApiError> {
        HospitalNumber::parse(&self.call.actor.number).map_err(|_| ApiError::MissingPermission)
    }

    /// An answer with a body; stored when the request has an idempotency key.
    pub fn answer(
        &self,
        status: StatusCode,
        version: Option<i32>,
        location: Option<String>,
        body: &impl Serialize,
    ) -> Answer {
        Answer { status: status.as_u16(), version, location, body: serde_json::to_string(body).ok() }
    }
}

/// The ETag of a version.
pub fn etag(version: i32) -> String {
    format!("\"{version}\"")
}

/// The idempotency key in a header: a quoted string, or one without quotes.
pub fn idempotency_key(header: Option<&str>) -> Result<&str, (InputPlace, Fault)> {
    let fault = |reason| (InputPlace::Header, Fault::new("Idempotency-Key", reason, RuleId::Sys03));
    let key = header.ok_or_else(|| fault(Reason::Required))?.trim();
    let key = key.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or(key);
    let fits = (1..=255).contains(&key.len()) && key.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if fits { Ok(key) } else { Err(fault(Reason::MalformedHeader)) }
}

fn header_fault(name: &'static str, reason: Reason) -> ApiError {
    ApiError::Faulty(vec![(InputPlace::Header, Fault::new(name, reason, RuleId::Sys03))])
}

fn version_of(tag: &str) -> Option<i32> {
    let digits = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
    let version: i32 = digits.parse().ok()?;
    (etag(version) == tag.trim()).then_some(version)
}

/// A success with a body and the ETag of its version.
pub fn tagged(version: i32, body: impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::ETAG, etag(version))).json(body)
}

/// A table as CSV, to be saved under this name.
pub fn csv(name: &str, table: String) -> HttpResponse {
    let name = format!("attachment; filename=\"{name}.csv\"");
    let mut response = HttpResponse::Ok();
    response.content_type("text/csv; charset=utf-8").insert_header((header::VARY, "Accept"));
    response.insert_header((header::CONTENT_DISPOSITION, name)).body(table)
}

/// An answer as HTTP.
pub fn respond(answer: &Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    if let Some(version) = answer.version {
        response.insert_header((header::ETAG, etag(version)));
    }
    if let Some(location) = &answer.location {
        response.insert_header((header::LOCATION, location.as_str()));
    }
    match &answer.body {
        Some(body) => response.content_type("application/json").body(body.clone()),
        None => response.finish(),
    }
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Ready<Result<Caller, ApiError>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        // Stored by the gate before any handler runs; without it nobody is admitted.
        ready(request.extensions().get::<Caller>().cloned().ok_or(ApiError::MissingPermission))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::auth::OrganisationClaim;

    /// CGM-12: only a strong tag of the exact form names a version.
    #[test]
    fn only_a_strong_tag_names_a_version() {
        assert_eq!(version_of("\"7\""), Some(7));
        for tag in ["7", "W/\"7\"", "\"07\"", "\"+7\"", "*", "\"\"", "\"7\",\"8\""] {
            assert_eq!(version_of(tag), None, "{tag}");
        }
    }

    /// SYS-02: roles of another kind of organisation are dropped.
    #[test]
    fn roles_must_fit_the_organisation() {
        let claims = |kind: &str, number: Option<&str>| Claims {
            subject: "p".into(),
            organisation: OrganisationClaim { kind: kind.into(), number: number.map(str::to_owned) },
            roles: vec!["studyLead".into(), "insurerBilling".into(), "auditor".into()],
            scopes: vec![],
            expires_at: 0,
        };
        assert_eq!(actor_of(&claims("hospital", Some("71000436"))).unwrap().roles, [Role::StudyLead]);
        assert_eq!(actor_of(&claims("insurer", Some("300"))).unwrap().roles, [Role::InsurerBilling]);
        assert!(actor_of(&claims("hospital", Some("71000437"))).is_none());
        assert!(actor_of(&claims("hospital", None)).is_none());
        assert!(actor_of(&claims("insula", None)).is_none());
    }
}
