//! Adds to each operation of the contract on what terms it answers: who may call it, and the problem types it has.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use crate::http::{
    permission::{self, Access},
    problem::{ALL, ProblemType},
};

/// Whether the operation refuses something with 409 (Conflict).
pub fn conflicts(operation: &str) -> bool {
    let codes = REFUSALS.iter().filter(|(name, _)| *name == operation).flat_map(|(_, codes)| *codes);
    codes.into_iter().any(|code| ALL.iter().any(|one| one.code == *code && one.status == StatusCode::CONFLICT))
}

/// The codes of what each operation refuses, beside the problems that follow from its token, parameters and body.
const REFUSALS: &[(&str, &[&str])] = &[
    ("replaceRegistration", &["transitionNotPossible"]),
    ("changeRegistration", &["transitionNotPossible"]),
    ("deleteRegistration", &["transitionNotPossible", "deletionNotAllowed", "secondFirstImplantation"]),
    (
        "submitRegistration",
        &["transitionNotPossible", "hospitalNotAdhered", "counterClosedA", "counterClosedB", "secondFirstImplantation"],
    ),
    ("reopenRegistration", &["transitionNotPossible"]),
    ("cancelRegistrationImport", &["importEnded"]),
    ("createBeneficiary", &["likelyDuplicate"]),
    ("listCodedRegistrations", &["hospitalNotAdheredToday"]),
    ("getStatistics", &["hospitalNotAdheredToday"]),
    ("sendNotification", &["notificationNotParked", "noRecipients"]),
    ("createWebhookSubscription", &["tooManyWebhookSubscriptions"]),
    ("testWebhookSubscription", &["webhookSubscriptionInactive"]),
    ("resendWebhookDelivery", &["webhookSubscriptionInactive"]),
    ("withdrawMerger", &["mergerBuiltUpon"]),
    ("replaceCoverageApplication", &["applicationTransitionNotPossible"]),
    ("deleteCoverageApplication", &["applicationTransitionNotPossible"]),
    ("submitCoverageApplication", &["applicationTransitionNotPossible", "applicationAlreadyOpen"]),
    ("withdrawCoverageApplication", &["applicationTransitionNotPossible"]),
    ("createCoverageDecision", &["applicationTransitionNotPossible", "decisionStands", "periodInTheWay"]),
    ("createEarlierPeriod", &["periodInTheWay"]),
    ("createCoverageQuestion", &["applicationTransitionNotPossible"]),
    ("answerCoverageQuestion", &["applicationTransitionNotPossible"]),
    ("previewCoverageDecision", &["applicationTransitionNotPossible", "decisionStands", "periodInTheWay"]),
    ("giveYearlySummary", &["noSummaryDue"]),
    ("createTariff", &["regularisationNeeded"]),
    ("previewRegularisation", &["tariffUsed"]),
    ("createRegularisation", &["tariffUsed"]),
    (
        "createInvoiceFile",
        &[
            "billingIdentityMissing",
            "pumpCodeMissing",
            "nothingToBill",
            "invoiceNumbersUsedUp",
            "invoiceLineCredited",
            "creditOfCredit",
            "invoiceLineRefused",
        ],
    ),
    ("previewInvoiceFile", &["invoiceLineCredited", "creditOfCredit", "invoiceLineRefused"]),
    ("handOverInvoiceFile", &["invoiceFileTransitionNotPossible"]),
    ("answerInvoiceFile", &["invoiceFileTransitionNotPossible"]),
    ("importInvoiceAnswer", &["invoiceFileTransitionNotPossible"]),
    ("mergeInvoiceFile", &["invoiceFileTransitionNotPossible"]),
    ("contestInvoiceLine", &["nothingToContest"]),
    ("sendAnnualReport", &["reportTooEarly", "reportAsSent"]),
    ("withdrawPumpDays", &["pumpDayTransitionNotPossible"]),
    ("getStaffingAssessment", &["patientNumbersMissing"]),
];

/// Adds `x-roles`, `x-scope` and `x-problem-types`, its refusals, to each operation, and who may call it to its
/// description.
pub fn add(document: &mut Value) {
    for (_, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (_, operation) in item.as_object_mut().into_iter().flatten() {
            let name = operation["operationId"].as_str().unwrap_or_default().to_owned();
            let Some((access, scope)) = permission::row(&name) else { continue };
            if let Some(who) = who(access, scope) {
                let description = operation["description"].as_str().unwrap_or_default();
                operation["description"] = json!(format!("{description}\n\n{who}").trim());
                operation["x-roles"] = json!(access.roles());
            }
            if let Some(scope) = scope {
                operation["x-scope"] = json!(scope);
            }
            let refusals = refusals(&name, access);
            if !refusals.is_empty() {
                operation["x-problem-types"] = json!(refusals);
            }
        }
    }
}

/// Who may call an operation, in a sentence; nothing is said of one that is open to everyone.
fn who(access: Access, scope: Option<&str>) -> Option<String> {
    let roles: Vec<_> = access.roles().iter().map(|role| format!("`{}`", role.name())).collect();
    let roles = roles.join(", ");
    let said = match access {
        Access::Public => return None,
        Access::AnyRole => "Any role.".to_owned(),
        Access::Roles(_) => format!("Roles: {roles}."),
        Access::Registry(_) => format!("Roles: {roles}; people of a hospital need its grant (CGM-02)."),
        Access::RolesOrRegistry(_, registry) => {
            let granted: Vec<_> = registry.iter().map(|role| format!("`{}`", role.name())).collect();
            format!("Roles: {roles}; with {} alone, the access manager's grant is needed (CGM-02).", granted.join(", "))
        }
    };
    Some(match scope {
        Some(scope) => format!("{said} Scope: `{scope}`."),
        None => said,
    })
}

/// The URNs of what an operation refuses.
fn refusals(name: &str, access: Access) -> Vec<String> {
    let needs_grant = matches!(access, Access::Registry(_) | Access::RolesOrRegistry(..));
    let codes = REFUSALS.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, codes)| codes);
    let refuses = |code: &str| codes.contains(&code) || needs_grant && code == "registryNotGranted";
    ALL.iter().filter(|one| refuses(one.code)).map(ProblemType::uri).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SYS-04: every refusal in the list is a problem type, of an operation that there is.
    #[test]
    fn the_refusals_exist() {
        for (operation, codes) in REFUSALS {
            assert!(permission::row(operation).is_some(), "{operation}");
            for code in *codes {
                assert!(ALL.iter().any(|one| one.code == *code), "{operation}: {code}");
            }
        }
    }
}
