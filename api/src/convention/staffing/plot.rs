//! `getStaffingPlot`.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get};
use insula_domain::{
    convention::staffing::Function,
    exact::Exact,
    refusal::{Fault, Reason},
    rule::RuleId,
};
use plotters::{
    coord::Shift,
    prelude::{
        BLACK, ChartBuilder, Circle, DashedLineSeries, DrawingArea, DrawingAreaErrorKind, DrawingBackend, LineSeries,
        PathElement, RGBColor, WHITE,
    },
    style::{Color, text_anchor::HPos},
};

use super::simulate::MOST_FTE;
use crate::http::{
    caller::Caller,
    input::Query,
    language::{Language, StaffingPlotTexts, filled, texts},
    parameters::IfNoneMatch,
    picture::{
        self, BLUE, BOTTOM, Bitmap, GREEN, Ink, LEFT, LINE_HEIGHT, PURPLE, Picture, QUIET, RIGHT, SIZE, TOP, VERMILION,
        Words, mark_every,
    },
    problem::ApiError,
};

/// The maximum number of patients in a plot.
const MOST_PATIENTS: i64 = 10_000;

/// The required team over the number of patients.
struct Plot {
    /// The maximum number of patients shown.
    most: i64,
    /// What self-management requires of each function.
    self_management: BTreeMap<Function, Exact>,
    language: Language,
}

impl Plot {
    fn texts(&self) -> &'static StaffingPlotTexts {
        &texts(self.language).staffing_plot
    }

    fn name(&self, function: Function) -> &'static str {
        let texts = self.texts();
        match function {
            Function::Medical => &texts.medical,
            Function::Education => &texts.education,
            Function::DataManagement => &texts.data_management,
            Function::Secretariat | Function::Consultation => &texts.secretariat,
        }
    }

    fn required(&self, function: Function, patients: i64) -> Exact {
        let stated = self.self_management.get(&function).cloned().unwrap_or_default();
        function.required(&Exact::from(patients), &stated).value
    }

    /// The steps at which a team must grow that starts with what is required without patients (STF-04).
    fn steps(&self, function: Function) -> Vec<(i64, Exact, Exact)> {
        let stated = self.self_management.get(&function).cloned().unwrap_or_default();
        let steps = function.growth_steps(&stated, &self.required(function, 0), self.most);
        steps.into_iter().map(|step| (step.patients, step.present, step.required)).collect()
    }
}

const fn colour(function: Function) -> RGBColor {
    match function {
        Function::Medical => BLUE,
        Function::Education => VERMILION,
        Function::DataManagement => GREEN,
        Function::Secretariat | Function::Consultation => PURPLE,
    }
}

impl Picture for Plot {
    fn title(&self) -> String {
        self.texts().title.clone()
    }

    fn description(&self) -> String {
        let texts = self.texts();
        let each =
            |function: &Function| format!("{} {}", self.name(*function), self.required(*function, self.most).shown(4));
        let list = Function::NORMED.iter().map(each).collect::<Vec<_>>().join(", ");
        let standing = filled(Some(&texts.standing), &[("patients", self.most.to_string()), ("list", list)]);
        let steps = Function::NORMED.iter().flat_map(|function| {
            let name = self.name(*function);
            self.steps(*function).into_iter().map(move |(patients, ..)| format!("{patients} ({name})"))
        });
        let steps = steps.collect::<Vec<_>>().join(", ");
        if steps.is_empty() {
            return standing;
        }
        format!("{standing} {}", filled(Some(&texts.steps), &[("list", steps)]))
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
        let z = |shown| ink.pixels(shown);
        let highest = Function::NORMED.iter().map(|one| self.required(*one, self.most).approximately());
        let top_fte = highest.fold(0.1, f64::max) * 1.08;
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(area)
            .margin_left(z(LEFT))
            .margin_right(z(RIGHT))
            .margin_top(z(TOP))
            .margin_bottom(z(BOTTOM))
            .build_cartesian_2d(0..self.most, 0.0..top_fte)?;
        let (left, bottom) = chart.backend_coord(&(0, 0.0));
        let (right, top) = chart.backend_coord(&(self.most, top_fte));
        let words = Words { area, ink };
        words.write(&texts.title, (z(16), z(26)), HPos::Left, 20.0, true, BLACK)?;
        words.write(&texts.fte, (z(16), z(TOP - 16)), HPos::Left, 13.0, false, QUIET)?;
        words.write(&texts.patients, (i32::midpoint(left, right), bottom + z(44)), HPos::Center, 13.0, false, QUIET)?;
        area.draw(&PathElement::new([(left, top), (left, bottom), (right, bottom)], ink.wide(BLACK, 1)))?;
        let every = mark_every(self.most);
        for patients in (0..=self.most).step_by(usize::try_from(every).unwrap_or(1)) {
            let (x, _) = chart.backend_coord(&(patients, 0.0));
            area.draw(&PathElement::new([(x, bottom), (x, bottom + z(5))], ink.wide(BLACK, 1)))?;
            words.write(&patients.to_string(), (x, bottom + z(18)), HPos::Center, 13.0, false, BLACK)?;
        }
        // The marks of FTE are hundredths.
        let hundredths = (top_fte * 100.0) as i64;
        let every = mark_every(hundredths);
        for mark in (0..=hundredths).step_by(usize::try_from(every).unwrap_or(1)) {
            let fte = Exact::ratio(mark, 100);
            let (_, y) = chart.backend_coord(&(0, fte.approximately()));
            area.draw(&PathElement::new([(left - z(5), y), (left, y)], ink.wide(BLACK, 1)))?;
            words.write(&fte.shown(2), (left - z(9), y), HPos::Right, 13.0, false, BLACK)?;
        }

        let mut labels = Vec::new();
        for function in Function::NORMED {
            let colour = colour(function);
            let at = |patients: i64| (patients, self.required(function, patients).approximately());
            // The requirement is a straight line above its floor: where it leaves the floor there is a corner.
            let stated = self.self_management.get(&function).cloned().unwrap_or_default();
            let leaves = function.leaves_floor_at(&stated, self.most).map_or(self.most, |patients| patients - 1);
            chart.draw_series(LineSeries::new([at(0), at(leaves), at(self.most)], ink.wide(colour, 2)))?;
            let steps = self.steps(function);
            let mut corners = vec![at(0)];
            for (patients, present, required) in &steps {
                corners.extend([(*patients, present.approximately()), (*patients, required.approximately())]);
            }
            corners.push((self.most, corners.last().map_or(0.0, |(_, fte)| *fte)));
            if !steps.is_empty() {
                chart.draw_series(DashedLineSeries::new(corners, z(4), z(4), ink.wide(colour, 1)))?;
            }
            let dots = steps.iter().map(|(patients, _, required)| (*patients, required.approximately()));
            chart.draw_series(dots.map(|place| Circle::new(place, z(4), colour.filled())))?;
            let (_, y) = chart.backend_coord(&at(self.most));
            let fte = self.required(function, self.most).shown(4);
            labels.push((y, format!("{} {fte}", self.name(function)), colour));
        }
        // From the highest down: each label beside its line, or below the label before it; the lowest ones above the
        // axis.
        labels.sort_by_key(|(y, ..)| *y);
        let mut lowest = i32::MIN;
        let room = i32::try_from(labels.len()).unwrap_or_default();
        for (place, (y, label, colour)) in (1..).zip(labels) {
            let beside = y.max(lowest).min(bottom - z((room - place) * LINE_HEIGHT));
            lowest = beside + z(LINE_HEIGHT);
            area.draw(&PathElement::new([(right + z(3), y), (right + z(18), beside)], ink.wide(colour, 1)))?;
            words.write(&label, (right + z(22), beside), HPos::Left, 13.0, false, colour)?;
        }
        words.write(&texts.grows, (z(SIZE.0.cast_signed() - 16), z(TOP - 16)), HPos::Right, 13.0, false, QUIET)
    }
}

/// Draw the staffing norm.
///
/// The required FTE of each function by number of patients, over both conventions together, with floors. A dashed line
/// shows a team that starts with what is required without patients and grows only where it must (STF-01, STF-02,
/// STF-04). `Accept` chooses the format: SVG, which also describes the plot in words, or PNG of 900 by 480 pixels.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getStaffingPlot",
    params(
        ("upTo" = Option<i64>, Query, nullable = false, minimum = 1, maximum = 10000, description = "The maximum number of patients shown; 400 by default."),
        ("medical" = Option<insula_domain::exact::Decimal>, Query, nullable = false, description = "The FTE, at most 1000, that self-management requires of this function; 0 by default."),
        ("education" = Option<insula_domain::exact::Decimal>, Query, nullable = false, description = "The FTE, at most 1000, that self-management requires of this function; 0 by default."),
        ("dataManagement" = Option<insula_domain::exact::Decimal>, Query, nullable = false, description = "The FTE, at most 1000, that self-management requires of this function; 0 by default."),
        ("secretariat" = Option<insula_domain::exact::Decimal>, Query, nullable = false, description = "The FTE, at most 1000, that self-management requires of this function; 0 by default."),
        IfNoneMatch
    ),
    responses(
        (status = 200, description = "The picture.", content(
            (String = "image/svg+xml", example = json!("<svg width=\"900\" height=\"480\" xmlns=\"http://www.w3.org/2000/svg\">…</svg>")),
            (inline(Bitmap) = "image/png")
        )),
    )
)]
#[get("/staffing/plot")]
pub async fn get_staffing_plot(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let most = query.decimal("upTo", MOST_PATIENTS, 0).or(Exact::from(400));
    let most = most.map(|most| most.to_string().parse().unwrap_or(0_i64));
    if most.known().is_some_and(|most| *most < 1) {
        query.add(Fault::new("upTo", Reason::OutOfRange, RuleId::Stf17).with("min", 1).with("max", MOST_PATIENTS));
    }
    let required = Function::NORMED.map(|function| (function, query.decimal(function.name(), MOST_FTE, 4)));
    let done = query.finish()?;
    let most = done.take(most);
    let stated = required.into_iter().filter_map(|(function, fte)| Some((function, done.take(fte)?)));
    let self_management: BTreeMap<_, _> = stated.collect();
    let language = caller.language;
    picture::answer(&caller, move |form| Plot { most, self_management, language }.drawn(form)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(most: i64, education: &str, language: Language) -> Plot {
        let self_management = [(Function::Education, education.parse().unwrap())].into();
        Plot { most, self_management, language }
    }

    /// STF-17: marks are 1, 2 or 5 times a power of ten, and few.
    #[test]
    fn marks_are_round_and_few() {
        for (length, every) in [(1, 1), (8, 1), (9, 2), (40, 5), (45, 10), (400, 50), (450, 100), (10_000, 2000)] {
            assert_eq!(mark_every(length), every, "{length}");
        }
    }

    /// STF-04, STF-17: the picture says in words what it shows, in each language, and the same gives the same bytes.
    #[test]
    fn the_picture_says_what_it_shows() {
        let svg = plot(400, "0", Language::En).svg().unwrap();
        assert!(svg.contains("<desc id=\"plot-description\">For 400 patients: medical 0.5000, educators 1.2240, data management 0.2448, secretariat 0.2668. The team must grow from: 360 (educators), 375 (secretariat).</desc>"), "{svg}");
        assert_eq!(plot(400, "0", Language::En).svg().unwrap(), svg);
        for language in [Language::Fr, Language::Nl, Language::De] {
            let svg = plot(400, "0", language).svg().unwrap();
            assert!(svg.contains(&texts(language).staffing_plot.title), "{svg}");
        }
    }

    /// STF-04, STF-17: each step is a dot, each function a line; a bitmap is drawn of the same.
    #[test]
    fn each_step_is_a_dot() {
        let dots = |plot: &Plot| plot.svg().unwrap().matches("<circle").count();
        assert_eq!(dots(&plot(300, "0", Language::Fr)), 0);
        assert_eq!(dots(&plot(400, "0", Language::Fr)), 2);
        assert_eq!(dots(&plot(400, "1", Language::Fr)), 3);
        for most in [1, 7, 10_000] {
            assert!(plot(most, "0", Language::Fr).png().unwrap().starts_with(b"\x89PNG"), "{most}");
        }
    }
}
