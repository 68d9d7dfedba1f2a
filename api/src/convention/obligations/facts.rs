//! From what the registers hold to what is due (REG-17).

use chrono::{Datelike, Days, NaiveDate};
use insula_domain::{
    convention::{
        contact::Contact,
        coverage::readings::{DAYS_BEFORE_APPLICATION, ENDING_REMINDERS},
        follow_up::ConsultantFollowUp,
        holder::Convention,
        hospital_stay::HospitalStay,
        practitioner::due::{ReportDue, Told},
        reports::{
            covered::covered,
            due::first_day_to_send,
            home_base::followed_stays,
            obligation::{Done, Obligation, SubjectKind},
            obligations::{DueFollowUp, Facts, MeetingsOfYear, ReportedYear, obligations},
        },
        staffing::{
            Member,
            deadlines::deadlines,
            patients::{Patients, years_asked},
            statement::Statements,
        },
        term::{Term, pump_in_year},
    },
    identifier::HospitalNumber,
    ids::BeneficiaryId,
    span::Span,
};
use insula_persistence::{
    Stop, Tx,
    convention::{
        conventions,
        coverage::periods,
        obligations::{self as found, Whom},
        practitioner,
        records::{self, identified},
        reports::annual,
        staffing,
        team::TeamMember,
    },
    parties::organisations,
};
use uuid::Uuid;

use crate::convention::meeting_assessment;

/// What is due of an establishment, and whom each row is about.
pub struct Known {
    /// The name and number of the hospital.
    pub hospital: String,
    /// The rows, in order.
    pub rows: Vec<Obligation>,
    /// The beneficiaries that they are about, by the identifier of their subject.
    pub whom: Whom,
    /// The names of the members of the team.
    pub members: Vec<(Uuid, String)>,
}

impl Known {
    /// The beneficiary whom a row is about.
    pub fn concerned(&self, row: &Obligation) -> Option<Uuid> {
        let id = row.subject.id?;
        if row.subject.kind == SubjectKind::Beneficiary { Some(id) } else { self.whom.get(&id).copied() }
    }
}

/// REG-17: what is due of an establishment on a day, computed from what is known now: a fixed number of statements,
/// whatever its size. `conventions` are those of all hospitals.
pub fn known(tx: &mut Tx, hospital: HospitalNumber, conventions: &[Convention], on: NaiveDate) -> Result<Known, Stop> {
    let name = organisations::hospital(tx, hospital)?.name;
    let mut whom = Whom::new();
    let terms: Vec<Term> = conventions::conventions(tx, hospital)?.into_iter().map(|one| one.term).collect();
    let years = [on.year() - 1, on.year()];
    let team = records::list::<TeamMember>(tx, hospital, None)?;
    let members: Vec<Member> = team.iter().map(|one| one.content.member.clone()).collect();
    let contacts = identified(records::list::<Contact>(tx, hospital, None)?);
    let pump = years.iter().rev().find_map(|year| pump_in_year(&terms, *year)).map(|(term, ..)| term);
    let new_since = pump.as_ref().and_then(Term::new_since);
    let last_day = pump.and_then(|term| term.end).map(|end| end.last_day);
    let from = on.checked_sub_days(Days::new(DAYS_BEFORE_APPLICATION)).unwrap_or(on);
    let to = on.checked_add_days(Days::new(ENDING_REMINDERS[0])).unwrap_or(on);
    let rows = obligations(
        &Facts {
            reports: &reports(tx, hospital, conventions, years)?,
            periods: &found::ending_periods(tx, Span::between(from, to), &mut whom)?,
            summaries: &[found::summaries(tx, on.year() - 1)?],
            practitioner_reports: &practitioner_reports(tx, hospital, on)?,
            meetings: &meetings(tx, hospital, &terms, years, on)?,
            drafts: &found::drafts(tx, &mut whom)?,
            conditions: &found::conditions(tx, from, &mut whom)?,
            follow_ups: &follow_ups(tx, hospital, &contacts, &members, on, &mut whom)?,
            stays: &stays(tx, hospital, &contacts, on, &mut whom)?,
            members: &members,
            deadlines: &deadlines(&members, on, new_since, last_day, None),
            patient_numbers: &patient_numbers(tx, hospital, on.year(), new_since)?,
            not_invoiced: found::not_invoiced(tx)?,
            ending: last_day.map(|last_day| found::told_of_end(tx, last_day)).transpose()?,
        },
        on,
    );
    let members = team.into_iter().map(|one| (one.content.member.id, one.content.name)).collect();
    Ok(Known { hospital: format!("{name} ({hospital})"), rows, whom, members })
}

/// REG-06: the years on which the hospital reports.
fn reports(
    tx: &mut Tx,
    hospital: HospitalNumber,
    conventions: &[Convention],
    years: [i32; 2],
) -> Result<Vec<ReportedYear>, Stop> {
    let mut reports = Vec::new();
    for year in years {
        let Some(from) = first_day_to_send(&covered(hospital, year, conventions)) else { continue };
        let sent = annual::sent(tx, hospital, year, None)?.into_iter().map(|one| one.sent.sent_on).min();
        reports.push(ReportedYear { year, from, sent: sent.map(|on| Done { on, by: None }) });
    }
    Ok(reports)
}

/// REG-04: the reports to the physicians of all beneficiaries.
fn practitioner_reports(
    tx: &mut Tx,
    hospital: HospitalNumber,
    on: NaiveDate,
) -> Result<Vec<(BeneficiaryId, ReportDue)>, Stop> {
    let cases = practitioner::all(tx, hospital)?;
    let each = cases.iter().flat_map(|case| {
        let practitioner::Case { beneficiary, covered, physicians, changes, reports } = case;
        let dues = Told { covered, physicians, changes, reports, on }.dues();
        dues.into_iter().map(|due| (BeneficiaryId(*beneficiary), due))
    });
    Ok(each.collect())
}

/// REG-03: the joint meetings of the years in which the convention is in force.
fn meetings(
    tx: &mut Tx,
    hospital: HospitalNumber,
    terms: &[Term],
    years: [i32; 2],
    on: NaiveDate,
) -> Result<Vec<MeetingsOfYear>, Stop> {
    let mut meetings = Vec::new();
    for year in years.into_iter().filter(|year| pump_in_year(terms, *year).is_some()) {
        let judged = meeting_assessment::assess(tx, hospital, year, on, None)?.judged;
        let (counted, required) = (judged.counted, judged.required);
        meetings.push(MeetingsOfYear { year, counted, required, due: judged.due });
    }
    Ok(meetings)
}

/// REG-14: the consultants whom beneficiaries have to see.
fn follow_ups(
    tx: &mut Tx,
    hospital: HospitalNumber,
    contacts: &[(Uuid, Contact)],
    members: &[Member],
    on: NaiveDate,
    whom: &mut Whom,
) -> Result<Vec<DueFollowUp>, Stop> {
    let noted = identified(records::list::<ConsultantFollowUp>(tx, hospital, None)?);
    whom.extend(noted.iter().map(|(id, one)| (*id, one.beneficiary_id.0)));
    let contacts: Vec<Contact> = contacts.iter().map(|(_, contact)| contact.clone()).collect();
    let due = |(id, one): &(Uuid, ConsultantFollowUp)| {
        let met = one.met_on(&contacts, members, on).map(|on| Done { on, by: None });
        DueFollowUp { id: *id, due: one.due_on, done: met }
    };
    Ok(noted.iter().map(due).collect())
}

/// REG-15: the stays in the hospital of the team.
fn stays(
    tx: &mut Tx,
    hospital: HospitalNumber,
    contacts: &[(Uuid, Contact)],
    on: NaiveDate,
    whom: &mut Whom,
) -> Result<Vec<insula_domain::convention::reports::home_base::FollowedStay>, Stop> {
    let stays = identified(records::list::<HospitalStay>(tx, hospital, None)?);
    whom.extend(stays.iter().map(|(id, stay)| (*id, stay.beneficiary_id.0)));
    let beneficiaries: Vec<Uuid> = stays.iter().map(|(_, stay)| stay.beneficiary_id.0).collect();
    let granted = periods::days_of_beneficiaries(tx, &beneficiaries, None)?;
    Ok(followed_stays(hospital, &stays, contacts, &granted, on))
}

/// STF-03, STF-05: the numbers of patients that the norm of a year needs and that are not stated.
fn patient_numbers(
    tx: &mut Tx,
    hospital: HospitalNumber,
    year: i32,
    new_since: Option<NaiveDate>,
) -> Result<Vec<(i32, insula_domain::convention::staffing::patients::Needed)>, Stop> {
    let stated = staffing::statements(tx, hospital, &years_asked(year, new_since), None)?;
    let numbers: Statements = stated.into_iter().map(|(year, one)| (year, one.content.numbers)).collect();
    let needed = Patients::of(&numbers, new_since).basis(year, new_since).err().unwrap_or_default();
    Ok(needed.into_iter().map(|needed| (year, needed)).collect())
}
