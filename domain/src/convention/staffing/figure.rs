//! A figure with its formula and inputs, so that an inspector can recompute it on paper (STF-13).

use serde::Serialize;
use utoipa::ToSchema;

use crate::{exact::Exact, rule::RuleId};

/// A figure and its calculation, which an inspector can check on paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StaffingFigure)]
pub struct Figure {
    /// The exact value; no intermediate value is rounded.
    pub value: Exact,
    /// The value for display, rounded half up to four decimals.
    pub shown: String,
    /// The formula over the names of the inputs, with + − × ÷, max, min and numbers; `stated` when the value was
    /// stated.
    pub formula: &'static str,
    /// The inputs.
    pub inputs: Vec<FigureInput>,
    /// The rule.
    pub rule: RuleId,
    /// The rule's source.
    pub source: &'static str,
}

/// An input of a formula.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FigureInput {
    /// Its name in the formula.
    pub name: &'static str,
    /// Its exact value.
    pub value: Exact,
}

impl Figure {
    /// A figure. The formula must give the value from the inputs alone; tests recompute it.
    pub fn new(value: Exact, formula: &'static str, rule: RuleId, inputs: Vec<(&'static str, Exact)>) -> Figure {
        let inputs = inputs.into_iter().map(|(name, value)| FigureInput { name, value }).collect();
        Figure { shown: value.shown(4), value, formula, inputs, rule, source: rule.source() }
    }

    /// A number as the establishment stated it.
    pub fn stated(value: Exact, rule: RuleId) -> Figure {
        Figure::new(value.clone(), "stated", rule, vec![("stated", value)])
    }
}

#[cfg(test)]
pub mod paper {
    //! Does what an inspector does: puts the inputs into the formula and computes.

    use super::Figure;
    use crate::exact::Exact;

    /// The value of the figure's formula for its inputs.
    pub fn recomputed(figure: &Figure) -> Exact {
        let mut paper = Paper { rest: figure.formula, figure };
        let value = paper.sum();
        assert_eq!(paper.rest, "", "{figure:?}");
        value
    }

    struct Paper<'a> {
        rest: &'a str,
        figure: &'a Figure,
    }

    impl Paper<'_> {
        fn takes(&mut self, sign: &str) -> bool {
            self.rest = self.rest.trim_start();
            self.rest.strip_prefix(sign).inspect(|rest| self.rest = rest).is_some()
        }

        fn sum(&mut self) -> Exact {
            let mut value = self.product();
            loop {
                if self.takes("+") {
                    value = value + self.product();
                } else if self.takes("−") {
                    value = value - self.product();
                } else {
                    return value;
                }
            }
        }

        fn product(&mut self) -> Exact {
            let mut value = self.term();
            loop {
                if self.takes("×") {
                    value = value * self.term();
                } else if self.takes("÷") {
                    value = &value / &self.term();
                } else {
                    return value;
                }
            }
        }

        fn term(&mut self) -> Exact {
            for (name, choice) in [("max(", Exact::max as fn(Exact, Exact) -> Exact), ("min(", Exact::min)] {
                if self.takes(name) {
                    let first = self.sum();
                    assert!(self.takes(","), "{:?}", self.figure);
                    let second = self.sum();
                    assert!(self.takes(")"), "{:?}", self.figure);
                    return choice(first, second);
                }
            }
            if self.takes("(") {
                let value = self.sum();
                assert!(self.takes(")"), "{:?}", self.figure);
                return value;
            }
            self.rest = self.rest.trim_start();
            let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(self.rest.len());
            let (word, rest) = self.rest.split_at(end);
            self.rest = rest;
            let input = self.figure.inputs.iter().find(|one| one.name == word).map(|one| one.value.clone());
            input.unwrap_or_else(|| word.parse().unwrap_or_else(|_| panic!("{word} in {:?}", self.figure)))
        }
    }
}
