//! Figures about groups of beneficiaries, so that no small group can be read off them, nor off the difference of two of them
//! (TRA-03).
//!
//! What a reader is told about a group is decided here, from its true count and a *draw*: 32 bytes that a secret key makes of
//! the group's own members. So the same members always have the same figure, whichever question they come up in and
//! however often it is asked: repeating a question, or asking it in other words, averages nothing out.
//!
//! - A group of fewer than [`THRESHOLD`] beneficiaries is withheld, always.
//! - Any other figure is the count, moved by a noise that the draw decides, rounded to a multiple of [`BASE`]. What comes out
//!   below the threshold is withheld too: so *withheld* proves nothing about a group, *shown* no more than that it has five.
//! - Beneficiaries and registrations of a group are moved by the same draw, so that the one adds nothing to the other where
//!   each beneficiary has one registration.
//! - The noise has no bounds that matter (it goes on beyond what any count could be), so no figure, and no difference of any
//!   figures, excludes any size of a small group that takes part in them.
//! - One or four beneficiaries, the two ends of a small group: the chances of any answer about a larger group that holds it
//!   differ by less than the factor five ([`MOST_TOLD`]), as long as the larger group has five members without it.
//!
//! Who knows some members of a group, as a hospital knows its own, learns about the others that there are at least five less
//! those: that is in the nature of a threshold. Every reading stands in the trail.

use crate::names::Dimension;

/// A group of fewer beneficiaries is withheld (TRA-03).
pub const THRESHOLD: i64 = 5;

/// Every figure is a multiple of this.
pub const BASE: i64 = 5;

/// A mean is given for at least so many beneficiaries (TRA-03): with figures that are moved and rounded, no value of one of
/// them can be worked back out of a rounded mean of twenty.
pub const MEAN_THRESHOLD: i64 = 20;

/// How many dimensions one question may have.
pub const MOST_DIMENSIONS: usize = 2;

/// How much less likely each further step of noise is: three fifths as likely as the one before.
const STEP: (u128, u128) = (3, 5);

/// By how much an answer can shift the odds between one and four beneficiaries in a small group: (5/3)³, less than five.
pub const MOST_TOLD: f64 = 125.0 / 27.0;

/// What a draw adds to a count: a whole number around 0, k and −k alike. 0 has the chance 1/4; k and −k have 1/4 · (3/5)^k
/// each (the two-sided geometric distribution, by integers alone).
pub fn noise(draw: &[u8; 32]) -> i64 {
    let mut eight = [0u8; 8];
    eight.copy_from_slice(&draw[..8]);
    let drawn = u128::from(u64::from_be_bytes(eight));
    // The chance of at least one step is 3/4, of each further one 3/5 of that.
    let mut chance = (1u128 << 64) * 3 / 4;
    let mut steps = 0;
    while drawn < chance {
        steps += 1;
        chance = chance * STEP.0 / STEP.1;
    }
    if draw[8] & 1 == 0 { steps } else { -steps }
}

/// TRA-03: the figure that is shown for a group of `beneficiaries`; `None` when it is withheld.
pub fn shown(beneficiaries: i64, draw: &[u8; 32]) -> Option<i64> {
    if beneficiaries < THRESHOLD {
        return None;
    }
    let rounded = nearest(beneficiaries + noise(draw));
    (rounded >= THRESHOLD).then_some(rounded)
}

/// TRA-03: the figure that is shown for the registrations of a group whose beneficiaries are shown as `beneficiaries`. A group
/// has no fewer registrations than beneficiaries, and neither have the figures.
pub fn shown_registrations(registrations: i64, draw: &[u8; 32], beneficiaries: i64) -> i64 {
    nearest(registrations + noise(draw)).max(beneficiaries)
}

fn nearest(count: i64) -> i64 {
    (count + BASE / 2).div_euclid(BASE) * BASE
}

/// TRA-03: a mean HbA1c that is shown: over at least [`MEAN_THRESHOLD`] beneficiaries, each of whom weighs the same however
/// often they were measured; in mmol/mol. That it is shown tells no exact number either: it is the moved one that must reach
/// the threshold too.
pub fn shown_mean(measured: i64, mmol_per_mol: Option<f64>, draw: &[u8; 32]) -> Option<MeanHba1c> {
    let enough = measured.min(measured + noise(draw)) >= MEAN_THRESHOLD;
    let mean = mmol_per_mol.filter(|mean| enough && mean.is_finite())?;
    Some(MeanHba1c { mmol_per_mol: mean.round(), percent: (percent(mean) * 10.0).round() / 10.0 })
}

/// A mean HbA1c in both units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanHba1c {
    /// In mmol/mol (IFCC), whole.
    pub mmol_per_mol: f64,
    /// In % (NGSP), with one decimal.
    pub percent: f64,
}

/// The master equation between the two units of HbA1c: NGSP (%) = SLOPE × IFCC (mmol/mol) + INTERCEPT.
pub const SLOPE: f64 = 0.09148;
/// Its intercept.
pub const INTERCEPT: f64 = 2.152;

/// An HbA1c in % (NGSP) of one in mmol/mol (IFCC).
pub fn percent(mmol_per_mol: f64) -> f64 {
    SLOPE * mmol_per_mol + INTERCEPT
}

/// An HbA1c in mmol/mol (IFCC) of one in % (NGSP).
pub fn mmol_per_mol(percent: f64) -> f64 {
    (percent - INTERCEPT) / SLOPE
}

/// Whether a question may have these dimensions, for a reader who may tell hospitals apart or not (TRA-03): one or two, each
/// once.
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

    /// Draws as a key would make them: 32 bytes by a simple mixing function.
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

    /// The chance of every answer about a group of `count`, by the rule itself.
    fn chances(count: i64) -> BTreeMap<Option<i64>, f64> {
        let mut chances = BTreeMap::new();
        for noise in -400..=400 {
            let rounded = nearest(count + noise);
            let answer = (count >= THRESHOLD && rounded >= THRESHOLD).then_some(rounded);
            *chances.entry(answer).or_insert(0.0) += chance_of_noise(noise);
        }
        chances
    }

    /// TRA-03: fewer than five beneficiaries are withheld, whatever is drawn; what is shown is a multiple of five, from five.
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

    /// TRA-03: the noise is spread as it is said to be, about as often up as down.
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

    /// TRA-03: any answer about a larger group is nearly as likely when the small group in it has one beneficiary as when it
    /// has four: nothing is excluded, the odds move by less than the factor five. The chances are those of the rule itself,
    /// for every group up to 300.
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

    /// TRA-03: whoever asks for a group and for the same group without the small one, and subtracts, gets the same differences
    /// whether the small one has one beneficiary or four; guessing by the difference is wrong often.
    #[test]
    fn the_difference_of_two_answers_does_not_tell_one_from_four() {
        for others in [8, 23, 60, 117] {
            let mut seen: BTreeMap<Option<i64>, [u32; 2]> = BTreeMap::new();
            for seed in 0..20_000u64 {
                for (at, small) in [1, 4].into_iter().enumerate() {
                    // Other members, other draws: that of the larger group, and that of the one without the small group.
                    let with = shown(others + small, &draw(seed * 4 + 1 + at as u64));
                    let without = shown(others, &draw(seed * 4));
                    let difference = with.zip(without).map(|(with, without)| with - without);
                    seen.entry(difference).or_default()[at] += 1;
                }
            }
            let total: u32 = seen.values().map(|[one, four]| one + four).sum();
            // The best guess there is: for each difference the one that brings it more often.
            let right: u32 = seen.values().map(|[one, four]| *one.max(four)).sum();
            assert!(f64::from(right) < 0.75 * f64::from(total), "{others}: {right} of {total}");
            for (difference, [one, four]) in seen {
                // What is seen often with one is seen with the other.
                assert!(one + four < 300 || one > 0 && four > 0, "{others}: {difference:?} {one} {four}");
            }
        }
    }

    /// TRA-03: one dimension or two, each once; hospitals are told apart by INAMI only.
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
        /// TRA-03: the same members, the same figure; and a figure is never far from the count without reason.
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
