//! Webhooks: where the EHRs of a hospital want to be told what changes, what has to be told, and what became of it.

mod deliveries;
mod dispatch;

use aws_lc_rs::digest;
use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Array, Binary, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    notices::webhook::{EventType, InactiveBecause, MAX_SUBSCRIPTIONS, SECRETS_OVERLAP},
    refusal::Refusal,
};
use serde_json::{Value, json};
use uuid::Uuid;

pub use deliveries::{Delivery, delivery, list, resend, test};
pub use dispatch::{Attempt, Backlog, Settled, announce, backlog, claim, forget, settle};

use crate::{
    error::{DbError, Stop},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// A subscription, without its secrets.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// Its identifier.
    pub id: Uuid,
    /// Where events are sent.
    pub url: String,
    /// The types that are sent.
    pub event_types: Vec<EventType>,
    /// What it is for.
    pub description: Option<String>,
    /// Whether anything is sent.
    pub active: bool,
    /// Why nothing is.
    pub inactive_because: Option<InactiveBecause>,
    /// Until when the secret before the present one signs as well.
    pub earlier_secret_until: Option<DateTime<Utc>>,
    /// Counts every change, from 1.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    url: String,
    #[diesel(sql_type = Array<Text>)]
    event_types: Vec<String>,
    #[diesel(sql_type = Nullable<Text>)]
    description: Option<String>,
    #[diesel(sql_type = Bool)]
    active: bool,
    #[diesel(sql_type = Nullable<Text>)]
    inactive_because: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    earlier_secret_until: Option<DateTime<Utc>>,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    updated_at: DateTime<Utc>,
}

impl Row {
    fn read(self) -> Result<Subscription, DbError> {
        let odd = |column| DbError::Inconsistent { table: "webhook_subscriptions", column, row: self.id.to_string() };
        let event_type = |name: &String| EventType::from_name(name).ok_or_else(|| odd("event_types"));
        let because = |name: &String| InactiveBecause::from_name(name).ok_or_else(|| odd("inactive_because"));
        Ok(Subscription {
            event_types: self.event_types.iter().map(event_type).collect::<Result<_, _>>()?,
            inactive_because: self.inactive_because.as_ref().map(because).transpose()?,
            id: self.id,
            url: self.url,
            description: self.description,
            active: self.active,
            earlier_secret_until: self.earlier_secret_until,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

/// What a hospital states of a subscription.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Where events are sent.
    pub url: String,
    /// The types that are sent.
    pub event_types: Vec<EventType>,
    /// What it is for.
    pub description: Option<String>,
    /// Whether anything is sent.
    pub active: bool,
}

macro_rules! subscription_columns {
    () => {
        "id, url, event_types, description, active, inactive_because, earlier_secret_until, version, created_at, updated_at"
    };
}

/// The subscription as the trail shows it. An address can hold a credential, a description a name: neither stands there.
fn shown(subscription: &Subscription) -> Value {
    let origin: Vec<_> = subscription.url.splitn(4, '/').take(3).collect();
    json!({"origin": origin.join("/"), "urlHash": hex::encode(digest::digest(&digest::SHA256, subscription.url.as_bytes())),
        "eventTypes": subscription.event_types, "active": subscription.active})
}

/// How events name it.
pub fn subject(id: Uuid) -> String {
    format!("webhookSubscription:{id}")
}

/// Where a secret stands: a ciphertext moved to another subscription does not open.
fn place(id: Uuid) -> String {
    format!("webhook_subscriptions|secret|{id}")
}

fn new_secret(tx: &Tx) -> Vec<u8> {
    (0..4).flat_map(|_| tx.ids.bytes()).collect()
}

/// The caller's hospital's subscriptions, the oldest first.
pub fn subscriptions(tx: &mut Tx) -> Result<Vec<Subscription>, Stop> {
    let query = diesel::sql_query(concat!(
        "SELECT ",
        subscription_columns!(),
        " FROM insula.webhook_subscriptions WHERE hospital = insula.organisation() AND deleted_at IS NULL ORDER BY id"
    ));
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    Ok(rows.into_iter().map(Row::read).collect::<Result<_, _>>()?)
}

/// One subscription.
pub fn subscription(tx: &mut Tx, id: Uuid) -> Result<Subscription, Stop> {
    let query = diesel::sql_query(concat!(
        "SELECT ",
        subscription_columns!(),
        " FROM insula.webhook_subscriptions WHERE id = $1 AND hospital = insula.organisation() AND deleted_at IS NULL"
    ))
    .bind::<SqlUuid, _>(id);
    let found: Option<Row> = Constant(query).get_result(tx.conn).optional()?;
    Ok(found.ok_or(Stop::NotFound)?.read()?)
}

/// One subscription in the version the caller names, locked; not against those who write deliveries for it, as a night does.
fn for_update(tx: &mut Tx, id: Uuid, if_match: i32) -> Result<Subscription, Stop> {
    let query = diesel::sql_query(concat!(
        "SELECT ",
        subscription_columns!(),
        " FROM insula.webhook_subscriptions WHERE id = $1 AND hospital = insula.organisation() AND deleted_at IS NULL
         FOR NO KEY UPDATE"
    ))
    .bind::<SqlUuid, _>(id);
    let found: Option<Row> = Constant(query).get_result(tx.conn).optional()?;
    let found = found.ok_or(Stop::NotFound)?.read()?;
    if found.version == if_match { Ok(found) } else { Err(Stop::Stale) }
}

/// Makes a subscription. Returns it and its secret, which nobody is shown again.
pub fn create(tx: &mut Tx, wanted: &Wanted) -> Result<(Subscription, Vec<u8>), Stop> {
    // Those of one hospital one after the other: each sees how many there are.
    let query = diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended(insula.organisation(), 30))");
    Constant(query).execute(tx.conn)?;
    let (id, secret) = (tx.ids.uuid(), new_secret(tx));
    let (sealed, key_version) = tx.keys.seal(&place(id), &secret)?;
    let query = diesel::sql_query(concat!(
        "INSERT INTO insula.webhook_subscriptions (id, hospital, slot, url, event_types, description, active, inactive_because,
             secret, secret_key_version, version, created_at, updated_at)
         SELECT $1, insula.organisation(), free.slot, $2, $3, $4, $5, CASE WHEN NOT $5 THEN 'byHospital' END, $6, $7, 1, $8, $8
         FROM (SELECT min(n) AS slot FROM generate_series(1, $9) AS n
             WHERE NOT EXISTS (SELECT 1 FROM insula.webhook_subscriptions s
                 WHERE s.hospital = insula.organisation() AND s.slot = n AND s.deleted_at IS NULL)) AS free
         WHERE free.slot IS NOT NULL
         RETURNING ",
        subscription_columns!()
    ))
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(&wanted.url)
    .bind::<Array<Text>, _>(wanted.event_types.iter().map(|one| one.name()).collect::<Vec<_>>())
    .bind::<Nullable<Text>, _>(&wanted.description)
    .bind::<Bool, _>(wanted.active)
    .bind::<Binary, _>(sealed)
    .bind::<Integer, _>(key_version)
    .bind::<Timestamptz, _>(tx.now)
    .bind::<Integer, _>(MAX_SUBSCRIPTIONS);
    let made: Option<Row> = Constant(query).get_result(tx.conn).optional()?;
    let made = made.ok_or(Refusal::TooManySubscriptions { limit: MAX_SUBSCRIPTIONS })?.read()?;
    trail::record(tx, Action::Create, &subject(id), &json!({"after": shown(&made), "version": made.version}))?;
    Ok((made, secret))
}

/// Changes a subscription. What waits goes to the new address; while the subscription is not active it goes on waiting. A new
/// address, or one that is active again, is tried at once, whatever the pauses after earlier failures.
pub fn replace(tx: &mut Tx, id: Uuid, if_match: i32, wanted: &Wanted) -> Result<Subscription, Stop> {
    let before = for_update(tx, id, if_match)?;
    let query = diesel::sql_query(concat!(
        "UPDATE insula.webhook_subscriptions SET url = $2, event_types = $3, description = $4, active = $5,
             inactive_because = CASE WHEN $5 THEN NULL WHEN active THEN 'byHospital' ELSE inactive_because END,
             failures = CASE WHEN url = $2 AND active THEN failures ELSE 0 END, version = version + 1, updated_at = $6
         WHERE id = $1 AND hospital = insula.organisation() RETURNING ",
        subscription_columns!()
    ))
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(&wanted.url)
    .bind::<Array<Text>, _>(wanted.event_types.iter().map(|one| one.name()).collect::<Vec<_>>())
    .bind::<Nullable<Text>, _>(&wanted.description)
    .bind::<Bool, _>(wanted.active)
    .bind::<Timestamptz, _>(tx.now);
    let after = Constant(query).get_result::<Row>(tx.conn)?.read()?;
    if before.url != after.url || (after.active && !before.active) {
        let query = diesel::sql_query(
            "UPDATE insula.webhook_deliveries SET available_at = $2
             WHERE subscription_id = $1 AND hospital = insula.organisation() AND state = 'waiting' AND available_at > $2
               AND (claimed_until IS NULL OR claimed_until < $2)
             RETURNING seq",
        )
        .bind::<SqlUuid, _>(id)
        .bind::<Timestamptz, _>(tx.now);
        Constant(query).execute(tx.conn)?;
    }
    let details = json!({"before": shown(&before), "after": shown(&after), "version": after.version});
    trail::record(tx, Action::Replace, &subject(id), &details)?;
    Ok(after)
}

/// Deletes a subscription: nothing is sent any more, from the next attempt on.
pub fn delete(tx: &mut Tx, id: Uuid, if_match: i32) -> Result<(), Stop> {
    let before = for_update(tx, id, if_match)?;
    let query = diesel::sql_query(
        "UPDATE insula.webhook_subscriptions SET deleted_at = $2, updated_at = $2, version = version + 1
         WHERE id = $1 AND hospital = insula.organisation() RETURNING id",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    trail::record(tx, Action::Delete, &subject(id), &json!({"before": shown(&before), "version": before.version + 1}))?;
    Ok(())
}

/// Gives a subscription a new secret, which nobody is shown again; the present one signs beside it for the overlap. One that
/// still signed from a rotation before ends at once.
pub fn rotate_secret(tx: &mut Tx, id: Uuid, if_match: i32) -> Result<(Subscription, Vec<u8>), Stop> {
    for_update(tx, id, if_match)?;
    let secret = new_secret(tx);
    let (sealed, key_version) = tx.keys.seal(&place(id), &secret)?;
    let query = diesel::sql_query(concat!(
        "UPDATE insula.webhook_subscriptions SET earlier_secret = secret, earlier_secret_key_version = secret_key_version,
             earlier_secret_until = $4, secret = $2, secret_key_version = $3, version = version + 1, updated_at = $5
         WHERE id = $1 AND hospital = insula.organisation() RETURNING ",
        subscription_columns!()
    ))
    .bind::<SqlUuid, _>(id)
    .bind::<Binary, _>(sealed)
    .bind::<Integer, _>(key_version)
    .bind::<Timestamptz, _>(tx.now + SECRETS_OVERLAP)
    .bind::<Timestamptz, _>(tx.now);
    let after = Constant(query).get_result::<Row>(tx.conn)?.read()?;
    let details = json!({"version": after.version, "earlierSecretUntil": after.earlier_secret_until});
    trail::record(tx, Action::Rotate, &subject(id), &details)?;
    Ok((after, secret))
}
