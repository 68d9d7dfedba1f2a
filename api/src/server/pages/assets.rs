//! Styles, scripts and pictures of the pages. The address of each holds the hash of its bytes, so that a browser may
//! keep it for ever.

use std::sync::{Arc, LazyLock};

use actix_web::{
    HttpResponse,
    http::header,
    web::{self, Bytes},
};
use aws_lc_rs::digest;

use crate::{config::BASE_PATH, http::problem::ApiError};

struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: Bytes,
    hash: String,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    const CSS: &str = "text/css; charset=utf-8";
    const SCRIPT: &str = "text/javascript; charset=utf-8";
    let own = |name, media_type, text: &'static str| asset(name, media_type, Bytes::from_static(text.as_bytes()));
    vec![
        own("icon.svg", "image/svg+xml", include_str!("icon.svg")),
        own("pages.css", CSS, include_str!("pages.css")),
        own("reference.css", CSS, include_str!("reference.css")),
        own("reference.js", SCRIPT, include_str!("reference.js")),
        own("samples.js", SCRIPT, include_str!("samples.js")),
        asset("swagger-ui.css", CSS, of_swagger_ui("swagger-ui.css")),
        asset("swagger-ui-bundle.js", SCRIPT, of_swagger_ui("swagger-ui-bundle.js")),
    ]
});

fn asset(name: &'static str, media_type: &'static str, bytes: Bytes) -> Asset {
    let hash = hex::encode(&digest::digest(&digest::SHA256, &bytes).as_ref()[..8]);
    Asset { name, media_type, bytes, hash }
}

/// A file of Swagger UI; empty if there is none of this name.
fn of_swagger_ui(name: &str) -> Bytes {
    let file = utoipa_swagger_ui::serve(name, Arc::default()).ok().flatten();
    file.map(|file| Bytes::from(file.bytes.into_owned())).unwrap_or_default()
}

/// The path of an asset; empty if there is none of this name.
pub fn address(name: &str) -> String {
    let found = ASSETS.iter().find(|asset| asset.name == name);
    found.map(|asset| format!("{BASE_PATH}/doc/assets/{}/{name}", asset.hash)).unwrap_or_default()
}

/// Serves an asset. Another hash is another version's, and not found.
pub async fn serve(path: web::Path<(String, String)>) -> Result<HttpResponse, ApiError> {
    let (hash, name) = path.into_inner();
    let asset = ASSETS.iter().find(|asset| asset.name == name && asset.hash == hash).ok_or(ApiError::NotFound)?;
    Ok(HttpResponse::Ok()
        .content_type(asset.media_type)
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(asset.bytes.clone()))
}
