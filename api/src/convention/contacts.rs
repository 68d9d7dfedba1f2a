//! The team's contacts with beneficiaries (REG-02).

use actix_web::{get, post, put};
use chrono::NaiveDate;
use insula_domain::{
    convention::{
        contact::{self, ContactKind, ContactWay},
        entry::Entry,
        staffing::Member,
    },
    identifier::HospitalNumber,
    ids::BeneficiaryId,
    refusal::Fault,
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
        parameters::{After, IdempotencyKey, IfMatch, KnownAt, OfContact, OfHospital, OfRegister, PageSize},
    },
};

/// A contact in the register.
pub type Contact = AsEntered<contact::Contact>;

/// A contact as it should have been entered.
pub type ContactCorrection = Correction<contact::Contact>;

impl Register for contact::Contact {
    const PATH: &'static str = "contacts";

    fn read(reader: &mut Reader, today: NaiveDate) -> Field<Self> {
        let beneficiary = reader.required_uuid("beneficiaryId");
        let day = reader.required_date("day");
        reader.judge(&day, |day| Self::planned("day", *day, today).into_iter().collect());
        let members = reader.some_uuids("members", contact::MOST_MEMBERS);
        let kind = reader.required_one_of("kind", ContactKind::ALL, ContactKind::name);
        let way = reader.one_of("way", ContactWay::ALL, ContactWay::name);
        let minutes = reader.integer("minutes", contact::MINUTES);
        let note = reader.text("note", 2000);
        reader.build(|done| contact::Contact {
            beneficiary_id: BeneficiaryId(done.take(beneficiary)),
            day: done.take(day),
            members: done.take(members),
            kind: done.take(kind),
            way: done.take(way),
            minutes: done.take(minutes),
            note: done.take(note),
        })
    }

    /// REG-02: who took part was in the team.
    fn faults(&self, tx: &mut Tx, hospital: HospitalNumber) -> Result<Vec<Fault>, Stop> {
        let team: Vec<Member> =
            records::list::<TeamMember>(tx, hospital, None)?.into_iter().map(|one| one.content.member).collect();
        Ok(self.absent(&team))
    }
}

/// Contacts, the latest entered first.
pub type ContactCollection = Page<Contact>;

/// Every version of a contact.
pub type ContactVersionCollection = Versions<Contact>;

/// List contacts with beneficiaries.
///
/// The contacts of the team with the establishment's beneficiaries, or with one of them: the individual file (REG-02).
/// `knownAt` gives them as they were recorded at that instant, without later corrections. Each read is recorded in the
/// trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listContacts",
    params(OfHospital, OfRegister, KnownAt, After, PageSize),
    responses((status = 200, description = "The contacts, the latest entered first.", body = ContactCollection))
)]
#[get("/establishments/{hospitalNumber}/contacts")]
pub async fn list_contacts(caller: Caller, path: RegisterPath, query: Query) -> Answered {
    record::list::<Contact>(caller, &path, query).await
}

/// Enter a contact with a beneficiary.
///
/// Day, members of the team and what it was for: accompaniment, education, or handing over material (REG-02). Each
/// member has an assignment in the team register on that day.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "createContact",
    params(OfHospital, IdempotencyKey),
    request_body = contact::Contact,
    responses((status = 201, description = "The contact.", body = Contact))
)]
#[post("/establishments/{hospitalNumber}/contacts")]
pub async fn create_contact(caller: Caller, path: RegisterPath, body: Body) -> Answered {
    record::create::<contact::Contact>(caller, &path, body).await
}

/// Get a contact with a beneficiary.
///
/// What is known of it now, or was at `knownAt` (REG-02).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getContact",
    params(OfHospital, OfContact, KnownAt),
    responses((status = 200, description = "The contact.", body = Contact))
)]
#[get("/establishments/{hospitalNumber}/contacts/{contactId}")]
pub async fn get_contact(caller: Caller, path: RecordPath, query: Query) -> Answered {
    record::get::<Contact>(caller, &path, query).await
}

/// Correct a contact with a beneficiary.
///
/// Replaces the contact as a whole and says why. Earlier versions are kept and still answer `knownAt`.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "replaceContact",
    params(OfHospital, OfContact, IfMatch),
    request_body = ContactCorrection,
    responses((status = 200, description = "The contact.", body = Contact))
)]
#[put("/establishments/{hospitalNumber}/contacts/{contactId}")]
pub async fn replace_contact(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::replace::<contact::Contact>(caller, &path, body).await
}

/// Withdraw a contact with a beneficiary that was entered in error.
///
/// For a contact that never was. Earlier versions are kept.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "withdrawContact",
    params(OfHospital, OfContact, IfMatch, IdempotencyKey),
    request_body = RecordWithdrawal,
    responses((status = 200, description = "The contact, withdrawn.", body = Contact))
)]
#[post("/establishments/{hospitalNumber}/contacts/{contactId}/withdraw")]
pub async fn withdraw_contact(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::withdraw::<Contact>(caller, &path, body).await
}

/// List the versions of a contact with a beneficiary.
///
/// Every version, the latest first: by whom it was recorded, when, and why it was corrected. Contacts that were
/// withdrawn are found here too.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listContactVersions",
    params(OfHospital, OfContact),
    responses((status = 200, description = "The versions.", body = ContactVersionCollection))
)]
#[get("/establishments/{hospitalNumber}/contacts/{contactId}/versions")]
pub async fn list_contact_versions(caller: Caller, path: RecordPath) -> Answered {
    record::list_versions::<Contact>(caller, &path).await
}
