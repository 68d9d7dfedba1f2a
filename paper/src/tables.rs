//! Sets tables.

use krilla::tagging::{TableHeaderScope, Tag as Kind};

use crate::{
    document::{Column, NotPrinted, Table},
    look::{CELL_PAD, GAP, NARROWEST, SMALL, SMALL_BOLD, WIDTH},
    piece::{Item, Piece},
    rows::{Cell, Setter},
    tags::Tag,
};

/// Sets a table below what was set before.
pub fn table(setter: &mut Setter, table: &Table) -> Result<(), NotPrinted> {
    let columns = table.columns.len();
    if columns == 0 || columns > Table::MOST_COLUMNS {
        return Err(NotPrinted::Columns(columns));
    }
    if let Some(row) = table.rows.iter().chain(&table.totals).find(|row| row.len() != columns) {
        return Err(NotPrinted::Cells { cells: row.len(), columns });
    }
    let places = places(&table.columns);
    let whole = setter.tag(None, Kind::Table);
    let part = setter.tag(Some(whole), Kind::THead);
    let titles: Vec<_> = table.columns.iter().map(|column| column.title.as_str()).collect();
    let tag = setter.tag(Some(part), Kind::TR);
    let mut cells = Vec::new();
    for (number, text) in titles.iter().enumerate() {
        let tag = setter.tag(Some(tag), Kind::TH(TableHeaderScope::Column));
        let align = table.columns[number].align;
        cells.push(Cell { text, style: SMALL_BOLD, place: places[number], align, tag });
    }
    let mut header = setter.row(&cells, CELL_PAD, setter.room);
    ruled_below(&mut header, true);
    header.iter_mut().for_each(|piece| piece.keep = true);
    let (mut repeated, mut room) = (None, setter.room);
    // A header that takes much of a page would leave no room for rows.
    if let [only] = &header[..]
        && only.height < setter.room / 3.0
    {
        repeated = Some(setter.set.headers.len());
        room -= only.height;
        setter.set.headers.push(only.clone());
    }
    setter.put(GAP, header);
    let part = setter.tag(Some(whole), Kind::TBody);
    let first_total = table.rows.len();
    for (number, row) in table.rows.iter().chain(&table.totals).enumerate() {
        let style = if number < first_total { SMALL } else { SMALL_BOLD };
        let tag = setter.tag(Some(part), Kind::TR);
        let mut cells = Vec::new();
        for (column, text) in row.iter().enumerate() {
            let tag = cell_tag(setter, tag, column);
            cells.push(Cell { text, style, place: places[column], align: table.columns[column].align, tag });
        }
        let mut pieces = setter.row(&cells, CELL_PAD, room);
        if let Some(first) = pieces.first_mut().filter(|_| number == first_total) {
            first.items.push(Item::Rule { at: (0.0, 0.0), length: WIDTH, firm: true });
        }
        ruled_below(&mut pieces, false);
        pieces.iter_mut().for_each(|piece| piece.header = repeated);
        if let Some(last) = pieces.last_mut() {
            // The totals stay together, and with the last row.
            last.keep = number + 1 >= first_total && number + 1 < first_total + table.totals.len();
        }
        setter.put(0.0, pieces);
    }
    Ok(())
}

fn cell_tag(setter: &mut Setter, row: Tag, column: usize) -> Tag {
    match column {
        0 => setter.tag(Some(row), Kind::TH(TableHeaderScope::Row)),
        _ => setter.tag(Some(row), Kind::TD),
    }
}

/// A rule below the last of some pieces.
fn ruled_below(pieces: &mut [Piece], firm: bool) {
    if let Some(last) = pieces.last_mut() {
        last.items.push(Item::Rule { at: (0.0, last.height), length: WIDTH, firm });
    }
}

/// Where the texts of each column begin, and how wide they may be.
fn places(columns: &[Column]) -> Vec<(f32, f32)> {
    let shares: f32 = columns.iter().map(|column| f32::from(column.share.max(1))).sum();
    let free = WIDTH - NARROWEST * columns.len() as f32;
    let mut left = 0.0;
    let mut place = |column: &Column| {
        let width = NARROWEST + free * f32::from(column.share.max(1)) / shares;
        left += width;
        (left - width + CELL_PAD, width - 2.0 * CELL_PAD)
    };
    columns.iter().map(&mut place).collect()
}
