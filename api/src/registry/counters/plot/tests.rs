//! The plot, read back from its SVG and its pixels.

use chrono::{Days as Length, NaiveDate};
use insula_domain::registry::counter::CounterId;
use insula_persistence::registry::counters::Figure;
use plotters::style::{FontDesc, FontFamily, FontStyle};

use super::{
    axis::{Days, date},
    drawing::Plot,
};
use crate::http::{
    language::{self, Language},
    picture::{Picture, SIZE},
};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Nights of a counter, each with the thresholds that it is the first to reach.
fn nights(counter: CounterId, figures: &[(&str, i32)]) -> Vec<Figure> {
    let mut announced = None;
    let night = |(text, figure): &(&str, i32)| {
        let reached = counter.reached(figure.cast_unsigned(), announced);
        announced = reached.last().map(|one| one.threshold).or(announced);
        let thresholds = reached.iter().map(|one| one.threshold.cast_signed()).collect();
        Figure { day: day(text), figure: *figure, thresholds }
    };
    figures.iter().map(night).collect()
}

const B: CounterId = CounterId::b(2026);
const YEAR: [(&str, i32); 6] = [
    ("2026-01-12", 3),
    ("2026-03-02", 17),
    ("2026-04-20", 41),
    ("2026-05-04", 39),
    ("2026-06-15", 52),
    ("2026-09-07", 60),
];

fn plot<'a>(counter: CounterId, figures: &'a [Figure], today: &str) -> Plot<'a> {
    Plot { counter, figures, today: day(today), language: Language::En }
}

/// An element of an SVG: its name, its attributes, its text.
#[derive(Debug)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
}

impl Element {
    fn get(&self, name: &str) -> &str {
        self.attributes.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    fn number(&self, name: &str) -> f64 {
        self.get(name).parse().unwrap_or_else(|_| panic!("{name} of {self:?}"))
    }

    fn points(&self) -> Vec<(i32, i32)> {
        let point = |text: &str| text.split_once(',').map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap()));
        self.get("points").split_whitespace().filter_map(point).collect()
    }
}

/// The elements of an SVG in order. Panics when it is not well-formed: an element left open, a bare `<` or `&`.
fn elements(svg: &str) -> Vec<Element> {
    let (mut found, mut open) = (Vec::<Element>::new(), Vec::new());
    for piece in svg.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap_or_else(|| panic!("<{piece} has no end"));
        assert!(!text.contains('>'), "{piece}");
        for reference in text.split('&').skip(1) {
            assert!(
                ["amp;", "lt;", "gt;", "apos;", "quot;"].iter().any(|known| reference.starts_with(known)),
                "{piece}"
            );
        }
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        let (inner, is_closed) = tag.strip_suffix('/').map_or((tag, false), |inner| (inner, true));
        let (name, mut rest) = inner.split_once(' ').unwrap_or((inner, ""));
        let mut attributes = Vec::new();
        while let Some((key, after)) = rest.split_once("=\"") {
            let (value, after) = after.split_once('"').unwrap();
            attributes.push((key.trim().to_owned(), value.to_owned()));
            rest = after;
        }
        assert_eq!(rest.trim(), "", "{tag}");
        if !is_closed {
            open.push(name.to_owned());
        }
        let text = text.trim().replace("&apos;", "'").replace("&amp;", "&");
        found.push(Element { name: name.to_owned(), attributes, text });
    }
    assert!(open.is_empty(), "{open:?} stay open");
    found
}

fn texts(elements: &[Element]) -> Vec<&str> {
    elements.iter().filter(|one| one.name == "text").map(|one| one.text.as_str()).collect()
}

fn step_line(elements: &[Element]) -> Vec<(i32, i32)> {
    let is_line = |one: &&Element| one.name == "polyline" && one.get("stroke") == "#0072B2";
    elements.iter().find(is_line).map(Element::points).unwrap_or_default()
}

/// The y coordinate of a figure of counter B: `TOP`, `BOTTOM` and the head room of `drawing.rs`.
fn height(figure: i32) -> i32 {
    (420.0 - f64::from(figure) / (60.0 * 1.08) * 344.0).round() as i32
}

#[track_caller]
fn near(one: i32, other: i32) {
    assert!((one - other).abs() <= 1, "{one} is not {other}");
}

/// CNT-08: the line passes through every figure on its day, in steps, also when it falls, and continues until today.
#[test]
fn the_line_passes_the_figures() {
    let figures = nights(B, &YEAR);
    let line = step_line(&elements(&plot(B, &figures, "2026-11-25").svg().unwrap()));
    let across = |text: &str| 60 + ((day(text) - day("2026-01-01")).num_days() * 630 / 364) as i32;
    let (mut expected, mut held) = (vec![(60, height(0))], 0);
    for (text, figure) in YEAR {
        expected.extend([(across(text), height(held)), (across(text), height(figure))]);
        held = figure;
    }
    expected.push((across("2026-11-25"), height(60)));
    assert_eq!(line.len(), expected.len(), "{line:?}");
    for (one, other) in line.iter().zip(&expected) {
        near(one.0, other.0);
        near(one.1, other.1);
    }
}

/// NOT-01: every threshold has its dashes, its number and, once reached, its day and its dot; the limit has its line.
#[test]
fn thresholds_and_limit_are_there() {
    let figures = nights(B, &YEAR[..5]);
    let all = elements(&plot(B, &figures, "2026-11-25").svg().unwrap());
    for label in ["40 on 2026-04-20", "45 on 2026-06-15", "50 on 2026-06-15", "55", "limit 60", "52"] {
        assert!(texts(&all).contains(&label), "{label}: {:?}", texts(&all));
    }
    let dashes = |figure: i32| {
        let is_dash = |one: &&Element| {
            let points = one.points();
            one.get("stroke") == "#616161"
                && points.len() > 1
                && points.iter().all(|at| at.0 <= 690 && (at.1 - height(figure)).abs() <= 1)
        };
        all.iter().filter(is_dash).count()
    };
    assert!([40, 45, 50, 55].iter().all(|figure| dashes(*figure) > 30));
    assert_eq!(dashes(60), 0);
    let is_limit = |one: &Element| one.get("stroke-width") == "2" && one.get("stroke") == "#000000";
    let limit = all.iter().find(|one| is_limit(one)).unwrap().points();
    assert_eq!(limit[0].0, 60);
    near(limit[1].0, 690);
    near(limit[0].1, height(60));
    let dots: Vec<_> = all.iter().filter(|one| one.name == "circle" && one.get("fill") == "#D55E00").collect();
    assert_eq!(dots.len(), 3);
    near(dots[0].number("cy") as i32, height(40));

    let full = nights(CounterId::A, &[("2026-02-01", 400)]);
    let all = elements(&plot(CounterId::A, &full, "2026-02-03").svg().unwrap());
    for threshold in ["350", "360", "370", "380", "390", "limit 400"] {
        assert!(texts(&all).contains(&format!("{threshold} on 2026-02-01").as_str()), "{threshold}");
    }
}

/// The cases to draw: nothing yet, one night, a year, a night after the year's end, a hundred years.
fn sets() -> Vec<(&'static str, CounterId, Vec<Figure>, &'static str)> {
    let a = CounterId::A;
    let century: Vec<_> = (0..36_500_u64)
        .map(|n| Figure {
            day: day("2026-01-02") + Length::new(n),
            figure: if n == 20_000 { 1 } else { (n / 100).cast_signed() as i32 + (n % 7).cast_signed() as i32 },
            thresholds: if n == 35_000 { vec![350] } else { Vec::new() },
        })
        .collect();
    let steps =
        [("2024-02-07", 120), ("2025-01-20", 347), ("2025-02-03", 351), ("2025-03-03", 372), ("2025-04-07", 400)];
    vec![
        ("none-a", a, Vec::new(), "2026-06-15"),
        ("none-b", B, Vec::new(), "2026-06-15"),
        ("one-a", a, nights(a, &[("2026-06-15", 1)]), "2026-06-15"),
        ("one-b", B, nights(B, &[("2026-06-15", 60)]), "2026-06-16"),
        ("year", B, nights(B, &YEAR), "2026-11-25"),
        ("later", B, nights(B, &[("2026-12-28", 58), ("2027-01-12", 60)]), "2027-03-01"),
        ("full-a", a, nights(a, &steps), "2026-11-25"),
        ("century", a, century, "2125-12-07"),
    ]
}

/// SYS-04: in each language, however much there is to draw, nothing is clipped, labels do not overlap, no placeholder
/// is left, and the same data give the same bytes. Browsers' letters may be wider than ours by an eighth.
#[test]
fn everything_has_room() {
    for (name, counter, figures, today) in sets() {
        for language in Language::ALL.iter().copied() {
            let plot = Plot { language, ..plot(counter, &figures, today) };
            let svg = plot.svg().unwrap();
            assert!(svg.len() < 100_000, "{name} has {} bytes", svg.len());
            assert_eq!(svg, plot.svg().unwrap());
            assert!(!svg.contains('{'), "{name} {language:?}");
            let all = elements(&svg);
            let mut boxes: Vec<(f64, f64, f64, f64)> = Vec::new();
            for text in all.iter().filter(|one| one.name == "text") {
                let size = text.number("font-size");
                let weight = if text.get("font-weight") == "bold" { FontStyle::Bold } else { FontStyle::Normal };
                // Plotters measures from the highest letter's top to the lowest one's foot, browsers by the em.
                let font = FontDesc::new(FontFamily::SansSerif, size * 1.362, weight);
                let width = f64::from(font.box_size(&text.text).unwrap().0) * 1.125;
                let left = match text.get("text-anchor") {
                    "start" => text.number("x"),
                    "middle" => text.number("x") - width / 2.0,
                    _ => text.number("x") - width,
                };
                let (right, top, bottom) = (left + width, text.number("y") - size / 2.0, text.number("y") + size / 2.0);
                let is_inside = left >= 0.0 && right <= f64::from(SIZE.0) && top >= 0.0 && bottom <= f64::from(SIZE.1);
                assert!(is_inside, "{name} {language:?}: {text:?} goes to {right}");
                for other in &boxes {
                    let is_apart = right <= other.0 || other.1 <= left || bottom <= other.2 || other.3 <= top;
                    assert!(is_apart, "{name} {language:?}: {text:?} lies on another");
                }
                boxes.push((left, right, top, bottom));
            }
            for point in all.iter().flat_map(Element::points) {
                assert!((0..=900).contains(&point.0) && (0..=480).contains(&point.1), "{name}: {point:?}");
            }
        }
    }
}

/// CNT-08: over a hundred years the extremes are still visible.
#[test]
fn a_century_keeps_its_extremes() {
    let (_, counter, figures, today) = sets().pop().unwrap();
    let line = step_line(&elements(&plot(counter, &figures, today).svg().unwrap()));
    assert!(line.len() < 630 * 8 + 3, "{}", line.len());
    let dip = line.iter().position(|at| (330..=420).contains(&at.0) && at.1 > 415).map(|at| line[at].0);
    near(dip.unwrap(), 60 + 20_001 * 630 / 36_500);
}

/// People who cannot see the picture are told what it shows, or that there has been no night.
#[test]
fn it_says_in_words_what_it_shows() {
    let figures = nights(B, &YEAR[..3]);
    let said = |plot: Plot| {
        let all = elements(&plot.svg().unwrap());
        let text = |name: &str| all.iter().find(|one| one.name == name).unwrap().text.clone();
        assert_eq!((all[0].get("role"), all[0].get("lang")), ("img", plot.language.name()));
        (text("title"), text("desc"), texts(&all).iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    };
    let (title, description, seen) = said(plot(B, &figures, "2026-05-01"));
    assert_eq!(title, "Counter B-2026: 174495-174506");
    assert_eq!(seen[0], title);
    let expected = "After the night of 2026-04-20, 41 of 60 places were held. Thresholds reached: 40 on 2026-04-20.";
    assert_eq!(description, expected);
    let (_, description, seen) = said(Plot { language: Language::Fr, ..plot(B, &[], "2026-05-01") });
    assert_eq!(description, "Aucune nuit n'a encore modifié ce compteur.");
    assert!(seen.contains(&description));
}

/// The PNG has its size and shows the same line, and the same data give the same bytes.
#[test]
fn the_bitmap_shows_the_same() {
    let is_drawn = |name: &str| ["none-b", "year", "full-a"].contains(&name);
    for (name, counter, figures, today) in sets().into_iter().filter(|set| is_drawn(set.0)) {
        let plot = plot(counter, &figures, today);
        let file = plot.png().unwrap();
        assert!(file.starts_with(b"\x89PNG\r\n\x1a\n"));
        assert_eq!(file, plot.png().unwrap());
        let mut reader = png::Decoder::new(std::io::Cursor::new(&file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((frame.width, frame.height), SIZE);
        let colour = |(x, y): (i32, i32)| {
            let at = (y as usize * SIZE.0 as usize + x as usize) * 3;
            (pixels[at], pixels[at + 1], pixels[at + 2])
        };
        assert_eq!(colour((2, 2)), (255, 255, 255));
        let line = step_line(&elements(&plot.svg().unwrap()));
        // The middle of each level piece that is long enough to be told from its ends.
        let level = line.windows(2).filter(|ends| ends[0].1 == ends[1].1 && ends[1].0 - ends[0].0 > 20);
        let mut seen = 0;
        for ends in level {
            let middle = (i32::midpoint(ends[0].0, ends[1].0), ends[0].1);
            let is_blue = (-1..=1).any(|off| colour((middle.0, middle.1 + off)) == (0, 114, 178));
            assert!(is_blue, "{name}: {middle:?}");
            seen += 1;
        }
        assert!(seen > 1 || figures.is_empty(), "{name}");
    }
}

/// CNT-05, CNT-07: counter B shows its calendar year and the nights after it; counter A from its first night to
/// today.
#[test]
fn the_days_are_those_of_the_counter() {
    let span = |counter, figures: &[Figure], today: &str| {
        let days = Days::of(counter, figures, day(today));
        (days.first.to_string(), days.last.to_string())
    };
    let pair = |first: &str, last: &str| (first.to_owned(), last.to_owned());
    assert_eq!(span(B, &[], "2026-06-15"), pair("2026-01-01", "2026-12-31"));
    assert_eq!(span(B, &nights(B, &[("2027-02-03", 1)]), "2027-06-15"), pair("2026-01-01", "2027-02-03"));
    let a = nights(CounterId::A, &[("2025-02-03", 1), ("2025-02-05", 2)]);
    assert_eq!(span(CounterId::A, &a, "2026-06-15"), pair("2025-02-02", "2026-06-15"));
    assert_eq!(span(CounterId::A, &a, "2025-02-05"), pair("2025-01-06", "2025-02-05"));
    assert_eq!(span(CounterId::A, &[], "2026-06-15"), pair("2026-05-16", "2026-06-15"));
}

/// However long the axis is, it has some marks and never more than there is room for.
#[test]
fn marks_have_room() {
    let texts = &language::texts(Language::En).plot;
    for length in (30..400).chain((400..40_000).step_by(777)) {
        let first = day("2026-02-11");
        let days = Days { first, last: first + Length::new(length) };
        let marks = days.marks(texts);
        assert!((1..=8).contains(&marks.len()), "{length}: {marks:?}");
        assert!(marks.iter().all(|(day, _)| (days.first..=days.last).contains(day)), "{length}: {marks:?}");
    }
    let labels = |first: &str, last: &str| -> Vec<String> {
        let days = Days { first: day(first), last: day(last) };
        days.marks(texts).into_iter().map(|(_, label)| label).collect()
    };
    let months = ["2026-01", "2026-03", "2026-05", "2026-07", "2026-09", "2026-11"];
    assert_eq!(labels("2026-01-01", "2026-12-31"), months);
    assert_eq!(labels("2026-06-01", "2026-07-01")[0], "2026-06-01");
    assert_eq!(labels("2020-06-01", "2026-07-01"), ["2021", "2022", "2023", "2024", "2025", "2026"]);
    assert_eq!(date(day("2026-06-01"), &language::texts(Language::De).plot), "01.06.2026");
}
