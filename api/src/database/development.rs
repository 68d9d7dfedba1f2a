//! What development mode enters by itself: invented hospitals and people, so that the first request works. Each entry goes the
//! way it would go in earnest, through the scope of whoever may make it, and stands in the trail.

use chrono::NaiveDate;
use insula_domain::{
    actor::{Actor, OrganisationKind, Role},
    identifier::HospitalNumber,
    names::Language,
    notices::mail::Recipients,
    span::Span,
};
use insula_persistence::{
    Call, Db, Stop,
    notices::mails,
    parties::organisations::{self, Hospital},
};

/// The hospital the examples speak of.
pub const HOSPITAL: &str = "71000436";

/// Number, name, language, and whether it adhered to M-ACL-001.
const HOSPITALS: [(&str, &str, Language, bool); 3] = [
    (HOSPITAL, "Hôpital de l'Île", Language::Fr, true),
    ("71032209", "Ziekenhuis De Haven", Language::Nl, true),
    ("71010037", "Klinik am Fluss", Language::De, false),
];

/// The person a development token speaks for unless another is named.
pub fn person(role: Role) -> String {
    format!("dev.{}", role.name())
}

/// Enters what is not there yet.
pub fn seed(db: &Db) -> Result<(), Stop> {
    let call = |kind, number: &str, role: Role, operation| Call {
        actor: Actor { person: person(role), kind, number: number.to_owned(), roles: vec![role] },
        registry: false,
        operation,
        trace_id: db.ids.opaque_uuid(),
        request: None,
    };
    let inami = call(OrganisationKind::Inami, "", Role::ConventionOfficer, "putHospital");
    let known: Vec<_> = db.run(&inami, |tx| organisations::hospitals(tx, None, 200))?.items;
    for (number, name, language, adhered) in HOSPITALS {
        let hospital_number: HospitalNumber = number.parse().map_err(|_| Stop::NotFound)?;
        if known.iter().any(|hospital| hospital.number == hospital_number) {
            continue;
        }
        let hospital = Hospital {
            number: hospital_number,
            name: name.to_owned(),
            language,
            access_contact: Some(format!("access.manager@{number}.example")),
            adherence: adhered.then(|| NaiveDate::from_ymd_opt(2020, 7, 1)).flatten().map(Span::since),
            version: 0,
        };
        match db.run(&inami, |tx| organisations::put_hospital(tx, &hospital, None)) {
            // Another process that starts now has entered it.
            Err(Stop::Stale) => continue,
            entered => drop(entered?),
        }
        let address = |name: &str| Some(format!("{name}@{number}.example"));
        let recipients = Recipients {
            responsible_specialist: address("specialist"),
            administrative_contact1: address("secretariat"),
            administrative_contact2: address("administration"),
            others: Vec::new(),
        };
        db.run(&inami, |tx| mails::put_recipients(tx, hospital_number, &recipients, 0))?;
        let manager = call(OrganisationKind::Hospital, number, Role::AccessManager, "createRegistryGrant");
        db.run(&manager, |tx| {
            organisations::grant(tx, &person(Role::StudyLead), &[])?;
            organisations::grant(tx, &person(Role::StudyAssociate), &[])?;
            organisations::grant(tx, &person(Role::StudySupport), &[person(Role::StudyAssociate)])
        })?;
    }
    Ok(())
}
