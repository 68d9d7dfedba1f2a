use diesel::connection::SimpleConnection;
use insula_domain::actor::Role;
use insula_tests::{
    Client, Reply, TestApp,
    app::{HOSPITAL_A, HOSPITAL_B},
    data,
};
use serde_json::{Value, json};

use super::{at, command, keeper, put_new, with_conventions};

const MEETINGS: &str = "/jointMeetings";
const ASSESSMENT: &str = "/jointMeetingAssessments/2026";

/// The establishment of these tests: its keeper, and members of the team.
struct Team {
    keeper: Client,
    /// Nurse and dietician of the pump team, at North and at South.
    nurse: String,
    dietician: String,
    /// Nurse of the self-management team.
    managing: String,
}

async fn member(keeper: &Client, qualification: &str, name: &str, convention: &str, site: Option<&Value>) -> String {
    let mut one = data::team_member(qualification, &[("education", convention, 0.1)]);
    one["name"] = json!(name);
    if let Some(site) = site {
        one["assignments"][0]["siteId"] = site.clone();
    }
    keeper.post(&at("/teamMembers"), &one).await.expect(201).id()
}

async fn team(app: &TestApp) -> Team {
    with_conventions(app, "2021-01-01", false).await;
    let keeper = keeper(app);
    let site = |name: &str| {
        json!({"name": name, "address": "Invented street 1", "from": "2021-01-01",
            "selfManagement": [{"from": "2015-01-01"}]})
    };
    let sheet = json!({"sites": [site("North"), site("South")]});
    let sites = put_new(&keeper, &at("/sites"), &sheet).await.expect(200).body["items"].clone();
    let nurse = member(&keeper, "diabetesNurse", "N1", "pump", Some(&sites[0]["id"])).await;
    let dietician = member(&keeper, "dietician", "D1", "pump", Some(&sites[1]["id"])).await;
    let managing = member(&keeper, "diabetesNurse", "N2", "selfManagement", None).await;
    Team { keeper, nurse, dietician, managing }
}

fn meeting(day: &str, members: &[&String]) -> Value {
    json!({"day": day, "members": members, "minutes": 60, "report": format!("Report of {day}.")})
}

/// What is said against each meeting of the year, by day; nothing where it counts.
fn against(assessment: &Reply) -> Vec<String> {
    let meetings = assessment.body["meetings"].as_array().unwrap().iter();
    let codes = |one: &Value| {
        let lacks = one["lacks"].as_array().unwrap().iter();
        lacks.map(|issue| issue["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    meetings.map(codes).collect()
}

/// R-04 (REG-03): of six meetings one without self-management does not count; from the day after the last one on one is
/// missing, by the end of the year, until another one is entered; a meeting without report does not count and says so.
#[actix_web::test]
async fn six_meetings_of_a_year_count() {
    let app = TestApp::start().await;
    app.clock.set("2026-12-03T08:00:00Z");
    let Team { keeper, nurse, dietician, managing } = team(&app).await;
    let mut last = String::new();
    for day in ["2026-01-14", "2026-03-11", "2026-05-13", "2026-09-09", "2026-11-04", "2026-12-02"] {
        let other = if day == "2026-11-04" { &dietician } else { &managing };
        last = keeper.post(&at(MEETINGS), &meeting(day, &[&nurse, other])).await.expect(201).id();
    }
    let figures = |reply: &Reply| ["required", "counted", "missing"].map(|name| reply.body[name].as_i64().unwrap());
    let now = keeper.get(&at(ASSESSMENT)).await.expect(200);
    assert_eq!((figures(&now), &now.body["due"]), ([6, 5, 1], &json!("2026-12-31")));
    assert_eq!(against(&now), ["", "", "", "", "selfManagementTeamAbsent", ""]);
    let finding = &now.body["findings"][0];
    assert_eq!((&finding["code"], &finding["rule"]), (&json!("meetingsMissing"), &json!("REG-03")));
    let detail = finding["detail"].as_str().unwrap();
    assert!(detail.contains("2026-12-31") && detail.contains('1') && detail.contains('6'), "{detail}");
    let earlier = keeper.get(&at(&format!("{ASSESSMENT}?on=2026-12-01"))).await.expect(200);
    assert_eq!(figures(&earlier), [6, 4, 2]);

    app.clock.set("2027-01-04T08:00:00Z");
    let mut missed = meeting("2026-12-16", &[&nurse, &dietician, &managing]);
    missed.as_object_mut().unwrap().remove("report");
    let entered = keeper.post(&at(MEETINGS), &missed).await.expect(201);
    let without = keeper.get(&at(ASSESSMENT)).await.expect(200);
    assert_eq!((figures(&without), against(&without).last().unwrap().as_str()), ([6, 5, 1], "reportMissing"));
    missed["report"] = json!("Report of 16 December.");
    missed["why"] = json!("the report is written");
    app.clock.set("2027-01-05T08:00:00Z");
    keeper.put(&at(&format!("{MEETINGS}/{}", entered.id())), &missed, 1).await.expect(200);
    let whole = keeper.get(&at(ASSESSMENT)).await.expect(200);
    assert_eq!((figures(&whole), whole.body["findings"].as_array().unwrap().len()), ([6, 6, 0], 0));
    let then = keeper.get(&at(&format!("{ASSESSMENT}?knownAt=2027-01-04T12:00:00Z"))).await.expect(200);
    assert_eq!(figures(&then), [6, 5, 1]);
    // What was withdrawn no longer counts.
    let path = at(&format!("{MEETINGS}/{last}"));
    command(&keeper, &format!("{path}/withdraw"), &json!({"why": "did not take place"}), 1).await.expect(200);
    assert_eq!(figures(&keeper.get(&at(ASSESSMENT)).await.expect(200)), [6, 5, 1]);
    // INAMI and a visit read them, nobody else.
    for reader in [app.role(Role::Inspector, ""), app.role(Role::InsurerDelegate, "319")] {
        assert_eq!(figures(&reader.get(&at(ASSESSMENT)).await.expect(200)), [6, 5, 1]);
        let listed = reader.get(&at(&format!("{MEETINGS}?from=2026-12-01"))).await.expect(200);
        assert_eq!(listed.body["items"].as_array().unwrap().len(), 1);
    }
    keeper.get(&at("/jointMeetingAssessments/2019")).await.expect_problem(404, "resourceNotFound");
    app.role(Role::ConventionTeam, HOSPITAL_B).get(&at(ASSESSMENT)).await.expect_problem(404, "resourceNotFound");
}

/// R-05 (REG-13, CON-02): a site is named with its members when none of those who work there only took part.
#[actix_web::test]
async fn a_site_that_never_took_part_is_named() {
    let app = TestApp::start().await;
    app.clock.set("2026-12-03T08:00:00Z");
    let Team { keeper, nurse, dietician, managing } = team(&app).await;
    let mut entry = meeting("2026-01-14", &[&nurse, &managing]);
    keeper.post(&at(MEETINGS), &entry).await.expect(201);
    let apart = async || {
        let found = keeper.get(&at(ASSESSMENT)).await.expect(200);
        let findings = found.body["findings"].as_array().unwrap().clone();
        let of_sites = findings.into_iter().filter(|one| one["rule"] == "REG-13");
        (
            of_sites.map(|one| one["detail"].as_str().unwrap().to_owned()).collect::<Vec<_>>(),
            found.body["sites"].clone(),
        )
    };
    let (found, sites) = apart().await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("South") && found[0].contains("D1") && !found[0].contains("N1"), "{found:?}");
    let shown = |site: &Value| (site["name"].clone(), site["members"][0]["name"].clone(), site["attended"].clone());
    assert_eq!(shown(&sites[0]), (json!("North"), json!("N1"), json!(1)));
    assert_eq!(shown(&sites[1]), (json!("South"), json!("D1"), json!(0)));
    assert_eq!(sites[1]["members"][0]["teamMemberId"], json!(dietician));
    entry = meeting("2026-03-11", &[&dietician, &managing]);
    keeper.post(&at(MEETINGS), &entry).await.expect(201);
    assert_eq!(apart().await.0, [""; 0]);
}

/// REG-03, SYS-04: faults come all at once; who takes part was in the team on that day; nothing changes.
#[actix_web::test]
async fn a_meeting_that_cannot_have_been_is_refused() {
    let app = TestApp::start().await;
    app.clock.set("2026-12-03T08:00:00Z");
    let Team { keeper, nurse, .. } = team(&app).await;
    let entry = meeting("2026-01-14", &[&nurse]);
    let path = at(&format!("{MEETINGS}/{}", keeper.post(&at(MEETINGS), &entry).await.expect(201).id()));
    let nobody = "0198c1de-7b20-7d05-8f00-5b1f7a9e2c44";
    let before = app.dump();
    let refused = keeper.post(&at(MEETINGS), &json!({})).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["day:required", "members:required"]);
    for (name, value, fault) in [
        ("day", json!("2026-12-04"), "day:inFuture"),
        ("day", json!("2019-12-31"), "members[0]:notInTeam"),
        ("members", json!([nurse, nobody]), "members[1]:memberNotFound"),
        ("minutes", json!(0), "minutes:outOfRange"),
        ("report", json!(data::niss(3)), "report:nationalNumber"),
        ("beneficiaryId", json!(nobody), "beneficiaryId:unknownField"),
        (
            "fromSelfManagement",
            json!([{"qualification": "baker", "persons": 1}]),
            "fromSelfManagement[0].qualification:notInList",
        ),
        (
            "fromSelfManagement",
            json!([{"qualification": "dietician", "persons": 0}]),
            "fromSelfManagement[0].persons:outOfRange",
        ),
    ] {
        let mut wrong = entry.clone();
        wrong[name] = value;
        let refused = keeper.post(&at(MEETINGS), &wrong).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), [fault]);
        wrong["why"] = json!("entered wrongly");
        assert_eq!(keeper.put(&path, &wrong, 1).await.expect_problem(400, "badRequest").faults(), [fault]);
    }
    let refused =
        keeper.get(&at(&format!("{MEETINGS}?beneficiaryId={nobody}"))).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["beneficiaryId:unknownField"]);
    assert_eq!(app.dump(), before);

    let mut corrected = entry.clone();
    corrected["why"] = json!("entered wrongly");
    let (one, other) = tokio::join!(keeper.put(&path, &corrected, 1), keeper.put(&path, &corrected, 1));
    assert_eq!(one.status.max(other.status), 412);
    let meetings = at(MEETINGS);
    let send = || keeper.post_keyed(&meetings, &entry, "k");
    let (one, other) = tokio::join!(send(), send());
    assert_eq!(one.expect(201).id(), other.expect(201).id());
}

/// REG-03: the database refuses what no meeting is.
#[actix_web::test]
async fn the_database_refuses_what_no_meeting_is() {
    let app = TestApp::start().await;
    let Team { nurse, .. } = team(&app).await;
    let person = app.lead_a().enter_beneficiary(1).await;
    let members = |value: &str| format!("{{\"members\": {value}}}");
    let good = members(&format!("[\"{nurse}\"]"));
    for (content, columns, said) in [
        (good.clone(), "NULL, '2026-05-06'".to_owned(), ""),
        (good.clone(), "NULL, NULL".to_owned(), "\"joint_meeting\""),
        (good.clone(), "NULL, '2026-05-07'".to_owned(), "\"joint_meeting\""),
        (good.clone(), format!("'{person}', '2026-05-06'"), "\"joint_meeting\""),
        (members("[]"), "NULL, '2026-05-06'".to_owned(), "\"joint_meeting\""),
        (members(&format!("[\"{person}\"]")), "NULL, '2026-05-06'".to_owned(), "somebody who is not in the team"),
        (good, "NULL, '2019-12-31'".to_owned(), "somebody who is not in the team"),
    ] {
        let result = app.owner().batch_execute(&format!(
            "BEGIN; INSERT INTO insula.records (hospital, kind, key, version, content, recorded_at, recorded_by,
                 beneficiary, day)
             VALUES ('{HOSPITAL_A}', 'jointMeeting', 'x', 1, '{content}', '2026-05-06T21:59:59Z', 'x', {columns});
             ROLLBACK"
        ));
        let result = result.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(if said.is_empty() { result.is_empty() } else { result.contains(said) }, "{columns}: {result}");
    }
}
