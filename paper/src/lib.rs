//! Documents on A4, as PDF. A [`Document`] says in plain words what stands on the paper, and [`Document::print`] sets
//! it: it wraps lines, breaks pages, numbers them and writes the file. It knows nothing of Insula's rules.
//!
//! The same document always gives the same bytes. The text is real text, in fonts that the file brings along, with the
//! structure that PDF/UA-1 (ISO 14289-1) asks for, so that it can be searched, copied and read aloud.
//!
//! ```
//! use insula_paper::{Align, Block, Column, Document, Fact, Level, Table};
//!
//! let document = Document {
//!     title: "Résumé annuel 2026".into(),
//!     language: "fr".into(),
//!     footer: "Hôpital d’exemple, rue de l’Exemple 1, 1000 Bruxelles".into(),
//!     blocks: vec![
//!         Block::Heading(Level::Title, "Résumé annuel 2026".into()),
//!         Block::Facts(vec![Fact::new("Nom", "Élise Peeters"), Fact::blank("Date")]),
//!         Block::Paragraph("Ce qui a été facturé à votre mutualité :".into()),
//!         Block::Table(Table {
//!             columns: vec![Column::new("Mois", 3, Align::Left), Column::new("Montant", 1, Align::Right)],
//!             rows: vec![vec!["Janvier".into(), "245,68 €".into()], vec!["Février".into(), "221,90 €".into()]],
//!             totals: vec![vec!["Total".into(), "467,58 €".into()]],
//!         }),
//!     ],
//! };
//! assert!(document.print()?.starts_with(b"%PDF-1.7"));
//! # Ok::<(), insula_paper::NotPrinted>(())
//! ```

mod blocks;
mod document;
mod draw;
mod font;
mod lines;
mod look;
mod pages;
mod piece;
mod print;
mod rows;
mod tables;
mod tags;

#[cfg(test)]
mod tests;

pub use document::{Align, Block, Choice, Code, Column, Document, EmptyBox, Fact, Level, NotPrinted, Table};
