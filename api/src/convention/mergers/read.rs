//! Reads a merger or demerger from a body.

use chrono::NaiveDate;
use insula_domain::{
    convention::{
        demerger::{Demerger, Wish},
        merger::{Letter, Merger},
        number::PumpConventionNumber,
        stated::{MergerKind, StatedMerger},
    },
    identifier::HospitalNumber,
    refusal::{Fault, Reason},
    rule::RuleId,
    text::parse_date,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{
    input::{Body, Field, Reader},
    problem::ApiError,
};

/// A merger or demerger of hospitals, as entered.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"kind": "merger", "hospitals": ["71000436", "71032209"], "hospital": "71000436",
    "effective": "2026-07-01", "kept": "7.86.512.34", "letter": {"sentOn": "2026-06-15", "takesOverAll": true}}))]
pub struct MergerEntry {
    /// Merger or demerger.
    pub kind: MergerKind,
    /// The two hospitals that merge, or the two that result from the demerger, one of which may keep its number.
    #[schema(value_type = Vec<HospitalNumber>, min_items = 2, max_items = 2)]
    pub hospitals: [HospitalNumber; 2],
    /// The merged hospital (one of the two or another), or the hospital that is split.
    pub hospital: HospitalNumber,
    /// The day on which it takes effect, past or planned.
    pub effective: NaiveDate,
    /// For a merger: the number of the pump convention that continues; needed when both hospitals have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kept: Option<PumpConventionNumber>,
    /// For a merger: the registered letter that names the convention that ends; needed when both hospitals have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub letter: Option<Letter>,
    /// For a demerger: the successor that takes the convention over. Either this or `appliedOn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub taken_over: Option<TakingOver>,
    /// For a demerger in which both want their own convention: the day each applied, in the order of `hospitals`, at
    /// least four months before (CON-04).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<NaiveDate>, nullable = false, min_items = 2, max_items = 2)]
    pub applied_on: Option<[Option<NaiveDate>; 2]>,
}

/// A successor that takes a convention over (CON-04).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"by": "71032209", "jointLetter": "2026-05-01", "allRights": true, "selfManagement": true}))]
pub struct TakingOver {
    /// Which of the two.
    pub by: HospitalNumber,
    /// When the registered letter signed by the hospital and this successor was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub joint_letter: Option<NaiveDate>,
    /// Whether it takes over all rights and obligations.
    pub all_rights: bool,
    /// Whether it takes over the self-management convention too.
    pub self_management: bool,
}

impl MergerEntry {
    pub(super) fn of(stated: &StatedMerger) -> MergerEntry {
        let [first, second, hospital] = stated.hospitals();
        let (kind, effective) = (stated.kind(), stated.effective());
        let mut entry = MergerEntry {
            kind,
            hospitals: [first, second],
            hospital,
            effective,
            kept: None,
            letter: None,
            taken_over: None,
            applied_on: None,
        };
        match stated {
            StatedMerger::Merger(merger) => {
                entry.kept = merger.kept;
                entry.letter = merger.letter;
            }
            StatedMerger::Demerger(Demerger { wish: Wish::Both { applied_on }, .. }) => {
                entry.applied_on = Some(*applied_on);
            }
            StatedMerger::Demerger(Demerger {
                wish: Wish::TakenOver { by, joint_letter, all_rights, self_management },
                ..
            }) => {
                entry.taken_over = Some(TakingOver {
                    by: *by,
                    joint_letter: *joint_letter,
                    all_rights: *all_rights,
                    self_management: *self_management,
                });
            }
        }
        entry
    }
}

/// Reads the body without applying the rules yet.
pub(super) fn stated(body: &Body) -> Result<StatedMerger, ApiError> {
    let mut reader = Reader::new(&body.members);
    let kind = reader.required_one_of("kind", MergerKind::ALL, MergerKind::name);
    let hospitals = reader.required_pair("hospitals", Reason::NotAnIdentifier, |text| text.parse().ok());
    let hospital = reader.required_parsed("hospital", Reason::NotAnIdentifier, |text| text.parse().ok());
    let effective = reader.required_date("effective");
    // While the kind is unreadable, no member can be called unknown.
    let of_a_merger = (kind.known() != Some(&MergerKind::Demerger)).then(|| {
        let kept = reader.parsed("kept", Reason::NotAnIdentifier, |text| text.parse::<PumpConventionNumber>().ok());
        (kept, reader.part("letter", letter))
    });
    let of_a_demerger = (kind.known() != Some(&MergerKind::Merger)).then(|| {
        let taken_over = reader.part("takenOver", taken_over);
        (taken_over, reader.pair("appliedOn", Reason::NotADate, parse_date))
    });
    if let (Some(MergerKind::Demerger), Some((taken_over, applied_on))) = (kind.known(), &of_a_demerger)
        && taken_over.is_given() == applied_on.is_given()
    {
        let fault = Fault::new("", Reason::ExactlyOneOf, RuleId::Con04);
        reader.add(fault.with("fields", "takenOver, appliedOn"));
    }
    let done = reader.finish()?;
    let (hospitals, hospital, effective) = (done.take(hospitals), done.take(hospital), done.take(effective));
    let (kept, letter) = of_a_merger.map(|(kept, letter)| (done.take(kept), done.take(letter))).unwrap_or_default();
    let wish = of_a_demerger.and_then(|(taken_over, applied_on)| {
        done.take(taken_over)
            .or(done.take(applied_on).map(|applied_on| Wish::Both { applied_on: applied_on.map(Some) }))
    });
    Ok(match wish {
        Some(wish) => StatedMerger::Demerger(Demerger { hospital, effective, successors: hospitals, wish }),
        None => StatedMerger::Merger(Merger { hospitals, hospital, effective, kept, letter }),
    })
}

pub(super) fn letter(part: &mut Reader) -> Field<Letter> {
    let sent_on = part.required_date("sentOn");
    let takes_over_all = part.flag("takesOverAll");
    part.build(|done| Letter { sent_on: done.take(sent_on), takes_over_all: done.take(takes_over_all) })
}

pub(super) fn taken_over(part: &mut Reader) -> Field<Wish> {
    let by = part.required_parsed("by", Reason::NotAnIdentifier, |text| text.parse().ok());
    let joint_letter = part.date("jointLetter");
    let (all_rights, self_management) = (part.flag("allRights"), part.flag("selfManagement"));
    part.build(|done| Wish::TakenOver {
        by: done.take(by),
        joint_letter: done.take(joint_letter),
        all_rights: done.take(all_rights),
        self_management: done.take(self_management),
    })
}
