//! The HTTP server.

mod answers;
pub mod contract;
mod cors;
pub mod door;
mod examples;
pub mod export;
pub mod gate;
mod pages;
mod progenitor;
mod terms;
mod variants;

use std::{net::TcpListener, sync::Arc, time::Duration};

use actix_web::{App, HttpResponse, HttpServer, dev::Server, middleware, web};

use door::{Door, Limits};
use gate::{Routes, gate};

use crate::{
    config::BASE_PATH,
    http::{metrics::Metrics, state::AppState},
};

/// Serves the API on a listener until told to stop, then finishes the accepted requests.
pub fn serve(state: AppState, listener: TcpListener, threads: usize, limits: Limits) -> std::io::Result<Server> {
    let door = Door::new(limits);
    let routes = web::Data::new(Routes::of(contract::document()));
    // Database access blocks a thread. There are enough threads for all admitted requests even if they land on one
    // worker, so none waits for a thread held by another kind of caller; each waits only for its own connection pool.
    let blocking = state.admission.available_permits() + 4;
    let server = HttpServer::new(move || {
        App::new()
            .wrap(middleware::from_fn(gate))
            .wrap(middleware::Compress::default())
            .wrap(cors::cors(&state.cors_origins))
            .app_data(web::Data::new(state.clone()))
            .app_data(routes.clone())
            .configure(pages::routes)
            .service(web::scope(BASE_PATH).configure(contract::routes))
            .default_service(web::to(HttpResponse::NotFound))
    })
    .on_connect(move |connection, extensions| door.on_connect(connection, extensions))
    .workers(threads)
    .worker_max_blocking_threads(blocking)
    .client_request_timeout(Duration::from_secs(5))
    .shutdown_timeout(20)
    .disable_signals()
    .listen(listener)?
    .run();
    Ok(server)
}

/// Serves the metrics, separate from the API.
pub fn serve_metrics(metrics: Arc<Metrics>, listener: TcpListener) -> std::io::Result<Server> {
    let server = HttpServer::new(move || {
        let metrics = Arc::clone(&metrics);
        App::new().route(
            "/metrics",
            web::get().to(move || {
                let text = metrics.text();
                async move { HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(text) }
            }),
        )
    })
    .workers(1)
    .disable_signals()
    .listen(listener)?
    .run();
    Ok(server)
}
