//! Figures about groups of beneficiaries that reveal no small group, neither directly nor by the differences of many
//! figures (TRA-03).
//!
//! - Figures are those of the last quarter that ended ([`as_of`]): until the next they stay what they are, whatever is
//!   registered meanwhile.
//! - A hospital knows its own members of a group and can add to them. So the *others* decide what it is shown: their
//!   figure, to which its own, rounded, are added.
//! - A group of fewer than [`THRESHOLD`] others is always suppressed. Any other figure is their count plus a noise, rounded to
//!   a multiple of [`BASE`]; a result below the threshold is suppressed too. So suppression proves nothing about a group, and
//!   a figure only that it has at least five.
//! - The noise of a group is the sum of the noises of its *cells*, the parts of it with one year and one type. That of a
//!   cell follows from a *draw*: 32 bytes that a secret key derives from the cell's members. The same members always give
//!   the same noise, in every question: a small group adds the same noise to every figure in which it stands, so
//!   that the differences of any number of figures with and without it tell no more than one of them
//!   (`many_readings_are_as_one`).
//! - Beneficiaries and registrations of a group use the same draws where each beneficiary has one registration, so that one
//!   figure adds nothing to the other.
//! - The noise is practically unbounded (beyond any possible count), so no figure and no difference of figures excludes
//!   any size of a small group within them. Whether it has one or four members shifts the probabilities of any figure by
//!   less than a factor of five ([`MOST_TOLD`]), as long as the larger group has five other members.
//!
//! Someone who knows some members of a group learns that the others number at least five less those: this is inherent in
//! a threshold. Every reading is recorded in the trail.

use chrono::{Datelike, NaiveDate};

use crate::{
    exact::{Decimal, Exact},
    names::Dimension,
};

/// A group of fewer beneficiaries is suppressed (TRA-03).
pub const THRESHOLD: i64 = 5;

/// Every figure is a multiple of this.
pub const BASE: i64 = 5;

/// The fewest beneficiaries for which a mean is shown (TRA-03): with noisy, rounded figures, nobody's value can be
/// derived from a rounded mean of twenty.
pub const MEAN_THRESHOLD: i64 = 20;

/// The most dimensions of one query.
pub const MOST_DIMENSIONS: usize = 2;

/// Each further step of noise is three fifths as likely as the one before.
const STEP: (u128, u128) = (3, 5);

/// The most by which a figure can shift the odds between one and four beneficiaries in a small group: (5/3)³, less than
/// five.
pub const MOST_TOLD: f64 = 125.0 / 27.0;

/// The noise of a draw: an integer, symmetric around 0. 0 has probability 1/4; k and −k have 1/4 · (3/5)^k each (the
/// two-sided geometric distribution, in integer arithmetic).
pub fn noise(draw: &[u8; 32]) -> i64 {
    let mut eight = [0u8; 8];
    eight.copy_from_slice(&draw[..8]);
    let drawn = u128::from(u64::from_be_bytes(eight));
    // At least one step has probability 3/4, each further one 3/5 of that.
    let mut chance = (1u128 << 64) * 3 / 4;
    let mut steps = 0;
    while drawn < chance {
        steps += 1;
        chance = chance * STEP.0 / STEP.1;
    }
    if draw[8] & 1 == 0 { steps } else { -steps }
}

/// TRA-03: the day whose beginning ends the registrations that figures count: the first of the quarter.
#[must_use]
pub fn as_of(today: NaiveDate) -> NaiveDate {
    let first_month = today.month0() / 3 * 3 + 1;
    today.with_day(1).and_then(|first| first.with_month(first_month)).unwrap_or(today)
}

/// The exact numbers of a group, as the database counted them, and the noise of its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// The beneficiaries, without the reader's own.
    pub others: i64,
    /// Their registrations.
    pub registrations: i64,
    /// The sum of the noises of the cells, for beneficiaries.
    pub noise: i64,
    /// The same for registrations.
    pub registrations_noise: i64,
    /// The reader's own beneficiaries; 0 for INAMI.
    pub own: i64,
    /// Their registrations.
    pub own_registrations: i64,
}

/// The figures shown for a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// The number of beneficiaries.
    pub beneficiaries: i64,
    /// The number of registrations: as with true counts, never less than that.
    pub registrations: i64,
}

impl Counted {
    /// TRA-03: the figures shown for the group; `None` if it is suppressed. What is said of the others depends on nothing
    /// that the reader can change.
    #[must_use]
    pub fn shown(&self) -> Option<Shown> {
        let beneficiaries = shown(self.others, self.noise)?;
        let registrations = nearest(self.registrations + self.registrations_noise).max(beneficiaries);
        Some(Shown {
            beneficiaries: beneficiaries + nearest(self.own),
            registrations: registrations + nearest(self.own_registrations),
        })
    }
}

fn shown(others: i64, noise: i64) -> Option<i64> {
    if others < THRESHOLD {
        return None;
    }
    let rounded = nearest(others + noise);
    (rounded >= THRESHOLD).then_some(rounded)
}

fn nearest(count: i64) -> i64 {
    (count + BASE / 2).div_euclid(BASE) * BASE
}

/// TRA-03: the mean HbA1c shown for `measured` beneficiaries, from a mean in mmol/mol in which each counts once however
/// often they were measured. `None` below [`MEAN_THRESHOLD`], which the noisy count must reach too, so that showing a
/// mean reveals no exact number.
pub fn shown_mean(measured: i64, mmol_per_mol: Option<f64>, noise: i64) -> Option<MeanHba1c> {
    let enough = measured.min(measured + noise) >= MEAN_THRESHOLD;
    let mean = mmol_per_mol.filter(|mean| enough && mean.is_finite())?;
    let tenths = |number: f64| Exact::ratio((number * 10.0).round() as i64, 10);
    Some(MeanHba1c { mmol_per_mol: mean.round() as i64, percent: tenths(percent(mean)) })
}

/// A mean HbA1c. Measurements in either unit are converted by the master equation: NGSP = 0.09148 × IFCC + 2.152.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeanHba1c {
    /// In mmol/mol (IFCC), rounded to an integer.
    pub mmol_per_mol: i64,
    /// In % (NGSP), rounded to one decimal.
    #[schema(value_type = Decimal)]
    pub percent: Exact,
}

/// The master equation between the two units of HbA1c: NGSP (%) = SLOPE × IFCC (mmol/mol) + INTERCEPT.
pub const SLOPE: f64 = 0.09148;
/// Its intercept.
pub const INTERCEPT: f64 = 2.152;

/// Converts an HbA1c in mmol/mol (IFCC) into % (NGSP).
pub fn percent(mmol_per_mol: f64) -> f64 {
    SLOPE * mmol_per_mol + INTERCEPT
}

/// Converts an HbA1c in % (NGSP) into mmol/mol (IFCC).
pub fn mmol_per_mol(percent: f64) -> f64 {
    (percent - INTERCEPT) / SLOPE
}

/// Whether a query may have these dimensions (TRA-03): one or two, each once, and the hospital only for a reader who
/// may tell hospitals apart.
pub fn is_allowed(dimensions: &[Dimension], tells_hospitals_apart: bool) -> bool {
    let distinct = dimensions.iter().enumerate().all(|(at, one)| !dimensions[..at].contains(one));
    let open = tells_hospitals_apart || !dimensions.contains(&Dimension::Hospital);
    (1..=MOST_DIMENSIONS).contains(&dimensions.len()) && distinct && open
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// A draw as a key would make it: 32 bytes by a simple mixing function.
    fn draw(mut seed: u64) -> [u8; 32] {
        let mut bytes = [0u8; 32];
        for part in bytes.chunks_mut(8) {
            seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            part.copy_from_slice(&(mixed ^ (mixed >> 31)).to_be_bytes());
        }
        bytes
    }

    fn chance_of_noise(noise: i64) -> f64 {
        0.25 * 0.6f64.powi(i32::try_from(noise.abs()).unwrap())
    }

    /// The probability of every figure of a group of `count`, computed from the definition.
    fn chances(count: i64) -> BTreeMap<Option<i64>, f64> {
        let mut chances = BTreeMap::new();
        for noise in -400..=400 {
            let rounded = nearest(count + noise);
            let answer = (count >= THRESHOLD && rounded >= THRESHOLD).then_some(rounded);
            *chances.entry(answer).or_insert(0.0) += chance_of_noise(noise);
        }
        chances
    }

    /// TRA-03: fewer than five beneficiaries are suppressed whatever the draw; a figure is a positive multiple of five.
    #[test]
    fn a_small_group_is_always_withheld() {
        for seed in 0..2000 {
            for count in -1..5 {
                assert_eq!(shown(count, noise(&draw(seed))), None);
            }
            for count in 5..40 {
                assert!(shown(count, noise(&draw(seed))).is_none_or(|shown| shown >= 5 && shown % 5 == 0));
            }
        }
    }

    /// TRA-03: the noise has the stated distribution.
    #[test]
    fn the_noise_has_the_promised_distribution() {
        let mut seen: BTreeMap<i64, f64> = BTreeMap::new();
        let draws = 200_000;
        for seed in 0..draws {
            *seen.entry(noise(&draw(seed * 7919))).or_default() += 1.0 / draws as f64;
        }
        for noise in -8..=8 {
            let (is, should) = (seen[&noise], chance_of_noise(noise));
            assert!((is - should).abs() < 0.004, "{noise}: {is} in place of {should}");
        }
        assert_eq!(noise(&[0xff; 32]), 0);
        assert!(noise(&[0; 32]) > 60, "no bound that matters");
    }

    /// TRA-03: the probability of any figure of a larger group changes by less than a factor of five when the small
    /// group in it has one beneficiary instead of four. Probabilities are exact, for every group up to 300.
    #[test]
    fn no_answer_tells_one_from_four() {
        for others in THRESHOLD..300 {
            let (one, four) = (chances(others + 1), chances(others + 4));
            for answer in one.keys().chain(four.keys()) {
                let (low, high) = (one.get(answer), four.get(answer));
                let far = answer.is_some_and(|shown| (shown - others).abs() > 300);
                if far {
                    continue;
                }
                let ratio = low.unwrap() / high.unwrap();
                assert!(ratio < MOST_TOLD + 1e-9 && ratio > 1.0 / MOST_TOLD - 1e-9, "{others} {answer:?} {ratio}");
            }
        }
        const { assert!(MOST_TOLD < 5.0) };
    }

    /// How often somebody guesses right whether a small group has one or four members, from the mean of the differences of
    /// many figures with and without it. `noise_of` gives the noise of a cell, by the draw of the cell and of the reading.
    fn guessed(readings: u64, noise_of: impl Fn(u64, u64) -> i64) -> f64 {
        let countries = 4000;
        let mut right = 0;
        for country in 0..countries {
            for small in [1, 4] {
                // Each reading adds a cell of other beneficiaries: more years, more types, the reader's own.
                let cell = |number: u64| country * 1000 + number;
                let mut sum = 0;
                for reading in 0..readings {
                    let others: i64 = (0..=reading).map(|number| 20 + i64::try_from(number % 7).unwrap()).sum();
                    let noise: i64 = (0..=reading).map(|number| noise_of(cell(number), reading)).sum();
                    let without = shown(others, noise).unwrap_or_default();
                    let with = shown(others + small, noise + noise_of(cell(900 + small as u64), reading));
                    sum += with.unwrap_or_default() - without;
                }
                let mean = sum as f64 / readings as f64;
                right += u32::from((mean > 2.5) == (small == 4));
            }
        }
        f64::from(right) / (2.0 * countries as f64)
    }

    /// TRA-03: seventy-five readings, each of a group with a small one in it and of the same without, do not separate one
    /// member from four: they tell as much as one reading. Were the noise drawn anew for each, as it once was when the
    /// reader added a registration of its own, their mean would.
    #[test]
    fn many_readings_are_as_one() {
        let of_cell = |cell: u64, _: u64| noise(&draw(cell * 7919));
        let of_reading = |cell: u64, reading: u64| noise(&draw((cell * 1000 + reading) * 7919));
        let one = guessed(1, of_cell);
        let many = guessed(75, of_cell);
        assert!(one < 0.75, "one reading: {one}");
        assert!(many < 0.8, "seventy-five readings: {many}");
        assert!(guessed(75, of_reading) > 0.95, "the attack, where it works");
    }

    /// TRA-03: what a hospital is told of the others is the same, however many registrations of its own it adds.
    #[test]
    fn own_registrations_change_nothing_that_is_told_of_others() {
        for seed in 0..500 {
            let noise = noise(&draw(seed));
            let of = |own: i64| Counted {
                others: 7,
                registrations: 9,
                noise,
                registrations_noise: noise + 1,
                own,
                own_registrations: 2 * own,
            };
            let alone = of(0).shown();
            for own in 0..80 {
                let told = of(own).shown().map(|shown| Shown {
                    beneficiaries: shown.beneficiaries - nearest(own),
                    registrations: shown.registrations - nearest(2 * own),
                });
                assert_eq!(told, alone, "{own}");
            }
        }
        let few = Counted {
            others: 4,
            registrations: 4,
            noise: 60,
            registrations_noise: 60,
            own: 500,
            own_registrations: 500,
        };
        assert_eq!(few.shown(), None, "own members do not make a small group of others a large one");
    }

    /// TRA-03: figures end with the last quarter.
    #[test]
    fn figures_are_of_the_last_quarter() {
        for (today, first) in [
            ("2026-01-01", "2026-01-01"),
            ("2026-03-31", "2026-01-01"),
            ("2026-06-15", "2026-04-01"),
            ("2026-08-31", "2026-07-01"),
            ("2024-12-31", "2024-10-01"),
        ] {
            assert_eq!(as_of(today.parse().unwrap()), first.parse().unwrap(), "{today}");
        }
    }

    /// TRA-03: one or two dimensions, each once; only INAMI tells hospitals apart.
    #[test]
    fn dimensions_come_from_the_list_once_each() {
        use Dimension::{Hospital, Therapy, Type, Year};
        assert!(is_allowed(&[Year], false) && is_allowed(&[Year, Therapy], false) && is_allowed(&[Hospital], true));
        for refused in [&[][..], &[Year, Year], &[Year, Type, Therapy], &[Hospital], &[Year, Hospital]] {
            assert!(!is_allowed(refused, false), "{refused:?}");
        }
    }

    /// TRA-03: the two units agree with the published table of the master equation.
    #[test]
    fn the_units_of_hba1c_agree() {
        for (ngsp, ifcc) in
            [(5.0, 31.0), (6.0, 42.0), (6.5, 48.0), (7.0, 53.0), (8.0, 64.0), (9.0, 75.0), (12.0, 108.0)]
        {
            assert_eq!(mmol_per_mol(ngsp).round(), ifcc);
            assert!((percent(ifcc) - ngsp).abs() < 0.06);
            assert!((percent(mmol_per_mol(ngsp)) - ngsp).abs() < 1e-9);
        }
        let (up, down) = (0, -1);
        assert_eq!(shown_mean(20, Some(55.4), down), None, "that it is shown is no exact number either");
        assert_eq!(shown_mean(20, Some(55.4), up), Some(MeanHba1c { mmol_per_mol: 55, percent: Exact::ratio(72, 10) }));
        assert_eq!(shown_mean(19, Some(55.4), up), None);
        assert_eq!(shown_mean(20, None, up), None);
        assert_eq!(shown_mean(20, Some(f64::NAN), up), None);
    }

    proptest! {
        /// TRA-03: figures differ from the counts only by noise and rounding, and registrations are never fewer than
        /// beneficiaries.
        #[test]
        fn figures_follow_from_counts_and_noise(
            others in 0i64..100_000, more in 0i64..1000, own in 0i64..500, own_more in 0i64..50, seed in any::<u64>(),
        ) {
            let noise = noise(&draw(seed));
            let (registrations, own_registrations) = (others + more, own + own_more);
            let counted = Counted { others, registrations, noise, registrations_noise: -noise, own, own_registrations };
            if let Some(shown) = counted.shown() {
                prop_assert!((shown.beneficiaries - others - own - noise).abs() <= 2 * (BASE / 2));
                prop_assert!(shown.registrations >= shown.beneficiaries);
                prop_assert_eq!((shown.beneficiaries % BASE, shown.registrations % BASE), (0, 0));
            }
        }
    }
}
