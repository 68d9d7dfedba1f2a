//! Decisions of the adviser, and the periods that they grant and end.

use insula_domain::actor::Role;
use insula_tests::app::{HOSPITAL_A, HOSPITAL_B};
use serde_json::json;

use super::{
    Scene, against, applied, at, at_h2, c_01, checked, days, decide, draft, expected, favourable, issues, of_h1,
    period, submit, told, with,
};

/// C-01 (COV-01, COV-03, COV-04): one decision grants one period; nothing changes it, and a second one that supersedes
/// nothing is refused.
#[actix_web::test]
async fn a_decision_grants_a_period() {
    let scene = Scene::start().await;
    let (p1, id, granted) = c_01(&scene).await;
    let own = period(&scene.h1(), &granted).await;
    assert_eq!(days(&own), expected("2026-04-01", "2027-03-31", 365, "running", "-"));
    assert_eq!((&own["usedDays"], &own["leftDays"], &own["beneficiaryId"]), (&json!(19), &json!(346), &json!(p1)));
    assert_eq!(scene.h1().get(&at(&id, "")).await.expect(200).body["status"], "decided");
    let seen = scene.adviser().get(&at(&id, "")).await.expect(200);
    assert_eq!(seen.body["beneficiary"]["niss"], "85073003328");
    assert_eq!(scene.h1().get(&at(&id, "")).await.expect(200).body.get("beneficiary"), None);

    let refused = decide(&scene.adviser(), &id, 3, &against("Changed my mind.")).await;
    let refused = refused.expect_problem(409, "decisionStands");
    let decisions = scene.h1().get(&at(&id, "/decisions")).await.expect(200);
    assert_eq!(refused.body["lastDecisionId"], decisions.body["items"][0]["id"]);
    let stale = decide(&scene.adviser(), &id, 2, &against("Changed my mind.")).await;
    stale.expect_problem(412, "preconditionFailed");
    for (client, number) in [(Role::MedicalAdviser, "100"), (Role::ConventionTeam, HOSPITAL_B)] {
        let other = scene.app.role(client, number);
        other.get(&format!("/grantedPeriods/{granted}")).await.expect_problem(404, "resourceNotFound");
        assert_eq!(other.get("/grantedPeriods").await.expect(200).body["items"], json!([]));
    }
    let elsewhere = decide(&scene.app.role(Role::MedicalAdviser, "100"), &id, 3, &against("x")).await;
    elsewhere.expect_problem(404, "resourceNotFound");
    assert_eq!(scene.app.count("SELECT count(*) AS n FROM insula.coverage_decisions"), 1);
}

/// C-03, C-04 (COV-04, COV-05): a period begins no earlier than day 30 and lasts twelve months at most; a draft is not
/// decided, and a preview stores nothing.
#[actix_web::test]
async fn a_decision_keeps_the_limits() {
    let scene = Scene::start().await;
    scene.on("2026-04-01");
    let p1 = scene.p1().await;
    let id = draft(&scene.h1(), &p1, &of_h1("2026-04-01", "2026-03-01", "2027-02-28")).await.id();
    decide(&scene.adviser(), &id, 1, &favourable("2026-03-02", "2027-03-01"))
        .await
        .expect_problem(404, "resourceNotFound");
    submit(&scene.h1(), &id, 1).await.expect(200);
    for (from, to, fault) in [
        ("2026-03-01", "2027-02-28", "COV-05 from outOfRange"),
        ("2026-03-02", "2027-03-02", "COV-04 to outOfRange"),
        ("2026-03-03", "2027-03-01", "COV-04 words required"),
        ("2027-01-01", "2026-12-31", "COV-04 words required"),
    ] {
        let refused = decide(&scene.adviser(), &id, 2, &favourable(from, to)).await.expect_problem(400, "badRequest");
        assert_eq!(told(&refused.body["issues"])[0], fault, "{from} {to}");
    }
    let preview = scene.adviser().post(&at(&id, "/decisions/preview"), &favourable("2026-03-02", "2027-03-01")).await;
    let preview = preview.expect(200).body;
    assert_eq!(preview["granted"]["days"], 365);
    assert_eq!(scene.app.count("SELECT count(*) AS n FROM insula.granted_periods"), 0);
    decide(&scene.adviser(), &id, 2, &favourable("2026-03-02", "2027-03-01")).await.expect(201);
}

/// C-07 (PMP-01): nobody is granted a day below 16.
#[actix_web::test]
async fn sixteen_is_the_first_day() {
    let scene = Scene::start().await;
    scene.on("2026-06-12");
    let p4 = scene.person(HOSPITAL_A, "10061500223").await;
    let id = applied(&scene.h1(), &p4, &of_h1("2026-06-12", "2026-06-10", "2027-06-09")).await;
    let refused = decide(&scene.adviser(), &id, 2, &favourable("2026-06-14", "2027-06-13")).await;
    assert_eq!(told(&refused.expect_problem(400, "badRequest").body["issues"]), ["PMP-01 from outOfRange"]);
    decide(&scene.adviser(), &id, 2, &favourable("2026-06-15", "2027-06-14")).await.expect(201);
}

/// C-05, C-06 (COV-04, COV-05, COV-06): a prolongation follows the running period; a late one loses days.
#[actix_web::test]
async fn a_prolongation_follows() {
    let scene = Scene::start().await;
    scene.with_tariffs();
    let (p1, _, first) = c_01(&scene).await;
    let ending = period(&scene.h1(), &first).await;
    assert_eq!((&ending["endingFrom"], &ending["endingUrgentFrom"]), (&json!("2027-01-30"), &json!("2027-03-01")));
    scene.on("2027-03-15");
    let of = |date, from, to| {
        with(with(of_h1(date, from, to), "/kind", "prolongation"), "/withoutExaminations", "Planned for May.")
    };
    let early = of("2027-03-15", "2027-03-20", "2028-03-19");
    let id = applied(&scene.h1(), &p1, &early).await;
    let check = scene.h1().get(&at(&id, "/check")).await.expect(200).body;
    let outlook = &check["outlook"];
    assert_eq!((&check["kind"], &outlook["firstDay"]), (&json!("prolongation"), &json!("2027-04-01")));
    assert_eq!((&outlook["lastDay"], outlook.get("lost")), (&json!("2028-03-31"), None));
    let refused = decide(&scene.adviser(), &id, 2, &favourable("2027-03-20", "2028-03-19")).await;
    assert_eq!(told(&refused.expect_problem(400, "badRequest").body["issues"]), ["COV-06 from outOfRange"]);
    scene.h1().command(&at(&id, "/withdraw"), 2).await.expect(200);

    scene.on("2027-05-11");
    let late = applied(&scene.h1(), &p1, &of("2027-05-11", "2027-04-01", "2028-03-31")).await;
    let outlook = scene.h1().get(&at(&late, "/check")).await.expect(200).body["outlook"].clone();
    assert_eq!((&outlook["firstDay"], &outlook["lastDay"]), (&json!("2027-04-11"), &json!("2028-04-10")));
    assert_eq!((&outlook["lost"]["from"], &outlook["lost"]["days"]), (&json!("2027-04-01"), &json!(10)));
    assert_eq!(outlook["lost"]["amount"], "103.30");
    decide(&scene.adviser(), &late, 2, &favourable("2027-04-11", "2028-04-10")).await.expect(201);
    let on = async |day: &str| {
        scene.h1().get(&format!("/grantedPeriods?on={day}")).await.expect(200).body["items"].as_array().unwrap().len()
    };
    assert_eq!([on("2027-03-31").await, on("2027-04-05").await, on("2027-04-11").await], [1, 0, 1]);
}

/// C-27 (PMP-03): a prolongation without preventive examination in the year before its first day needs words.
#[actix_web::test]
async fn a_prolongation_was_examined() {
    let scene = Scene::start().await;
    let (p1, ..) = c_01(&scene).await;
    scene.on("2027-03-15");
    let content = with(of_h1("2027-03-15", "2027-04-01", "2028-03-31"), "/kind", "prolongation");
    let register = format!("/establishments/{HOSPITAL_A}/preventiveExaminations");
    for (day, asked) in [("2025-11-20", true), ("2026-11-18", false)] {
        scene.h1().post(&register, &json!({"beneficiaryId": p1, "day": day})).await.expect(201);
        let check = checked(&scene.h1(), &p1, &content).await;
        let expected = asked.then(|| "PMP-03 content.withoutExaminations required".to_owned());
        assert_eq!(issues(&check), expected.into_iter().collect::<Vec<_>>());
    }
}

/// C-10 d (PMP-02): the value before the pump is kept for a prolongation.
#[actix_web::test]
async fn the_value_before_the_pump_is_kept() {
    let scene = Scene::start().await;
    let (p1, ..) = c_01(&scene).await;
    scene.on("2027-03-15");
    let content = with(of_h1("2027-03-15", "2027-04-01", "2028-03-31"), "/kind", "prolongation");
    let content = with(content, "/withoutExaminations", "Planned for May.");
    let content = with(content, "/lastHba1c/value", "6.4");
    let indication = json!({"targetGroup": "insufficientControl", "diabetesType": "type1"});
    let content = with(content, "/indication", indication);
    assert_eq!(issues(&checked(&scene.h1(), &p1, &content).await), [""; 0]);
    let p2 = scene.person(HOSPITAL_A, "90031200492").await;
    let unproved = checked(&scene.h1(), &p2, &with(content, "/kind", "first")).await;
    assert_eq!(issues(&unproved), ["PMP-02 content.indication.hba1cBeforePump groundMissing"]);
}

/// C-12, C-14 (COV-07): a transfer ends the period of the first establishment on the eve; neither learns of the other.
#[actix_web::test]
async fn a_transfer_ends_the_first_period() {
    let scene = Scene::start().await;
    let (_, _, first) = c_01(&scene).await;
    scene.on("2026-09-10");
    let id = at_h2(&scene, "85073003328", "2026-09-10", "2026-09-15", "2027-09-14").await;
    let check = scene.h2().get(&at(&id, "/check")).await.expect(200).body;
    assert_eq!((&check["kind"], &check["outlook"]["firstDay"]), (&json!("first"), &json!("2026-09-15")));
    scene.on("2026-09-18");
    let decision = favourable("2026-09-15", "2027-09-14");
    let preview = scene.adviser().post(&at(&id, "/decisions/preview"), &decision).await.expect(200).body;
    assert_eq!((&preview["ended"][0]["to"], &preview["ended"][0]["days"]), (&json!("2026-09-14"), &json!(167)));
    let given = decide(&scene.adviser(), &id, 2, &decision).await.expect(201);
    let cut = period(&scene.h1(), &first).await;
    assert_eq!(days(&cut), expected("2026-04-01", "2026-09-14", 167, "ended", "takenOnElsewhere"));
    assert_eq!((&cut["grantedDays"], &cut["grantedTo"]), (&json!(365), &json!("2027-03-31")));
    let stands = period(&scene.h2(), given.body["grantedPeriodId"].as_str().unwrap()).await;
    assert_eq!(days(&stands), expected("2026-09-15", "2027-09-14", 365, "running", "-"));
    // As it was known the day before, the first period still ran to its end.
    let known = scene.h1().get(&format!("/grantedPeriods/{first}?knownAt=2026-09-17T12:00:00Z")).await.expect(200);
    assert_eq!(known.body["to"], "2027-03-31");
    assert_eq!(scene.h2().get(&format!("/grantedPeriods/{first}")).await.status, 404);
}

/// C-15 (COV-06, COV-07): a period elsewhere that has not begun stands in the way, until its establishment gives it up.
#[actix_web::test]
async fn a_later_period_stands_in_the_way() {
    let scene = Scene::start().await;
    scene.on("2026-11-20");
    let p1 = scene.p1().await;
    let id = applied(&scene.h1(), &p1, &of_h1("2026-11-20", "2027-01-01", "2027-12-31")).await;
    let planned = decide(&scene.adviser(), &id, 2, &favourable("2027-01-01", "2027-12-31")).await.expect(201);
    let planned = planned.body["grantedPeriodId"].as_str().unwrap().to_owned();
    scene.on("2026-11-25");
    let id = at_h2(&scene, "85073003328", "2026-11-25", "2026-12-01", "2027-11-30").await;
    let decision = favourable("2026-12-01", "2027-11-30");
    let before = scene.app.dump();
    let refused = decide(&scene.adviser(), &id, 2, &decision).await.expect_problem(409, "periodInTheWay");
    assert_eq!(refused.body["rule"], "COV-06");
    assert!(!refused.text.contains(HOSPITAL_A) && !refused.text.contains("2027-01-01"), "{}", refused.text);
    assert_eq!(scene.app.dump(), before);
    let given_up =
        scene.h1().command_with(&format!("/grantedPeriods/{planned}/end"), 1, &json!({"why": "givenUp"})).await;
    assert_eq!(days(&given_up.expect(200).body), expected("2027-01-01", "-", 0, "ended", "givenUp"));
    decide(&scene.adviser(), &id, 2, &decision).await.expect(201);
}

/// C-16 (COV-07): an establishment stops with a month's notice.
#[actix_web::test]
async fn an_establishment_stops_with_notice() {
    let scene = Scene::start().await;
    let (_, _, id) = c_01(&scene).await;
    scene.on("2026-10-16");
    let path = format!("/grantedPeriods/{id}/end");
    let end = |told: Option<&str>, last: &str| {
        let mut body = json!({"why": "establishmentStops", "lastDay": last});
        told.into_iter().for_each(|told| body["toldOn"] = json!(told));
        body
    };
    for (told_on, last, fault) in [
        (Some("2026-10-15"), "2026-11-13", "COV-07 lastDay outOfRange"),
        (None, "2026-11-14", "COV-07 toldOn required"),
    ] {
        let refused = scene.h1().command_with(&path, 1, &end(told_on, last)).await.expect_problem(400, "badRequest");
        assert_eq!(told(&refused.body["issues"]), [fault]);
    }
    let ended = scene.h1().command_with(&path, 1, &end(Some("2026-10-15"), "2026-11-14")).await.expect(200);
    assert_eq!(days(&ended.body), expected("2026-04-01", "2026-11-14", 228, "running", "establishmentStops"));
}

/// C-20 (COV-03): of two decisions at once exactly one stands.
#[actix_web::test]
async fn of_two_advisers_one_decides() {
    let scene = Scene::start().await;
    scene.on("2026-04-10");
    let p1 = scene.p1().await;
    let id = applied(&scene.h1(), &p1, &of_h1("2026-04-10", "2026-04-01", "2027-03-31")).await;
    let (one, other) = (scene.adviser(), scene.adviser());
    let (yes, no) = (favourable("2026-04-01", "2027-03-31"), against("Does not follow self-management."));
    let (first, second) = tokio::join!(decide(&one, &id, 2, &yes), decide(&other, &id, 2, &no));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert!(statuses == [201, 409] || statuses == [201, 412], "{statuses:?}");
    assert_eq!(scene.app.count("SELECT count(*) AS n FROM insula.coverage_decisions"), 1);
    let granted = scene.app.count("SELECT count(*) AS n FROM insula.granted_periods");
    assert_eq!(granted == 1, first.status == 201);
}

/// C-21 (COV-03): a later decision supersedes; both are readable, and so is what was known before.
#[actix_web::test]
async fn a_later_decision_supersedes() {
    let scene = Scene::start().await;
    let (p1, id, granted) = c_01(&scene).await;
    scene.on("2026-10-05");
    let last = scene.adviser().get(&at(&id, "/decisions")).await.expect(200).body["items"][0]["id"].clone();
    let mut decision = against("Does not follow self-management.");
    decision["from"] = json!("2026-11-01");
    decision["supersedes"] = last.clone();
    decide(&scene.adviser(), &id, 3, &decision).await.expect(201);
    let cut = period(&scene.h1(), &granted).await;
    assert_eq!(days(&cut), expected("2026-04-01", "2026-10-31", 214, "running", "superseded"));
    let known = scene.h1().get(&format!("/grantedPeriods/{granted}?knownAt=2026-10-04T12:00:00Z")).await.expect(200);
    assert_eq!(known.body["to"], "2027-03-31");
    let decisions = scene.h1().get(&at(&id, "/decisions")).await.expect(200).body["items"].clone();
    let verdicts: Vec<_> = decisions.as_array().unwrap().iter().map(|one| one["verdict"].as_str().unwrap()).collect();
    assert_eq!((verdicts, &decisions[0]["supersedes"]), (vec!["unfavourable", "favourable"], &last));
    scene.on("2026-11-20");
    let content = with(of_h1("2026-11-20", "2026-12-01", "2027-11-30"), "/withoutExaminations", "None recorded.");
    let again = applied(&scene.h1(), &p1, &content).await;
    decide(&scene.adviser(), &again, 2, &favourable("2026-12-01", "2027-11-30")).await.expect(201);
    let on = async |day: &str| {
        scene.h1().get(&format!("/grantedPeriods?on={day}")).await.expect(200).body["items"].as_array().unwrap().len()
    };
    assert_eq!([on("2026-10-31").await, on("2026-11-15").await, on("2026-12-01").await], [1, 0, 1]);
}

/// C-25 (COV-07): a period ends with the day of death, and an application that waits is closed.
#[actix_web::test]
async fn a_death_ends_a_period() {
    let scene = Scene::start().await;
    let (p1, _, granted) = c_01(&scene).await;
    scene.on("2026-08-01");
    let content = with(of_h1("2026-08-01", "2027-04-01", "2028-03-31"), "/withoutExaminations", "None recorded.");
    let waiting = applied(&scene.h1(), &p1, &content).await;
    scene.on("2026-08-25");
    let died = json!({"niss": "85073003328", "lastName": "Invented", "insurerNumber": "319", "deceased": true,
        "deathDate": "2026-08-20"});
    scene.app.role(Role::StudyLead, HOSPITAL_A).put(&format!("/beneficiaries/{p1}"), &died, 1).await.expect(200);
    let ended = period(&scene.h1(), &granted).await;
    assert_eq!(days(&ended), expected("2026-04-01", "2026-08-20", 142, "ended", "death"));
    assert_eq!(scene.h1().get(&at(&waiting, "")).await.expect(200).body["status"], "closed");
    let late = decide(&scene.adviser(), &waiting, 3, &favourable("2027-04-01", "2028-03-31")).await;
    late.expect_problem(409, "applicationTransitionNotPossible");
}

/// C-19 (CON-07): a period of the earlier convention is entered as such, with the first day at this one's price; it stands in
/// nobody's way who has none, and in the way of another on its days.
#[actix_web::test]
async fn a_period_of_the_earlier_convention_runs_on() {
    let scene = Scene::start().await;
    scene.on("2021-09-02");
    let p1 = scene.p1().await;
    let entry =
        |from: &str, to: &str| json!({"beneficiaryId": p1, "conventionNumber": super::H1, "from": from, "to": to});
    for (from, to, fault) in [("2021-01-01", "2021-12-31", "from"), ("2020-09-01", "2021-09-01", "to")] {
        let refused = scene.h1().post("/grantedPeriods", &entry(from, to)).await.expect_problem(400, "badRequest");
        assert_eq!(told(&refused.body["issues"]), [format!("CON-07 {fault} outOfRange")]);
    }
    let elsewhere = scene.h2().post("/grantedPeriods", &entry("2020-09-01", "2021-08-31")).await;
    assert_eq!(elsewhere.expect_problem(400, "badRequest").faults(), ["beneficiaryId:beneficiaryNotFound"]);
    let made = scene.h1().post("/grantedPeriods", &entry("2020-09-01", "2021-08-31")).await.expect(201);
    assert_eq!(days(&made.body), expected("2020-09-01", "2021-08-31", 365, "ended", "-"));
    assert_eq!((&made.body["pricedFrom"], made.body.get("applicationId")), (&json!("2021-01-01"), None));
    assert_eq!(period(&scene.adviser(), &made.id()).await["pricedFrom"], "2021-01-01");
    let twice = scene.h1().post("/grantedPeriods", &entry("2020-12-01", "2021-11-30")).await;
    twice.expect_problem(409, "periodInTheWay");
}

/// COV-03, COV-04, COV-06, COV-07: the database refuses two periods on one day, more than twelve months, a longer end
/// and a changed decision, whoever writes.
#[actix_web::test]
async fn the_database_refuses_what_no_period_is() {
    use diesel::connection::SimpleConnection;
    let scene = Scene::start().await;
    let (_, _, granted) = c_01(&scene).await;
    let copy = |days: &str| {
        format!(
            "INSERT INTO insula.coverage_decisions SELECT gen_random_uuid(), application_id, hospital, person_id, insurer,
                 insurer_union, 2, verdict, valid_from, valid_to, conditions, words, id, decided_by, decided_at
             FROM insula.coverage_decisions WHERE number = 1;
             INSERT INTO insula.granted_periods SELECT gen_random_uuid(), p.hospital, p.beneficiary_id, p.person_id,
                 p.application_id, d.id, p.insurer, p.insurer_union, p.convention_number, {days}, {days}, NULL, 1, now(), now()
             FROM insula.granted_periods p, insula.coverage_decisions d WHERE d.number = 2"
        )
    };
    for (sql, constraint) in [
        (copy("daterange('2027-03-31', '2027-05-01')"), "no_day_of_two"),
        (copy("daterange('2027-04-01', '2028-04-02')"), "twelve_months"),
        (copy("daterange('2028-02-29', '2029-03-02')"), "twelve_months"),
        (
            format!(
                "UPDATE insula.granted_periods SET effective = daterange('2026-04-01', '2026-05-01') WHERE id = '{granted}'"
            ),
            "ended_for_a_reason",
        ),
        (
            "UPDATE insula.granted_periods SET granted = granted, person_id = gen_random_uuid()".to_owned(),
            "fixed for ever",
        ),
        ("UPDATE insula.coverage_applications SET wanted_from = '2026-01-01'".to_owned(), "fixed for ever"),
    ] {
        let said = scene.app.owner().batch_execute(&format!("BEGIN; {sql}; ROLLBACK"));
        let said = said.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(said.contains(constraint), "{sql}: {said}");
    }
    for days in ["daterange('2027-04-01', '2028-04-01')", "daterange('2028-02-29', '2029-03-01')"] {
        scene.app.owner().batch_execute(&format!("BEGIN; {}; ROLLBACK", copy(days))).unwrap();
    }
}
