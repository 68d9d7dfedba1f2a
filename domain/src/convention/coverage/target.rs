//! Target groups and what supports them (PMP-02, PMP-08, COV-02).

use chrono::NaiveDate;

use super::{draft::draft, readings::CONTROLLED_HBA1C};
pub use crate::names::{DiabetesType, SelfManagementGroup, Sex, TargetGroup};
use crate::{
    exact::{Decimal, Exact},
    refusal::{Fault, Reason},
    rule::RuleId,
};

draft! {
    /// Why a pump is prescribed: the target group, and what supports it (COV-02, PMP-02).
    Indication as CoverageIndication {
        /// One of the six target groups.
        target_group: TargetGroup,
        /// The type of diabetes; three groups ask for type 1.
        diabetes_type: DiabetesType,
        /// The group of the self-management convention; group A admits another type to the first target group.
        self_management_group: SelfManagementGroup,
        /// The HbA1c before the pump, in percent.
        #[schema(value_type = Decimal)]
        hba1c_before_pump: Exact,
        /// Severe, repeated hypoglycaemia before the pump.
        severe_hypoglycaemia: bool,
        /// Badly balanced, with grave complications.
        grave_complications: bool,
        /// Another ground, in words.
        #[schema(max_length = 2000)]
        words: String,
        /// The last day of the programme under the children's convention (PMP-08).
        childrens_last_day: NaiveDate,
    }
}

impl TargetGroup {
    /// PMP-02: whether only type 1 is admitted.
    const fn asks_for_type_1(self) -> bool {
        matches!(self, TargetGroup::ExtremeSensitivity | TargetGroup::IrregularLifeOrRisk)
    }
}

impl Indication {
    /// PMP-02, PMP-08, COV-02: the faults of an indication. `kept` is that of an earlier application of this
    /// establishment, if there is one: what it proved for the same group needs no new proof at a prolongation.
    #[must_use]
    pub fn faults(&self, kept: Option<&Indication>) -> Vec<Fault> {
        let Some(group) = self.target_group else {
            return vec![Fault::new("targetGroup", Reason::Required, RuleId::Cov02)];
        };
        let kept = kept.filter(|kept| kept.target_group == Some(group));
        let mut faults = Vec::new();
        if group == TargetGroup::InsufficientControl {
            faults.extend(self.admission_fault());
            let grounded = self.is_grounded() || kept.is_some_and(Indication::is_grounded);
            if !grounded {
                let fault = Fault::new("hba1cBeforePump", Reason::GroundMissing, RuleId::Pmp02);
                faults.push(fault.with("limit", CONTROLLED_HBA1C));
            }
        }
        if group.asks_for_type_1() {
            faults.extend(self.type_1_fault());
        }
        if group == TargetGroup::ChildrensConvention && self.childrens_last_day.is_none() && kept.is_none() {
            faults.push(Fault::new("childrensLastDay", Reason::Required, RuleId::Pmp08));
        }
        faults
    }

    /// PMP-02, PMP-08: what is doubtful, but no reason to refuse. `from` is the first day of the programme.
    #[must_use]
    pub fn doubts(&self, sex: Option<Sex>, from: Option<NaiveDate>, kept: Option<&Indication>) -> Vec<Fault> {
        let mut doubts = Vec::new();
        if self.target_group == Some(TargetGroup::Pregnancy) && sex == Some(Sex::Male) {
            doubts.push(Fault::new("targetGroup", Reason::SexDoesNotFit, RuleId::Pmp02));
        }
        // From the second period on the pump went on under this convention.
        let children = self.target_group == Some(TargetGroup::ChildrensConvention) && kept.is_none();
        let next = self.childrens_last_day.and_then(|last| last.succ_opt()).filter(|_| children);
        if let (Some(next), Some(from)) = (next, from)
            && next < from
        {
            doubts.push(Fault::new("childrensLastDay", Reason::Interrupted, RuleId::Pmp08).with("day", next));
        }
        doubts
    }

    /// Type 1, or group A of self-management.
    fn admission_fault(&self) -> Option<Fault> {
        if self.diabetes_type == Some(DiabetesType::Type1) {
            return None;
        }
        match (self.diabetes_type, self.self_management_group) {
            (None, _) => Some(Fault::new("diabetesType", Reason::Required, RuleId::Pmp02)),
            (_, Some(SelfManagementGroup::A)) => None,
            (_, None) => Some(Fault::new("selfManagementGroup", Reason::Required, RuleId::Pmp02)),
            (_, Some(SelfManagementGroup::Other)) => {
                Some(Fault::new("selfManagementGroup", Reason::NotOfTargetGroup, RuleId::Pmp02))
            }
        }
    }

    fn type_1_fault(&self) -> Option<Fault> {
        let reason = match self.diabetes_type {
            Some(DiabetesType::Type1) => return None,
            Some(_) => Reason::NotOfTargetGroup,
            None => Reason::Required,
        };
        Some(Fault::new("diabetesType", reason, RuleId::Pmp02))
    }

    /// Whether one of the situations of the first group is stated, or another one in words (rules.md PMP-02).
    fn is_grounded(&self) -> bool {
        self.hba1c_before_pump.as_ref().is_some_and(|value| *value > Exact::from(CONTROLLED_HBA1C))
            || self.severe_hypoglycaemia == Some(true)
            || self.grave_complications == Some(true)
            || self.words.as_ref().is_some_and(|words| !words.trim().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{refusal::tests::described, span::tests::day};

    fn of(group: TargetGroup, diabetes: DiabetesType) -> Indication {
        Indication { target_group: Some(group), diabetes_type: Some(diabetes), ..Indication::default() }
    }

    fn found(indication: &Indication, kept: Option<&Indication>) -> Vec<String> {
        indication.faults(kept).iter().map(described).collect()
    }

    const UNGROUNDED: &str = "PMP-02 hba1cBeforePump groundMissing limit=7";

    /// PMP-02, C-10: the situations of the first group are examples; 7.0 is not above 7, and words do as well.
    #[rstest]
    #[case(Some("7.0"), false, false, None, &[UNGROUNDED])]
    #[case(Some("7"), false, false, Some("  "), &[UNGROUNDED])]
    #[case(None, false, false, None, &[UNGROUNDED])]
    #[case(Some("7.0"), false, false, Some("gastroparesis, unexplained variability"), &[])]
    #[case(Some("7.1"), false, false, None, &[])]
    #[case(Some("7.01"), false, false, None, &[])]
    #[case(Some("6.4"), true, false, None, &[])]
    #[case(None, false, true, None, &[])]
    fn the_first_group_is_open(
        #[case] hba1c: Option<&str>,
        #[case] severe_hypoglycaemia: bool,
        #[case] grave_complications: bool,
        #[case] words: Option<&str>,
        #[case] expected: &[&str],
    ) {
        let indication = Indication {
            hba1c_before_pump: hba1c.map(|value| value.parse().unwrap()),
            severe_hypoglycaemia: Some(severe_hypoglycaemia),
            grave_complications: Some(grave_complications),
            words: words.map(str::to_owned),
            ..of(TargetGroup::InsufficientControl, DiabetesType::Type1)
        };
        assert_eq!(found(&indication, None), expected);
    }

    /// PMP-02, C-10 d: at a prolongation the value before the pump counts that was stated at first, for the same group
    /// only.
    #[test]
    fn the_value_before_the_pump_is_kept() {
        let first = Indication {
            hba1c_before_pump: "8.1".parse().ok(),
            ..of(TargetGroup::InsufficientControl, DiabetesType::Type1)
        };
        let prolonged = of(TargetGroup::InsufficientControl, DiabetesType::Type1);
        assert_eq!(found(&prolonged, Some(&first)), Vec::<String>::new());
        let of_another = Indication { target_group: Some(TargetGroup::Pregnancy), ..first };
        assert_eq!(found(&prolonged, Some(&of_another)), [UNGROUNDED]);
    }

    /// PMP-02, C-11: two groups ask for type 1, the first for type 1 or group A of self-management.
    #[rstest]
    #[case(TargetGroup::ExtremeSensitivity, Some(DiabetesType::Type1), None, &[])]
    #[case(TargetGroup::ExtremeSensitivity, Some(DiabetesType::Type2), None, &["PMP-02 diabetesType notOfTargetGroup"])]
    #[case(TargetGroup::ExtremeSensitivity, None, None, &["PMP-02 diabetesType required"])]
    #[case(TargetGroup::IrregularLifeOrRisk, Some(DiabetesType::Other), None, &["PMP-02 diabetesType notOfTargetGroup"])]
    #[case(TargetGroup::Pregnancy, Some(DiabetesType::Type2), None, &[])]
    #[case(TargetGroup::Transplantation, Some(DiabetesType::Type2), None, &[])]
    #[case(TargetGroup::InsufficientControl, Some(DiabetesType::Type2), Some(SelfManagementGroup::A), &[])]
    #[case(TargetGroup::InsufficientControl, Some(DiabetesType::Type2), Some(SelfManagementGroup::Other),
        &["PMP-02 selfManagementGroup notOfTargetGroup"])]
    #[case(TargetGroup::InsufficientControl, Some(DiabetesType::Type2), None, &["PMP-02 selfManagementGroup required"])]
    #[case(TargetGroup::InsufficientControl, Some(DiabetesType::Type1), Some(SelfManagementGroup::Other), &[])]
    #[case(TargetGroup::InsufficientControl, None, Some(SelfManagementGroup::A), &["PMP-02 diabetesType required"])]
    fn groups_ask_for_a_type(
        #[case] group: TargetGroup,
        #[case] diabetes_type: Option<DiabetesType>,
        #[case] self_management_group: Option<SelfManagementGroup>,
        #[case] expected: &[&str],
    ) {
        let indication = Indication {
            diabetes_type,
            self_management_group,
            severe_hypoglycaemia: Some(true),
            ..of(group, DiabetesType::Type1)
        };
        assert_eq!(found(&indication, None), expected);
    }

    /// COV-02: without target group there is no indication.
    #[test]
    fn an_indication_names_a_group() {
        assert_eq!(found(&Indication::default(), None), ["COV-02 targetGroup required"]);
    }

    /// PMP-08: who comes from the children's convention states its last day; a gap warns, and a prolongation asks for
    /// no new proof.
    #[rstest]
    #[case(Some("2026-03-31"), false, &[], &[])]
    #[case(Some("2026-04-01"), false, &[], &[])]
    #[case(Some("2026-03-30"), false, &[], &["PMP-08 childrensLastDay interrupted day=2026-03-31"])]
    #[case(None, false, &["PMP-08 childrensLastDay required"], &[])]
    #[case(None, true, &[], &[])]
    #[case(Some("2020-03-30"), true, &[], &[])]
    fn the_childrens_convention_is_continued(
        #[case] last: Option<&str>,
        #[case] prolonged: bool,
        #[case] faults: &[&str],
        #[case] doubts: &[&str],
    ) {
        let group = of(TargetGroup::ChildrensConvention, DiabetesType::Type1);
        let indication = Indication { childrens_last_day: last.map(day), ..group.clone() };
        let kept = prolonged.then_some(&group);
        assert_eq!(found(&indication, kept), faults);
        let found: Vec<_> = indication.doubts(None, Some(day("2026-04-01")), kept).iter().map(described).collect();
        assert_eq!(found, doubts);
    }

    /// PMP-02: a pregnancy of somebody registered as male is doubted, not refused: the register may be wrong.
    #[rstest]
    #[case(Some(Sex::Male), 1)]
    #[case(Some(Sex::Female), 0)]
    #[case(None, 0)]
    fn a_pregnancy_fits_the_sex(#[case] sex: Option<Sex>, #[case] doubts: usize) {
        let indication = of(TargetGroup::Pregnancy, DiabetesType::Type2);
        assert_eq!(indication.doubts(sex, None, None).len(), doubts);
        assert_eq!(found(&indication, None), Vec::<String>::new());
    }
}
