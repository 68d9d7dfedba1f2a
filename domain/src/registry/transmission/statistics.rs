//! Figures about groups of beneficiaries that reveal no small group, neither directly nor by the difference of two
//! figures (TRA-03).
//!
//! The figure shown for a group depends on its true count and a *draw*: 32 bytes that a secret key derives from the
//! group's members. So the same members always give the same figure, whatever the query and however often it is
//! repeated: repeating or rephrasing a query averages nothing out.
//!
//! - A group of fewer than [`THRESHOLD`] beneficiaries is always suppressed.
//! - Any other figure is the count plus a noise given by the draw, rounded to a multiple of [`BASE`]. A result below
//!   the threshold is suppressed too: so suppression proves nothing about a group, and a figure only that it has at
//!   least five.
//! - Beneficiaries and registrations of a group use the same draw, so one figure adds nothing to the other where each
//!   beneficiary has one registration.
//! - The noise is practically unbounded (beyond any possible count), so no figure and no difference of figures excludes
//!   any size of a small group within them.
//! - For a small group of one or of four beneficiaries, the probabilities of any figure of a larger group that contains
//!   it differ by less than a factor of five ([`MOST_TOLD`]), as long as the larger group has five other members.
//!
//! Someone who knows some members of a group, as a hospital knows its own, learns that the others number at least five
//! less those: this is inherent in a threshold. Every reading is recorded in the trail.

use crate::names::Dimension;

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

/// TRA-03: the figure shown for a group of `beneficiaries`; `None` if it is suppressed.
pub fn shown(beneficiaries: i64, draw: &[u8; 32]) -> Option<i64> {
    if beneficiaries < THRESHOLD {
        return None;
    }
    let rounded = nearest(beneficiaries + noise(draw));
    (rounded >= THRESHOLD).then_some(rounded)
}

/// TRA-03: the figure shown for the registrations of a group whose shown number of beneficiaries is `beneficiaries`. As
/// with true counts, it is never less than that.
pub fn shown_registrations(registrations: i64, draw: &[u8; 32], beneficiaries: i64) -> i64 {
    nearest(registrations + noise(draw)).max(beneficiaries)
}

fn nearest(count: i64) -> i64 {
    (count + BASE / 2).div_euclid(BASE) * BASE
}

/// TRA-03: the mean HbA1c shown for `measured` beneficiaries, from a mean in mmol/mol in which each counts once however
/// often they were measured. `None` below [`MEAN_THRESHOLD`], which the noisy count must reach too, so that showing a
/// mean reveals no exact number.
pub fn shown_mean(measured: i64, mmol_per_mol: Option<f64>, draw: &[u8; 32]) -> Option<MeanHba1c> {
    let enough = measured.min(measured + noise(draw)) >= MEAN_THRESHOLD;
    let mean = mmol_per_mol.filter(|mean| enough && mean.is_finite())?;
    Some(MeanHba1c { mmol_per_mol: mean.round(), percent: (percent(mean) * 10.0).round() / 10.0 })
}

/// A mean HbA1c. Measurements in either unit are converted by the master equation: NGSP = 0.09148 × IFCC + 2.152.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeanHba1c {
    /// In mmol/mol (IFCC), rounded to an integer.
    pub mmol_per_mol: f64,
    /// In % (NGSP), rounded to one decimal.
    pub percent: f64,
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
                assert_eq!(shown(count, &draw(seed)), None);
            }
            for count in 5..40 {
                assert!(shown(count, &draw(seed)).is_none_or(|shown| shown >= 5 && shown % 5 == 0));
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

    /// TRA-03: the difference between the figures of a group with and without a small group does not tell whether the
    /// small group has one or four beneficiaries; guessing from it is often wrong.
    #[test]
    fn the_difference_of_two_answers_does_not_tell_one_from_four() {
        for others in [8, 23, 60, 117] {
            let mut seen: BTreeMap<Option<i64>, [u32; 2]> = BTreeMap::new();
            for seed in 0..20_000u64 {
                for (at, small) in [1, 4].into_iter().enumerate() {
                    // The two groups have different members and so different draws.
                    let with = shown(others + small, &draw(seed * 4 + 1 + at as u64));
                    let without = shown(others, &draw(seed * 4));
                    let difference = with.zip(without).map(|(with, without)| with - without);
                    seen.entry(difference).or_default()[at] += 1;
                }
            }
            let total: u32 = seen.values().map(|[one, four]| one + four).sum();
            // The best guess: for each difference, the size that gives it more often.
            let right: u32 = seen.values().map(|[one, four]| *one.max(four)).sum();
            assert!(f64::from(right) < 0.75 * f64::from(total), "{others}: {right} of {total}");
            for (difference, [one, four]) in seen {
                // A difference that is frequent occurs with both sizes.
                assert!(one + four < 300 || one > 0 && four > 0, "{others}: {difference:?} {one} {four}");
            }
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
        let moved = |up: bool| (0..).map(draw).find(|draw| (noise(draw) >= 0) == up).unwrap();
        let (up, down) = (moved(true), moved(false));
        assert_eq!(shown_mean(20, Some(55.4), &down), None, "that it is shown is no exact number either");
        assert_eq!(shown_mean(20, Some(55.4), &up), Some(MeanHba1c { mmol_per_mol: 55.0, percent: 7.2 }));
        assert_eq!(shown_mean(19, Some(55.4), &up), None);
        assert_eq!(shown_mean(20, None, &up), None);
        assert_eq!(shown_mean(20, Some(f64::NAN), &up), None);
    }

    proptest! {
        /// TRA-03: a figure depends on count and draw alone, and differs from the count only by noise and rounding.
        #[test]
        fn a_figure_follows_from_count_and_draw(count in 0i64..100_000, seed in any::<u64>()) {
            let draw = draw(seed);
            prop_assert_eq!(shown(count, &draw), shown(count, &draw));
            if let Some(shown) = shown(count, &draw) {
                prop_assert!((shown - count - noise(&draw)).abs() <= BASE / 2);
                prop_assert!(shown_registrations(count + 3, &draw, shown) >= shown);
            }
        }
    }
}
