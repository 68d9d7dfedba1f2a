//! Executes one row of an import in the name of the person who posted it, with the functions of the single
//! operations, in a savepoint that is kept or rolled back as a whole (CGM-04 to CGM-06, CGM-12, CNT-06, BEN-03).

use insula_domain::{
    clock::brussels_day,
    ids::{BeneficiaryId, RegistrationId},
    names::{ImportMode, ImportOutcome},
    refusal::{Fault, Reason, Refusal, Rejection},
    registry::registration::{
        Command, Registration,
        import::{EarlierImport, KeptFault, KeptRefusal, Step, step},
    },
    rule::RuleId,
};
use insula_persistence::{
    DbError, Keep, Stop, Tx,
    idempotency::Answer,
    parties::beneficiaries::{self, SearchBy},
    registry::{
        imports::{self, Imported, RowReport, Work},
        registrations::{self, Effects},
    },
    trail::content_hash,
};
use serde_json::{Map, Value};

use super::row::{self, StatedRow, Who};
use crate::{
    http::problem::{OURS, kept_refusal},
    registry::registrations::{
        Draft,
        create::{author_for, new_draft},
        submit::submit,
    },
};

/// The result of a row that is neither faulty nor refused.
struct Executed {
    outcome: ImportOutcome,
    registration: RegistrationId,
    code: Option<String>,
    warnings: Vec<Fault>,
}

/// Executes a row and reports its outcome. Its changes stay if it has no fault and `keep` says so. A transient
/// database error aborts the whole transaction, which is then retried.
pub fn execute(tx: &mut Tx, mode: ImportMode, keep: Keep, work: &Work) -> Result<RowReport, Stop> {
    let before = imports::imported(tx, &work.key)?;
    let outcome = tx.part(|tx| Ok((keep, executed(tx, mode, work, before.as_ref())?)));
    if matches!(outcome, Err(Stop::Rejected(_))) && before.is_none() && imports::imported(tx, &work.key)?.is_some() {
        // Lost a race: another import has created it meanwhile. The row itself is not at fault.
        return Err(DbError::Retry.into());
    }
    let none = |outcome| RowReport {
        outcome,
        registration: None,
        code: None,
        faults: Vec::new(),
        refusal: None,
        warnings: Vec::new(),
    };
    let kept = |faults: &[Fault]| faults.iter().map(KeptFault::from).collect();
    Ok(match outcome {
        Ok(executed) => {
            // What was only tried is rolled back; what existed before stays.
            let is_there = keep == Keep::Yes || executed.outcome == ImportOutcome::Unchanged;
            RowReport {
                registration: is_there.then_some(executed.registration),
                code: executed.code.filter(|_| is_there),
                warnings: kept(&executed.warnings),
                ..none(executed.outcome)
            }
        }
        Err(Stop::Rejected(Rejection::Faulty(faults))) => {
            let faults: Vec<_> = faults.into_iter().map(in_row).collect();
            RowReport { faults: kept(&faults), ..none(ImportOutcome::Faulty) }
        }
        Err(Stop::Rejected(Rejection::Refused(refusal))) => {
            let (code, values) = kept_refusal(&refusal);
            RowReport { refusal: refused(code, Some(refusal.rule()), &values), ..none(ImportOutcome::Refused) }
        }
        // Lost a race: the registration changed between the read and the lock.
        Err(Stop::Stale) => return Err(DbError::Retry.into()),
        Err(Stop::Db(error)) if error.passes() => return Err(error.into()),
        Err(stop) => {
            tracing::error!(?stop, row = work.number, "a row of an import could not be done");
            RowReport { refusal: refused(OURS, None, &[]), ..none(ImportOutcome::Refused) }
        }
    })
}

/// A refusal for storage, with the values of its text.
fn refused(code: &str, rule: Option<RuleId>, values: &[(&str, String)]) -> Option<KeptRefusal> {
    let params = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Some(KeptRefusal { code: code.to_owned(), rule, params })
}

/// Renames the field of a fault to its name in the row.
fn in_row(mut fault: Fault) -> Fault {
    if fault.field == "beneficiaryId" {
        "beneficiary".clone_into(&mut fault.field);
    }
    fault
}

/// The answer of a request; unused, because an import has a report instead.
fn no_answer() -> Answer {
    Answer { status: 200, version: None, location: None, body: None }
}

fn executed(tx: &mut Tx, mode: ImportMode, work: &Work, before: Option<&Imported>) -> Result<Executed, Stop> {
    let digest = |tx: &Tx, members: &Map<String, Value>| tx.keys.import_digest(&content_hash(members));
    let whole = digest(tx, &work.members);
    let of_beneficiary: Map<_, _> = work.members.get_key_value("beneficiary").map(owned).into_iter().collect();
    let of_beneficiary = digest(tx, &of_beneficiary);

    let present = match before {
        Some(before) => seen(tx, before)?,
        None => None,
    };
    let left = before.map(|before| EarlierImport { version: before.version, same: before.digest == whole });
    let (registration, warnings) = match (step(left, present.as_ref(), mode), present) {
        (Step::Create, _) => created(tx, mode, &read(tx, work))?,
        (Step::Nothing, Some(present)) => {
            let code = present.code.map(|code| code.to_string());
            let outcome = ImportOutcome::Unchanged;
            return Ok(Executed { outcome, registration: present.id, code, warnings: Vec::new() });
        }
        (Step::Submit, Some(present)) => submitted(tx, present)?,
        (Step::Save, Some(present)) => {
            let same_beneficiary = before.is_some_and(|before| before.beneficiary_digest == of_beneficiary);
            saved(tx, mode, &read(tx, work), &present, same_beneficiary)?
        }
        _ => return Err(Refusal::ImportedOtherwise.into()),
    };
    let reached = (registration.id, registration.version);
    imports::keep_imported(tx, &work.key, reached, (&whole, &of_beneficiary), before.is_none())?;
    let outcome = match (mode, before) {
        (ImportMode::Submit, _) => ImportOutcome::Submitted,
        (ImportMode::Draft, None) => ImportOutcome::Created,
        (ImportMode::Draft, Some(_)) => ImportOutcome::Changed,
    };
    let code = registration.code.map(|code| code.to_string());
    Ok(Executed { outcome, registration: registration.id, code, warnings })
}

fn owned((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

fn read(tx: &Tx, work: &Work) -> StatedRow {
    row::read(&work.members, brussels_day(tx.now))
}

/// The registration created by an earlier import of the row, if the caller may see it.
fn seen(tx: &mut Tx, before: &Imported) -> Result<Option<Registration>, Stop> {
    match registrations::find(tx, before.registration()) {
        Ok(present) => Ok(Some(present)),
        Err(Stop::NotFound) => Ok(None),
        Err(stop) => Err(stop),
    }
}

type Made = (Registration, Vec<Fault>);

/// CGM-03, CGM-04: a new draft, with its beneficiary when that person is new.
fn created(tx: &mut Tx, mode: ImportMode, stated: &StatedRow) -> Result<Made, Stop> {
    let mut faults = stated.faults.clone();
    let found = beneficiary(tx, stated, &mut faults)?;
    let author = match stated.author.known().map(|stated| author_for(tx, stated.as_deref())) {
        Some(Err(Stop::Rejected(Rejection::Faulty(more)))) => {
            faults.extend(more);
            None
        }
        author => author.transpose()?,
    };
    let (Some(registration_type), Some(author), Some(content)) =
        (stated.registration_type.known(), author, stated.content.known())
    else {
        return Err(faults.into());
    };
    let (beneficiary, mut warnings) = found.unwrap_or_default();
    let judgeable = stated.is_judgeable() && (faults.is_empty() || mode == ImportMode::Submit);
    if !judgeable {
        return Err(faults.into());
    }
    let draft = Draft { beneficiary, content: content.clone() };
    let made = new_draft(tx, *registration_type, author, &draft);
    registrations::create(tx, &made, &no_answer())?;
    if mode == ImportMode::Draft {
        return Ok((made, warnings));
    }
    match submitted(tx, made) {
        Ok((made, more)) if faults.is_empty() => {
            warnings.extend(more);
            Ok((made, warnings))
        }
        // The beneficiary already has its fault; it is not reported as missing as well.
        Err(Stop::Rejected(Rejection::Faulty(more))) if !faults.is_empty() => {
            faults.extend(more.into_iter().filter(|fault| fault.field != "beneficiaryId"));
            Err(faults.into())
        }
        Ok(_) | Err(Stop::Rejected(_)) if !faults.is_empty() => Err(faults.into()),
        other => other,
    }
}

/// CGM-04: saves the row's present content into the draft of an earlier import. Type and author stay.
fn saved(
    tx: &mut Tx,
    mode: ImportMode,
    stated: &StatedRow,
    present: &Registration,
    same_beneficiary: bool,
) -> Result<Made, Stop> {
    let mut faults = stated.faults.clone();
    let other_type = stated.registration_type.known().is_some_and(|stated| *stated != present.registration_type);
    let other_author = stated.author.given().is_some_and(|stated| *stated != present.author);
    if other_type || other_author {
        return Err(Refusal::ImportedOtherwise.into());
    }
    let found =
        if same_beneficiary { Some((present.beneficiary, Vec::new())) } else { beneficiary(tx, stated, &mut faults)? };
    let (Some((beneficiary, mut warnings)), Some(content), true) = (found, stated.content.known(), faults.is_empty())
    else {
        return Err(faults.into());
    };
    let locked = registrations::find_for_update(tx, present.id, present.version)?;
    let next = locked.save(beneficiary, content.clone(), tx.now)?;
    registrations::store(tx, &next, Command::Save, &Effects::default(), &no_answer())?;
    if mode == ImportMode::Draft {
        return Ok((next, warnings));
    }
    let (next, more) = submitted(tx, next)?;
    warnings.extend(more);
    Ok((next, warnings))
}

fn submitted(tx: &mut Tx, registration: Registration) -> Result<Made, Stop> {
    let (submission, _) = submit(tx, registration.id, registration.version, |_| no_answer())?;
    Ok((submission.registration, submission.warnings.into_iter().map(in_row).collect()))
}

/// The beneficiary of a row, if it names one, and the warnings about them.
type Found = (Option<BeneficiaryId>, Vec<Fault>);

/// BEN-01 to BEN-03: finds or enters the beneficiary of a row. `None` when there are faults, which are added to
/// `faults`.
fn beneficiary(tx: &mut Tx, stated: &StatedRow, faults: &mut Vec<Fault>) -> Result<Option<Found>, Stop> {
    let who = match stated.who() {
        None => return Ok(None),
        Some(Who::Nobody) => return Ok(Some((None, Vec::new()))),
        Some(who) => who,
    };
    // In its own savepoint: a reference that does not exist fails a statement, and the rest of the row is still
    // judged.
    let found = tx.part(|tx| Ok((Keep::Yes, resolved(tx, who)?)));
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Stop::Rejected(Rejection::Faulty(more))) => {
            faults.extend(more.into_iter().map(|fault| fault.under("beneficiary")));
            Ok(None)
        }
        // As everywhere, faults come before refusals.
        Err(Stop::Rejected(_)) if !faults.is_empty() => Err(faults.clone().into()),
        Err(stop) => Err(stop),
    }
}

fn resolved(tx: &mut Tx, who: &Who) -> Result<Found, Stop> {
    let unknown = |field| Stop::from(vec![Fault::new(field, Reason::BeneficiaryNotFound, RuleId::Sys02)]);
    match who {
        Who::Nobody => Ok((None, Vec::new())),
        Who::Known(id) => match beneficiaries::find(tx, *id) {
            Ok(found) => Ok((Some(found.id), Vec::new())),
            Err(Stop::NotFound) => Err(unknown("beneficiaryId")),
            Err(stop) => Err(stop),
        },
        Who::Code(code) => {
            let found = beneficiaries::query(tx, &SearchBy::Code(code))?;
            let found = found.first().ok_or_else(|| unknown("identificationCode"))?;
            Ok((Some(found.id), Vec::new()))
        }
        Who::Described(described) => {
            let person = &described.person;
            match beneficiaries::create(tx, &person.identity, person.insurer, &described.same_person) {
                Ok(entered) => Ok((Some(entered.id), person.warnings.clone())),
                // Already known here: stays as it is, because an identity is corrected in its own operation (BEN-03).
                Err(Stop::Exists(id)) => Ok((Some(BeneficiaryId(id)), person.warnings.clone())),
                Err(stop) => Err(stop),
            }
        }
    }
}
