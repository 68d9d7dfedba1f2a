//! `createCoverageAttachment`, `listCoverageAttachments` and `getCoverageAttachment`.

use std::{future::Future, pin::Pin};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse,
    dev::Payload,
    get,
    http::{
        StatusCode,
        header::{self, ContentDisposition, DispositionParam, DispositionType, Header},
    },
    post, web,
};
use chrono::{DateTime, Utc};
use insula_domain::{
    convention::coverage::document::{DocumentType, MAX_DOCUMENT, MAX_DOCUMENT_NAME, name_fault, type_fault},
    parties::beneficiary::holds_national_number,
    refusal::{Fault, Reason},
    rule::RuleId,
    text::text_reason,
};
use insula_persistence::{
    convention::coverage::{
        applications,
        attachments::{self, Attachment},
    },
    trail::Action,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{
    caller::Caller,
    collection::List,
    input::{path_number, path_uuid},
    intake::{Incoming, Place, media},
    parameters::{IdempotencyKey, OfCoverageApplication},
    problem::{ApiError, InputPlace},
};

/// The accepted media types and encoding.
const TYPES: &str = "application/pdf, image/jpeg, image/png, image/tiff, Content-Encoding: identity";
/// The header that names the document.
const NAMED_BY: &str = "Content-Disposition";

/// A document of an application.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoverageAttachment {
    /// Its number about the application, from 1.
    #[schema(minimum = 1)]
    pub number: i32,
    /// The address of its bytes.
    #[schema(format = "uri")]
    pub href: String,
    /// Its name.
    #[schema(max_length = 200)]
    pub name: String,
    /// What it is, as its first bytes say.
    pub media_type: DocumentType,
    /// Its length, in bytes.
    #[schema(minimum = 1, maximum = 10485760)]
    pub size: i32,
    /// Its SHA-256, in hexadecimal digits.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub sha256: String,
    /// When it was attached.
    pub attached_at: DateTime<Utc>,
}

impl CoverageAttachment {
    fn of(caller: &Caller, application: uuid::Uuid, one: &Attachment) -> CoverageAttachment {
        let path = format!("{}/attachments/{}", super::dto::path(application), one.number);
        CoverageAttachment {
            number: one.number,
            href: caller.href(&path),
            name: one.name.clone(),
            media_type: one.media_type,
            size: one.size,
            sha256: hex::encode(&one.sha256),
            attached_at: one.attached_at,
        }
    }
}

/// The documents of an application.
pub type CoverageAttachmentCollection = List<CoverageAttachment>;

/// The bytes of a document.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct Document(pub Vec<u8>);

/// A document as it was sent.
pub struct Sent {
    media_type: DocumentType,
    name: String,
    bytes: web::Bytes,
    /// Its turn among the few files held at once, until dropped.
    _room: Place,
}

impl FromRequest for Sent {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Sent, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let accepted: Vec<&'static str> = DocumentType::ALL.iter().map(|one| one.name()).collect();
        let media_type = media(request, &accepted).and_then(DocumentType::from_name);
        let name = name_of(request);
        // An address that leads nowhere is not found, whatever is sent there.
        let application = path_uuid(request.match_info().get("coverageApplicationId").unwrap_or_default());
        let payload = web::Payload::from_request(request, payload);
        let caller = request.extensions().get::<Caller>().cloned();
        let request = request.clone();
        Box::pin(async move {
            application?;
            let media_type = media_type.ok_or(ApiError::UnsupportedMediaType(TYPES))?;
            let name = name.map_err(|fault| ApiError::Faulty(vec![(InputPlace::Header, fault)]))?;
            let caller = caller.ok_or(ApiError::Internal)?;
            let payload = payload.await.map_err(|_| ApiError::Unavailable)?;
            let organisation = caller.call.organisation();
            let incoming = Incoming::begin(&request, payload, MAX_DOCUMENT, &caller.state.intake, organisation).await?;
            let (bytes, place) = incoming.whole().await?;
            let found = infer::get(&bytes).map(|found| found.mime_type());
            match type_fault(media_type, found) {
                Some(fault) => Err(ApiError::body(fault)),
                None => Ok(Sent { media_type, name, bytes, _room: place }),
            }
        })
    }
}

/// The name that the header gives the document (RFC 6266).
fn name_of(request: &HttpRequest) -> Result<String, Fault> {
    let missing = || Fault::new(NAMED_BY, Reason::Required, RuleId::Cov01);
    if !request.headers().contains_key(header::CONTENT_DISPOSITION) {
        return Err(missing());
    }
    let malformed = |_| Fault::new(NAMED_BY, Reason::MalformedHeader, RuleId::Cov01);
    let stated = ContentDisposition::parse(request).map_err(malformed)?;
    let extended = stated.get_filename_ext().map(|name| String::from_utf8(name.value.clone()));
    let name = match extended {
        Some(name) => name.map_err(|_| Fault::new(NAMED_BY, Reason::NotUtf8, RuleId::Cov01))?,
        None => stated.get_filename().ok_or_else(missing)?.to_owned(),
    };
    let fault = |reason, rule| Fault::new(NAMED_BY, reason, rule).with("max", MAX_DOCUMENT_NAME);
    let unfit = text_reason(&name, MAX_DOCUMENT_NAME).map(|reason| fault(reason, RuleId::Cov01));
    let named = holds_national_number(&name).then(|| fault(Reason::NationalNumber, RuleId::Ben04));
    unfit.or(named).or_else(|| name_fault(&name)).map_or(Ok(name), Err)
}

/// Attach a document to a coverage application.
///
/// The signed form, a report: PDF, JPEG, PNG or TIFF of at most 10 MiB, which must be what `Content-Type` says. It is kept
/// encrypted and never changed; those of a draft are deleted with it (COV-01, COV-12).
#[utoipa::path(
    tag = "Coverage",
    operation_id = "createCoverageAttachment",
    params(
        OfCoverageApplication,
        ("Content-Disposition" = String, Header, description = "Its name, no path: `attachment; filename=\"form.pdf\"`, or `filename*` for other characters than those of ASCII (RFC 6266). At most 200 characters.", example = "attachment; filename=\"form.pdf\""),
        IdempotencyKey
    ),
    request_body(content(
        (inline(Document) = "application/pdf", example = json!("%PDF-1.7\n")),
        (inline(Document) = "image/jpeg"),
        (inline(Document) = "image/png"),
        (inline(Document) = "image/tiff")
    )),
    responses(
        (status = 201, description = "The document.", body = CoverageAttachment,
         headers(("Location" = String, description = "The address of its bytes."))),
    )
)]
#[post("/coverageApplications/{coverageApplicationId}/attachments")]
pub async fn create_coverage_attachment(
    caller: Caller,
    path: web::Path<String>,
    sent: Sent,
) -> Result<HttpResponse, ApiError> {
    let Sent { media_type, name, bytes, _room } = sent;
    let caller = caller.keyed_over(&[media_type.name().as_bytes(), name.as_bytes(), &bytes])?;
    let id = path_uuid(&path)?;
    caller
        .run_keyed(move |caller, tx| {
            let attached = attachments::attach(tx, id, &name, media_type, &bytes)?;
            let shown = CoverageAttachment::of(caller, id, &attached);
            let answer = caller.answer(StatusCode::CREATED, None, Some(shown.href.clone()), &shown);
            Ok((applications::subject(id), answer))
        })
        .await
}

/// List the documents of a coverage application.
///
/// For the establishment and the adviser, in the order in which they were attached.
#[utoipa::path(
    tag = "Coverage",
    operation_id = "listCoverageAttachments",
    params(OfCoverageApplication),
    responses((status = 200, description = "The documents.", body = CoverageAttachmentCollection))
)]
#[get("/coverageApplications/{coverageApplicationId}/attachments")]
pub async fn list_coverage_attachments(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let found = caller
        .run(move |tx| {
            applications::read(tx, id, Action::List)?;
            attachments::of_application(tx, id)
        })
        .await?;
    let items = found.iter().map(|one| CoverageAttachment::of(&caller, id, one)).collect();
    Ok(HttpResponse::Ok().json(List::of(items)))
}

/// Get a document of a coverage application.
///
/// Its bytes, to be saved and not to be shown: nothing in it is executed or rendered here.
#[utoipa::path(
    tag = "Coverage",
    operation_id = "getCoverageAttachment",
    params(
        OfCoverageApplication,
        ("attachmentNumber" = i32, Path, minimum = 1, maximum = 2147483647, description = "The number of the document.")
    ),
    responses((status = 200, description = "The bytes.", content((inline(Document) = "application/octet-stream", example = json!("%PDF-1.7\n")))))
)]
#[get("/coverageApplications/{coverageApplicationId}/attachments/{attachmentNumber}")]
pub async fn get_coverage_attachment(
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (application, number) = path.into_inner();
    let id = path_uuid(&application)?;
    let number = path_number("attachmentNumber", &number, 1..=i32::MAX)?;
    let (found, bytes) = caller.run(move |tx| attachments::read(tx, id, number)).await?;
    let name = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::FilenameExt(header::ExtendedValue {
            charset: header::Charset::Ext("UTF-8".to_owned()),
            language_tag: None,
            value: found.name.into_bytes(),
        })],
    };
    Ok(HttpResponse::Ok().content_type("application/octet-stream").insert_header(name).body(bytes))
}
