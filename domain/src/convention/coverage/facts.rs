//! What is known beside an application, and bears on it (COV-01 to COV-14).

use chrono::NaiveDate;
use uuid::Uuid;

use super::{form::FormVersion, period::KnownPeriod, serving::ServingNumber, stay::Stay, target::Indication};
use crate::{
    convention::{prescriber::Prescriber, tariff::Tariff},
    names::Sex,
};

/// The facts outside an application that decide about it.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The Brussels day of the check, submit or decision.
    pub today: NaiveDate,
    /// The beneficiary's birth, if known (PMP-01).
    pub birth: Option<NaiveDate>,
    /// The beneficiary's death, if they died (COV-07).
    pub death: Option<NaiveDate>,
    /// The beneficiary's sex, if known (PMP-02).
    pub sex: Option<Sex>,
    /// Whether the beneficiary has an insurer today, whose adviser decides (COV-03).
    pub insured: bool,
    /// Whether the beneficiary has neither national number nor the insurer's own number, and so no invoice (BEN-02).
    pub not_invoiceable: bool,
    /// The establishment's list of prescribers (COV-02).
    pub prescribers: Vec<Prescriber>,
    /// The numbers under which it applies (CON-03, CON-04).
    pub numbers: Vec<ServingNumber>,
    /// The person's granted periods, of all establishments (COV-06).
    pub periods: Vec<KnownPeriod>,
    /// The indication of the establishment's last application for this person that was decided favourably (PMP-02).
    pub kept: Option<Indication>,
    /// The person's stays in hospital (PMP-04).
    pub stays: Vec<Stay>,
    /// The days of direct contact with a diabetes nurse (PMP-04).
    pub contacts: Vec<NaiveDate>,
    /// The days from which the person has or had a pump (PMP-04, PMP-07).
    pub pumps: Vec<NaiveDate>,
    /// The days of preventive examinations (PMP-03).
    pub examinations: Vec<NaiveDate>,
    /// The prices of a day (BIL-03).
    pub tariffs: Vec<Tariff>,
    /// The versions of the form (COV-14).
    pub forms: Vec<FormVersion>,
    /// Another application of this establishment for the person that waits for a decision (COV-06).
    pub open_application: Option<Uuid>,
}
