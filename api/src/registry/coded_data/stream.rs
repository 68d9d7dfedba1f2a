//! Everything in one stream. Each batch is read in its own transaction once the client has taken the previous one.
//! Only one batch is in memory, and a slow or vanished client holds neither a connection nor a request slot.

use std::io;

use actix_web::{HttpResponse, http::header, web::Bytes};
use futures_util::stream;
use insula_persistence::registry::coded_data::{self, CodedFilter, Cursor, Excerpt};

use super::{CodedRegistration, csv_header, csv_line, json_line};
use crate::http::{caller::Caller, problem::ApiError};

/// How many registrations are in memory at once.
pub const BATCH: u16 = 500;

/// The formats of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamFormat {
    /// One JSON object a line.
    Ndjson,
    /// RFC 4180.
    Csv,
}

impl StreamFormat {
    const fn name(self) -> &'static str {
        match self {
            StreamFormat::Ndjson => "ndjson",
            StreamFormat::Csv => "csv",
        }
    }
}

/// A stream being sent.
struct CodedStream {
    caller: Caller,
    filter: CodedFilter,
    format: StreamFormat,
    after: Option<Cursor>,
}

impl CodedStream {
    /// Reads the next batch and commits its event in the trail before any of it is sent.
    async fn batch(&self) -> Result<Excerpt, ApiError> {
        let (filter, after, format) = (self.filter.clone(), self.after, self.format.name());
        self.caller.run(move |tx| coded_data::read(tx, &filter, after, BATCH, format)).await
    }

    /// Reads a batch after the first one.
    async fn later_batch(&mut self) -> Result<Excerpt, ApiError> {
        let (filter, after, format) = (self.filter.clone(), self.after, self.format.name());
        self.caller.run_on(move |tx| coded_data::read(tx, &filter, after, BATCH, format)).await
    }

    fn text(&self, part: Excerpt) -> Result<Bytes, serde_json::Error> {
        let mut text = String::new();
        for row in part.registrations {
            let one = CodedRegistration::of(&self.caller, row);
            match self.format {
                StreamFormat::Ndjson => text.push_str(&json_line(&one)?),
                StreamFormat::Csv => text.push_str(&csv_line(&one)),
            }
        }
        Ok(Bytes::from(text))
    }
}

/// Streams everything. A refusal comes before the first byte; a later failure truncates the response.
pub async fn respond(
    caller: Caller,
    filter: CodedFilter,
    after: Option<Cursor>,
    format: StreamFormat,
) -> Result<HttpResponse, ApiError> {
    let coded_stream = CodedStream { caller, filter, format, after };
    let first = coded_stream.batch().await?;
    let header = match format {
        StreamFormat::Csv => csv_header(),
        StreamFormat::Ndjson => String::new(),
    };
    let mut response = HttpResponse::Ok();
    match format {
        StreamFormat::Csv => response
            .content_type("text/csv; charset=utf-8")
            .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"codedRegistrations.csv\"")),
        StreamFormat::Ndjson => response.content_type("application/x-ndjson"),
    };
    response.insert_header((header::VARY, "Accept"));
    let parts = stream::try_unfold(Some((coded_stream, Some(first))), |state| async move {
        let Some((mut coded_stream, ready)) = state else { return Ok(None) };
        let part = match ready {
            Some(part) => part,
            None => coded_stream.later_batch().await.map_err(cut)?,
        };
        coded_stream.after = part.next;
        let text = coded_stream.text(part).map_err(cut)?;
        let goes_on = coded_stream.after.is_some();
        Ok::<_, io::Error>(Some((text, goes_on.then_some((coded_stream, None)))))
    });
    let header = stream::iter((!header.is_empty()).then(|| Ok(Bytes::from(header))));
    // An empty part has nothing to send.
    let parts = futures_util::StreamExt::filter(futures_util::StreamExt::chain(header, parts), |part| {
        std::future::ready(!matches!(part, Ok(text) if text.is_empty()))
    });
    Ok(response.streaming(parts))
}

fn cut(error: impl std::fmt::Display) -> io::Error {
    tracing::warn!(%error, "a stream of coded registrations was cut short");
    io::Error::other("cut short")
}
