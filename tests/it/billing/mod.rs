//! Billing over HTTP; the scenarios of acceptance have their numbers.

mod answers;
mod check_records;
mod corrections;
pub mod fixtures;
mod income;
mod invoices;
pub mod pump_days;
mod summaries;

use insula_domain::{
    billing::file::{
        digits::{Iban, Twelve},
        invoice::{Billing, Block, Device, Header, Lines, Month, Named},
        settings::Settings,
        write::{Writer, write_block},
    },
    parties::beneficiary::NationalNumber,
};

/// A sensor implanted on 1 June 2026, billed under this code.
pub fn sensor(code: &str) -> Device {
    let physician = Twelve::person("10000106690".parse().unwrap());
    Device {
        code: "174370".parse().unwrap(),
        day: "2026-06-01".parse().unwrap(),
        cents: 100_000,
        units: 1,
        performer: physician,
        prescribed: Some((physician, "2026-05-20".parse().unwrap())),
        registration: Some(code.parse().unwrap()),
        implant_code: None,
        label: "Eversense E3".to_owned(),
        limb: 1,
    }
}

/// The invoice of a device of this person, to union 300.
pub fn invoice(number: u64, niss: &str, device: Device) -> Block {
    Block {
        destination: "300".parse().unwrap(),
        mutuality: "319".parse().unwrap(),
        beneficiary: Named::National(NationalNumber::parse(niss).unwrap()),
        sex: None,
        entitlement: ("110".parse().unwrap(), "110".parse().unwrap()),
        number,
        establishment: Twelve::hospital("71000436".parse().unwrap()),
        dated: "2026-07-02".parse().unwrap(),
        interrupted: false,
        reference: "REF1".to_owned(),
        site: 0,
        billing: Billing::First,
        lines: Lines::Devices(vec![device]),
    }
}

/// The file of hospital A's invoices of June 2026, its records as lines.
pub fn file(invoices: impl IntoIterator<Item = Block>) -> Vec<u8> {
    file_of(17, 6, invoices)
}

/// The same with another sending number and month of 2026.
pub fn file_of(sending: u16, month: u8, invoices: impl IntoIterator<Item = Block>) -> Vec<u8> {
    let settings = Settings::inferred("2026-01-01".parse().unwrap());
    let header = Header {
        sending,
        month: Month { year: 2026, month },
        third_party: Twelve::hospital("71000436".parse().unwrap()),
        accreditation: None,
        enterprise: "0406798006".parse().unwrap(),
        iban: Iban::parse("BE68539007547034").unwrap(),
        bic: "KREDBEBB".to_owned(),
        created: "2026-07-02".parse().unwrap(),
        reference: "JUNE 2026".to_owned(),
    };
    let mut bytes = Vec::new();
    let mut sink = |record: &[u8; 350]| {
        bytes.extend_from_slice(record);
        bytes.extend_from_slice(b"\r\n");
    };
    let mut writer = Writer::begin(&settings, &header, &mut sink).unwrap();
    for invoice in invoices {
        writer.add(write_block(&settings, &invoice).unwrap(), &mut sink).unwrap();
    }
    writer.end(&mut sink).unwrap();
    bytes
}
