//! The form of annex 1, filled in (COV-01, COV-14): the order, words and boxes of the official one.

use std::sync::LazyLock;

use chrono::NaiveDate;
use insula_domain::{
    clock::brussels_day,
    convention::{
        coverage::{
            application::{ApplicationKind, Content, Hba1c, OtherPhysician, PhysicianKind},
            decision::Verdict,
            form::{FormVersion, version_on},
            status::ApplicationStatus,
            target::{Indication, TargetGroup},
        },
        prescriber::Prescriber,
    },
    parties::beneficiary::Identity,
};
use insula_paper::{Block, Choice, Document, EmptyBox, Fact, Level, NotPrinted};
use insula_persistence::convention::coverage::{applications::Application, decisions::Given};

use crate::http::language::{Language, PageTexts, date, decimal, filled, in_four_languages};

static TEXTS: LazyLock<[PageTexts; 4]> = in_four_languages!("form/");

/// What the form says beside the application.
pub struct Around {
    /// Who the beneficiary is.
    pub identity: Identity,
    /// The hospital's name.
    pub hospital: String,
    /// The addresses of the establishment's sites on the date of the application.
    pub addresses: Vec<String>,
    /// Who may prescribe there.
    pub prescribers: Vec<Prescriber>,
    /// The versions of the form.
    pub forms: Vec<FormVersion>,
    /// What was decided, the first decision first.
    pub decisions: Vec<Given>,
}

/// A form being filled in.
struct Form<'a> {
    application: &'a Application,
    around: &'a Around,
    language: Language,
    said: &'a PageTexts,
    blocks: Vec<Block>,
}

/// COV-01, COV-14: the form as a PDF, in the version of the application's date. The same application gives the same
/// bytes.
///
/// # Errors
/// It is not printed.
pub fn pdf(language: Language, application: &Application, around: &Around) -> Result<Vec<u8>, NotPrinted> {
    document(language, application, around).print()
}

fn document(language: Language, application: &Application, around: &Around) -> Document {
    let said = &TEXTS[language as usize];
    let mut form = Form { application, around, language, said, blocks: Vec::new() };
    form.by_patient();
    form.by_service();
    form.by_adviser();
    let (title, footer) = (form.text("title"), form.footer());
    Document { title, language: language.name().to_owned(), footer, blocks: form.blocks }
}

/// Texts one after the other, those that are there.
fn joined<const N: usize>(parts: [Option<&str>; N], between: &str) -> String {
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(between)
}

impl Form<'_> {
    fn text(&self, key: &str) -> String {
        self.with(key, &[])
    }

    fn with(&self, key: &str, values: &[(&str, String)]) -> String {
        filled(self.said.get(key), values)
    }

    /// A day, or room to write one.
    fn day(&self, day: Option<NaiveDate>) -> String {
        day.map_or_else(|| self.text("blank"), |day| date(self.language, day))
    }

    fn heading(&mut self, level: Level, key: &str) {
        self.blocks.push(Block::Heading(level, self.text(key)));
    }

    /// A label with what it says, or a line to write on.
    fn fact(&self, key: &str, value: &str) -> Fact {
        Fact { label: self.text(key), value: (!value.is_empty()).then(|| value.to_owned()) }
    }

    fn boxed(&mut self, key: &str, height: u16) {
        self.blocks.push(Block::Boxes(vec![EmptyBox { title: self.text(key), height }]));
    }

    fn choices(&mut self, choices: Vec<(bool, String)>) {
        let choices = choices.into_iter().map(|(ticked, text)| Choice { ticked, text });
        self.blocks.push(Block::Choices(choices.collect()));
    }

    fn content(&self) -> &Content {
        &self.application.content
    }

    fn by_patient(&mut self) {
        let is_draft = self.application.status == ApplicationStatus::Draft;
        self.heading(Level::Title, "title");
        let notes = [is_draft.then(|| self.text("draft")), Some(self.text("translation"))];
        let notes = notes.into_iter().flatten().filter(|note| !note.is_empty());
        self.blocks.extend(notes.map(Block::Paragraph).collect::<Vec<_>>());
        self.heading(Level::Section, "byPatient");
        self.boxed("vignette", 25);
        let identity = &self.around.identity;
        let name = joined([identity.last_name.as_deref(), identity.first_name.as_deref()], " ");
        let niss = identity.niss.as_ref().map(|niss| niss.expose().to_owned()).unwrap_or_default();
        let born = identity.known_birth().map(|day| date(self.language, day)).unwrap_or_default();
        let insurer = self.application.insurer.map(|insurer| insurer.to_string()).unwrap_or_default();
        let facts = [("undersigned", name), ("niss", niss), ("born", born), ("insurer", insurer)];
        let facts = facts.iter().map(|(key, value)| self.fact(key, value)).collect();
        self.blocks.push(Block::Facts(facts));
        self.choices(vec![(!is_draft, self.text("asks"))]);
        let mandatary = self.content().mandatary.clone().unwrap_or_default();
        let street = joined([mandatary.street.as_deref(), mandatary.house_number.as_deref()], " ");
        let residence = joined([Some(street.as_str()), mandatary.commune.as_deref()], ", ");
        let mandatary = joined([mandatary.name.as_deref(), mandatary.relation.as_deref(), Some(&residence)], "; ");
        let dated = self.day(self.content().application_date);
        let facts = vec![self.fact("applicationDate", &dated), self.fact("mandatary", &mandatary)];
        self.blocks.push(Block::Facts(facts));
        self.boxed("signature", 20);
    }

    fn by_service(&mut self) {
        self.heading(Level::Section, "byService");
        let content = self.content().clone();
        let number = content.convention_number.map(|number| number.to_string()).unwrap_or_default();
        let address = joined([Some(&self.around.hospital), Some(&self.around.addresses.join("\n"))], "\n");
        let contact = content.contact.unwrap_or_default();
        let contact = joined([contact.name.as_deref(), contact.phone.as_deref()], ", ");
        self.heading(Level::Part, "service");
        let facts =
            vec![self.fact("number", &number), self.fact("nameAndAddress", &address), self.fact("contact", &contact)];
        self.blocks.push(Block::Facts(facts));
        let programme = content.programme.unwrap_or_default();
        let days = [("from", self.day(programme.from)), ("to", self.day(programme.to))];
        self.blocks.push(Block::Paragraph(self.with("programme", &days)));
        self.blocks.push(Block::Paragraph(self.text("targetGroup")));
        let indication = content.indication.unwrap_or_default();
        let groups = TargetGroup::ALL.iter().copied();
        self.choices(groups.map(|one| (indication.target_group == Some(one), self.text(one.name()))).collect());
        let ground = self.ground(&indication);
        if !ground.is_empty() {
            self.blocks.push(Block::Facts(vec![self.fact("ground", &ground)]));
        }
        self.blocks.push(Block::Paragraph(self.text("kind")));
        let kinds = [(ApplicationKind::First, "first"), (ApplicationKind::Prolongation, "prolongation")];
        self.choices(kinds.map(|(kind, key)| (content.kind == Some(kind), self.text(key))).to_vec());
        self.heading(Level::Part, "hba1c");
        let (day, value) = self.measured(content.last_hba1c.unwrap_or_default());
        self.blocks.push(Block::Facts(vec![self.fact("date", &day), self.fact("value", &value)]));
        self.heading(Level::Part, "prescriber");
        let signed = content.prescriber.unwrap_or_default();
        let name = signed.nihdi_number.map(|number| {
            let listed = self.around.prescribers.iter().find(|one| one.number == number);
            let number = self.with("nihdi", &[("number", number.to_string())]);
            joined([listed.map(|one| one.name.as_str()), Some(&number)], ", ")
        });
        let name = name.unwrap_or_default();
        let facts = vec![self.fact("name", &name), self.fact("date", &self.day(signed.signed_on))];
        let facts = facts.into_iter().skip(usize::from(name.is_empty())).collect();
        self.blocks.push(Block::Facts(facts));
        self.boxed("prescriberSignature", 20);
        self.heading(Level::Part, "otherPhysicians");
        let others = content.other_physicians.unwrap_or_default();
        let facts =
            [(PhysicianKind::Specialist, "specialists"), (PhysicianKind::GeneralPractitioner, "generalPractitioner")]
                .map(|(kind, key)| {
                    let of_kind = others.iter().filter(|one| one.kind == Some(kind)).map(physician);
                    self.fact(key, &of_kind.collect::<Vec<_>>().join("\n"))
                });
        self.blocks.push(Block::Facts(facts.into()));
    }

    /// What supports the target group; the form has no place of its own for it.
    fn ground(&self, indication: &Indication) -> String {
        let hba1c = indication.hba1c_before_pump.as_ref();
        let hba1c =
            hba1c.map(|value| self.with("hba1cBefore", &[("value", decimal(self.language, &value.to_string()))]));
        let of = |stated: Option<bool>, key: &str| (stated == Some(true)).then(|| self.text(key));
        let parts = [
            hba1c,
            of(indication.severe_hypoglycaemia, "hypoglycaemia"),
            of(indication.grave_complications, "complications"),
            indication.words.clone(),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    fn measured(&self, hba1c: Hba1c) -> (String, String) {
        let percent = |value: &insula_domain::exact::Exact| decimal(self.language, &value.to_string());
        let value = hba1c.value.as_ref().map(|value| format!("{} %", percent(value)));
        let normal = hba1c.normal_from.as_ref().zip(hba1c.normal_to.as_ref());
        let normal = normal.map(|(from, to)| self.with("normal", &[("from", percent(from)), ("to", percent(to))]));
        let normal = normal.map(|normal| format!("({normal})"));
        (self.day(hba1c.date), joined([value.as_deref(), normal.as_deref()], " "))
    }

    fn by_adviser(&mut self) {
        self.heading(Level::Section, "byAdviser");
        let received = self.application.submitted_at.map(brussels_day);
        self.blocks.push(Block::Facts(vec![self.fact("received", &self.day(received))]));
        self.blocks.push(Block::Paragraph(self.text("decision")));
        let last = self.around.decisions.last().map(|given| &given.decision);
        let is = |verdict| last.is_some_and(|decision| decision.verdict == verdict);
        let words = |verdict| {
            let words = last.filter(|_| is(verdict)).and_then(|decision| decision.words.clone());
            words.unwrap_or_else(|| self.text("dots"))
        };
        let favourable = last.filter(|_| is(Verdict::Favourable));
        let days = [
            ("from", self.day(favourable.and_then(|decision| decision.from))),
            ("to", self.day(favourable.and_then(|decision| decision.to))),
        ];
        let choices = vec![
            (is(Verdict::Favourable), self.with("favourable", &days)),
            (is(Verdict::Unfavourable), self.with("unfavourable", &[("words", words(Verdict::Unfavourable))])),
            (is(Verdict::Other), self.with("other", &[("words", words(Verdict::Other))])),
        ];
        let conditions = favourable.map(|decision| &decision.conditions[..]).unwrap_or_default();
        let conditions: Vec<_> = conditions.iter().map(|one| one.text.as_str()).collect();
        self.choices(choices);
        if !conditions.is_empty() {
            self.blocks.push(Block::Facts(vec![self.fact("conditions", &conditions.join("\n"))]));
        }
        let decided = self.around.decisions.last().map(|given| brussels_day(given.decided_at));
        if decided.is_some() {
            self.blocks.push(Block::Facts(vec![self.fact("date", &self.day(decided))]));
        }
        self.boxed("adviserSignature", 25);
    }

    fn footer(&self) -> String {
        let dated = self.content().application_date.unwrap_or_else(|| brussels_day(self.application.created_at));
        let version = version_on(&self.around.forms, dated).map(|form| {
            let values = [("from", date(self.language, form.from)), ("version", form.version.to_string())];
            self.with("footer", &values)
        });
        let reference = self.with("reference", &[("id", self.application.id.to_string())]);
        joined([version.as_deref(), Some(&reference)], "\n")
    }
}

fn physician(one: &OtherPhysician) -> String {
    joined([one.name.as_deref(), one.address.as_deref(), one.phone.as_deref()], ", ")
}

#[cfg(test)]
mod tests {
    use insula_domain::{
        convention::prescriber::Qualification, ids::BeneficiaryId, parties::beneficiary::NationalNumber, span::Span,
    };
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::http::language::the_same;

    /// COV-01: every language says everything.
    #[test]
    fn every_language_says_everything() {
        the_same(&TEXTS);
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn application(content: serde_json::Value, submitted: bool) -> Application {
        let at = "2026-04-20T08:00:00Z".parse().unwrap();
        Application {
            id: Uuid::nil(),
            hospital: "71000436".parse().unwrap(),
            beneficiary: BeneficiaryId(Uuid::nil()),
            person: Uuid::nil(),
            status: if submitted { ApplicationStatus::Decided } else { ApplicationStatus::Draft },
            version: 1,
            content: serde_json::from_value(content).unwrap(),
            known: None,
            submitted_at: submitted.then_some(at),
            insurer: submitted.then(|| "319".parse().unwrap()),
            created_at: at,
            updated_at: at,
        }
    }

    fn around(decisions: Vec<Given>) -> Around {
        let identity = Identity {
            niss: Some(NationalNumber::parse("85073003328").unwrap()),
            last_name: Some("Peeters".into()),
            first_name: Some("Élise".into()),
            ..Identity::default()
        };
        let prescriber = Prescriber {
            number: "10000106690".parse().unwrap(),
            name: "Dr Invented".into(),
            qualification: Qualification::Endocrinologist,
            span: Span::since(day("2021-01-01")),
        };
        let forms = [(1, "2021-01-01"), (2, "2026-07-01")];
        let forms = forms.map(|(version, from)| FormVersion { version, from: day(from) });
        Around {
            identity,
            hospital: "Hospital A".into(),
            addresses: vec!["North, Street 1".into()],
            prescribers: vec![prescriber],
            forms: forms.into(),
            decisions,
        }
    }

    /// What is ticked, and what stands beside each label.
    fn said(document: &Document) -> (Vec<String>, Vec<(String, String)>) {
        let (mut ticked, mut facts) = (Vec::new(), Vec::new());
        for block in &document.blocks {
            match block {
                Block::Choices(all) => {
                    ticked.extend(all.iter().filter(|one| one.ticked).map(|one| one.text.chars().take(12).collect()));
                }
                Block::Facts(all) => {
                    facts.extend(all.iter().filter_map(|one| Some((one.label.clone(), one.value.clone()?))));
                }
                _ => {}
            }
        }
        (ticked, facts)
    }

    /// COV-01, COV-03: all that the application says stands in its place, and what was decided last.
    #[test]
    fn the_form_says_what_the_application_says() {
        let content = json!({
            "applicationDate": "2026-04-20", "conventionNumber": "7.86.501.72",
            "mandatary": {"name": "Jan Peeters", "relation": "brother", "street": "Long Street", "houseNumber": "3",
                "commune": "1000 Brussels"},
            "contact": {"name": "Ann Invented", "phone": "02 555 01 01"},
            "programme": {"from": "2026-04-01", "to": "2027-03-31"},
            "indication": {"targetGroup": "pregnancy", "hba1cBeforePump": "7.4", "severeHypoglycaemia": true},
            "kind": "prolongation",
            "lastHba1c": {"date": "2026-03-02", "value": "7.2", "normalFrom": "4.0", "normalTo": "6.0"},
            "prescriber": {"nihdiNumber": "10000106690", "signedOn": "2026-04-18"},
            "otherPhysicians": [{"kind": "generalPractitioner", "name": "Dr Near", "phone": "02 555 02 02"}],
        });
        let decision =
            serde_json::from_value(json!({"verdict": "favourable", "from": "2026-04-01", "to": "2027-03-31",
            "conditions": [{"text": "HbA1c by summer", "dueOn": "2026-07-01", "stopsOn": "2026-08-01"}]}));
        let decided_at = "2026-05-02T08:00:00Z".parse().unwrap();
        let given = Given { id: Uuid::nil(), number: 1, decision: decision.unwrap(), period: None, decided_at };
        let form = document(Language::Fr, &application(content, true), &around(vec![given]));
        let (ticked, facts) = said(&form);
        assert_eq!(ticked, ["demande une ", "Femmes diabé", "de la prolon", "favorable du"]);
        let says = |value: &str| facts.iter().any(|(_, found)| found == value);
        for value in [
            "Peeters Élise",
            "85073003328",
            "319",
            "20/04/2026",
            "7.86.501.72",
            "Hospital A\nNorth, Street 1",
            "Jan Peeters; brother; Long Street 3, 1000 Brussels",
            "Ann Invented, 02 555 01 01",
            "HbA1c avant la pompe : 7,4 %; hypoglycémies sévères, répétées",
            "02/03/2026",
            "7,2 % (valeurs normales 4 - 6)",
            "Dr Invented, numéro INAMI 10000106690",
            "18/04/2026",
            "Dr Near, 02 555 02 02",
            "HbA1c by summer",
            "02/05/2026",
        ] {
            assert!(says(value), "{value}: {facts:?}");
        }
        assert_eq!(form.footer.lines().next(), Some("Formulaire à utiliser à partir du 01/01/2021 (version 1)"));
        assert!(form.print().unwrap().starts_with(b"%PDF-1.7"));
    }

    /// COV-01: a draft says that it is one; where nothing is stated there is room to write. A translation says so too.
    #[test]
    fn an_empty_draft_is_a_blank_form() {
        let form = document(Language::Nl, &application(json!({}), false), &around(Vec::new()));
        let (ticked, facts) = said(&form);
        assert_eq!(ticked, [""; 0]);
        assert_eq!(facts.iter().filter(|(_, value)| value.contains('…')).count(), 4, "{facts:?}");
        let texts = form.blocks.iter().filter_map(|block| match block {
            Block::Paragraph(text) => Some(text.as_str()),
            _ => None,
        });
        let texts: Vec<_> = texts.take(2).collect();
        assert!(texts[0].starts_with("ONTWERP") && texts[1].starts_with("Vertaling"), "{texts:?}");
    }
}
