//! Sets blocks below each other.

use std::num::NonZeroU16;

use krilla::tagging::{ListNumbering, TableHeaderScope, Tag as Kind};
use qrcodegen::{QrCode, QrCodeEcc};

use crate::{
    document::{Align, Block, Choice, Code, EmptyBox, Fact, Level, NotPrinted},
    font::{Fonts, Style},
    look::{BETWEEN, BLANK_PAD, CODE, FACT_PAD, GAP, HIGHEST, INDENT, LABEL, SMALL, SMALL_BOLD, TEXT, WIDTH, points},
    piece::{Entry, Item, Piece, Set},
    rows::{Cell, Setter},
    tables,
};

/// All blocks as pieces, none higher than the room of a page.
pub fn set(fonts: &Fonts, blocks: &[Block], room: f32) -> Result<Set, NotPrinted> {
    let mut setter = Setter { fonts, room, set: Set::default() };
    for block in blocks {
        match block {
            Block::Heading(level, text) => heading(&mut setter, *level, text),
            Block::Paragraph(text) => paragraph(&mut setter, text),
            Block::Addresses(from, to) => addresses(&mut setter, from, to),
            Block::Facts(facts) => self::facts(&mut setter, facts),
            Block::Table(table) => tables::table(&mut setter, table)?,
            Block::Choices(choices) => self::choices(&mut setter, choices),
            Block::Boxes(boxes) => boxes.chunks(3).for_each(|boxes| self::boxes(&mut setter, boxes)),
            Block::Code(code) => self::code(&mut setter, code)?,
            Block::Space(height) => {
                let height = points(f32::from(*height)).min(room);
                setter.put(0.0, vec![Piece { height, room: true, ..Piece::default() }]);
            }
        }
    }
    Ok(setter.set)
}

fn heading(setter: &mut Setter, level: Level, text: &str) {
    let (depth, size, gap) = match level {
        Level::Title => (0, 16.0, 18.0),
        Level::Section => (1, 12.0, 16.0),
        Level::Part => (2, 10.0, 12.0),
    };
    let title = setter.fonts.shown(text).split_whitespace().collect::<Vec<_>>().join(" ");
    if title.is_empty() {
        return;
    }
    let tag = setter.tag(None, Kind::Hn(NonZeroU16::MIN.saturating_add(depth), Some(title.clone())));
    let mut pieces = setter.lines(text, Style { size, bold: true, grey: false }, 0.0, tag);
    pieces.iter_mut().for_each(|piece| piece.keep = true);
    setter.set.entries.push(Entry { depth, title, piece: setter.set.pieces.len() });
    setter.put(gap, pieces);
}

fn paragraph(setter: &mut Setter, text: &str) {
    let tag = setter.tag(None, Kind::P);
    setter.put(GAP, setter.lines(text, TEXT, 0.0, tag));
}

fn addresses(setter: &mut Setter, from: &str, to: &str) {
    let left = points(85.0);
    let cell = |text, place, tag| Cell { text, style: TEXT, place, align: Align::Left, tag };
    let tag = setter.tag(None, Kind::P);
    let mut pieces = setter.row(&[cell(from, (0.0, left - BETWEEN), tag)], 0.0, setter.room);
    if let [only] = &mut pieces[..] {
        only.height = only.height.max(points(25.0));
        only.keep = true;
    }
    let tag = setter.tag(None, Kind::P);
    pieces.extend(setter.row(&[cell(to, (left, WIDTH - left), tag)], 0.0, setter.room));
    setter.put(GAP, pieces);
}

fn facts(setter: &mut Setter, facts: &[Fact]) {
    if facts.is_empty() {
        return;
    }
    let whole = setter.tag(None, Kind::Table);
    let width = WIDTH * 0.36;
    let place = (width + BETWEEN, WIDTH - width - BETWEEN);
    for (number, fact) in facts.iter().enumerate() {
        let row = setter.tag(Some(whole), Kind::TR);
        let tag = setter.tag(Some(row), Kind::TH(TableHeaderScope::Row));
        let label = Cell { text: &fact.label, style: LABEL, place: (0.0, width), align: Align::Left, tag };
        let tag = setter.tag(Some(row), Kind::TD);
        let text = fact.value.as_deref().unwrap_or_default();
        let value = Cell { text, style: TEXT, place, align: Align::Left, tag };
        let pad = if fact.value.is_some() { FACT_PAD } else { BLANK_PAD };
        let mut pieces = setter.row(&[label, value], pad, setter.room);
        if let (None, Some(piece)) = (&fact.value, pieces.first_mut()) {
            let (up, down) = setter.fonts.reach(TEXT);
            let at = (place.0, pad + up + down / 2.0);
            piece.items.push(Item::Rule { at, length: place.1, firm: true });
        }
        setter.put(if number == 0 { GAP } else { 0.0 }, pieces);
    }
}

fn choices(setter: &mut Setter, choices: &[Choice]) {
    if choices.is_empty() {
        return;
    }
    let list = setter.tag(None, Kind::L(ListNumbering::None));
    for (number, choice) in choices.iter().enumerate() {
        let item = setter.tag(Some(list), Kind::LI);
        let says = if choice.ticked { "☒" } else { "☐" };
        let label = setter.tag(Some(item), Kind::Lbl.with_actual_text(Some(says.to_owned())));
        let body = setter.tag(Some(item), Kind::LBody);
        let mut pieces = setter.lines(&choice.text, TEXT, INDENT, body);
        if let Some(first) = pieces.first_mut() {
            let at = (0.0, setter.fonts.reach(TEXT).0);
            first.items.insert(0, Item::Tick { ticked: choice.ticked, style: TEXT, at, tag: label });
        }
        setter.put(if number == 0 { GAP } else { GAP / 2.0 }, pieces);
    }
}

fn code(setter: &mut Setter, code: &Code) -> Result<(), NotPrinted> {
    let says = code.says.trim();
    if says.is_empty() || says.len() > Code::MOST {
        return Err(NotPrinted::Code);
    }
    let made = QrCode::encode_text(says, QrCodeEcc::Medium).map_err(|_| NotPrinted::Code)?;
    let tag = setter.tag(None, Kind::Figure(Some(says.to_owned())));
    let (size, side) = (made.size(), points(CODE));
    let rows = (0..size).map(|down| (0..size).map(|right| made.get_module(right, down)).collect()).collect();
    // Scanners need four squares of white on each side.
    let square = side / (size + 8) as f32;
    let drawn = Item::Code { rows, at: (4.0 * square, 4.0 * square), square, tag };
    let place = (side + BETWEEN, WIDTH - side - BETWEEN);
    let tag = setter.tag(None, Kind::P);
    let beside = Cell { text: &code.text, style: SMALL, place, align: Align::Left, tag };
    let mut pieces = setter.row(&[beside], 4.0 * square, setter.room);
    if let Some(first) = pieces.first_mut() {
        first.height = first.height.max(side);
        first.items.insert(0, drawn);
    }
    setter.put(GAP, pieces);
    Ok(())
}

/// Boxes beside each other.
fn boxes(setter: &mut Setter, boxes: &[EmptyBox]) {
    let number = boxes.len() as f32;
    let width = (WIDTH - BETWEEN * (number - 1.0)) / number;
    let left = |column: usize| (width + BETWEEN) * column as f32;
    let mut titles = Vec::new();
    for (column, each) in boxes.iter().enumerate() {
        let (place, tag) = ((left(column), width), setter.tag(None, Kind::P));
        titles.push(Cell { text: &each.title, style: SMALL_BOLD, place, align: Align::Left, tag });
    }
    let mut pieces = setter.row(&titles, 0.0, setter.room);
    pieces.iter_mut().for_each(|piece| piece.keep = true);
    let highest = boxes.iter().map(|each| each.height.min(HIGHEST)).max().unwrap_or_default();
    let height = points(f32::from(highest));
    let frame = |column| Item::Frame { at: (left(column), 0.0), size: (width, height) };
    let items = (0..boxes.len()).map(frame).collect();
    pieces.push(Piece { items, height, gap: 2.0, ..Piece::default() });
    setter.put(GAP, pieces);
}
