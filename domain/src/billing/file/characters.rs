//! Whether every character of a record may stand where it does (BIL-05).

use super::{
    finding::{FindingKind, Findings, Severity},
    layout::{Kind, LENGTH, RecordType, Zone},
    record::View,
};

/// Whether each character may stand in each kind of zone, as bits.
const ACCEPTED: [u8; 256] = {
    let mut accepted = [0; 256];
    let mut byte = b' ';
    while byte <= b'~' {
        accepted[byte as usize] = TEXT | if byte.is_ascii_digit() { DIGIT } else { 0 };
        byte += 1;
    }
    accepted[b'0' as usize] |= RESERVE;
    accepted[b' ' as usize] |= RESERVE;
    accepted[b'+' as usize] |= SIGN;
    accepted[b'-' as usize] |= SIGN;
    accepted
};
const TEXT: u8 = 1;
const DIGIT: u8 = 2;
const SIGN: u8 = 4;
const RESERVE: u8 = 8;

/// What each position of a record must be.
const fn wanted(zones: &[Zone]) -> [u8; LENGTH] {
    let mut wanted = [RESERVE; LENGTH];
    let mut index = 0;
    while index < zones.len() {
        let zone = &zones[index];
        let mut at = zone.from as usize - 1;
        while at < zone.to as usize {
            wanted[at] = match zone.kind {
                Kind::Number => DIGIT,
                Kind::Signed if at == zone.from as usize - 1 => SIGN,
                Kind::Signed => DIGIT,
                Kind::Text | Kind::Open => TEXT,
            };
            at += 1;
        }
        index += 1;
    }
    wanted
}

/// The same for every type of record.
static WANTED: [[u8; LENGTH]; RecordType::ALL.len()] = {
    let mut all = [[0; LENGTH]; RecordType::ALL.len()];
    let mut index = 0;
    while index < all.len() {
        all[index] = wanted(RecordType::ALL[index].zones());
        index += 1;
    }
    all
};

/// BIL-05: what does not fit its zone, once a zone.
pub(super) fn characters(record: View<'_>, kind: RecordType, found: &mut Findings) {
    let Some(index) = RecordType::ALL.iter().position(|one| *one == kind) else { return };
    let fits = |at: usize| ACCEPTED[usize::from(record.0[at])] & WANTED[index][at] != 0;
    if (0..LENGTH).all(fits) {
        return;
    }
    let mut inside = [false; LENGTH];
    for zone in kind.zones() {
        inside[zone.range()].fill(true);
        let Some(at) = zone.range().find(|at| !fits(*at)) else { continue };
        let sign = zone.kind == Kind::Signed && at == zone.range().start;
        // What the network writes into this zone is text in practice.
        let open = (kind, zone.number) == (RecordType::InvoiceHeader, 42);
        if ACCEPTED[usize::from(record.0[at])] == 0 {
            found.uncoded(zone.number, FindingKind::NotAscii, Severity::File);
        } else if open {
            found.uncoded(zone.number, FindingKind::WrongCharacter, Severity::Warning);
        } else {
            found.coded(zone.number, if sign { 5 } else { 1 }, FindingKind::WrongCharacter, Severity::File);
        }
    }
    let reserve = (1..).zip(0..LENGTH).find(|(_, at)| !inside[*at] && !fits(*at));
    match reserve.map(|(position, at)| (position, ACCEPTED[usize::from(record.0[at])] != 0)) {
        Some((position, true)) => found.reserve(position, FindingKind::ReserveUsed, Severity::Warning),
        Some((position, false)) => found.reserve(position, FindingKind::NotAscii, Severity::File),
        None => {}
    }
}
