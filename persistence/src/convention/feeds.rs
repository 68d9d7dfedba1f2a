//! The calendar feeds of obligations, each behind a token of its own (REG-17).

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Binary, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{identifier::HospitalNumber, names::Language};
use serde_json::json;
use uuid::Uuid;

use crate::{
    error::{DbError, Stop},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// A feed, without its token.
#[derive(Debug, Clone)]
pub struct Feed {
    /// Its identifier.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// In which language it speaks.
    pub language: Language,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    language: String,
    #[diesel(sql_type = Text)]
    created_by: String,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    revoked_at: Option<DateTime<Utc>>,
}

fn language(id: Uuid, name: &str) -> Result<Language, DbError> {
    Language::from_name(name).ok_or_else(|| DbError::inconsistent("insula.obligation_feeds", "language", id))
}

impl Row {
    fn read(self) -> Result<Feed, DbError> {
        let Row { id, name, created_by, created_at, revoked_at, .. } = self;
        Ok(Feed { id, name, language: language(id, &self.language)?, created_by, created_at, revoked_at })
    }
}

/// The name of a feed in the trail.
#[must_use]
pub fn subject(id: Uuid) -> String {
    format!("obligationFeed:{id}")
}

/// The feeds of the caller's hospital, revoked ones too, the latest first.
pub fn list(tx: &mut Tx) -> Result<Vec<Feed>, Stop> {
    let query = diesel::sql_query(
        "SELECT id, name, language, created_by, created_at, revoked_at FROM insula.obligation_feeds
         WHERE hospital = insula.organisation() ORDER BY id DESC",
    );
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    Ok(rows.into_iter().map(Row::read).collect::<Result<_, _>>()?)
}

/// Makes a feed. Returns it and its token, of which only a keyed hash is stored.
pub fn create(tx: &mut Tx, name: &str, language: Language) -> Result<(Feed, String), Stop> {
    let id = tx.ids.uuid();
    let token = hex::encode((0..4).flat_map(|_| tx.ids.bytes()).collect::<Vec<u8>>());
    let query = diesel::sql_query(
        "INSERT INTO insula.obligation_feeds (id, hospital, name, language, token_hash, created_by, created_at)
         VALUES ($1, insula.organisation(), $2, $3, $4, insula.person(), $5)
         RETURNING id, name, language, created_by, created_at, revoked_at",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(name)
    .bind::<Text, _>(language.name())
    .bind::<Binary, _>(tx.keys.feed_token(&token).to_vec())
    .bind::<Timestamptz, _>(tx.now);
    let made = Constant(query).get_result::<Row>(tx.conn)?.read()?;
    trail::record(tx, Action::Create, &subject(id), &json!({"language": language}))?;
    Ok((made, token))
}

/// Revokes a feed: from then on its token opens nothing.
///
/// # Errors
/// The hospital has no such feed, or it is revoked already.
pub fn revoke(tx: &mut Tx, id: Uuid) -> Result<(), Stop> {
    let query = diesel::sql_query(
        "UPDATE insula.obligation_feeds SET revoked_at = $2
         WHERE id = $1 AND hospital = insula.organisation() AND revoked_at IS NULL RETURNING id",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Timestamptz, _>(tx.now);
    if Constant(query).execute(tx.conn)? == 0 {
        return Err(Stop::NotFound);
    }
    trail::record(tx, Action::Delete, &subject(id), &json!({}))?;
    Ok(())
}

/// The feed that a token opens.
#[derive(Debug, Clone, Copy)]
pub struct Opened {
    /// The feed.
    pub id: Uuid,
    /// Whose obligations it shows.
    pub hospital: HospitalNumber,
    /// In which language.
    pub language: Language,
}

#[derive(QueryableByName)]
struct OpenedRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    hospital: String,
    #[diesel(sql_type = Text)]
    language: String,
}

/// The feed that this token opens; in Insula's own scope.
///
/// # Errors
/// No feed has this token, or it was revoked.
pub fn open(tx: &mut Tx, token: &str) -> Result<Opened, Stop> {
    let query = diesel::sql_query("SELECT id, hospital, language FROM insula.feed_of($1)")
        .bind::<Binary, _>(tx.keys.feed_token(token).to_vec());
    let row: Option<OpenedRow> = Constant(query).get_result(tx.conn).optional()?;
    let row = row.ok_or(Stop::NotFound)?;
    let inconsistent = || DbError::inconsistent("insula.obligation_feeds", "hospital", row.id);
    let hospital = row.hospital.parse().map_err(|_| inconsistent())?;
    Ok(Opened { id: row.id, hospital, language: language(row.id, &row.language)? })
}
