//! `listMergers`, `getMerger`, `checkMerger`, `createMerger` and `withdrawMerger`.

use actix_web::{HttpResponse, get, http::StatusCode, post, web};
use aws_lc_rs::digest;
use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{
    convention::{
        demerger::{Demerger, DemergerPlan, Wish},
        holder::HandingOver,
        merger::{Letter, Merger, MergerPlan},
        number::ConventionNumber,
        stated::{MergerKind, Plan, Stated},
    },
    identifier::HospitalNumber,
    refusal::{Fault, Reason},
    rule::RuleId,
    text::parse_date,
};
use insula_persistence::{Stop, convention::mergers};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{
    caller::{Caller, tagged},
    input::{Body, Field, Query, Reader, path_uuid},
    parameters::{IdempotencyKey, IfMatch},
    problem::ApiError,
};

/// A merger or demerger of hospitals, as it is stated.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"kind": "merger", "hospitals": ["71000436", "71032209"], "hospital": "71000436",
    "effective": "2026-07-01", "kept": "7.86.512.34", "letter": {"sentOn": "2026-06-15", "takesOverAll": true}}))]
pub struct MergerEntry {
    /// `merger`: two hospitals become one. `demerger`: one becomes two.
    #[schema(value_type = String)]
    pub kind: MergerKind,
    /// The two that merge, or the two that come of the demerger, of which one may keep its number.
    #[schema(value_type = Vec<String>, min_items = 2, max_items = 2)]
    pub hospitals: [HospitalNumber; 2],
    /// The merged hospital, which is one of the two or another; or the hospital that is split.
    #[schema(value_type = String)]
    pub hospital: HospitalNumber,
    /// The day on which it takes effect, past or planned.
    pub effective: NaiveDate,
    /// Of a merger: the number of the pump convention that goes on; needed when both have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub kept: Option<ConventionNumber>,
    /// Of a merger: the registered letter that says which convention ends; needed when both have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub letter: Option<MergerLetter>,
    /// Of a demerger: one successor takes the convention over. Either this or `appliedOn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub taken_over: Option<TakingOver>,
    /// Of a demerger: both want a convention of their own; when each applied for it, in the order of `hospitals`, at least four months
    /// before (CON-04).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<NaiveDate>, nullable = false, min_items = 2, max_items = 2)]
    pub applied_on: Option<[Option<NaiveDate>; 2]>,
}

/// The registered letter of a merger (CON-03).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"sentOn": "2026-06-15", "takesOverAll": true}))]
pub struct MergerLetter {
    /// When it was sent.
    pub sent_on: NaiveDate,
    /// Whether it declares that the merged hospital takes over all rights and obligations of the conventions.
    pub takes_over_all: bool,
}

/// The successor that takes a convention over (CON-04).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"by": "71032209", "jointLetter": "2026-05-01", "allRights": true, "selfManagement": true}))]
pub struct TakingOver {
    /// Which of the two.
    #[schema(value_type = String)]
    pub by: HospitalNumber,
    /// When the registered letter was sent that the hospital and this successor signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub joint_letter: Option<NaiveDate>,
    /// Whether it takes over all rights and obligations.
    pub all_rights: bool,
    /// Whether it takes over the self-management convention too.
    pub self_management: bool,
}

impl MergerEntry {
    fn of(stated: &Stated) -> MergerEntry {
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
            Stated::Merger(merger) => {
                entry.kept = merger.kept;
                entry.letter = merger
                    .letter
                    .map(|letter| MergerLetter { sent_on: letter.sent_on, takes_over_all: letter.takes_over_all });
            }
            Stated::Demerger(Demerger { wish: Wish::Both { applied_on }, .. }) => entry.applied_on = Some(*applied_on),
            Stated::Demerger(Demerger {
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

/// What a merger or demerger does to the conventions.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"kept": {"number": "7.86.512.34"}, "ending": [{"number": "7.86.522.09", "lastDay": "2028-06-30",
    "endedBecause": "merged", "keptOnlyFrom": "2027-07-01", "periodsEndOn": "2028-06-30"}],
    "handedOver": [{"number": "7.86.522.09", "kind": "pump", "by": "71032209", "to": "71000436", "from": "2026-07-01"}]}))]
pub struct MergerOutcome {
    /// The pump convention that goes on, when one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kept: Option<KeptConvention>,
    /// The pump conventions that end.
    pub ending: Vec<EndingConvention>,
    /// The conventions of both kinds that go from one hospital to another.
    pub handed_over: Vec<HandedOver>,
    /// The first day on which a new pump convention of a successor may begin (CON-04).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub new_conventions_from: Option<NaiveDate>,
}

/// A pump convention that goes on.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"number": "7.86.512.34"}))]
pub struct KeptConvention {
    /// Its number.
    pub number: String,
    /// Its last day, when it has one already.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_day: Option<NaiveDate>,
}

/// A pump convention that ends.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"number": "7.86.522.09", "lastDay": "2028-06-30", "endedBecause": "merged", "keptOnlyFrom": "2027-07-01",
    "periodsEndOn": "2028-06-30"}))]
pub struct EndingConvention {
    /// Its number.
    pub number: String,
    /// Its last day: two years after a merger, the eve of a demerger, or an earlier one that it had already.
    pub last_day: NaiveDate,
    /// Why it ends then: `merged`, `demerged`, `denounced`, `selfManagementEnded` or `other`.
    pub ended_because: String,
    /// From this day on, applications come under the kept number only: a year after the merger (CON-03).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kept_only_from: Option<NaiveDate>,
    /// The last day of every period granted under its number, whatever was granted.
    pub periods_end_on: NaiveDate,
}

/// A convention that goes from one hospital to another.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"number": "7.86.522.09", "kind": "pump", "by": "71032209", "to": "71000436", "from": "2026-07-01"}))]
pub struct HandedOver {
    /// Its number.
    pub number: String,
    /// `pump` or `selfManagement`.
    pub kind: String,
    /// Whose it is until the eve.
    pub by: String,
    /// Whose it is then.
    pub to: String,
    /// From which day on.
    pub from: NaiveDate,
}

impl HandedOver {
    fn of(given: &HandingOver) -> HandedOver {
        HandedOver {
            number: given.number.as_str().to_owned(),
            kind: given.number.kind().name().to_owned(),
            by: given.by.to_string(),
            to: given.to.to_string(),
            from: given.from,
        }
    }
}

impl MergerOutcome {
    fn of(plan: &Plan) -> MergerOutcome {
        let handed = |all: &[HandingOver]| all.iter().map(HandedOver::of).collect();
        match plan {
            Plan::Merger(MergerPlan { kept, kept_last_day, ending, handed_over, .. }) => MergerOutcome {
                kept: Some(KeptConvention { number: kept.to_string(), last_day: *kept_last_day }),
                ending: ending
                    .iter()
                    .map(|one| EndingConvention {
                        number: one.number.to_string(),
                        last_day: one.end.last_day,
                        ended_because: one.end.why.name().to_owned(),
                        kept_only_from: Some(one.kept_only_from),
                        periods_end_on: one.end.last_day,
                    })
                    .collect(),
                handed_over: handed(handed_over),
                new_conventions_from: None,
            },
            Plan::Demerger(DemergerPlan::TakenOver { number, last_day, handed_over, .. }) => MergerOutcome {
                kept: Some(KeptConvention { number: number.to_string(), last_day: *last_day }),
                ending: Vec::new(),
                handed_over: handed(handed_over),
                new_conventions_from: None,
            },
            Plan::Demerger(DemergerPlan::Anew { numbers, end, new_from, .. }) => MergerOutcome {
                kept: None,
                ending: numbers
                    .iter()
                    .map(|number| EndingConvention {
                        number: number.to_string(),
                        last_day: end.last_day,
                        ended_because: end.why.name().to_owned(),
                        kept_only_from: None,
                        periods_end_on: end.last_day,
                    })
                    .collect(),
                handed_over: Vec::new(),
                new_conventions_from: Some(*new_from),
            },
        }
    }

    /// A tag of exactly this outcome: what was shown is what is done, or nothing is.
    fn tag(&self) -> i32 {
        let text = serde_json::to_vec(self).unwrap_or_default();
        let hash = digest::digest(&digest::SHA256, &text);
        let first = hash.as_ref().iter().take(4).fold(0u32, |number, byte| number << 8 | u32::from(*byte));
        i32::try_from(first >> 1).unwrap_or_default()
    }
}

/// A merger or demerger that was carried out.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": "0197d0a4-7f43-7c1e-9f1c-9b1c0d7b6a10",
    "href": "https://insula.example/insula/v1/mergers/0197d0a4-7f43-7c1e-9f1c-9b1c0d7b6a10",
    "stated": {"kind": "demerger", "hospitals": ["71000436", "71032209"], "hospital": "71000436", "effective": "2026-07-01",
        "appliedOn": ["2026-02-01", "2026-02-15"]},
    "outcome": {"ending": [{"number": "7.86.512.34", "lastDay": "2026-06-30", "endedBecause": "demerged",
        "periodsEndOn": "2026-06-30"}], "handedOver": [], "newConventionsFrom": "2026-07-01"},
    "recordedAt": "2026-02-20T09:12:00Z", "version": 1}))]
pub struct MergerRecord {
    /// Its identifier.
    pub id: String,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// What was stated.
    pub stated: MergerEntry,
    /// What it led to, as the conventions stood when it was recorded. What became of them since is with the conventions.
    pub outcome: MergerOutcome,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// When it was withdrawn, as entered in error: it never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Counts every change, from 1; also the ETag.
    pub version: i32,
}

impl MergerRecord {
    fn of(caller: &Caller, recorded: &mergers::Recorded) -> MergerRecord {
        MergerRecord {
            id: recorded.id.to_string(),
            href: caller.href(&format!("/mergers/{}", recorded.id)),
            stated: MergerEntry::of(&recorded.stated),
            outcome: MergerOutcome::of(&recorded.plan),
            recorded_at: recorded.recorded_at,
            withdrawn_at: recorded.withdrawn_at,
            version: recorded.version,
        }
    }
}

/// Mergers and demergers.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"items": []}))]
pub struct MergerCollection {
    /// The latest first.
    pub items: Vec<MergerRecord>,
}

/// Reads what is stated; the rules are not asked yet.
fn stated(body: &Body) -> Result<Stated, ApiError> {
    let mut reader = Reader::new(&body.members);
    let kind = reader.required_one_of("kind", MergerKind::ALL, MergerKind::name);
    let hospitals = reader.required_pair("hospitals", Reason::NotAnIdentifier, |text| text.parse().ok());
    let hospital = reader.required_parsed("hospital", Reason::NotAnIdentifier, |text| text.parse().ok());
    let effective = reader.required_date("effective");
    // Of a kind that is not known, nothing is called unknown.
    let of_a_merger = (kind.known() != Some(&MergerKind::Demerger)).then(|| {
        let kept = reader.parsed("kept", Reason::NotAnIdentifier, |text| text.parse::<ConventionNumber>().ok());
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
        Some(wish) => Stated::Demerger(Demerger { hospital, effective, successors: hospitals, wish }),
        None => Stated::Merger(Merger { hospitals, hospital, effective, kept, letter }),
    })
}

fn letter(part: &mut Reader) -> Field<Letter> {
    let sent_on = part.required_date("sentOn");
    let takes_over_all = part.flag("takesOverAll");
    part.build(|done| Letter { sent_on: done.take(sent_on), takes_over_all: done.take(takes_over_all) })
}

fn taken_over(part: &mut Reader) -> Field<Wish> {
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

/// List mergers and demergers.
///
/// All that INAMI entered, as it tells them to insurers (CON-03); a hospital sees those it has to do with.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listMergers",
    params(("hospital" = Option<String>, Query, nullable = false, description = "Only those in which this hospital has a part: its INAMI number.")),
    responses((status = 200, description = "The mergers and demergers.", body = MergerCollection))
)]
#[get("/mergers")]
pub async fn list_mergers(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let hospital = query.one("hospital", Reason::NotAnIdentifier, |text| text.parse::<HospitalNumber>().ok());
    let hospital = query.finish()?.take(hospital).map(|number| number.to_string());
    let found = caller.run(move |tx| mergers::mergers(tx, hospital.as_deref())).await?;
    let items = found.iter().map(|one| MergerRecord::of(&caller, one)).collect();
    Ok(HttpResponse::Ok().json(MergerCollection { items }))
}

/// Get a merger or demerger.
///
/// With what it did to the conventions: which number is kept, which ends and when, what went to which hospital (CON-03, CON-04).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getMerger",
    params(("mergerId" = uuid::Uuid, Path, description = "Its identifier.")),
    responses(
        (status = 200, description = "The merger or demerger.", body = MergerRecord, headers(("ETag" = String, description = "Its version."))),
    )
)]
#[get("/mergers/{mergerId}")]
pub async fn get_merger(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let found = caller.run(move |tx| mergers::merger(tx, id)).await?;
    Ok(tagged(found.version, MergerRecord::of(&caller, &found)))
}

/// Check a merger or demerger.
///
/// Says beforehand what it would do: dates, numbers kept and ended, until when granted periods last, which conventions go to which
/// hospital; with every fault when it cannot be. Nothing is stored. The ETag is that of this outcome: `createMerger` takes it, and does
/// exactly this or nothing.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "checkMerger",
    request_body = MergerEntry,
    responses(
        (status = 200, description = "What it would do.", body = MergerOutcome, headers(("ETag" = String, description = "The tag of this outcome."))),
    )
)]
#[post("/mergers/check")]
pub async fn check_merger(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    let stated = stated(&body)?;
    let planned = caller.run(move |tx| mergers::plan(tx, &stated)).await?;
    let outcome = MergerOutcome::of(&planned.plan);
    Ok(tagged(outcome.tag(), outcome))
}

/// Carry out a merger or demerger.
///
/// INAMI enters it, past or planned, once it was checked: `If-Match` names the outcome that was shown. In one transaction the
/// conventions of both kinds go to the hospital that has them from that day on, and what ends gets its last day (CON-03, CON-04). Team,
/// sites and prescribers are stated by that hospital itself: its team is another one than those of the two.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "createMerger",
    params(
        ("If-Match" = String, Header, description = "The ETag that `checkMerger` gave the outcome."),
        IdempotencyKey
    ),
    request_body = MergerEntry,
    responses(
        (status = 201, description = "The merger or demerger.", body = MergerRecord,
         headers(("Location" = String, description = "Its address."), ("ETag" = String, description = "Its version."))),
    )
)]
#[post("/mergers")]
pub async fn create_merger(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    let seen = caller.if_match()?;
    let caller = caller.keyed(&body.bytes)?;
    let stated = stated(&body)?;
    let id = caller.state.db.ids.uuid();
    let context = caller.clone();
    caller
        .run_keyed(move |tx| {
            let planned = mergers::plan(tx, &stated)?;
            if MergerOutcome::of(&planned.plan).tag() != seen {
                return Err(Stop::Stale);
            }
            let recorded = mergers::carry_out(tx, id, stated.clone(), planned)?;
            let shown = MergerRecord::of(&context, &recorded);
            Ok((
                format!("merger:{id}"),
                context.answer(StatusCode::CREATED, Some(shown.version), Some(shown.href.clone()), &shown),
            ))
        })
        .await
}

/// Withdraw a merger or demerger that was entered in error.
///
/// The conventions are again what they were. Only while nothing came of it: none of them has changed since, and no other one was
/// concluded in its place.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "withdrawMerger",
    params(
        ("mergerId" = uuid::Uuid, Path, description = "Its identifier."),
        IfMatch,
        IdempotencyKey
    ),
    responses(
        (status = 200, description = "The merger, withdrawn.", body = MergerRecord, headers(("ETag" = String, description = "Its version."))),
    )
)]
#[post("/mergers/{mergerId}/withdraw")]
pub async fn withdraw_merger(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let if_match = caller.if_match()?;
    let caller = caller.keyed(&[])?;
    let context = caller.clone();
    caller
        .run_keyed(move |tx| {
            let withdrawn = mergers::withdraw(tx, id, if_match)?;
            let shown = MergerRecord::of(&context, &withdrawn);
            Ok((format!("merger:{id}"), context.answer(StatusCode::OK, Some(shown.version), None, &shown)))
        })
        .await
}
