//! Conventions as INAMI enters them, and what becomes of them (CON-01, CON-05, CON-06).

use chrono::NaiveDate;
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Bool, Date, Integer, Nullable, Text, Timestamptz},
};
use insula_domain::{
    convention::{
        number::Number,
        term::{Denunciation, End, Term},
    },
    names::{ConventionEnd, ConventionKind, ConventionParty},
    refusal::{Fault, Reason},
    rule::RuleId,
};
use serde_json::json;

use crate::{
    db::Tx,
    error::{DbError, Stop},
    sql::Constant,
    trail,
};

/// A convention as it is entered.
#[derive(Debug, Clone)]
pub struct Convention {
    /// What is said of it, with its own end alone.
    pub term: Term,
    /// The letter that denounced it, when one did.
    pub denunciation: Option<Denunciation>,
    /// Counts the changes, from 1.
    pub version: i32,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    hospital: String,
    #[diesel(sql_type = Date)]
    valid_from: NaiveDate,
    #[diesel(sql_type = Nullable<Date>)]
    last_day: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Text>)]
    ended_because: Option<String>,
    #[diesel(sql_type = Bool)]
    new_establishment: bool,
    #[diesel(sql_type = Nullable<Date>)]
    denounced_on: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Text>)]
    denounced_by: Option<String>,
    #[diesel(sql_type = Integer)]
    version: i32,
}

macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT number, kind, hospital, valid_from, last_day, ended_because, new_establishment, denounced_on, denounced_by,
                 version
             FROM insula.conventions WHERE ",
            $where
        )
    };
}

impl Row {
    fn read(self) -> Result<Convention, DbError> {
        let row = self.number.clone();
        let inconsistent = |column| DbError::Inconsistent { table: "insula.conventions", column, row: row.clone() };
        let kind = ConventionKind::from_name(&self.kind).ok_or_else(|| inconsistent("kind"))?;
        let end = match (self.last_day, self.ended_because) {
            (Some(last_day), Some(why)) => {
                let why = ConventionEnd::from_name(&why).ok_or_else(|| inconsistent("ended_because"))?;
                Some(End { last_day, why })
            }
            _ => None,
        };
        let denunciation = match (self.denounced_on, self.denounced_by) {
            (Some(sent_on), Some(by)) => {
                let by = ConventionParty::from_name(&by).ok_or_else(|| inconsistent("denounced_by"))?;
                Some(Denunciation { sent_on, by })
            }
            _ => None,
        };
        Ok(Convention {
            term: Term {
                number: Number::parse(kind, &self.number).map_err(|_| inconsistent("number"))?,
                hospital: self.hospital.parse().map_err(|_| inconsistent("hospital"))?,
                from: self.valid_from,
                end,
                new_establishment: self.new_establishment,
            },
            denunciation,
            version: self.version,
        })
    }
}

/// The conventions of a hospital, by kind and first day.
pub fn conventions(tx: &mut Tx, hospital: &str) -> Result<Vec<Convention>, Stop> {
    let query = diesel::sql_query(select!("hospital = $1 ORDER BY kind, valid_from")).bind::<Text, _>(hospital);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    Ok(rows.into_iter().map(Row::read).collect::<Result<_, _>>()?)
}

/// A convention of a hospital, if it is entered, and all the others, locked until the transaction ends: none of them changes
/// meanwhile.
fn with_others(tx: &mut Tx, hospital: &str, number: &Number) -> Result<(Option<Convention>, Vec<Term>), Stop> {
    // One at a time: a convention is judged beside the others of its hospital, and those of that number.
    let lock = diesel::sql_query("SELECT FROM insula.hospitals WHERE number = $1 FOR UPDATE").bind::<Text, _>(hospital);
    if Constant(lock).execute(tx.conn)? == 0 {
        return Err(Stop::NotFound);
    }
    let query = diesel::sql_query(select!("hospital = $1 OR number = $2"))
        .bind::<Text, _>(hospital)
        .bind::<Text, _>(number.as_str());
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let read: Vec<Convention> = rows.into_iter().map(Row::read).collect::<Result<_, _>>()?;
    let own = |one: &Convention| one.term.number == *number && one.term.hospital.as_str() == hospital;
    let (found, others): (Vec<_>, Vec<_>) = read.into_iter().partition(own);
    Ok((found.into_iter().next(), others.into_iter().map(|one| one.term).collect()))
}

/// CON-01, CON-05: enters a convention, or changes it when `if_match` names the version that was seen.
pub fn put(tx: &mut Tx, term: Term, if_match: Option<i32>) -> Result<Convention, Stop> {
    let (present, others) = with_others(tx, term.hospital.as_str(), &term.number)?;
    match (&present, if_match) {
        (Some(present), Some(version)) if present.version == version => {}
        (None, None) => {}
        _ => return Err(Stop::Stale),
    }
    let faults = term.faults(&others);
    if !faults.is_empty() {
        return Err(faults.into());
    }
    // A letter that was sent stays sent, whatever else is corrected: its notice ends the convention still (CON-05).
    let denunciation = present.as_ref().and_then(|present| present.denunciation);
    let term = match denunciation {
        Some(letter) => term.denounce(letter, &others).map_err(Stop::from)?,
        None => term,
    };
    let before = present.as_ref().map(|present| shown(&present.term));
    let convention = Convention { term, denunciation, version: if_match.unwrap_or_default() + 1 };
    let action = if before.is_some() { "change" } else { "create" };
    write(tx, &convention, action, before)?;
    Ok(convention)
}

/// CON-05: notes the letter that denounces a convention, and the end it brings.
pub fn denounce(
    tx: &mut Tx,
    hospital: &str,
    number: &Number,
    denunciation: Denunciation,
    if_match: i32,
) -> Result<(Convention, Vec<Term>), Stop> {
    let (present, others) = with_others(tx, hospital, number)?;
    let present = present.ok_or(Stop::NotFound)?;
    if present.version != if_match {
        return Err(Stop::Stale);
    }
    let before = Some(shown(&present.term));
    let term = present.term.denounce(denunciation, &others).map_err(Stop::from)?;
    // The letter that stands is the one whose notice ends first.
    let earlier = present.denunciation.into_iter().chain([denunciation]).min_by_key(Denunciation::last_day);
    let convention = Convention { term, denunciation: earlier, version: present.version + 1 };
    write(tx, &convention, "denounce", before)?;
    Ok((convention, others))
}

fn shown(term: &Term) -> serde_json::Value {
    json!({"from": term.from, "lastDay": term.end.map(|end| end.last_day), "endedBecause": term.end.map(|end| end.why),
        "newEstablishment": term.new_establishment})
}

fn write(tx: &mut Tx, convention: &Convention, action: &str, before: Option<serde_json::Value>) -> Result<(), Stop> {
    let term = &convention.term;
    let details = json!({"before": before, "after": shown(term), "version": convention.version,
        "denouncedOn": convention.denunciation.map(|letter| letter.sent_on),
        "denouncedBy": convention.denunciation.map(|letter| letter.by)});
    let event = trail::event(tx, action, &format!("convention:{}", term.number.as_str()), &details)?;
    let query = diesel::sql_query(
        "WITH said AS (INSERT INTO insula.conventions (number, kind, hospital, valid_from, last_day, ended_because,
               new_establishment, denounced_on, denounced_by, version, updated_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
           ON CONFLICT (number) DO UPDATE SET valid_from = $4, last_day = $5, ended_because = $6, new_establishment = $7,
               denounced_on = $8, denounced_by = $9, version = $10, updated_at = $11
             WHERE conventions.hospital = $3 RETURNING 1)
         INSERT INTO trail.events (id, body, mac) SELECT $12, $13, $14 FROM said RETURNING 1",
    )
    .bind::<Text, _>(term.number.as_str())
    .bind::<Text, _>(term.kind().name())
    .bind::<Text, _>(term.hospital.as_str())
    .bind::<Date, _>(term.from)
    .bind::<Nullable<Date>, _>(term.end.map(|end| end.last_day))
    .bind::<Nullable<Text>, _>(term.end.map(|end| end.why.name()))
    .bind::<Bool, _>(term.new_establishment)
    .bind::<Nullable<Date>, _>(convention.denunciation.map(|letter| letter.sent_on))
    .bind::<Nullable<Text>, _>(convention.denunciation.map(|letter| letter.by.name()))
    .bind::<Integer, _>(convention.version)
    .bind::<Timestamptz, _>(tx.now)
    .bind::<diesel::sql_types::Uuid, _>(event.id)
    .bind::<Text, _>(event.body)
    .bind::<diesel::sql_types::Binary, _>(event.mac);
    if Constant(query).execute(tx.conn)? == 0 {
        return Err(Stop::Stale);
    }
    Ok(())
}

/// What a constraint of conventions says, as the rule says it: of two entered at once, the second.
pub(crate) fn named(constraint: &str) -> Option<Fault> {
    (constraint == "one_convention_at_a_time").then(|| Fault::new("from", Reason::ConventionInForce, RuleId::Con01))
}
