//! Documents attached to applications, encrypted in the vault (COV-01).

use aws_lc_rs::digest;
use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Binary, Integer, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    convention::coverage::document::{DocumentType, MAX_DOCUMENTS},
    refusal::{Fault, Reason},
    rule::RuleId,
};
use serde_json::json;
use uuid::Uuid;

use super::applications;
use crate::{
    error::{DbError, Stop},
    keys::Keys,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// What is known of a document.
#[derive(Clone)]
pub struct Attachment {
    /// Its number about the application, from 1.
    pub number: i32,
    /// Its name.
    pub name: String,
    /// What it is.
    pub media_type: DocumentType,
    /// Its length, in bytes.
    pub size: i32,
    /// Its SHA-256.
    pub sha256: Vec<u8>,
    /// When it was attached.
    pub attached_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Integer)]
    number: i32,
    #[diesel(sql_type = Text)]
    media_type: String,
    #[diesel(sql_type = Integer)]
    size: i32,
    #[diesel(sql_type = Binary)]
    sha256: Vec<u8>,
    #[diesel(sql_type = Binary)]
    name: Vec<u8>,
    #[diesel(sql_type = Integer)]
    name_key_version: i32,
    #[diesel(sql_type = Timestamptz)]
    attached_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct DocumentRow {
    #[diesel(sql_type = Binary)]
    document: Vec<u8>,
    #[diesel(sql_type = Integer)]
    key_version: i32,
}

fn location(what: &str, application: Uuid, number: i32) -> String {
    format!("coverage|{what}|{application}|{number}")
}

impl Row {
    fn read(self, keys: &Keys, application: Uuid) -> Result<Attachment, DbError> {
        let name =
            keys.open(&location("attachmentName", application, self.number), &self.name, self.name_key_version)?;
        let inconsistent = || DbError::inconsistent("vault.coverage_attachments", "media_type", application);
        Ok(Attachment {
            number: self.number,
            name: String::from_utf8(name).map_err(|_| DbError::Sealed)?,
            media_type: DocumentType::from_name(&self.media_type).ok_or_else(inconsistent)?,
            size: self.size,
            sha256: self.sha256,
            attached_at: self.attached_at,
        })
    }
}

macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT number, media_type, size, sha256, name, name_key_version, attached_at FROM vault.coverage_attachments
             WHERE application_id = $1 ",
            $where
        )
    };
}

/// The documents of an application that the caller may see, in the order in which they were attached.
pub fn of_application(tx: &mut Tx, application: Uuid) -> Result<Vec<Attachment>, Stop> {
    let query = diesel::sql_query(select!("ORDER BY number")).bind::<SqlUuid, _>(application);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    Ok(rows.into_iter().map(|row| row.read(tx.keys, application)).collect::<Result<_, _>>()?)
}

/// One document with its bytes; the read leaves an event in the trail.
pub fn read(tx: &mut Tx, application: Uuid, number: i32) -> Result<(Attachment, Vec<u8>), Stop> {
    let query =
        diesel::sql_query(select!("AND number = $2")).bind::<SqlUuid, _>(application).bind::<Integer, _>(number);
    let found = Constant(query).found::<Row>(tx.conn)?.read(tx.keys, application)?;
    let query = diesel::sql_query(
        "SELECT document, key_version FROM vault.coverage_attachments WHERE application_id = $1 AND number = $2",
    )
    .bind::<SqlUuid, _>(application)
    .bind::<Integer, _>(number);
    let row: DocumentRow = Constant(query).found(tx.conn)?;
    let bytes = tx.keys.open(&location("attachment", application, number), &row.document, row.key_version)?;
    trail::record(tx, Action::Get, &applications::subject(application), &json!({"attachment": number}))?;
    Ok((found, bytes))
}

/// COV-01: attaches a document to an application of the caller's hospital.
pub fn attach(
    tx: &mut Tx,
    application: Uuid,
    name: &str,
    media_type: DocumentType,
    bytes: &[u8],
) -> Result<Attachment, Stop> {
    applications::lock_own(tx, application)?;
    let number = i32::try_from(of_application(tx, application)?.len()).unwrap_or(i32::MAX).saturating_add(1);
    if number > MAX_DOCUMENTS {
        return Err(vec![Fault::new("file", Reason::TooMany, RuleId::Cov01).with("max", MAX_DOCUMENTS)].into());
    }
    let (sealed_name, name_key_version) =
        tx.keys.seal(&location("attachmentName", application, number), name.as_bytes())?;
    let (sealed, key_version) = tx.keys.seal(&location("attachment", application, number), bytes)?;
    let sha256 = digest::digest(&digest::SHA256, bytes).as_ref().to_vec();
    let size = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
    let details = json!({"attachment": number, "mediaType": media_type, "size": size});
    trail::record(tx, Action::Attach, &applications::subject(application), &details)?;
    let query = diesel::sql_query(
        "INSERT INTO vault.coverage_attachments (application_id, number, hospital, media_type, size, sha256, name,
             name_key_version, document, key_version, attached_by, attached_at)
         VALUES ($1, $2, insula.organisation(), $3, $4, $5, $6, $7, $8, $9, insula.person(), $10) RETURNING 1",
    )
    .bind::<SqlUuid, _>(application)
    .bind::<Integer, _>(number)
    .bind::<Text, _>(media_type.name())
    .bind::<Integer, _>(size)
    .bind::<Binary, _>(&sha256)
    .bind::<Binary, _>(sealed_name)
    .bind::<Integer, _>(name_key_version)
    .bind::<Binary, _>(sealed)
    .bind::<Integer, _>(key_version)
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    Ok(Attachment { number, name: name.to_owned(), media_type, size, sha256, attached_at: tx.now })
}
