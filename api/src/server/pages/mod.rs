//! What a browser is shown: the landing page, the reference (Swagger UI) and the guides of `docs/`. None of it is an
//! operation of the contract, and none of it is read from files at run time.

mod assets;
pub mod frame;
mod guides;
mod landing;
mod reference;

use actix_web::{guard, web};

use crate::config::BASE_PATH;

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
