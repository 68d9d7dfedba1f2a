//! Texts as lines that fit a width.

use unicode_linebreak::{BreakOpportunity, linebreaks};

use crate::font::{Fonts, Glyph, Style};

/// A line of text, or a part of one.
#[derive(Clone, Default, PartialEq)]
#[cfg_attr(test, derive(Debug))]
pub struct Line {
    /// What it says. A space at its end parts it from the next line.
    pub text: String,
    /// Its glyphs; what they show are bytes of the text.
    pub glyphs: Vec<Glyph>,
}

/// The lines of a text, one at least. Each fits the width, unless a single character does not.
pub fn wrap(fonts: &Fonts, text: &str, style: Style, width: f32) -> Vec<Line> {
    let (text, width) = (fonts.shown(text), width / style.size);
    let mut lines = Vec::new();
    let (mut line, mut begin) = (Line::default(), 0);
    for (end, kind) in linebreaks(&text) {
        let word = text[begin..end].trim_end_matches('\n');
        for word in Line::of(fonts, word, style).parts(width) {
            if !line.text.is_empty() && word.ink() > 0.0 && line.advance() + word.ink() > width {
                lines.push(std::mem::take(&mut line).ended(1));
            }
            line.add(word);
        }
        if kind == BreakOpportunity::Mandatory {
            lines.push(std::mem::take(&mut line).ended(0));
        }
        begin = end;
    }
    if lines.is_empty() { vec![line] } else { lines }
}

impl Line {
    /// A text on one line.
    pub fn of(fonts: &Fonts, text: &str, style: Style) -> Line {
        Line { text: text.to_owned(), glyphs: fonts.glyphs(text, style) }
    }

    /// From its first glyph to its last, without spaces at the end, in points.
    pub fn width(&self, style: Style) -> f32 {
        self.ink() * style.size
    }

    /// The same in relation to the size.
    fn ink(&self) -> f32 {
        let end = self.text.trim_end().len();
        self.glyphs.iter().filter(|glyph| glyph.shows.start < end).map(|glyph| glyph.advance).sum()
    }

    /// To where the next word would stand, in relation to the size.
    fn advance(&self) -> f32 {
        self.glyphs.iter().map(|glyph| glyph.advance).sum()
    }

    fn add(&mut self, word: Line) {
        let from = self.text.len();
        self.text.push_str(&word.text);
        let moved = |glyph: Glyph| Glyph { shows: glyph.shows.start + from..glyph.shows.end + from, ..glyph };
        self.glyphs.extend(word.glyphs.into_iter().map(moved));
    }

    /// With so many spaces at its end at most.
    fn ended(mut self, spaces: usize) -> Line {
        let end = self.text.trim_end().len();
        let end = self.text[end..].chars().take(spaces).map(char::len_utf8).sum::<usize>() + end;
        self.text.truncate(end);
        self.glyphs.retain(|glyph| glyph.shows.end <= end);
        self
    }

    /// In parts that fit the width, cut between characters; itself if it fits.
    fn parts(self, width: f32) -> Vec<Line> {
        if self.ink() <= width {
            return vec![self];
        }
        let mut parts: Vec<Line> = Vec::new();
        for together in self.glyphs.chunk_by(|one, next| one.shows == next.shows) {
            let Some(shows) = together.first().map(|glyph| glyph.shows.clone()) else { continue };
            let moved = together.iter().map(|glyph| Glyph { shows: 0..shows.len(), ..glyph.clone() });
            let next = Line { text: self.text[shows.clone()].to_owned(), glyphs: moved.collect() };
            match parts.last_mut().filter(|part| part.advance() + next.advance() <= width) {
                Some(part) => part.add(next),
                None => parts.push(next),
            }
        }
        parts
    }
}
