//! Every rule of `rules.md` sections 1 to 12, once: id, source, text.
//!
//! Sources: **M** is the *Modalités d'enregistrement* (implantable glucose sensors), **C** the pump convention,
//! "Decision" a choice the texts leave open or that the project added to them.

use std::fmt;
use std::str::FromStr;

use crate::described::{self, described};

/// The text is not a rule id (SYS-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no rule has this id")]
pub struct UnknownRuleId;

/// One table, so every rule has an id, a source and a text.
macro_rules! rules {
    ($($variant:ident $id:literal $source:literal $text:literal;)+) => {
        /// A rule that code implements, a test names or a refusal carries (SYS-04).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum RuleId {
            $(#[doc = concat!($id, " (", $source, "): ", $text)] #[serde(rename = $id)] $variant,)+
        }

        described! {
            RuleId = described::text("The identifier of a rule; `/rules` has them all.", "^[A-Z]{3}-[0-9]{2}$");
        }

        impl RuleId {
            /// All rules, in the order of their ids within each section (SYS-04).
            pub const ALL: &'static [RuleId] = &[$(RuleId::$variant),+];

            /// The id as `rules.md` writes it, such as "CGM-01": stable and machine-readable (SYS-04).
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(RuleId::$variant => $id,)+ }
            }

            /// Where the rule comes from, such as "M 1.2", "C 5 §3" or "Decision" (SYS-04).
            #[must_use]
            pub const fn source(self) -> &'static str {
                match self { $(RuleId::$variant => $source,)+ }
            }

            /// The rule in one or two plain sentences (SYS-04).
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(RuleId::$variant => $text,)+ }
            }
        }
    };
}

rules! {
    Cgm01 "CGM-01" "M intro" "Only beneficiaries reimbursed under condition M-§01 are registered. A registration \
        states its reimbursed nomenclature pair.";
    Cgm02 "CGM-02" "M 1.1" "A user sees the registry only once the organisation's access manager has granted it. \
        Without the grant the answer is a refusal that says whom to ask.";
    Cgm03 "CGM-03" "M 1.2" "A registration is a first implantation, a replacement, an explantation or a \
        follow-up. The type is chosen at creation and stays.";
    Cgm04 "CGM-04" "M 1.3" "A draft can be saved at any time, however incomplete, and resumed later. A list shows \
        all registrations of the hospital.";
    Cgm05 "CGM-05" "M 2" "Submitting needs every mandatory field of the type, valid. Otherwise nothing changes \
        and all faults come back at once.";
    Cgm06 "CGM-06" "M 2" "Submitting validates the registration: it goes to Healthdata and gets a unique code \
        that the system generates.";
    Cgm07 "CGM-07" "M 2" "From open to sending on submit, to submitted once Healthdata has acknowledged. A failed \
        delivery is retried, a refusal by Healthdata asks for corrections.";
    Cgm08 "CGM-08" "M 3.1" "A submitted registration needs corrections when the nightly run finds its counter \
        exceeded.";
    Cgm09 "CGM-09" "M 4" "A submitted registration, or one that needs corrections, can be reopened, edited and \
        submitted again. Its code stays the same for ever.";
    Cgm10 "CGM-10" "M 3.1, 5" "When a counter was exceeded, the hospital reopens the registration, then changes \
        the pair and submits again, or deletes it.";
    Cgm11 "CGM-11" "M 5; Decision" "Only an open registration can be deleted; once validated, only if its counter was \
        exceeded or, by the study lead and with the reason stated, when entered in error. Its code is never reused.";
    Cgm12 "CGM-12" "Decision" "A transition that is not listed is refused and changes nothing. Of two concurrent \
        ones at most one succeeds.";
    Cgm13 "CGM-13" "Decision" "Later events refer to an earlier first implantation or say that it took place \
        elsewhere. Dates follow order, none is in the future, and after death only follow-up is possible.";
    Cgm14 "CGM-14" "M-ACL-001" "Only hospitals that adhered to agreement M-ACL-001 can submit.";
    Cgm15 "CGM-15" "Decision" "A beneficiary has one running first implantation. A second is refused at the same \
        hospital and is a warning at another.";

    Cnt01 "CNT-01" "M 3.1" "Two national counters count first implantations of sensors: A at most 400 in all, B \
        at most 60 per calendar year. Both codes of a pair count as one pair.";
    Cnt02 "CNT-02" "M 3.1" "Every night all registrations that arrived during the day are processed, in order of \
        validation.";
    Cnt03 "CNT-03" "M 3.1" "The 400th and the 60th pass, the next does not. An exceeded counter asks for \
        corrections and says the limit and the way out.";
    Cnt04 "CNT-04" "M 3.1; Decision" "The order is that of validation. A holder that keeps its pair and year \
        keeps its place; a freed place goes to later arrivals.";
    Cnt05 "CNT-05" "Decision" "The year of counter B is the calendar year of the implantation date.";
    Cnt06 "CNT-06" "M 3.2" "Once a run has found counter A full, pair A is refused at submission, naming pair B. \
        Once B is full for a year, pair B is refused for that year.";
    Cnt07 "CNT-07" "Decision" "A day is the calendar day in Europe/Brussels. There is one run per day, with one \
        result however often it is started; a missed night is caught up.";
    Cnt08 "CNT-08" "M 3.1" "A counter's figure equals the places held and never exceeds the limit. Positions are \
        distinct.";
    Cnt09 "CNT-09" "Decision" "A dry run tells what tonight's run would decide and changes nothing.";

    Not01 "NOT-01" "M 3.2" "Counter A is announced at 350 and every 10 up to 400, counter B at 40 and every 5 up \
        to 60, each year anew. Each threshold is announced once.";
    Not02 "NOT-02" "M 3.2" "Every adhered hospital gets one e-mail stating the figure. At the limit it also says \
        what to do now.";
    Not03 "NOT-03" "M 3.2" "Recipients are by default the responsible specialist and the two administrative \
        contacts of form M-Form-II-01. INAMI changes them on request.";
    Not04 "NOT-04" "Decision" "A mail server that is down, slow or repeats loses no mail and duplicates none beyond \
        what SMTP itself cannot exclude.";
    Not05 "NOT-05" "Decision" "E-mails carry no data of any beneficiary.";

    Tra01 "TRA-01" "M 6.1" "Data of validated registrations go to Healthdata coded: a stable pseudonym, which can be \
        neither reversed nor linked to another recipient's, stands in for the beneficiary's identity.";
    Tra02 "TRA-02" "M 6.2; Decision" "The registration code goes into zones 57-58-59 of record type 50. An \
        insurer can check a code; only a submitted registration is billable.";
    Tra03 "TRA-03" "M 6.3, 6.4" "Adhered hospitals and INAMI's medical data managers read the coded data, never \
        an identity. Small groups in aggregates are suppressed.";
    Tra04 "TRA-04" "M 4, 5, 6.1" "Corrections and deletions reach Healthdata too, in order, each once in effect.";

    Ben01 "BEN-01" "M 7" "A national number is checked: modulo 97 in both centuries, BIS months, unknown birth \
        dates. A sex or birth date that disagrees with it is a warning.";
    Ben02 "BEN-02" "M 7; Decision" "A beneficiary without national number is described in full, with the \
        confirmation that there is none, and gets an identification code of their own that never passes as a \
        national number; names, birth date and sex find them again. Number and confirmation together, or neither, \
        are refused.";
    Ben03 "BEN-03" "M 7" "The same person entered twice is found, not duplicated. Without national number a likely \
        duplicate is pointed out first.";
    Ben04 "BEN-04" "Decision" "A national number never appears in a URL, log, metric, e-mail, error or coded \
        export. At rest it is encrypted and looked up by keyed hash.";
    Ben05 "BEN-05" "C 11; Decision" "Affiliations are dated: the insurer, its entitlement codes, and its own number \
        for those without a national number; insurers are dated reference data. A hospital has a billing identity.";

    Pmp01 "PMP-01" "C 3 §1" "The programme is for beneficiaries from 16 years of age.";
    Pmp02 "PMP-02" "C 3 §1, Annex 1; Decision" "A beneficiary belongs to one of six target groups, each with its own \
        supporting data; a situation that the text does not name is put into words. The HbA1c before the pump is \
        kept beside the last one.";
    Pmp03 "PMP-03" "C 3 §2" "The beneficiary is also in the self-management convention. One who does not follow it \
        or evades the yearly examinations cannot continue; a prolongation without an examination in the year before \
        needs words.";
    Pmp04 "PMP-04" "C 3 §3; Decision" "A start in hospital counts if the stay is linked to the diabetes, the pump is \
        the first one, and a diabetes nurse is met on every working day of the rest of the stay; else days count \
        from the return home. Later stays in any hospital stay covered while the pump treatment goes on.";
    Pmp05 "PMP-05" "C 4 §2" "The establishment provides pump, consumables, transmitter where needed and a platform \
        for pump data and remote follow-up. If another pump suits better, it refers to a hospital that offers it.";
    Pmp06 "PMP-06" "C 4 §2, 4 §4, 10" "Glucose sensors and strips are reimbursed elsewhere, never under the pump \
        convention.";
    Pmp07 "PMP-07" "C 4 §2, 13 §1" "The prescriber chooses the type of pump with the beneficiary, who was told of \
        all types available in Belgium. Which pump a beneficiary has, by type and serial number, is recorded from \
        when to when.";
    Pmp08 "PMP-08" "C 3 §1" "A beneficiary who comes from the children's convention continues without interruption, \
        then for life while necessary. A gap is a warning, and a prolongation asks for no new proof of the group.";

    Con01 "CON-01" "C 5 §1, 6 §1" "A hospital has one convention with one identification number, and needs a \
        self-management convention in force.";
    Con02 "CON-02" "C 6 §2" "Sites are those where the self-management convention applies, each with \
        multidisciplinary half-days at which a physician and a diabetes nurse are both present and the whole team \
        takes part. There is one team and one responsible physician over all sites.";
    Con03 "CON-03" "C 6 §3" "After a merger both numbers serve at most two years; from one year on applications come \
        under the kept number only. The registered letter names the convention that ends and declares that all \
        rights and obligations are taken over.";
    Con04 "CON-04" "C 6 §4" "After a demerger one successor takes over everything by a letter that both hospitals \
        sign, or convention and periods end and both apply anew at least four months before. New conventions start \
        on the day of the demerger at the earliest.";
    Con05 "CON-05" "C 21 §1-2" "The convention runs from 1 January 2021 without end. Either party may denounce it \
        by registered letter with three months' notice from the first of the next month.";
    Con06 "CON-06" "C 21 §3" "The convention expires by itself the day the self-management convention ends.";
    Con07 "CON-07" "C 18 §1" "Periods granted under the earlier convention run on to their end, at this \
        convention's price.";
    Con08 "CON-08" "C 8 §1" "Each establishment has a dated list of physicians who may prescribe. Changes are \
        reported to INAMI at once; insurers can read it.";

    Stf01 "STF-01" "C 5 §3" "Per 100 patients: 0.05 FTE medical, 0.3060 educators, 0.0612 data manager, 0.0667 \
        secretariat, in proportion and on top of self-management.";
    Stf02 "STF-02" "C 5 §2, 5 §3" "Over both conventions together there are always at least 0.5 FTE medical and \
        0.60 FTE diabetes nurses.";
    Stf03 "STF-03" "C 5 §3; Decision" "The basis for a year is the mean number of patients over the two full \
        calendar years before it. A year's number is patient-days by days of the year, unless the establishment \
        states another with its grounds.";
    Stf04 "STF-04" "C 5 §3" "The team must grow only from a shortfall, over both conventions, of 0.5 FTE medical, \
        0.5 educators or 0.25 of another function.";
    Stf05 "STF-05" "C 5 §3" "A new establishment starts in proportion to its patients on entry and adapts at the \
        end of its first and second full year.";
    Stf06 "STF-06" "C 5 §3" "Secretariat may be replaced by educators, at 0.75 educator per secretary.";
    Stf07 "STF-07" "C 5 §2" "Dieticians count as educators only if nurses reach 0.60 FTE and patient numbers \
        require more.";
    Stf08 "STF-08" "C 5 §3, 20" "1 FTE is 38 hours a week, and no one but a physician counts for more. Only \
        accompaniment counts; exempted hours do not, and others make them up.";
    Stf09 "STF-09" "C 5 §2, 5 §3" "One physician is responsible for both conventions while at most 0.5 FTE is due; \
        two different ones need 0.5 FTE each. The responsible physician is active in self-management too.";
    Stf10 "STF-10" "C 5 §3" "The work is split over as few persons as possible. Nurses, and dieticians, may each be \
        split over three for both conventions, and over more only where more than 3 FTE are needed.";
    Stf11 "STF-11" "C 5 §2" "An educator proves the training within three years of entering service.";
    Stf12 "STF-12" "C 5 §3, 13 §2" "The team register tells for any past day who worked, in which function, for \
        how many FTE and on which timetable.";
    Stf13 "STF-13" "C 5 §3" "Staff missing over a year can lead to recovery of up to twice the missing percentage, \
        after the establishment was heard and the Insurance Committee decided. It is never charged to patients, and \
        is also a ground for denunciation.";
    Stf14 "STF-14" "C 18 §2" "An establishment below 0.60 nurse FTE on 1 January 2021 reaches it by 30 June 2021, \
        that day included.";
    Stf15 "STF-15" "C Annex 2" "Annex 2's table of staffing is reproduced. Where the printed table differs, \
        article 5 rules.";
    Stf16 "STF-16" "C Annex 2" "The hours per patient and year in annex 2 follow from 1634 hours a year for 1 \
        FTE.";
    Stf17 "STF-17" "Decision" "The staffing calculation can be done for stated patient numbers and teams, storing \
        nothing.";
    Stf18 "STF-18" "C 5 §4" "Dietician, social worker or social nurse, psychologist and podologist on whom the team \
        can call are recorded. A missing one is shown.";
    Stf19 "STF-19" "C 5 §2" "Responsible physicians and prescribers are endocrinologists or assimilated; the data \
        manager may be an educator. Physicians, nurses and educators are active in self-management too.";
    Stf20 "STF-20" "C 5 §2, 20" "The responsible physician's favourable opinion on recruits and the educators' \
        updated curriculum are recorded. Hours exempted at the end of a career name who makes them up, with the \
        qualification.";

    Cov01 "COV-01" "C 7 §1, Annex 1" "An application holds what annex 1 holds, with the signed form and other \
        documents attached. Whether it is the first or a prolongation is a matter of this establishment alone.";
    Cov02 "COV-02" "C 8" "The prescriber is on the establishment's list on the date of signing. The indication is \
        mandatory.";
    Cov03 "COV-03" "C 9 §1, Annex 1" "The adviser of the beneficiary's insurer decides: favourable from a day to a \
        day with any further conditions, unfavourable with the reason, or other. A decision is never changed; a new \
        one supersedes it.";
    Cov04 "COV-04" "C 9 §1" "A granted period starts on the prescription date and lasts at most 12 months; a later \
        start for another reason than lateness needs words. A prolongation follows at its end, again 12 months at \
        most.";
    Cov05 "COV-05" "C 7 §4, 9 §1; Decision" "After a late introduction the period starts no earlier than 30 days \
        before the application date. The lost days are shown, and are not charged to the beneficiary if the \
        establishment had undertaken to introduce it.";
    Cov06 "COV-06" "C 9 §2" "A beneficiary's granted periods never overlap, over all establishments.";
    Cov07 "COV-07" "C 9 §2; Decision" "Coverage ends early when the beneficiary is taken on elsewhere or under the \
        children's convention, when the establishment stops, with a month's notice, or with death; a beneficiary's \
        own notice of a move is recorded. A period that has not begun can be given up, and one that stands in the \
        way of a grant elsewhere is made known to its holder.";
    Cov08 "COV-08" "C 9 §2" "The first establishment is warned when the beneficiary applies elsewhere while a period \
        runs or ended at most two months ago. Days are undue with or without that warning.";
    Cov09 "COV-09" "C 7 §3" "Before signing the beneficiary was told what effort is asked, what is offered, the end \
        rules in writing, the role of practitioner and pharmacist, and what lateness costs. This is recorded once, \
        with day and person, and mandatory.";
    Cov10 "COV-10" "C 9 §3" "The adviser sees everything in the file that bears on the decision, for \
        the insurer's own members only.";
    Cov11 "COV-11" "C 9 §1" "Only services that respect the adviser's further conditions are reimbursed. A condition \
        is data, and an unmet one stops billing from the day the decision names.";
    Cov12 "COV-12" "C 9 §3" "The adviser asks and the establishment answers with documents. The dates of both are \
        kept, and neither moves the application date.";
    Cov13 "COV-13" "C 7 §1, 7 §4" "Whether the beneficiary introduces the application or the establishment takes it \
        on is recorded. It decides who bears days lost by lateness, never more than the day's price.";
    Cov14 "COV-14" "C 7 §1" "The form may be changed at any time, and its versions are dated. An application follows \
        the version of its date and can be printed again as it was.";
    Cov15 "COV-15" "Decision" "An agreement survives a change of insurer: the new insurer's adviser sees it and may \
        supersede it. The former one reads nothing of what happened after.";

    Bil01 "BIL-01" "C 10 §1, 11" "One unit per beneficiary and day of programme, inside a granted period, after \
        the day is over, once.";
    Bil02 "BIL-02" "C 10 §2" "The day price on 1 January 2021 is 10.00 EUR: 1.22 indexable and 8.78 not. At most \
        8.78 of it pays for material.";
    Bil03 "BIL-03" "C 10 §3" "The indexable part follows the pivot index, 1.02 per passed pivot on the base amount; \
        a day bears the price in force that day. Prices are dated rows with a source, and one that changes days \
        already invoiced is a regularisation with credits and new lines.";
    Bil04 "BIL-04" "C 10 §4-5" "The beneficiary pays no supplement. Physicians' own nomenclature services are \
        outside the price.";
    Bil05 "BIL-05" "C 11, M 6.2" "Invoices go per insurer in the hospital's electronic invoice file: Insula gives \
        blocks for it, puts them into one handed in, or makes one. What was made is reproducible to the byte; a \
        correction is a credit.";
    Bil06 "BIL-06" "C 11" "At least once a calendar year the beneficiary gets a summary of what was billed, \
        electronic with consent, else on paper.";
    Bil07 "BIL-07" "C 9 §2" "Days billed unduly after an unreported move are found and listed, and free at once for \
        the establishment that is entitled to them. After late or missing notice the beneficiary owes them.";
    Bil08 "BIL-08" "Law of 14 July 1994, art. 174" "A day can be invoiced until two years after the end of its \
        month, longer when interrupted by registered letter. A credit is never too late.";
    Bil09 "BIL-09" "C 10 §6" "A pump day may be cumulated with the self-management, glucose monitoring and \
        advanced technology conventions, never with another pump day of the same day.";
    Bil10 "BIL-10" "Decision" "A line is consecutive days of one price, period, insurer, convention number and \
        entitlement; a block is one beneficiary, agreement date, destination and invoice type, ordered by \
        destination. A hospitalised sensor is only a line for the stay's own invoice.";
    Bil11 "BIL-11" "C 3 §3" "Days in hospital with the pump going on stay due. A refusal for being hospitalised is \
        contested, not credited.";
    Bil12 "BIL-12" "Decision" "The insurer of a day is the one of affiliation on that day. A change learned \
        afterwards proposes a credit and new lines.";

    Reg01 "REG-01" "C 16" "The material register holds date, kind and quantity per beneficiary.";
    Reg02 "REG-02" "C 5 §7" "The individual file holds the contacts for accompaniment, education and material, with \
        dates and team members. The team and emergency staff read it.";
    Reg03 "REG-03" "C 5 §6" "The joint team meets at least six times a year, each time with a report and its \
        participants.";
    Reg04 "REG-04" "C 4 §3, 5 §11" "The general practitioner and the treating specialist are informed when the therapy \
        starts; the practitioner gets a report on important changes and a full one with plan at least yearly. Due \
        dates are tracked, and a beneficiary without practitioner is shown as such, not as late.";
    Reg05 "REG-05" "C 5 §9" "Phone permanence and a physician at all hours are recorded per establishment.";
    Reg06 "REG-06" "C 13 §1, 13 §3" "The yearly report, due by 31 March, states pump types made available and \
        beneficiaries per type. Models of reports are versioned, and a report says which it follows.";
    Reg07 "REG-07" "C 13 §2" "On request INAMI gets the team list with FTE and the sites with their half-days.";
    Reg08 "REG-08" "C 10 §2, 17" "Accounts hold purchases, rebates, free goods, salary costs and invoices, with pump \
        and self-management material kept apart; material paid above 8.78 EUR a day is shown. A recapitulation \
        follows INAMI's model when INAMI asks.";
    Reg09 "REG-09" "C 12" "Quality data of these patients go, coded, into Sciensano's report.";
    Reg10 "REG-10" "C 14" "An inspector gets read access to what a visit may ask for.";
    Reg11 "REG-11" "C 19, 20" "Funds, rebates included, serve four purposes only; another purpose is accepted and \
        flagged as a ground for denunciation. Pay follows at least the hospital's scales, and staff paid by another \
        public scheme is flagged and does not count.";
    Reg12 "REG-12" "C 5 §8" "Rooms, demonstration material and IT support are declared per site, with date.";
    Reg13 "REG-13" "C 5 §5, 6 §2" "Consultations are made known to patients, per site, with day and way. Members of \
        every site take part in the joint meetings.";
    Reg14 "REG-14" "C 5 §5" "A consultant who is indicated but not at hand sees the patient at the next agreed \
        consultation: a follow-up with a due day.";
    Reg15 "REG-15" "C 5 §10" "A beneficiary in the establishment's own hospital is followed by the team during the \
        stay.";
    Reg16 "REG-16" "C 13 §2" "The FTE of each member can be shown in detail: hours from contacts and meetings beside \
        the FTE, at 1634 hours a year for 1 FTE.";
    Reg17 "REG-17" "Decision" "Obligations are computed from the data, each with its rule, its day and whom it \
        binds, and none without a rule. A calendar feed of them holds no identity.";

    Sys01 "SYS-01" "Decision" "Every change is traced: who, when, before and after, why. The trail only grows, \
        shows tampering and holds no identity.";
    Sys02 "SYS-02" "Decision" "A hospital sees its own data only and an insurer its own members only, at the API \
        and again in the database.";
    Sys03 "SYS-03" "Decision" "What was acknowledged is durable.";
    Sys04 "SYS-04" "Decision" "All faults of a request come at once, in the reader's language, with stable codes.";
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl FromStr for RuleId {
    type Err = UnknownRuleId;

    fn from_str(text: &str) -> Result<Self, UnknownRuleId> {
        Self::ALL.iter().copied().find(|rule| rule.id() == text).ok_or(UnknownRuleId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// SYS-04: an id names one rule and reads back as that rule.
    #[test]
    fn ids_are_unique_and_read_back() {
        let ids: BTreeSet<_> = RuleId::ALL.iter().map(|rule| rule.id()).collect();
        assert_eq!(ids.len(), RuleId::ALL.len());
        for rule in RuleId::ALL {
            assert_eq!(rule.to_string().parse(), Ok(*rule));
            assert_eq!(serde_json::json!(rule), serde_json::json!(rule.id()));
        }
        assert_eq!("CGM-99".parse::<RuleId>(), Err(UnknownRuleId));
    }

    /// SYS-04: no section of the rules has a gap, and each variant is named after its id.
    #[test]
    fn each_section_is_complete() {
        let sizes = [
            ("CGM", 15),
            ("CNT", 9),
            ("NOT", 5),
            ("TRA", 4),
            ("BEN", 5),
            ("PMP", 8),
            ("CON", 8),
            ("STF", 20),
            ("COV", 15),
            ("BIL", 12),
            ("REG", 17),
            ("SYS", 4),
        ];
        let expected: Vec<String> =
            sizes.iter().flat_map(|(section, size)| (1..=*size).map(move |n| format!("{section}-{n:02}"))).collect();
        let actual: Vec<&str> = RuleId::ALL.iter().map(|rule| rule.id()).collect();
        assert_eq!(actual, expected);
        for rule in RuleId::ALL {
            assert_eq!(format!("{rule:?}").to_uppercase(), rule.id().replace('-', ""));
        }
    }

    /// SYS-04: every rule has a source and a text in sentences.
    #[test]
    fn every_rule_has_a_source_and_a_sentence() {
        for rule in RuleId::ALL {
            assert!(!rule.source().is_empty(), "{rule}");
            assert!(rule.text().ends_with('.') && !rule.text().contains("  "), "{rule}");
        }
    }
}
