//! A figure with its formula and inputs, so that an inspector can recompute it on paper (STF-13).

use crate::{exact::Exact, rule::RuleId};

/// A number with the formula that gives it, the formula's inputs and the rule behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// The result.
    pub value: Exact,
    /// Sums, differences, products, quotients, `max` and `min` of named inputs and plain numbers.
    pub formula: &'static str,
    /// The inputs, by name.
    pub inputs: Vec<(&'static str, Exact)>,
    /// The rule the formula comes from.
    pub rule: RuleId,
}

impl Figure {
    /// A figure. The formula must give the value from the inputs alone; tests recompute it.
    pub fn new(value: Exact, formula: &'static str, rule: RuleId, inputs: Vec<(&'static str, Exact)>) -> Figure {
        Figure { value, formula, inputs, rule }
    }

    /// A number as the establishment stated it.
    pub fn stated(value: Exact, rule: RuleId) -> Figure {
        Figure { inputs: vec![("stated", value.clone())], value, formula: "stated", rule }
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
            let input = self.figure.inputs.iter().find(|(name, _)| *name == word).map(|(_, value)| value.clone());
            input.unwrap_or_else(|| word.parse().unwrap_or_else(|_| panic!("{word} in {:?}", self.figure)))
        }
    }
}
