use diesel::RunQueryDsl;
use insula_domain::{
    nomenclature::{Counter, PAIR_A, PAIR_B},
    registry::registration::{DeviceKind, RegistrationType},
};
use insula_persistence::Login;
use insula_tests::{TestApp, app::HOSPITAL_A};

use super::{PAIRS, arrived, next_day};

fn refused_by(app: &TestApp, sql: &str) -> String {
    let error = diesel::sql_query(sql).execute(&mut app.owner()).expect_err(sql);
    match error {
        diesel::result::Error::DatabaseError(_, about) => about.constraint_name().unwrap_or_default().to_owned(),
        other => panic!("{other}"),
    }
}

/// CNT-03, CNT-08: even the owner of the database cannot create a place too many, two holders of one place, a place
/// without a counter, or a deleted holder.
#[actix_web::test]
async fn one_place_too_many_is_impossible() {
    let app = TestApp::start().await;
    for (pair, counter, year, limit) in PAIRS {
        app.arrive(limit + 1, pair, "2026-06-01");
        next_day(&app);
        assert_eq!(app.places(counter, year), limit);
        let without = format!("counter = '{counter}' AND place IS NULL");
        let given = |place: i64| format!("UPDATE insula.registrations SET place = {place} WHERE {without}");
        assert_eq!(refused_by(&app, &given(limit + 1)), "place_within_limit");
        assert_eq!(refused_by(&app, &given(0)), "place_within_limit");
        assert_eq!(refused_by(&app, &given(limit)), "one_holder_per_place");
    }
    let lead = app.lead_a();
    arrived(&app, &lead, 1, "174392-174403").await;
    let uncounted = "UPDATE insula.registrations SET place = 1 WHERE counter IS NULL AND code IS NOT NULL";
    assert_eq!(refused_by(&app, uncounted), "place_within_limit");
    let dead = "UPDATE insula.registrations SET status = 'deleted', deleted_at = updated_at, acknowledged_at = NULL
        WHERE place = 1";
    assert_eq!(refused_by(&app, dead), "place_within_limit");
    let twice = "INSERT INTO insula.counter_runs SELECT * FROM insula.counter_runs LIMIT 1";
    assert_eq!(refused_by(&app, twice), "night_already_run");
}

/// CNT-04: a hospital's login can keep or free a place, but not assign one.
#[actix_web::test]
async fn only_the_night_assigns_places() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    arrived(&app, &lead, 1, PAIR_B).await;
    let mut conn = crate::database::tenancy::login(&app, Login::Hospital);
    let enter = format!("SELECT insula.enter('{HOSPITAL_A}', 'dev.studyLead', 'all')");
    for (place, allowed) in [("7", false), ("NULL", true)] {
        diesel::sql_query("BEGIN").execute(&mut conn).unwrap();
        diesel::sql_query(&enter).execute(&mut conn).unwrap();
        let outcome = diesel::sql_query(format!("UPDATE insula.registrations SET place = {place}")).execute(&mut conn);
        assert_eq!(outcome.is_ok(), allowed, "{place}");
        diesel::sql_query("ROLLBACK").execute(&mut conn).unwrap();
    }
}

/// CNT-01, CNT-05: database and domain agree about the counter that a registration feeds.
#[actix_web::test]
async fn database_and_domain_count_alike() {
    let app = TestApp::start().await;
    app.arrive_for_b(1);
    let pairs = [PAIR_A, PAIR_B, "174392-174403", "174473-174484"];
    for registration_type in RegistrationType::ALL {
        for pair in pairs {
            for (sensor, day) in [(true, "2025-12-31"), (true, "2026-01-01"), (false, "2026-01-01")] {
                app.tamper("ALTER TABLE insula.registrations DISABLE TRIGGER keep_what_is_fixed");
                app.tamper(&format!(
                    "UPDATE insula.registrations SET type = '{registration_type}', pair = '{pair}',
                         has_sensor = {sensor}, event_date = '{day}'"
                ));
                let device = if sensor { DeviceKind::Sensor } else { DeviceKind::Transmitter };
                let fed = Counter::fed_by(*registration_type, [device], Some(pair), day.parse().ok());
                let expected = fed.map(|(counter, year)| (format!("{counter:?}"), year.unwrap_or(0)));
                let found = app.count(&format!(
                    "SELECT count(*) AS n FROM insula.registrations WHERE counter IS NOT DISTINCT FROM {}
                        AND counter_year IS NOT DISTINCT FROM {}",
                    expected.as_ref().map_or("NULL".to_owned(), |(counter, _)| format!("'{counter}'")),
                    expected.as_ref().map_or("NULL".to_owned(), |(_, year)| year.to_string()),
                ));
                assert_eq!(found, 1, "{registration_type} {pair} {sensor} {day}");
            }
        }
    }
}
