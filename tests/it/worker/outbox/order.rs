use std::{
    sync::{Mutex, mpsc},
    thread,
};

use insula_api::worker::{self, destination::Destination};
use insula_domain::registry::transmission::coded::{Answer, CodedMessage};
use insula_tests::{TEST_TIMEOUT, TestApp};
use serde_json::json;

use super::{Recipient, forget_deliveries, reopened, sending, undelivered};

/// TRA-04: submission, correction and deletion arrive in this order, with one technical id; repeated, they arrive in
/// the same order, one at a time, and change nothing.
#[actix_web::test]
async fn submission_correction_and_deletion_arrive_in_order() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let healthdata = Recipient::healthdata([]);
    let first = sending(&lead, 1).await;
    assert_eq!(healthdata.round(&app), 1);
    let open = reopened(&lead, &first).await;
    let change = json!({"content": {"severeHypoglycaemiasLast12Months": 4}});
    let open = lead.patch(&format!("/registrations/{}", open.id()), &change, open.version()).await.expect(200);
    let second = lead.submit(&open).await.expect(200);
    assert_eq!(healthdata.round(&app), 1);
    let open = reopened(&lead, &second).await;
    lead.delete(&format!("/registrations/{}?reason=notPerformed", open.id()), open.version()).await.expect(204);
    assert_eq!(healthdata.round(&app), 1);

    let got = healthdata.got();
    assert_eq!(
        got.iter().map(|message| (message.version, message.deleted)).collect::<Vec<_>>(),
        [
            (i32::try_from(first.version()).unwrap(), false),
            (i32::try_from(second.version()).unwrap(), false),
            (i32::try_from(open.version()).unwrap() + 1, true),
        ]
    );
    assert!(got.iter().all(|message| message.technical_id == got[0].technical_id));
    assert!(got.iter().all(|message| message.pseudonym == got[0].pseudonym));
    assert_eq!(got[0].content["severeHypoglycaemiasLast12Months"], 1);
    assert_eq!(got[1].content["severeHypoglycaemiasLast12Months"], 4);
    assert!(got[2].content.is_empty());

    forget_deliveries(&app);
    let (again, before) = (Recipient::healthdata([]), lead.again(&first).await.text);
    for _ in 0..3 {
        assert_eq!(again.round(&app), 1, "a later one waits for the earlier one");
    }
    assert_eq!((again.round(&app), undelivered(&app)), (0, 0));
    assert_eq!(again.got(), got);
    assert_eq!(lead.again(&first).await.text, before);
}

/// CGM-07: a refusal by Healthdata requires corrections, with its reasons, and ends that delivery.
#[actix_web::test]
async fn a_refusal_leads_to_corrections_needed_with_its_reasons() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let refused = sending(&lead, 1).await;
    let reasons = vec!["unknown device".to_owned(), "the date is odd".to_owned()];
    let healthdata = Recipient::healthdata([Answer::Refused(reasons.clone())]);
    assert_eq!(healthdata.round(&app), 1);
    let present = lead.again(&refused).await;
    assert_eq!(present.body["status"], "correctionsNeeded");
    assert_eq!(present.body["corrections"], json!({"because": "refusedByHealthdata", "reasons": reasons}));
    assert_eq!(present.body["code"], refused.body["code"]);
    assert_eq!((healthdata.round(&app), undelivered(&app)), (0, 0));
    // The way out: correct and submit again.
    let open = reopened(&lead, &refused).await;
    lead.submit(&open).await.expect(200);
    assert_eq!(healthdata.round(&app), 1);
    assert_eq!(lead.again(&refused).await.body["status"], "submitted");
}

/// A recipient that answers when another thread tells it to.
struct Slow {
    answers: Mutex<mpsc::Receiver<Answer>>,
    asked: mpsc::Sender<()>,
}

impl Destination for Slow {
    fn name(&self) -> &'static str {
        "healthdata"
    }

    fn deliver(&self, messages: &[&CodedMessage]) -> Vec<Answer> {
        self.asked.send(()).unwrap();
        let answer = self.answers.lock().unwrap().recv_timeout(TEST_TIMEOUT).unwrap();
        vec![answer; messages.len()]
    }
}

/// TRA-04, CGM-12: a late answer to an earlier version does not change the registration.
#[actix_web::test]
async fn a_late_answer_to_an_older_version_changes_nothing() {
    for late in [Answer::Refused(vec!["no".to_owned()]), Answer::Acknowledged, Answer::Failed("no".to_owned())] {
        let app = TestApp::start().await;
        let lead = app.lead_a();
        let first = sending(&lead, 1).await;
        let (answer, answers) = mpsc::channel();
        let (asked, was_asked) = mpsc::channel();
        let (db, slow) = (app.db.clone(), Slow { answers: Mutex::new(answers), asked });
        let worker = thread::spawn(move || worker::deliver(&db, &slow).unwrap());
        was_asked.recv_timeout(TEST_TIMEOUT).unwrap();
        // Its claim expires, another worker delivers, and the hospital corrects.
        app.clock.advance(chrono::TimeDelta::seconds(61));
        assert_eq!(app.deliver(), 1);
        let open = reopened(&lead, &first).await;
        let second = lead.submit(&open).await.expect(200);
        answer.send(late).unwrap();
        worker.join().unwrap();
        assert_eq!(lead.again(&first).await.body, second.body);
        assert_eq!(app.deliver(), 1, "the correction is still on its way");
        assert_eq!(lead.again(&first).await.body["status"], "submitted");
        assert_eq!(app.count("SELECT count(*) AS n FROM coded.deliveries"), 2);
    }
}

/// TRA-04: the queue of one registration does not block another.
#[actix_web::test]
async fn a_failing_registration_blocks_no_other() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let failing = sending(&lead, 1).await;
    let other = sending(&lead, 2).await;
    let healthdata = Recipient::healthdata([Answer::Failed("busy".to_owned()), Answer::Acknowledged]);
    assert_eq!(healthdata.round(&app), 2);
    assert_eq!(lead.again(&failing).await.body["status"], "sending");
    assert_eq!(lead.again(&other).await.body["status"], "submitted");
    assert_eq!(lead.command(&format!("/registrations/{}/reopen", failing.id()), failing.version()).await.status, 409);
}
