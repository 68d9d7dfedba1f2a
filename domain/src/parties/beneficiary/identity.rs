//! The identity of a beneficiary and its checks (BEN-01, BEN-02).

use std::fmt;

use chrono::NaiveDate;

use super::foreign::{former_search_key_text, search_key_text};
use super::name::{is_named_in, normalised_name};
use super::{NationalNumber, Sex};
use crate::refusal::{Fault, Reason};
use crate::rule::RuleId;

/// The identity of a beneficiary (BEN-01, BEN-02). A blank text counts as absent.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The national or BIS number, already validated (BEN-01).
    pub niss: Option<NationalNumber>,
    /// The explicit confirmation that there is no national number (BEN-02).
    pub no_niss_confirmed: bool,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Date of birth.
    pub birth_date: Option<NaiveDate>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Whether the beneficiary has died, if stated: never assumed (BEN-02).
    pub deceased: Option<bool>,
    /// Date of death, if known.
    pub death_date: Option<NaiveDate>,
    /// Place of residence (BEN-02).
    pub residence_place: Option<String>,
    /// Country of residence, ISO 3166-1 alpha-2 in upper case (BEN-02).
    pub residence_country: Option<String>,
}

/// Which values of an identity were sent but could not be read. The caller reports those faults; they are neither absent
/// nor a reason to ask for something else (SYS-04).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unreadable {
    /// The national number.
    pub niss: bool,
    /// The confirmation that there is none.
    pub no_niss_confirmed: bool,
    /// Whether the beneficiary has died.
    pub deceased: bool,
}

/// The longest name or place accepted, in characters (BEN-02).
pub const MAX_TEXT: usize = 100;

impl Identity {
    /// CGM-13: the birth date to compare other dates with: the stated one, else the one in the national number.
    #[must_use]
    pub fn known_birth(&self) -> Option<NaiveDate> {
        self.birth_date.or_else(|| self.niss.as_ref().and_then(|niss| niss.birth().date()))
    }

    /// BEN-01, BEN-02, CGM-13: the faults, which refuse this identity, and the warnings, which do not.
    #[must_use]
    pub fn faults(&self, today: NaiveDate, unreadable: Unreadable) -> (Vec<Fault>, Vec<Fault>) {
        let mut faults = self.incomplete(unreadable);
        faults.extend(self.impossible_dates(today, unreadable));
        faults.extend(self.unfit_texts());
        (faults, self.doubts())
    }

    /// BEN-04: whether the first or last name stands in a text, in any spelling.
    #[must_use]
    pub fn is_named_in(&self, text: &str) -> bool {
        let names = [&self.first_name, &self.last_name].map(|name| name.as_deref().unwrap_or_default());
        let both = [names.concat(), [names[1], names[0]].concat()];
        is_named_in(text, &[names.map(str::to_owned), both].concat())
    }

    /// BEN-02, BEN-03: the search keys of a person without national number, the present one and the former; `None` until all
    /// their parts are stated.
    #[must_use]
    pub fn search_key_texts(&self) -> Option<[String; 2]> {
        if self.niss.is_some() {
            return None;
        }
        let (first, last) = (name(&self.first_name)?, name(&self.last_name)?);
        let of = |key: fn(&str, &str, NaiveDate, Sex) -> String| Some(key(first, last, self.birth_date?, self.sex?));
        Some([of(search_key_text)?, of(former_search_key_text)?])
    }

    fn incomplete(&self, unreadable: Unreadable) -> Vec<Fault> {
        match (self.niss.is_some() || unreadable.niss, self.no_niss_confirmed) {
            (true, false) => vec![],
            // A number that is wrong contradicts the confirmation as well (rules.md §13).
            (true, true) => vec![foreign_fault("noNissConfirmed", Reason::NissAndConfirmation)],
            (false, false) if unreadable.no_niss_confirmed => vec![],
            // Only the confirmation makes the rest mandatory: someone who merely forgot the number need not fill it in.
            (false, false) => vec![foreign_fault("niss", Reason::NissOrConfirmation)],
            (false, true) => {
                let stated = [
                    ("firstName", name(&self.first_name).is_some()),
                    ("lastName", name(&self.last_name).is_some()),
                    ("birthDate", self.birth_date.is_some()),
                    ("sex", self.sex.is_some()),
                    ("deceased", self.deceased.is_some() || unreadable.deceased),
                    ("residencePlace", present(&self.residence_place).is_some()),
                    ("residenceCountry", present(&self.residence_country).is_some()),
                ];
                let missing = stated.into_iter().filter(|(_, stated)| !stated);
                missing.map(|(field, _)| foreign_fault(field, Reason::Required)).collect()
            }
        }
    }

    /// The death date is not compared with the birth date in the national number, which may be wrong (BEN-01).
    fn impossible_dates(&self, today: NaiveDate, unreadable: Unreadable) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.niss.iter().any(|niss| niss.check_birth_not_after(today).is_err()) {
            faults.push(Fault::new("niss", Reason::InFuture, RuleId::Ben01));
        }
        if self.birth_date.is_some_and(|birth| birth > today) {
            faults.push(Fault::new("birthDate", Reason::InFuture, RuleId::Ben01));
        }
        let Some(death) = self.death_date else { return faults };
        if self.deceased != Some(true) && !unreadable.deceased {
            faults.push(foreign_fault("deathDate", Reason::DeathDateWithoutDeath));
        }
        if death > today {
            faults.push(Fault::new("deathDate", Reason::InFuture, RuleId::Cgm13));
        }
        if self.birth_date.is_some_and(|birth| death < birth) {
            faults.push(Fault::new("deathDate", Reason::BeforeBirth, RuleId::Cgm13));
        }
        faults
    }

    fn unfit_texts(&self) -> Vec<Fault> {
        let texts =
            [("firstName", &self.first_name), ("lastName", &self.last_name), ("residencePlace", &self.residence_place)];
        let mut faults = Vec::new();
        for (field, text) in texts {
            if text.iter().any(|text| text.chars().nth(MAX_TEXT).is_some()) {
                faults.push(foreign_fault(field, Reason::TooLong).with("max", MAX_TEXT));
            }
        }
        if present(&self.residence_country).is_some_and(|country| !is_country(country)) {
            let fault = foreign_fault("residenceCountry", Reason::NotInList);
            faults.push(fault.with("allowed", "ISO 3166-1 alpha-2"));
        }
        faults
    }

    fn doubts(&self) -> Vec<Fault> {
        let mut doubts = Vec::new();
        if let Some(niss) = &self.niss {
            if self.birth_date.is_some_and(|birth| niss.disagrees_with_birth(birth)) {
                doubts.push(Fault::new("birthDate", Reason::BirthDateDisagrees, RuleId::Ben01));
            }
            if self.sex.is_some_and(|sex| niss.disagrees_with_sex(sex)) {
                doubts.push(Fault::new("sex", Reason::SexDisagrees, RuleId::Ben01));
            }
        } else if self.residence_country.as_deref() == Some("BE") {
            doubts.push(foreign_fault("residenceCountry", Reason::ResidenceInBelgium));
        }
        doubts
    }
}

/// Names and dates identify a person as well as a number does, so none is printed (BEN-04).
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(***)")
    }
}

fn foreign_fault(field: &str, reason: Reason) -> Fault {
    Fault::new(field, reason, RuleId::Ben02)
}

fn present(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.trim().is_empty())
}

/// A name that normalises to nothing, such as "-", counts as absent.
fn name(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !normalised_name(text).is_empty())
}

/// BEN-02: whether a text is a country code of ISO 3166-1 alpha-2, or XK for Kosovo, which the standard lacks.
#[must_use]
pub fn is_country(code: &str) -> bool {
    COUNTRIES.binary_search(&code).is_ok()
}

/// ISO 3166-1 alpha-2 and XK, sorted (BEN-02).
pub const COUNTRIES: [&str; 250] = [
    "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX", "AZ", "BA", "BB", "BD",
    "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ", "BR", "BS", "BT", "BV", "BW", "BY", "BZ", "CA",
    "CC", "CD", "CF", "CG", "CH", "CI", "CK", "CL", "CM", "CN", "CO", "CR", "CU", "CV", "CW", "CX", "CY", "CZ", "DE",
    "DJ", "DK", "DM", "DO", "DZ", "EC", "EE", "EG", "EH", "ER", "ES", "ET", "FI", "FJ", "FK", "FM", "FO", "FR", "GA",
    "GB", "GD", "GE", "GF", "GG", "GH", "GI", "GL", "GM", "GN", "GP", "GQ", "GR", "GS", "GT", "GU", "GW", "GY", "HK",
    "HM", "HN", "HR", "HT", "HU", "ID", "IE", "IL", "IM", "IN", "IO", "IQ", "IR", "IS", "IT", "JE", "JM", "JO", "JP",
    "KE", "KG", "KH", "KI", "KM", "KN", "KP", "KR", "KW", "KY", "KZ", "LA", "LB", "LC", "LI", "LK", "LR", "LS", "LT",
    "LU", "LV", "LY", "MA", "MC", "MD", "ME", "MF", "MG", "MH", "MK", "ML", "MM", "MN", "MO", "MP", "MQ", "MR", "MS",
    "MT", "MU", "MV", "MW", "MX", "MY", "MZ", "NA", "NC", "NE", "NF", "NG", "NI", "NL", "NO", "NP", "NR", "NU", "NZ",
    "OM", "PA", "PE", "PF", "PG", "PH", "PK", "PL", "PM", "PN", "PR", "PS", "PT", "PW", "PY", "QA", "RE", "RO", "RS",
    "RU", "RW", "SA", "SB", "SC", "SD", "SE", "SG", "SH", "SI", "SJ", "SK", "SL", "SM", "SN", "SO", "SR", "SS", "ST",
    "SV", "SX", "SY", "SZ", "TC", "TD", "TF", "TG", "TH", "TJ", "TK", "TL", "TM", "TN", "TO", "TR", "TT", "TV", "TW",
    "TZ", "UA", "UG", "UM", "US", "UY", "UZ", "VA", "VC", "VE", "VG", "VI", "VN", "VU", "WF", "WS", "XK", "YE", "YT",
    "ZA", "ZM", "ZW",
];

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn national() -> Identity {
        Identity { niss: NationalNumber::parse("85073003328").ok(), ..Identity::default() }
    }

    fn foreign() -> Identity {
        Identity {
            first_name: Some("Zoë".to_owned()),
            last_name: Some("Lambert".to_owned()),
            birth_date: Some(day("1980-02-09")),
            sex: Some(Sex::Female),
            deceased: Some(false),
            residence_place: Some("Lille".to_owned()),
            residence_country: Some("FR".to_owned()),
            ..confirmed()
        }
    }

    fn confirmed() -> Identity {
        Identity { no_niss_confirmed: true, ..Identity::default() }
    }

    fn owned(list: &[&str]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    /// Faults and warnings as `field Reason RULE`.
    fn found(identity: &Identity) -> (Vec<String>, Vec<String>) {
        found_but(identity, Unreadable::default())
    }

    fn found_but(identity: &Identity, unreadable: Unreadable) -> (Vec<String>, Vec<String>) {
        let (faults, warnings) = identity.faults(day("2026-07-14"), unreadable);
        let short = |fault: &Fault| format!("{} {:?} {}", fault.field, fault.reason, fault.rule);
        (faults.iter().map(short).collect(), warnings.iter().map(short).collect())
    }

    /// BEN-01, BEN-02: a national number alone is enough, and so is a complete foreign identity.
    #[test]
    fn a_number_alone_or_a_full_description_is_enough() {
        assert_eq!(found(&national()), (vec![], vec![]));
        assert_eq!(found(&foreign()), (vec![], vec![]));
    }

    /// BEN-02: without national number everything is mandatory, and everything missing is reported at once.
    #[test]
    fn a_confirmation_makes_the_description_mandatory() {
        let mut bare = confirmed();
        let required = "firstName lastName birthDate sex deceased residencePlace residenceCountry";
        let expected: Vec<_> = required.split(' ').map(|field| format!("{field} Required BEN-02")).collect();
        assert_eq!(found(&bare).0, expected);
        bare.first_name = Some(" - ".to_owned());
        bare.last_name = Some("’".to_owned());
        bare.residence_place = Some(" ".to_owned());
        bare.residence_country = Some(String::new());
        assert_eq!(found(&bare).0, expected);
    }

    /// BEN-02: exactly one of number and confirmation.
    #[rstest]
    #[case(national(), true, &["noNissConfirmed NissAndConfirmation BEN-02"])]
    #[case(national(), false, &[])]
    #[case(foreign(), true, &[])]
    #[case(foreign(), false, &["niss NissOrConfirmation BEN-02"])]
    #[case(Identity::default(), false, &["niss NissOrConfirmation BEN-02"])]
    fn number_and_confirmation_exclude_each_other(
        #[case] mut identity: Identity,
        #[case] confirmed: bool,
        #[case] faults: &[&str],
    ) {
        identity.no_niss_confirmed = confirmed;
        assert_eq!(found(&identity).0, faults);
    }

    /// BEN-02, SYS-04: a value that cannot be read is not absent: it contradicts what excludes it, and nothing is asked for in
    /// its place.
    #[test]
    fn what_cannot_be_read_is_not_absent() {
        let niss = Unreadable { niss: true, ..Unreadable::default() };
        assert_eq!(found_but(&confirmed(), niss).0, ["noNissConfirmed NissAndConfirmation BEN-02"]);
        assert_eq!(found_but(&foreign(), niss).0, ["noNissConfirmed NissAndConfirmation BEN-02"]);
        assert_eq!(found_but(&Identity::default(), niss).0, owned(&[]));
        let confirmation = Unreadable { no_niss_confirmed: true, ..Unreadable::default() };
        assert_eq!(found_but(&Identity::default(), confirmation).0, owned(&[]));
        assert_eq!(found_but(&national(), confirmation).0, owned(&[]));
        let deceased = Unreadable { deceased: true, ..Unreadable::default() };
        let unknown = Identity { deceased: None, death_date: Some(day("2020-01-01")), ..foreign() };
        assert_eq!(found_but(&unknown, deceased).0, owned(&[]));
        assert_eq!(found(&unknown).0, ["deceased Required BEN-02", "deathDate DeathDateWithoutDeath BEN-02"]);
    }

    /// BEN-01: a birth date or sex that disagrees with the number is a warning, a birth in the future a fault.
    #[test]
    fn a_disagreement_with_the_number_only_warns() {
        let mut identity = national();
        identity.birth_date = Some(day("1985-07-03"));
        identity.sex = Some(Sex::Female);
        let warnings = owned(&["birthDate BirthDateDisagrees BEN-01", "sex SexDisagrees BEN-01"]);
        assert_eq!(found(&identity), (vec![], warnings));
        let unborn = national().faults(day("1985-07-29"), Unreadable::default()).0;
        assert_eq!(unborn, [Fault::new("niss", Reason::InFuture, RuleId::Ben01)]);
    }

    /// CGM-13, BEN-01, BEN-02: dates are in order, none is in the future, and only the deceased have a date of death.
    #[rstest]
    #[case("1980-02-09", Some("1980-02-09"), true, &[])]
    #[case("2026-07-14", Some("2026-07-14"), true, &[])]
    #[case("1980-02-09", None, true, &[])]
    #[case("2026-07-15", None, false, &["birthDate InFuture BEN-01"])]
    #[case("1980-02-09", Some("2026-07-15"), true, &["deathDate InFuture CGM-13"])]
    #[case("1980-02-09", Some("1980-02-08"), true, &["deathDate BeforeBirth CGM-13"])]
    #[case("1980-02-09", Some("2020-01-01"), false, &["deathDate DeathDateWithoutDeath BEN-02"])]
    fn dates_follow_the_order_of_a_life(
        #[case] birth: &str,
        #[case] death: Option<&str>,
        #[case] deceased: bool,
        #[case] faults: &[&str],
    ) {
        let mut identity = foreign();
        identity.birth_date = Some(day(birth));
        identity.death_date = death.map(day);
        identity.deceased = Some(deceased);
        assert_eq!(found(&identity).0, faults);
    }

    /// BEN-02: the country is in the list, in upper case; Belgium without national number is a warning.
    #[rstest]
    #[case("XK", &[], &[])]
    #[case("BE", &[], &["residenceCountry ResidenceInBelgium BEN-02"])]
    #[case("fr", &["residenceCountry NotInList BEN-02"], &[])]
    #[case("FRA", &["residenceCountry NotInList BEN-02"], &[])]
    #[case("ZZ", &["residenceCountry NotInList BEN-02"], &[])]
    fn the_country_is_one_of_the_list(#[case] country: &str, #[case] faults: &[&str], #[case] warnings: &[&str]) {
        let mut identity = foreign();
        identity.residence_country = Some(country.to_owned());
        assert_eq!(found(&identity), (owned(faults), owned(warnings)));
    }

    /// BEN-02: the list is sorted, as its binary search requires.
    #[test]
    fn the_countries_are_sorted() {
        assert!(COUNTRIES.is_sorted_by(|a, b| a < b));
    }

    /// BEN-02: a name can have a hundred characters, whatever their bytes.
    #[test]
    fn a_long_name_is_counted_in_characters() {
        let mut identity = foreign();
        identity.last_name = Some("é".repeat(100));
        assert_eq!(found(&identity).0, owned(&[]));
        identity.last_name = Some("é".repeat(101));
        assert_eq!(found(&identity).0, ["lastName TooLong BEN-02"]);
    }

    /// BEN-03: the search key ignores residence and exists only without a national number.
    #[test]
    fn residence_is_no_part_of_the_search_key() {
        let mut identity = foreign();
        identity.residence_country = Some("DE".to_owned());
        let texts = ["lambert|zo|1980-02-09|f", "zoe|lambert|1980-02-09|f"].map(str::to_owned);
        assert_eq!(identity.search_key_texts(), Some(texts));
        identity.niss = national().niss;
        assert_eq!(identity.search_key_texts(), None);
    }

    /// BEN-04: a logged identity reveals nothing.
    #[test]
    fn an_identity_prints_nothing_of_a_person() {
        assert_eq!(format!("{:?}", foreign()), "Identity(***)");
    }
}
