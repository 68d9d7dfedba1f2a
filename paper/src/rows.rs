//! Sets rows of texts: gives each text its lines, and each line its place in a piece.

use krilla::tagging::TagKind;

use crate::{
    document::Align,
    font::{Fonts, Style},
    lines::wrap,
    look::WIDTH,
    piece::{Item, Piece, Set},
    tags::Tag,
};

/// A text with its place in a row.
pub struct Cell<'a> {
    /// What it says.
    pub text: &'a str,
    /// How it looks.
    pub style: Style,
    /// Where it begins, and how wide it may be.
    pub place: (f32, f32),
    /// The side on which its lines stand.
    pub align: Align,
    /// What it is part of.
    pub tag: Tag,
}

/// Sets one block after the other.
pub struct Setter<'a> {
    /// The fonts of the document.
    pub fonts: &'a Fonts,
    /// The height of a page between its margins, which no piece exceeds.
    pub room: f32,
    /// What was set so far.
    pub set: Set,
}

impl Setter<'_> {
    /// A new part of the structure.
    pub fn tag(&mut self, of: Option<Tag>, kind: impl Into<TagKind>) -> Tag {
        self.set.tags.part(of, kind)
    }

    /// Puts pieces below all others, with room above them.
    pub fn put(&mut self, gap: f32, mut pieces: Vec<Piece>) {
        if let Some(first) = pieces.first_mut() {
            first.gap = gap;
        }
        self.set.pieces.append(&mut pieces);
    }

    /// A row of cells: one piece, or several when it is higher than the room. The pad is the room above and below it.
    pub fn row(&self, cells: &[Cell], pad: f32, room: f32) -> Vec<Piece> {
        let (mut height, mut rise) = (0_f32, 0_f32);
        for (up, down) in cells.iter().map(|cell| self.fonts.reach(cell.style)) {
            (height, rise) = (height.max(up + down), rise.max(up));
        }
        let lines = |cell: &Cell| wrap(self.fonts, cell.text, cell.style, cell.place.1);
        let mut rest: Vec<_> = cells.iter().map(|cell| (cell, lines(cell).into_iter())).collect();
        let most = (((room - 2.0 * pad) / height) as usize).max(1);
        let mut pieces = Vec::new();
        while pieces.is_empty() || rest.iter().any(|(_, lines)| lines.len() > 0) {
            let (mut items, mut bottom) = (Vec::new(), pad);
            for (cell, lines) in &mut rest {
                for (number, line) in lines.by_ref().take(most).enumerate() {
                    let (left, width) = cell.place;
                    let left = match cell.align {
                        Align::Left => left,
                        Align::Right => left + width - line.width(cell.style),
                    };
                    let top = pad + height * number as f32;
                    bottom = bottom.max(top + height);
                    items.push(Item::Text { line, style: cell.style, at: (left, top + rise), tag: cell.tag });
                }
            }
            pieces.push(Piece { items, height: bottom + pad, ..Piece::default() });
        }
        pieces
    }

    /// Lines below each other, each a piece. Neither the first nor the last is alone on a page.
    pub fn lines(&self, text: &str, style: Style, left: f32, tag: Tag) -> Vec<Piece> {
        let cell = Cell { text, style, place: (left, WIDTH - left), align: Align::Left, tag };
        let mut pieces = self.row(&[cell], 0.0, 0.0);
        let last = pieces.len() - 1;
        for (number, piece) in pieces.iter_mut().enumerate() {
            piece.keep = last > 0 && (number == 0 || number + 1 == last);
        }
        pieces
    }
}
