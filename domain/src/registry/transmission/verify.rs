//! The verification of a registration code by an insurer (TRA-02).

use chrono::NaiveDate;

pub use crate::names::{NightDecision, VerdictReason};
use crate::{names::Status, nomenclature::Counter};

impl NightDecision {
    /// CNT-01, CNT-03: the decision for a registration that feeds `counter`; `decided` tells whether a night has
    /// decided about its last validation. A deleted registration no longer counts.
    pub fn of(
        counter: Option<(Counter, Option<i32>)>,
        status: Status,
        holds_place: bool,
        decided: bool,
    ) -> NightDecision {
        match counter {
            None => NightDecision::NotCounted,
            Some(_) if status == Status::Deleted => NightDecision::NotCounted,
            Some(_) if holds_place => NightDecision::HoldsPlace,
            Some(_) if decided => NightDecision::Exceeded,
            Some(_) => NightDecision::Pending,
        }
    }
}

/// TRA-02: why the status alone rules out billing; `None` if it does not.
pub const fn status_reason(status: Status) -> Option<VerdictReason> {
    match status {
        Status::Submitted => None,
        Status::Sending => Some(VerdictReason::Pending),
        Status::Open => Some(VerdictReason::BeingCorrected),
        Status::CorrectionsNeeded => Some(VerdictReason::CorrectionsNeeded),
        Status::Deleted => Some(VerdictReason::Deleted),
    }
}

/// The facts about a validated registration that an insurer can verify.
#[derive(Debug, Clone)]
pub struct Registered {
    /// Its status.
    pub status: Status,
    /// Its reimbursed code for the setting.
    pub nomenclature_code: Option<String>,
    /// Its event date.
    pub event_date: Option<NaiveDate>,
    /// Whether it concerns the beneficiary in question.
    pub same_beneficiary: bool,
}

/// TRA-02: every reason why the code cannot be billed for this beneficiary, nomenclature code and date; empty if it
/// can. An unknown code and a code of another insurer's member give the same answer (SYS-02).
pub fn verify(registered: Option<&Registered>, nomenclature_code: &str, date: NaiveDate) -> Vec<VerdictReason> {
    let Some(registered) = registered else {
        return vec![VerdictReason::UnknownCode];
    };
    let mut reasons: Vec<_> = status_reason(registered.status).into_iter().collect();
    if !registered.same_beneficiary {
        reasons.push(VerdictReason::OtherBeneficiary);
    }
    match registered.nomenclature_code.as_deref() {
        None => reasons.push(VerdictReason::NothingReimbursed),
        Some(code) if code != nomenclature_code => reasons.push(VerdictReason::OtherNomenclatureCode),
        Some(_) => {}
    }
    if registered.event_date != Some(date) {
        reasons.push(VerdictReason::OtherDate);
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registered(status: Status) -> Registered {
        Registered {
            status,
            nomenclature_code: Some("174370".into()),
            event_date: NaiveDate::from_ymd_opt(2026, 3, 1),
            same_beneficiary: true,
        }
    }

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 1).unwrap()
    }

    /// TRA-02, CNT-03: whether a night has decided, and how.
    #[test]
    fn the_night_has_spoken_or_not() {
        use NightDecision::{Exceeded, HoldsPlace, NotCounted, Pending};
        let a = Some((Counter::A, None));
        for (counter, status, holds_place, decided, expected) in [
            (None, Status::Submitted, false, false, NotCounted),
            (a, Status::Sending, false, false, Pending),
            (a, Status::Submitted, true, true, HoldsPlace),
            (a, Status::Sending, true, false, HoldsPlace),
            (a, Status::CorrectionsNeeded, false, true, Exceeded),
            (a, Status::CorrectionsNeeded, false, false, Pending),
            (a, Status::Deleted, false, true, NotCounted),
        ] {
            assert_eq!(
                NightDecision::of(counter, status, holds_place, decided),
                expected,
                "{status} {holds_place} {decided}"
            );
        }
    }

    /// TRA-02: a registration is billable only while submitted.
    #[test]
    fn only_a_submitted_registration_is_billable() {
        for &status in Status::ALL {
            let reasons = verify(Some(&registered(status)), "174370", day());
            assert_eq!(reasons.is_empty(), status == Status::Submitted, "{status}");
        }
    }

    /// TRA-02, SYS-04: all reasons are given at once.
    #[test]
    fn all_reasons_come_at_once() {
        let mut other = registered(Status::Open);
        other.same_beneficiary = false;
        assert_eq!(
            verify(Some(&other), "174381", day().succ_opt().unwrap()),
            [
                VerdictReason::BeingCorrected,
                VerdictReason::OtherBeneficiary,
                VerdictReason::OtherNomenclatureCode,
                VerdictReason::OtherDate
            ]
        );
        assert_eq!(verify(None, "174370", day()), [VerdictReason::UnknownCode]);
    }
}
