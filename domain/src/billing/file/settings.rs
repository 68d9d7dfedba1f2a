//! What the public sources leave open about the invoice file, as dated configuration with its source (BIL-05). The
//! writer takes nothing of it for granted.

use chrono::NaiveDate;

use super::{layout::RecordType, record::Fill};
use crate::{nomenclature::NomenclatureCode, parties::affiliation::EntitlementCode};

/// Why a setting cannot be entered (BIL-05).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unset {
    /// There is no setting of that name.
    Name,
    /// The value has another form.
    Value,
}

/// A value of the configuration and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Who says so: a text of INAMI, an answer of an insurer, or the inference.
    pub source: String,
}

/// Whether a file is billed or tried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It is billed.
    Production,
    /// The insurers check it and pay nothing.
    Test,
}

/// Whose number stands for the place of pump days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The number of the convention.
    Convention,
    /// The establishment itself.
    Establishment,
}

/// How a value is shown and read: its zones are in the name of the setting.
trait Setting: Sized {
    fn shown(&self) -> String;
    fn read(text: &str) -> Option<Self>;
}

impl Setting for u64 {
    fn shown(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<u64> {
        text.parse().ok().filter(|_| text.len() <= 7 && text.bytes().all(|byte| byte.is_ascii_digit()))
    }
}

impl Setting for bool {
    fn shown(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<bool> {
        text.parse().ok()
    }
}

/// What stands for a code that is not known.
const NOT_KNOWN: &str = "not known";

impl Setting for Option<NomenclatureCode> {
    fn shown(&self) -> String {
        self.map_or_else(|| NOT_KNOWN.to_owned(), |code| code.to_string())
    }

    fn read(text: &str) -> Option<Option<NomenclatureCode>> {
        if text == NOT_KNOWN { Some(None) } else { text.parse().ok().map(Some) }
    }
}

impl Setting for Purpose {
    fn shown(&self) -> String {
        format!("{self:?}").to_lowercase()
    }

    fn read(text: &str) -> Option<Purpose> {
        [Purpose::Production, Purpose::Test].into_iter().find(|one| one.shown() == text)
    }
}

impl Setting for Place {
    fn shown(&self) -> String {
        format!("{self:?}").to_lowercase()
    }

    fn read(text: &str) -> Option<Place> {
        [Place::Convention, Place::Establishment].into_iter().find(|one| one.shown() == text)
    }
}

/// The items of a list: none of an empty text.
fn items<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    if text.is_empty() { Some(Vec::new()) } else { text.split(", ").map(read).collect() }
}

impl Setting for Vec<u8> {
    fn shown(&self) -> String {
        self.iter().map(u8::to_string).collect::<Vec<_>>().join(", ")
    }

    fn read(text: &str) -> Option<Vec<u8>> {
        items(text, |item| u64::read(item)?.try_into().ok())
    }
}

impl Setting for Vec<EntitlementCode> {
    fn shown(&self) -> String {
        self.iter().map(EntitlementCode::as_str).collect::<Vec<_>>().join(", ")
    }

    fn read(text: &str) -> Option<Vec<EntitlementCode>> {
        items(text, |item| item.parse().ok())
    }
}

impl Setting for Vec<Fill> {
    fn shown(&self) -> String {
        let one = |fill: &Fill| format!("{}-{}: '{}'", fill.kind.number(), fill.zone, char::from(fill.with));
        self.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    fn read(text: &str) -> Option<Vec<Fill>> {
        items(text, |item| {
            let (zone, with) = item.split_once(": '")?;
            let (kind, zone) = zone.split_once('-')?;
            let kind: u8 = kind.parse().ok()?;
            let kind = RecordType::ALL.iter().copied().find(|one| one.number() == kind)?;
            let with = with.strip_suffix('\'')?.as_bytes();
            let [with @ b' '..=b'~'] = *with else { return None };
            Some(Fill { kind, zone: zone.parse().ok()?, with })
        })
    }
}

macro_rules! settings {
    ($($(#[doc = $doc:literal])* $name:ident: $type:ty = $value:expr, $source:literal;)*) => {
        /// The configuration in force from a day on, until the next begins (BIL-05).
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Settings {
            /// The first day.
            pub from: NaiveDate,
            $($(#[doc = $doc])* pub $name: Sourced<$type>,)*
        }

        impl Settings {
            /// What the reference infers, each value with how it was inferred: a configuration to start from and to
            /// confirm with INAMI and the insurers. The code of the pump day has no source, so it is not known.
            #[must_use]
            pub fn inferred(from: NaiveDate) -> Settings {
                Settings { from, $($name: Sourced { value: $value, source: $source.to_owned() },)* }
            }

            /// Every setting: name, value, source.
            #[must_use]
            pub fn shown(&self) -> Vec<(&'static str, String, &str)> {
                vec![$((stringify!($name), self.$name.value.shown(), self.$name.source.as_str()),)*]
            }

            /// BIL-05: puts a value, as it is shown, in place of the one in force.
            ///
            /// # Errors
            /// There is no such setting, or the value has another form.
            pub fn set(&mut self, name: &str, value: &str, source: &str) -> Result<(), Unset> {
                match name {
                    $(stringify!($name) => {
                        let value = Setting::read(value).ok_or(Unset::Value)?;
                        self.$name = Sourced { value, source: source.to_owned() };
                    })*
                    _ => return Err(Unset::Name),
                }
                Ok(())
            }
        }
    };
}

settings! {
    /// Whether files are billed or tried out.
    purpose: Purpose = Purpose::Test, "nothing is billed before the insurers have accepted a test";
    /// Record 10, zone 4, in production.
    version: u64 = 1999, "public implementation: 0001999 in production";
    /// Record 10, zone 4, in a test.
    test_version: u64 = 9_991_999, "public implementation: 9991999 in a test";
    /// Record 10, zone 3: how many accounts.
    accounts: u64 = 1, "inferred: one account, A";
    /// Record 10, zone 9: whether the paper invoice is dropped.
    no_paper: u64 = 0, "not known: zero";
    /// Record 10, zone 10: whether a settlement file is asked for.
    settlement_file: u64 = 0, "not known: zero";
    /// Record 10, zone 13: content of the billing.
    content: u64 = 0, "refusals 100723, 201110: 000 is the ordinary file, two a month";
    /// Zone 11 of records 30 and 50: 0 for account A, 1 for account B.
    account: u64 = 0, "public implementation: 0 = A";
    /// Record 20, zone 3: authorisation of third-party payment.
    third_party_authorisation: u64 = 0, "not known: zero";
    /// Records 20 and 80, zone 13: service 721bis.
    service_721bis: u64 = 0, "not known: zero";
    /// Record 20, zone 16, of an invoice whose limitation was interrupted.
    limitation_interrupted: u64 = 1, "inferred from refusal 201620; the values are not public";
    /// Records 20 and 80, zone 17: cause of the treatment.
    cause: u64 = 0, "not known: zero";
    /// First digits of the unions whose members have 000 in zone 7.
    unions_without_mutuality: Vec<u8> = vec![2, 5], "public implementation; the catalogue (300712) also exempts 4";
    /// Record 20, zone 11, of a first invoice.
    billing_first: u64 = 0, "public implementation, refusal 202911";
    /// Record 20, zone 11, of a correction that bears the insurer's reference.
    billing_correction: u64 = 1, "public implementation, refusal 203810";
    /// Record 20, zone 11, of a credit.
    billing_credit: u64 = 3, "public implementation, refusal 201140";
    /// Whether a zero amount of a credit is negative too.
    negative_zero: bool = true, "inferred from refusals 302712, 303012, 302412";
    /// Record 20, zone 10, of pump days.
    pump_invoice_type: u64 = 6, "inferred: 5 and 6 are rehabilitation conventions, 5 asks for an admission (200410)";
    /// Record 30, zone 4: the pseudo-code of the pump day.
    pump_code: Option<NomenclatureCode> = None, "not published: circular of INAMI to the insurers";
    /// Record 30, zone 3.
    pump_norm: u64 = 0, "not known: zero";
    /// Record 30, zone 13: service code.
    pump_service: u64 = 0, "not known: zero";
    /// Record 20, zone 15, of pump days.
    pump_stay: Place = Place::Convention, "refusal 201510; metadata of the insurers' agency: the convention's number";
    /// Record 30, zone 14: place of care.
    pump_place: Place = Place::Establishment, "inferred; refusals 3014H0 and 3014H4 ask for the one or the other";
    /// Record 30, zones 17-18: relative service.
    pump_relative: u64 = 0, "not known: zero (301740, 301742)";
    /// Record 30, zone 33: billing code of share and supplement.
    pump_share_code: u64 = 0, "not known; refusal 301941 may follow";
    /// Record 30, zone 47: whether the day of the agreement stands there.
    pump_line_agreement: bool = true, "refusal 304712";
    /// Entitlement codes (CT1) with which an insurer's own number does in place of the national one.
    codes_without_number: Vec<EntitlementCode> = Vec::new(), "refusal 202730: those of international conventions; not public";
    /// Record 20, zone 10, of ambulatory sensors and transmitters.
    device_invoice_type: u64 = 3, "refusals 202011, 500410";
    /// Record 50, zone 3.
    device_norm: u64 = 0, "public implementation: 0, none";
    /// Record 50, zone 13: service code.
    device_service: u64 = 990, "public implementation: 990 in ambulatory practice";
    /// Record 50, zone 16: provider's norm.
    device_provider_norm: u64 = 1, "public implementation: 1";
    /// Record 50, zone 26: prescriber's norm, where there is a prescriber.
    device_prescriber_norm: u64 = 0, "not known: zero";
    /// Record 50, zone 33: billing code of share and supplement.
    device_share_code: u64 = 0, "not known; refusal 502743 may follow";
    /// Types of the records whose codes zone 98 of records 80 and 90 sums.
    control_of: Vec<u8> = vec![30, 40, 50, 51, 52], "public implementation for 50 to 52, extended to 30 and 40";
    /// Zones of text whose unused positions hold another character than blanks.
    fills: Vec<Fill> = Vec::new(), "annex 7 f names some that are filled with zeros; the list is not public";
}

/// A value of the configuration, as it was entered (BIL-05).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    /// The first day on which it is in force.
    pub from: NaiveDate,
    /// The name of the setting.
    pub name: String,
    /// The value, as it is shown.
    pub value: String,
    /// Who says so.
    pub source: String,
}

impl Settings {
    /// BIL-05: the configuration in force on a day: what is inferred, and what was entered in its place, of which the
    /// last one counts. `entered` is by first day.
    ///
    /// # Errors
    /// What was entered is no setting of this version of Insula.
    pub fn on(entered: &[Entered], day: NaiveDate) -> Result<Settings, Unset> {
        let mut settings = Settings::inferred(NaiveDate::MIN);
        for one in entered.iter().filter(|one| one.from <= day) {
            settings.set(&one.name, &one.value, &one.source)?;
            settings.from = one.from;
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{billing::file::layout::RecordType, span::tests::day};

    /// BIL-05: every setting is shown with its source; what has no source is not guessed.
    #[test]
    fn every_setting_has_a_source() {
        let mut settings = Settings::inferred(day("2026-01-01"));
        settings.fills.value = vec![Fill { kind: RecordType::Service, zone: 44, with: b'0' }];
        let shown = settings.shown();
        assert!(shown.iter().all(|(_, _, source)| !source.is_empty()));
        let of = |name: &str| shown.iter().find(|one| one.0 == name).map(|one| one.1.as_str());
        assert_eq!(of("pump_code"), Some("not known"));
        assert_eq!(of("pump_stay"), Some("convention"));
        assert_eq!(of("control_of"), Some("30, 40, 50, 51, 52"));
        assert_eq!(of("fills"), Some("50-44: '0'"));
    }

    fn entered(from: &str, name: &str, value: &str) -> Entered {
        Entered { from: day(from), name: name.to_owned(), value: value.to_owned(), source: "a circular".to_owned() }
    }

    /// BIL-05: from its first day a value is in force in place of what was before.
    #[test]
    fn the_configuration_is_that_of_the_day() {
        let all = [
            entered("2026-01-01", "pump_code", "774690"),
            entered("2026-07-01", "pump_code", "774712"),
            entered("2026-07-01", "pump_code", "774734"),
        ];
        let code = |on: &str| Settings::on(&all, day(on)).unwrap().pump_code.value.shown();
        assert_eq!(["2025-12-31", "2026-06-30", "2026-07-01"].map(code), ["not known", "774690", "774734"]);
        let found = Settings::on(&all, day("2026-07-01")).unwrap();
        assert_eq!((found.from, found.pump_code.source.as_str()), (day("2026-07-01"), "a circular"));
    }

    /// BIL-05: every value is read as it is shown; no other form or name is taken.
    #[test]
    fn a_value_is_read_as_it_is_shown() {
        let mut settings = Settings::inferred(day("2026-01-01"));
        settings.fills.value = vec![Fill { kind: RecordType::Service, zone: 44, with: b'0' }];
        settings.codes_without_number.value = ["130".parse().unwrap(), "140".parse().unwrap()].into();
        settings.pump_code.value = "774690".parse().ok();
        let mut read = Settings::inferred(day("2026-01-01"));
        for (name, value, source) in settings.shown() {
            assert_eq!(read.set(name, &value, source), Ok(()), "{name} {value}");
        }
        assert_eq!(read, settings);
        for (name, value) in [
            ("pump_code", "x"),
            ("account", "-1"),
            ("account", "+1"),
            ("account", "12345678"),
            ("no_paper", ""),
            ("negative_zero", "yes"),
            ("purpose", "Test"),
            ("pump_stay", "hospital"),
            ("control_of", "30,40"),
            ("control_of", "256"),
            ("fills", "50-44: '00'"),
            ("fills", "99-44: '0'"),
            ("codes_without_number", "13"),
        ] {
            assert_eq!(read.set(name, value, "x"), Err(Unset::Value), "{name} {value}");
        }
        assert_eq!(read.set("colour", "1", "x"), Err(Unset::Name));
        assert_eq!(read, settings);
    }
}
