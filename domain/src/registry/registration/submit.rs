//! The checks of submitting (CGM-05, CGM-06, CGM-13 to CGM-15, CNT-06). Submitting and the check that stores nothing
//! share one judgement; callers pass in the facts it needs.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    Command, Registration, RegistrationType, State,
    code::RegistrationCode,
    content::{Content, form_faults},
    dictionary::Dictionary,
};
use crate::{
    identifier,
    names::Setting,
    nomenclature::Counter,
    parties::beneficiary::Identity,
    refusal::{Fault, Reason, Refusal, Rejection},
    rule::RuleId,
    span::Span,
    udi,
};

/// The facts outside a registration that decide whether it can be submitted.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The Brussels day of the submit.
    pub today: NaiveDate,
    /// The span of the hospital's adherence to M-ACL-001 (CGM-14).
    pub adherence: Option<Span>,
    /// The beneficiary, if the draft names one of this hospital.
    pub beneficiary: Option<BeneficiaryFacts>,
    /// The registration the content refers to, if it is one of this hospital.
    pub earlier: Option<EarlierFacts>,
    /// Whether this first implantation was itself explanted; then another one may exist (CGM-15).
    pub explanted: bool,
    /// The earliest event date of the validated registrations that refer to this one (CGM-13).
    pub followed_from: Option<NaiveDate>,
    /// Another first implantation of the beneficiary at this hospital, neither deleted nor explanted (CGM-15).
    pub first_here: Option<Uuid>,
    /// Whether another hospital has a first implantation of the beneficiary (CGM-15).
    pub first_elsewhere: bool,
    /// The content's nomenclature pair, if it is in the reference list.
    pub pair: Option<PairFacts>,
    /// The counters, with the year for B, that the last night found full (CNT-06).
    pub closed: Vec<(Counter, Option<i32>)>,
}

/// The facts about the beneficiary.
#[derive(Debug, Clone, Default)]
pub struct BeneficiaryFacts {
    /// Who they are.
    pub identity: Identity,
    /// Whether the insurer is stated.
    pub insured: bool,
}

/// The facts about the earlier registration.
#[derive(Debug, Clone)]
pub struct EarlierFacts {
    /// Its type.
    pub registration_type: RegistrationType,
    /// Whether it concerns the same person.
    pub same_person: bool,
    /// Whether it was validated and is not deleted.
    pub valid: bool,
    /// Its event date.
    pub event_date: Option<NaiveDate>,
    /// The explantation that ended it, if any, and its date.
    pub explanted: Option<(Uuid, Option<NaiveDate>)>,
}

/// A nomenclature pair of the reference list.
#[derive(Debug, Clone)]
pub struct PairFacts {
    /// The code in ambulatory care.
    pub ambulatory: String,
    /// The code for hospitalised beneficiaries.
    pub hospitalised: String,
    /// The days on which it is in force.
    pub span: Span,
}

impl PairFacts {
    /// The pair's code for a setting: the first is ambulatory, the second hospitalised (CNT-01).
    pub fn code_for(&self, setting: Setting) -> &str {
        match setting {
            Setting::Ambulatory => &self.ambulatory,
            Setting::Hospitalised => &self.hospitalised,
        }
    }
}

/// The result of all checks of a registration that is to be submitted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judgement {
    /// All faults (CGM-05).
    pub faults: Vec<Fault>,
    /// All refusals, which do not concern a single field.
    pub refusals: Vec<Refusal>,
    /// The warnings.
    pub warnings: Vec<Fault>,
    /// The counter it would feed, with the year for B (CNT-01, CNT-05).
    pub counter: Option<(Counter, Option<i32>)>,
}

/// CGM-05: checks a registration against every rule at once.
pub fn judge(registration: &Registration, dictionary: &Dictionary, facts: &Facts) -> Judgement {
    let registration_type = registration.registration_type;
    // An unreadable content would look empty to the rules below, so stop here.
    let form = form_faults(dictionary, registration_type, &registration.content);
    if !form.is_empty() {
        let faults = form.into_iter().map(|fault| fault.under("content")).collect();
        return Judgement { faults, ..Judgement::default() };
    }
    let content = Content::of(&registration.content);
    let mut faults = dictionary.missing(registration_type, &registration.content);
    device_faults(&content, registration_type, &mut faults);
    pair_faults(&content, facts, &mut faults);
    date_faults(registration_type, &content, facts, &mut faults);
    earlier_faults(registration, &content, facts, &mut faults);
    let mut faults: Vec<_> = faults.into_iter().map(|fault| fault.under("content")).collect();
    match (&registration.beneficiary, &facts.beneficiary) {
        (None, _) => faults.push(Fault::new("beneficiaryId", Reason::Required, RuleId::Cgm05)),
        (Some(_), None) => faults.push(Fault::new("beneficiaryId", Reason::BeneficiaryNotFound, RuleId::Sys02)),
        (Some(_), Some(beneficiary)) if reimbursed(registration_type) && !beneficiary.insured => {
            faults.push(Fault::new("beneficiaryId", Reason::InsurerMissing, RuleId::Tra02));
        }
        _ => {}
    }

    let counter = Counter::fed_by(
        registration_type,
        content.device_kinds(),
        content.nomenclature_pair.as_deref(),
        content.event_date,
    );
    let (refusals, mut warnings) = verdicts(registration, &content, facts, counter);
    if let Some(beneficiary) = &facts.beneficiary {
        let (numbers, names) = identity_in_texts(dictionary, &registration.content, &beneficiary.identity);
        faults.extend(numbers);
        warnings.extend(names);
    }
    Judgement { faults, refusals, warnings, counter }
}

/// BEN-04, TRA-01: the texts in which the beneficiary's own number stands, which are faults, and the transmitted ones in
/// which their name stands, which are warnings: a product can have the same name.
fn identity_in_texts(
    dictionary: &Dictionary,
    content: &Map<String, Value>,
    identity: &Identity,
) -> (Vec<Fault>, Vec<Fault>) {
    let (mut faults, mut warnings) = (Vec::new(), Vec::new());
    dictionary.texts(content, &mut |path, text, field| {
        let fault = |reason| Fault::new(path, reason, RuleId::Ben04).under("content");
        if identity.niss.as_ref().is_some_and(|niss| niss.stands_in(text)) {
            faults.push(fault(Reason::NationalNumber));
        }
        if field.transmitted && field.kind.is_free() && identity.is_named_in(text) {
            warnings.push(fault(Reason::NameOfBeneficiary));
        }
    });
    (faults, warnings)
}

/// Whether registrations of the type are billed and so need an insurer (TRA-02).
const fn reimbursed(registration_type: RegistrationType) -> bool {
    matches!(registration_type, RegistrationType::FirstImplantation | RegistrationType::Replacement)
}

/// CGM-14, CGM-15, CNT-06, in this order.
fn verdicts(
    registration: &Registration,
    content: &Content,
    facts: &Facts,
    counter: Option<(Counter, Option<i32>)>,
) -> (Vec<Refusal>, Vec<Fault>) {
    let mut refusals = Vec::new();
    let mut warnings = Vec::new();
    let day = content.event_date.unwrap_or(facts.today);
    if !facts.adherence.is_some_and(|adherence| adherence.holds(day)) {
        refusals.push(Refusal::NotAdhered);
    }
    if registration.registration_type == RegistrationType::FirstImplantation && !facts.explanted {
        if let Some(existing) = facts.first_here {
            refusals.push(Refusal::SecondFirstImplantation { existing: Some(existing) });
        }
        if facts.first_elsewhere {
            warnings.push(Fault::new("beneficiaryId", Reason::FirstImplantationElsewhere, RuleId::Cgm15));
        }
    }
    if let Some(fed) = counter
        && facts.closed.contains(&fed)
        // A registration that keeps its place may be submitted again (CNT-04).
        && !registration.place.is_some_and(|place| place.is_kept(counter))
    {
        refusals.push(Refusal::CounterClosed {
            counter: fed.0,
            year: fed.1,
            other_pair: fed.0.other_pair().map(str::to_owned),
        });
    }
    (refusals, warnings)
}

fn device_faults(content: &Content, registration_type: RegistrationType, faults: &mut Vec<Fault>) {
    match content.responsible_physician.as_deref().map(str::parse::<identifier::NihdiNumber>) {
        Some(Err(_)) => faults.push(Fault::new("responsiblePhysician", Reason::CheckDigit, RuleId::Cgm05)),
        Some(Ok(number)) if !number.is_physician() => {
            faults.push(Fault::new("responsiblePhysician", Reason::NotAPhysician, RuleId::Stf19));
        }
        _ => {}
    }
    for (index, device) in content.devices.iter().enumerate() {
        let mut check = |name: &str, value: &Option<String>, valid: fn(&str) -> bool| {
            if value.as_deref().is_some_and(|value| !valid(value)) {
                faults.push(Fault::new(format!("devices[{index}].{name}"), Reason::CheckDigit, RuleId::Cgm05));
            }
        };
        check("udiDi", &device.udi_di, udi::is_valid);
        check("implantIdentificationCode", &device.implant_identification_code, identifier::implant_code_is_valid);
        check("notificationCode", &device.notification_code, identifier::implant_code_is_valid);
    }
    let mut kinds: Vec<_> = content.device_kinds().collect();
    kinds.sort_unstable();
    if kinds.windows(2).any(|pair| pair[0] == pair[1]) {
        // With a duplicate device, comparing with the replaced kinds makes no sense.
        return faults.push(Fault::new("devices", Reason::DeviceTwice, RuleId::Cgm03));
    }
    let mut replaced = content.replaced.clone();
    replaced.sort_unstable();
    if registration_type == RegistrationType::Replacement
        && !replaced.is_empty()
        && kinds.len() == content.devices.len()
        && !kinds.is_empty()
        && kinds != replaced
    {
        faults.push(Fault::new("replaced", Reason::ReplacedDisagrees, RuleId::Cgm03));
    }
}

fn pair_faults(content: &Content, facts: &Facts, faults: &mut Vec<Fault>) {
    if content.nomenclature_pair.is_none() {
        return;
    }
    let day = content.event_date.unwrap_or(facts.today);
    match facts.pair.as_ref().filter(|pair| pair.span.holds(day)) {
        None => faults.push(Fault::new("nomenclaturePair", Reason::PairNotInForce, RuleId::Cgm01)),
        Some(pair) => {
            let due = content.setting.map(|setting| pair.code_for(setting));
            if let (Some(due), Some(stated)) = (due, content.nomenclature_code.as_deref())
                && due != stated
            {
                faults.push(Fault::new("nomenclatureCode", Reason::SettingDisagrees, RuleId::Cnt01));
            }
        }
    }
}

/// CGM-13: birth ≤ implantation ≤ replacement or explantation ≤ today; after death only follow-up.
fn date_faults(registration_type: RegistrationType, content: &Content, facts: &Facts, faults: &mut Vec<Fault>) {
    let mut fault = |name: &str, reason| faults.push(Fault::new(name, reason, RuleId::Cgm13));
    let hba1c = content.hba1c.as_ref().and_then(|hba1c| hba1c.date);
    let dates = [("eventDate", content.event_date), ("removalDate", content.removal_date), ("hba1c.date", hba1c)];
    let birth = facts.beneficiary.as_ref().and_then(|one| one.identity.known_birth());
    for (name, date) in dates.into_iter().filter_map(|(name, date)| Some((name, date?))) {
        if date > facts.today {
            fault(name, Reason::InFuture);
        }
        if birth.is_some_and(|birth| date < birth) {
            fault(name, Reason::BeforeBirth);
        }
    }
    if let (Some(removal), Some(event)) = (content.removal_date, content.event_date)
        && removal > event
    {
        fault("removalDate", Reason::AfterEvent);
    }
    if let Some(year) = content.diagnosis_year {
        let last = content.event_date.unwrap_or(facts.today).year();
        if year > last || birth.is_some_and(|birth| year < birth.year()) {
            fault("diagnosisYear", Reason::DiagnosisYear);
        }
    }
    if let (Some(event), Some(followed_from)) = (content.event_date, facts.followed_from)
        && event > followed_from
    {
        fault("eventDate", Reason::AfterFollower);
    }
    let death = facts.beneficiary.as_ref().and_then(|one| one.identity.death_date);
    if registration_type != RegistrationType::FollowUp
        && let (Some(event), Some(death)) = (content.event_date, death)
        && event > death
    {
        fault("eventDate", Reason::AfterDeath);
    }
}

/// CGM-13: the earlier first implantation is of the same beneficiary, valid, not explanted, and not later.
fn earlier_faults(registration: &Registration, content: &Content, facts: &Facts, faults: &mut Vec<Fault>) {
    if content.earlier_registration_id.is_none() {
        return;
    }
    let mut fault = |name: &str, reason| faults.push(Fault::new(name, reason, RuleId::Cgm13));
    let Some(earlier) = &facts.earlier else {
        return fault("earlierRegistrationId", Reason::EarlierNotFound);
    };
    if earlier.registration_type != RegistrationType::FirstImplantation {
        fault("earlierRegistrationId", Reason::EarlierNotFirstImplantation);
    }
    if registration.beneficiary.is_some() && !earlier.same_person {
        fault("earlierRegistrationId", Reason::EarlierOtherBeneficiary);
    }
    if !earlier.valid {
        fault("earlierRegistrationId", Reason::EarlierNotValidated);
    }
    if let Some((by, on)) = earlier.explanted
        && by != registration.id.0
    {
        // A replacement dated before the explantation may still be corrected or entered late.
        let too_late = match registration.registration_type {
            RegistrationType::Replacement => content.event_date > on,
            RegistrationType::FirstImplantation | RegistrationType::Explantation => true,
            RegistrationType::FollowUp => false,
        };
        if too_late {
            fault("earlierRegistrationId", Reason::EarlierExplanted);
        }
    }
    if let Some(implantation) = earlier.event_date {
        for (name, date) in [("eventDate", content.event_date), ("removalDate", content.removal_date)] {
            if date.is_some_and(|date| date < implantation) {
                fault(name, Reason::BeforeImplantation);
            }
        }
    }
}

/// A validated registration, with its warnings.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// The registration after validation.
    pub registration: Registration,
    /// The warnings.
    pub warnings: Vec<Fault>,
}

impl Registration {
    /// CGM-05, CGM-06, CGM-14, CGM-15, CNT-06: validates the registration. A validation that changes counter or year
    /// frees its place (CNT-04). `number` is the sequence number of this validation (CNT-04); `new_code` is used only
    /// if the registration has no code yet.
    ///
    /// # Errors
    /// All faults, or without faults the first refusal. Nothing changes.
    pub fn submit(
        self,
        dictionary: &Dictionary,
        facts: &Facts,
        number: i64,
        new_code: RegistrationCode,
        at: DateTime<Utc>,
    ) -> Result<Submission, Rejection> {
        if !matches!(self.state, State::Open { .. }) {
            return Err(Refusal::Transition { from: self.state.status(), attempted: Command::Submit }.into());
        }
        let judgement = judge(&self, dictionary, facts);
        if !judgement.faults.is_empty() {
            return Err(Rejection::Faulty(judgement.faults));
        }
        if let Some(refusal) = judgement.refusals.into_iter().next() {
            return Err(refusal.into());
        }
        let mut registration = self.validated(number, new_code, at)?;
        registration.place = registration.place.filter(|place| place.is_kept(judgement.counter));
        Ok(Submission { registration, warnings: judgement.warnings })
    }
}

#[cfg(test)]
#[path = "submit_tests.rs"]
mod tests;
