//! What goes on which page.

use super::{document, paragraph, place_tests::check, read_tests::read, table};
use crate::{Align, Block, Column, EmptyBox, Fact, Level, Table, pages::Placed};

fn heading(text: &str) -> Block {
    Block::Heading(Level::Section, text.into())
}

/// The pieces of each page.
fn pieces(pages: &[Vec<Placed>]) -> Vec<Vec<usize>> {
    let piece = |placed: &Placed| match placed {
        Placed::Piece(piece, _) => Some(*piece),
        Placed::Header(_) => None,
    };
    pages.iter().map(|page| page.iter().filter_map(piece).collect()).collect()
}

#[test]
fn pages_are_numbered() {
    let file = read(&document(vec![Block::Table(table(150))]).print().unwrap());
    let number = file.pages.len();
    assert!(number > 3);
    for page in 0..number {
        let artifacts = file.artifacts(page);
        assert!(artifacts.ends_with(&["Hôpital d’exemple", &format!("{} / {number}", page + 1)]), "{artifacts:?}");
    }
    assert_eq!(read(&document(vec![]).print().unwrap()).artifacts(0), ["Hôpital d’exemple", "1 / 1"]);
}

#[test]
fn the_header_stands_on_each_page_and_rows_are_whole() {
    let file = read(&document(vec![Block::Table(table(60))]).print().unwrap());
    let mut rows = 0;
    for page in 0..file.pages.len() {
        let (said, again) = (file.page(page), file.artifacts(page));
        assert_eq!(said.starts_with("NumberWords"), page == 0);
        assert_eq!(again.starts_with(&["Number", "Words"]), page > 0);
        for row in said.split("Row").skip(1) {
            rows += 1;
            let (number, words) = row.split_at(row.find(|character: char| !character.is_numeric()).unwrap());
            assert_eq!(number.parse(), Ok(rows));
            let whole = if rows % 7 == 0 { "many words ".repeat(20).trim_end().to_owned() } else { "few".into() };
            assert!(words == whole || rows == 60 && words == format!("{whole}Total60"), "{row}");
        }
    }
    assert_eq!(rows, 60);
    assert!(file.pages.len() > 2);
}

#[test]
fn a_row_higher_than_a_page_is_parted() {
    let words = |number| "many words ".repeat(number).trim_end().to_owned();
    let long = vec![vec!["Row".into(), words(1500)], vec!["Other".into(), words(1)]];
    let whole = Table { rows: long, ..table(0) };
    let (_, pages) = check(&[paragraph("before"), Block::Table(whole.clone())]);
    assert!(pages.len() > 2);
    assert!(pages[2..].iter().all(|page| matches!(page[0], Placed::Header(0))));
    let said = read(&document(vec![Block::Table(whole)]).print().unwrap()).text();
    assert_eq!(said, format!("NumberWordsRow{}Other{}Total0", words(1500), words(1)));
}

#[test]
fn a_header_that_takes_the_page_is_not_repeated() {
    let columns = vec![Column::new(&"Header ".repeat(900), 1, Align::Left)];
    let rows = vec![vec!["Row".to_owned()]; 90];
    let (set, pages) = check(&[Block::Table(Table { columns, rows, totals: vec![] })]);
    assert!(set.headers.is_empty() && pages.len() > 3);
}

#[test]
fn a_heading_is_on_the_page_of_what_follows() {
    for lines in 0..60 {
        let above = vec!["line"; lines].join("\n");
        let (_, pages) = check(&[paragraph(&above), heading("One"), heading("Two"), Block::Table(table(3))]);
        let first = lines.max(1);
        let page = |piece| pieces(&pages).iter().position(|page| page.contains(&piece)).unwrap();
        // Both headings, the header of the table and its first row.
        assert_eq!(page(first), page(first + 3), "{lines} lines above");
    }
}

#[test]
fn the_totals_are_on_the_page_of_the_last_row() {
    for rows in 1..60 {
        let short = Table { rows: vec![vec!["Row".into(), "1".into()]; rows], ..table(0) };
        let (set, pages) = check(&[Block::Table(short)]);
        let last = pieces(&pages).pop().unwrap();
        assert!(last.ends_with(&[set.pieces.len() - 2, set.pieces.len() - 1]), "{rows} rows");
    }
}

#[test]
fn no_line_of_a_text_is_alone() {
    for lines in 0..60 {
        let (_, pages) = check(&[paragraph(&vec!["line"; lines].join("\n")), paragraph("1\n2\n3\n4\n5")]);
        let first = lines.max(1);
        for page in pieces(&pages) {
            assert_ne!(page.iter().filter(|piece| **piece >= first).count(), 1, "{lines} lines above");
        }
    }
}

#[test]
fn room_is_kept_at_the_beginning_and_lost_at_a_page_break() {
    let top = |pages: &[Vec<Placed>], page: usize| match pages[page][0] {
        Placed::Piece(_, top) => top,
        Placed::Header(_) => f32::NAN,
    };
    let (_, pages) = check(&[Block::Space(30), paragraph("text")]);
    assert!((top(&pages, 0) - 93.04).abs() < 0.1, "{pages:?}");
    let (_, pages) = check(&[paragraph("text"), Block::Space(999), Block::Space(50), paragraph("text")]);
    assert_eq!((pages.len(), top(&pages, 1)), (2, 0.0));
}

#[test]
fn boxes_are_beside_each_other_and_whole() {
    let boxes = |number| Block::Boxes(vec![EmptyBox { title: "Signature".into(), height: 999 }; number]);
    let (set, pages) = check(&[boxes(3)]);
    assert_eq!((set.pieces.len(), pages.len()), (2, 1));
    let (set, pages) = check(&[paragraph("text"), boxes(4)]);
    assert_eq!((set.pieces.len(), pages.len()), (5, 2));
}

#[test]
fn an_address_begins_where_a_window_may_be() {
    let blocks = vec![Block::Addresses("Hôpital".into(), "Madame".into()), Block::Facts(vec![Fact::new("a", "b")])];
    let file = read(&document(blocks).print().unwrap());
    let (left, base) = file.pages[0][1].at;
    assert_eq!(file.pages[0][1].text, "Madame");
    // 110 mm from the left; the line begins 45 mm from the top.
    assert!((left - 311.8).abs() < 0.1 && (base - 127.6 - 10.7).abs() < 0.1, "{left} {base}");
}
