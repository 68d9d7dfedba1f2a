//! What a record says, checked zone by zone and against the header of its invoice or file (BIL-05, TRA-02, BEN-02).

use super::{
    digits::{EnterpriseNumber, Iban, control, twelve_fits},
    finding::{
        FindingKind::{
            CheckDigits, DiffersFromHeader, Missing, NoSuchDay, NotAllowed, NotExpected, WrongDay, WrongSign, WrongSum,
            WrongUnits,
        },
        Findings,
        Severity::{self, File, Invoice as Whole, Record as Line, Warning},
    },
    layout::{LENGTH, RecordType},
    record::{Sign, View},
    settings::{Place, Settings},
    write::Totals,
};
use crate::{
    identifier::{implant_code_is_valid, nomenclature_check},
    nomenclature::{PAIR_A, PAIR_B},
    parties::beneficiary::NationalNumber,
    registry::registration::code::RegistrationCode,
};

fn text(zone: &[u8]) -> &str {
    std::str::from_utf8(zone).unwrap_or_default()
}

fn empty(zone: &[u8]) -> bool {
    zone.iter().all(|byte| matches!(byte, b'0' | b' '))
}

/// A day is a day, or zeros.
fn day(record: View<'_>, zone: u8, found: &mut Findings) {
    if record.number(zone).is_some_and(|value| value != 0) && record.day(zone).is_none() {
        found.uncoded(zone, NoSuchDay, Line);
    }
}

/// The check digits of a NIHDI number, unless the zone is unused; a convention's number (7.86) has none that are known
/// (CON-01).
fn nihdi(record: View<'_>, zone: u8, severity: Severity, found: &mut Findings) {
    let digits = record.zone(zone);
    if empty(digits) || digits.starts_with(b"0786") {
    } else if digits[0] != b'0' {
        found.coded(zone, 4, CheckDigits, severity);
    } else if !twelve_fits(digits) {
        found.coded(zone, 2, CheckDigits, severity);
    }
}

/// Record 10.
pub(super) fn file_header(record: View<'_>, found: &mut Findings) {
    nihdi(record, 14, File, found);
    day(record, 25, found);
    let enterprise = record.zone(27);
    if empty(enterprise) {
        found.coded(27, 10, Missing, File);
    } else if EnterpriseNumber::parse(text(enterprise)).is_err() {
        found.coded(27, 2, CheckDigits, File);
    }
    if empty(record.zone(31)) {
        found.coded(31, 10, Missing, File);
    }
    let iban = text(record.zone(36)).trim_end();
    if empty(record.zone(36)) {
        found.coded(36, 10, Missing, File);
    } else if Iban::parse(iban).is_err() {
        found.coded(36, 2, CheckDigits, File);
    }
    let (year, month) = (record.number(22).unwrap_or_default(), record.number(23).unwrap_or_default());
    if !(1..=12).contains(&month) {
        found.uncoded(23, NotAllowed, File);
    } else if record.number(25).is_some_and(|created| created / 100 < year * 100 + month) {
        found.coded(23, 11, WrongDay, File);
    }
}

/// Record 90 names the same file as record 10.
pub(super) fn file_footer(record: View<'_>, header: View<'_>, found: &mut Findings) {
    for zone in [7, 14, 22, 23, 27, 28, 31, 36] {
        if record.zone(zone) != header.zone(zone) {
            match zone {
                7 | 14 => found.coded(zone, 12, DiffersFromHeader, File),
                _ => found.uncoded(zone, DiffersFromHeader, Warning),
            }
        }
    }
    zero_is_plus(record, &[15, 19], found);
}

fn zero_is_plus(record: View<'_>, zones: &[u8], found: &mut Findings) {
    for zone in zones {
        if record.signed(*zone) == Some((Sign::Minus, 0)) {
            found.uncoded(*zone, WrongSign, Warning);
        }
    }
}

/// Record 20, beside record 10.
pub(super) fn invoice_header(record: View<'_>, file: Option<View<'_>>, settings: &Settings, found: &mut Findings) {
    let number = |zone| record.number(zone).unwrap_or_default();
    let given = |zone| !empty(record.zone(zone));
    // The place of stay: types 5 and 6 hold the convention's number there.
    nihdi(record, 14, Whole, found);
    nihdi(record, 15, Whole, found);
    for zone in [5, 20, 47] {
        day(record, zone, found);
    }
    if file.is_some_and(|file| file.zone(14) != record.zone(14)) {
        found.coded(14, 12, DiffersFromHeader, Whole);
    }
    beneficiary(record, record.number(32) == Some(1), Whole, found);
    if number(32) > 1 {
        found.uncoded(32, NotAllowed, Whole);
    }
    let (mutuality, destination) = (number(7), number(18));
    if !matches!(destination / 100, 1..=6 | 9) {
        found.coded(18, 3, NotAllowed, File);
    } else if mutuality != 0 && mutuality / 100 != destination / 100 && !matches!(destination / 100, 2 | 4 | 5) {
        found.coded(7, 10, DiffersFromHeader, Whole);
    }
    let invoice = number(10);
    let mut demanded = |zone, by: bool, but_not: bool| {
        if by && !given(zone) {
            found.coded(zone, 10, Missing, Whole);
        } else if but_not && given(zone) {
            found.coded(zone, 11, NotExpected, Whole);
        }
    };
    demanded(20, matches!(invoice, 5 | 6), matches!(invoice, 1 | 3 | 4 | 9));
    demanded(15, matches!(invoice, 1 | 4 | 5 | 6), matches!(invoice, 3 | 9));
    for zone in [4, 5, 6] {
        demanded(zone, false, matches!(invoice, 3 | 6 | 9));
    }
    // The references to an earlier invoice go together, and with the type of billing.
    let billing = number(11);
    let first = billing == settings.billing_first.value;
    for zone in [29, 34, 37] {
        demanded(zone, !first, first);
    }
    let correction = billing == settings.billing_correction.value;
    demanded(38, correction, !correction);
    if !first && !given(41) {
        found.coded(41, 12, Missing, Whole);
    } else if first && given(41) {
        found.coded(41, 13, NotExpected, Whole);
    }
    if !given(47) {
        found.coded(47, 8, Missing, Whole);
    }
}

/// Zone 8: there, and with the check digits of a national number if it is one (BEN-01).
fn beneficiary(record: View<'_>, national: bool, severity: Severity, found: &mut Findings) {
    let digits = record.zone(8);
    if empty(digits) {
        found.coded(8, 10, Missing, severity);
    } else if national && (&digits[..2] != b"00" || NationalNumber::parse(text(&digits[2..])).is_err()) {
        found.coded(8, 2, CheckDigits, severity);
    }
}

/// An invoice that is open: its header, and what its lines amount to.
pub(super) struct Invoice {
    header: [u8; LENGTH],
    totals: Totals,
    share: i64,
    supplement: i64,
    plus: bool,
    minus: bool,
    /// Whether a record 40 is among the lines: where its other amounts stand is not public.
    medicine: bool,
    /// Whether every line was read.
    pub whole: bool,
}

impl Invoice {
    pub fn new(header: View<'_>) -> Invoice {
        Invoice {
            header: *header.0,
            totals: Totals::default(),
            share: 0,
            supplement: 0,
            plus: false,
            minus: false,
            medicine: false,
            whole: true,
        }
    }

    /// Whether the beneficiary is named by national number (zone 32).
    pub fn national(&self) -> bool {
        View(&self.header).number(32) == Some(1)
    }

    /// A record between header and footer; what it adds to the sums.
    pub fn line(&mut self, record: View<'_>, kind: RecordType, settings: &Settings, found: &mut Findings) -> Totals {
        let mut counted = Totals::default();
        if settings.control_of.value.contains(&kind.number()) {
            counted.codes = record.number(4).unwrap_or_default();
        }
        if matches!(kind, RecordType::Days | RecordType::Medicine | RecordType::Service) {
            let amount = record.amount(19).unwrap_or_default();
            match record.number(11) {
                Some(0) => counted.a = amount,
                Some(1) => counted.b = amount,
                _ => found.uncoded(11, NotAllowed, File),
            }
            self.plus |= amount > 0;
            self.minus |= amount < 0;
            self.medicine |= kind == RecordType::Medicine;
        }
        if matches!(kind, RecordType::Days | RecordType::Service) {
            self.share += record.amount(27).unwrap_or_default();
            self.supplement += record.amount(30).unwrap_or_default();
            self.service(record, kind, settings, found);
        }
        if matches!(kind, RecordType::Undertaking | RecordType::Identity) {
            if record.zone(8) != View(&self.header).zone(8) {
                found.uncoded(8, DiffersFromHeader, Line);
            }
            if record.number(4) != Some(0) {
                code(record, found);
            }
            day(record, 5, found);
        }
        self.totals += counted;
        counted
    }

    fn service(&self, record: View<'_>, kind: RecordType, settings: &Settings, found: &mut Findings) {
        let header = View(&self.header);
        let invoice = header.number(10).unwrap_or_default();
        for (zone, severity) in [(7, Line), (8, Whole), (9, Line)] {
            let union = header.number(18).unwrap_or_default() / 100;
            let exempt = zone == 7 && matches!(union, 2 | 4 | 5);
            if record.zone(zone) != header.zone(zone) && !exempt {
                found.coded(zone, 12, DiffersFromHeader, severity);
            }
        }
        code(record, found);
        nihdi(record, 14, Line, found);
        nihdi(record, 15, Line, found);
        self.signs(record, kind, settings, found);
        day(record, 5, found);
        day(record, 6, found);
        let (first, last) = (record.day(5), record.day(6));
        if first.zip(last).is_some_and(|(first, last)| last < first) {
            found.coded(6, 12, WrongDay, Whole);
        }
        if first.zip(header.day(47)).is_some_and(|(first, dated)| first > dated) {
            found.coded(5, 16, WrongDay, Line);
        }
        if kind == RecordType::Service {
            return self.device(record, found);
        }
        if !matches!(invoice, 5 | 6) {
            return;
        }
        if !empty(record.zone(47)) && record.zone(47) != header.zone(20) {
            found.coded(47, 12, DiffersFromHeader, Line);
        }
        let days = first.zip(last).map(|(first, last)| (last - first).num_days() + 1);
        let pump = invoice == settings.pump_invoice_type.value;
        let convention = settings.pump_stay.value == Place::Convention;
        if pump && convention && record.zone(15) != header.zone(15) {
            found.uncoded(15, DiffersFromHeader, Warning);
        }
        if pump && days.is_some_and(|days| record.amount(22).map(i64::abs) != Some(days)) {
            found.coded(22, 40, WrongUnits, Line);
        }
    }

    /// The sign of units and of the other amounts follows the sign of the amount, that of zeros too (302712).
    fn signs(&self, record: View<'_>, kind: RecordType, settings: &Settings, found: &mut Findings) {
        let Some((sign, _)) = record.signed(19) else { return };
        let credit = View(&self.header).number(11) == Some(settings.billing_credit.value);
        if credit && sign == Sign::Plus {
            found.coded(22, 48, WrongSign, Line);
        }
        let indicative = (kind == RecordType::Days).then_some(24);
        for zone in [Some(22), indicative, Some(27), Some(30)].into_iter().flatten() {
            match record.signed(zone) {
                Some((other, 0)) if other != sign => found.coded(zone, 12, WrongSign, Warning),
                Some((other, _)) if other != sign => found.coded(zone, 12, WrongSign, Line),
                _ => {}
            }
        }
        if kind == RecordType::Service {
            zero_is_plus(record, &[47], found);
        }
    }

    /// Record 50: a device, or any other service.
    fn device(&self, record: View<'_>, found: &mut Findings) {
        if record.zone(5) != record.zone(6) {
            found.coded(6, 15, WrongDay, Line);
        }
        nihdi(record, 24, Line, found);
        day(record, 20, found);
        if !empty(record.zone(20)) && empty(record.zone(24)) {
            found.coded(20, 12, Missing, Line);
        }
        if record.day(20).zip(record.day(5)).is_some_and(|(prescribed, first)| prescribed > first) {
            found.coded(20, 14, WrongDay, Line);
        }
        for zone in [43, 55] {
            if !empty(record.zone(zone)) && !implant_code_is_valid(text(record.zone(zone))) {
                found.coded(zone, 2, CheckDigits, Line);
            }
        }
        // The check of other registries' codes is not public: theirs is only pointed out.
        let registration = record.zone(57);
        if !empty(registration) && RegistrationCode::parse(text(registration)).is_err() {
            let code = text(&record.zone(4)[1..]);
            let ours = [PAIR_A, PAIR_B].iter().any(|pair| pair.split('-').any(|one| one == code));
            found.coded(57, 2, CheckDigits, if ours { Line } else { Warning });
        }
    }

    /// Record 80: it names the same invoice as its header, and sums its lines.
    pub fn footer(&self, record: View<'_>, settings: &Settings, found: &mut Findings) {
        let header = View(&self.header);
        for zone in [4, 5, 6, 7, 8, 9, 10, 13, 14, 17, 18, 22, 24, 32] {
            // The positions of these zones are the same in both records.
            let range = RecordType::InvoiceFooter.zone(zone).map(super::layout::Zone::range).unwrap_or_default();
            if record.zone(zone) != &header.0[range] {
                match zone {
                    7 => found.coded(zone, 12, DiffersFromHeader, Whole),
                    _ => found.uncoded(zone, DiffersFromHeader, Whole),
                }
            }
        }
        if empty(record.zone(20)) {
            found.coded(20, 10, Missing, Whole);
        } else if record.zone(20) != header.zone(47) {
            found.uncoded(20, DiffersFromHeader, Warning);
        }
        if !self.whole {
            return;
        }
        let credit = header.number(11) == Some(settings.billing_credit.value);
        if self.plus && (self.minus || credit) {
            found.coded_of(RecordType::InvoiceHeader, 11, 40, WrongSign, Whole);
        }
        let sums = [(19, self.totals.a), (15, self.totals.b), (27, self.share), (30, self.supplement)];
        for (zone, sum) in sums {
            if self.medicine && matches!(zone, 27 | 30) {
                continue;
            }
            if record.amount(zone) != Some(sum) {
                found.coded(zone, 10, WrongSum, Whole);
            }
        }
        if record.number(98) != Some(control(self.totals.codes)) {
            found.coded(98, 2, CheckDigits, control_severity(self.medicine));
        }
        if self.minus && settings.negative_zero.value {
            let zero_is_minus = |zone: &u8| record.signed(*zone) == Some((Sign::Plus, 0));
            [15, 19, 27, 30].into_iter().filter(zero_is_minus).for_each(|zone| found.uncoded(zone, WrongSign, Warning));
        } else {
            zero_is_plus(record, &[15, 19, 27, 30], found);
        }
        zero_is_plus(record, &[38], found);
    }
}

/// A wrong control number refuses the file; whether it sums the codes of records 40 is an inference, so with them it
/// warns.
pub(super) const fn control_severity(medicine: bool) -> Severity {
    if medicine { Warning } else { File }
}

/// Zone 4: the check digit of a nomenclature code, and 0 before it.
fn code(record: View<'_>, found: &mut Findings) {
    match record.number(4) {
        Some(code) if code > 999_999 => found.coded(4, 4, CheckDigits, Line),
        Some(code) if !nomenclature_check(code) => found.coded(4, 2, CheckDigits, Line),
        _ => {}
    }
}
