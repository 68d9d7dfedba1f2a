//! With which insurer beneficiaries are affiliated, from when to when (BEN-05). The insurer of a day is
//! `insula_domain::parties::affiliation::insurer_on`, in SQL `vault.insurer_on`.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, Binary, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    ids::BeneficiaryId,
    parties::affiliation::{Affiliation, EntitlementCode},
};
use uuid::Uuid;

use crate::{
    error::{DbError, Stop},
    keys::Keys,
    sql::Constant,
    tx::Tx,
};

/// An insurer's own number, sealed for its row alone.
fn location(id: Uuid, version: i32, ordinal: i32) -> String {
    format!("affiliations|own_number|{id}|{version}|{ordinal}")
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    beneficiary_id: Uuid,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Integer)]
    ordinal: i32,
    #[diesel(sql_type = Text)]
    insurer: String,
    #[diesel(sql_type = Nullable<Date>)]
    valid_from: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    valid_to: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Text>)]
    ct1: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    ct2: Option<String>,
    #[diesel(sql_type = Nullable<Binary>)]
    own_number: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Integer>)]
    key_version: Option<i32>,
}

impl Row {
    fn open(self, keys: &Keys) -> Result<Affiliation, DbError> {
        let inconsistent = |column| DbError::inconsistent("vault.affiliations", column, self.beneficiary_id);
        let code =
            |text: Option<String>, column| text.map(|text| text.parse()).transpose().map_err(|_| inconsistent(column));
        let own_number = self.own_number.zip(self.key_version).map(|(sealed, key_version)| {
            let plain = keys.open(&location(self.beneficiary_id, self.version, self.ordinal), &sealed, key_version)?;
            String::from_utf8(plain).map_err(|_| DbError::Sealed)
        });
        Ok(Affiliation {
            insurer: self.insurer.parse().map_err(|_| inconsistent("insurer"))?,
            from: self.valid_from,
            to: self.valid_to,
            ct1: code(self.ct1, "ct1")?,
            ct2: code(self.ct2, "ct2")?,
            own_number: own_number.transpose()?,
        })
    }
}

/// The present affiliations of these beneficiaries, each list as it was stated.
pub(crate) fn of(tx: &mut Tx, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<Affiliation>>, Stop> {
    let query = diesel::sql_query(
        "SELECT beneficiary_id, version, ordinal, insurer, valid_from, valid_to, ct1, ct2, own_number, key_version
         FROM vault.affiliations WHERE beneficiary_id = ANY ($1) AND replaced_at IS NULL ORDER BY ordinal",
    )
    .bind::<Array<SqlUuid>, _>(ids);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        found.entry(row.beneficiary_id).or_default().push(row.open(tx.keys)?);
    }
    Ok(found)
}

/// Writes the affiliations that this version of a beneficiary states, in place of the present ones.
pub(super) fn state(tx: &mut Tx, id: BeneficiaryId, version: i32, stated: &[Affiliation]) -> Result<(), Stop> {
    let query = diesel::sql_query(
        "UPDATE vault.affiliations SET replaced_at = $2
         WHERE beneficiary_id = $1 AND hospital = insula.organisation() AND replaced_at IS NULL",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    let mut sealed = Vec::new();
    for (ordinal, one) in (0..).zip(stated) {
        let seal = |number: &String| tx.keys.seal(&location(id.0, version, ordinal), number.as_bytes());
        sealed.push(one.own_number.as_ref().map(seal).transpose()?);
    }
    let (own_numbers, key_versions): (Vec<_>, Vec<_>) = sealed.into_iter().map(Option::unzip).unzip();
    let codes = |code: fn(&Affiliation) -> Option<&str>| stated.iter().map(code).collect::<Vec<_>>();
    let query = diesel::sql_query(
        "INSERT INTO vault.affiliations (beneficiary_id, hospital, version, ordinal, insurer, valid_from, valid_to, ct1,
             ct2, own_number, key_version)
         SELECT $1, insula.organisation(), $2, place - 1, insurer, valid_from, valid_to, ct1, ct2, own_number,
             key_version
         FROM unnest($3, $4, $5, $6, $7, $8, $9) WITH ORDINALITY
             AS stated (insurer, valid_from, valid_to, ct1, ct2, own_number, key_version, place)",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<Integer, _>(version)
    .bind::<Array<Text>, _>(stated.iter().map(|one| one.insurer.as_str()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Date>>, _>(stated.iter().map(|one| one.from).collect::<Vec<_>>())
    .bind::<Array<Nullable<Date>>, _>(stated.iter().map(|one| one.to).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(codes(|one| one.ct1.as_ref().map(EntitlementCode::as_str)))
    .bind::<Array<Nullable<Text>>, _>(codes(|one| one.ct2.as_ref().map(EntitlementCode::as_str)))
    .bind::<Array<Nullable<Binary>>, _>(own_numbers)
    .bind::<Array<Nullable<Integer>>, _>(key_versions);
    Constant(query).execute(tx.conn)?;
    Ok(())
}
