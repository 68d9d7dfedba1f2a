//! What is entered in the accounts (REG-08, REG-11).

use actix_web::{get, post, put};
use chrono::NaiveDate;
use insula_domain::{
    convention::{
        accounts::entry::{self, AccountEntryKind, Parts, Purpose, RebateTie},
        entry::Entry,
        staffing::Member,
    },
    identifier::HospitalNumber,
    names::ConventionKind,
    refusal::{Fault, Reason},
};
use insula_persistence::{
    Stop, Tx,
    convention::{records, team::TeamMember},
};

use crate::{
    convention::record::{self, Answered, AsEntered, Correction, RecordPath, RecordWithdrawal, Register, RegisterPath},
    http::{
        caller::Caller,
        collection::{Page, Versions},
        input::{Body, Field, Query, Reader},
        parameters::{After, IdempotencyKey, IfMatch, KnownAt, OfAccountEntry, OfDays, OfHospital, PageSize},
    },
};

/// An entry in the accounts.
pub type AccountEntry = AsEntered<entry::AccountEntry>;

/// An entry as it should have been made.
pub type AccountEntryCorrection = Correction<entry::AccountEntry>;

fn parts(reader: &mut Reader) -> Field<Parts> {
    let convention = reader.one_of("convention", ConventionKind::ALL, ConventionKind::name);
    let amount = reader.parsed("amount", Reason::NotAnAmount, |text| text.parse().ok());
    let tie = reader.one_of("tie", RebateTie::ALL, RebateTie::name);
    let goods = reader.text("goods", entry::MAX_NAME);
    let unit = reader.text("unit", entry::MAX_NAME);
    let quantity = reader.integer("quantity", entry::QUANTITIES);
    let member = reader.uuid("teamMemberId");
    let purpose = reader.one_of("purpose", Purpose::ALL, Purpose::name);
    reader.build(|done| Parts {
        convention: done.take(convention),
        amount: done.take(amount),
        tie: done.take(tie),
        goods: done.take(goods),
        unit: done.take(unit),
        quantity: done.take(quantity),
        team_member_id: done.take(member),
        purpose: done.take(purpose),
    })
}

impl Register for entry::AccountEntry {
    const PATH: &'static str = "accountEntries";

    fn read(reader: &mut Reader, today: NaiveDate) -> Field<Self> {
        let kind = reader.required_one_of("kind", AccountEntryKind::ALL, AccountEntryKind::name);
        let parts = parts(reader);
        let content = reader.then(kind.and(parts), |(kind, parts)| parts.content(kind));
        let day = reader.required_date("day");
        reader.judge(&day, |day| Self::planned("day", *day, today).into_iter().collect());
        let firm = reader.text("firm", entry::MAX_NAME);
        let document_number = reader.text("documentNumber", entry::MAX_NAME);
        let note = reader.text("note", entry::MAX_WORDS);
        reader.build(|done| entry::AccountEntry {
            day: done.take(day),
            content: done.take(content),
            firm: done.take(firm),
            document_number: done.take(document_number),
            note: done.take(note),
        })
    }

    /// REG-08: a salary is of a member of the team.
    fn faults(&self, tx: &mut Tx, hospital: HospitalNumber) -> Result<Vec<Fault>, Stop> {
        let team = records::list::<TeamMember>(tx, hospital, None)?;
        let team: Vec<Member> = team.into_iter().map(|one| one.content.member).collect();
        Ok(self.stranger(&team).into_iter().collect())
    }
}

/// Entries of the accounts, the latest entered first.
pub type AccountEntryCollection = Page<AccountEntry>;

/// Every version of an entry of the accounts.
pub type AccountEntryVersionCollection = Versions<AccountEntry>;

/// List entries of the accounts.
///
/// What was bought, rebated, given for free, paid and spent (REG-08, REG-11). `knownAt` gives the entries as they were
/// recorded at that instant, without later corrections. Each read is recorded in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listAccountEntries",
    params(OfHospital, OfDays, KnownAt, After, PageSize),
    responses((status = 200, description = "The entries, the latest entered first.", body = AccountEntryCollection))
)]
#[get("/establishments/{hospitalNumber}/accountEntries")]
pub async fn list_account_entries(caller: Caller, path: RegisterPath, query: Query) -> Answered {
    record::list::<AccountEntry>(caller, &path, query).await
}

/// Enter something in the accounts.
///
/// An invoice for material, a rebate, free goods in quantities, a cost of salary, or funds that were spent on something
/// else, each for one convention (REG-08, REG-11). Funds spent on another purpose than the four are accepted;
/// `getAccountStatement` points them out.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "createAccountEntry",
    params(OfHospital, IdempotencyKey),
    request_body = entry::AccountEntry,
    responses((status = 201, description = "The entry.", body = AccountEntry))
)]
#[post("/establishments/{hospitalNumber}/accountEntries")]
pub async fn create_account_entry(caller: Caller, path: RegisterPath, body: Body) -> Answered {
    record::create::<entry::AccountEntry>(caller, &path, body).await
}

/// Get an entry of the accounts.
///
/// What is known of it now, or was at `knownAt` (REG-08, REG-11).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getAccountEntry",
    params(OfHospital, OfAccountEntry, KnownAt),
    responses((status = 200, description = "The entry.", body = AccountEntry))
)]
#[get("/establishments/{hospitalNumber}/accountEntries/{accountEntryId}")]
pub async fn get_account_entry(caller: Caller, path: RecordPath, query: Query) -> Answered {
    record::get::<AccountEntry>(caller, &path, query).await
}

/// Correct an entry of the accounts.
///
/// Replaces the entry as a whole and says why. Earlier versions are kept and still answer `knownAt`.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "replaceAccountEntry",
    params(OfHospital, OfAccountEntry, IfMatch),
    request_body = AccountEntryCorrection,
    responses((status = 200, description = "The entry.", body = AccountEntry))
)]
#[put("/establishments/{hospitalNumber}/accountEntries/{accountEntryId}")]
pub async fn replace_account_entry(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::replace::<entry::AccountEntry>(caller, &path, body).await
}

/// Withdraw an entry of the accounts that was entered in error.
///
/// For what was never bought, given, paid or spent. Earlier versions are kept.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "withdrawAccountEntry",
    params(OfHospital, OfAccountEntry, IfMatch, IdempotencyKey),
    request_body = RecordWithdrawal,
    responses((status = 200, description = "The entry, withdrawn.", body = AccountEntry))
)]
#[post("/establishments/{hospitalNumber}/accountEntries/{accountEntryId}/withdraw")]
pub async fn withdraw_account_entry(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::withdraw::<AccountEntry>(caller, &path, body).await
}

/// List the versions of an entry of the accounts.
///
/// Every version, the latest first: by whom it was recorded, when, and why it was corrected. Those that were withdrawn
/// are found here too.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listAccountEntryVersions",
    params(OfHospital, OfAccountEntry),
    responses((status = 200, description = "The versions.", body = AccountEntryVersionCollection))
)]
#[get("/establishments/{hospitalNumber}/accountEntries/{accountEntryId}/versions")]
pub async fn list_account_entry_versions(caller: Caller, path: RecordPath) -> Answered {
    record::list_versions::<AccountEntry>(caller, &path).await
}
