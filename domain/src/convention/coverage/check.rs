//! The check of an application: every fault, every doubt, and what the adviser could grant (COV-01, COV-02, COV-05,
//! COV-09, COV-13). A submit and a check that stores nothing share it.

use std::ops::RangeInclusive;

use chrono::NaiveDate;

use super::{
    application::{Content, Hba1c, InformedPerson, Introducer, OtherPhysician},
    facts::Facts,
    form::version_on,
    limits::{End, Limits, Start, StartLimit},
    lost::{Lost, price_of},
    readings::{EXAMINATION_MONTHS, LONGEST_MONTHS},
    serving::ServingNumber,
    status::{ApplicationCommand, ApplicationStatus, after},
};
pub use crate::names::ApplicationKind;
use crate::{
    clock::{last_day_of_months, months_before},
    convention::prescriber::prescribes,
    exact::Exact,
    refusal::{Fault, Reason, Refusal, Rejection},
    rule::RuleId,
    span::Span,
};

/// COV-01: the HbA1c that can be entered, in percent.
pub const HBA1C: RangeInclusive<i64> = 1..=25;
/// COV-01: the decimals of an HbA1c, as on the form.
pub const HBA1C_DECIMALS: u32 = 2;

/// The result of a check.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Every fault.
    pub faults: Vec<Fault>,
    /// Every refusal that concerns no single field.
    pub refusals: Vec<Refusal>,
    /// What is doubtful or announced, but no reason to refuse.
    pub warnings: Vec<Fault>,
    /// What the adviser could grant; `None` until the programme has a first day.
    pub outlook: Option<Outlook>,
    /// Whether the register knows an earlier period at this establishment (COV-01).
    pub kind: ApplicationKind,
    /// The version of the form that the application follows (COV-14).
    pub form_version: Option<i32>,
}

/// What an adviser could grant (COV-04, COV-05).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// The days from the first day wanted to the date of the application; negative when it comes before.
    pub days_late: i64,
    /// The first day possible.
    pub first: Start,
    /// The latest last day of a period that begins then.
    pub last: End,
    /// The days lost by lateness.
    pub lost: Option<Lost>,
}

/// COV-01, COV-02, COV-05, COV-09: checks an application against every rule at once.
#[must_use]
pub fn check(content: &Content, facts: &Facts) -> Check {
    let kind = kind_found(content, facts);
    let limits = Limits::of(content, facts, &[]);
    let form = version_on(&facts.forms, content.application_date.unwrap_or(facts.today));
    let mut faults = application_faults(content, facts);
    faults.extend(number_faults(content, facts, limits.as_ref()));
    faults.extend(programme_faults(content, facts));
    match &content.indication {
        None => faults.push(Fault::new("indication", Reason::Required, RuleId::Cov02)),
        Some(indication) => {
            let found = indication.faults(facts.kept.as_ref()).into_iter();
            faults.extend(
                found
                    .chain(hba1c_fault("hba1cBeforePump", indication.hba1c_before_pump.as_ref(), RuleId::Pmp02))
                    .map(|fault| fault.under("indication")),
            );
        }
    }
    faults.extend(last_hba1c_faults(content, facts));
    faults.extend(prescriber_faults(content, facts));
    faults.extend(physician_faults(content));
    faults.extend(information_faults(content, facts));
    faults.extend(stay_faults(content, facts));
    faults.extend(examination_fault(content, facts, kind, limits.as_ref()));
    faults.extend(notice_faults(content, facts));
    let mut faults: Vec<_> = faults.into_iter().map(|fault| fault.under("content")).collect();
    if !facts.insured {
        faults.push(Fault::new("beneficiaryId", Reason::InsurerMissing, RuleId::Cov03));
    }
    let warnings = warnings(content, facts, kind, limits.as_ref());
    Check {
        faults,
        refusals: facts.open_application.map(|_| Refusal::ApplicationOpen).into_iter().collect(),
        warnings,
        outlook: limits.map(|limits| outlook(content, facts, &limits)),
        kind,
        form_version: form.map(|form| form.version),
    }
}

/// COV-01: submits an application, or says everything that keeps it from being submitted.
///
/// # Errors
/// It is no draft, it has faults, or another one of the establishment waits for a decision about the person.
pub fn submit(
    status: ApplicationStatus,
    content: &Content,
    facts: &Facts,
) -> Result<(ApplicationStatus, Check), Rejection> {
    let next = after(status, ApplicationCommand::Submit)?;
    let check = check(content, facts);
    if !check.faults.is_empty() {
        return Err(Rejection::Faulty(check.faults));
    }
    match check.refusals.first() {
        Some(refusal) => Err(refusal.clone().into()),
        None => Ok((next, check)),
    }
}

/// COV-01: a prolongation by this establishment follows a period of its own.
fn kind_found(content: &Content, facts: &Facts) -> ApplicationKind {
    let before = |days: Span| content.first_day_wanted().is_none_or(|wanted| days.from < wanted);
    let own = facts.periods.iter().filter(|one| one.own).filter_map(|one| one.period.effective());
    if own.into_iter().any(before) { ApplicationKind::Prolongation } else { ApplicationKind::First }
}

/// COV-05, COV-13: the period that could be granted, and the days lost.
fn outlook(content: &Content, facts: &Facts, limits: &Limits) -> Outlook {
    let date = content.application_date.unwrap_or(facts.today);
    let days_late = content.first_day_wanted().map_or(0, |wanted| (date - wanted).num_days());
    let lost = limits.lost().map(|days| Lost {
        days,
        amount: price_of(days, &facts.tariffs),
        borne_by: content.introduced_by,
    });
    Outlook { days_late, first: limits.first, last: limits.last(limits.first.day), lost }
}

fn missing(field: impl Into<String>, rule: RuleId) -> Fault {
    Fault::new(field, Reason::Required, rule)
}

/// The fault of a text that is absent or blank.
fn text_missing(field: &str, text: Option<&String>, rule: RuleId) -> Option<Fault> {
    text.is_none_or(|text| text.trim().is_empty()).then(|| missing(field, rule))
}

/// The fault of a day that should precede the application: before birth, in the future, or after the application's
/// date.
fn day_fault(field: &str, day: Option<NaiveDate>, content: &Content, facts: &Facts, rule: RuleId) -> Option<Fault> {
    let reason = match day {
        None => Reason::Required,
        Some(day) if facts.birth.is_some_and(|birth| day < birth) => Reason::BeforeBirth,
        Some(day) if day > facts.today => Reason::InFuture,
        Some(day) if content.application_date.is_some_and(|date| day > date) => Reason::AfterApplication,
        Some(_) => return None,
    };
    Some(Fault::new(field, reason, rule))
}

/// COV-01, COV-13, COV-14: date, mandatary, introducer, contact and kind.
fn application_faults(content: &Content, facts: &Facts) -> Vec<Fault> {
    let mut faults = Vec::new();
    match content.application_date {
        None => faults.push(missing("applicationDate", RuleId::Cov01)),
        Some(date) if date > facts.today => {
            faults.push(Fault::new("applicationDate", Reason::InFuture, RuleId::Cov01));
        }
        Some(date) if version_on(&facts.forms, date).is_none() => {
            let first = facts.forms.iter().map(|form| form.from).min();
            faults.extend(first.map(|from| Span::since(from).outside("applicationDate", RuleId::Cov14)));
        }
        Some(_) => {}
    }
    if let Some(mandatary) = &content.mandatary {
        let texts = [
            ("name", &mandatary.name),
            ("relation", &mandatary.relation),
            ("street", &mandatary.street),
            ("houseNumber", &mandatary.house_number),
            ("commune", &mandatary.commune),
        ];
        let absent = texts.iter().filter_map(|(field, text)| text_missing(field, text.as_ref(), RuleId::Cov01));
        faults.extend(absent.map(|fault| fault.under("mandatary")));
    }
    if content.introduced_by.is_none() {
        faults.push(missing("introducedBy", RuleId::Cov13));
    }
    match &content.contact {
        None => faults.push(missing("contact", RuleId::Cov01)),
        Some(contact) => {
            let texts = [("name", &contact.name), ("phone", &contact.phone)];
            let absent = texts.iter().filter_map(|(field, text)| text_missing(field, text.as_ref(), RuleId::Cov01));
            faults.extend(absent.map(|fault| fault.under("contact")));
        }
    }
    if content.kind.is_none() {
        faults.push(missing("kind", RuleId::Cov01));
    }
    faults
}

/// CON-01, CON-03, CON-04: the number serves today, its convention has begun by the date of the application, and has
/// not ended before the first day possible.
fn number_faults(content: &Content, facts: &Facts, limits: Option<&Limits>) -> Vec<Fault> {
    let field = "conventionNumber";
    if content.convention_number.is_none() {
        return vec![missing(field, RuleId::Cov01)];
    }
    let Some(serving) = facts.number(content) else {
        let allowed: Vec<_> = facts.numbers.iter().map(|one| one.number.as_str()).collect();
        return vec![Fault::new(field, Reason::NotInList, RuleId::Con01).with("allowed", allowed.join(", "))];
    };
    let mut faults = Vec::new();
    if let Some((until, kept)) = serving.until
        && facts.today > until
    {
        faults.push(Fault::new(field, Reason::OtherNumberKept, RuleId::Con03).with("number", kept));
    }
    let ServingNumber { in_force, begins_by, .. } = *serving;
    if content.application_date.is_some_and(|date| date < in_force.from) {
        faults.push(Span::since(in_force.from).outside("applicationDate", begins_by));
    }
    if limits.is_some_and(|limits| in_force.to.is_some_and(|to| to < limits.first.day)) {
        let fault = Fault::new(field, Reason::ConventionEnded, serving.ends_by());
        faults.extend(in_force.to.map(|to| fault.with("day", to)));
    }
    faults
}

/// COV-01, COV-04, COV-07: the programme has both days, lasts twelve months at most, and begins in the beneficiary's
/// life.
fn programme_faults(content: &Content, facts: &Facts) -> Vec<Fault> {
    let Some(programme) = &content.programme else {
        return vec![missing("programme", RuleId::Cov01)];
    };
    let mut faults = Vec::new();
    match programme.from {
        None => faults.push(missing("from", RuleId::Cov01)),
        Some(from) if facts.birth.is_some_and(|birth| from < birth) => {
            faults.push(Fault::new("from", Reason::BeforeBirth, RuleId::Cov01));
        }
        Some(from) if facts.death.is_some_and(|death| death < from) => {
            faults.push(Fault::new("from", Reason::AfterDeath, RuleId::Cov07));
        }
        Some(_) => {}
    }
    match (programme.from, programme.to) {
        (_, None) => faults.push(missing("to", RuleId::Cov01)),
        (Some(from), Some(to)) => {
            let possible = Span::between(from, last_day_of_months(from, LONGEST_MONTHS));
            if !possible.holds(to) {
                faults.push(possible.outside("to", RuleId::Cov04));
            }
        }
        (None, Some(_)) => {}
    }
    faults.into_iter().map(|fault| fault.under("programme")).collect()
}

/// COV-01: the last HbA1c, with its date and the normal values.
fn last_hba1c_faults(content: &Content, facts: &Facts) -> Vec<Fault> {
    let Some(Hba1c { date, value, normal_from, normal_to }) = &content.last_hba1c else {
        return vec![missing("lastHba1c", RuleId::Cov01)];
    };
    let mut faults: Vec<_> = day_fault("date", *date, content, facts, RuleId::Cov01).into_iter().collect();
    for (field, value) in [("value", value), ("normalFrom", normal_from), ("normalTo", normal_to)] {
        match value {
            None => faults.push(missing(field, RuleId::Cov01)),
            Some(value) => faults.extend(hba1c_fault(field, Some(value), RuleId::Cov01)),
        }
    }
    if let (Some(from), Some(to)) = (normal_from, normal_to)
        && to <= from
    {
        let fault = Fault::new("normalTo", Reason::OutOfRange, RuleId::Cov01);
        faults.push(fault.with("min", from).with("max", HBA1C.end()));
    }
    faults.into_iter().map(|fault| fault.under("lastHba1c")).collect()
}

/// COV-01, PMP-02: the fault of an HbA1c that is no percentage a laboratory gives.
fn hba1c_fault(field: &str, value: Option<&Exact>, rule: RuleId) -> Option<Fault> {
    let value = value?;
    if !(Exact::from(*HBA1C.start())..=Exact::from(*HBA1C.end())).contains(value) {
        let fault = Fault::new(field, Reason::OutOfRange, rule);
        return Some(fault.with("min", HBA1C.start()).with("max", HBA1C.end()));
    }
    let too_precise = value.decimals().is_none_or(|decimals| decimals > HBA1C_DECIMALS);
    too_precise.then(|| Fault::new(field, Reason::TooPrecise, rule).with("decimals", HBA1C_DECIMALS))
}

/// COV-02, STF-19: a physician on the establishment's list on the day of signing.
fn prescriber_faults(content: &Content, facts: &Facts) -> Vec<Fault> {
    let Some(prescriber) = &content.prescriber else {
        return vec![missing("prescriber", RuleId::Cov02)];
    };
    let mut faults = Vec::new();
    match (prescriber.nihdi_number, prescriber.signed_on) {
        (None, _) => faults.push(missing("nihdiNumber", RuleId::Cov02)),
        (Some(number), Some(signed_on)) if !prescribes(&facts.prescribers, &number, signed_on) => {
            // A physician who was on the list is told until when.
            let same = facts.prescribers.iter().filter(|one| one.number.person() == number.person());
            let last = same.filter_map(|one| one.span.to).filter(|to| *to < signed_on).max();
            let fault = match last {
                Some(last) => Fault::new("nihdiNumber", Reason::NoLongerPrescribes, RuleId::Cov02).with("day", last),
                None => Fault::new("nihdiNumber", Reason::NotAPrescriber, RuleId::Cov02),
            };
            faults.push(fault);
        }
        _ => {}
    }
    match prescriber.signed_on {
        None => faults.push(missing("signedOn", RuleId::Cov02)),
        Some(signed_on) if signed_on > facts.today => {
            faults.push(Fault::new("signedOn", Reason::InFuture, RuleId::Cov02));
        }
        Some(_) => {}
    }
    faults.into_iter().map(|fault| fault.under("prescriber")).collect()
}

/// COV-01: another physician is named with address and phone.
fn physician_faults(content: &Content) -> Vec<Fault> {
    let faults_of = |(index, physician): (usize, &OtherPhysician)| {
        let texts = [("name", &physician.name), ("address", &physician.address), ("phone", &physician.phone)];
        let absent = texts.map(|(field, text)| text_missing(field, text.as_ref(), RuleId::Cov01));
        let kind = physician.kind.is_none().then(|| missing("kind", RuleId::Cov01));
        let all = kind.into_iter().chain(absent.into_iter().flatten());
        all.map(|fault| fault.under(&format!("otherPhysicians[{index}]"))).collect::<Vec<_>>()
    };
    content.other_physicians.iter().flatten().enumerate().flat_map(faults_of).collect()
}

/// COV-09: everything was told before signing, to whom it concerns.
fn information_faults(content: &Content, facts: &Facts) -> Vec<Fault> {
    let Some(information) = &content.information else {
        return vec![missing("information", RuleId::Cov09)];
    };
    let mut faults: Vec<_> = day_fault("day", information.day, content, facts, RuleId::Cov09).into_iter().collect();
    let told = |who| information.given_to.iter().flatten().any(|one| *one == who);
    if !told(InformedPerson::Beneficiary) && !told(InformedPerson::Mandatary) {
        faults.push(missing("givenTo", RuleId::Cov09));
    } else if content.mandatary.is_some() && !told(InformedPerson::Mandatary) {
        faults.push(Fault::new("givenTo", Reason::MandataryNotTold, RuleId::Cov09));
    }
    let alone = content.introduced_by == Some(Introducer::Beneficiary);
    let points = [
        ("ownEffort", information.own_effort, true),
        ("meansOffered", information.means_offered, true),
        ("endRulesInWriting", information.end_rules_in_writing, true),
        ("practitionerAndPharmacist", information.practitioner_and_pharmacist, true),
        ("costOfLateness", information.cost_of_lateness, alone),
    ];
    let untold = points.into_iter().filter(|(_, told, asked)| *asked && *told != Some(true));
    faults.extend(untold.map(|(field, _, _)| Fault::new(field, Reason::NotTold, RuleId::Cov09)));
    faults.into_iter().map(|fault| fault.under("information")).collect()
}

/// PMP-04: a start in hospital that is claimed has its conditions.
fn stay_faults(content: &Content, facts: &Facts) -> Vec<Fault> {
    let field = "startsInHospital";
    if content.starts_in_hospital != Some(true) || content.first_day_wanted().is_none() {
        return Vec::new();
    }
    match facts.in_hospital(content) {
        None => vec![Fault::new(field, Reason::NoStay, RuleId::Pmp04)],
        Some(start) => start.faults(field).collect(),
    }
}

/// PMP-03: a prolongation without preventive examination in the year before its first day needs words.
fn examination_fault(
    content: &Content,
    facts: &Facts,
    kind: ApplicationKind,
    limits: Option<&Limits>,
) -> Option<Fault> {
    let prolonged = [Some(kind), content.kind].contains(&Some(ApplicationKind::Prolongation));
    let since = months_before(limits?.first.day, EXAMINATION_MONTHS);
    let examined = facts.examinations.iter().any(|day| *day >= since);
    let asked = prolonged && !examined;
    text_missing("withoutExaminations", content.without_examinations.as_ref(), RuleId::Pmp03).filter(|_| asked)
}

/// COV-07: a notice of the beneficiary has a day and a way.
fn notice_faults(content: &Content, facts: &Facts) -> Vec<Fault> {
    let Some(notice) = &content.move_notice else { return Vec::new() };
    let mut faults = Vec::new();
    match notice.day {
        None => faults.push(missing("day", RuleId::Cov07)),
        Some(day) if day > facts.today => faults.push(Fault::new("day", Reason::InFuture, RuleId::Cov07)),
        Some(_) => {}
    }
    if notice.way.is_none() {
        faults.push(missing("way", RuleId::Cov07));
    }
    faults.into_iter().map(|fault| fault.under("moveNotice")).collect()
}

/// PMP-01, PMP-02, PMP-04, PMP-08, COV-01, BEN-02: what does not keep an application from being submitted.
fn warnings(content: &Content, facts: &Facts, kind: ApplicationKind, limits: Option<&Limits>) -> Vec<Fault> {
    let mut warnings = Vec::new();
    let wanted = content.first_day_wanted();
    let age = limits.and_then(|limits| limits.starts.iter().find(|one| one.limit == StartLimit::Age));
    match (age, wanted) {
        (Some(age), Some(wanted)) if wanted < age.day => {
            warnings.push(Fault::new("programme.from", Reason::BelowAge, RuleId::Pmp01).with("day", age.day));
        }
        (None, Some(_)) => warnings.push(Fault::new("programme.from", Reason::BirthUnknown, RuleId::Pmp01)),
        _ => {}
    }
    if content.kind.is_some_and(|stated| stated != kind) {
        warnings.push(Fault::new("kind", Reason::KindDisagrees, RuleId::Cov01));
    }
    if let Some(indication) = &content.indication {
        let doubts = indication.doubts(facts.sex, wanted, facts.kept.as_ref());
        warnings.extend(doubts.into_iter().map(|fault| fault.under("indication")));
    }
    if let Some(start) = facts.in_hospital(content)
        && let Some(day) = start.without_contact.first()
        && content.starts_in_hospital == Some(true)
    {
        warnings.push(Fault::new("startsInHospital", Reason::ContactMissing, RuleId::Pmp04).with("day", day));
    }
    let mut warnings: Vec<_> = warnings.into_iter().map(|fault| fault.under("content")).collect();
    if facts.not_invoiceable {
        warnings.push(Fault::new("beneficiaryId", Reason::NotInvoiceable, RuleId::Ben02));
    }
    warnings
}

#[cfg(test)]
#[path = "check_tests.rs"]
pub(super) mod tests;
