//! `createRegistrationImport`.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, post};
use insula_domain::{names::ImportMode, refusal::Fault};
use insula_persistence::registry::imports::{self, NewRow, Options};

use super::{
    dto::{RegistrationImport, path},
    file::{self, MAX_ATOMIC_ROWS, MAX_ROWS},
    upload::Upload,
};
use crate::http::{
    caller::Caller,
    input::Query,
    parameters::IdempotencyKey,
    problem::{ApiError, Place},
};

/// Import registrations.
///
/// Takes a file of rows, CSV or NDJSON, of at most 10 MiB and 20 000 rows, and answers at once with a task that does them one
/// by one as the single operations would, in the caller's name. Every fault of the file's form is told before anything is
/// kept; what is wrong in single rows stands in the task's report. Each row bears a reference of the caller's own, `rowId`: a
/// row that was imported before is not imported again, so that a file can be sent again in whole (`docs/bulk-import.md`).
#[utoipa::path(
    tag = "Registration imports",
    operation_id = "createRegistrationImport",
    params(
        IdempotencyKey,
        ("mode" = Option<String>, Query, nullable = false, description = "`draft` keeps each row as a draft, and is meant unless stated; `submit` submits it at once."),
        ("atomic" = Option<bool>, Query, nullable = false, description = "Whether all rows are stored or none, in a file of at most 2000 rows; unless stated, each row that can be."),
        ("dryRun" = Option<bool>, Query, nullable = false, description = "Whether nothing is stored, and the report only says what would become of each row.")
    ),
    request_body(content(
        (String = "text/csv", example = json!("rowId;type;content.eventDate\nEHR-1;followUp;2026-06-11\n")),
        (String = "application/x-ndjson", example = json!("{\"rowId\": \"EHR-1\", \"type\": \"followUp\", \"content\": {\"eventDate\": \"2026-06-11\"}}\n"))
    )),
    responses(
        (status = 202, description = "Accepted; the task says how far it is.", body = RegistrationImport,
         headers(("Location" = String, description = "The address of the task."))),
    )
)]
#[post("/registrationImports")]
pub async fn create_registration_import(
    caller: Caller,
    request: HttpRequest,
    mut query: Query,
    upload: Upload,
) -> Result<HttpResponse, ApiError> {
    let format = [upload.format as u8];
    let caller = caller.keyed_over(&[request.query_string().as_bytes(), &format, &upload.bytes])?;
    let modes: Vec<_> = ImportMode::ALL.iter().map(|mode| (mode.name(), *mode)).collect();
    let mode = query.one_of("mode", &modes).or(ImportMode::Draft);
    let atomic = query.flag("atomic");
    let dry_run = query.flag("dryRun");
    let id = caller.state.db.ids.uuid();
    let keys = Arc::clone(&caller.state.db.keys);
    let hospital = caller.call.actor.number.clone();
    let max = if atomic.known() == Some(&true) { MAX_ATOMIC_ROWS } else { MAX_ROWS };
    // It takes long enough to hold up others on this thread.
    let read = actix_web::web::block(move || {
        let rows = file::read(upload.format, &upload.bytes, max)?;
        let rows = rows.into_iter().map(|row| NewRow {
            number: row.number,
            key: keys.import_row(&hospital, &row.reference),
            payload: row.payload,
        });
        Ok((rows.collect::<Vec<_>>(), upload))
    });
    let read: Result<_, Vec<Fault>> = read.await.map_err(|_| ApiError::Internal)?;
    let (done, (rows, _held)) = match (query.finish(), read) {
        (Ok(done), Ok(read)) => (done, read),
        (Err(error), Ok(_)) => return Err(error),
        (query, Err(faults)) => {
            let mut all = match query {
                Err(ApiError::Faulty(all)) => all,
                Err(error) => return Err(error),
                Ok(_) => Vec::new(),
            };
            all.extend(faults.into_iter().map(|fault| (Place::Body, fault)));
            return Err(ApiError::Faulty(all));
        }
    };
    let options = Options { mode: done.take(mode), atomic: done.take(atomic), dry_run: done.take(dry_run) };
    let context = caller.clone();
    let response = caller
        .run_keyed(move |tx| {
            let import = imports::create(tx, id, options, &rows)?;
            let shown = RegistrationImport::of(&context, &import);
            Ok((
                imports::subject(id),
                context.answer(StatusCode::ACCEPTED, None, Some(context.href(&path(id))), &shown),
            ))
        })
        .await?;
    caller.state.nudge.changed();
    Ok(response)
}
