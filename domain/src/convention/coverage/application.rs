//! What an application for coverage holds (COV-01, annex 1).
//!
//! Everything may be missing from a draft; [`super::check`] says what a submit needs.

use chrono::NaiveDate;

pub use crate::names::{ApplicationKind, InformedPerson, Introducer, NoticeWay, PhysicianKind};
use crate::{
    convention::{
        coverage::{draft::draft, target::Indication},
        number::PumpConventionNumber,
    },
    exact::{Decimal, Exact},
    identifier::NihdiNumber,
};

/// The longest name, relation, street or commune, in characters.
pub const MAX_NAME: usize = 100;
/// The longest house number, in characters.
pub const MAX_HOUSE_NUMBER: usize = 20;
/// The longest phone number, in characters.
pub const MAX_PHONE: usize = 30;
/// The longest address, in characters.
pub const MAX_ADDRESS: usize = 200;
/// The longest explanation, in characters.
pub const MAX_WORDS: usize = 2000;
/// The most other physicians.
pub const MAX_PHYSICIANS: usize = 10;

draft! {
    /// What an application holds: what annex 1 of the convention holds (COV-01). A draft may lack everything.
    Content as CoverageApplicationContent {
        /// The date beside the signature of the beneficiary or mandatary, on which days count back (COV-05).
        application_date: NaiveDate,
        /// The mandatary, when somebody signs for the beneficiary.
        mandatary: Mandatary,
        /// Who introduces it; decides who bears days lost by lateness (COV-13).
        introduced_by: Introducer,
        /// The number of the establishment's convention.
        convention_number: PumpConventionNumber,
        /// Whom the adviser can call at the establishment.
        contact: Contact,
        /// The days for which the programme is prescribed.
        programme: Programme,
        /// Why a pump is prescribed (COV-02, PMP-02).
        indication: Indication,
        /// Whether this establishment prescribes for the first time or prolongs; compared with its earlier periods.
        kind: ApplicationKind,
        /// The last HbA1c, also of one whose value before the pump is in `indication`.
        last_hba1c: Hba1c,
        /// The physician who prescribes and signs.
        prescriber: PrescriberSignature,
        /// Other physicians who actively take part in the treatment.
        other_physicians: Vec<OtherPhysician>,
        /// What the beneficiary was told before signing (COV-09).
        information: Information,
        /// Whether the programme begins during a stay in hospital and shall count from its first day (PMP-04).
        starts_in_hospital: bool,
        /// For a prolongation: why no preventive examination was done in the year before (PMP-03).
        #[schema(max_length = 2000)]
        without_examinations: String,
        /// The notice that the beneficiary gave to the establishment of before, when they come from another one
        /// (COV-07).
        move_notice: MoveNotice,
    }
}

draft! {
    /// Somebody who signs for the beneficiary (COV-01).
    Mandatary as CoverageMandatary {
        /// First and last name.
        #[schema(max_length = 100)]
        name: String,
        /// The relation to the beneficiary, for example sister.
        #[schema(max_length = 100)]
        relation: String,
        /// The street of the main residence.
        #[schema(max_length = 100)]
        street: String,
        /// The number in that street.
        #[schema(max_length = 20)]
        house_number: String,
        /// The commune of the main residence.
        #[schema(max_length = 100)]
        commune: String,
    }
}

draft! {
    /// A person to contact (COV-01).
    Contact as CoverageContact {
        /// First and last name.
        #[schema(max_length = 100)]
        name: String,
        /// The phone number.
        #[schema(max_length = 30)]
        phone: String,
    }
}

draft! {
    /// The days for which a programme is prescribed, both included (COV-01, COV-04).
    Programme as CoverageProgramme {
        /// The first day: what the text calls the date of the prescription.
        from: NaiveDate,
        /// The last day, at most twelve months on.
        to: NaiveDate,
    }
}

draft! {
    /// A measured HbA1c (COV-01).
    Hba1c as CoverageHba1c {
        /// When it was measured.
        date: NaiveDate,
        /// The value, in percent.
        #[schema(value_type = Decimal)]
        value: Exact,
        /// The lower limit of the laboratory's normal values, in percent.
        #[schema(value_type = Decimal)]
        normal_from: Exact,
        /// The upper limit of the laboratory's normal values, in percent.
        #[schema(value_type = Decimal)]
        normal_to: Exact,
    }
}

draft! {
    /// The prescriber's signature (COV-01, COV-02).
    PrescriberSignature as CoveragePrescriber {
        /// The physician's NIHDI number.
        nihdi_number: NihdiNumber,
        /// When they signed; that day they must be on the establishment's list.
        signed_on: NaiveDate,
    }
}

draft! {
    /// Another physician who takes part in the treatment (COV-01).
    OtherPhysician as CoverageOtherPhysician {
        /// General practitioner or specialist.
        kind: PhysicianKind,
        /// First and last name.
        #[schema(max_length = 100)]
        name: String,
        /// The address.
        #[schema(max_length = 200)]
        address: String,
        /// The phone number.
        #[schema(max_length = 30)]
        phone: String,
    }
}

draft! {
    /// What was told before signing, when and to whom (COV-09).
    Information as CoverageInformation {
        /// The day, that of the application at the latest.
        day: NaiveDate,
        /// Who was told; the mandatary too when one signs.
        given_to: Vec<InformedPerson>,
        /// Told: the own effort asked, in self-management and preventive examinations.
        own_effort: bool,
        /// Told: the means that the convention offers.
        means_offered: bool,
        /// Given in writing: how coverage ends (article 9).
        end_rules_in_writing: bool,
        /// Told: the role of general practitioner and pharmacist.
        practitioner_and_pharmacist: bool,
        /// Told: what a late introduction costs; mandatory when the beneficiary introduces it.
        cost_of_lateness: bool,
    }
}

draft! {
    /// A beneficiary's notice of a move to another establishment (COV-07).
    MoveNotice as CoverageMoveNotice {
        /// The day.
        day: NaiveDate,
        /// How it was given.
        way: NoticeWay,
    }
}

impl Content {
    /// The first day of the programme, if it is stated (COV-04).
    #[must_use]
    pub fn first_day_wanted(&self) -> Option<NaiveDate> {
        self.programme.as_ref()?.from
    }

    /// The HbA1c before the pump, kept beside the last one for prolongations (PMP-02).
    #[must_use]
    pub fn hba1c_before_pump(&self) -> Option<&Exact> {
        self.indication.as_ref()?.hba1c_before_pump.as_ref()
    }
}
