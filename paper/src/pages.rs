//! Pages: what stands at their foot, and which pieces go on which.

use crate::{
    document::NotPrinted,
    font::Fonts,
    lines::{Line, wrap},
    look::{BOTTOM, FOOTER, PAPER, TOP, WIDTH},
    piece::{Piece, Set},
};

/// The room between the content and the footer; the rule is in its middle.
const ABOVE_FOOTER: f32 = 12.0;
/// The room that the number of the page has.
const NUMBER: f32 = 60.0;
/// The most lines of a footer.
const MOST_LINES: usize = 8;

/// What stands at the foot of each page.
pub struct Footer {
    /// The lines on the left of the number.
    pub lines: Vec<Line>,
    /// The height of a line.
    pub step: f32,
}

/// A piece on a page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Placed {
    /// A piece, and how far below the upper margin it begins.
    Piece(usize, f32),
    /// The header of a table again, at the upper margin.
    Header(usize),
}

impl Footer {
    /// The text in lines.
    pub fn of(fonts: &Fonts, text: &str) -> Result<Footer, NotPrinted> {
        let lines = wrap(fonts, text, FOOTER, WIDTH - NUMBER);
        let (up, down) = fonts.reach(FOOTER);
        if lines.len() > MOST_LINES {
            return Err(NotPrinted::LongFooter);
        }
        Ok(Footer { lines, step: up + down })
    }

    /// Where it begins, below the upper margin.
    pub fn top(&self) -> f32 {
        PAPER.1 - TOP - BOTTOM - self.lines.len() as f32 * self.step
    }

    /// Where the rule above it is, below the upper margin.
    pub fn rule(&self) -> f32 {
        self.top() - ABOVE_FOOTER / 2.0
    }

    /// The height that it leaves for the content.
    pub fn room(&self) -> f32 {
        self.top() - ABOVE_FOOTER
    }
}

/// The pieces of each page. There is one page at least.
pub fn paginate(set: &Set, room: f32) -> Vec<Vec<Placed>> {
    let mut pages = vec![Vec::new()];
    let (mut bottom, mut empty) = (0.0, true);
    for (number, piece) in set.pieces.iter().enumerate() {
        if piece.room {
            // A page other than the first does not begin with room.
            if !empty || pages.len() == 1 {
                bottom = room.min(bottom + piece.height);
                empty = false;
            }
            continue;
        }
        let gap = if empty { 0.0 } else { piece.gap };
        let begins = number == 0 || !set.pieces[number - 1].keep;
        let together = if begins { together(&set.pieces[number..], room) } else { piece.height };
        if !empty && bottom + gap + piece.height.max(together) > room {
            pages.push(Vec::new());
            (bottom, empty) = (0.0, true);
            if let Some(header) = piece.header {
                pages.last_mut().into_iter().for_each(|page| page.push(Placed::Header(header)));
                bottom = set.headers[header].height;
            }
        }
        bottom += if empty { 0.0 } else { piece.gap };
        pages.last_mut().into_iter().for_each(|page| page.push(Placed::Piece(number, bottom)));
        bottom += piece.height;
        empty = false;
    }
    pages
}

/// The height of the first pieces that are kept together; that of the first alone when no page has room for them all.
fn together(pieces: &[Piece], room: f32) -> f32 {
    let Some(first) = pieces.first() else { return 0.0 };
    let (mut height, mut last) = (first.height, first);
    for piece in &pieces[1..] {
        if !last.keep {
            return height;
        }
        height += piece.gap + piece.height;
        if height > room {
            return first.height;
        }
        last = piece;
    }
    height
}
