//! Texts: what is shown, and what can be read back.

use super::{document, every_block, paragraph, read_tests::read, table};
use crate::{Align, Block, Choice, Code, Column, Document, Fact, Level, NotPrinted, Table, font::Fonts};

fn read_back(text: &str) -> String {
    read(&document(vec![paragraph(text)]).print().unwrap()).text()
}

#[test]
fn what_is_printed_is_text() {
    for text in [
        "Élise Straßer, ë, 12 € − 3, l’hôpital, ≤ 7,5 %, „Größe“ …",
        "Νίκος Παπαδόπουλος, Ђорђе Његош, Łukasz Đorđević, Nguyễn Thị Ánh",
        "office, fluffy, affiliation",
    ] {
        assert_eq!(read_back(text), text);
    }
}

#[test]
fn what_cannot_be_shown_is_seen_to_be_missing() {
    assert_eq!(read_back("中文 and \u{7}\u{0} and \u{E000}"), "\u{FFFD}\u{FFFD} and \u{FFFD}\u{FFFD} and \u{FFFD}");
}

#[test]
fn what_has_no_look_is_left_out() {
    assert_eq!(read_back("\u{FEFF}a\u{AD}b\u{200B}c\u{202E}d\u{2060}e\u{FE0F}"), "abcde");
}

#[test]
fn line_breaks_are_kept_and_tabs_are_spaces() {
    let file =
        read(&document(vec![paragraph("one\ttwo\r\nthree\rfour\u{2028}five\u{85}six\n\nseven\n")]).print().unwrap());
    let lines: Vec<_> = file.pages[0].iter().filter(|shown| !shown.artifact).map(|shown| &*shown.text).collect();
    assert_eq!(lines, ["one two", "three", "four", "five", "six", "seven"]);
}

#[test]
fn a_mark_stands_on_its_letter() {
    assert_eq!(read_back("q\u{301} e\u{301} \u{301}"), "q\u{301} e\u{301} \u{301}");
}

#[test]
fn both_faces_have_the_same_characters() {
    let of = |file| {
        let face = rustybuzz::Face::from_slice(file, 0).unwrap();
        ('\0'..='\u{2FFFF}').filter(|character| face.glyph_index(*character).is_some()).collect::<Vec<_>>()
    };
    let plain = of(notosans::REGULAR_TTF);
    assert_eq!(plain, of(notosans::BOLD_TTF));
    assert!(Fonts::load().is_some());
}

#[test]
fn only_a_tick_is_a_cross() {
    let choice = |ticked, text: &str| Choice { ticked, text: text.into() };
    let choices = Block::Choices(vec![choice(false, "no"), choice(true, "yes")]);
    assert_eq!(read(&document(vec![choices]).print().unwrap()).text(), "no×yes");
}

#[test]
fn the_file_says_what_it_is() {
    let bytes = document(every_block("words")).print().unwrap();
    let file = read(&bytes).file;
    let catalog = file.catalog().unwrap();
    assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"fr");
    let information = file.trailer.get(b"Info").and_then(|info| file.dereference(info)).unwrap().1.as_dict().unwrap();
    assert_eq!(information.get(b"Title").unwrap().as_str().unwrap(), b"Essai");
    assert!(information.get(b"CreationDate").is_err());
    let marked = catalog.get(b"MarkInfo").and_then(|info| info.as_dict()).unwrap();
    assert!(marked.get(b"Marked").unwrap().as_bool().unwrap());
    let holds = |part: &str| bytes.windows(part.len()).any(|window| window == part.as_bytes());
    assert!(holds("<pdfuaid:part>1</pdfuaid:part>"));
    let mut kinds: Vec<_> = file.objects.values().filter_map(|object| object.as_dict().ok()?.get(b"S").ok()).collect();
    kinds.dedup();
    for kind in ["H1", "H2", "P", "Table", "THead", "TBody", "TR", "TH", "TD", "L", "LI", "Lbl", "LBody", "Figure"] {
        assert!(kinds.iter().any(|found| found.as_name().unwrap() == kind.as_bytes()), "{kind}");
    }
}

#[test]
fn the_same_document_has_the_same_bytes() {
    let every = || [every_block("words, ë, 中 q\u{301}"), vec![Block::Table(table(80))]].concat();
    let bytes = document(every()).print().unwrap();
    assert_eq!(bytes, document(every()).print().unwrap());
    assert_ne!(bytes, document(every_block("words")).print().unwrap());
}

#[test]
fn only_what_is_used_of_the_fonts_is_in_the_file() {
    let size = document(vec![paragraph("a few words")]).print().unwrap().len();
    assert!(size < 16_000, "{size}");
}

#[test]
fn what_is_not_well_formed_is_refused() {
    let fine = document(vec![]);
    assert!(fine.print().is_ok());
    assert_eq!(Document { title: " \u{200B}".into(), ..fine.clone() }.print(), Err(NotPrinted::NoTitle));
    assert_eq!(Document { language: "".into(), ..fine.clone() }.print(), Err(NotPrinted::NoLanguage));
    assert_eq!(Document { language: "f r".into(), ..fine.clone() }.print(), Err(NotPrinted::NoLanguage));
    assert_eq!(Document { footer: "words ".repeat(999), ..fine }.print(), Err(NotPrinted::LongFooter));
    let code = |says: String| document(vec![Block::Code(Code { says, text: "".into() })]).print();
    assert_eq!(code(" ".into()), Err(NotPrinted::Code));
    assert_eq!(code("é".repeat(101)), Err(NotPrinted::Code));
    assert!(code("é".repeat(100)).is_ok());
    let refused = |table| document(vec![Block::Table(table)]).print();
    let columns = |number| vec![Column::new("Column", 1, Align::Left); number];
    let table = |columns, rows| Table { columns, rows, totals: vec![] };
    assert_eq!(refused(table(vec![], vec![])), Err(NotPrinted::Columns(0)));
    assert_eq!(refused(table(columns(17), vec![])), Err(NotPrinted::Columns(17)));
    assert!(refused(table(columns(16), vec![])).is_ok());
    let cells = NotPrinted::Cells { cells: 1, columns: 2 };
    assert_eq!(refused(table(columns(2), vec![vec!["one".into()]])), Err(cells));
    let totals = Table { totals: vec![vec!["one".into()]], ..table(columns(2), vec![]) };
    assert_eq!(refused(totals), Err(cells));
}

#[test]
fn empty_blocks_print_nothing() {
    let blocks = vec![
        Block::Heading(Level::Title, "\u{200B} \n".into()),
        Block::Facts(vec![]),
        Block::Choices(vec![]),
        Block::Boxes(vec![]),
        Block::Facts(vec![Fact::blank("")]),
    ];
    assert_eq!(read(&document(blocks).print().unwrap()).text(), "");
}
