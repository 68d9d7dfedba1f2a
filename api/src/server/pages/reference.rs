//! The reference: Swagger UI on the contract, from which every operation can be tried.

use std::sync::LazyLock;

use actix_web::{HttpResponse, http::header};
use maud::html;

use super::{
    assets::address,
    frame::{answered, framed},
};
use crate::{config::BASE_PATH, server::contract};

static PAGE: LazyLock<String> = LazyLock::new(|| {
    let version = contract::document()["info"]["version"].as_str().unwrap_or_default();
    let head = html! {
        link rel="stylesheet" href=(address("swagger-ui.css"));
        link rel="stylesheet" href=(address("reference.css"));
        script src=(address("swagger-ui-bundle.js")) defer {}
        script src=(address("samples.js")) defer {}
        script src=(address("reference.js")) defer {}
    };
    let main = html! {
        h1 { "API reference" }
        p {
            "Version " (version) " of the contract. Open an operation and press " b { "Execute" }
            ". Most need a token: press " b { "Authorize" }
            " and paste one. On a development instance, "
            code { "target/debug/insula token --hospital 71000436 --role studyLead" }
            " prints one; each operation names the roles that may call it. The token stays in this browser until you "
            "press "
            b { "Logout" } "."
        }
        p {
            "What stands in " code { "Idempotency-Key" } ", " code { "If-Match" } " and an identifier of zeros is \
             replaced when the request is sent: by a new key, the version that is there, and what this page saw last. \
             Write your own to see what a repeated or a stale request gets."
        }
        noscript { p { "This page needs scripts; " a href="../openapi.yaml" { "the contract" } " does not." } }
        div id="swagger-ui" {}
    };
    framed("API reference – Insula", &head, &main)
});

/// Serves the reference.
pub async fn serve() -> HttpResponse {
    answered(PAGE.clone())
}

/// Leads from its former name to the reference.
pub async fn redirect() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, format!("{BASE_PATH}/doc/ui/"))).finish()
}
