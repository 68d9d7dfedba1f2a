use diesel::{
    RunQueryDsl,
    sql_types::{Binary, Text},
};
use insula_persistence::trail;
use insula_tests::TestApp;

/// SYS-01: seals follow the numerical order of transactions: 10 after 9.
#[actix_web::test]
async fn seals_follow_the_order_of_transactions() {
    let app = TestApp::start().await;
    for xid in ["9", "10"] {
        let body = r#"{"organisation": "hospital:71000436", "action": "read", "subject": "registration:0"}"#;
        let id = app.db.ids.uuid();
        diesel::sql_query("INSERT INTO trail.events (id, xid, body, mac) VALUES ($4, $1::xid8, $2, $3)")
            .bind::<Text, _>(xid)
            .bind::<Text, _>(body)
            .bind::<Binary, _>(app.db.keys.sign_event(id, body).to_vec())
            .bind::<diesel::sql_types::Uuid, _>(id)
            .execute(&mut app.owner())
            .unwrap();
    }
    let head = trail::seal(&app.db).unwrap().expect("something to seal");
    let report = trail::verify(&app.db, Some(&head)).unwrap();
    assert_eq!(report.findings, Vec::<String>::new());
    assert_eq!(report.sealed, head.position);
    assert_eq!(app.count("SELECT position AS n FROM trail.seals WHERE xid = '9'::xid8"), 1);
    assert_eq!(app.count("SELECT position AS n FROM trail.seals WHERE xid = '10'::xid8"), 2);
}
