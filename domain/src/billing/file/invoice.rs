//! What goes into an invoice file: the file's header, and invoices ("blocks") with their lines (BIL-05, BIL-10).

use chrono::NaiveDate;

use super::digits::{EnterpriseNumber, Iban, Twelve};
use crate::{
    identifier::InsurerNumber,
    names::Sex,
    nomenclature::NomenclatureCode,
    parties::{affiliation::EntitlementCode, beneficiary::NationalNumber},
    registry::registration::code::RegistrationCode,
};

/// A month, as files and their corrections name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    /// The year.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
}

/// A file's header: records 10 and 90 (BIL-05).
#[derive(Debug, Clone)]
pub struct Header {
    /// Zone 7: 1 to 999, unique per third party and year (100721).
    pub sending: u16,
    /// Zones 22-23: the month billed.
    pub month: Month,
    /// Zone 14: the third party.
    pub third_party: Twelve,
    /// Zone 15: the accreditation with the insurers; zeros without one.
    pub accreditation: Option<Twelve>,
    /// Zone 27: the enterprise number (102710).
    pub enterprise: EnterpriseNumber,
    /// Zones 36-41: the account the insurers pay to.
    pub iban: Iban,
    /// Zones 31-34: its bank, 8 or 11 characters.
    pub bic: String,
    /// Zones 25-26: the day the file is made.
    pub created: NaiveDate,
    /// Zone 28: at most 25 characters.
    pub reference: String,
}

/// How an invoice names its beneficiary (zones 8 and 32).
#[derive(Debug, Clone)]
pub enum Named {
    /// By national number: flag 1 (200813).
    National(NationalNumber),
    /// BEN-02: by the insurer's own number, at most 13 digits, under an international convention: flag 0 (200814).
    Own(String),
}

/// An earlier invoice that this one corrects or credits: its four references go together (202910, 203410, 203710,
/// 204112).
#[derive(Debug, Clone)]
pub struct Earlier {
    /// Zones 29-31: its number.
    pub invoice: u64,
    /// Zones 34-36: the sending number of its file.
    pub sending: u16,
    /// Zone 41: the month it billed.
    pub month: Month,
    /// Zone 37: the mutuality it was billed to.
    pub mutuality: InsurerNumber,
}

/// Why an invoice is made (zone 11 of record 20).
#[derive(Debug, Clone)]
pub enum Billing {
    /// For the first time; also again after a refusal, as what was refused was never paid.
    First,
    /// As a correction of an earlier one, with the insurer's reference from its settlement (203810).
    Correction(Earlier, String),
    /// As the credit of an earlier one: every record is negative (201140, 302248).
    Credit(Earlier),
}

/// Days with a pump in one line: a record 30 (BIL-10).
#[derive(Debug, Clone)]
pub struct Days {
    /// Zone 5: the first day.
    pub first: NaiveDate,
    /// Zone 6: the last day.
    pub last: NaiveDate,
    /// Zone 22: how many; all days from first to last (302240).
    pub units: u16,
    /// Zone 19: units times the price, in cents; never negative, the invoice gives the sign.
    pub cents: u64,
    /// Zone 4: the pseudo-code in force.
    pub code: NomenclatureCode,
}

/// A sensor or transmitter: a record 50 (TRA-02).
#[derive(Debug, Clone)]
pub struct Device {
    /// Zone 4.
    pub code: NomenclatureCode,
    /// Zones 5 and 6: the day of the implantation (500615).
    pub day: NaiveDate,
    /// Zone 19: in cents; never negative.
    pub cents: u64,
    /// Zone 22.
    pub units: u16,
    /// Zone 15: who implanted.
    pub performer: Twelve,
    /// Zones 24 and 20: who prescribed, and when (502012: both or neither).
    pub prescribed: Option<(Twelve, NaiveDate)>,
    /// Zones 57-58-59: the code of the registration.
    pub registration: Option<RegistrationCode>,
    /// Zone 43: the device's identification code, ten digits and two check digits.
    pub implant_code: Option<u64>,
    /// Zones 44-45: the product; what is beyond 30 characters is left out.
    pub label: String,
    /// Zone 34: 1 left, 2 right, 0 not said.
    pub limb: u8,
}

/// The lines of an invoice. Pump days and devices never share one: the agreement date is demanded for those (202010)
/// and forbidden for these (202011).
#[derive(Debug, Clone)]
pub enum Lines {
    /// Days under an agreement and a convention.
    Pump {
        /// Zones 20-21 of record 20: the day of the agreement.
        agreement: NaiveDate,
        /// The convention's number, in zone 15.
        convention: Twelve,
        /// The lines.
        days: Vec<Days>,
    },
    /// Ambulatory sensors and transmitters.
    Devices(Vec<Device>),
}

/// One invoice: a record 20, its lines, and a record 80 (BIL-10).
#[derive(Debug, Clone)]
pub struct Block {
    /// Zone 18: where it goes; invoices ascend by it (201812).
    pub destination: InsurerNumber,
    /// Zone 7: the mutuality of affiliation.
    pub mutuality: InsurerNumber,
    /// Zones 8 and 32.
    pub beneficiary: Named,
    /// Zone 9; 0 when unknown.
    pub sex: Option<Sex>,
    /// Zone 27: CT1 and CT2.
    pub entitlement: (EntitlementCode, EntitlementCode),
    /// Zones 24-25: the number of the invoice, at most twelve digits, unique (202420).
    pub number: u64,
    /// Zone 14: the establishment that bills, the file's third party (201412).
    pub establishment: Twelve,
    /// Zone 47 of record 20, zones 20-21 of record 80: the day of the invoice.
    pub dated: NaiveDate,
    /// BIL-08, zone 16: whether a registered letter interrupted the limitation.
    pub interrupted: bool,
    /// Zone 28: at most 25 characters.
    pub reference: String,
    /// Zone 51 of the lines: the site, at most six digits.
    pub site: u32,
    /// Why it is made.
    pub billing: Billing,
    /// What it bills.
    pub lines: Lines,
}
