//! The frame of every page, and which requests are for one.

use actix_web::{
    HttpResponse,
    http::{Method, header},
};
use maud::{DOCTYPE, Markup, html};

use super::assets::address;
use crate::config::BASE_PATH;

/// Whether a request is for a page or an asset of one.
pub fn is_page(method: &Method, path: &str) -> bool {
    let Some(rest) = path.strip_prefix(BASE_PATH) else { return *method == Method::GET && path == "/" };
    let is_known = matches!(rest, "" | "/")
        || ["/doc/ui/", "/doc/pages/", "/doc/assets/"].iter().any(|folder| rest.starts_with(folder));
    *method == Method::GET && is_known
}

/// A page as an answer. Browsers ask for it each time, since it names its assets by their hash.
pub fn answered(page: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(page)
}

/// A page with its head, its navigation and its content.
pub fn framed(title: &str, head: &Markup, main: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="icon" type="image/svg+xml" href=(address("icon.svg"));
                link rel="stylesheet" href=(address("pages.css"));
                (head)
            }
            body {
                header {
                    nav aria-label="Insula" {
                        a.home href={ (BASE_PATH) "/" } { "Insula" }
                        a href={ (BASE_PATH) "/doc/ui/" } { "API reference" }
                        a href={ (BASE_PATH) "/#guides" } { "Guides" }
                        a href={ (BASE_PATH) "/doc/openapi.yaml" } { "Contract" }
                    }
                }
                main { (main) }
            }
        }
    };
    page.into_string()
}
