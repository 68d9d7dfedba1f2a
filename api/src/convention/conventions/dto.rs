//! Schema of a convention.

use actix_web::http::StatusCode;
use chrono::NaiveDate;
use insula_domain::{
    clock::brussels_day,
    convention::{granted::Cut, number::ConventionNumber, term::Term},
    identifier::HospitalNumber,
    names::{ConventionEnd, ConventionKind, ConventionParty},
    refusal::Reason,
};
use insula_persistence::{
    Stop, Tx,
    convention::conventions::{self, Held},
    idempotency::Answer,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::{caller::Caller, input::path_value, problem::ApiError};

/// A convention of a hospital.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Convention {
    /// Its one identification number (CON-01).
    pub number: ConventionNumber,
    /// Its kind.
    pub kind: ConventionKind,
    /// The hospital that holds it.
    pub hospital_number: HospitalNumber,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The first day on which it is in force.
    pub from: NaiveDate,
    /// The first day on which this hospital holds it, if it took it over by a merger or demerger (CON-03, CON-04).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub taken_over_on: Option<NaiveDate>,
    /// The last day on which this hospital holds it, if known. A pump convention also ends with self-management
    /// (CON-06), and any convention ends here the day before another hospital takes it over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_day: Option<NaiveDate>,
    /// Why it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ended_because: Option<ConventionEnd>,
    /// Whether it is in force on the day asked for.
    pub in_force: bool,
    /// For a pump convention: whether the hospital had none before, so that STF-05 applies to its team.
    pub new_establishment: bool,
    /// When the registered letter that denounced it was sent (CON-05).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub denounced_on: Option<NaiveDate>,
    /// Which party denounced it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub denounced_by: Option<ConventionParty>,
    /// Counts every change, from 1; also the ETag.
    pub version: i32,
    /// The granted periods that lose days with it (COV-07); only in the answer to a denunciation and to its check.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cut_periods: Option<Vec<CutPeriod>>,
}

/// A granted period that the end of its convention changes (COV-07).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CutPeriod {
    /// The period.
    pub granted_period_id: Uuid,
    /// Its first day.
    pub from: NaiveDate,
    /// The last day that is left; absent when none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
    /// The days that it loses; negative when it gets back days that an end entered before had taken.
    pub days: i64,
}

impl CutPeriod {
    /// Shows what becomes of a period.
    pub fn of(cut: &Cut) -> CutPeriod {
        CutPeriod { granted_period_id: cut.period, from: cut.from, to: cut.last_day, days: cut.days }
    }
}

impl Convention {
    pub(super) fn of(caller: &Caller, convention: &Held, own: &[Term], on: NaiveDate) -> Convention {
        let really = convention.term.with_expiry(own);
        let hospital = really.hospital;
        Convention {
            number: really.number,
            kind: really.kind(),
            href: caller.href(&format!("/establishments/{hospital}/conventions/{}", really.number.as_str())),
            hospital_number: hospital,
            from: really.from,
            taken_over_on: really.taken_over,
            last_day: really.end.map(|end| end.last_day),
            ended_because: really.end.map(|end| end.why),
            in_force: really.in_force(on),
            new_establishment: really.new_establishment,
            denounced_on: convention.denunciation.map(|letter| letter.sent_on),
            denounced_by: convention.denunciation.map(|letter| letter.by),
            version: convention.version,
            cut_periods: None,
        }
    }
}

/// A convention's number in the path, of either kind.
pub(super) fn convention_number(path: &str) -> Result<ConventionNumber, ApiError> {
    path_value("conventionNumber", ConventionNumber::of_any_kind(path).map_err(|_| Reason::CheckDigit))
}

/// A convention as its hospital holds it now; the latest term, if there are several.
pub(super) fn answer_for(
    caller: &Caller,
    tx: &mut Tx,
    hospital: HospitalNumber,
    number: ConventionNumber,
) -> Result<Answer, Stop> {
    let found = conventions::conventions(tx, hospital)?;
    let own: Vec<Term> = found.iter().map(|one| one.term.clone()).collect();
    let convention = found.iter().rfind(|one| one.term.number == number).ok_or(Stop::NotFound)?;
    let shown = Convention::of(caller, convention, &own, brussels_day(tx.now));
    Ok(caller.answer(StatusCode::OK, Some(convention.version), None, &shown))
}
