//! The invoice file of a hospital's own system.

use insula_domain::billing::file::{
    layout::{LENGTH, RecordType},
    record::renumber,
};

/// The file of the contract's example as that hospital would make it, with this sending number, for May 2026.
pub fn of_hospital(example: &str, hospital: &str, sending: i64) -> Vec<u8> {
    let mut file = Vec::new();
    for (number, line) in (1..).zip(example.lines()) {
        let mut record: [u8; LENGTH] = line.replace("71000436", hospital).into_bytes().try_into().unwrap();
        let kind = RecordType::of(&record).unwrap();
        let mut put = |zone: u8, value: String| {
            let zone = kind.zone(zone).unwrap().range();
            record[zone.clone()].copy_from_slice(format!("{value:0>width$}", width = zone.len()).as_bytes());
        };
        if matches!(kind, RecordType::FileHeader | RecordType::FileFooter) {
            put(7, sending.to_string());
        }
        if kind == RecordType::FileHeader {
            put(22, "2026".to_owned());
            put(23, "05".to_owned());
        }
        renumber(&mut record, number, None);
        file.extend_from_slice(&record);
    }
    file
}
