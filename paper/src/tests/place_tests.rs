//! Where things stand: within the margins, and nothing on anything else.

use super::{every_block, paragraph, table};
use crate::{
    Align, Block, Column, Table, blocks,
    font::Fonts,
    look::WIDTH,
    pages::{Placed, paginate},
    piece::{Item, Set},
};

/// The height of a page in these tests.
pub const ROOM: f32 = 700.0;
const NEARLY: f32 = 0.01;

/// Left, top, right and bottom of every text of a piece.
fn texts(fonts: &Fonts, items: &[Item]) -> Vec<[f32; 4]> {
    let text = |item: &Item| match item {
        Item::Text { line, style, at, .. } => {
            let (up, down) = fonts.reach(*style);
            Some([at.0, at.1 - up, at.0 + line.width(*style), at.1 + down])
        }
        Item::Tick { style, at, .. } => Some([at.0, at.1 - style.size, at.0 + style.size, at.1]),
        Item::Code { rows, at, square, .. } => {
            let side = square * rows.len() as f32;
            Some([at.0, at.1, at.0 + side, at.1 + side])
        }
        Item::Rule { .. } | Item::Frame { .. } => None,
    };
    items.iter().filter_map(text).collect()
}

/// Fails where something is outside the margins, or on something else.
pub fn check(blocks: &[Block]) -> (Set, Vec<Vec<Placed>>) {
    let fonts = Fonts::load().unwrap();
    let set = blocks::set(&fonts, blocks, ROOM).unwrap();
    let pages = paginate(&set, ROOM);
    for page in &pages {
        let mut above = 0.0;
        for placed in page {
            let (piece, top) = match placed {
                Placed::Piece(piece, top) => (&set.pieces[*piece], *top),
                Placed::Header(header) => (&set.headers[*header], 0.0),
            };
            assert!(top >= above - NEARLY, "{piece:?} begins at {top}, what is above it ends at {above}");
            above = top + piece.height;
            assert!(above <= ROOM + NEARLY, "{piece:?} ends at {above}");
            let texts = texts(&fonts, &piece.items);
            for [left, up, right, down] in &texts {
                let within = *left >= -NEARLY && *right <= WIDTH + NEARLY;
                assert!(within && *up >= -NEARLY && *down <= piece.height + NEARLY, "{piece:?}");
            }
            for (number, [left, up, right, down]) in texts.iter().enumerate() {
                for other in &texts[..number] {
                    let beside = *left >= other[2] - NEARLY || *right <= other[0] + NEARLY;
                    assert!(beside || *up >= other[3] - NEARLY || *down <= other[1] + NEARLY, "{piece:?}");
                }
            }
            for item in &piece.items {
                let (right, down) = match item {
                    Item::Rule { at, length, .. } => (at.0 + length, at.1),
                    Item::Frame { at, size } => (at.0 + size.0, at.1 + size.1),
                    Item::Text { .. } | Item::Tick { .. } | Item::Code { .. } => continue,
                };
                assert!(right <= WIDTH + NEARLY && down <= piece.height + NEARLY, "{piece:?}");
            }
        }
    }
    let placed = pages.iter().flatten().filter_map(|placed| match placed {
        Placed::Piece(piece, _) => Some(*piece),
        Placed::Header(_) => None,
    });
    let all: Vec<_> = (0..set.pieces.len()).filter(|piece| !set.pieces[*piece].room).collect();
    assert_eq!(placed.collect::<Vec<_>>(), all);
    (set, pages)
}

/// The lines of a document.
fn lines(set: &Set) -> Vec<&str> {
    set.pieces.iter().flat_map(|piece| &piece.items).filter_map(said).collect()
}

fn said(item: &Item) -> Option<&str> {
    match item {
        Item::Text { line, .. } => Some(&line.text),
        Item::Tick { .. } | Item::Code { .. } | Item::Rule { .. } | Item::Frame { .. } => None,
    }
}

#[test]
fn a_text_wraps_between_words() {
    let text = "Longer words and short ones, in no order. ".repeat(30);
    let (set, _) = check(&[paragraph(&text)]);
    let lines = lines(&set);
    assert!(lines.len() > 10);
    assert_eq!(lines.concat(), text.trim_end());
    let (last, others) = lines.split_last().unwrap();
    assert!(others.iter().all(|line| line.ends_with(' ') && line.len() > 60) && !last.ends_with(' '));
}

#[test]
fn a_word_longer_than_a_line_is_cut() {
    for word in ["W".repeat(500), "中".repeat(500), "q\u{301}".repeat(300), "\u{A0}x".repeat(400)] {
        let (set, _) = check(&[paragraph(&format!("before {word} after"))]);
        assert!(lines(&set).len() > 3);
        let shown = Fonts::load().unwrap().shown(&word);
        assert_eq!(lines(&set).concat(), format!("before {shown} after"));
    }
}

#[test]
fn many_spaces_do_not_reach_over_the_margin() {
    let spaces = " ".repeat(900);
    let (set, _) = check(&[paragraph(&format!("{spaces}one{spaces}two{spaces}"))]);
    assert_eq!(lines(&set), [" ", "one ", "two"]);
}

#[test]
fn every_block_is_within_the_margins() {
    for text in
        ["", "word", "Some words, more than a line of any of them can hold, wherever they stand. ", "unbreakable"]
    {
        for times in [1, 10, 60] {
            check(&every_block(&text.repeat(times)));
        }
    }
}

#[test]
fn the_narrowest_columns_hold_their_texts() {
    let column = |share| Column::new("Wide words", share, Align::Right);
    let columns = (0..Table::MOST_COLUMNS).map(|number| column(if number == 3 { 255 } else { 0 })).collect();
    let rows = vec![vec!["Wide words 1 234,56 €".into(); Table::MOST_COLUMNS]; 3];
    check(&[Block::Table(Table { columns, rows, totals: vec![] })]);
}

#[test]
fn numbers_stand_on_the_right() {
    let (set, _) = check(&[Block::Table(table(20))]);
    let fonts = Fonts::load().unwrap();
    let rights: Vec<_> = set.pieces.iter().map(|piece| texts(&fonts, &piece.items)[1][2]).collect();
    assert!(rights.iter().all(|right| (right - rights[0]).abs() < NEARLY), "{rights:?}");
}
