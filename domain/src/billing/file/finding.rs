//! What a check of an invoice file finds (BIL-05).

use super::layout::{RecordType, Zone};
use crate::{
    billing::refusal_code::RefusalCode,
    names::{VerdictReason, names},
    rule::RuleId,
};

names! {
    /// What is wrong with a record of an invoice file (BIL-05).
    FindingKind as "BillingFindingKind", growing {
        /// The file is no text of records: compressed, or in an encoding of two bytes a character.
        NotRecords = "notRecords",
        /// A byte order mark before the first record.
        ByteOrderMark = "byteOrderMark",
        /// The record has another length than 350 positions.
        WrongLength = "wrongLength",
        /// What follows the record is not what follows the others: a line break or none.
        MixedSeparators = "mixedSeparators",
        /// No record begins so.
        UnknownRecord = "unknownRecord",
        /// A record of this type cannot stand here.
        OutOfOrder = "outOfOrder",
        /// The file ends without its footer.
        Unfinished = "unfinished",
        /// The number is not one above that of the record before.
        NotConsecutive = "notConsecutive",
        /// More records than a file may have.
        TooManyRecords = "tooManyRecords",
        /// A character that the zone does not take: digits only, or a sign first.
        WrongCharacter = "wrongCharacter",
        /// A character beyond printable ASCII: another code page.
        NotAscii = "notAscii",
        /// A reserve is not empty.
        ReserveUsed = "reserveUsed",
        /// Check digits or a control number are wrong.
        CheckDigits = "checkDigits",
        /// A value that is not one of those allowed.
        NotAllowed = "notAllowed",
        /// Mandatory here, but zero or blank.
        Missing = "missing",
        /// Given, but not allowed here.
        NotExpected = "notExpected",
        /// Not that of the header.
        DiffersFromHeader = "differsFromHeader",
        /// Not the sum of the records.
        WrongSum = "wrongSum",
        /// The sign is not that of the amount, or of the credit.
        WrongSign = "wrongSign",
        /// The number of days does not match the first and the last.
        WrongUnits = "wrongUnits",
        /// No such day.
        NoSuchDay = "noSuchDay",
        /// Before or after a day that it must not precede or follow.
        WrongDay = "wrongDay",
        /// The destination is lower than that of the invoice before.
        NotAscending = "notAscending",
        /// The number of an invoice occurs twice.
        Repeated = "repeated",
        /// The registration behind the code does not allow the line; `reason` says why (TRA-02).
        NotBillable = "notBillable",
    }
    /// What the insurers' programs do about a finding, by the letter of their catalogue (BIL-05).
    Severity as "BillingSeverity" {
        /// B: the file is refused.
        File = "file",
        /// F: the invoice is refused.
        Invoice = "invoice",
        /// R: the record is refused.
        Record = "record",
        /// S, E, or no known refusal.
        Warning = "warning",
    }
}

/// The code of a record, a zone and a kind of refusal, as the catalogue forms them.
fn refusal(kind: RecordType, zone: u8, suffix: u8) -> Option<RefusalCode> {
    RefusalCode::parse(&format!("{:02}{zone:02}{suffix:02}", kind.number())).ok()
}

/// One finding. It holds no content of the file (BEN-04).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which record of the file, from 1; 0 for the file as such.
    pub record: u64,
    /// Its type, if it is one.
    pub record_type: Option<RecordType>,
    /// The zone; none for a reserve.
    pub zone: Option<&'static Zone>,
    /// The first and the last position, from 1, of the zone or of the character.
    pub positions: Option<(u16, u16)>,
    /// What is wrong.
    pub kind: FindingKind,
    /// Why the code cannot be billed, when it is not billable.
    pub reason: Option<VerdictReason>,
    /// The insurers' refusal code, where the catalogue has one.
    pub code: Option<RefusalCode>,
    /// What follows from it.
    pub severity: Severity,
    /// The rule.
    pub rule: RuleId,
}

/// Findings as they come: the first ones are kept, all are counted.
pub(super) struct Findings {
    pub kept: Vec<Finding>,
    pub more: u64,
    pub refused: bool,
    limit: usize,
    /// The record that is looked at.
    pub record: u64,
    pub record_type: Option<RecordType>,
}

impl Findings {
    pub fn new(limit: usize) -> Findings {
        Findings { kept: Vec::new(), more: 0, refused: false, limit, record: 0, record_type: None }
    }

    /// A finding about the record as a whole, or about what the file is.
    pub fn whole(&mut self, kind: FindingKind, code: Option<&str>) {
        self.add(None, None, kind, code.and_then(|code| RefusalCode::parse(code).ok()), Severity::File);
    }

    /// A finding about a zone whose refusal code ends so.
    pub fn coded(&mut self, zone: u8, suffix: u8, kind: FindingKind, severity: Severity) {
        let code = self.record_type.and_then(|of| refusal(of, zone, suffix));
        self.about(zone, kind, code, severity);
    }

    /// A finding about the whole invoice, whose refusal code is one of its header.
    pub fn coded_of(&mut self, kind: RecordType, zone: u8, suffix: u8, what: FindingKind, severity: Severity) {
        self.add(None, None, what, refusal(kind, zone, suffix), severity);
    }

    /// A finding about a zone for which no refusal code is known.
    pub fn uncoded(&mut self, zone: u8, kind: FindingKind, severity: Severity) {
        self.about(zone, kind, None, severity);
    }

    /// A finding about one position of a reserve.
    pub fn reserve(&mut self, position: u16, kind: FindingKind, severity: Severity) {
        self.add(None, Some((position, position)), kind, None, severity);
    }

    fn about(&mut self, zone: u8, kind: FindingKind, code: Option<RefusalCode>, severity: Severity) {
        let zone = self.record_type.and_then(|of| of.zone(zone));
        self.add(zone, zone.map(|zone| (zone.from, zone.to)), kind, code, severity);
    }

    fn add(
        &mut self,
        zone: Option<&'static Zone>,
        positions: Option<(u16, u16)>,
        kind: FindingKind,
        code: Option<RefusalCode>,
        severity: Severity,
    ) {
        self.refused |= severity == Severity::File;
        if self.kept.len() >= self.limit {
            self.more += 1;
            return;
        }
        let rule = match (self.record_type, zone.map(|zone| zone.number)) {
            (Some(RecordType::Service), Some(57)) => RuleId::Tra02,
            (_, Some(32)) => RuleId::Ben02,
            _ => RuleId::Bil05,
        };
        let (record, record_type) = (self.record, self.record_type);
        self.kept.push(Finding { record, record_type, zone, positions, kind, reason: None, code, severity, rule });
    }
}
