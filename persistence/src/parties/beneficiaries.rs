//! Beneficiaries: the vault (BEN-01 to BEN-04). The database stores identities encrypted, and keyed hashes by which
//! they are found.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Array, Binary, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    clock::brussels_day,
    identifier::InsurerNumber,
    ids::BeneficiaryId,
    parties::{
        affiliation::{self, Affiliation},
        beneficiary::{IdentificationCode, Identity, Life, NationalNumber, Sex},
    },
    refusal::{Candidate, Fault, Reason, Refusal, Rejection},
    rule::RuleId,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::affiliations;
use crate::{
    error::{DbError, Stop},
    keys::{INDEX_VERSION, Keys},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// A person as one hospital knows them.
#[derive(Clone)]
pub struct Beneficiary {
    /// Their identifier at this hospital.
    pub id: BeneficiaryId,
    /// Counts every change, from 1.
    pub version: i32,
    /// Who they are.
    pub identity: Identity,
    /// The code generated for a person without national number (BEN-02).
    pub identification_code: Option<String>,
    /// With which insurer, from when to when (BEN-05).
    pub affiliations: Vec<Affiliation>,
    /// When they were entered.
    pub created_at: DateTime<Utc>,
    /// When they were last changed.
    pub updated_at: DateTime<Utc>,
}

/// The caller's decision about a likely duplicate (BEN-03).
#[derive(Debug, Clone, Default)]
pub struct SamePerson {
    /// It is the person with this identification code.
    pub same_as: Option<String>,
    /// It is none of the known persons.
    pub different_confirmed: bool,
}

/// An identity as stored, encrypted, in the vault.
#[derive(Serialize, Deserialize)]
pub(crate) struct Stored {
    niss: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    birth_date: Option<NaiveDate>,
    sex: Option<Sex>,
    deceased: Option<bool>,
    death_date: Option<NaiveDate>,
    residence_place: Option<String>,
    residence_country: Option<String>,
}

fn location(id: Uuid) -> String {
    format!("beneficiaries|identity|{id}")
}

impl From<&Identity> for Stored {
    fn from(identity: &Identity) -> Stored {
        Stored {
            niss: identity.niss.as_ref().map(|niss| niss.expose().to_owned()),
            first_name: identity.first_name.clone(),
            last_name: identity.last_name.clone(),
            birth_date: identity.birth_date,
            sex: identity.sex,
            deceased: identity.deceased,
            death_date: identity.death_date,
            residence_place: identity.residence_place.clone(),
            residence_country: identity.residence_country.clone(),
        }
    }
}

impl Stored {
    pub(crate) fn identity(self) -> Result<Identity, DbError> {
        let niss = self.niss.map(|text| NationalNumber::parse(&text)).transpose().map_err(|_| DbError::Sealed)?;
        Ok(Identity {
            no_niss_confirmed: niss.is_none(),
            niss,
            first_name: self.first_name,
            last_name: self.last_name,
            birth_date: self.birth_date,
            sex: self.sex,
            deceased: self.deceased,
            death_date: self.death_date,
            residence_place: self.residence_place,
            residence_country: self.residence_country,
        })
    }
}

fn seal_identity(keys: &Keys, id: Uuid, identity: &Identity) -> Result<(Vec<u8>, i32), DbError> {
    let plain = serde_json::to_vec(&Stored::from(identity)).map_err(|_| DbError::Sealed)?;
    keys.seal(&location(id), &plain)
}

pub(crate) fn open_identity(keys: &Keys, id: Uuid, sealed: &[u8], version: i32) -> Result<Identity, DbError> {
    let plain = keys.open(&location(id), sealed, version)?;
    serde_json::from_slice::<Stored>(&plain).map_err(|_| DbError::Sealed)?.identity()
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Binary)]
    identity: Vec<u8>,
    #[diesel(sql_type = Integer)]
    key_version: i32,
    #[diesel(sql_type = Nullable<Text>)]
    identification_code: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    updated_at: DateTime<Utc>,
}

impl Row {
    fn open(self, keys: &Keys, affiliations: Vec<Affiliation>) -> Result<Beneficiary, DbError> {
        Ok(Beneficiary {
            identity: open_identity(keys, self.id, &self.identity, self.key_version)?,
            id: BeneficiaryId(self.id),
            version: self.version,
            identification_code: self.identification_code,
            affiliations,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

macro_rules! columns {
    () => {
        "b.id, b.version, b.identity, b.key_version, vault.identification_code(b.person_id) AS identification_code,
         b.created_at, b.updated_at"
    };
}

/// Keeps the version that `b` has written, and returns it.
macro_rules! keep_version {
    () => {
        concat!(
            "kept AS (INSERT INTO vault.beneficiary_versions
                 (beneficiary_id, version, hospital, person_id, identity, key_version, changed_by, changed_at)
               SELECT id, version, hospital, person_id, identity, key_version, insula.person(), updated_at FROM b)
             SELECT ",
            columns!(),
            " FROM b"
        )
    };
}

#[derive(QueryableByName)]
struct PersonRow {
    #[diesel(sql_type = SqlUuid)]
    person_id: Uuid,
}

#[derive(QueryableByName)]
struct CandidateRow {
    #[diesel(sql_type = SqlUuid)]
    person_id: Uuid,
    #[diesel(sql_type = Text)]
    identification_code: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    beneficiary_id: Option<Uuid>,
}

/// Enters a beneficiary, affiliated with the insurer from the beginning and without end (BEN-05). A known national
/// number yields [`Stop::Exists`]; a likely duplicate without one is refused until the caller decides about it
/// (BEN-03).
pub fn create(
    tx: &mut Tx,
    identity: &Identity,
    insurer: Option<InsurerNumber>,
    same_person: &SamePerson,
) -> Result<Beneficiary, Stop> {
    let person = person_of(tx, identity, same_person)?;
    let id = tx.ids.uuid();
    let (sealed, key_version) = seal_identity(tx.keys, id, identity)?;
    let search = search_keys(tx, identity).map(|[present, _]| present);
    let query = diesel::sql_query(concat!(
        "WITH b AS (INSERT INTO vault.beneficiaries
             (id, hospital, person_id, version, identity, key_version, created_at, updated_at, search_key,
              search_key_version)
           VALUES ($1, insula.organisation(), $2, 1, $4, $5, $6, $6, $7, $8)
           ON CONFLICT ON CONSTRAINT one_beneficiary_per_person DO NOTHING RETURNING *),
         affiliated AS (INSERT INTO vault.affiliations (beneficiary_id, hospital, version, ordinal, insurer)
           SELECT id, hospital, version, 0, $3 FROM b WHERE $3 IS NOT NULL), ",
        keep_version!()
    ))
    .bind::<SqlUuid, _>(id)
    .bind::<SqlUuid, _>(person)
    .bind::<Nullable<Text>, _>(insurer.as_ref().map(InsurerNumber::as_str))
    .bind::<Binary, _>(sealed)
    .bind::<Integer, _>(key_version)
    .bind::<Timestamptz, _>(tx.now)
    .bind::<Nullable<Binary>, _>(&search)
    .bind::<Nullable<Integer>, _>(search.as_ref().map(|_| INDEX_VERSION));
    let row: Option<Row> = Constant(query).get_result(tx.conn).optional().map_err(unknown_insurer)?;
    match row {
        Some(row) => {
            let beneficiary = row.open(tx.keys, insurer.map(Affiliation::always).into_iter().collect())?;
            trail::record(
                tx,
                Action::Create,
                &format!("beneficiary:{id}"),
                &json!({"version": 1, "insurer": insurer}),
            )?;
            Ok(beneficiary)
        }
        None => Err(Stop::Exists(of_person(tx, person)?)),
    }
}

fn unknown_insurer(error: impl Into<Stop>) -> Stop {
    match error.into() {
        Stop::Db(DbError::Constraint(name)) if name == "insurer_known" => {
            vec![Fault::new("insurerNumber", Reason::InsurerUnknown, RuleId::Tra02)].into()
        }
        other => other,
    }
}

fn of_person(tx: &mut Tx, person: Uuid) -> Result<Uuid, Stop> {
    let query = diesel::sql_query(
        "SELECT id AS person_id FROM vault.beneficiaries WHERE hospital = insula.organisation() AND person_id = $1",
    )
    .bind::<SqlUuid, _>(person);
    let row: PersonRow = Constant(query).get_result(tx.conn)?;
    Ok(row.person_id)
}

/// The hashes by which a person without national number is found: the present one, and the one of earlier rows.
fn search_keys(tx: &Tx, identity: &Identity) -> Option<[Vec<u8>; 2]> {
    identity.search_key_texts().map(|texts| texts.map(|text| tx.keys.search_key(&text).to_vec()))
}

/// The person behind an identity: an existing or a new one.
fn person_of(tx: &mut Tx, identity: &Identity, same_person: &SamePerson) -> Result<Uuid, Stop> {
    if let Some(niss) = &identity.niss {
        let query = diesel::sql_query("SELECT vault.person_of_niss($1, $2, $3, $4, $5) AS person_id")
            .bind::<SqlUuid, _>(tx.ids.uuid())
            .bind::<Binary, _>(tx.keys.niss_index(niss).to_vec())
            .bind::<Integer, _>(INDEX_VERSION)
            .bind::<Binary, _>(tx.keys.seed(niss.expose()).to_vec())
            .bind::<Timestamptz, _>(tx.now);
        let row: PersonRow = Constant(query).get_result(tx.conn)?;
        return Ok(row.person_id);
    }
    let [search, former] = search_keys(tx, identity).ok_or_else(|| {
        // The domain has refused such an identity before; this is only a safeguard.
        Rejection::Faulty(vec![Fault::new("niss", Reason::NissOrConfirmation, RuleId::Ben02)])
    })?;
    let query = diesel::sql_query(
        "SELECT d.person_id, d.identification_code, b.id AS beneficiary_id
         FROM (SELECT person_id, identification_code, min(place) AS place FROM
               (SELECT * FROM vault.likely_duplicates($1) WITH ORDINALITY AS p(person_id, identification_code, place)
                UNION ALL
                SELECT * FROM vault.likely_duplicates($2) WITH ORDINALITY AS f(person_id, identification_code, place)) e
               GROUP BY person_id, identification_code) d
         LEFT JOIN vault.beneficiaries b ON b.person_id = d.person_id AND b.hospital = insula.organisation()
         ORDER BY d.place, d.person_id",
    )
    .bind::<Binary, _>(&search)
    .bind::<Binary, _>(&former);
    let known: Vec<CandidateRow> = Constant(query).load(tx.conn)?;
    if let Some(code) = &same_person.same_as {
        // Only a person with the same name, birth date and sex may be confirmed as the same.
        let found = known.iter().find(|row| &row.identification_code == code);
        let fault = || vec![Fault::new("samePersonAs", Reason::PersonUnknown, RuleId::Ben03)];
        return found.map(|row| row.person_id).ok_or_else(|| fault().into());
    }
    if !known.is_empty() && !same_person.different_confirmed {
        let candidates = known
            .into_iter()
            .map(|row| Candidate { identification_code: row.identification_code, beneficiary_id: row.beneficiary_id });
        return Err(Refusal::LikelyDuplicate { candidates: candidates.collect() }.into());
    }
    let code = IdentificationCode::from_random(tx.ids.bytes()).to_string();
    let query = diesel::sql_query("SELECT vault.add_foreign_person($1, $2, $3, $4, $5) AS person_id")
        .bind::<SqlUuid, _>(tx.ids.uuid())
        .bind::<Text, _>(&code)
        .bind::<Integer, _>(INDEX_VERSION)
        .bind::<Binary, _>(tx.keys.seed(&code).to_vec())
        .bind::<Timestamptz, _>(tx.now);
    let row: PersonRow = Constant(query).get_result(tx.conn)?;
    Ok(row.person_id)
}

/// One beneficiary of the caller's hospital, with an event in the trail that their identity was read.
pub fn find(tx: &mut Tx, id: BeneficiaryId) -> Result<Beneficiary, Stop> {
    let event = trail::event(tx, Action::Get, &format!("beneficiary:{id}"), &json!({}))?;
    let query = diesel::sql_query(concat!(
        "WITH found AS (SELECT ",
        columns!(),
        " FROM vault.beneficiaries b WHERE b.id = $1 AND b.hospital = insula.organisation()),
         traced AS (INSERT INTO trail.events (id, body, mac) SELECT $2, $3, $4 FROM found)
         SELECT * FROM found"
    ))
    .bind::<SqlUuid, _>(id.0)
    .bind::<SqlUuid, _>(event.id)
    .bind::<Text, _>(event.body)
    .bind::<Binary, _>(event.mac);
    let row = Constant(query).found(tx.conn)?;
    with_affiliations(tx, row)
}

fn with_affiliations(tx: &mut Tx, row: Row) -> Result<Beneficiary, Stop> {
    let of_row = affiliations::of(tx, &[row.id])?.remove(&row.id);
    Ok(row.open(tx.keys, of_row.unwrap_or_default())?)
}

/// The life of a beneficiary of the caller's hospital, as far as it is known: for a rule, not for a reader, so without an
/// event in the trail. Nothing is known of one that is not of this hospital.
pub fn life(tx: &mut Tx, id: BeneficiaryId) -> Result<Life, Stop> {
    let query = diesel::sql_query(concat!(
        "SELECT ",
        columns!(),
        " FROM vault.beneficiaries b WHERE b.id = $1 AND b.hospital = insula.organisation()"
    ))
    .bind::<SqlUuid, _>(id.0);
    let row: Option<Row> = Constant(query).get_result(tx.conn).optional()?;
    let identity = row.map(|row| open_identity(tx.keys, row.id, &row.identity, row.key_version)).transpose()?;
    Ok(identity.as_ref().map_or_else(Life::default, Life::of))
}

/// The names of these beneficiaries of the caller's hospital, with an event in the trail that they were read.
pub fn names(tx: &mut Tx, ids: &[Uuid]) -> Result<BTreeMap<Uuid, String>, Stop> {
    let query = diesel::sql_query(concat!(
        "SELECT ",
        columns!(),
        " FROM vault.beneficiaries b WHERE b.id = ANY ($1) AND b.hospital = insula.organisation() ORDER BY b.id"
    ))
    .bind::<Array<SqlUuid>, _>(ids);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let found: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    trail::record(tx, Action::Query, "beneficiaries", &json!({"found": found}))?;
    let name = |row: Row| {
        let identity = open_identity(tx.keys, row.id, &row.identity, row.key_version)?;
        let names = [identity.last_name, identity.first_name].into_iter().flatten();
        Ok((row.id, names.collect::<Vec<_>>().join(" ")))
    };
    rows.into_iter().map(name).collect()
}

/// What a query searches by. It is sent in a body, so that no URL contains an identity (BEN-04).
pub enum SearchBy<'a> {
    /// National number.
    Niss(&'a NationalNumber),
    /// Identification code.
    Code(&'a str),
    /// Normalised names, birth date and sex: any of these keys.
    NamesBirthDateSex(&'a [String]),
}

/// The beneficiaries of the caller's hospital that match a query.
pub fn query(tx: &mut Tx, by: &SearchBy) -> Result<Vec<Beneficiary>, Stop> {
    let (index, code, search) = match by {
        SearchBy::Niss(niss) => (Some(tx.keys.niss_index(niss).to_vec()), None, None),
        SearchBy::Code(code) => (None, Some(*code), None),
        SearchBy::NamesBirthDateSex(texts) => {
            let keys: Vec<_> = texts.iter().map(|text| tx.keys.search_key(text).to_vec()).collect();
            (None, None, Some(keys))
        }
    };
    let rows: Vec<Row> = if let Some(search) = search {
        let query = diesel::sql_query(concat!(
            "SELECT ",
            columns!(),
            " FROM vault.beneficiaries b WHERE b.hospital = insula.organisation() AND b.search_key = ANY($1) ORDER BY b.id"
        ))
        .bind::<Array<Binary>, _>(search);
        Constant(query).load(tx.conn)?
    } else {
        let query = diesel::sql_query(concat!(
            "SELECT ",
            columns!(),
            " FROM vault.beneficiaries b
             WHERE b.hospital = insula.organisation() AND b.person_id = vault.find_person($1, $2)"
        ))
        .bind::<Nullable<Binary>, _>(index)
        .bind::<Nullable<Text>, _>(code);
        Constant(query).load(tx.conn)?
    };
    let mut of_rows = affiliations::of(tx, &rows.iter().map(|row| row.id).collect::<Vec<_>>())?;
    let found = rows.into_iter().map(|row| {
        let affiliations = of_rows.remove(&row.id).unwrap_or_default();
        row.open(tx.keys, affiliations)
    });
    let found: Vec<_> = found.collect::<Result<_, _>>()?;
    let ids: Vec<_> = found.iter().map(|beneficiary| beneficiary.id).collect();
    trail::record(tx, Action::Query, "beneficiaries", &json!({"found": ids}))?;
    Ok(found)
}

#[derive(QueryableByName)]
struct PresentRow {
    #[diesel(embed)]
    beneficiary: Row,
    #[diesel(sql_type = SqlUuid)]
    person_id: Uuid,
    #[diesel(sql_type = Bool)]
    registered: bool,
}

fn find_present(tx: &mut Tx, id: BeneficiaryId) -> Result<(Beneficiary, Uuid, bool), Stop> {
    let query = diesel::sql_query(concat!(
        "SELECT ",
        columns!(),
        ", b.person_id, insula.is_registered(b.id) AS registered
         FROM vault.beneficiaries b WHERE b.id = $1 AND b.hospital = insula.organisation() FOR UPDATE OF b"
    ))
    .bind::<SqlUuid, _>(id.0);
    let present: PresentRow = Constant(query).found(tx.conn)?;
    Ok((with_affiliations(tx, present.beneficiary)?, present.person_id, present.registered))
}

/// A beneficiary of the caller's hospital, locked for a change.
pub fn find_for_update(tx: &mut Tx, id: BeneficiaryId) -> Result<Beneficiary, Stop> {
    Ok(find_present(tx, id)?.0)
}

/// States the affiliations of a beneficiary that is locked, as its next version (BEN-05).
pub fn put_affiliations(
    tx: &mut Tx,
    present: &Beneficiary,
    if_match: i32,
    stated: Vec<Affiliation>,
) -> Result<Beneficiary, Stop> {
    if present.version != if_match {
        return Err(Stop::Stale);
    }
    let version = present.version + 1;
    affiliations::state(tx, present.id, version, &stated)?;
    let query = diesel::sql_query(concat!(
        "WITH b AS (UPDATE vault.beneficiaries SET version = $2, updated_at = $3
           WHERE id = $1 AND hospital = insula.organisation() RETURNING *), ",
        keep_version!()
    ))
    .bind::<SqlUuid, _>(present.id.0)
    .bind::<Integer, _>(version)
    .bind::<Timestamptz, _>(tx.now);
    let row: Row = Constant(query).found(tx.conn)?;
    let shown = |one: &Affiliation| json!({"insurer": one.insurer, "from": one.from, "to": one.to});
    let details = json!({"version": version, "affiliations": stated.iter().map(shown).collect::<Vec<_>>()});
    trail::record(tx, Action::Put, &format!("beneficiary:{}", present.id), &details)?;
    Ok(row.open(tx.keys, stated)?)
}

/// Corrects a beneficiary. The person behind them is fixed once a registration is validated, because the pseudonym sent
/// to Healthdata would change with it (TRA-01). The insurer is that of every day; dated affiliations stay (BEN-05).
pub fn update(
    tx: &mut Tx,
    id: BeneficiaryId,
    if_match: i32,
    identity: &Identity,
    insurer: Option<InsurerNumber>,
) -> Result<Beneficiary, Stop> {
    let (before, person_id, registered) = find_present(tx, id)?;
    if before.version != if_match {
        return Err(Stop::Stale);
    }
    let affiliations =
        affiliation::restated(&before.affiliations, insurer, identity.niss.is_some(), brussels_day(tx.now))
            .map_err(|fault| vec![fault])?;
    let person = if before.identity.niss == identity.niss {
        person_id
    } else if registered {
        return Err(identity_fixed());
    } else {
        person_of(tx, identity, &SamePerson::default())?
    };
    if affiliations != before.affiliations {
        affiliations::state(tx, id, if_match + 1, &affiliations).map_err(unknown_insurer)?;
    }
    let (sealed, key_version) = seal_identity(tx.keys, id.0, identity)?;
    let search = search_keys(tx, identity).map(|[present, _]| present);
    let query = diesel::sql_query(concat!(
        "WITH b AS (UPDATE vault.beneficiaries
           SET person_id = $2, version = version + 1, identity = $3, key_version = $4, updated_at = $5, search_key = $7,
               search_key_version = $8
           WHERE id = $1 AND hospital = insula.organisation() AND version = $6
             AND (person_id = $2 OR NOT insula.is_registered(id)) RETURNING *), ",
        keep_version!()
    ))
    .bind::<SqlUuid, _>(id.0)
    .bind::<SqlUuid, _>(person)
    .bind::<Binary, _>(sealed)
    .bind::<Integer, _>(key_version)
    .bind::<Timestamptz, _>(tx.now)
    .bind::<Integer, _>(if_match)
    .bind::<Nullable<Binary>, _>(&search)
    .bind::<Nullable<Integer>, _>(search.as_ref().map(|_| INDEX_VERSION));
    let row: Result<Option<Row>, _> = Constant(query).get_result(tx.conn).optional();
    let row = match row.map_err(DbError::from) {
        Ok(Some(row)) => row,
        // A concurrent submit has fixed the person after the row was read.
        Ok(None) => return Err(identity_fixed()),
        Err(DbError::Constraint(name)) if name == "one_beneficiary_per_person" => {
            return Err(vec![Fault::new("niss", Reason::Repeated, RuleId::Ben03)].into());
        }
        Err(error) => return Err(error.into()),
    };
    let beneficiary = row.open(tx.keys, affiliations)?;
    let details = json!({"version": beneficiary.version, "insurer": insurer});
    trail::record(tx, Action::Replace, &format!("beneficiary:{id}"), &details)?;
    Ok(beneficiary)
}

fn identity_fixed() -> Stop {
    vec![Fault::new("niss", Reason::IdentityFixed, RuleId::Tra01)].into()
}
