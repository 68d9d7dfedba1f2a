//! The deliveries of a subscription, as its hospital sees them.

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Array, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    notices::webhook::{DeliveryState, EventType, Failure},
    refusal::Refusal,
};
use serde_json::json;
use uuid::Uuid;

use super::{subject, subscription};
use crate::{
    error::{DbError, Stop},
    page::Page,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// One event for one subscription, and the progress of its delivery.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The event, the same at every attempt.
    pub event_id: Uuid,
    /// Its type.
    pub event_type: EventType,
    /// The subject of the event.
    pub subject: String,
    /// When it occurred.
    pub occurred_at: DateTime<Utc>,
    /// Its state.
    pub state: DeliveryState,
    /// The number of attempts.
    pub attempts: i32,
    /// When it was last sent.
    pub last_attempt_at: Option<DateTime<Utc>>,
    /// The HTTP status of the last answer.
    pub last_status: Option<i32>,
    /// Why the last attempt failed.
    pub last_failure: Option<Failure>,
    /// When it is sent next, if it waits, is not just being sent, and the subscription is active.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When it was delivered or parked.
    pub settled_at: Option<DateTime<Utc>>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    event_id: Uuid,
    #[diesel(sql_type = Text, column_name = "type")]
    event_type: String,
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = Timestamptz)]
    occurred_at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_attempt_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Integer>)]
    last_status: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    last_failure: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    next_attempt_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    settled_at: Option<DateTime<Utc>>,
}

impl Row {
    fn read(self) -> Result<Delivery, DbError> {
        let inconsistent = |column| DbError::inconsistent("webhook_deliveries", column, self.event_id);
        let failure = |name: &String| Failure::from_name(name).ok_or_else(|| inconsistent("last_failure"));
        Ok(Delivery {
            last_failure: self.last_failure.as_ref().map(failure).transpose()?,
            event_type: EventType::from_name(&self.event_type).ok_or_else(|| inconsistent("type"))?,
            state: DeliveryState::from_name(&self.state).ok_or_else(|| inconsistent("state"))?,
            event_id: self.event_id,
            subject: self.subject,
            occurred_at: self.occurred_at,
            attempts: self.attempts,
            last_attempt_at: self.last_attempt_at,
            last_status: self.last_status,
            next_attempt_at: self.next_attempt_at,
            settled_at: self.settled_at,
        })
    }
}

/// The columns of a delivery at the instant `$1`.
macro_rules! delivery_columns {
    () => {
        "event_id, type, subject, occurred_at, state, attempts, last_attempt_at, last_status, last_failure,
         CASE WHEN state = 'waiting' AND (claimed_until IS NULL OR claimed_until < $1)
             AND (SELECT s.active FROM insula.webhook_subscriptions s WHERE s.id = subscription_id)
             THEN available_at END AS next_attempt_at,
         settled_at"
    };
}

/// The deliveries of a subscription, newest first, from the one after `after`.
pub fn list(
    tx: &mut Tx,
    id: Uuid,
    states: &[DeliveryState],
    after: Option<Uuid>,
    page_size: i32,
) -> Result<Page<Delivery>, Stop> {
    subscription(tx, id)?;
    let states: Vec<&str> = states.iter().map(|state| state.name()).collect();
    let query = diesel::sql_query(concat!(
        "SELECT ",
        delivery_columns!(),
        " FROM insula.webhook_deliveries
         WHERE subscription_id = $2 AND hospital = insula.organisation() AND ($3 IS NULL OR state = ANY ($3))
           AND ($4 IS NULL OR seq < (SELECT seq FROM insula.webhook_deliveries
               WHERE subscription_id = $2 AND event_id = $4))
         ORDER BY seq DESC LIMIT $5 + 1"
    ))
    .bind::<Timestamptz, _>(tx.now)
    .bind::<SqlUuid, _>(id)
    .bind::<Nullable<Array<Text>>, _>((!states.is_empty()).then_some(states))
    .bind::<Nullable<SqlUuid>, _>(after)
    .bind::<Integer, _>(page_size);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    Ok(Page::of(rows, page_size).read(Row::read)?)
}

/// One delivery.
pub fn delivery(tx: &mut Tx, id: Uuid, event: Uuid) -> Result<Delivery, Stop> {
    subscription(tx, id)?;
    find(tx, id, event)
}

fn find(tx: &mut Tx, id: Uuid, event: Uuid) -> Result<Delivery, Stop> {
    let query = diesel::sql_query(concat!(
        "SELECT ",
        delivery_columns!(),
        " FROM insula.webhook_deliveries
         WHERE subscription_id = $2 AND event_id = $3 AND hospital = insula.organisation()"
    ))
    .bind::<Timestamptz, _>(tx.now)
    .bind::<SqlUuid, _>(id)
    .bind::<SqlUuid, _>(event);
    Ok(Constant(query).found::<Row>(tx.conn)?.read()?)
}

/// Has an event sent again at once, with the same identifier, whatever its state. One that is just being sent is left
/// alone.
pub fn resend(tx: &mut Tx, id: Uuid, event: Uuid) -> Result<Delivery, Stop> {
    let active = subscription(tx, id)?.active;
    let present = find(tx, id, event)?;
    if !active {
        return Err(Refusal::SubscriptionInactive.into());
    }
    let query = diesel::sql_query(concat!(
        "UPDATE insula.webhook_deliveries
         SET state = 'waiting', available_at = $1, tried_since = NULL, failures = 0, settled_at = NULL
         WHERE subscription_id = $2 AND event_id = $3 AND hospital = insula.organisation()
           AND (claimed_until IS NULL OR claimed_until < $1)
         RETURNING ",
        delivery_columns!()
    ))
    .bind::<Timestamptz, _>(tx.now)
    .bind::<SqlUuid, _>(id)
    .bind::<SqlUuid, _>(event);
    let again: Option<Row> = Constant(query).get_result(tx.conn).optional()?;
    // Later events of the registration wait for this one: their due time follows.
    let query = diesel::sql_query(
        "UPDATE insula.webhook_deliveries later SET available_at = $1
         FROM insula.webhook_deliveries this
         WHERE this.subscription_id = $2 AND this.event_id = $3 AND this.hospital = insula.organisation()
           AND later.subscription_id = $2 AND later.registration_id = this.registration_id
               AND later.version > this.version
           AND later.state = 'waiting' AND later.failures = 0 AND later.claimed_until IS NULL
               AND later.available_at > $1
         RETURNING later.seq",
    )
    .bind::<Timestamptz, _>(tx.now)
    .bind::<SqlUuid, _>(id)
    .bind::<SqlUuid, _>(event);
    Constant(query).execute(tx.conn)?;
    trail::record(tx, Action::Resend, &subject(id), &json!({"eventId": event, "before": present.state}))?;
    Ok(again.map(Row::read).transpose()?.unwrap_or(present))
}

/// Creates a test event for one subscription.
pub fn test(tx: &mut Tx, id: Uuid) -> Result<Delivery, Stop> {
    if !subscription(tx, id)?.active {
        return Err(Refusal::SubscriptionInactive.into());
    }
    let event = tx.ids.uuid();
    let query = diesel::sql_query(concat!(
        "INSERT INTO insula.webhook_deliveries
             (subscription_id, hospital, event_id, type, subject, data, occurred_at, available_at)
         VALUES ($2, insula.organisation(), $3, $4, $5, $6, $1, $1) RETURNING ",
        delivery_columns!()
    ))
    .bind::<Timestamptz, _>(tx.now)
    .bind::<SqlUuid, _>(id)
    .bind::<SqlUuid, _>(event)
    .bind::<Text, _>(EventType::Test.name())
    .bind::<Text, _>(id.to_string())
    .bind::<Jsonb, _>(json!({"subscriptionId": id}));
    let made: Row = Constant(query).get_result(tx.conn)?;
    trail::record(tx, Action::Test, &subject(id), &json!({"eventId": event}))?;
    Ok(made.read()?)
}
