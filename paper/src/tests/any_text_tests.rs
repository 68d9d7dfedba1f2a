//! Whatever a text holds, it is printed and can be read back.

use proptest::prelude::*;

use super::{TIMES, document, every_block, paragraph, place_tests::check, read_tests::read};
use crate::font::Fonts;

/// A text of characters of any kind, of which some are likely to make trouble.
fn any_text() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        '\0',
        '\n',
        '\r',
        '\t',
        '\u{B}',
        '\u{7F}',
        '\u{85}',
        '\u{A0}',
        '\u{AD}',
        '\u{301}',
        '\u{34F}',
        '\u{61C}',
        '\u{200B}',
        '\u{200D}',
        '\u{2028}',
        '\u{202E}',
        '\u{2066}',
        '\u{3000}',
        '\u{FE0F}',
        '\u{FEFF}',
        '\u{FFFD}',
        '\u{FFFE}',
        '\u{E000}',
        '\u{1F642}',
        '\u{E0001}',
        '\u{10FFFF}',
        '×',
        '□',
        'ﬁ',
        'ﷺ',
        'ש',
        'ก',
        '(',
        ')',
        '\\',
    ]);
    let character = prop_oneof![4 => prop::char::range(' ', '\u{17F}'), 2 => any::<char>(), 2 => odd, 1 => Just(' ')];
    prop::collection::vec(character, 0..120).prop_map(String::from_iter)
}

/// What can be seen of a text.
fn seen(text: &str) -> String {
    text.split_whitespace().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn any_text_in_a_paragraph_reads_back_in_order(text in any_text()) {
        let file = read(&document(vec![paragraph(&text)]).print().unwrap());
        prop_assert_eq!(seen(&file.text()), seen(&Fonts::load().unwrap().shown(&text)));
    }

    #[test]
    fn any_text_in_any_block_reads_back(text in any_text()) {
        let mut printed = document(every_block(&text));
        printed.title.push_str(&text);
        let file = read(&printed.print().unwrap());
        let sorted = |text: String| { let mut all: Vec<char> = text.chars().collect(); all.sort_unstable(); all };
        let expected = format!("×{}", seen(&Fonts::load().unwrap().shown(&text)).repeat(TIMES));
        prop_assert_eq!(sorted(seen(&file.text())), sorted(expected));
        check(&every_block(&text));
    }
}
