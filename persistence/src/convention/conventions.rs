//! Conventions as INAMI enters them, and the hospitals that successively hold them (CON-01 to CON-06).

use chrono::NaiveDate;
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, Bool, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    convention::{
        granted::Cut,
        holder::{Convention, Holder},
        number::ConventionNumber,
        term::{Denunciation, End, Term},
    },
    identifier::HospitalNumber,
    names::{ConventionEnd, ConventionKind, ConventionParty},
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    convention::{coverage::cuts, demergers},
    error::{DbError, Stop},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// A convention as held by one hospital.
#[derive(Debug, Clone)]
pub struct Held {
    /// Its days with this hospital, limited only by its own end.
    pub term: Term,
    /// The letter that denounced it, if any.
    pub denunciation: Option<Denunciation>,
    /// Counts the changes of the convention, from 1.
    pub version: i32,
}

/// A convention with all its holders.
#[derive(Debug, Clone)]
pub struct Entered {
    /// The convention.
    pub convention: Convention,
    /// Counts the changes, from 1.
    pub version: i32,
}

/// A convention and one of its holders.
#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Date)]
    valid_from: NaiveDate,
    #[diesel(sql_type = Nullable<Date>)]
    agreed_last_day: Option<NaiveDate>,
    #[diesel(sql_type = Bool)]
    new_establishment: bool,
    #[diesel(sql_type = Nullable<Date>)]
    denounced_on: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Text>)]
    denounced_by: Option<String>,
    #[diesel(sql_type = Nullable<Date>)]
    cut_to: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Text>)]
    cut_because: Option<String>,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Text)]
    hospital: String,
    #[diesel(sql_type = Integer)]
    ordinal: i32,
    #[diesel(sql_type = Date)]
    held_from: NaiveDate,
    #[diesel(sql_type = Nullable<Date>)]
    held_to: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Text>)]
    ends_because: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    merger: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    merger_kind: Option<String>,
}

macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT c.number, c.kind, c.valid_from, c.agreed_last_day, c.new_establishment, c.denounced_on,
                 c.denounced_by, c.cut_to, c.cut_because, c.version, h.hospital, h.ordinal, h.held_from, h.held_to,
                 h.ends_because, h.merger, m.kind AS merger_kind
             FROM insula.conventions c JOIN insula.convention_holders h USING (number)
             LEFT JOIN insula.mergers m ON m.id = h.merger ",
            $where
        )
    };
}

impl Row {
    fn inconsistent(&self, column: &'static str) -> DbError {
        DbError::inconsistent("insula.conventions", column, &self.number)
    }

    fn number(&self) -> Result<ConventionNumber, DbError> {
        let kind = ConventionKind::from_name(&self.kind).ok_or_else(|| self.inconsistent("kind"))?;
        ConventionNumber::parse(kind, &self.number).map_err(|_| self.inconsistent("number"))
    }

    fn hospital(&self) -> Result<HospitalNumber, DbError> {
        self.hospital.parse().map_err(|_| self.inconsistent("hospital"))
    }

    fn end(
        &self,
        last_day: Option<NaiveDate>,
        why: Option<&str>,
        column: &'static str,
    ) -> Result<Option<End>, DbError> {
        match (last_day, why.map(ConventionEnd::from_name)) {
            (None, None) => Ok(None),
            (Some(last_day), Some(Some(why))) => Ok(Some(End { last_day, why })),
            _ => Err(self.inconsistent(column)),
        }
    }

    fn letter(&self) -> Result<Option<Denunciation>, DbError> {
        match (self.denounced_on, self.denounced_by.as_deref().map(ConventionParty::from_name)) {
            (None, None) => Ok(None),
            (Some(sent_on), Some(Some(by))) => Ok(Some(Denunciation { sent_on, by })),
            _ => Err(self.inconsistent("denounced_by")),
        }
    }

    fn held(&self) -> Result<Held, DbError> {
        Ok(Held {
            term: Term {
                number: self.number()?,
                hospital: self.hospital()?,
                from: self.valid_from,
                taken_over: (self.ordinal > 0).then_some(self.held_from),
                end: self.end(self.held_to, self.ends_because.as_deref(), "ends_because")?,
                new_establishment: self.new_establishment,
            },
            denunciation: self.letter()?,
            version: self.version,
        })
    }

    fn concluded(&self) -> Result<Entered, DbError> {
        Ok(Entered {
            convention: Convention {
                number: self.number()?,
                hospital: self.hospital()?,
                from: self.valid_from,
                agreed_last_day: self.agreed_last_day,
                new_establishment: self.new_establishment,
                letter: self.letter()?,
                cut: self.end(self.cut_to, self.cut_because.as_deref(), "cut_because")?,
                holders: Vec::new(),
            },
            version: self.version,
        })
    }

    fn holder(&self) -> Result<Holder, DbError> {
        let merger = self.merger.ok_or_else(|| self.inconsistent("merger"))?;
        let why = match self.merger_kind.as_deref() {
            Some("merger") => ConventionEnd::Merged,
            Some("demerger") => ConventionEnd::Demerged,
            _ => return Err(self.inconsistent("merger")),
        };
        Ok(Holder { hospital: self.hospital()?, from: self.held_from, why, merger })
    }
}

/// A hospital's past, present and future conventions, by kind and first day.
pub fn conventions(tx: &mut Tx, hospital: HospitalNumber) -> Result<Vec<Held>, Stop> {
    let query = diesel::sql_query(select!("WHERE h.hospital = $1 ORDER BY c.kind, h.held_from, c.number"))
        .bind::<Text, _>(hospital.as_str());
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    Ok(rows.iter().map(Row::held).collect::<Result<_, _>>()?)
}

/// All conventions as held by each hospital; in Insula's own scope.
pub fn of_all(tx: &mut Tx) -> Result<Vec<Term>, Stop> {
    let query = diesel::sql_query(select!("ORDER BY c.number, h.ordinal"));
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    Ok(rows.iter().map(|row| Ok(row.held()?.term)).collect::<Result<_, DbError>>()?)
}

/// All conventions of all hospitals; in Insula's own scope.
pub fn all(tx: &mut Tx) -> Result<Vec<Convention>, Stop> {
    Ok(entered(tx)?.into_iter().map(|one| one.convention).collect())
}

/// All conventions of all hospitals, locked until the transaction ends. The lock serialises INAMI's changes, because
/// each convention is checked against all others; there are about two per hospital.
pub(crate) fn all_locked(tx: &mut Tx) -> Result<Vec<Entered>, Stop> {
    let lock = diesel::sql_query("SELECT pg_advisory_xact_lock(hashtext('insula.conventions'))");
    Constant(lock).execute(tx.conn)?;
    entered(tx)
}

fn entered(tx: &mut Tx) -> Result<Vec<Entered>, Stop> {
    let query = diesel::sql_query(select!("ORDER BY c.number, h.ordinal"));
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let mut entered: Vec<Entered> = Vec::new();
    for row in rows {
        match entered.last_mut().filter(|_| row.ordinal > 0) {
            Some(last) => last.convention.holders.push(row.holder()?),
            None => entered.push(row.concluded()?),
        }
    }
    Ok(entered)
}

/// Splits off the convention of that number, if it was, is or will be held by that hospital, from the others.
fn split(all: Vec<Entered>, hospital: HospitalNumber, number: ConventionNumber) -> (Option<Entered>, Vec<Convention>) {
    let own = |one: &Entered| one.convention.number == number && one.convention.is_of(hospital);
    let (found, others): (Vec<_>, Vec<_>) = all.into_iter().partition(own);
    (found.into_iter().next(), others.into_iter().map(|one| one.convention).collect())
}

/// CON-01, CON-05: enters a convention of a hospital, or changes it if `if_match` is its current version. Letter, cut
/// and holders of `stated` are ignored: they stay as they are.
pub fn put(tx: &mut Tx, hospital: HospitalNumber, stated: &Convention, if_match: Option<i32>) -> Result<(), Stop> {
    let (present, others) = split(all_locked(tx)?, hospital, stated.number);
    match (&present, if_match) {
        (Some(present), Some(version)) if present.version == version => {}
        (None, None) => {}
        _ => return Err(Stop::Stale),
    }
    let convention = match &present {
        Some(present) => Convention {
            from: stated.from,
            agreed_last_day: stated.agreed_last_day,
            new_establishment: stated.new_establishment,
            ..present.convention.clone()
        },
        None => stated.clone(),
    };
    let mut faults = convention.faults(&others);
    if present.is_none() && convention.kind() == ConventionKind::Pump {
        faults.extend(demergers::too_early(tx, hospital, convention.from)?);
    }
    if !faults.is_empty() {
        return Err(faults.into());
    }
    write(tx, &convention, present.as_ref(), Action::Put)?;
    let before: Vec<Convention> = present.map(|present| present.convention).into_iter().chain(others.clone()).collect();
    let cuts = cuts::cuts(tx, &before, &[&[convention][..], &others].concat())?;
    cuts::carry_out(tx, &cuts)
}

/// What a letter that denounces a convention leads to (CON-05).
pub struct Denounced {
    /// The convention as it is then.
    pub convention: Convention,
    /// What it changes of the periods granted under it (COV-07).
    pub cuts: Vec<Cut>,
    present: Entered,
    others: Vec<Convention>,
}

impl Denounced {
    /// CON-06: the terms of the hospital's conventions as they are then, and which of them is the last of this one.
    #[must_use]
    pub fn held_by(&self, hospital: HospitalNumber) -> (Vec<Term>, Option<Held>) {
        let own =
            |one: &Convention| one.terms().into_iter().filter(|term| term.hospital == hospital).collect::<Vec<_>>();
        let terms: Vec<Term> = [&self.convention].into_iter().chain(&self.others).flat_map(own).collect();
        let (denunciation, version) = (self.convention.letter, self.present.version + 1);
        let held = own(&self.convention).pop().map(|term| Held { term, denunciation, version });
        (terms, held)
    }
}

/// CON-05: plans a denunciation on the current conventions; of a convention in this version, if one is named.
pub fn denounced(
    tx: &mut Tx,
    hospital: HospitalNumber,
    number: ConventionNumber,
    letter: Denunciation,
    if_match: Option<i32>,
) -> Result<Denounced, Stop> {
    let (present, others) = split(all_locked(tx)?, hospital, number);
    let present = present.ok_or(Stop::NotFound)?;
    if if_match.is_some_and(|version| version != present.version) {
        return Err(Stop::Stale);
    }
    let convention = present.convention.denounce(letter, &others).map_err(Stop::from)?;
    let with = |own: &Convention| [std::slice::from_ref(own), &others].concat();
    let cuts = cuts::cuts(tx, &with(&present.convention), &with(&convention))?;
    Ok(Denounced { convention, cuts, present, others })
}

/// CON-05: records the letter that denounces a convention, the resulting end, and what that changes of periods.
pub fn denounce(tx: &mut Tx, denounced: &Denounced) -> Result<(), Stop> {
    write(tx, &denounced.convention, Some(&denounced.present), Action::Denounce)?;
    cuts::carry_out(tx, &denounced.cuts)
}

fn shown(convention: &Convention) -> serde_json::Value {
    let end = convention.end();
    json!({"hospital": convention.hospital, "from": convention.from, "lastDay": end.map(|end| end.last_day),
        "endedBecause": end.map(|end| end.why), "newEstablishment": convention.new_establishment,
        "denouncedOn": convention.letter.map(|letter| letter.sent_on),
        "denouncedBy": convention.letter.map(|letter| letter.by), "holders": convention.holders})
}

/// Writes a convention, its holders and the event: two statements, three if there are fewer holders than before.
pub(crate) fn write(
    tx: &mut Tx,
    convention: &Convention,
    present: Option<&Entered>,
    action: Action,
) -> Result<(), Stop> {
    let version = present.map_or(0, |present| present.version) + 1;
    let number = convention.number.as_str();
    let details = json!({"before": present.map(|present| shown(&present.convention)), "after": shown(convention),
        "version": version});
    let event = trail::event(tx, action, &format!("convention:{number}"), &details)?;
    let query = diesel::sql_query(
        "WITH said AS (INSERT INTO insula.conventions (number, kind, valid_from, agreed_last_day, new_establishment,
               denounced_on, denounced_by, cut_to, cut_because, version, updated_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
           ON CONFLICT (number) DO UPDATE SET valid_from = $3, agreed_last_day = $4, new_establishment = $5,
               denounced_on = $6, denounced_by = $7, cut_to = $8, cut_because = $9, version = $10, updated_at = $11
           RETURNING 1)
         INSERT INTO trail.events (id, body, mac) SELECT $12, $13, $14 FROM said RETURNING 1",
    )
    .bind::<Text, _>(number)
    .bind::<Text, _>(convention.kind().name())
    .bind::<Date, _>(convention.from)
    .bind::<Nullable<Date>, _>(convention.agreed_last_day)
    .bind::<Bool, _>(convention.new_establishment)
    .bind::<Nullable<Date>, _>(convention.letter.map(|letter| letter.sent_on))
    .bind::<Nullable<Text>, _>(convention.letter.map(|letter| letter.by.name()))
    .bind::<Nullable<Date>, _>(convention.cut.map(|end| end.last_day))
    .bind::<Nullable<Text>, _>(convention.cut.map(|end| end.why.name()))
    .bind::<Integer, _>(version)
    .bind::<Timestamptz, _>(tx.now)
    .bind::<SqlUuid, _>(event.id)
    .bind::<Text, _>(event.body)
    .bind::<diesel::sql_types::Binary, _>(event.mac);
    Constant(query).execute(tx.conn)?;
    let terms = convention.terms();
    if present.is_some_and(|present| present.convention.holders.len() > convention.holders.len()) {
        // Only the withdrawal of a merger removes holders.
        let query =
            diesel::sql_query("DELETE FROM insula.convention_holders WHERE number = $1 AND ordinal >= $2 RETURNING 1")
                .bind::<Text, _>(number)
                .bind::<Integer, _>(i32::try_from(terms.len()).unwrap_or(i32::MAX));
        Constant(query).execute(tx.conn)?;
    }
    let mergers = [None].into_iter().chain(convention.holders.iter().map(|holder| Some(holder.merger)));
    let query = diesel::sql_query(
        "INSERT INTO insula.convention_holders (number, ordinal, kind, hospital, held_from, held_to, ends_because,
            merger)
         SELECT $1, ordinal - 1, $2, hospital, held_from, held_to, ends_because, merger
         FROM unnest($3, $4, $5, $6, $7) WITH ORDINALITY
             AS held (hospital, held_from, held_to, ends_because, merger, ordinal) ORDER BY ordinal
         ON CONFLICT (number, ordinal) DO UPDATE SET held_from = excluded.held_from, held_to = excluded.held_to,
             ends_because = excluded.ends_because RETURNING 1",
    )
    .bind::<Text, _>(number)
    .bind::<Text, _>(convention.kind().name())
    .bind::<Array<Text>, _>(terms.iter().map(|term| term.hospital.to_string()).collect::<Vec<_>>())
    .bind::<Array<Date>, _>(terms.iter().map(|term| term.span().from).collect::<Vec<_>>())
    .bind::<Array<Nullable<Date>>, _>(terms.iter().map(|term| term.span().to).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(terms.iter().map(|term| term.end.map(|end| end.why.name())).collect::<Vec<_>>())
    .bind::<Array<Nullable<SqlUuid>>, _>(mergers.collect::<Vec<_>>());
    Constant(query).execute(tx.conn)?;
    Ok(())
}
