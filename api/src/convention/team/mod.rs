//! The team register (STF-12).

pub mod create;
pub mod dto;
pub mod list;
pub mod read;
pub mod replace;
pub mod withdraw;

use chrono::{Datelike, NaiveDate};
use insula_domain::{
    convention::{
        staffing::{
            findings::{about, findings},
            patients::years_asked,
            requirement::requirement,
            statement::Statements,
        },
        term::{Term, pump_in_year},
    },
    identifier::HospitalNumber,
    refusal::Fault,
};
use insula_persistence::{
    Stop, Tx,
    convention::{
        conventions, records, staffing,
        team::{MemberVersion, TeamMember},
    },
};
/// The warnings about a team on a day, compared with what is required that year (STF-08 to STF-12, STF-18, STF-19).
fn warnings(tx: &mut Tx, hospital: HospitalNumber, team: &[MemberVersion], on: NaiveDate) -> Result<Vec<Fault>, Stop> {
    let year = on.year();
    let terms: Vec<Term> = conventions::conventions(tx, hospital)?.into_iter().map(|one| one.term).collect();
    let new_since = pump_in_year(&terms, year).and_then(|(term, ..)| term.new_since());
    let stated = staffing::statements(tx, hospital, &years_asked(year, new_since), None)?;
    let stated: Statements = stated.into_iter().map(|(year, one)| (year, one.content.numbers)).collect();
    let required = requirement(year, new_since, &stated);
    let members: Vec<_> = team.iter().map(|one| one.content.member.clone()).collect();
    Ok(findings(&members, on, |function| required.get(&function).cloned().unwrap_or_default()))
}

/// The warnings after a member was entered: about them and the team as a whole, on their first day of work from today.
fn warnings_about(
    tx: &mut Tx,
    hospital: HospitalNumber,
    entered: &MemberVersion,
    today: NaiveDate,
) -> Result<Vec<Fault>, Stop> {
    let member = &entered.content.member;
    let team = records::list::<TeamMember>(tx, hospital, None)?;
    Ok(about(member.id, warnings(tx, hospital, &team, member.at_work_from(today))?))
}
