//! The team register: what is said of an establishment's team, and what was said before (STF-12).

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Bool, Date, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    convention::staffing::{Assignment, Member},
    names::Qualification,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    error::{DbError, Stop},
    sql::Constant,
    trail,
    tx::Tx,
};

/// A member as they were stated.
#[derive(Debug, Clone)]
pub struct Stated {
    /// Their name.
    pub name: String,
    /// Their NIHDI number, 11 digits.
    pub nihdi_number: Option<String>,
    /// What counts of them.
    pub member: Member,
}

/// A version of what is said of a member.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// What was stated.
    pub stated: Stated,
    /// Counts the changes, from 1.
    pub version: i32,
    /// Whether the member was entered in error.
    pub withdrawn: bool,
    /// Why it was corrected or withdrawn.
    pub why: Option<String>,
    /// When this was said.
    pub recorded_at: DateTime<Utc>,
    /// By whom.
    pub recorded_by: String,
    /// When something else was said.
    pub replaced_at: Option<DateTime<Utc>>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Text>)]
    nihdi_number: Option<String>,
    #[diesel(sql_type = Text)]
    qualification: String,
    #[diesel(sql_type = Text)]
    employment: String,
    #[diesel(sql_type = Date)]
    entered_service: NaiveDate,
    #[diesel(sql_type = Nullable<Date>)]
    training_proved_on: Option<NaiveDate>,
    #[diesel(sql_type = Bool)]
    withdrawn: bool,
    #[diesel(sql_type = Nullable<Text>)]
    why: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    recorded_at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    recorded_by: String,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    replaced_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Jsonb)]
    assignments: Value,
}

macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT m.id, m.version, m.name, m.nihdi_number, m.qualification, m.employment::text, m.entered_service,
                 m.training_proved_on, m.withdrawn, m.why, m.recorded_at, m.recorded_by, m.replaced_at,
                 coalesce((SELECT jsonb_agg(jsonb_build_object('function', a.function, 'convention', a.convention,
                     'site', a.site_id, 'responsible', a.responsible, 'fte', a.fte::text,
                     'exemptedMinutes', a.exempted_minutes, 'wardCareMinutes', a.ward_care_minutes,
                     'timetable', a.timetable, 'from', a.valid_from, 'to', a.valid_to) ORDER BY a.number)
                   FROM insula.team_assignments a WHERE a.member_id = m.id AND a.member_version = m.version), '[]') AS assignments
             FROM insula.team_members m WHERE m.hospital = $1 AND ",
            $where
        )
    };
}

impl Row {
    fn read(self) -> Result<Recorded, DbError> {
        let row = format!("{}, version {}", self.id, self.version);
        let inconsistent = |column| DbError::Inconsistent { table: "insula.team_members", column, row: row.clone() };
        let assignments: Vec<Assignment> =
            serde_json::from_value(self.assignments).map_err(|_| inconsistent("assignments"))?;
        let member = Member {
            id: self.id,
            qualification: Qualification::from_name(&self.qualification)
                .ok_or_else(|| inconsistent("qualification"))?,
            employment: self.employment.parse().map_err(|_| inconsistent("employment"))?,
            entered_service: self.entered_service,
            training_proved_on: self.training_proved_on,
            assignments,
        };
        Ok(Recorded {
            stated: Stated { name: self.name, nihdi_number: self.nihdi_number, member },
            version: self.version,
            withdrawn: self.withdrawn,
            why: self.why,
            recorded_at: self.recorded_at,
            recorded_by: self.recorded_by,
            replaced_at: self.replaced_at,
        })
    }
}

/// STF-12: the team as it was said to be at an instant; as it is said to be now when there is none.
pub fn team(tx: &mut Tx, hospital: &str, known_at: Option<DateTime<Utc>>) -> Result<Vec<Recorded>, Stop> {
    let query = diesel::sql_query(select!(
        "NOT m.withdrawn AND CASE WHEN $2 IS NULL THEN m.replaced_at IS NULL
             ELSE m.recorded_at <= $2 AND (m.replaced_at IS NULL OR m.replaced_at > $2) END
         ORDER BY m.name, m.id"
    ))
    .bind::<Text, _>(hospital)
    .bind::<Nullable<Timestamptz>, _>(known_at);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    Ok(rows.into_iter().map(Row::read).collect::<Result<_, _>>()?)
}

/// Every version of what was said of a member, the latest first (STF-12).
pub fn versions(tx: &mut Tx, hospital: &str, id: Uuid) -> Result<Vec<Recorded>, Stop> {
    let query = diesel::sql_query(select!("m.id = $2 ORDER BY m.version DESC"))
        .bind::<Text, _>(hospital)
        .bind::<SqlUuid, _>(id);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    if rows.is_empty() {
        return Err(Stop::NotFound);
    }
    Ok(rows.into_iter().map(Row::read).collect::<Result<_, _>>()?)
}

/// What is said of a member now.
pub fn member(tx: &mut Tx, hospital: &str, id: Uuid) -> Result<Recorded, Stop> {
    let query = diesel::sql_query(select!("m.id = $2 AND m.replaced_at IS NULL AND NOT m.withdrawn"))
        .bind::<Text, _>(hospital)
        .bind::<SqlUuid, _>(id);
    let row: Option<Row> = Constant(query).get_result(tx.conn).optional()?;
    Ok(row.ok_or(Stop::NotFound)?.read()?)
}

/// Enters a member.
pub fn enter(tx: &mut Tx, hospital: &str, stated: Stated) -> Result<Recorded, Stop> {
    write(tx, hospital, stated, 1, false, None, "enterTeamMember")
}

/// Says something else of a member; what was said stays (STF-12). `if_match` is the version that was seen.
pub fn replace(
    tx: &mut Tx,
    hospital: &str,
    stated: Stated,
    if_match: i32,
    why: Option<String>,
) -> Result<Recorded, Stop> {
    let id = stated.member.id;
    put_aside(tx, hospital, id, if_match)?;
    write(tx, hospital, stated, if_match + 1, false, why, "correctTeamMember")
}

/// Says that a member was entered in error: it never held.
pub fn withdraw(tx: &mut Tx, hospital: &str, id: Uuid, if_match: i32, why: String) -> Result<Recorded, Stop> {
    let said = member(tx, hospital, id)?;
    put_aside(tx, hospital, id, if_match)?;
    write(tx, hospital, said.stated, if_match + 1, true, Some(why), "withdrawTeamMember")
}

/// Closes the version that was seen.
fn put_aside(tx: &mut Tx, hospital: &str, id: Uuid, if_match: i32) -> Result<(), Stop> {
    #[derive(QueryableByName)]
    struct Seen {
        #[diesel(sql_type = Bool)]
        present: bool,
    }
    let query = diesel::sql_query(
        "SELECT version = $3 AS present FROM insula.team_members
         WHERE hospital = $1 AND id = $2 AND replaced_at IS NULL AND NOT withdrawn FOR UPDATE",
    )
    .bind::<Text, _>(hospital)
    .bind::<SqlUuid, _>(id)
    .bind::<Integer, _>(if_match);
    let seen: Option<Seen> = Constant(query).get_result(tx.conn).optional()?;
    if !seen.ok_or(Stop::NotFound)?.present {
        return Err(Stop::Stale);
    }
    let query = diesel::sql_query(
        // Another replica's clock may be a little ahead of this one's.
        "WITH aside AS (UPDATE insula.team_members SET replaced_at = greatest($3, recorded_at)
             WHERE hospital = $1 AND id = $2 AND replaced_at IS NULL RETURNING id, version)
         UPDATE insula.team_assignments a SET present = false FROM aside
         WHERE a.member_id = aside.id AND a.member_version = aside.version",
    )
    .bind::<Text, _>(hospital)
    .bind::<SqlUuid, _>(id)
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    Ok(())
}

/// Writes a version with its assignments and its event of the trail, in one statement.
fn write(
    tx: &mut Tx,
    hospital: &str,
    stated: Stated,
    version: i32,
    withdrawn: bool,
    why: Option<String>,
    action: &str,
) -> Result<Recorded, Stop> {
    let member = &stated.member;
    let assignments = serde_json::to_value(&member.assignments).map_err(|error| DbError::Other(error.to_string()))?;
    // Who it is stays in the register (SYS-01); what they do is told, so that the register can be told again.
    let details = json!({"hospital": hospital, "version": version, "withdrawn": withdrawn,
        "qualification": member.qualification, "employment": member.employment, "enteredService": member.entered_service,
        "trainingProvedOn": member.training_proved_on, "assignments": assignments});
    let event = trail::event(tx, action, &format!("teamMember:{}", member.id), &details)?;
    let query = diesel::sql_query(
        "WITH said AS (INSERT INTO insula.team_members (id, version, hospital, name, nihdi_number, qualification, employment,
               entered_service, training_proved_on, withdrawn, why, recorded_at, recorded_by)
           VALUES ($1, $2, $3, $4, $5, $6, $7::numeric, $8, $9, $10, $11, $12, insula.person())),
         does AS (INSERT INTO insula.team_assignments (member_id, member_version, number, hospital, qualification, function,
               convention, site_id, responsible, fte, exempted_minutes, ward_care_minutes, timetable, valid_from, valid_to, present)
           SELECT $1, $2, a.number - 1, $3, $6, a.one ->> 'function', a.one ->> 'convention', (a.one ->> 'site')::uuid,
               (a.one ->> 'responsible')::boolean, (a.one ->> 'fte')::numeric, (a.one ->> 'exemptedMinutes')::integer,
               (a.one ->> 'wardCareMinutes')::integer, a.one -> 'timetable', (a.one ->> 'from')::date,
               (a.one ->> 'to')::date, NOT $10
           FROM jsonb_array_elements($13) WITH ORDINALITY AS a (one, number))
         INSERT INTO trail.events (id, body, mac) VALUES ($14, $15, $16)",
    )
    .bind::<SqlUuid, _>(member.id)
    .bind::<Integer, _>(version)
    .bind::<Text, _>(hospital)
    .bind::<Text, _>(&stated.name)
    .bind::<Nullable<Text>, _>(&stated.nihdi_number)
    .bind::<Text, _>(member.qualification.name())
    .bind::<Text, _>(member.employment.to_string())
    .bind::<Date, _>(member.entered_service)
    .bind::<Nullable<Date>, _>(member.training_proved_on)
    .bind::<Bool, _>(withdrawn)
    .bind::<Nullable<Text>, _>(&why)
    .bind::<Timestamptz, _>(tx.now)
    .bind::<Jsonb, _>(&assignments)
    .bind::<SqlUuid, _>(event.id)
    .bind::<Text, _>(event.body)
    .bind::<diesel::sql_types::Binary, _>(event.mac);
    Constant(query).execute(tx.conn)?;
    let recorded_by = tx.call.actor.person.clone();
    Ok(Recorded { stated, version, withdrawn, why, recorded_at: tx.now, recorded_by, replaced_at: None })
}
