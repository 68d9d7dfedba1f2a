//! The layouts of the insurers' records (BIL-05): one grid of 350 positions, and for each type of record which cells
//! of the grid it joins to a zone. Source: `reference/billing-layouts.csv`, public implementations of INAMI's
//! instructions.

/// The length of a record, in positions (BIL-05).
pub const LENGTH: usize = 350;

/// The cells of every record, in order, with their lengths. A zone is one cell or several neighbours.
#[rustfmt::skip]
const GRID: [(&str, u16); 65] = [
    ("1", 2), ("2", 6), ("3", 1), ("4", 7), ("5", 8), ("6a", 4), ("6b", 4), ("7", 3),
    ("8a", 12), ("8b", 1), ("9", 1), ("10", 1), ("11", 1), ("12", 1), ("13", 3), ("14", 12),
    ("15", 12), ("16", 1), ("17", 4), ("18", 3), ("19", 12), ("20", 7), ("21", 1), ("22", 5),
    ("23", 2), ("24", 5), ("25", 7), ("26", 1), ("27", 10), ("28", 25), ("29", 2), ("30", 2),
    ("31", 8), ("32", 1), ("33", 1), ("34", 1), ("35", 1), ("36", 1), ("37", 3), ("38", 12),
    ("39", 10), ("40", 2), ("41", 6), ("42", 6), ("43a", 11), ("43b", 1), ("44", 4), ("45", 26),
    ("46", 1), ("47", 8), ("48", 1), ("49", 12), ("50", 4), ("51", 6), ("52", 12), ("53", 8),
    ("54a", 3), ("54b", 5), ("55", 8), ("56", 4), ("57", 4), ("58", 4), ("59", 6), ("98", 2),
    ("99", 2),
];

/// What a zone may hold, and how it is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Digits, right-aligned after zeros.
    Number,
    /// Text in ASCII, left-aligned before blanks.
    Text,
    /// A sign, then digits, right-aligned after zeros.
    Signed,
    /// Any text: the public sources do not agree on what stands there.
    Open,
}

/// A zone of a record: consecutive positions with one meaning (BIL-05).
#[derive(Debug, PartialEq, Eq)]
pub struct Zone {
    /// Its number; a zone of several cells goes by the first one.
    pub number: u8,
    /// Its first position, from 1.
    pub from: u16,
    /// Its last position.
    pub to: u16,
    /// What it may hold.
    pub kind: Kind,
    /// What it means.
    pub meaning: &'static str,
}

impl Zone {
    /// Where the zone lies in the record's bytes.
    #[must_use]
    pub const fn range(&self) -> std::ops::Range<usize> {
        self.from as usize - 1..self.to as usize
    }
}

/// The zone from one cell to another. A name that the grid does not have is a compile-time error.
const fn zone(first: &str, last: &str, kind: Kind, meaning: &'static str) -> Zone {
    const fn same(one: &str, other: &str) -> bool {
        let (one, other) = (one.as_bytes(), other.as_bytes());
        let mut same = one.len() == other.len();
        let mut index = 0;
        while same && index < one.len() {
            same = one[index] == other[index];
            index += 1;
        }
        same
    }
    let (mut cell, mut from) = (0, 1);
    while !same(GRID[cell].0, first) {
        from += GRID[cell].1;
        cell += 1;
    }
    let mut to = from + GRID[cell].1 - 1;
    while !same(GRID[cell].0, last) {
        cell += 1;
        to += GRID[cell].1;
    }
    let (digits, mut number, mut index) = (first.as_bytes(), 0, 0);
    while index < digits.len() && digits[index].is_ascii_digit() {
        number = number * 10 + (digits[index] - b'0');
        index += 1;
    }
    Zone { number, from, to, kind, meaning }
}

const fn n(first: &str, last: &str, meaning: &'static str) -> Zone {
    zone(first, last, Kind::Number, meaning)
}

const fn a(first: &str, last: &str, meaning: &'static str) -> Zone {
    zone(first, last, Kind::Text, meaning)
}

const fn s(first: &str, last: &str, meaning: &'static str) -> Zone {
    zone(first, last, Kind::Signed, meaning)
}

const TYPE: Zone = n("1", "1", "type of record");
const NUMBER: Zone = n("2", "2", "number of the record");
const MUTUALITY: Zone = n("7", "7", "mutuality of affiliation");
const BENEFICIARY: Zone = n("8a", "8b", "beneficiary");
const SEX: Zone = n("9", "9", "sex");
const REFERENCE: Zone = a("28", "28", "reference of the establishment");
const SUPPLEMENT: Zone = s("30", "31", "supplement");
const CONTROL: Zone = n("98", "98", "control number");
const CHECK: Zone = n("99", "99", "check digits of the record");

const RECORD_10: &[Zone] = &[
    TYPE,
    NUMBER,
    n("3", "3", "how many accounts"),
    n("4", "4", "version of the file"),
    n("5", "6a", "account A, former form"),
    n("7", "7", "sending number"),
    n("8a", "8a", "account B, former form"),
    n("9", "9", "no paper invoice"),
    n("10", "10", "settlement file"),
    n("13", "13", "content of the billing"),
    n("14", "14", "third party"),
    n("15", "15", "accreditation"),
    n("22", "22", "year billed"),
    n("23", "23", "month billed"),
    n("25", "26", "day of creation"),
    n("27", "27", "enterprise number (CBE)"),
    REFERENCE,
    a("31", "34", "BIC of account A"),
    a("36", "41", "IBAN of account A"),
    a("43a", "43a", "BIC of account B"),
    a("49", "52", "IBAN of account B"),
    CHECK,
];

const RECORD_20: &[Zone] = &[
    TYPE,
    NUMBER,
    n("3", "3", "authorisation of third-party payment"),
    n("4", "4", "hour of admission"),
    n("5", "5", "day of admission"),
    n("6a", "6a", "day of discharge, year"),
    n("6b", "6b", "day of discharge, month and day"),
    MUTUALITY,
    BENEFICIARY,
    SEX,
    n("10", "10", "type of invoice"),
    n("11", "11", "type of billing"),
    n("13", "13", "service 721bis"),
    n("14", "14", "establishment that bills"),
    n("15", "15", "establishment of the stay"),
    n("16", "16", "limitation interrupted"),
    n("17", "17", "cause of the treatment"),
    n("18", "18", "mutuality of destination"),
    n("19", "19", "number of the admission"),
    n("20", "21", "day of the agreement"),
    n("22", "22", "hour of discharge"),
    n("24", "25", "number of the invoice"),
    n("26", "26", "social franchise"),
    n("27", "27", "entitlement codes CT1 and CT2"),
    REFERENCE,
    n("29", "31", "number of the earlier invoice"),
    n("32", "32", "beneficiary by national number"),
    n("34", "36", "earlier sending number"),
    n("37", "37", "mutuality billed earlier"),
    a("38", "39", "insurer's reference for account A"),
    n("41", "41", "year and month billed earlier"),
    n("42", "45", "reference data of the network"),
    n("47", "47", "day of the invoice"),
    a("49", "51", "insurer's reference for account B"),
    n("53", "53", "insured from"),
    n("54a", "54b", "insured to"),
    n("55", "55", "day of the information"),
    n("56", "56", "maximum billing, this year"),
    n("57", "57", "maximum billing, a year ago"),
    n("58", "58", "maximum billing, two years ago"),
    CHECK,
];

const RECORD_30: &[Zone] = &[
    TYPE,
    NUMBER,
    n("3", "3", "norm"),
    n("4", "4", "pseudo-code"),
    n("5", "5", "first day"),
    n("6a", "6b", "last day"),
    MUTUALITY,
    BENEFICIARY,
    SEX,
    n("10", "10", "childbirth"),
    n("11", "11", "account"),
    n("13", "13", "service code"),
    n("14", "14", "place of care"),
    n("15", "15", "convention or establishment of the stay"),
    n("17", "18", "relative service"),
    s("19", "19", "insurer's share"),
    s("22", "22", "days or lump sums"),
    s("24", "25", "indicative amount"),
    s("27", "27", "patient's share"),
    REFERENCE,
    SUPPLEMENT,
    n("32", "32", "exception to third-party payment"),
    n("33", "33", "billing code of share and supplement"),
    n("47", "47", "day of the agreement"),
    n("48", "48", "transplantation"),
    n("51", "51", "site"),
    n("52", "52", "care-basin association"),
    CHECK,
];

/// Record 40 (medicines) and record 25 (Mediprima) have no public layout. The zones named here are those that the
/// sums over records 30, 40 and 50 need.
const RECORD_40: &[Zone] = &[
    TYPE,
    NUMBER,
    zone("3", "3", Kind::Open, ""),
    n("4", "4", "code"),
    zone("5", "10", Kind::Open, ""),
    n("11", "11", "account"),
    zone("12", "18", Kind::Open, ""),
    s("19", "19", "insurer's share"),
    zone("20", "98", Kind::Open, ""),
    CHECK,
];

const RECORD_25: &[Zone] = &[TYPE, NUMBER, zone("3", "98", Kind::Open, ""), CHECK];

const RECORD_50: &[Zone] = &[
    TYPE,
    NUMBER,
    n("3", "3", "norm"),
    n("4", "4", "nomenclature code"),
    n("5", "5", "first day"),
    n("6a", "6b", "last day"),
    MUTUALITY,
    BENEFICIARY,
    SEX,
    n("10", "10", "childbirth"),
    n("11", "11", "account"),
    n("12", "12", "night, week-end, holiday"),
    n("13", "13", "service code"),
    n("14", "14", "place of care"),
    n("15", "15", "provider"),
    n("16", "16", "provider's norm"),
    n("17", "18", "relative service"),
    s("19", "19", "insurer's share"),
    n("20", "21", "day of the prescription"),
    s("22", "22", "units"),
    n("23", "23", "derogation from the maximum"),
    n("24", "25", "prescriber"),
    n("26", "26", "prescriber's norm"),
    s("27", "27", "patient's share"),
    REFERENCE,
    n("29", "29", "tooth"),
    SUPPLEMENT,
    n("32", "32", "exception to third-party payment"),
    n("33", "33", "billing code of share and supplement"),
    n("34", "34", "limb"),
    n("35", "35", "provider under agreement"),
    n("36", "37", "hour"),
    n("38", "38", "who administered blood"),
    n("39", "40", "certificate of administration"),
    n("41", "42", "delivery note or bag"),
    n("43a", "43b", "implant code"),
    a("44", "45", "product"),
    n("46", "46", "ceiling norm"),
    s("47", "47", "base value"),
    n("48", "48", "transplantation"),
    n("49", "49", "auxiliary provider"),
    n("51", "51", "site"),
    n("52", "52", "care-basin association"),
    n("53", "54a", "number of the journey"),
    n("55", "56", "notification code"),
    n("57", "59", "registration code"),
    n("98", "98", "value added tax"),
    CHECK,
];

const RECORD_51: &[Zone] = &[
    TYPE,
    NUMBER,
    n("4", "4", "nomenclature code"),
    n("5", "5", "day"),
    BENEFICIARY,
    n("15", "15", "provider"),
    s("19", "19", "insurer's share"),
    n("27", "27", "entitlement codes CT1 and CT2"),
    a("42", "45", "reference data of the network"),
    n("55", "55", "day of the information"),
    CHECK,
];

const RECORD_52: &[Zone] = &[
    TYPE,
    NUMBER,
    n("4", "4", "nomenclature code"),
    n("5", "5", "day"),
    n("6a", "6b", "day of reading"),
    BENEFICIARY,
    a("10", "10", "kind of document"),
    a("11", "11", "kind of reading"),
    n("12", "13", "hour of reading"),
    n("15", "15", "provider"),
    zone("16", "98", Kind::Open, ""),
    CHECK,
];

const RECORD_80: &[Zone] = &[
    TYPE,
    NUMBER,
    n("4", "4", "hour of admission"),
    n("5", "5", "day of admission"),
    n("6a", "6b", "day of discharge"),
    MUTUALITY,
    BENEFICIARY,
    SEX,
    n("10", "10", "type of invoice"),
    n("13", "13", "service 721bis"),
    n("14", "14", "establishment that bills"),
    s("15", "15", "sum of account B"),
    n("17", "17", "cause of the treatment"),
    n("18", "18", "mutuality of destination"),
    s("19", "19", "sum of account A"),
    n("20", "21", "day of the invoice"),
    n("22", "22", "hour of discharge"),
    n("24", "25", "number of the invoice"),
    s("27", "27", "patient's share"),
    REFERENCE,
    SUPPLEMENT,
    n("32", "32", "beneficiary by national number"),
    s("38", "38", "advance of account A"),
    CONTROL,
    CHECK,
];

const RECORD_90: &[Zone] = &[
    TYPE,
    NUMBER,
    n("5", "6a", "account A, former form"),
    n("7", "7", "sending number"),
    n("8a", "8a", "account B, former form"),
    n("14", "14", "third party"),
    s("15", "15", "sum of account B"),
    s("19", "19", "sum of account A"),
    n("22", "22", "year billed"),
    n("23", "23", "month billed"),
    n("27", "27", "enterprise number (CBE)"),
    REFERENCE,
    a("31", "34", "BIC of account A"),
    a("36", "41", "IBAN of account A"),
    a("43a", "43a", "BIC of account B"),
    a("49", "52", "IBAN of account B"),
    CONTROL,
    CHECK,
];

/// The type of a record: its first two positions (BIL-05).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordType {
    /// 10: the file begins.
    FileHeader = 10,
    /// 20: an invoice begins.
    InvoiceHeader = 20,
    /// 25: Mediprima. Never written here.
    Mediprima = 25,
    /// 30: days and lump sums, pump days among them.
    Days = 30,
    /// 40: medicines. Never written here.
    Medicine = 40,
    /// 50: services and implants, sensors and transmitters among them.
    Service = 50,
    /// 51: an undertaking to pay. Never written here.
    Undertaking = 51,
    /// 52: a reading of an identity document. Never written here.
    Identity = 52,
    /// 80: an invoice ends.
    InvoiceFooter = 80,
    /// 90: the file ends.
    FileFooter = 90,
}

impl RecordType {
    /// Every type, in the order of their numbers.
    pub const ALL: [RecordType; 10] = [
        RecordType::FileHeader,
        RecordType::InvoiceHeader,
        RecordType::Mediprima,
        RecordType::Days,
        RecordType::Medicine,
        RecordType::Service,
        RecordType::Undertaking,
        RecordType::Identity,
        RecordType::InvoiceFooter,
        RecordType::FileFooter,
    ];

    /// The number in zone 1.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The type of a record that begins so.
    #[must_use]
    pub fn of(record: &[u8]) -> Option<RecordType> {
        Some(match record.get(..2)? {
            b"10" => RecordType::FileHeader,
            b"20" => RecordType::InvoiceHeader,
            b"25" => RecordType::Mediprima,
            b"30" => RecordType::Days,
            b"40" => RecordType::Medicine,
            b"50" => RecordType::Service,
            b"51" => RecordType::Undertaking,
            b"52" => RecordType::Identity,
            b"80" => RecordType::InvoiceFooter,
            b"90" => RecordType::FileFooter,
            _ => return None,
        })
    }

    /// Its zones, in the order of their positions. What lies between them is reserve.
    #[must_use]
    pub const fn zones(self) -> &'static [Zone] {
        match self {
            RecordType::FileHeader => RECORD_10,
            RecordType::InvoiceHeader => RECORD_20,
            RecordType::Mediprima => RECORD_25,
            RecordType::Days => RECORD_30,
            RecordType::Medicine => RECORD_40,
            RecordType::Service => RECORD_50,
            RecordType::Undertaking => RECORD_51,
            RecordType::Identity => RECORD_52,
            RecordType::InvoiceFooter => RECORD_80,
            RecordType::FileFooter => RECORD_90,
        }
    }

    /// The zone of that number; of two parts of one zone the first.
    #[must_use]
    pub fn zone(self, number: u8) -> Option<&'static Zone> {
        let index = PLACES[self as usize].get(usize::from(number))?;
        self.zones().get(usize::from(*index))
    }
}

/// Where the zone of each number is in a type's list: zones are looked up many times a record.
static PLACES: [[u8; 100]; 91] = {
    let mut places = [[u8::MAX; 100]; 91];
    let mut kind = 0;
    while kind < RecordType::ALL.len() {
        let zones = RecordType::ALL[kind].zones();
        let mut index = zones.len();
        while index > 0 {
            index -= 1;
            places[RecordType::ALL[kind] as usize][zones[index].number as usize] = index as u8;
        }
        kind += 1;
    }
    places
};

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
