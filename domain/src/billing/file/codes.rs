//! Compares the lines of a file that bill devices with the registrations behind their codes (TRA-02).
//!
//! **Blind spots.** Credits are left out: they give back what was billed, whatever the registration has become since. A
//! beneficiary named by an insurer's own number (BEN-02) is not compared. A code that nobody knows is told only with a
//! nomenclature code of this registry: other registries' codes stand in the same zones.

use std::collections::HashSet;

use chrono::NaiveDate;

use super::{
    check::{Fact, Report},
    finding::{Finding, FindingKind, Severity},
    layout::RecordType,
};
use crate::{
    billing::refusal_code::RefusalCode,
    names::VerdictReason,
    nomenclature::NomenclatureCode,
    parties::beneficiary::NationalNumber,
    registry::{
        registration::code::RegistrationCode,
        transmission::verify::{Registered, verify},
    },
    rule::RuleId,
};

/// A line to compare.
#[derive(Clone)]
pub struct CodedLine {
    /// Zones 57-58-59; `None` where the code is missing.
    pub registration: Option<RegistrationCode>,
    /// Zone 8, if it is a national number.
    pub beneficiary: Option<NationalNumber>,
    record: u64,
    code: NomenclatureCode,
    day: NaiveDate,
}

/// A comparison under way: what the lines say comes in, what the registry says about them follows.
pub struct Comparison {
    registered: HashSet<NomenclatureCode>,
    limit: usize,
    waiting: Vec<CodedLine>,
    findings: Vec<Finding>,
    more: u64,
    /// How many lines bear a code that was compared.
    pub compared: u64,
    /// How many of them can be billed as they stand.
    pub billable: u64,
}

impl Comparison {
    /// A comparison in a registry of these nomenclature codes, that keeps so many findings and counts the others.
    #[must_use]
    pub fn new(registered: HashSet<NomenclatureCode>, limit: usize) -> Comparison {
        Comparison { registered, limit, waiting: Vec::new(), findings: Vec::new(), more: 0, compared: 0, billable: 0 }
    }

    /// Takes a line. One without a code of this registry that needs none is left out, and so is one whose codes or day
    /// cannot be read, which the check tells.
    pub fn add(&mut self, fact: &Fact) {
        let line = || {
            let code = NomenclatureCode::parse(&format!("{:06}", fact.code)).ok()?;
            let registration = match &fact.registration {
                Some(digits) => Some(RegistrationCode::parse(std::str::from_utf8(digits).ok()?).ok()?),
                None if self.registered.contains(&code) => None,
                None => return None,
            };
            let number = std::str::from_utf8(&fact.beneficiary).ok()?.strip_prefix("00");
            Some(CodedLine {
                registration,
                beneficiary: number.filter(|_| fact.national).and_then(|number| NationalNumber::parse(number).ok()),
                record: fact.record,
                code,
                day: fact.first?,
            })
        };
        if fact.record_type == RecordType::Service && fact.cents >= 0 {
            self.waiting.extend(line());
        }
    }

    /// The lines that wait for what the registry says.
    #[must_use]
    pub fn take(&mut self) -> Vec<CodedLine> {
        std::mem::take(&mut self.waiting)
    }

    /// TRA-02: compares lines with the registrations behind their codes, in the same order; `None` for a code that the
    /// caller cannot know.
    pub fn answered(&mut self, lines: &[CodedLine], registered: &[Option<Registered>]) {
        for (line, registered) in lines.iter().zip(registered) {
            if line.registration.is_none() {
                self.find(line, None);
                continue;
            }
            let reasons = self.reasons(line, registered.as_ref());
            self.compared += 1;
            self.billable += u64::from(registered.is_some() && reasons.is_empty());
            reasons.into_iter().for_each(|reason| self.find(line, Some(reason)));
        }
    }

    fn reasons(&self, line: &CodedLine, registered: Option<&Registered>) -> Vec<VerdictReason> {
        let mut reasons = verify(registered, line.code.as_str(), line.day);
        reasons.retain(|reason| match reason {
            VerdictReason::OtherBeneficiary => line.beneficiary.is_some(),
            VerdictReason::UnknownCode => self.registered.contains(&line.code),
            _ => true,
        });
        reasons
    }

    /// A code that does not fit (505703), or is missing (505711).
    fn find(&mut self, line: &CodedLine, reason: Option<VerdictReason>) {
        if self.findings.len() >= self.limit {
            self.more += 1;
            return;
        }
        let (zone, code) = match reason {
            None => (57, Some("505711")),
            Some(VerdictReason::OtherNomenclatureCode) => (4, None),
            Some(VerdictReason::OtherDate) => (5, None),
            Some(_) => (57, Some("505703")),
        };
        let zone = RecordType::Service.zone(zone);
        self.findings.push(Finding {
            record: line.record,
            record_type: Some(RecordType::Service),
            zone,
            positions: zone.map(|zone| (zone.from, zone.to)),
            kind: if reason.is_some() { FindingKind::NotBillable } else { FindingKind::Missing },
            reason,
            code: code.and_then(|code| RefusalCode::parse(code).ok()),
            severity: Severity::Record,
            rule: RuleId::Tra02,
        });
    }

    /// Puts what was found among the findings of the check, in the order of the records.
    pub fn add_to(self, report: &mut Report) {
        let findings = &mut report.findings;
        findings.extend(self.findings);
        findings.sort_by_key(|finding| finding.record);
        let surplus = findings.len().saturating_sub(self.limit);
        findings.truncate(self.limit);
        report.more += self.more + surplus as u64;
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{
        billing::file::{
            check::tests::{check, check_in},
            invoice::{Billing, Block, Device, Earlier, Lines, Month, Named},
            write::tests::{device, devices, file},
        },
        names::Status,
        span::tests::day,
    };

    fn registered(status: Status, code: &str, on: &str, same_beneficiary: bool) -> Registered {
        Registered { status, nomenclature_code: Some(code.to_owned()), event_date: Some(day(on)), same_beneficiary }
    }

    fn of(device: Device) -> Block {
        Block { lines: Lines::Devices(vec![device]), ..devices(42) }
    }

    /// What is told of a file of this invoice: zone, refusal code, reason.
    fn told(block: &Block, registered: Option<Registered>) -> (u64, u64, Vec<String>) {
        let (mut report, facts) = check_in(&file(std::slice::from_ref(block)), 1000);
        assert_eq!(report.findings, []);
        let mut comparison = Comparison::new(HashSet::from(["174370".parse().unwrap()]), 10);
        facts.iter().for_each(|fact| comparison.add(fact));
        let lines = comparison.take();
        comparison.answered(&lines, &vec![registered; lines.len()]);
        let (compared, billable) = (comparison.compared, comparison.billable);
        comparison.add_to(&mut report);
        let one = |finding: &Finding| {
            let code = finding.code.map_or_else(|| "-".to_owned(), |code| code.to_string());
            let reason = finding.reason.map_or("missing", |reason| reason.name());
            format!("{} z{} {code} {reason}", finding.record, finding.zone.map_or(0, |zone| zone.number))
        };
        (compared, billable, report.findings.iter().map(one).collect())
    }

    /// TRA-02: a code is compared with beneficiary, nomenclature code, date and status.
    #[rstest]
    #[case(Some(registered(Status::Submitted, "174370", "2026-04-15", true)), 1, &[])]
    #[case(Some(registered(Status::Open, "174370", "2026-04-15", true)), 0, &["3 z57 505703 beingCorrected"])]
    #[case(Some(registered(Status::Submitted, "174370", "2026-04-15", false)), 0, &["3 z57 505703 otherBeneficiary"])]
    #[case(Some(registered(Status::Submitted, "174495", "2026-04-15", true)), 0, &["3 z4 - otherNomenclatureCode"])]
    #[case(Some(registered(Status::Submitted, "174370", "2026-04-16", true)), 0, &["3 z5 - otherDate"])]
    #[case(Some(registered(Status::Deleted, "174495", "2026-04-15", false)), 0,
        &["3 z57 505703 deleted", "3 z57 505703 otherBeneficiary", "3 z4 - otherNomenclatureCode"])]
    #[case(None, 0, &["3 z57 505703 unknownCode"])]
    fn a_code_is_compared(#[case] known: Option<Registered>, #[case] billable: u64, #[case] expected: &[&str]) {
        let expected = expected.iter().map(|one| (*one).to_owned()).collect();
        assert_eq!(told(&devices(42), known), (1, billable, expected));
    }

    /// TRA-02, BEN-02: what cannot be compared is not; a code that is missing is told, but only of this registry.
    #[test]
    fn what_cannot_be_compared_is_left_out() {
        let other = || registered(Status::Submitted, "174370", "2026-04-15", false);
        let own = Block { beneficiary: Named::Own("123456789".to_owned()), ..devices(42) };
        assert_eq!(told(&own, Some(other())), (1, 1, Vec::new()));
        let without = of(Device { registration: None, ..device() });
        assert_eq!(told(&without, None), (0, 0, vec!["3 z57 505711 missing".to_owned()]));
        let heart = of(Device { registration: None, code: "773592".parse().unwrap(), ..device() });
        assert_eq!(told(&heart, None), (0, 0, Vec::new()));
        let theirs = of(Device { code: "773592".parse().unwrap(), ..device() });
        assert_eq!(told(&theirs, None), (1, 0, Vec::new()));
        let earlier = Earlier {
            invoice: 41,
            sending: 16,
            month: Month { year: 2026, month: 3 },
            mutuality: "319".parse().unwrap(),
        };
        let credit = Block { billing: Billing::Credit(earlier), ..devices(42) };
        assert_eq!(told(&credit, None), (0, 0, Vec::new()));
    }

    /// BIL-05, TRA-02: findings of both kinds come in the order of the records, the first ones only; the others count.
    #[test]
    fn the_first_findings_are_kept() {
        let bytes = file(&[devices(42), devices(43), devices(44)]);
        let facts = check_in(&bytes, 1000).1;
        let mut report = check(&bytes[..bytes.len() - 350]);
        assert_eq!(report.findings.len(), 1);
        let mut comparison = Comparison::new(HashSet::from(["174370".parse().unwrap()]), 2);
        facts.iter().for_each(|fact| comparison.add(fact));
        let lines = comparison.take();
        comparison.answered(&lines, &[None, None, None]);
        comparison.add_to(&mut report);
        assert_eq!(report.findings.iter().map(|one| one.record).collect::<Vec<_>>(), [3, 6]);
        assert_eq!(report.more, 2);
    }
}
