//! Plots: one drawing for SVG and PNG, in the reader's language, with title and description for people who cannot see
//! it.

use std::sync::LazyLock;

use actix_web::{HttpResponse, http::header, web};
use aws_lc_rs::digest;
use plotters::{
    coord::Shift,
    prelude::{
        BitMapBackend, DrawingArea, DrawingAreaErrorKind, DrawingBackend, FontStyle, IntoDrawingArea, RGBColor,
        SVGBackend, ShapeStyle, Text, TextStyle,
    },
    style::{
        Color, FontDesc, FontFamily, register_font,
        text_anchor::{HPos, Pos, VPos},
    },
};
use utoipa::ToSchema;

use crate::http::{caller::Caller, language::Language, problem::ApiError};

/// Width and height, in pixels.
pub const SIZE: (u32, u32) = (900, 480);
/// The left margin around a chart, for texts.
pub const LEFT: i32 = 60;
/// The right margin.
pub const RIGHT: i32 = 210;
/// The top margin.
pub const TOP: i32 = 76;
/// The bottom margin.
pub const BOTTOM: i32 = 60;
/// The minimum distance between lines of text.
pub const LINE_HEIGHT: i32 = 16;

// Distinguishable with red-green colour blindness too (Okabe and Ito).
/// Blue.
pub const BLUE: RGBColor = RGBColor(0, 114, 178);
/// Vermilion.
pub const VERMILION: RGBColor = RGBColor(213, 94, 0);
/// Green.
pub const GREEN: RGBColor = RGBColor(0, 158, 115);
/// Purple.
pub const PURPLE: RGBColor = RGBColor(170, 68, 153);
/// Grey, for what is secondary.
pub const QUIET: RGBColor = RGBColor(97, 97, 97);

const PNG: &str = "image/png";
const SVG: &str = "image/svg+xml";

/// The maximum number of marks on an axis.
const MOST_MARKS: i64 = 8;

/// The distance of marks on an axis: 1, 2 or 5 times a power of ten, as few as have room.
pub fn mark_every(length: i64) -> i64 {
    let mut power = 1;
    loop {
        for step in [power, 2 * power, 5 * power] {
            if length / step <= MOST_MARKS {
                return step;
            }
        }
        power *= 10;
    }
}

/// A PNG file.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct Bitmap(pub Vec<u8>);

/// Why drawing failed.
#[derive(Debug, thiserror::Error)]
#[error("not drawn: {0}")]
pub struct NotDrawn(String);

/// A plot, drawn as a pure function of its data: the same data give the same bytes.
pub trait Picture {
    /// Its title.
    fn title(&self) -> String;
    /// The plot in words.
    fn description(&self) -> String;
    /// Its language.
    fn language(&self) -> Language;
    /// Draws it on a backend.
    fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        ink: Ink,
    ) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>>;

    /// As SVG, with title and description for people who cannot see it.
    fn svg(&self) -> Result<String, NotDrawn> {
        let mut svg = String::new();
        self.on(&SVGBackend::with_string(&mut svg, SIZE).into_drawing_area(), SVG_INK)?;
        let (opening, rest) = svg.split_once(">\n").ok_or_else(|| NotDrawn("no SVG".to_owned()))?;
        let (title, description) = (escaped(&self.title()), escaped(&self.description()));
        Ok(format!(
            "{opening} role=\"img\" lang=\"{}\" aria-labelledby=\"plot-title plot-description\">\n\
             <title id=\"plot-title\">{title}</title>\n<desc id=\"plot-description\">{description}</desc>\n{rest}",
            self.language().name()
        ))
    }

    /// As PNG.
    fn png(&self) -> Result<Vec<u8>, NotDrawn> {
        let zoom = PNG_INK.zoom.cast_unsigned();
        let drawn = (SIZE.0 * zoom, SIZE.1 * zoom);
        let mut pixels = vec![0; drawn.0 as usize * drawn.1 as usize * 3];
        self.on(&BitMapBackend::with_buffer(&mut pixels, drawn).into_drawing_area(), PNG_INK)?;
        let pixels = shrunk(&pixels, drawn.0 as usize, zoom as usize);
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, SIZE.0, SIZE.1);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let written = encoder.write_header().and_then(|mut writer| {
            writer.write_image_data(&pixels)?;
            writer.finish()
        });
        written.map_err(|error| NotDrawn(error.to_string()))?;
        Ok(file)
    }

    /// In this format.
    fn drawn(&self, format: PictureFormat) -> Result<Vec<u8>, NotDrawn> {
        match format {
            PictureFormat::Svg => self.svg().map(String::into_bytes),
            PictureFormat::Png => self.png(),
        }
    }

    /// Draws it on a backend.
    fn on<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>, ink: Ink) -> Result<(), NotDrawn> {
        if !*FONTS {
            return Err(NotDrawn("no font".to_owned()));
        }
        self.draw(area, ink).and_then(|()| area.present()).map_err(|error| NotDrawn(error.to_string()))
    }
}

/// The format of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFormat {
    /// SVG.
    Svg,
    /// PNG.
    Png,
}

/// Answers with the picture in the negotiated format; 304 when the caller has it.
pub async fn answer(
    caller: &Caller,
    draw: impl FnOnce(PictureFormat) -> Result<Vec<u8>, NotDrawn> + Send + 'static,
) -> Result<HttpResponse, ApiError> {
    let (format, media) =
        if caller.media.as_deref() == Some(PNG) { (PictureFormat::Png, PNG) } else { (PictureFormat::Svg, SVG) };
    // Drawing a bitmap takes milliseconds and would block the HTTP thread.
    let drawn = web::block(move || draw(format));
    let picture = drawn.await.map_err(|_| ApiError::Internal)?.map_err(|error| {
        tracing::error!(%error, "a plot");
        ApiError::Internal
    })?;
    let hash = hex::encode(digest::digest(&digest::SHA256, &picture));
    let etag = format!("\"{}\"", hash.get(..24).unwrap_or_default());
    let has = caller.has(&etag);
    let mut response = if has { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::ETAG, etag))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .append_header((header::VARY, "Accept, Accept-Language, Authorization"));
    Ok(if has { response.finish() } else { response.content_type(media).body(picture) })
}

/// The differences between the backends. The bitmap's letters are smaller and higher than a browser's and sit on
/// whole pixels, so the bitmap is drawn larger than it is shown.
#[derive(Clone, Copy)]
pub struct Ink {
    /// How many pixels are drawn for one shown pixel.
    pub zoom: i32,
    scale: f64,
    lower: f64,
}

const SVG_INK: Ink = Ink { zoom: 1, scale: 1.24, lower: 0.0 };
const PNG_INK: Ink = Ink { zoom: 2, scale: 1.362, lower: 0.16 };

impl Ink {
    /// Shown pixels as drawn pixels.
    pub fn pixels(self, shown: i32) -> i32 {
        shown * self.zoom
    }

    /// A line of this width in shown pixels.
    pub fn wide(self, colour: RGBColor, shown: u32) -> ShapeStyle {
        colour.stroke_width(shown * self.zoom.cast_unsigned())
    }
}

/// The fonts of the bitmap, also used to measure for the SVG, whose reader has a font of their own.
static FONTS: LazyLock<bool> = LazyLock::new(|| {
    let registered = |style, font| register_font(FontFamily::SansSerif.as_str(), style, font).is_ok();
    registered(FontStyle::Normal, notosans::REGULAR_TTF) && registered(FontStyle::Bold, notosans::BOLD_TTF)
});

/// Writes texts into a plot.
pub struct Words<'a, DB: DrawingBackend> {
    /// The area to write in.
    pub area: &'a DrawingArea<DB, Shift>,
    /// The backend's measures.
    pub ink: Ink,
}

impl<DB: DrawingBackend> Words<'_, DB> {
    /// Writes a text of this size, vertically centred on a point.
    pub fn write(
        &self,
        text: &str,
        (x, y): (i32, i32),
        side: HPos,
        pixels: f64,
        is_bold: bool,
        colour: RGBColor,
    ) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
        let style = if is_bold { FontStyle::Bold } else { FontStyle::Normal };
        let pixels = pixels * f64::from(self.ink.zoom);
        let font = FontDesc::new(FontFamily::SansSerif, pixels * self.ink.scale, style);
        let style = TextStyle::from(font).pos(Pos::new(side, VPos::Center)).color(&colour);
        let lower = (pixels * self.ink.lower).round() as i32;
        self.area.draw(&Text::new(text.to_owned(), (x, y + lower), style))
    }
}

/// Shrinks a bitmap `zoom` times, in rows of `width` pixels: each new pixel is the mean of those it replaces.
fn shrunk(pixels: &[u8], width: usize, zoom: usize) -> Vec<u8> {
    let area = u32::try_from(zoom * zoom).unwrap_or(1);
    let mut shrunk = Vec::with_capacity(pixels.len() / (zoom * zoom));
    for rows in pixels.chunks_exact(width * 3 * zoom) {
        for column in 0..width / zoom {
            for channel in 0..3 {
                let row = |row: &[u8]| -> u32 {
                    row.iter()
                        .skip(column * zoom * 3 + channel)
                        .step_by(3)
                        .take(zoom)
                        .map(|value| u32::from(*value))
                        .sum()
                };
                let sum: u32 = rows.chunks_exact(width * 3).map(row).sum();
                shrunk.push(u8::try_from(sum / area).unwrap_or(u8::MAX));
            }
        }
    }
    shrunk
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
