//! The fonts: which characters they have, and the glyphs of a text with their widths.

use std::ops::Range;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Direction, Face, GlyphInfo, GlyphPosition, UnicodeBuffer, shape};

/// Shown in place of a character that the fonts lack.
const LACKING: char = char::REPLACEMENT_CHARACTER;

/// Both faces in which a document is set. They have the same characters.
pub struct Fonts {
    plain: Cut,
    bold: Cut,
}

/// One face, as the shaper reads it and as it is put into the file.
struct Cut {
    face: Face<'static>,
    font: Font,
}

/// How a text looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// The size in points.
    pub size: f32,
    /// Bold, or else plain.
    pub bold: bool,
    /// Whether it is less than black.
    pub grey: bool,
}

/// A glyph of a text, with its advance in relation to the size.
#[derive(Clone, PartialEq)]
#[cfg_attr(test, derive(Debug))]
pub struct Glyph {
    /// Its number in the font.
    pub id: u32,
    /// To the next glyph.
    pub advance: f32,
    /// From where it would stand to where it stands: to the right, and up.
    pub offset: (f32, f32),
    /// The bytes of the text that it shows, together with the other glyphs that have the same.
    pub shows: Range<usize>,
}

impl Fonts {
    /// Both faces; none only if the files that are built in cannot be read.
    pub fn load() -> Option<Fonts> {
        Some(Fonts { plain: Cut::of(notosans::REGULAR_TTF)?, bold: Cut::of(notosans::BOLD_TTF)? })
    }

    fn cut(&self, style: Style) -> &Cut {
        if style.bold { &self.bold } else { &self.plain }
    }

    /// The font as it is put into the file.
    pub fn font(&self, style: Style) -> Font {
        self.cut(style).font.clone()
    }

    /// The glyphs of a text that is [`Fonts::shown`], from left to right.
    pub fn glyphs(&self, text: &str, style: Style) -> Vec<Glyph> {
        self.cut(style).glyphs(text)
    }

    /// The middle of what a character shows, from where it stands: to the right, and up.
    pub fn middle(&self, character: char, style: Style) -> Option<(f32, f32)> {
        let face = &self.cut(style).face;
        let bounds = face.glyph_bounding_box(face.glyph_index(character)?)?;
        let part = |low: i16, high: i16| (f32::from(low) + f32::from(high)) / 2.0 * style.size / em(face);
        Some((part(bounds.x_min, bounds.x_max), part(bounds.y_min, bounds.y_max)))
    }

    /// From the baseline to the top of a line, and to its bottom.
    pub fn reach(&self, style: Style) -> (f32, f32) {
        let face = &self.cut(style).face;
        let part = |of: i16| f32::from(of.unsigned_abs()) * style.size / em(face);
        (part(face.ascender()), part(face.descender()))
    }

    /// The text as it can be shown. Line breaks are `\n`.
    pub fn shown(&self, text: &str) -> String {
        let has = |character| self.plain.face.glyph_index(character).is_some();
        let shown = |character| match character {
            '\n' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
            '\t' => Some(' '),
            '\u{2010}' | '\u{2011}' => Some('-'),
            _ if has_no_look(character) => None,
            _ if character.is_control() || !has(character) => Some(LACKING),
            _ => Some(character),
        };
        text.replace("\r\n", "\n").replace('\r', "\n").chars().filter_map(shown).collect()
    }
}

impl Cut {
    fn of(file: &'static [u8]) -> Option<Cut> {
        Some(Cut { face: Face::from_slice(file, 0)?, font: Font::new(file.into(), 0)? })
    }

    fn glyphs(&self, text: &str) -> Vec<Glyph> {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        buffer.set_direction(Direction::LeftToRight);
        let shaped = shape(&self.face, &[], buffer);
        let part = |of: i32| of as f32 / em(&self.face);
        let (infos, positions) = (shaped.glyph_infos(), shaped.glyph_positions());
        let glyph = |(info, position): (&GlyphInfo, &GlyphPosition)| {
            let next = infos.get(infos.partition_point(|other| other.cluster <= info.cluster));
            Glyph {
                id: info.glyph_id,
                advance: part(position.x_advance),
                offset: (part(position.x_offset), part(position.y_offset)),
                shows: info.cluster as usize..next.map_or(text.len(), |next| next.cluster as usize),
            }
        };
        infos.iter().zip(positions).map(glyph).collect()
    }
}

impl From<&Glyph> for KrillaGlyph {
    fn from(glyph: &Glyph) -> KrillaGlyph {
        let (right, up) = glyph.offset;
        KrillaGlyph::new(GlyphId::new(glyph.id), glyph.advance, right, up, 0.0, glyph.shows.clone(), None)
    }
}

/// The units of the font in its size.
fn em(face: &Face) -> f32 {
    face.units_per_em() as f32
}

/// Joiners, marks of direction, variants: nothing is seen where they stand.
fn has_no_look(character: char) -> bool {
    matches!(
        character,
        '\u{AD}' | '\u{34F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
    )
}
