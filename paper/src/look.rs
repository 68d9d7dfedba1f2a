//! How a document looks: its measures and its styles.

use crate::font::Style;

/// The width and height of A4, in points.
pub const PAPER: (f32, f32) = (595.276, 841.89);
/// The room to the left and the right of everything.
pub const SIDE: f32 = 70.866;
/// The room above everything.
pub const TOP: f32 = 56.693;
/// The room below everything.
pub const BOTTOM: f32 = 42.52;
/// The width between the margins.
pub const WIDTH: f32 = PAPER.0 - 2.0 * SIDE;

/// The text of a document.
pub const TEXT: Style = Style { size: 10.0, bold: false, grey: false };
/// What stands beside a text and says what it is.
pub const LABEL: Style = Style { grey: true, ..TEXT };
/// The text of tables.
pub const SMALL: Style = Style { size: 9.0, ..TEXT };
/// The headers and totals of tables, the titles of boxes.
pub const SMALL_BOLD: Style = Style { bold: true, ..SMALL };
/// The text at the foot of a page.
pub const FOOTER: Style = Style { size: 8.0, ..LABEL };

/// The room above a block.
pub const GAP: f32 = 8.0;
/// The room between boxes, and between a label and what it says.
pub const BETWEEN: f32 = 12.0;
/// Where the text of a choice begins.
pub const INDENT: f32 = 16.0;
/// The side of a box to tick, in relation to the size of the text beside it: that of a capital letter.
pub const TICK: f32 = 0.714;
/// The side of a QR code, with the white around it, in millimetres.
pub const CODE: f32 = 25.0;
/// The room within a cell, on each side.
pub const CELL_PAD: f32 = 3.0;
/// The least width of a column.
pub const NARROWEST: f32 = 24.0;
/// The room above and below a fact.
pub const FACT_PAD: f32 = 1.5;
/// The same of one that is written by hand.
pub const BLANK_PAD: f32 = 4.5;
/// The greatest height of a box, in millimetres.
pub const HIGHEST: u16 = 200;

/// The grey of texts: as light as can be read well.
pub const GREY: u8 = 85;
/// The grey and the width of what sets off: boxes, lines to write on, headers of tables.
pub const FIRM: (u8, f32) = (GREY, 0.7);
/// The grey and the width of what only parts: each line of text is clear without it.
pub const LIGHT: (u8, f32) = (170, 0.4);

/// Millimetres as points.
pub fn points(millimetres: f32) -> f32 {
    millimetres * 72.0 / 25.4
}
