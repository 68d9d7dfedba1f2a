//! Which pages may call the API from a browser (the Fetch standard's CORS).

use actix_cors::Cors;
use actix_web::{
    http::{Method, header},
    middleware::Condition,
};

/// Lets pages of these origins call every operation and read the headers that it answers with. Without origins no page
/// may; callers that are no browsers do not notice.
pub fn cors(origins: &[String]) -> Condition<Cors> {
    let cors = Cors::default()
        .allowed_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allowed_headers([header::AUTHORIZATION, header::ACCEPT, header::ACCEPT_LANGUAGE, header::CONTENT_TYPE])
        .allowed_headers([header::IF_MATCH, header::IF_NONE_MATCH])
        .allowed_headers(["Idempotency-Key", "BelGov-Trace-Id"])
        .expose_headers([header::ETAG, header::LOCATION, header::RETRY_AFTER, header::WWW_AUTHENTICATE])
        .expose_headers(["BelGov-Trace-Id", "BelGov-Related-Trace-Id"])
        .max_age(3600);
    let cors = origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin));
    Condition::new(!origins.is_empty(), cors)
}
