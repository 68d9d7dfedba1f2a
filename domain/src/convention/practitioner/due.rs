//! Which reports to a beneficiary's physicians are due, and which were sent (REG-04). The choices that the texts leave
//! open are in `docs/decisions/0051-reports-to-practitioners.md`.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{change::TherapyChange, physician::TreatingPhysician, report::PractitionerReport};
pub use crate::names::{ReportKind, ReportState};
use crate::{clock::months_after, names::PhysicianKind, span::Span};

/// REG-04: how many months after the start, or after the last full report, a full report is due at the latest.
pub const MONTHS: u32 = 12;

/// What is known of a beneficiary, from which follows what is due.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The days that granted periods cover.
    pub covered: &'a [Span],
    /// The physicians who treat them.
    pub physicians: &'a [TreatingPhysician],
    /// The changes of their therapy.
    pub changes: &'a [TherapyChange],
    /// The reports that were sent.
    pub reports: &'a [PractitionerReport],
    /// The day on which this is asked: what came later is not seen.
    pub on: NaiveDate,
}

/// A report that is due, or that was sent (REG-04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DuePractitionerReport)]
pub struct ReportDue {
    /// What it is.
    pub kind: ReportKind,
    /// To whom.
    pub sent_to: PhysicianKind,
    /// What it is about: the first day of the therapy, the day of the change, or the last full report before it.
    pub since: NaiveDate,
    /// By when.
    pub due: NaiveDate,
    /// Where it stands.
    pub state: ReportState,
    /// When it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sent_on: Option<NaiveDate>,
}

/// Spans that follow one another without a gap, joined.
fn joined(covered: &[Span]) -> Vec<Span> {
    let mut sorted = covered.to_vec();
    sorted.sort_unstable();
    let mut joined: Vec<Span> = Vec::new();
    for span in sorted {
        match joined.last_mut() {
            Some(last) if last.to.and_then(|to| to.succ_opt()).is_none_or(|next| span.from <= next) => {
                last.to = last.to.zip(span.to).map(|(one, other)| one.max(other));
            }
            _ => joined.push(span),
        }
    }
    joined
}

impl Told<'_> {
    /// REG-04: every report of the beneficiary's therapy, by day on which it is due. A therapy goes on as long as
    /// granted periods follow one another; after its last day nothing new becomes due.
    #[must_use]
    pub fn dues(&self) -> Vec<ReportDue> {
        let therapies = joined(self.covered);
        let mut dues = Vec::new();
        for (index, therapy) in therapies.iter().enumerate().filter(|(_, one)| one.from <= self.on) {
            let before = index.checked_sub(1).and_then(|before| therapies.get(before)).and_then(|one| one.to);
            // A report after the last day of a therapy is about the next one, if there is one.
            let last = if therapies.get(index + 1).is_some() { therapy.to } else { None };
            let window = Span { from: before.and_then(|day| day.succ_opt()).unwrap_or(NaiveDate::MIN), to: last };
            dues.extend(self.start(*therapy, window));
            dues.extend(self.yearly(*therapy, window));
            dues.extend(self.changes(*therapy, window));
        }
        dues.sort_by_key(|one| (one.due, one.kind, one.sent_to));
        dues
    }

    /// C 4 §3: general practitioner and, if there is one, treating specialist are informed when the therapy starts, or
    /// once they are known.
    fn start(&self, therapy: Span, window: Span) -> Vec<ReportDue> {
        let start = therapy.from;
        let of = |sent_to| {
            let known = self.known_from(sent_to, therapy);
            let sent = self.sent(sent_to, &[ReportKind::Start], window);
            let is_due = known.is_some() || sent.is_some() || sent_to == PhysicianKind::GeneralPractitioner;
            let due = known.unwrap_or(start);
            is_due.then(|| self.due(ReportKind::Start, sent_to, (start, due), sent, known.is_some()))
        };
        PhysicianKind::ALL.iter().filter_map(|one| of(*one)).collect()
    }

    /// C 5 §11: a full report with plan at least once a year, counted from the start and then from the last one.
    fn yearly(&self, therapy: Span, window: Span) -> Vec<ReportDue> {
        let practitioner = PhysicianKind::GeneralPractitioner;
        let (mut dues, mut since) = (Vec::new(), therapy.from);
        let mut after = Span { from: therapy.from.max(window.from), ..window };
        loop {
            let due = months_after(since, MONTHS);
            if !therapy.holds(due) {
                return dues;
            }
            let sent = self.sent(practitioner, &[ReportKind::Yearly], after);
            let day = therapy.to.map_or(self.on, |last| last.min(self.on));
            dues.push(self.due(ReportKind::Yearly, practitioner, (since, due), sent, self.knows(practitioner, day)));
            let Some(next) = sent.and_then(|sent| sent.succ_opt().map(|next| (sent, next))) else { return dues };
            since = next.0;
            after.from = next.1;
        }
    }

    /// C 5 §11: an important change is told by a report; a full one tells it too.
    fn changes(&self, therapy: Span, window: Span) -> Vec<ReportDue> {
        let practitioner = PhysicianKind::GeneralPractitioner;
        let told = |day| therapy.holds(day) && day <= self.on;
        let important = self.changes.iter().filter(|one| one.important && told(one.day));
        let due = |one: &TherapyChange| {
            let kinds = [ReportKind::ImportantChange, ReportKind::Yearly];
            let sent = self.sent(practitioner, &kinds, Span { from: one.day, ..window });
            let known = self.knows(practitioner, self.on);
            self.due(ReportKind::ImportantChange, practitioner, (one.day, one.day), sent, known)
        };
        important.map(due).collect()
    }

    /// The first day of a therapy on which such a physician is known.
    fn known_from(&self, kind: PhysicianKind, therapy: Span) -> Option<NaiveDate> {
        let known = self.physicians.iter().filter(|one| one.kind == kind);
        let days = known.filter_map(|one| one.span().clip(therapy)).map(|days| days.from);
        days.filter(|day| *day <= self.on).min()
    }

    fn knows(&self, kind: PhysicianKind, day: NaiveDate) -> bool {
        self.physicians.iter().any(|one| one.kind == kind && one.span().holds(day))
    }

    /// When the first such report was sent.
    fn sent(&self, to: PhysicianKind, kinds: &[ReportKind], within: Span) -> Option<NaiveDate> {
        let sent = self.reports.iter().filter(|one| one.sent_to == to && kinds.contains(&one.kind));
        sent.map(|one| one.day).filter(|day| within.holds(*day) && *day <= self.on).min()
    }

    /// REG-04: who has no practitioner is shown so, not as late.
    fn due(
        &self,
        kind: ReportKind,
        sent_to: PhysicianKind,
        (since, due): (NaiveDate, NaiveDate),
        sent_on: Option<NaiveDate>,
        known: bool,
    ) -> ReportDue {
        let state = match sent_on {
            Some(_) => ReportState::Sent,
            None if !known => ReportState::NoneKnown,
            None if due < self.on => ReportState::Late,
            None => ReportState::Open,
        };
        ReportDue { kind, sent_to, since, due, state, sent_on }
    }
}

#[cfg(test)]
#[path = "due_tests.rs"]
mod tests;
