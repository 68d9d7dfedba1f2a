//! Writes the invoice file (BIL-05): invoices to records, numbered, summed and with check digits, one invoice at a
//! time.

use super::{
    digits::{Twelve, control},
    invoice::{Billing, Block, Days, Device, Earlier, Header, Lines, Month, Named},
    layout::{LENGTH, RecordType},
    record::{DoesNotFit, Record, Sign, Value, ascii},
    settings::{Place, Purpose, Settings},
};
use crate::{
    identifier::{InsurerNumber, implant_code_is_valid},
    names::Sex,
};

/// BIL-05: the most records of a file; zone 2 has six positions.
pub const MOST_RECORDS: u32 = 999_999;

/// Why an invoice cannot be written (BIL-05).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// A value does not fit its zone.
    #[error(transparent)]
    DoesNotFit(#[from] DoesNotFit),
    /// The insurer's own number for the beneficiary is not 1 to 13 digits.
    #[error("the insurer's own number has another form than zone 8 takes")]
    OwnNumber,
    /// No line (200111).
    #[error("the invoice has no line")]
    NoLine,
    /// The units of a line of days are not its days (302240).
    #[error("the units of a line are not its days")]
    Units,
    /// The device's identification code fails its check digits (504302).
    #[error("the identification code of a device has wrong check digits")]
    ImplantCode,
    /// The destination is lower than that of the invoice before (201812).
    #[error("the invoices do not ascend by destination")]
    NotAscending,
    /// The establishment that bills is not the file's third party (201412).
    #[error("the invoice is of another establishment than the file")]
    OtherThirdParty,
    /// B-22: the file would pass 999 999 records. End it and begin another, with its own sending number.
    #[error("the file is full")]
    Full,
}

/// What an invoice or a file amounts to, in cents, and the sum of its codes (zones 15, 19 and 98).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Account A.
    pub a: i64,
    /// Account B.
    pub b: i64,
    /// The sum of the codes, which zone 98 holds by 97.
    pub codes: u64,
}

impl std::ops::AddAssign for Totals {
    fn add_assign(&mut self, other: Totals) {
        self.a += other.a;
        self.b += other.b;
        self.codes += other.codes;
    }
}

/// An invoice as records, numbered from 1, with its control number.
#[derive(Clone)]
pub struct WrittenBlock {
    /// Where it goes.
    pub destination: InsurerNumber,
    /// Its number.
    pub number: u64,
    /// The establishment that bills.
    pub establishment: Twelve,
    /// Its records, 20 to 80.
    pub records: Vec<Record>,
    /// What it amounts to.
    pub totals: Totals,
}

/// BIL-05: one invoice as records.
///
/// # Errors
/// The first reason why it cannot be written.
pub fn write_block(settings: &Settings, block: &Block) -> Result<WrittenBlock, Unwritable> {
    let invoice = Invoice::new(settings, block)?;
    let (mut records, mut totals, mut cents) = (vec![invoice.header()?], Totals::default(), 0);
    let mut add = |record: Result<Record, Unwritable>, code: &str, line: u64| {
        let record = record?;
        if record.view().kind().is_some_and(|kind| settings.control_of.value.contains(&kind.number())) {
            totals.codes += code.parse::<u64>().unwrap_or_default();
        }
        records.push(record);
        cents += line;
        Ok::<_, Unwritable>(())
    };
    match &block.lines {
        Lines::Pump { days, .. } => {
            days.iter().try_for_each(|line| add(invoice.days(line), line.code.as_str(), line.cents))?;
        }
        Lines::Devices(devices) => {
            devices.iter().try_for_each(|line| add(invoice.device(line), line.code.as_str(), line.cents))?;
        }
    }
    if records.len() == 1 {
        return Err(Unwritable::NoLine);
    }
    let signed =
        |cents: u64| i64::try_from(cents).map(|cents| if invoice.sign == Sign::Minus { -cents } else { cents });
    let too_much = DoesNotFit { kind: RecordType::InvoiceFooter, zone: 19 };
    let sum = signed(cents).map_err(|_| too_much)?;
    let account_b = settings.account.value != 0;
    (totals.a, totals.b) = if account_b { (0, sum) } else { (sum, 0) };
    records.push(invoice.footer(cents, account_b)?.numbered(0, Some(control(totals.codes))));
    let records = records.into_iter().zip(1..).map(|(record, number)| record.numbered(number, None)).collect();
    let Block { destination, number, establishment, .. } = *block;
    Ok(WrittenBlock { destination, number, establishment, records, totals })
}

/// What all records of an invoice share.
struct Invoice<'a> {
    settings: &'a Settings,
    block: &'a Block,
    sign: Sign,
    /// The sign of amounts that are zero.
    zero: Sign,
    mutuality: &'a str,
    beneficiary: &'a str,
    sex: u64,
    invoice_type: u64,
}

impl<'a> Invoice<'a> {
    fn new(settings: &'a Settings, block: &'a Block) -> Result<Invoice<'a>, Unwritable> {
        let beneficiary = match &block.beneficiary {
            Named::National(number) => number.expose(),
            Named::Own(number) => number.as_str(),
        };
        if beneficiary.is_empty() || beneficiary.len() > 13 || !beneficiary.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Unwritable::OwnNumber);
        }
        let sign = if matches!(block.billing, Billing::Credit(_)) { Sign::Minus } else { Sign::Plus };
        let union = block.mutuality.as_str().bytes().next().map_or(0, |digit| digit - b'0');
        let without = settings.unions_without_mutuality.value.contains(&union);
        Ok(Invoice {
            settings,
            block,
            sign,
            zero: if settings.negative_zero.value { sign } else { Sign::Plus },
            mutuality: if without { "000" } else { block.mutuality.as_str() },
            beneficiary,
            sex: match block.sex {
                None => 0,
                Some(Sex::Male) => 1,
                Some(Sex::Female) => 2,
            },
            invoice_type: match block.lines {
                Lines::Pump { .. } => settings.pump_invoice_type.value,
                Lines::Devices(_) => settings.device_invoice_type.value,
            },
        })
    }

    fn record(&self, kind: RecordType, zones: &[(u8, Value<'_>)]) -> Result<Record, Unwritable> {
        let shared = [
            (7, Value::Digits(self.mutuality)),
            (8, Value::Digits(self.beneficiary)),
            (9, Value::Number(self.sex)),
            (14, Value::Digits(self.block.establishment.as_str())),
            (28, Value::Text(&self.block.reference)),
        ];
        Ok(Record::new(kind, &self.settings.fills.value, &[&shared, zones].concat())?)
    }

    const fn nil(&self) -> Value<'static> {
        Value::Signed(self.zero, 0)
    }

    const fn flag(&self) -> Value<'static> {
        Value::Number(matches!(self.block.beneficiary, Named::National(_)) as u64)
    }

    fn place(&self, of: Place, convention: &'a Twelve) -> &'a str {
        match of {
            Place::Convention => convention.as_str(),
            Place::Establishment => self.block.establishment.as_str(),
        }
    }

    fn header(&self) -> Result<Record, Unwritable> {
        let (settings, block) = (self.settings, self.block);
        let (billing, earlier, reference) = match &block.billing {
            Billing::First => (settings.billing_first.value, None, ""),
            Billing::Correction(earlier, reference) => {
                (settings.billing_correction.value, Some(earlier), reference.as_str())
            }
            Billing::Credit(earlier) => (settings.billing_credit.value, Some(earlier), ""),
        };
        let (agreement, stay) = match &block.lines {
            Lines::Devices(_) => (None, "000000000000"),
            Lines::Pump { agreement, convention, .. } => {
                (Some(*agreement), self.place(settings.pump_stay.value, convention))
            }
        };
        let entitlement = format!("{}{}", block.entitlement.0, block.entitlement.1);
        let interrupted = if block.interrupted { settings.limitation_interrupted.value } else { 0 };
        let earlier = |of: fn(&Earlier) -> u64| Value::Number(earlier.map_or(0, of));
        self.record(
            RecordType::InvoiceHeader,
            &[
                (3, Value::Number(settings.third_party_authorisation.value)),
                (10, Value::Number(self.invoice_type)),
                (11, Value::Number(billing)),
                (13, Value::Number(settings.service_721bis.value)),
                (15, Value::Digits(stay)),
                (16, Value::Number(interrupted)),
                (17, Value::Number(settings.cause.value)),
                (18, Value::Digits(block.destination.as_str())),
                (20, Value::Day(agreement)),
                (24, Value::Number(block.number)),
                (27, Value::Digits(&entitlement)),
                (29, earlier(|one| one.invoice)),
                (32, self.flag()),
                (34, earlier(|one| one.sending.into())),
                (37, earlier(|one| one.mutuality.as_str().parse().unwrap_or_default())),
                (38, Value::Text(reference)),
                (41, earlier(|one| year_and_month(one.month))),
                (47, Value::Day(Some(block.dated))),
            ],
        )
    }

    fn days(&self, line: &Days) -> Result<Record, Unwritable> {
        let settings = self.settings;
        if (line.last - line.first).num_days() + 1 != i64::from(line.units) {
            return Err(Unwritable::Units);
        }
        let Lines::Pump { agreement, convention, .. } = &self.block.lines else { return Err(Unwritable::NoLine) };
        self.record(
            RecordType::Days,
            &[
                (3, Value::Number(settings.pump_norm.value)),
                (4, Value::Digits(line.code.as_str())),
                (5, Value::Day(Some(line.first))),
                (6, Value::Day(Some(line.last))),
                (11, Value::Number(settings.account.value)),
                (13, Value::Number(settings.pump_service.value)),
                (14, Value::Digits(self.place(settings.pump_place.value, convention))),
                (15, Value::Digits(convention.as_str())),
                (17, Value::Number(settings.pump_relative.value)),
                (19, Value::Signed(self.sign, line.cents)),
                (22, Value::Signed(self.sign, line.units.into())),
                (24, self.nil()),
                (27, self.nil()),
                (30, self.nil()),
                (33, Value::Number(settings.pump_share_code.value)),
                (47, Value::Day(settings.pump_line_agreement.value.then_some(*agreement))),
                (51, Value::Number(self.block.site.into())),
            ],
        )
    }

    fn device(&self, line: &Device) -> Result<Record, Unwritable> {
        let settings = self.settings;
        let prescriber = line.prescribed.as_ref().map_or("", |(prescriber, _)| prescriber.as_str());
        let prescriber_norm = line.prescribed.as_ref().map_or(0, |_| settings.device_prescriber_norm.value);
        if line.implant_code.is_some_and(|code| !implant_code_is_valid(&format!("{code:012}"))) {
            return Err(Unwritable::ImplantCode);
        }
        let label: String = ascii(&line.label).chars().take(30).collect();
        self.record(
            RecordType::Service,
            &[
                (3, Value::Number(settings.device_norm.value)),
                (4, Value::Digits(line.code.as_str())),
                (5, Value::Day(Some(line.day))),
                (6, Value::Day(Some(line.day))),
                (11, Value::Number(settings.account.value)),
                (13, Value::Number(settings.device_service.value)),
                (15, Value::Digits(line.performer.as_str())),
                (16, Value::Number(settings.device_provider_norm.value)),
                (19, Value::Signed(self.sign, line.cents)),
                (20, Value::Day(line.prescribed.as_ref().map(|(_, day)| *day))),
                (22, Value::Signed(self.sign, line.units.into())),
                (24, Value::Digits(prescriber)),
                (26, Value::Number(prescriber_norm)),
                (27, self.nil()),
                (30, self.nil()),
                (33, Value::Number(settings.device_share_code.value)),
                (34, Value::Number(line.limb.into())),
                (43, Value::Number(line.implant_code.unwrap_or_default())),
                (44, Value::Text(&label)),
                (51, Value::Number(self.block.site.into())),
                (57, Value::Digits(line.registration.as_ref().map_or("", |code| code.as_str()))),
            ],
        )
    }

    fn footer(&self, cents: u64, account_b: bool) -> Result<Record, Unwritable> {
        let (settings, block) = (self.settings, self.block);
        let sum = Value::Signed(self.sign, cents);
        let (a, b) = if account_b { (self.nil(), sum) } else { (sum, self.nil()) };
        self.record(
            RecordType::InvoiceFooter,
            &[
                (10, Value::Number(self.invoice_type)),
                (13, Value::Number(settings.service_721bis.value)),
                (15, b),
                (17, Value::Number(settings.cause.value)),
                (18, Value::Digits(block.destination.as_str())),
                (19, a),
                (20, Value::Day(Some(block.dated))),
                (24, Value::Number(block.number)),
                (27, self.nil()),
                (30, self.nil()),
                (32, self.flag()),
            ],
        )
    }
}

fn year_and_month(month: Month) -> u64 {
    u64::from(month.year) * 100 + u64::from(month.month)
}

/// A file being written: its header, then invoices, then its footer. Nothing but sums is kept (BIL-05).
pub struct Writer<'a> {
    settings: &'a Settings,
    header: &'a Header,
    written: u32,
    destination: Option<InsurerNumber>,
    totals: Totals,
}

impl<'a> Writer<'a> {
    /// BIL-05: begins the file; `sink` gets each record as it is made.
    ///
    /// # Errors
    /// A value of the header does not fit its zone.
    pub fn begin(
        settings: &'a Settings,
        header: &'a Header,
        sink: &mut impl FnMut(&[u8; LENGTH]),
    ) -> Result<Writer<'a>, Unwritable> {
        let version = match settings.purpose.value {
            Purpose::Production => settings.version.value,
            Purpose::Test => settings.test_version.value,
        };
        let zones = [
            (3, Value::Number(settings.accounts.value)),
            (4, Value::Number(version)),
            (9, Value::Number(settings.no_paper.value)),
            (10, Value::Number(settings.settlement_file.value)),
            (13, Value::Number(settings.content.value)),
            (15, Value::Digits(header.accreditation.as_ref().map_or("", |number| number.as_str()))),
            (25, Value::Day(Some(header.created))),
        ];
        let record = file_record(settings, header, RecordType::FileHeader, &zones)?;
        sink(record.numbered(1, None).bytes());
        Ok(Writer { settings, header, written: 1, destination: None, totals: Totals::default() })
    }

    /// BIL-05, B-22: adds an invoice; nothing is written of one that is refused.
    ///
    /// # Errors
    /// Its destination is lower than that of the one before, it is another establishment's, or the file is full.
    pub fn add(&mut self, block: WrittenBlock, sink: &mut impl FnMut(&[u8; LENGTH])) -> Result<(), Unwritable> {
        if self.destination.is_some_and(|before| block.destination < before) {
            return Err(Unwritable::NotAscending);
        }
        if block.establishment != self.header.third_party {
            return Err(Unwritable::OtherThirdParty);
        }
        // The file's footer needs one number more.
        let count = u32::try_from(block.records.len()).map_err(|_| Unwritable::Full)?;
        if count > MOST_RECORDS - 1 - self.written {
            return Err(Unwritable::Full);
        }
        for record in block.records {
            self.written += 1;
            sink(record.numbered(self.written, None).bytes());
        }
        self.destination = Some(block.destination);
        self.totals += block.totals;
        Ok(())
    }

    /// BIL-05: ends the file; its totals.
    ///
    /// # Errors
    /// A sum does not fit its zone.
    pub fn end(self, sink: &mut impl FnMut(&[u8; LENGTH])) -> Result<Totals, Unwritable> {
        let signed = |cents: i64| Value::Signed(if cents < 0 { Sign::Minus } else { Sign::Plus }, cents.unsigned_abs());
        let zones = [(15, signed(self.totals.b)), (19, signed(self.totals.a))];
        let record = file_record(self.settings, self.header, RecordType::FileFooter, &zones)?;
        sink(record.numbered(self.written + 1, Some(control(self.totals.codes))).bytes());
        Ok(self.totals)
    }
}

/// Records 10 and 90 name the same file.
fn file_record(
    settings: &Settings,
    header: &Header,
    kind: RecordType,
    zones: &[(u8, Value<'_>)],
) -> Result<Record, Unwritable> {
    let shared = [
        (7, Value::Number(header.sending.into())),
        (14, Value::Digits(header.third_party.as_str())),
        (22, Value::Number(header.month.year.into())),
        (23, Value::Number(header.month.month.into())),
        (27, Value::Digits(header.enterprise.as_str())),
        (28, Value::Text(&header.reference)),
        (31, Value::Text(&header.bic)),
        (36, Value::Text(header.iban.as_str())),
    ];
    Ok(Record::new(kind, &settings.fills.value, &[&shared, zones].concat())?)
}

#[cfg(test)]
#[path = "write_tests.rs"]
pub(crate) mod tests;
