//! What a browser is shown: the landing page, the reference (Swagger UI) and the guides of `docs/`. None of it is an
//! operation of the contract, and none of it is read from files at run time.

mod assets;
mod guides;
mod landing;
mod reference;

use actix_web::{
    HttpResponse, guard,
    http::{Method, header},
    web,
};
use maud::{DOCTYPE, Markup, html};

use crate::config::BASE_PATH;

/// Whether a request is for a page or an asset of one.
pub fn is_page(method: &Method, path: &str) -> bool {
    let Some(rest) = path.strip_prefix(BASE_PATH) else { return *method == Method::GET && path == "/" };
    let is_known = matches!(rest, "" | "/")
        || ["/doc/ui/", "/doc/pages/", "/doc/assets/"].iter().any(|folder| rest.starts_with(folder));
    *method == Method::GET && is_known
}

/// The routes of all pages.
pub fn routes(config: &mut web::ServiceConfig) {
    let at = |path: &str| web::resource(format!("{BASE_PATH}{path}")).guard(guard::Get());
    config
        .service(web::resource("/").guard(guard::Get()).to(landing::serve))
        .service(at("").to(landing::serve))
        .service(at("/").to(landing::serve))
        .service(at("/doc/ui/index.html").to(reference::redirect))
        .service(at("/doc/ui/").to(reference::serve))
        .service(at("/doc/pages/{name}").to(guides::serve))
        .service(at("/doc/assets/{hash}/{name}").to(assets::serve));
}

/// A page as an answer. Browsers ask for it each time, since it names its assets by their hash.
fn answered(page: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(page)
}

/// The frame of every page.
fn framed(title: &str, head: &Markup, main: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="icon" type="image/svg+xml" href=(assets::address("icon.svg"));
                link rel="stylesheet" href=(assets::address("pages.css"));
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
