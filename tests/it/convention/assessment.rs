use diesel::connection::SimpleConnection;
use insula_domain::{actor::Role, exact::Exact};
use insula_tests::{Client, TestApp, app::HOSPITAL_A, data};
use reqwest::Method;
use serde_json::{Value, json};

use super::{at, command, keeper, put_new, with_conventions};

/// A team of a physician, two nurses, a dietician and a secretary since 2020, in both conventions.
async fn with_team(app: &TestApp) -> Client {
    let keeper = keeper(app);
    let mut physician =
        data::team_member("endocrinologist", &[("medical", "pump", 0.05), ("medical", "selfManagement", 0.4)]);
    physician["nihdiNumber"] = json!(data::PHYSICIAN);
    for part in physician["assignments"].as_array_mut().unwrap() {
        part["responsible"] = json!(true);
    }
    let nurse = |pump, other| {
        data::team_member("diabetesNurse", &[("education", "pump", pump), ("education", "selfManagement", other)])
    };
    let team = [
        physician,
        nurse(0.2, 0.4),
        nurse(0.1, 0.3),
        data::team_member("dietician", &[("education", "pump", 0.05), ("education", "selfManagement", 0.2)]),
        data::team_member("secretary", &[("secretariat", "pump", 0.05), ("secretariat", "selfManagement", 0.2)]),
    ];
    for member in team {
        keeper.post(&at("/teamMembers"), &member).await.expect(201);
    }
    keeper
}

async fn state(keeper: &Client, year: i32, patients: &str) {
    let entry = json!({"patients": patients, "grounds": "a list",
        "selfManagement": {"medical": "0.4", "education": "1.2", "dataManagement": "0", "secretariat": "0.25"}});
    put_new(keeper, &at(&format!("/staffingStatements/{year}")), &entry).await.expect(200);
}

fn function<'a>(judgement: &'a Value, name: &str) -> &'a Value {
    judgement["functions"].as_array().unwrap().iter().find(|one| one["function"] == name).unwrap()
}

fn exact(value: &Value) -> Exact {
    value.as_str().unwrap().parse().unwrap()
}

/// STF-01 to STF-13: the assessment of an invented hospital, with every figure calculated on paper.
#[actix_web::test]
async fn a_year_is_assessed() {
    let app = TestApp::start().await;
    with_conventions(&app, "2021-01-01", false).await;
    let keeper = with_team(&app).await;
    for (year, patients) in [(2022, "100"), (2023, "140"), (2024, "150")] {
        state(&keeper, year, patients).await;
    }
    let reply = keeper.get(&at("/staffingAssessments/2024?on=2024-05-02")).await.expect(200);
    let assessment = &reply.body;
    assert_eq!(
        (assessment["patients"]["value"].as_str(), assessment["patients"]["rule"].as_str()),
        (Some("120"), Some("STF-03"))
    );
    assert_eq!((&assessment["from"], &assessment["to"]), (&json!("2024-01-01"), &json!("2024-12-31")));
    let year = &assessment["overTheYear"];
    // 120 patients: 0.06, 0.3672, 0.07344 and 0.08004 on top of self-management.
    for (name, required, present, shortfall, grows, missing) in [
        ("medical", "0.5", "0.45", "0.05", false, "0.05"),
        ("education", "1.5672", "1.25", "0.3172", false, "0"),
        ("dataManagement", "0.07344", "0", "0.07344", false, "0"),
        ("secretariat", "0.33004", "0.25", "0.08004", false, "0"),
    ] {
        let one = function(year, name);
        let values =
            ["required", "present", "shortfall", "missing"].map(|figure| one[figure]["value"].as_str().unwrap());
        assert_eq!(values, [required, present, shortfall, missing], "{name}");
        assert_eq!(one["mustGrow"], grows, "{name}");
    }
    assert_eq!(function(year, "medical")["floor"]["below"], true);
    assert_eq!(function(year, "secretariat")["shortfallAsEducators"]["value"], "0.06003");
    assert_eq!(year["required"]["value"], "2.47068");
    assert_eq!(exact(&year["missingPercentage"]["value"]), &Exact::from(500_000) / &Exact::from(247_068));
    assert_eq!(year["missingPercentage"]["shown"], "2.0237");
    assert_eq!(year["highestRecoveryPercentage"]["shown"], "4.0475");
    let persons = assessment["persons"].as_array().unwrap();
    assert_eq!(persons.len(), 10);
    let sum: Exact = persons.iter().map(|one| exact(&one["fte"])).sum();
    assert_eq!(sum, "1.95".parse().unwrap());
    assert_eq!(assessment["grounds"].as_array().unwrap().len(), 3);
    let codes: Vec<_> =
        assessment["findings"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!(codes.iter().filter(|code| **code == "timetableDisagrees").count(), 10);
    assert_eq!(codes.iter().filter(|code| **code == "consultantMissing").count(), 3);
    assert_eq!(codes.len(), 13, "{codes:?}");
}

/// STF-13, REG-10, SYS-04: the same as a page, in each language: every figure is explained in words and numbers,
/// nothing is left untranslated or unfilled, and names are escaped.
#[actix_web::test]
async fn the_assessment_reads_as_a_report() {
    let app = TestApp::start().await;
    with_conventions(&app, "2021-01-01", false).await;
    let keeper = with_team(&app).await;
    for (year, patients) in [(2022, "100"), (2023, "140.5"), (2024, "150")] {
        state(&keeper, year, patients).await;
    }
    let mut hostile = data::team_member("dietician", &[("education", "pump", 0.01)]);
    hostile["name"] = json!("<script>alert(1)</script> & {year}");
    keeper.post(&at("/teamMembers"), &hostile).await.expect(201);
    let path = at("/staffingAssessments/2024?on=2024-05-02");
    let inspector = app.role(Role::Inspector, "");
    let json = inspector.get(&path).await.expect(200);
    for (language, said) in [
        (
            "fr",
            [
                "Cadre du personnel de Hôpital de l'Île en 2024",
                "120,25",
                "exigé par la convention pompe : patients × norme pour 100 patients ÷ 100 = 120,25 × 0,306 ÷ 100 = 0,367965",
            ],
        ),
        (
            "nl",
            [
                "Personeelskader van Hôpital de l'Île in 2024",
                "2,0228",
                "vereist door de pompovereenkomst: patiënten × norm voor 100 patiënten ÷ 100",
            ],
        ),
        ("de", ["Personalrahmen von Hôpital de l'Île im Jahr 2024", "2,0228", "max(gefordert − vorhanden, 0)"]),
        (
            "en",
            [
                "Staffing of Hôpital de l'Île in 2024",
                "2.0228",
                "max(required − present, 0) = max(0.5 − 0.45, 0) = 0.05 STF-04, C 5 §3",
            ],
        ),
    ] {
        let request =
            inspector.request(Method::GET, &path).header("Accept", "text/html").header("Accept-Language", language);
        let page = inspector.send(request).await.expect(200);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
        let body = page.text.split("<body>").nth(1).unwrap();
        assert!(!body.contains("<script") && body.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; {year}"));
        let pieces = body.split('<').map(|piece| piece.split_once('>').unwrap_or(("", piece)).1);
        let text = pieces.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
        for one in said {
            assert!(text.contains(one), "{language}: {one} in {text}");
        }
        // No identifier of the contract appears in place of a word.
        let camel =
            |word: &str| word.chars().next().is_some_and(char::is_lowercase) && word.chars().any(char::is_uppercase);
        let spoken = text.replace("dev.conventionTeam", "");
        let left: Vec<&str> = spoken.split(|c: char| !c.is_alphanumeric()).filter(|word| camel(word)).collect();
        assert_eq!(left, [""; 0], "{language}");
        assert_eq!(text.replace("{year}", "").find(['{', '}']), None, "{language}");
    }
    // For education, nurses must cover the required minimum.
    let team = keeper.get(&at("/teamMembers")).await.expect(200);
    let nurse =
        team.body["items"].as_array().unwrap().iter().find(|one| one["qualification"] == "diabetesNurse").unwrap();
    let path_of_nurse = at(&format!("/teamMembers/{}/withdraw", nurse["id"].as_str().unwrap()));
    let version = nurse["version"].as_i64().unwrap();
    command(&keeper, &path_of_nurse, &json!({"why": "entered in error"}), version).await.expect(200);
    let request = inspector.request(Method::GET, &path).header("Accept", "text/html");
    let page = inspector.send(request).await.expect(200);
    assert!(page.text.contains("Below what is always required: physicians, nurses."), "{}", page.text);
    let missing = json.body["overTheYear"]["missingPercentage"]["shown"].as_str().unwrap();
    assert_eq!(missing, "2.0228");
    let request = inspector.request(Method::GET, &path).header("Accept", "text/plain");
    inspector.send(request).await.expect_problem(406, "notAcceptable");
}

/// STF-03, STF-05: missing statements are named; a year without convention has no assessment.
#[actix_web::test]
async fn numbers_that_are_missing_are_named() {
    let app = TestApp::start().await;
    let keeper = with_team(&app).await;
    keeper.get(&at("/staffingAssessments/2024")).await.expect_problem(404, "resourceNotFound");
    with_conventions(&app, "2023-05-10", true).await;
    let needed = async |year: i32| {
        let reply = keeper.get(&at(&format!("/staffingAssessments/{year}"))).await;
        reply.expect_problem(409, "patientNumbersMissing").body["needed"].clone()
    };
    assert_eq!(needed(2023).await, json!(["patientsOnEntry"]));
    assert_eq!(needed(2025).await, json!(["2024: patientsAtYearEnd"]));
    assert_eq!(needed(2027).await, json!(["2025: patients", "2026: patients"]));
    keeper.get(&at("/staffingAssessments/2022")).await.expect_problem(404, "resourceNotFound");
    let entry = json!({"patientsOnEntry": "12", "grounds": "the list of that day"});
    put_new(&keeper, &at("/staffingStatements/2023"), &entry).await.expect(200);
    let reply = keeper.get(&at("/staffingAssessments/2023?on=2023-01-01")).await.expect(200);
    assert_eq!((&reply.body["from"], &reply.body["on"]), (&json!("2023-05-10"), &json!("2023-05-10")));
    assert_eq!(reply.body["patients"]["rule"], "STF-05");
    let due: Vec<_> =
        reply.body["deadlines"].as_array().unwrap().iter().map(|one| (&one["on"], &one["what"])).collect();
    assert_eq!(due, [(&json!("2024-12-31"), &json!("adaptTeam")), (&json!("2025-12-31"), &json!("adaptTeam"))]);
}

/// STF-12, STF-13: an earlier assessment can be reproduced, whatever was stated or corrected since.
#[actix_web::test]
async fn an_earlier_assessment_can_be_reproduced() {
    let app = TestApp::start().await;
    with_conventions(&app, "2021-01-01", false).await;
    let keeper = with_team(&app).await;
    for year in [2022, 2023, 2024] {
        state(&keeper, year, "100").await;
    }
    let path = at("/staffingAssessments/2024?on=2024-05-02");
    let first = keeper.get(&path).await.expect(200);
    let entry = json!({"patients": "160", "grounds": "counted again", "selfManagement": {"education": "1.2"}});
    let path_of_year = at("/staffingStatements/2023");
    keeper.put(&path_of_year, &entry, 1).await.expect(200);
    let more = data::team_member("diabetesNurse", &[("education", "pump", 0.2)]);
    keeper.post(&at("/teamMembers"), &more).await.expect(201);
    let now = keeper.get(&path).await.expect(200);
    assert_eq!((&first.body["patients"]["value"], &now.body["patients"]["value"]), (&json!("100"), &json!("130")));
    assert_eq!(now.body["persons"].as_array().unwrap().len(), first.body["persons"].as_array().unwrap().len() + 1);
    let known = first.body["assessedAt"].as_str().unwrap();
    assert_eq!(keeper.get(&format!("{path}&knownAt={known}")).await.expect(200).body, first.body);
    let then = keeper.get(&format!("{path_of_year}?knownAt={known}")).await.expect(200);
    assert_eq!((&then.body["patients"], then.version()), (&json!("100"), 1));
    keeper.get(&format!("{path_of_year}?knownAt=2021-01-01T00:00:00Z")).await.expect_problem(404, "resourceNotFound");
}

/// REG-10, STF-13: an inspector reads the assessment, with an event in the trail.
#[actix_web::test]
async fn an_inspector_reads_the_assessment() {
    let app = TestApp::start().await;
    with_conventions(&app, "2021-01-01", false).await;
    let keeper = with_team(&app).await;
    state(&keeper, 2022, "100").await;
    state(&keeper, 2023, "100").await;
    let path = at("/staffingAssessments/2024");
    app.role(Role::Inspector, "").get(&path).await.expect(200);
    let told = format!(
        "SELECT count(*) AS n FROM trail.events WHERE body::jsonb ->> 'subject' = 'staffing:{HOSPITAL_A}:2024'"
    );
    assert_eq!(app.count(&told), 1);
    app.role(Role::ConventionTeam, "71032209").get(&path).await.expect_problem(404, "resourceNotFound");
}

/// STF-08, STF-13: in the largest imaginable establishment, 200 persons over ten years, many of them reduced to 1 FTE,
/// the parts add up to the total exactly.
#[actix_web::test]
async fn the_largest_establishment_is_the_sum_of_its_persons() {
    let app = TestApp::start().await;
    with_conventions(&app, "2021-01-01", false).await;
    let keeper = keeper(&app);
    state(&keeper, 2022, "900").await;
    state(&keeper, 2023, "1000").await;
    let team = format!(
        "WITH does AS (SELECT jsonb_agg(jsonb_build_object('function', 'education',
               'convention', CASE c WHEN 0 THEN 'pump' ELSE 'selfManagement' END, 'responsible', false,
               'fte', (0.3333 + c * 0.4 + y * 0.0101)::text, 'exemptedMinutes', 30, 'wardCareMinutes', 0,
               'timetable', '[{{\"weekday\": 1, \"from\": 480, \"to\": 720}}]'::jsonb,
               'from', make_date(2015 + y, 3, 7), 'to', make_date(2016 + y, 3, 6))) AS all_of_it
             FROM generate_series(0, 9) AS y, generate_series(0, 1) AS c)
         INSERT INTO insula.records (hospital, kind, key, version, content, recorded_at, recorded_by)
         SELECT '{HOSPITAL_A}', 'teamMember', id, 1, jsonb_build_object('id', id, 'name', 'Invented ' || n,
             'qualification', 'diabetesNurse', 'employment', '2', 'enteredService', '2010-01-01', 'assignments',
                 all_of_it), now(), 'x'
         FROM does, generate_series(1, 200) AS n, LATERAL
             (SELECT '00000000-0000-7000-8000-' || lpad(n::text, 12, '0') AS id) AS one"
    );
    app.owner().batch_execute(&team).unwrap();
    let reply = keeper.get(&at("/staffingAssessments/2024?on=2024-12-31")).await.expect(200);
    let persons = reply.body["persons"].as_array().unwrap();
    assert_eq!(persons.len(), 400);
    let sum: Exact = persons.iter().map(|one| exact(&one["fte"])).sum();
    assert_eq!(exact(&function(&reply.body["overTheYear"], "education")["present"]["value"]), sum);
}
