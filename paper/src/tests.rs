//! What is on the paper, read back from the file, and where it stands.

mod any_text_tests;
mod pages_tests;
mod place_tests;
mod read_tests;
mod text_tests;

use crate::{Align, Block, Choice, Code, Column, Document, EmptyBox, Fact, Level, Table};

/// A document with these blocks.
fn document(blocks: Vec<Block>) -> Document {
    Document { title: "Essai".into(), language: "fr".into(), footer: "Hôpital d’exemple".into(), blocks }
}

fn paragraph(text: &str) -> Block {
    Block::Paragraph(text.into())
}

/// So many rows of two columns; every seventh wraps.
fn table(rows: usize) -> Table {
    let words = |row: usize| if row.is_multiple_of(7) { "many words ".repeat(20) } else { "few".into() };
    let row = |row: usize| vec![format!("Row{row}"), words(row)];
    Table {
        columns: vec![Column::new("Number", 1, Align::Left), Column::new("Words", 2, Align::Right)],
        rows: (1..=rows).map(row).collect(),
        totals: vec![vec!["Total".into(), rows.to_string()]],
    }
}

/// Every kind of block with one text.
fn every_block(text: &str) -> Vec<Block> {
    vec![
        Block::Addresses(text.into(), text.into()),
        Block::Heading(Level::Title, text.into()),
        paragraph(text),
        Block::Space(20),
        Block::Heading(Level::Section, text.into()),
        Block::Facts(vec![Fact::new(text, text), Fact::blank(text)]),
        Block::Table(Table {
            columns: vec![Column::new(text, 1, Align::Left), Column::new(text, 0, Align::Right)],
            rows: vec![vec![text.into(), text.into()]],
            totals: vec![vec![text.into(), text.into()]],
        }),
        Block::Choices(vec![Choice { ticked: true, text: text.into() }]),
        Block::Code(Code { says: "f81d4fae-7dec-11d0-a765-00a0c91e6bf6".into(), text: text.into() }),
        Block::Boxes(vec![EmptyBox { title: text.into(), height: 30 }, EmptyBox { title: text.into(), height: 0 }]),
    ]
}

/// How often `every_block` says its text.
const TIMES: usize = 18;
