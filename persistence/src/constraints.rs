//! The meaning of the database's constraints, by their names in the migrations.

use insula_domain::{
    refusal::{Fault, Reason, Refusal},
    rule::RuleId,
};

use crate::error::{DbError, Stop};

/// Whether a retry resolves the violation: it draws another code, or sees the grant, the day or the end that was first.
pub(crate) fn passes(constraint: &str) -> bool {
    ["code_unique", "day_in_period", "one_due_day", "one_grant_per_person"].contains(&constraint)
}

impl DbError {
    /// Whether a retry may succeed.
    pub fn passes(&self) -> bool {
        match self {
            DbError::Busy | DbError::Retry => true,
            DbError::Constraint(name) => passes(name),
            DbError::Inconsistent { .. } | DbError::Sealed | DbError::Other(_) => false,
        }
    }
}

/// Turns a violation into the fault or refusal of the rule that the constraint enforces.
pub(crate) fn rejection(stop: Stop) -> Stop {
    let Stop::Db(DbError::Constraint(name)) = stop else { return stop };
    let (field, reason, rule) = match name.as_str() {
        "no_day_of_two" => return Refusal::PeriodInTheWay.into(),
        "records_pkey" | "one_present_record" | "one_decision_at_a_time" | "coverage_decisions_supersedes_key" => {
            return Stop::Stale;
        }
        "one_first_implantation" => return Refusal::SecondFirstImplantation { existing: None }.into(),
        "one_open_application" => return Refusal::ApplicationOpen.into(),
        "adhered_today" => return Refusal::NotAdheredToday.into(),
        "registry_granted" => return Refusal::RegistryNotGranted { contact: None }.into(),
        "beneficiary_known" => ("beneficiaryId", Reason::BeneficiaryNotFound, RuleId::Sys02),
        "explanted_once" => ("content.earlierRegistrationId", Reason::EarlierExplanted, RuleId::Cgm13),
        "one_convention_at_a_time" => ("from", Reason::ConventionInForce, RuleId::Con01),
        "one_responsible_physician" => ("assignments", Reason::ResponsiblePhysicianAlready, RuleId::Stf09),
        "one_pump_at_a_time" => ("from", Reason::OverlapsAnother, RuleId::Pmp07),
        "one_member_per_person" => ("nihdiNumber", Reason::MemberAlready, RuleId::Stf12),
        _ => return Stop::Db(DbError::Constraint(name)),
    };
    vec![Fault::new(field, reason, rule)].into()
}
