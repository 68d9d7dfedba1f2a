//! Schema of the report on an invoice file.

use insula_domain::{
    amount::Balance,
    billing::{
        file::{
            check::{FileFacts, Report},
            finding::{Finding, FindingKind, Severity},
            layout::RecordType,
        },
        refusal_code::RefusalCode,
    },
    identifier::HospitalNumber,
    names::VerdictReason,
    rule::RuleId,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::language::{Language, about, texts};

/// The report on an invoice file. It repeats nothing of what the records say about beneficiaries.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BillingRecordsCheck {
    /// What the file says it is; absent when its header cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub file: Option<CheckedBillingFile>,
    /// How many records it has.
    pub records: u64,
    /// How many invoices.
    pub invoices: u64,
    /// Whether a finding, listed or not, makes the insurers refuse the file as a whole.
    pub refused: bool,
    /// What its invoices ask for on account A.
    pub account_a: Balance,
    /// What they ask for on account B.
    pub account_b: Balance,
    /// How many lines of devices bear a code of this registry and were compared with it. Credits are not.
    pub compared_codes: u64,
    /// How many of them are known and can be billed as they stand.
    pub billable_codes: u64,
    /// What is wrong, in the order of the records; the first 1000.
    #[schema(max_items = 1000)]
    pub findings: Vec<BillingFinding>,
    /// How many findings there are beyond those listed.
    pub more_findings: u64,
}

/// What the header of an invoice file says about it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckedBillingFile {
    /// The sending number.
    #[schema(maximum = 999)]
    pub sending_number: u64,
    /// The year that is billed.
    #[schema(maximum = 9999)]
    pub year: u64,
    /// The month that is billed.
    #[schema(maximum = 99)]
    pub month: u64,
    /// The hospital that bills; absent when the third party is no hospital.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub hospital_number: Option<HospitalNumber>,
}

impl CheckedBillingFile {
    fn of(facts: FileFacts) -> CheckedBillingFile {
        let third_party = format!("{:012}", facts.third_party);
        let hospital = third_party.strip_prefix('0').and_then(|digits| digits.strip_suffix("000"));
        CheckedBillingFile {
            sending_number: facts.sending,
            year: facts.year,
            month: facts.month,
            hospital_number: hospital.and_then(|number| HospitalNumber::parse(number).ok()),
        }
    }
}

/// Something wrong with an invoice file.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BillingFinding {
    /// Which record of the file, from 1; absent when it is about the file as such.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub record: Option<u64>,
    /// The type of the record; absent when it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub record_type: Option<u8>,
    /// The zone, by its first number; absent when it is about the record as a whole, or about a reserve.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, maximum = 99)]
    pub zone: Option<u8>,
    /// The first position of the zone or the reserve.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 350)]
    pub first_position: Option<u16>,
    /// The last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 350)]
    pub last_position: Option<u16>,
    /// What is wrong.
    pub kind: FindingKind,
    /// Why the registration code cannot be billed; only with `notBillable`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<VerdictReason>,
    /// The code with which the insurers would refuse; absent where none is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub refusal_code: Option<RefusalCode>,
    /// What the insurers would refuse.
    pub severity: Severity,
    /// The explanation, in the reader's language.
    pub detail: String,
    /// The rule.
    pub rule: RuleId,
    /// The rule's source.
    pub source: &'static str,
}

impl BillingFinding {
    fn of(language: Language, finding: &Finding) -> BillingFinding {
        let texts = texts(language);
        let said = texts.finding.get(finding.kind.name()).cloned().unwrap_or_default();
        let reason = finding.reason.and_then(|reason| texts.verdict.get(reason.name()));
        BillingFinding {
            record: Some(finding.record).filter(|record| *record > 0),
            record_type: finding.record_type.map(RecordType::number),
            zone: finding.zone.map(|zone| zone.number),
            first_position: finding.positions.map(|(first, _)| first),
            last_position: finding.positions.map(|(_, last)| last),
            kind: finding.kind,
            reason: finding.reason,
            refusal_code: finding.code,
            severity: finding.severity,
            detail: reason.map_or_else(|| said.clone(), |reason| about(language, &said, reason)),
            rule: finding.rule,
            source: finding.rule.source(),
        }
    }
}

impl BillingRecordsCheck {
    /// The report, and how many codes were compared and can be billed.
    pub fn of(
        language: Language,
        report: &Report,
        (compared_codes, billable_codes): (u64, u64),
    ) -> BillingRecordsCheck {
        BillingRecordsCheck {
            file: report.file.map(CheckedBillingFile::of),
            records: report.records,
            invoices: report.invoices,
            refused: report.refused,
            account_a: Balance::cents(report.totals.a),
            account_b: Balance::cents(report.totals.b),
            compared_codes,
            billable_codes,
            findings: report.findings.iter().map(|finding| BillingFinding::of(language, finding)).collect(),
            more_findings: report.more,
        }
    }
}
