//! Draws a counter: its figure night by night, its thresholds and its limit (CNT-08, NOT-01). A pure function: the
//! same data give the same bytes.

use chrono::NaiveDate;
use insula_domain::registry::counter::CounterId;
use insula_persistence::registry::counters::Figure;
use plotters::{
    coord::Shift,
    prelude::{
        BLACK, ChartBuilder, Circle, DashedLineSeries, DrawingArea, DrawingAreaErrorKind, DrawingBackend, LineSeries,
        PathElement, RGBColor, Rectangle, WHITE,
    },
    style::{Color, text_anchor::HPos},
};

use super::axis::{Days, date};
use crate::http::{
    language::{Language, PlotTexts, filled, texts},
    picture::{BLUE, BOTTOM, Ink, LEFT, LINE_HEIGHT, Picture, QUIET, RIGHT, TOP, VERMILION, Words},
};

// Also distinguishable by shape: line, dashes, dots.
const FIGURE: RGBColor = BLUE;
const REACHED: RGBColor = VERMILION;

/// The data of a plot.
#[derive(Debug, Clone, Copy)]
pub struct Plot<'a> {
    /// The counter.
    pub counter: CounterId,
    /// Its figures, oldest first.
    pub figures: &'a [Figure],
    /// The end of the last figure's line: today, in Brussels.
    pub today: NaiveDate,
    /// The reader's language.
    pub language: Language,
}

/// A threshold, and the day whose night reached it.
struct Threshold {
    figure: u32,
    label: String,
    reached: Option<NaiveDate>,
}

impl Picture for Plot<'_> {
    fn title(&self) -> String {
        let values = [("counter", self.counter.to_string()), ("pair", self.counter.counter.pair().to_owned())];
        filled(Some(&self.texts().title), &values)
    }

    fn description(&self) -> String {
        let texts = self.texts();
        let Some(last) = self.figures.last() else { return texts.none.clone() };
        let values = [
            ("date", date(last.day, texts)),
            ("figure", last.figure.to_string()),
            ("limit", self.counter.limit().to_string()),
        ];
        let standing = filled(Some(&texts.standing), &values);
        let reached: Vec<_> =
            self.thresholds().into_iter().filter(|one| one.reached.is_some()).map(|one| one.label).collect();
        if reached.is_empty() {
            return standing;
        }
        format!("{standing} {}", filled(Some(&texts.all_reached), &[("list", reached.join(", "))]))
    }

    fn language(&self) -> Language {
        self.language
    }

    fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        ink: Ink,
    ) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
        let texts = self.texts();
        let days = Days::of(self.counter, self.figures, self.today);
        let limit = self.counter.limit();
        let z = |shown| ink.pixels(shown);
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(area)
            .margin_left(z(LEFT))
            .margin_right(z(RIGHT))
            .margin_top(z(TOP))
            .margin_bottom(z(BOTTOM))
            .build_cartesian_2d(0..days.length(), 0.0..f64::from(limit) * 1.08)?;
        let (left, bottom) = chart.backend_coord(&(0, 0.0));
        let (right, top) = chart.backend_coord(&(days.length(), f64::from(limit) * 1.08));
        let words = Words { area, ink };
        words.write(&self.title(), (z(16), z(26)), HPos::Left, 20.0, true, BLACK)?;
        words.write(&texts.held, (z(16), z(TOP - 16)), HPos::Left, 13.0, false, QUIET)?;
        words.write(&texts.day, (i32::midpoint(left, right), bottom + z(44)), HPos::Center, 13.0, false, QUIET)?;
        words.write(&texts.thresholds, (right + z(22), z(TOP - 16)), HPos::Left, 13.0, false, QUIET)?;

        area.draw(&PathElement::new([(left, top), (left, bottom), (right, bottom)], ink.wide(BLACK, 1)))?;
        for figure in (0..=limit).step_by(if limit > 100 { 50 } else { 10 }) {
            let (_, y) = chart.backend_coord(&(0, f64::from(figure)));
            area.draw(&PathElement::new([(left - z(5), y), (left, y)], ink.wide(BLACK, 1)))?;
            words.write(&figure.to_string(), (left - z(9), y), HPos::Right, 13.0, false, BLACK)?;
        }
        for (day, label) in days.marks(texts) {
            let (x, _) = chart.backend_coord(&(days.place(day), 0.0));
            area.draw(&PathElement::new([(x, bottom), (x, bottom + z(5))], ink.wide(BLACK, 1)))?;
            words.write(&label, (x, bottom + z(18)), HPos::Center, 13.0, false, BLACK)?;
        }

        let mut lowest = i32::MIN;
        let thresholds = self.thresholds();
        // From the highest down: each label beside its line, or below the previous label.
        for threshold in thresholds.iter().rev() {
            let height = f64::from(threshold.figure);
            let (_, y) = chart.backend_coord(&(0, height));
            let ends = [(0, height), (days.length(), height)];
            if threshold.figure == limit {
                chart.draw_series(LineSeries::new(ends, ink.wide(BLACK, 2)))?;
            } else {
                chart.draw_series(DashedLineSeries::new(ends, z(9), z(6), ink.wide(QUIET, 1)))?;
            }
            let beside = y.max(lowest);
            lowest = beside + z(LINE_HEIGHT);
            area.draw(&PathElement::new([(right + z(3), y), (right + z(18), beside)], ink.wide(QUIET, 1)))?;
            let colour = if threshold.reached.is_some() { BLACK } else { QUIET };
            words.write(&threshold.label, (right + z(22), beside), HPos::Left, 13.0, false, colour)?;
        }

        let Some(last) = self.figures.last() else {
            let middle = (i32::midpoint(left, right), i32::midpoint(top, bottom));
            return words.write(&texts.none, middle, HPos::Center, 15.0, false, BLACK);
        };
        let label = last.figure.to_string();
        let (x, y) = chart.backend_coord(&(days.place(self.until(days)), f64::from(last.figure)));
        // White behind the figure, so that no threshold's line crosses it.
        let width = z(6 + 10 * i32::try_from(label.len()).unwrap_or(3));
        area.draw(&Rectangle::new([(x - width, y - z(20)), (x - z(4), y - z(6))], WHITE.filled()))?;
        let columns = usize::try_from((right - left) / ink.zoom).unwrap_or(1);
        chart.draw_series(LineSeries::new(self.steps(days, columns), ink.wide(FIGURE, 2)))?;
        for threshold in &thresholds {
            let day = threshold.reached.map(|day| (days.place(day), f64::from(threshold.figure)));
            chart.draw_series(day.map(|place| Circle::new(place, z(4), REACHED.filled())))?;
        }
        area.draw(&Circle::new((x, y), z(4), FIGURE.filled()))?;
        words.write(&label, (x - z(6), y - z(13)), HPos::Right, 15.0, true, FIGURE)
    }
}

impl Plot<'_> {
    fn texts(&self) -> &'static PlotTexts {
        &texts(self.language).plot
    }

    /// The end of the line: the last figure holds until today.
    fn until(&self, days: Days) -> NaiveDate {
        let last = self.figures.last().map_or(self.today, |last| last.day);
        self.today.clamp(last, days.last.max(last))
    }

    /// The corners of the step line: nothing before the first night, then each figure until the next. Of the nights
    /// in one column of pixels only the first, lowest, highest and last are visible, and only they are drawn.
    fn steps(&self, days: Days, columns: usize) -> Vec<(i32, f64)> {
        let column = |figure: &Figure| i64::from(days.place(figure.day)) * columns as i64 / i64::from(days.length());
        let mut corners = vec![(0, 0.0)];
        let mut held = 0.0;
        for nights in self.figures.chunk_by(|one, next| column(one) == column(next)) {
            let of = |extreme: Option<&Figure>| extreme.map(|figure| figure.day);
            let days_seen = [
                of(nights.first()),
                of(nights.iter().min_by_key(|one| one.figure)),
                of(nights.iter().max_by_key(|one| one.figure)),
                of(nights.last()),
            ];
            for night in nights.iter().filter(|night| days_seen.contains(&Some(night.day))) {
                let place = days.place(night.day);
                corners.extend([(place, held), (place, f64::from(night.figure))]);
                held = f64::from(night.figure);
            }
        }
        corners.push((days.place(self.until(days)), held));
        corners
    }

    fn thresholds(&self) -> Vec<Threshold> {
        let texts = self.texts();
        let reached = |threshold: u32| {
            let is_reached =
                |one: &&Figure| one.thresholds.iter().any(|reached| u32::try_from(*reached) == Ok(threshold));
            self.figures.iter().find(is_reached).map(|one| one.day)
        };
        let labelled = |figure: u32| {
            let (is_limit, reached) = (figure == self.counter.limit(), reached(figure));
            let name = if is_limit {
                filled(Some(&texts.limit), &[("threshold", figure.to_string())])
            } else {
                figure.to_string()
            };
            let label = match reached {
                Some(day) => filled(Some(&texts.reached), &[("threshold", name), ("date", date(day, texts))]),
                None => name,
            };
            Threshold { figure, label, reached }
        };
        self.counter.thresholds().map(labelled).collect()
    }
}
