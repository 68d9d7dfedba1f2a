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
use crate::http::{caller::Caller, input::Query, parameters::IdempotencyKey, problem::ApiError};

/// The file.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct SentFile(pub Vec<u8>);

/// Import registrations.
///
/// Takes a CSV or NDJSON file of at most 10 MiB and 20 000 rows and answers at once with a task. The task handles the
/// rows one by one like the single operations, in the caller's name. Faults in the file's form are all reported
/// before anything is stored; faults in single rows are in the task's report. Each row has a `rowId`, a reference
/// chosen by the caller. A row that was imported before is not imported again, so a whole file can be sent again
/// (`docs/bulk-import.md`).
#[utoipa::path(
    tag = "Registration imports",
    operation_id = "createRegistrationImport",
    params(
        IdempotencyKey,
        ("mode" = Option<ImportMode>, Query, nullable = false, description = "What is done with each row; `draft` by default."),
        ("atomic" = Option<bool>, Query, nullable = false, description = "Stores all rows or none, for a file of at most 2000 rows. By default every row that can be stored is stored."),
        ("dryRun" = Option<bool>, Query, nullable = false, description = "Stores nothing: the report only says what the outcome of each row would be.")
    ),
    request_body(content(
        (inline(SentFile) = "text/csv", example = json!("rowId;type;content.eventDate\nEHR-1;followUp;2026-06-11\n")),
        (inline(SentFile) = "application/x-ndjson", example = json!("{\"rowId\": \"EHR-1\", \"type\": \"followUp\", \"content\": {\"eventDate\": \"2026-06-11\"}}\n"))
    )),
    responses(
        (status = 202, description = "Accepted; the task shows the progress.", body = RegistrationImport,
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
    let mode = query.one_of("mode", ImportMode::ALL, ImportMode::name).or(ImportMode::Draft);
    let atomic = query.flag("atomic");
    let dry_run = query.flag("dryRun");
    let id = caller.state.db.ids.uuid();
    let keys = Arc::clone(&caller.state.db.keys);
    let hospital = caller.call.actor.number.clone();
    let max = if atomic.known() == Some(&true) { MAX_ATOMIC_ROWS } else { MAX_ROWS };
    // Parsing takes long enough to block other requests on this thread.
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
    let (done, (rows, _held)) = query.finish_with(read)?;
    let options = Options { mode: done.take(mode), atomic: done.take(atomic), dry_run: done.take(dry_run) };
    let response = caller
        .run_keyed(move |caller, tx| {
            let import = imports::create(tx, id, options, &rows)?;
            let shown = RegistrationImport::of(caller, &import);
            Ok((imports::subject(id), caller.answer(StatusCode::ACCEPTED, None, Some(caller.href(&path(id))), &shown)))
        })
        .await?;
    caller.state.nudge.changed();
    Ok(response)
}
