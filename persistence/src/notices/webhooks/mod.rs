//! Webhooks: the subscriptions of a hospital's EHRs, and the deliveries of events to them.

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
pub use dispatch::{Attempt, Settled, announce, backlog, claim, forget, settle};

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
    /// Its purpose.
    pub description: Option<String>,
    /// Whether events are sent.
    pub active: bool,
    /// Why it is inactive, if it is.
    pub inactive_because: Option<InactiveBecause>,
    /// Until when the previous secret signs as well.
    pub earlier_secret_until: Option<DateTime<Utc>>,
    /// Counts every change, from 1.
    pub version: i32,
    /// When it was created.
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
        let inconsistent = |column| DbError::inconsistent("webhook_subscriptions", column, self.id);
        let event_type = |name: &String| EventType::from_name(name).ok_or_else(|| inconsistent("event_types"));
        let because = |name: &String| InactiveBecause::from_name(name).ok_or_else(|| inconsistent("inactive_because"));
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

/// A subscription as stated by a hospital.
#[derive(Debug, Clone)]
pub struct StatedSubscription {
    /// Where events are sent.
    pub url: String,
    /// The types that are sent.
    pub event_types: Vec<EventType>,
    /// Its purpose.
    pub description: Option<String>,
    /// Whether events are sent.
    pub active: bool,
}

macro_rules! subscription_columns {
    () => {
        "id, url, event_types, description, active, inactive_because, earlier_secret_until, version, created_at,
         updated_at"
    };
}

/// The subscription for the trail, without its address and description, which may contain a credential or a name.
fn shown(subscription: &Subscription) -> Value {
    let origin: Vec<_> = subscription.url.splitn(4, '/').take(3).collect();
    let hash = digest::digest(&digest::SHA256, subscription.url.as_bytes());
    json!({"origin": origin.join("/"), "urlHash": hex::encode(hash), "eventTypes": subscription.event_types,
        "active": subscription.active})
}

/// The subject of its events in the trail.
pub fn subject(id: Uuid) -> String {
    format!("webhookSubscription:{id}")
}

/// The location of a secret, so that its ciphertext cannot be moved to another subscription.
fn location(id: Uuid) -> String {
    format!("webhook_subscriptions|secret|{id}")
}

fn new_secret(tx: &Tx) -> Vec<u8> {
    (0..4).flat_map(|_| tx.ids.bytes()).collect()
}

macro_rules! select {
    ($which:literal) => {
        concat!(
            "SELECT ",
            subscription_columns!(),
            " FROM insula.webhook_subscriptions WHERE hospital = insula.organisation() AND deleted_at IS NULL ",
            $which
        )
    };
}

/// The subscriptions of the caller's hospital, oldest first.
pub fn subscriptions(tx: &mut Tx) -> Result<Vec<Subscription>, Stop> {
    let rows: Vec<Row> = Constant(diesel::sql_query(select!("ORDER BY id"))).load(tx.conn)?;
    Ok(rows.into_iter().map(Row::read).collect::<Result<_, _>>()?)
}

/// One subscription.
pub fn subscription(tx: &mut Tx, id: Uuid) -> Result<Subscription, Stop> {
    let query = diesel::sql_query(select!("AND id = $1")).bind::<SqlUuid, _>(id);
    Ok(Constant(query).found::<Row>(tx.conn)?.read()?)
}

/// One subscription in the version the caller names, locked. The lock does not block a night that writes deliveries for
/// it.
fn for_update(tx: &mut Tx, id: Uuid, if_match: i32) -> Result<Subscription, Stop> {
    let query = diesel::sql_query(select!("AND id = $1 FOR NO KEY UPDATE")).bind::<SqlUuid, _>(id);
    let found = Constant(query).found::<Row>(tx.conn)?.read()?;
    if found.version == if_match { Ok(found) } else { Err(Stop::Stale) }
}

/// Creates a subscription. Returns it and its secret, which is never shown again.
pub fn create(tx: &mut Tx, wanted: &StatedSubscription) -> Result<(Subscription, Vec<u8>), Stop> {
    // Serialises creation per hospital, because the number of subscriptions is limited.
    let query = diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended(insula.organisation(), 30))");
    Constant(query).execute(tx.conn)?;
    let (id, secret) = (tx.ids.uuid(), new_secret(tx));
    let (sealed, key_version) = tx.keys.seal(&location(id), &secret)?;
    let query = diesel::sql_query(concat!(
        "INSERT INTO insula.webhook_subscriptions (id, hospital, slot, url, event_types, description, active,
             inactive_because, secret, secret_key_version, version, created_at, updated_at)
         SELECT $1, insula.organisation(), free.slot, $2, $3, $4, $5, CASE WHEN NOT $5 THEN 'byHospital' END, $6, $7, 1,
             $8, $8
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

/// Changes a subscription. Waiting events go to the new address; while the subscription is inactive they go on waiting.
/// After a change of address or a reactivation they are tried at once, without the pauses after earlier failures.
pub fn replace(tx: &mut Tx, id: Uuid, if_match: i32, wanted: &StatedSubscription) -> Result<Subscription, Stop> {
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

/// Deletes a subscription: from the next attempt on, nothing is sent.
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

/// Gives a subscription a new secret, which is never shown again. The current one also signs during the overlap; the
/// one of an earlier rotation ends at once.
pub fn rotate_secret(tx: &mut Tx, id: Uuid, if_match: i32) -> Result<(Subscription, Vec<u8>), Stop> {
    for_update(tx, id, if_match)?;
    let secret = new_secret(tx);
    let (sealed, key_version) = tx.keys.seal(&location(id), &secret)?;
    let query = diesel::sql_query(concat!(
        "UPDATE insula.webhook_subscriptions SET earlier_secret = secret,
             earlier_secret_key_version = secret_key_version, earlier_secret_until = $4, secret = $2,
             secret_key_version = $3, version = version + 1, updated_at = $5
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
