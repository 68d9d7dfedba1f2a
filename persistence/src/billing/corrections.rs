//! Lines that are credited, with what is billed in their place (BIL-05, BIL-07, BIL-12).

use std::collections::BTreeMap;

use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, Integer, Nullable, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    billing::{
        credit::{Credit, LineState},
        day_state::DayCommand,
        undue::{Correction, correction},
    },
    refusal::{Fault, Reason, Refusal},
    rule::RuleId,
    span::Span,
};
use serde_json::json;
use uuid::Uuid;

use super::{
    basis::{Billed, billed},
    lines::{self, KeptLine},
    pump_days::{self, NewDay},
};
use crate::{
    error::Stop,
    page::Page,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// A line that is credited wholly, and what becomes of its days.
#[derive(Debug, Clone)]
pub struct Credited {
    /// The line.
    pub kept: KeptLine,
    /// What the credit says.
    pub credit: Credit,
    /// What is undue, due anew and lost; nothing when the credit was asked for alone.
    pub correction: Option<Correction>,
}

/// Which lines are credited.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Those with days that are not due as they were billed: what is due of them is billed anew.
    pub corrections: Vec<Uuid>,
    /// Those that are credited whatever they say: their days are free.
    pub credits: Vec<Uuid>,
}

/// The days of lines.
fn span(of: &[KeptLine]) -> Span {
    let from = of.iter().map(|one| one.line.line.from).min().unwrap_or_default();
    Span { from, to: of.iter().map(|one| one.line.line.to).max() }
}

fn beneficiaries(of: &[KeptLine]) -> Vec<Uuid> {
    let mut ids: Vec<_> = of.iter().map(|one| one.line.line.terms.beneficiary.0).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// PMP-04: the stays in hospital, with the pump going on, of the person of a line.
pub fn stays(tx: &mut Tx, kept: &KeptLine) -> Result<Vec<Span>, Stop> {
    let id = kept.line.line.terms.beneficiary.0;
    let mut all = billed(tx, &[id], kept.line.line.days())?;
    Ok(all.remove(&id).map(|one| one.in_hospital).unwrap_or_default())
}

fn corrected(kept: &KeptLine, all: &BTreeMap<Uuid, Billed>) -> Result<Option<Correction>, Stop> {
    let Some(one) = all.get(&kept.line.line.terms.beneficiary.0) else { return Ok(None) };
    Ok(correction(&kept.line, &one.known.facts, &one.basis)?)
}

/// BIL-05: what is credited when these lines are.
///
/// # Errors
/// Lines that the hospital does not have, or in which there is nothing to correct; the refusal of a line that cannot be
/// credited.
pub(super) fn prepare(tx: &mut Tx, asked: &Asked) -> Result<Vec<Credited>, Stop> {
    let kept = lines::lock(tx, &[&asked.corrections[..], &asked.credits].concat())?;
    let all = billed(tx, &beneficiaries(&kept), span(&kept))?;
    let (mut credited, mut faults) = (Vec::new(), Vec::new());
    for (field, ids) in [("corrections", &asked.corrections), ("credits", &asked.credits)] {
        for (at, id) in ids.iter().enumerate() {
            let mut fault = |reason| faults.push(Fault::new(format!("{field}[{at}]"), reason, RuleId::Bil05));
            let Some(one) = kept.iter().find(|one| one.line.id == *id) else {
                fault(Reason::LineNotFound);
                continue;
            };
            // What the insurer refused was never paid, also while the hospital contests that.
            if one.contested.is_some() && !one.accepted && one.line.state == LineState::Stands {
                return Err(Refusal::LineRefused.into());
            }
            let credit = Credit::of(&one.line)?;
            let correction = if field == "corrections" { corrected(one, &all)? } else { None };
            if field == "corrections" && correction.is_none() {
                fault(Reason::NothingToCorrect);
            }
            credited.push(Credited { kept: one.clone(), credit, correction });
        }
    }
    if faults.is_empty() { Ok(credited) } else { Err(faults.into()) }
}

/// BIL-05: credits lines: their days are free, and those that are due are recorded anew.
pub(super) fn apply(tx: &mut Tx, credited: &[Credited]) -> Result<(), Stop> {
    let ids: Vec<Uuid> = credited.iter().map(|one| one.kept.line.id).collect();
    let query = diesel::sql_query(
        "UPDATE insula.invoice_lines SET state = 'credited', updated_at = $2
         WHERE id = ANY($1) AND hospital = insula.organisation()",
    )
    .bind::<Array<SqlUuid>, _>(&ids)
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    lines::move_days(tx, &ids, DayCommand::Credit)?;
    let blocks = credited.iter().filter_map(|one| one.correction.as_ref()).flat_map(|one| &one.anew);
    let anew = blocks.flat_map(|block| block.lines.iter()).flat_map(|line| {
        let (beneficiary, period) = (line.terms.beneficiary.0, line.terms.period);
        line.each_day().map(move |day| NewDay { beneficiary, period, day })
    });
    pump_days::insert(tx, &anew.collect::<Vec<_>>())
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// BIL-07, BIL-12: the corrections that are due of the hospital's lines, of the next beneficiaries after one, by their
/// identifiers. The page holds the beneficiaries looked at, whatever was found of them.
pub fn due(
    tx: &mut Tx,
    beneficiary: Option<Uuid>,
    after: Option<Uuid>,
    page_size: i32,
) -> Result<(Page<Uuid>, Vec<Credited>), Stop> {
    let query = diesel::sql_query(
        "SELECT DISTINCT i.beneficiary_id AS id FROM insula.invoice_lines l JOIN insula.invoices i ON i.id = l.invoice_id
         WHERE l.hospital = insula.organisation() AND l.state = 'stands' AND l.credits IS NULL
           AND ($1 IS NULL OR i.beneficiary_id = $1) AND ($2 IS NULL OR i.beneficiary_id > $2)
         ORDER BY i.beneficiary_id LIMIT $3 + 1",
    )
    .bind::<Nullable<SqlUuid>, _>(beneficiary)
    .bind::<Nullable<SqlUuid>, _>(after)
    .bind::<Integer, _>(page_size);
    let rows: Vec<IdRow> = Constant(query).load(tx.conn)?;
    let page = Page::of(rows.into_iter().map(|row| row.id).collect(), page_size);
    let kept = lines::standing(tx, &page.items)?;
    let all = billed(tx, &page.items, span(&kept))?;
    let mut found = Vec::new();
    for one in kept {
        // What the hospital contests is not corrected.
        if one.contested.is_some() && !one.accepted {
            continue;
        }
        if let Some(correction) = corrected(&one, &all)? {
            let credit = correction.credit.clone();
            found.push(Credited { kept: one, credit, correction: Some(correction) });
        }
    }
    let details = json!({"found": found.len(), "beneficiary": beneficiary});
    trail::record(tx, Action::List, "invoiceCorrections", &details)?;
    Ok((page, found))
}
