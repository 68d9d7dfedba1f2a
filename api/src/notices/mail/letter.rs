//! The text of an e-mail, in the hospital's language: a counter reached a threshold (NOT-02), with no data but its
//! figures (NOT-05), or a list of prescribers changed (CON-08).

use std::{sync::LazyLock, time::SystemTime};

use chrono::NaiveDate;
use insula_domain::{convention::prescriber::ReportedChange, registry::counter::Reached};
use insula_persistence::notices::mails::{About, MailFacts, WrittenMail};
use lettre::{
    Address, Message,
    message::{
        Mailbox, Mailboxes,
        header::{ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue},
    },
};

use crate::http::language::{PageTexts, filled, in_four_languages};

static TEXTS: LazyLock<[PageTexts; 4]> = in_four_languages!("mail/");

/// The sender of e-mails.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The address.
    pub from: Address,
    /// The domain after the `@` of a Message-ID.
    pub domain: String,
}

/// The subject and text of an e-mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The subject, one line.
    pub subject: String,
    /// The text.
    pub body: String,
}

/// A text on one line, without characters that break or hide lines.
fn one_line(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A day in the Belgian format.
fn written_day(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

impl Letter {
    /// The e-mail about these facts.
    pub fn of(facts: &MailFacts) -> Letter {
        let texts = &TEXTS[facts.language as usize];
        match &facts.about {
            About::Threshold { counter, threshold, figure } => {
                let reached = Reached { counter: *counter, threshold: *threshold, figure: *figure };
                Letter::of_threshold(facts, texts, &reached)
            }
            About::Prescribers { version, changes } => Letter::of_prescribers(facts, texts, *version, changes),
        }
    }

    /// NOT-02: counter, pair, threshold, the figure after the night and the places left; at the limit, what to do now
    /// (M 3.2).
    fn of_threshold(facts: &MailFacts, texts: &PageTexts, reached: &Reached) -> Letter {
        let (counter, limit) = (reached.counter, reached.counter.limit());
        let (kind, pair) = (counter.counter.name(), counter.counter.pair());
        let values = [
            ("pair", pair.to_owned()),
            ("other", counter.counter.other_pair().unwrap_or_default().to_owned()),
            ("year", counter.year.map(|year| year.to_string()).unwrap_or_default()),
            ("threshold", reached.threshold.to_string()),
            ("figure", reached.figure.to_string()),
            ("limit", limit.to_string()),
            ("left", limit.saturating_sub(reached.figure).to_string()),
            ("day", written_day(facts.day)),
            ("number", facts.hospital.clone()),
            // Last, so that braces in a name are not read as placeholders.
            ("hospital", one_line(&facts.hospital_name)),
        ];
        let text = |key: &str| filled(texts.get(key), &values);
        let mut paragraphs = vec![text("opening"), text(&format!("state{kind}")), text("left")];
        if reached.is_limit() {
            paragraphs.push(text(&format!("limit{kind}")));
        }
        paragraphs.push(text("closing"));
        Letter { subject: text(&format!("subject{kind}")), body: paragraphs.join("\n\n") + "\n" }
    }

    /// CON-08: the hospital, the version of the list, and each changed line: person, number and qualification, and
    /// the days on which they may prescribe.
    fn of_prescribers(facts: &MailFacts, texts: &PageTexts, version: i32, changes: &[ReportedChange]) -> Letter {
        let values = [
            ("version", version.to_string()),
            ("day", written_day(facts.day)),
            ("number", facts.hospital.clone()),
            ("hospital", one_line(&facts.hospital_name)),
        ];
        let text = |key: &str| filled(texts.get(key), &values);
        let lines = changes.iter().map(|ReportedChange { change, prescriber }| {
            let span = prescriber.span;
            let period = if span.to.is_some() { "daysTo" } else { "daysFrom" };
            let days = [("from", written_day(span.from)), ("to", span.to.map(written_day).unwrap_or_default())];
            let values = [
                ("nihdi", prescriber.number.to_string()),
                ("qualification", filled(texts.get(prescriber.qualification.name()), &[])),
                ("days", filled(texts.get(period), &days)),
                ("name", one_line(&prescriber.name)),
            ];
            format!("- {}", filled(texts.get(change.name()), &values))
        });
        let lines = lines.collect::<Vec<_>>().join("\n");
        let paragraphs = [text("prescribersOpening"), text("prescribersState"), lines, text("prescribersClosing")];
        Letter { subject: text("prescribersSubject"), body: paragraphs.join("\n\n") + "\n" }
    }

    /// The Message-ID: the same in every attempt (NOT-04).
    pub fn message_id(facts: &MailFacts, domain: &str) -> String {
        let hospital = &facts.hospital;
        match &facts.about {
            About::Threshold { counter, threshold, .. } => {
                format!("<counter-{counter}-{threshold}-{hospital}@{domain}>")
            }
            About::Prescribers { version, .. } => format!("<prescribers-{hospital}-{version}@{domain}>"),
        }
    }

    /// NOT-02, NOT-04: the message for sending, addressed to all recipients and dated when the night wrote it; it
    /// keeps an existing Message-ID. The same facts give the same bytes.
    pub fn written(
        facts: &MailFacts,
        recipients: &[String],
        message_id: Option<&str>,
        sender: &Sender,
    ) -> Result<WrittenMail, String> {
        let letter = Letter::of(facts);
        let message_id = message_id.map_or_else(|| Letter::message_id(facts, &sender.domain), str::to_owned);
        let mut to = Mailboxes::new();
        for (index, recipient) in recipients.iter().enumerate() {
            let address = super::address(recipient);
            let address = address.ok_or_else(|| format!("recipient {} is not an e-mail address", index + 1))?;
            to.push(Mailbox::new(None, address));
        }
        let message = Message::builder()
            .from(Mailbox::new(Some("Insula".to_owned()), sender.from.clone()))
            .mailbox(lettre::message::header::To::from(to))
            .subject(letter.subject.clone())
            .date(SystemTime::from(facts.written_at))
            .message_id(Some(message_id.clone()))
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            // Fixed, so that a relay never has to re-encode long or accented lines.
            .header(ContentTransferEncoding::QuotedPrintable)
            .body(letter.body.clone())
            .map_err(|_| "the message could not be built".to_owned())?;
        Ok(WrittenMail { message_id, subject: letter.subject, body: letter.body, message: message.formatted() })
    }
}

/// RFC 3834: keeps out-of-office replies from answering an automatic e-mail.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<AutoSubmitted, Box<dyn std::error::Error + Send + Sync>> {
        Ok(AutoSubmitted)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use insula_domain::{
        convention::prescriber::{Prescriber, PrescriberChange, Qualification},
        names::Language,
        nomenclature::{PAIR_A, PAIR_B},
        registry::counter::CounterId,
        span::Span,
    };

    use super::*;

    fn facts(counter: CounterId, threshold: u32, figure: u32, language: Language) -> MailFacts {
        MailFacts {
            about: About::Threshold { counter, threshold, figure },
            day: "2026-06-14".parse().unwrap(),
            hospital: "71000436".into(),
            hospital_name: "Hôpital de l'Île".into(),
            language,
            written_at: "2026-06-14T22:30:01Z".parse().unwrap(),
        }
    }

    fn sender() -> Sender {
        Sender { from: "insula@healthdata.example".parse().unwrap(), domain: "healthdata.example".into() }
    }

    const EVERY: [Language; 4] = [Language::Fr, Language::Nl, Language::De, Language::En];

    /// A change of each kind.
    fn prescribers(language: Language, name: &str) -> MailFacts {
        let told = |change, to: Option<&str>| ReportedChange {
            change,
            prescriber: Prescriber {
                number: "11234578580".parse().unwrap(),
                name: name.to_owned(),
                qualification: Qualification::Endocrinologist,
                span: Span { from: "2026-01-01".parse().unwrap(), to: to.map(|day| day.parse().unwrap()) },
            },
        };
        let changes = PrescriberChange::ALL
            .iter()
            .map(|change| told(*change, (*change == PrescriberChange::Ended).then_some("2026-06-30")));
        let about = About::Prescribers { version: 7, changes: changes.collect() };
        MailFacts { about, ..facts(CounterId::A, 350, 352, language) }
    }

    /// CON-08: the e-mail names the list, its version, and for each line who, what, since when and until when; no
    /// name can start a line.
    #[test]
    fn a_list_that_changed_is_told() {
        for language in EVERY {
            let letter = Letter::of(&prescribers(language, "Dr Invented\r\n- {days}"));
            let lines: Vec<&str> = letter.body.lines().filter(|line| line.starts_with("- ")).collect();
            assert_eq!(lines.len(), 4, "{language}: {}", letter.body);
            for line in &lines {
                for said in ["Dr Invented - {days}", "11234578580", "01/01/2026"] {
                    assert!(line.contains(said), "{language}: {said} in {line}");
                }
            }
            assert_eq!(lines.iter().filter(|line| line.contains("30/06/2026")).count(), 1, "{language}");
            for said in ["71000436", "Hôpital de l'Île", "14/06/2026", "7"] {
                assert!(letter.body.contains(said), "{language}: {said} in {}", letter.body);
            }
            let unfilled = (letter.subject + &letter.body).replace("{days}", "");
            assert!(!unfilled.contains(['{', '}']), "{language}: {unfilled}");
        }
        let written =
            Letter::written(&prescribers(Language::Fr, "Dr Invented"), &["a@x.be".into()], None, &sender()).unwrap();
        assert_eq!(written.message_id, "<prescribers-71000436-7@healthdata.example>");
        assert_eq!(written.subject, "Convention pompe à insuline : liste des prescripteurs modifiée (71000436)");
    }

    /// NOT-02, SYS-04: the four languages have the same texts with the same placeholders, and every placeholder is
    /// filled.
    #[test]
    fn the_four_languages_say_the_same() {
        let placeholders = |text: &String| {
            let mut found: Vec<_> = text
                .split('{')
                .skip(1)
                .filter_map(|rest| rest.split_once('}'))
                .map(|(name, _)| name.to_owned())
                .collect();
            found.sort();
            found.dedup();
            found
        };
        let shape = |texts: &PageTexts| {
            let mut shape: Vec<_> = texts.iter().map(|(key, text)| (key.clone(), placeholders(text))).collect();
            shape.sort();
            shape
        };
        for texts in TEXTS.iter() {
            assert_eq!(shape(texts), shape(&TEXTS[0]));
        }
        for language in EVERY {
            for (counter, threshold) in [(CounterId::A, 350), (CounterId::A, 400), (CounterId::b(2026), 60)] {
                let letter = Letter::of(&facts(counter, threshold, threshold, language));
                assert!(!(letter.subject + &letter.body).contains(['{', '}']), "{language}");
            }
        }
    }

    /// NOT-02: the e-mail states counter, threshold, figure and places left, in the hospital's language.
    #[test]
    fn the_letter_states_the_figure() {
        for language in EVERY {
            let letter = Letter::of(&facts(CounterId::A, 350, 372, language));
            for said in [PAIR_A, "350", "372", "400", "28", "14/06/2026", "Hôpital de l'Île", "71000436"] {
                assert!(letter.body.contains(said), "{language}: {said} in {}", letter.body);
            }
            assert!(!letter.body.contains(PAIR_B), "{language}: nothing to do yet");
            let letter = Letter::of(&facts(CounterId::b(2027), 45, 47, language));
            for said in [PAIR_B, "2027", "45", "47", "60", "13"] {
                assert!(letter.body.contains(said), "{language}: {said} in {}", letter.body);
            }
            assert!(letter.subject.contains(PAIR_B) && letter.subject.contains("2027"));
        }
        assert_eq!(
            Letter::of(&facts(CounterId::A, 350, 352, Language::Fr)).subject,
            "Capteurs implantables : le compteur 174370-174381 a atteint 350 prestations"
        );
    }

    /// NOT-02, M 3.2: at the limit the e-mail says what to do: for A use the other pair, for B nothing more that
    /// year.
    #[test]
    fn at_the_limit_it_says_what_to_do() {
        for (language, a, b) in [
            (Language::Fr, "pour les enregistrements en cours et futurs", "Vous ne pouvez plus valider"),
            (
                Language::Nl,
                "voor de lopende en de toekomstige registraties",
                "geen registraties met deze verstrekking meer valideren",
            ),
            (
                Language::De,
                "für laufende und künftige Registrierungen",
                "keine Registrierungen mit dieser Leistung mehr validieren",
            ),
            (Language::En, "for present and future registrations", "You can no longer validate"),
        ] {
            let letter = Letter::of(&facts(CounterId::A, 400, 400, language));
            assert!(letter.body.contains(a) && letter.body.contains(PAIR_B), "{}", letter.body);
            assert!(!Letter::of(&facts(CounterId::A, 390, 400, language)).body.contains(a), "{language}");
            let letter = Letter::of(&facts(CounterId::b(2026), 60, 60, language));
            assert!(letter.body.contains(b) && !letter.body.contains(a), "{}", letter.body);
        }
    }

    /// NOT-04: the same facts give the same bytes, with the date of the night and a stable Message-ID.
    #[test]
    fn the_same_facts_make_the_same_bytes() {
        let to = ["a@x.be".to_owned(), "b@x.be".to_owned()];
        let write = |facts: &MailFacts, id| Letter::written(facts, &to, id, &sender()).unwrap();
        let one = write(&facts(CounterId::A, 350, 352, Language::Fr), None);
        assert_eq!(one, write(&facts(CounterId::A, 350, 352, Language::Fr), None));
        assert_eq!(one.message_id, "<counter-A-350-71000436@healthdata.example>");
        let text = String::from_utf8(one.message.clone()).unwrap();
        assert!(text.is_ascii());
        for header in [
            "Message-ID: <counter-A-350-71000436@healthdata.example>\r\n",
            "Date: Sun, 14 Jun 2026 22:30:01 +0000\r\n",
            "To: a@x.be, b@x.be\r\n",
            "From: Insula <insula@healthdata.example>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Content-Type: text/plain; charset=utf-8\r\n",
        ] {
            assert!(text.contains(header), "{header} in {text}");
        }
        let ids: std::collections::HashSet<_> = CounterId::A
            .thresholds()
            .map(|threshold| (CounterId::A, threshold))
            .chain(CounterId::b(2026).thresholds().map(|threshold| (CounterId::b(2026), threshold)))
            .chain(CounterId::b(2027).thresholds().map(|threshold| (CounterId::b(2027), threshold)))
            .map(|(counter, threshold)| Letter::message_id(&facts(counter, threshold, threshold, Language::Fr), "x.be"))
            .collect();
        assert_eq!(ids.len(), 16);
        assert_eq!(write(&facts(CounterId::A, 350, 352, Language::Fr), Some("<old@x.be>")).message_id, "<old@x.be>");
    }

    /// NOT-05: neither a hospital's name nor an address can start a header or end the text.
    #[test]
    fn nothing_is_injected() {
        let mut odd = facts(CounterId::A, 350, 352, Language::Nl);
        odd.hospital_name = "Evil\r\nBcc: everyone@x.be\r\n\r\n.\r\n{pair}\u{85}QUIT".into();
        let written = Letter::written(&odd, &["a@x.be".into()], None, &sender()).unwrap();
        let text = String::from_utf8(written.message).unwrap();
        let (headers, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(!headers.to_lowercase().contains("bcc"), "{headers}");
        assert!(
            written.body.starts_with("Ter attentie van het ziekenhuis Evil Bcc: everyone@x.be . {pair} QUIT (RIZIV")
        );
        for address in ["a@x.be\r\nBcc: b@x.be", "a@x.be, b@x.be", "<a@x.be>"] {
            assert!(Letter::written(&odd, &[address.into()], None, &sender()).is_err(), "{address}");
        }
    }
}
