//! The gate: every request gets a trace id, a slot, a verified token and a permission check; every answer gets its
//! problem in the reader's language, its headers, a log line and a metric.

use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc, time::Instant};

use actix_web::{
    HttpMessage, HttpResponse,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use futures_util::FutureExt;
use insula_domain::{actor::Actor, refusal::Fault};
use uuid::Uuid;

use crate::{
    config::BASE_PATH,
    http::{
        auth::TokenRefusal,
        caller::{Caller, actor_of, idempotency_key, respond},
        input::{Query, shortened},
        language::{Language, negotiated},
        negotiation,
        permission::{self, Access},
        problem::{ApiError, InputPlace},
        share::Room,
        state::AppState,
    },
    server::pages::frame::is_page,
};

/// The operation that needs no request slot.
pub const HEALTH: &str = "checkHealth";
const TRACE_ID: HeaderName = HeaderName::from_static("belgov-trace-id");
const RELATED_TRACE_ID: HeaderName = HeaderName::from_static("belgov-related-trace-id");

/// The operations of the contract by path pattern, to identify a request's operation.
pub struct Routes(HashMap<String, Vec<Known>>);

/// One operation of the contract.
struct Known {
    method: Method,
    name: &'static str,
    takes_query: bool,
    needs_key: bool,
    /// The media types of its success, the default first.
    offers: Vec<String>,
}

impl Routes {
    /// Read from the contract, so that the served and the described operations cannot differ.
    pub fn of(contract: &serde_json::Value) -> Routes {
        let mut routes: HashMap<String, Vec<Known>> = HashMap::new();
        for (path, item) in contract["paths"].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let name = operation["operationId"].as_str().unwrap_or_default();
                let row = permission::TABLE.iter().find(|(known, ..)| *known == name);
                let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes());
                if let (Some((name, ..)), Ok(method)) = (row, method) {
                    let parameters = operation["parameters"].as_array();
                    let takes_query = parameters.is_some_and(|all| all.iter().any(|one| one["in"] == "query"));
                    let is_key = |one: &serde_json::Value| one["name"] == "Idempotency-Key";
                    let needs_key = parameters.is_some_and(|all| all.iter().any(is_key));
                    let known = Known { method, name, takes_query, needs_key, offers: offers(operation) };
                    routes.entry(format!("{BASE_PATH}{path}")).or_default().push(known);
                }
            }
        }
        Routes(routes)
    }

    fn find(&self, pattern: &str, method: &Method) -> Result<&Known, ApiError> {
        let known = self.0.get(pattern).ok_or(ApiError::NotFound)?;
        known.iter().find(|one| one.method == method).ok_or_else(|| {
            let mut allowed: Vec<_> = known.iter().map(|one| one.method.as_str()).collect();
            if allowed.contains(&"GET") {
                allowed.push("HEAD");
            }
            allowed.sort_unstable();
            ApiError::MethodNotAllowed(allowed.join(", "))
        })
    }
}

/// The media types of an operation's success in the contract, the default first: JSON, or SVG.
fn offers(operation: &serde_json::Value) -> Vec<String> {
    let content = operation["responses"]["200"]["content"].as_object();
    let mut offers: Vec<String> = content.into_iter().flat_map(|content| content.keys().cloned()).collect();
    offers.sort_by_key(|media| (media != "application/json", media != "image/svg+xml"));
    offers
}

/// What a page of the documentation may do: its own scripts, styles and pictures, and requests to this server. No other page frames it,
/// and it sends no form.
const DOCUMENTATION_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Every other answer is data, shown as it is.
const ANSWER_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// Admits a request, or answers it without calling the handler.
pub async fn gate(
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    // HEAD is GET without the body, which the server leaves out (RFC 9110 §9.3.2).
    if *request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let Some(state) = request.app_data::<web::Data<AppState>>().map(|state| state.get_ref().clone()) else {
        return Ok(request.into_response(HttpResponse::InternalServerError()));
    };
    let trace_id = state.db.ids.opaque_uuid();
    let text = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let language = negotiated(text(header::ACCEPT_LANGUAGE).as_deref());
    let related = text(TRACE_ID).filter(|id| is_trace_id(id));

    // Pages and their assets are not operations of the contract.
    let is_documentation = is_page(request.method(), request.path());
    // The slot is held until the answer is built.
    let mut around = Arc::default();
    let (operation, admitted, _room) = if is_documentation {
        ("documentation", Ok(()), None)
    } else {
        match admit(&state, &request, trace_id, language).await {
            Ok((caller, room)) => {
                let operation = caller.call.operation;
                around = Arc::clone(&caller.around);
                request.extensions_mut().insert(caller);
                (operation, Ok(()), room)
            }
            Err(refused) => ("none", Err(refused), None),
        }
    };
    let finished = |headers: &mut HeaderMap, status: StatusCode| {
        let mut set = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        set(TRACE_ID, &trace_id.to_string());
        let is_english = is_documentation && status.is_success();
        set(header::CONTENT_LANGUAGE, if is_english { Language::En.name() } else { language.name() });
        set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        if let Some(related) = &related {
            set(RELATED_TRACE_ID, related);
        }
        if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
            let policy = if is_documentation { DOCUMENTATION_POLICY } else { ANSWER_POLICY };
            headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
        }
        if !headers.contains_key(header::CACHE_CONTROL) {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        let seconds = started.elapsed().as_secs_f64();
        state.metrics.answered(operation, status.as_u16(), seconds);
        tracing::info!(operation, status = status.as_u16(), %trace_id, micros = (seconds * 1e6) as u64, "answered");
    };
    let mut response = match admitted {
        Ok(()) => match AssertUnwindSafe(next.call(request)).catch_unwind().await {
            Ok(response) => response?,
            Err(_) => {
                // The request is gone with the handler; only an error can carry the answer now.
                tracing::error!(operation, %trace_id, "a handler panicked");
                let mut response = rendered(&state, &ApiError::Internal, language, trace_id);
                let status = response.status();
                finished(response.headers_mut(), status);
                return Err(InternalError::from_response("a handler panicked", response).into());
            }
        },
        Err(refused) => request.into_response(actix_web::ResponseError::error_response(&refused)),
    };

    let mut error = response.response_mut().extensions_mut().remove::<ApiError>();
    if !around.is_empty() {
        error = match error {
            Some(ApiError::Faulty(faults)) => Some(ApiError::Faulty(together(&around, faults))),
            None if response.status().is_success() => Some(ApiError::Faulty(around.to_vec())),
            other => other,
        };
    }
    if let Some(error) = error {
        response = response.into_response(rendered(&state, &error, language, trace_id));
    } else if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
        response = response.into_response(rendered(&state, &ApiError::Internal, language, trace_id));
    }
    let status = response.status();
    finished(response.headers_mut(), status);
    Ok(response)
}

/// Every fault once, those around the body first.
fn together(around: &[(InputPlace, Fault)], faults: Vec<(InputPlace, Fault)>) -> Vec<(InputPlace, Fault)> {
    let others = faults.into_iter().filter(|fault| !around.contains(fault));
    around.iter().cloned().chain(others.collect::<Vec<_>>()).collect()
}

/// Whether a caller's trace id can be echoed: short, printable, and not a national number (BEN-04).
fn is_trace_id(id: &str) -> bool {
    let is_short = id.len() <= 36 && id.bytes().all(|byte| byte.is_ascii_graphic());
    is_short && (Uuid::parse_str(id).is_ok() || shortened(id) == id)
}

async fn admit(
    state: &AppState,
    request: &ServiceRequest,
    trace_id: Uuid,
    language: Language,
) -> Result<(Caller, Option<Arc<Room>>), ApiError> {
    let routes = request.app_data::<web::Data<Routes>>().ok_or(ApiError::Internal)?;
    let pattern = request.match_pattern().ok_or(ApiError::NotFound)?;
    let known = routes.find(&pattern, request.method())?;
    let operation = known.name;
    let (access, scope) = permission::row(operation).ok_or(ApiError::MissingPermission)?;
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let media = if known.offers.len() > 1 {
        Some(negotiation::chosen(accepted, &known.offers).ok_or(ApiError::NotAcceptable)?.to_owned())
    } else if accepts_json(accepted.unwrap_or("*/*")) {
        None
    } else {
        return Err(ApiError::NotAcceptable);
    };
    let actor = if access == Access::Public {
        None
    } else {
        let mut sent = request.headers().get_all(header::AUTHORIZATION);
        let token = sent.next().map(|value| value.to_str().unwrap_or_default());
        if sent.next().is_some() {
            // Two headers are ambiguous: a proxy may have checked the other one.
            return Err(ApiError::Token(TokenRefusal::Malformed));
        }
        let now = state.token_clock.now().timestamp();
        let claims = state.verifier.verify(token, now).await.map_err(ApiError::Token)?;
        if !permission::in_scope(scope, &claims.scopes) {
            return Err(ApiError::MissingScope(scope.unwrap_or_default()));
        }
        let actor = actor_of(&claims).ok_or(ApiError::MissingPermission)?;
        if !access.admits(&actor) {
            return Err(ApiError::MissingPermission);
        }
        Some(Arc::new(actor))
    };
    // A health check must not fail because the service is busy.
    let room = match operation {
        HEALTH => None,
        _ => Some(Arc::new(room_for(state, request, actor.as_deref())?)),
    };
    let mut caller = Caller::new(state.clone(), request.request(), operation, access, actor, trace_id, language);
    caller.room = room.as_ref().map(Arc::downgrade);
    caller.media = media;
    caller.around = around(known, request).into();
    Ok((caller, room))
}

/// What is wrong around the body.
fn around(known: &Known, request: &ServiceRequest) -> Vec<(InputPlace, Fault)> {
    let mut faults = Vec::new();
    if !known.takes_query {
        // An operation with a query reads it itself and reports all its faults together.
        let read = Query::of(request.query_string()).and_then(Query::finish);
        if let Err(ApiError::Faulty(of_query)) = read {
            faults.extend(of_query);
        }
    }
    if known.needs_key {
        let sent = request.headers().get("Idempotency-Key").and_then(|value| value.to_str().ok());
        faults.extend(idempotency_key(sent).err());
    }
    faults
}

/// The request's room: in its organisation's share, and in the whole unless a body is still to come.
fn room_for(state: &AppState, request: &ServiceRequest, actor: Option<&Actor>) -> Result<Room, ApiError> {
    let holder = match actor {
        Some(actor) if actor.kind.has_number() => actor.number.clone(),
        Some(actor) => actor.kind.name().to_owned(),
        None => request.peer_addr().map(|address| address.ip().to_string()).unwrap_or_default(),
    };
    let of_share = state.shares.requests.take(&holder).ok_or(ApiError::Unavailable)?;
    let room = Room::in_share(of_share, Arc::clone(&state.admission));
    let has = |name: HeaderName| request.headers().contains_key(name);
    if !has(header::CONTENT_LENGTH) && !has(header::TRANSFER_ENCODING) {
        room.enter()?;
    }
    Ok(room)
}

/// Whether the client accepts JSON; otherwise 406.
fn accepts_json(accept: &str) -> bool {
    accept.split(',').any(|range| {
        let range = range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        matches!(range.as_str(), "*/*" | "application/*" | "application/json" | "application/problem+json" | "")
            // The contract is also offered as YAML; browsers ask for pages first and accept anything.
            || range.contains("yaml")
    })
}

fn rendered(state: &AppState, error: &ApiError, language: Language, trace_id: Uuid) -> HttpResponse {
    match error {
        ApiError::Answered(answer) => respond(answer),
        ApiError::Exists(id) => HttpResponse::SeeOther()
            .insert_header((header::LOCATION, format!("{}{BASE_PATH}/beneficiaries/{id}", state.public_url)))
            .finish(),
        _ => {
            let mut response = HttpResponse::build(actix_web::ResponseError::status_code(error));
            for header in error.headers() {
                response.insert_header(header);
            }
            response
                .content_type("application/problem+json")
                .body(error.document(language, trace_id, &state.public_url).to_string())
        }
    }
}
