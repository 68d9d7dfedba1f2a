//! `getBillingIncomePlot`.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get};
use chrono::NaiveDate;
use insula_domain::{
    amount::Balance,
    billing::income::{Income, Sums},
    clock::months_after,
    span::Span,
};
use insula_persistence::billing::income as known;
use plotters::{
    coord::Shift,
    prelude::{
        BLACK, ChartBuilder, DrawingArea, DrawingAreaErrorKind, DrawingBackend, PathElement, RGBColor, Rectangle, WHITE,
    },
    style::{Color, text_anchor::HPos},
};

use super::get::asked;
use crate::http::{
    caller::Caller,
    input::Query,
    language::{IncomePlotTexts, Language, decimal, filled, texts},
    parameters::IfNoneMatch,
    picture::{self, BLUE, BOTTOM, Bitmap, Ink, LINE_HEIGHT, Picture, QUIET, RIGHT, TOP, VERMILION, Words, mark_every},
    problem::ApiError,
};

/// The left margin: amounts are wider than other marks.
const LEFT: i32 = 84;
/// How many months have their name below the axis.
const MOST_NAMES: usize = 12;
const WAITING: RGBColor = RGBColor(230, 159, 0);

/// A part of a bar: its name, its colour, its sum.
type Part = (&'static str, RGBColor, fn(&Sums) -> &Balance);

/// What each month comes to.
struct Plot {
    months: Vec<(NaiveDate, Sums)>,
    language: Language,
}

/// In whole EUR; what is below nothing is not drawn.
fn euros(balance: &Balance) -> i64 {
    let text = balance.to_string();
    text.split('.').next().and_then(|whole| whole.parse().ok()).unwrap_or(0).max(0)
}

impl Plot {
    fn of(days: Span, found: &[Income], language: Language) -> Plot {
        let mut months: BTreeMap<NaiveDate, Sums> = BTreeMap::new();
        let mut month = days.from;
        while days.holds(month) {
            months.insert(month, Sums::default());
            month = months_after(month, 1);
        }
        for one in found {
            let sums = months.entry(one.month).or_default();
            *sums = sums.plus(&one.sums);
        }
        Plot { months: months.into_iter().collect(), language }
    }

    fn texts(&self) -> &'static IncomePlotTexts {
        &texts(self.language).income_plot
    }

    /// The parts of a bar, the lowest first.
    fn parts(&self) -> [Part; 3] {
        let texts = self.texts();
        [
            (&texts.accepted, BLUE, |sums| &sums.accounts.accepted),
            (&texts.pending, WAITING, |sums| &sums.accounts.pending),
            (&texts.refused, VERMILION, |sums| &sums.accounts.refused),
        ]
    }

    fn sum(&self) -> Sums {
        self.months.iter().fold(Sums::default(), |sum, (_, one)| sum.plus(one))
    }
}

impl Picture for Plot {
    fn title(&self) -> String {
        self.texts().title.clone()
    }

    fn description(&self) -> String {
        let sum = self.sum();
        let amount = |balance: &Balance| decimal(self.language, &balance.to_string());
        filled(
            Some(&self.texts().standing),
            &[
                ("days", sum.days.to_string()),
                ("accepted", amount(&sum.accounts.accepted)),
                ("pending", amount(&sum.accounts.pending)),
                ("refused", amount(&sum.accounts.refused)),
            ],
        )
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
        let height = |sums: &Sums| self.parts().iter().map(|(.., of)| euros(of(sums))).sum::<i64>();
        let highest = self.months.iter().map(|(_, sums)| height(sums)).max().unwrap_or(0).max(10);
        let top_euros = highest + highest / 12;
        let width = i32::try_from(self.months.len()).unwrap_or(i32::MAX).max(1) * 10;
        area.fill(&WHITE)?;
        let chart = ChartBuilder::on(area)
            .margin_left(z(LEFT))
            .margin_right(z(RIGHT))
            .margin_top(z(TOP))
            .margin_bottom(z(BOTTOM))
            .build_cartesian_2d(0..width, 0..top_euros)?;
        let (left, bottom) = chart.backend_coord(&(0, 0));
        let (right, top) = chart.backend_coord(&(width, top_euros));
        let words = Words { area, ink };
        words.write(&texts.title, (z(16), z(26)), HPos::Left, 20.0, true, BLACK)?;
        words.write(&texts.euros, (z(16), z(TOP - 16)), HPos::Left, 13.0, false, QUIET)?;
        words.write(&texts.month, (i32::midpoint(left, right), bottom + z(44)), HPos::Center, 13.0, false, QUIET)?;

        let mut mark = 0;
        while mark <= top_euros {
            let (_, y) = chart.backend_coord(&(0, mark));
            area.draw(&PathElement::new([(left, y), (right, y)], ink.wide(RGBColor(225, 225, 225), 1)))?;
            words.write(&grouped(mark), (left - z(9), y), HPos::Right, 13.0, false, BLACK)?;
            mark += mark_every(top_euros);
        }
        let every = self.months.len().div_ceil(MOST_NAMES).max(1);
        for (at, (month, sums)) in (0..).zip(&self.months) {
            let mut from = 0;
            for (_, colour, of) in self.parts() {
                let to = from + euros(of(sums));
                if to > from {
                    let corners = [chart.backend_coord(&(at * 10 + 2, to)), chart.backend_coord(&(at * 10 + 8, from))];
                    area.draw(&Rectangle::new(corners, colour.filled()))?;
                }
                from = to;
            }
            if usize::try_from(at).is_ok_and(|at| at % every == 0) {
                let (x, _) = chart.backend_coord(&(at * 10 + 5, 0));
                area.draw(&PathElement::new([(x, bottom), (x, bottom + z(5))], ink.wide(BLACK, 1)))?;
                let name = month.format("%m/%y").to_string();
                words.write(&name, (x, bottom + z(18)), HPos::Center, 13.0, false, BLACK)?;
            }
        }
        area.draw(&PathElement::new([(left, top), (left, bottom), (right, bottom)], ink.wide(BLACK, 1)))?;

        let sum = self.sum();
        for (at, (name, colour, of)) in (0..).zip(self.parts().into_iter().rev()) {
            let y = top + z(10 + at * (2 * LINE_HEIGHT + 10));
            area.draw(&Rectangle::new([(right + z(20), y - z(6)), (right + z(32), y + z(6))], colour.filled()))?;
            words.write(name, (right + z(40), y), HPos::Left, 13.0, true, BLACK)?;
            let amount = format!("{} EUR", decimal(self.language, &of(&sum).to_string()));
            words.write(&amount, (right + z(40), y + z(LINE_HEIGHT)), HPos::Left, 13.0, false, QUIET)?;
        }
        if self.months.iter().all(|(_, sums)| *sums == Sums::default()) {
            let middle = (i32::midpoint(left, right), i32::midpoint(top, bottom));
            words.write(&texts.none, middle, HPos::Center, 15.0, false, BLACK)?;
        }
        Ok(())
    }
}

/// A whole number with narrow spaces between thousands.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// Get what the days of programme bring in as a plot.
///
/// A bar for each month of the days: what insurers accepted, have not answered, and refused (BIL-05), in the language of
/// `Accept-Language`. `Accept` chooses the format: SVG, which also describes the plot in words, or PNG of 900 by 480
/// pixels. The parameters are those of `getBillingIncome`.
#[utoipa::path(
    tag = "Billing",
    operation_id = "getBillingIncomePlot",
    params(
        ("from" = Option<String>, Query, nullable = false, description = "The first month, such as 2026-01; January of the last one's year by default."),
        ("to" = Option<String>, Query, nullable = false, description = "The last month; the present one by default."),
        ("hospitalNumber" = Option<insula_domain::identifier::HospitalNumber>, Query, nullable = false, description = "Only of this establishment."),
        IfNoneMatch
    ),
    responses((status = 200, description = "The plot.", content(
        (String = "image/svg+xml", example = json!("<svg width=\"900\" height=\"480\" xmlns=\"http://www.w3.org/2000/svg\">…</svg>")),
        (inline(Bitmap) = "image/png")
    )))
)]
#[get("/billingIncome/plot")]
pub async fn get_billing_income_plot(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let asked = asked(&mut query, caller.today());
    let (days, hospital) = query.finish()?.take(asked);
    let found = caller.run(move |tx| known::of(tx, days, hospital)).await?;
    let plot = Plot::of(days, &found, caller.language);
    picture::answer(&caller, move |form| plot.drawn(form)).await
}

#[cfg(test)]
mod tests {
    use insula_domain::billing::answered::Accounts;

    use super::*;
    use crate::http::picture::PictureFormat;

    fn income(insurer: &str, month: &str, euros: [i64; 3]) -> Income {
        let [accepted, refused, pending] = euros.map(|euros| Balance::cents(euros * 100));
        Income {
            hospital: "71000436".parse().unwrap(),
            insurer: insurer.parse().unwrap(),
            month: month.parse().unwrap(),
            sums: Sums { days: 31, accounts: Accounts { accepted, refused, pending }, ..Sums::default() },
        }
    }

    /// BIL-05: a bar for each month, of all insurers together; a part that gives back more than it asks has no height.
    #[test]
    fn each_month_has_its_bar() {
        let found = [
            income("100", "2026-02-01", [320, 0, 12_000]),
            income("319", "2026-02-01", [60_000, 3_200, 0]),
            income("319", "2026-03-01", [0, 0, 71_000]),
            income("319", "2026-04-01", [0, 0, -500]),
        ];
        let days = Span::between("2026-01-01".parse().unwrap(), "2026-06-30".parse().unwrap());
        let plot = Plot::of(days, &found, Language::Fr);
        let svg = String::from_utf8(plot.drawn(PictureFormat::Svg).unwrap()).unwrap();
        let bars = |colour: RGBColor| {
            let RGBColor(r, g, b) = colour;
            svg.matches(&format!("fill=\"#{r:02X}{g:02X}{b:02X}\"")).count()
        };
        // One of each is the legend's.
        assert_eq!([BLUE, WAITING, VERMILION].map(bars), [2, 3, 2]);
        assert!(svg.contains("124 journées : 60320,00 EUR acceptés, 82500,00 EUR sans réponse, 3200,00 EUR refusés."));
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
    }
}
