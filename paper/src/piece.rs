//! What blocks become: pieces, which are put on pages one below the other.

use crate::{
    font::Style,
    lines::Line,
    tags::{Tag, Tags},
};

/// What stays in one place. It is as wide as the page between its margins.
#[derive(Clone, Default)]
#[cfg_attr(test, derive(Debug))]
pub struct Piece {
    /// What it holds, measured from its upper left corner.
    pub items: Vec<Item>,
    /// Its height.
    pub height: f32,
    /// The room above it, unless it is the first on its page.
    pub gap: f32,
    /// Whether the next piece should be on the same page.
    pub keep: bool,
    /// The header that a page of it begins with, in [`Set::headers`].
    pub header: Option<usize>,
    /// Whether it is nothing but room, of which a page may end with a part and not begin with any.
    pub room: bool,
}

/// Something that is drawn.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug))]
pub enum Item {
    /// A line of text.
    Text {
        /// What it says.
        line: Line,
        /// How it looks.
        style: Style,
        /// Where its baseline begins.
        at: (f32, f32),
        /// What it is part of.
        tag: Tag,
    },
    /// A box that is ticked or not.
    Tick {
        /// Which of both.
        ticked: bool,
        /// How the text beside it looks.
        style: Style,
        /// Where its baseline begins, which is that of the text.
        at: (f32, f32),
        /// What it is part of.
        tag: Tag,
    },
    /// A level rule.
    Rule {
        /// Its left end.
        at: (f32, f32),
        /// Its length.
        length: f32,
        /// Whether it sets off, or only parts.
        firm: bool,
    },
    /// A QR code.
    Code {
        /// Its rows, each with its dark squares.
        rows: Vec<Vec<bool>>,
        /// The upper left corner of the first square.
        at: (f32, f32),
        /// The side of a square.
        square: f32,
        /// What it is part of.
        tag: Tag,
    },
    /// An empty box.
    Frame {
        /// Its upper left corner.
        at: (f32, f32),
        /// Its width and height.
        size: (f32, f32),
    },
}

/// A heading, for the table of contents.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug))]
pub struct Entry {
    /// Its depth, from 0.
    pub depth: u16,
    /// What it says, on one line.
    pub title: String,
    /// Its first piece.
    pub piece: usize,
}

/// All of a document, as it was set.
#[derive(Default)]
#[cfg_attr(test, derive(Debug))]
pub struct Set {
    /// The pieces, from the top.
    pub pieces: Vec<Piece>,
    /// The headers of tables, for pages after their first.
    pub headers: Vec<Piece>,
    /// The headings.
    pub entries: Vec<Entry>,
    /// The structure.
    pub tags: Tags,
}
