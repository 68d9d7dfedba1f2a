//! Writes the file.

use krilla::{
    Document as File, SerializeSettings,
    color::luma,
    configure::{Accessibility, ConfigurationBuilder},
    destination::XyzDestination,
    geom::{PathBuilder, Point, Rect},
    metadata::Metadata,
    num::NormalizedF32,
    outline::{Outline, OutlineNode},
    page::PageSettings,
    paint::{Fill, Stroke},
    surface::Surface,
    tagging::{Artifact, ArtifactType, ContentTag, Identifier, SpanTag},
    text::KrillaGlyph,
};

use crate::{
    document::{Document, NotPrinted},
    font::{Fonts, Style},
    lines::{Line, wrap},
    look::{FIRM, FOOTER, GREY, LIGHT, PAPER, SIDE, TICK, TOP, WIDTH},
    pages::{Footer, Placed},
    piece::{Entry, Item, Set},
    tags::Tag,
};

/// The document as a file, from its pieces and their pages.
pub fn draw(
    fonts: &Fonts,
    document: &Document,
    footer: &Footer,
    mut set: Set,
    pages: &[Vec<Placed>],
) -> Result<Vec<u8>, NotPrinted> {
    let configuration = ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1).finish();
    let configuration = configuration.map_err(|_| NotPrinted::Refused)?;
    let mut file = File::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    for (number, page) in pages.iter().enumerate() {
        let size = PageSettings::from_wh(PAPER.0, PAPER.1).ok_or(NotPrinted::Refused)?;
        let mut sheet = file.start_page_with(size);
        let mut pen = Pen { fonts, surface: sheet.surface(), top: TOP };
        for placed in page {
            let (piece, top, again) = match placed {
                Placed::Piece(piece, top) => (&set.pieces[*piece], *top, false),
                Placed::Header(header) => (&set.headers[*header], 0.0, true),
            };
            pen.top = TOP + top;
            for item in &piece.items {
                if let Some((tag, what)) = pen.item(item, again) {
                    set.tags.drawn(tag, what);
                }
            }
        }
        pen.footer(footer, &format!("{} / {}", number + 1, pages.len()));
    }
    let title = fonts.shown(&document.title).replace('\n', " ").trim().to_owned();
    let language = document.language.clone();
    file.set_outline(outline(&title, &set.entries, pages));
    file.set_tag_tree(set.tags.tree().with_lang(Some(language.clone())));
    file.set_metadata(Metadata::new().title(title).language(language).producer("Insula".to_owned()));
    file.finish().map_err(|_| NotPrinted::Refused)
}

/// Draws on one page.
struct Pen<'a> {
    fonts: &'a Fonts,
    surface: Surface<'a>,
    /// How far below the edge of the paper the piece begins.
    top: f32,
}

impl Pen<'_> {
    /// Draws an item. Gives what belongs to the structure, and to which part of it. What was said on an earlier page
    /// does not, nor do rules and frames.
    fn item(&mut self, item: &Item, again: bool) -> Option<(Tag, Identifier)> {
        let artifact = ContentTag::Artifact(Artifact::with_kind(ArtifactType::PaginationOther));
        let kind = if again { artifact } else { ContentTag::Span(SpanTag::empty()) };
        let (tag, what) = match item {
            Item::Text { line, style, at, tag } => {
                let what = self.surface.start_tagged(kind);
                self.line(line, *style, *at);
                (*tag, what)
            }
            Item::Tick { ticked, style, at, tag } => {
                let what = self.surface.start_tagged(kind);
                self.tick(*ticked, *style, *at);
                (*tag, what)
            }
            Item::Code { rows, at, square, tag } => {
                let what = self.surface.start_tagged(kind);
                self.code(rows, *at, *square);
                (*tag, what)
            }
            Item::Rule { at, length, firm } => {
                self.rule(*at, *length, *firm);
                return None;
            }
            Item::Frame { at, size } => {
                self.artifact(rectangle(self.point(*at), *size), true);
                return None;
            }
        };
        self.surface.end_tagged();
        (!again).then_some((tag, what))
    }

    fn point(&self, (right, down): (f32, f32)) -> Point {
        Point::from_xy(SIDE + right, self.top + down)
    }

    fn line(&mut self, line: &Line, style: Style, at: (f32, f32)) {
        let glyphs: Vec<KrillaGlyph> = line.glyphs.iter().map(KrillaGlyph::from).collect();
        let colour = luma::Color::new(if style.grey { GREY } else { 0 });
        let fill = Fill { paint: colour.into(), opacity: NormalizedF32::ONE, ..Fill::default() };
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(fill));
        let at = self.point(at);
        self.surface.draw_glyphs(at, &glyphs, self.fonts.font(style), &line.text, style.size, false);
    }

    /// A box, as high as a capital letter, and a cross in the middle of it. The cross is text, so that a tick is found.
    fn tick(&mut self, ticked: bool, style: Style, (left, base): (f32, f32)) {
        let size = style.size * TICK;
        self.path(rectangle(self.point((left, base - size)), (size, size)), true);
        let cross = Line::of(self.fonts, "×", style);
        if let (true, Some((right, up))) = (ticked, self.fonts.middle('×', style)) {
            self.line(&cross, style, (left + size / 2.0 - right, base - size / 2.0 + up));
        }
    }

    fn code(&mut self, rows: &[Vec<bool>], (left, top): (f32, f32), square: f32) {
        let mut path = PathBuilder::new();
        for (down, row) in rows.iter().enumerate() {
            // Squares beside each other are one, so that no light is between them.
            let mut right = 0;
            for squares in row.chunk_by(|one, next| one == next) {
                let corner = self.point((left + square * right as f32, top + square * down as f32));
                let dark = Rect::from_xywh(corner.x, corner.y, square * squares.len() as f32, square);
                if let Some(dark) = dark.filter(|_| squares[0]) {
                    path.push_rect(dark);
                }
                right += squares.len();
            }
        }
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(Fill { paint: luma::Color::black().into(), ..Fill::default() }));
        if let Some(path) = path.finish() {
            self.surface.draw_path(&path);
        }
    }

    fn rule(&mut self, at: (f32, f32), length: f32, firm: bool) {
        let from = self.point(at);
        let mut path = PathBuilder::new();
        path.move_to(from.x, from.y);
        path.line_to(from.x + length, from.y);
        self.artifact(path, firm);
    }

    /// Draws what belongs to no part of the structure.
    fn artifact(&mut self, path: PathBuilder, firm: bool) {
        self.surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
        self.path(path, firm);
        self.surface.end_tagged();
    }

    fn path(&mut self, path: PathBuilder, firm: bool) {
        let (colour, width) = if firm { FIRM } else { LIGHT };
        self.surface.set_fill(None);
        self.surface.set_stroke(Some(Stroke { paint: luma::Color::new(colour).into(), width, ..Stroke::default() }));
        if let Some(path) = path.finish() {
            self.surface.draw_path(&path);
        }
    }

    fn footer(&mut self, footer: &Footer, number: &str) {
        self.top = TOP;
        self.rule((0.0, footer.rule()), WIDTH, false);
        let base = footer.top() + self.fonts.reach(FOOTER).0;
        self.surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Footer)));
        for (row, line) in footer.lines.iter().enumerate() {
            self.line(line, FOOTER, (0.0, base + footer.step * row as f32));
        }
        for line in wrap(self.fonts, number, FOOTER, WIDTH) {
            self.line(&line, FOOTER, (WIDTH - line.width(FOOTER), base));
        }
        self.surface.end_tagged();
    }
}

fn rectangle(corner: Point, (width, height): (f32, f32)) -> PathBuilder {
    let mut path = PathBuilder::new();
    if let Some(sides) = Rect::from_xywh(corner.x, corner.y, width, height) {
        path.push_rect(sides);
    }
    path
}

/// The table of contents: the headings, or else the title alone.
fn outline(title: &str, entries: &[Entry], pages: &[Vec<Placed>]) -> Outline {
    let mut outline = Outline::new();
    if entries.is_empty() {
        outline.push_child(OutlineNode::new(title.to_owned(), XyzDestination::new(0, Point::default())));
    }
    for node in nodes(entries, pages) {
        outline.push_child(node);
    }
    outline
}

/// Each heading with those below it.
fn nodes(mut entries: &[Entry], pages: &[Vec<Placed>]) -> Vec<OutlineNode> {
    let mut nodes = Vec::new();
    while let Some((entry, behind)) = entries.split_first() {
        let end = behind.iter().position(|next| next.depth <= entry.depth).unwrap_or(behind.len());
        let mut node = OutlineNode::new(entry.title.clone(), destination(entry, pages));
        for below in self::nodes(&behind[..end], pages) {
            node.push_child(below);
        }
        nodes.push(node);
        entries = &behind[end..];
    }
    nodes
}

/// Where a heading is.
fn destination(entry: &Entry, pages: &[Vec<Placed>]) -> XyzDestination {
    let on = |page: &Vec<Placed>| {
        page.iter().find_map(|placed| match placed {
            Placed::Piece(piece, top) => (*piece == entry.piece).then_some(*top),
            Placed::Header(_) => None,
        })
    };
    let (page, top) = pages.iter().enumerate().find_map(|(page, held)| Some((page, on(held)?))).unwrap_or_default();
    XyzDestination::new(page, Point::from_xy(SIDE, TOP + top))
}
