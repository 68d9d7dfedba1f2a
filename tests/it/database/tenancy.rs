//! Row level security: what each login role sees and may do without any restriction by queries (SYS-02).

mod grants;
mod insurers;
mod pools;
mod rows;

use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_types::BigInt, sql_types::Text};
use insula_api::database::role_url;
use insula_domain::actor::Role;
use insula_persistence::Login;
use insula_tests::{
    TestApp,
    app::{HOSPITAL_A, HOSPITAL_B},
    operations::Objects,
};
use serde_json::json;

/// A connection as one of Insula's own roles, without any scope.
pub fn login(app: &TestApp, login: Login) -> PgConnection {
    PgConnection::establish(&role_url(&app.owner_url, &app.db.keys, login)).unwrap()
}

/// The count in a query's only column.
fn count(conn: &mut PgConnection, sql: &str) -> i64 {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    diesel::sql_query(sql).get_result::<Count>(conn).unwrap_or_else(|error| panic!("{sql}: {error}")).n
}

/// The texts in column `t` of a query.
pub fn texts(conn: &mut PgConnection, sql: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        t: String,
    }
    let lines: Vec<Line> = diesel::sql_query(sql).load(conn).unwrap_or_else(|error| panic!("{sql}: {error}"));
    lines.into_iter().map(|line| line.t).collect()
}

/// The error of a statement, in a transaction that is rolled back; `None` if it succeeds.
fn refusal(conn: &mut PgConnection, enter: &str, sql: &str) -> Option<String> {
    use diesel::connection::SimpleConnection;
    conn.batch_execute(&format!("BEGIN; {enter}")).unwrap();
    let outcome = conn.batch_execute(sql);
    conn.batch_execute("ROLLBACK").unwrap();
    outcome.err().map(|error| error.to_string())
}

/// Two hospitals with two authors each, and three insurers; everything is submitted and delivered.
async fn busy() -> TestApp {
    let app = TestApp::start().await;
    let mut person = 0;
    for hospital in [HOSPITAL_A, HOSPITAL_B] {
        for author in [Role::StudyLead, Role::StudyAssociate] {
            for insurer in ["319", "304", "100"] {
                person += 1;
                let mut made = Objects::make(&app, hospital, author, insurer, person, true).await;
                made.ready_for(&app, "getGivenSummary").await;
                let end = json!({"why": "childrensConvention", "lastDay": "2026-06-18"});
                let team = app.role(Role::ConventionTeam, hospital);
                let period = format!("/grantedPeriods/{}", made.period);
                team.command_with(&format!("{period}/end"), 1, &end).await.expect(200);
                let met = json!({"metOn": "2026-06-12", "effectiveFrom": "2026-06-13"});
                let adviser = app.role(Role::MedicalAdviser, insurer);
                adviser.command_with(&format!("{period}/conditions/1/meet"), 2, &met).await.expect(200);
                let (path, text) =
                    (format!("/coverageApplications/{}/questions", made.application), json!({"text": "x"}));
                adviser.command_with(&path, 2, &text).await.expect(201);
                team.command_with(&format!("{path}/1/answer"), 3, &text).await.expect(200);
            }
        }
    }
    // Warnings come of transfers, of which there are none here.
    app.tamper(
        "INSERT INTO insula.coverage_warnings SELECT gen_random_uuid(), hospital, beneficiary_id, '2026-06-15', id, now()
         FROM insula.coverage_applications WHERE status = 'decided'",
    );
    while insula_api::worker::import::turn(&app.db, 100).unwrap() {}
    app
}
