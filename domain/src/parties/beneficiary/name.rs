//! Names as passports spell them, for comparing (BEN-02, BEN-03). The spellings are data: `domain/passport/`.

use std::{collections::HashMap, sync::LazyLock};

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

/// The spelling of each letter that Unicode does not decompose into Latin ones.
static SPELLINGS: LazyLock<HashMap<char, &'static str>> = LazyLock::new(|| {
    let files = [include_str!("../../../passport/icao-9303.txt"), include_str!("../../../passport/elot-743.txt")];
    let lines = files.into_iter().flat_map(str::lines).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let of_line = |line: &'static str| {
        let mut words = line.split(' ');
        let spelling = words.next().unwrap_or_default().trim_matches('-');
        words.flat_map(str::chars).map(move |letter| (letter, spelling))
    };
    lines.flat_map(of_line).collect()
});

/// BEN-02: a name as it is compared: all that a passport in any of its spellings may leave out or write otherwise is the
/// same. Without accents and other marks, case, spaces, hyphens, apostrophes and other punctuation; Cyrillic, Greek and
/// Arabic letters as ICAO Doc 9303 spells them; `aa`, `ae`, `oe`, `ue` as `a`, `a`, `o`, `u`. Empty if no
/// letter or digit is left.
#[must_use]
pub fn normalised_name(name: &str) -> String {
    let letters: Vec<char> = name.nfkd().flat_map(char::to_lowercase).nfkd().filter(|c| is_kept(*c)).collect();
    let mut folded = Folded(String::with_capacity(name.len()));
    let mut rest = letters.as_slice();
    while let [letter, after @ ..] = rest {
        if let Some(spelling) = greek_pair(&letters[..letters.len() - rest.len()], *letter, after) {
            folded.extend(spelling);
            rest = &after[1..];
            continue;
        }
        match SPELLINGS.get(letter) {
            Some(spelling) => folded.extend(spelling),
            None => folded.push(*letter),
        }
        rest = after;
    }
    // Dropped characters may have separated two marks, whose canonical order is restored here.
    folded.0.nfkd().collect()
}

/// BEN-03: a name as it was compared before: with letters of other scripts as they are, and without the choices that
/// passports have.
pub(super) fn formerly_normalised_name(name: &str) -> String {
    let is_kept = |c: &char| is_kept(*c) || *c == '\u{640}';
    let letters = name.nfkd().flat_map(char::to_lowercase).nfkd().filter(is_kept);
    let mut folded = String::with_capacity(name.len());
    for letter in letters {
        match letter {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'đ' | 'ð' | 'ɖ' | 'ɗ' => folded.push('d'),
            'ł' => folded.push('l'),
            'ħ' => folded.push('h'),
            'ŧ' => folded.push('t'),
            'ŋ' => folded.push('n'),
            'ı' => folded.push('i'),
            'ĸ' | 'ƙ' => folded.push('k'),
            'ɓ' => folded.push('b'),
            'ς' => folded.push('σ'),
            _ => folded.push(letter),
        }
    }
    folded.nfkd().collect()
}

/// BEN-04: whether one of several names stands in a text in any spelling, as whole words: with other letters around it, it
/// is another word. Names of one or two letters are not looked for.
pub(super) fn is_named_in(text: &str, names: &[String]) -> bool {
    let names: Vec<_> =
        names.iter().map(|name| normalised_name(name)).filter(|name| name.chars().count() > 2).collect();
    let longest = names.iter().map(String::len).max().unwrap_or_default();
    let words: Vec<_> =
        text.split(|c: char| !c.is_alphabetic() && !is_combining_mark(c)).filter(|word| !word.is_empty()).collect();
    (0..words.len()).any(|from| {
        let until = (from..words.len()).map(|to| normalised_name(&words[from..=to].concat()));
        until.take_while(|name| name.len() <= longest).any(|name| names.contains(&name))
    })
}

/// A name in which the spellings that passports choose from are one.
struct Folded(String);

impl Folded {
    fn extend(&mut self, spelling: &str) {
        spelling.chars().for_each(|letter| self.push(letter));
    }

    /// What is pushed never makes two letters that a second folding would change.
    fn push(&mut self, letter: char) {
        let last = self.0.chars().next_back();
        match (last, letter) {
            // Ü may be UXX and Ñ NXX.
            (Some('x'), 'x') if self.0.ends_with("ux") || self.0.ends_with("nx") => {
                self.0.pop();
            }
            // Å may be AA; Ä, Ö, Ø and Ü may be AE, OE and UE.
            (Some('a'), 'a') | (Some('a' | 'o' | 'u'), 'e') => {}
            _ => self.0.push(letter),
        }
    }
}

/// ELOT 743: pairs of Greek letters with a spelling of their own.
fn greek_pair(before: &[char], letter: char, after: &[char]) -> Option<&'static str> {
    let voiced = || {
        let next = after.get(1);
        next.is_some_and(|next| !matches!(next, 'θ' | 'κ' | 'ξ' | 'π' | 'σ' | 'ς' | 'τ' | 'φ' | 'χ' | 'ψ'))
    };
    Some(match (letter, after.first()?) {
        ('ο', 'υ') => "ou",
        ('α', 'υ') => {
            if voiced() {
                "av"
            } else {
                "af"
            }
        }
        ('ε', 'υ') => {
            if voiced() {
                "ev"
            } else {
                "ef"
            }
        }
        ('η', 'υ') => {
            if voiced() {
                "iv"
            } else {
                "if"
            }
        }
        ('γ', 'γ') => "ng",
        ('γ', 'ξ') => "nx",
        ('γ', 'χ') => "nch",
        ('μ', 'π') if before.is_empty() || after.len() == 1 => "b",
        _ => return None,
    })
}

fn is_kept(c: char) -> bool {
    match c {
        // Letters to Unicode, but typed as apostrophes in transliterated names.
        '\u{2b9}'..='\u{2bf}' | '\u{2c8}' | '\u{2ca}' | '\u{2cb}' | '\u{a78b}' | '\u{a78c}' => false,
        // Tatweel, which only stretches an Arabic word.
        '\u{640}' => false,
        _ if is_combining_mark(c) => !is_accent(c),
        _ => c.is_alphanumeric(),
    }
}

/// Accents, and Hebrew and Arabic pointing. Vowel signs of Indic scripts and the Japanese voicing mark are marks too,
/// but without them it is another name.
fn is_accent(mark: char) -> bool {
    matches!(canonical_combining_class(mark), 1 | 10..=36 | 200..)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    /// BEN-02: all spellings of one name are the same name: of people, of passports, of machine-readable zones.
    #[rstest]
    #[case("Jean-Pierre", &["JEAN  PIERRE", "JEAN<PIERRE"])]
    #[case("D’Hondt", &["d'hondt", "DHONDT"])]
    #[case("Tu\u{2bb}i", &["tui"])]
    #[case("Jos\u{e9}", &["Jose\u{301}"])]
    #[case("Strauß", &["STRAUSS", "STRAUẞ"])]
    #[case("Müller", &["MUELLER", "MULLER", "MUXXLLER"])]
    #[case("Núñez", &["NUNEZ", "NUNXXEZ"])]
    #[case("Ångström", &["AANGSTROEM", "ANGSTROM"])]
    #[case("Sørensen", &["SORENSEN", "SOERENSEN"])]
    #[case("Æbelø", &["aebelo", "AEBELOE"])]
    #[case("Cœur", &["coeur"])]
    #[case("Đorđević", &["Dordevic"])]
    #[case("Łukasz", &["lukasz"])]
    #[case("Þór", &["thor"])]
    #[case("İpek Yıldız", &["ipek yildiz", "IPEK YILDIZ"])]
    #[case("Ｔａｒｏ", &["taro"])]
    #[case("\u{fb01}ona", &["fiona"])]
    #[case("\u{133}sbrand", &["IJSBRAND", "ijsbrand"])]
    #[case("Παπαδόπουλος", &["ΠΑΠΑΔΟΠΟΥΛΟΣ", "Παπαδοπουλος", "PAPADOPOULOS"])]
    #[case("Ευάγγελος", &["ΕΥΑΓΓΕΛΟΣ", "EVANGELOS"])]
    #[case("Ευτυχία Μπούρα", &["EFTYCHIA MPOURA"])]
    #[case("Μπούρα", &["BOURA"])]
    #[case("Χρήστος Ψαρράς", &["CHRISTOS PSARRAS"])]
    #[case("Соловьёв", &["СОЛОВЬЕВ", "SOLOVEV"])]
    #[case("Щербаков Юлий", &["SHCHERBAKOV IULII"])]
    #[case("Їжакевич Євген", &["IZHAKEVICH IEVGEN"])]
    #[case("Љубиша", &["LJUBISHA"])]
    #[case("محمد", &["مُحَمَّد", "محـمـد", "MXHMD"])]
    #[case("أحمد", &["احمد", "AXHMD"])]
    #[case("خالد", &["XKHALD"])]
    #[case("J. Smith", &["J Smith"])]
    #[case("O\u{200d}Neil\u{a0}", &["oneil"])]
    fn spellings_of_one_name_are_one(#[case] one: &str, #[case] others: &[&str]) {
        for other in others {
            assert_eq!(normalised_name(one), normalised_name(other), "{one} {other}");
        }
    }

    /// BEN-02: different letters are different names, also in scripts that write vowels as marks.
    #[rstest]
    #[case("Muller", "Miller")]
    #[case("Ana", "Anna")]
    #[case("रीता", "रात")]
    #[case("かな", "がな")]
    #[case("王", "李")]
    #[case("王王", "王")]
    #[case("Χρήστος", "Κρήστος")]
    #[case("حسن", "خسن")]
    fn other_letters_are_other_names(#[case] one: &str, #[case] other: &str) {
        assert_ne!(normalised_name(one), normalised_name(other));
        assert!(!normalised_name(one).is_empty());
    }

    fn all_letters() -> impl Iterator<Item = char> {
        (0..=u32::from(char::MAX)).filter_map(char::from_u32).filter(|c| c.is_alphabetic())
    }

    /// BEN-02: each letter of Unicode is folded once and for all, alone, doubled and among others, whatever its case and
    /// its normal form; a letter of a script with spellings becomes letters from a to z.
    #[test]
    fn every_letter_of_unicode_is_folded_for_good() {
        for letter in all_letters() {
            for text in [letter.to_string(), format!("{letter}{letter}"), format!("a{letter}e"), format!("ux{letter}")]
            {
                let once = normalised_name(&text);
                assert_eq!(normalised_name(&once), once, "{text:?}");
                assert_eq!(normalised_name(&text.nfc().collect::<String>()), once, "{text:?}");
                assert_eq!(normalised_name(&text.nfkd().collect::<String>()), once, "{text:?}");
            }
            let upper: String = letter.to_uppercase().collect();
            let lower: String = letter.to_lowercase().collect();
            // A few letters share their capital with another letter, as the dotless i does.
            if upper.to_lowercase() == lower {
                assert_eq!(normalised_name(&upper), normalised_name(&lower), "{letter:?}");
            }
        }
        for (letter, spelling) in SPELLINGS.iter() {
            assert_eq!(normalised_name(&letter.to_string()), normalised_name(spelling), "{letter}");
            assert!(spelling.bytes().all(|c| c.is_ascii_lowercase()), "{letter} {spelling}");
            assert!(letter.nfkd().eq([*letter]), "{letter} is decomposed before it is looked up");
        }
    }

    /// BEN-02: the tables cover their alphabets: those of the languages whose passports they spell.
    #[test]
    fn the_alphabets_are_covered() {
        let alphabets = "абвгдежзийклмнопрстуфхцчшщъыьэюяёґєіїўђјљњћџѓќѕ αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ \
                         ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي پچژگکی àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿāăąćĉċčďđēĕėęěĝğġģĥħ\
                         ĩīĭįıĳĵķĺļľŀłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷźżžßșț";
        for letter in alphabets.chars().filter(|c| !c.is_whitespace()) {
            let folded = normalised_name(&letter.to_string());
            assert!(folded.bytes().all(|c| c.is_ascii_lowercase()), "{letter} {folded}");
            assert!(!folded.is_empty() || letter == 'ь', "{letter}");
        }
    }

    proptest! {
        /// BEN-02: normalising is idempotent, so stored keys stay valid.
        #[test]
        fn normalising_is_stable(name in ".{0,20}|[aeounxäöüñß \\-xX]{0,12}|\\p{Greek}{0,8}|\\p{Cyrillic}{0,8}|\\p{Arabic}{0,8}") {
            let once = normalised_name(&name);
            prop_assert_eq!(normalised_name(&once), once);
        }

        /// BEN-02: however a passport spells a name, it is the same name.
        #[test]
        fn a_name_is_one_in_all_its_spellings(choices in prop::collection::vec((0_usize..LATIN.len(), 0_usize..4, 0_usize..4), 0..8)) {
            let spelled = |which: fn(&(usize, usize, usize)) -> usize| -> String {
                choices.iter().map(|choice| {
                    let spellings = LATIN[choice.0];
                    spellings[which(choice) % spellings.len()]
                }).collect()
            };
            prop_assert_eq!(normalised_name(&spelled(|one| one.1)), normalised_name(&spelled(|one| one.2)));
        }
    }

    /// Letters with the spellings that Doc 9303 allows, and letters between them.
    const LATIN: [&[&str]; 12] = [
        &["ä", "A", "AE"],
        &["Å", "aa", "A"],
        &["æ", "AE"],
        &["Ö", "OE", "O"],
        &["ø", "OE", "o"],
        &["ü", "UE", "UXX", "U"],
        &["Ñ", "N", "NXX"],
        &["ß", "SS"],
        &["é", "E"],
        &["š", "S"],
        &["r", "R", "ř"],
        &["-", "<", " ", ""],
    ];
}
