use std::sync::Arc;

use insula_api::{
    command::{demo, token::Token},
    http::metrics::Metrics,
    worker::{Worker, destination::CodedStore, import, jobs},
};
use insula_domain::actor::Role;
use insula_tests::TestApp;

/// CGM-02 to CGM-15, BEN-01 to BEN-04, TRA-02, CON-01 to CON-08, STF-12, STF-13, SYS-01, SYS-02: `insula demo` runs to
/// its end, also a second time on the same database, and names no national number.
#[actix_web::test]
async fn the_demo_runs_twice() {
    let app = TestApp::start().await;
    let head = std::env::temp_dir().join(format!("insula-demo-head-{}", std::process::id()));
    let store = Arc::new(CodedStore(app.db.clone()));
    let metrics = Arc::new(Metrics::new().unwrap());
    let mut all = jobs(&app.db, vec![store], head.clone(), metrics);
    all.push(import::job(&app.db));
    let worker = Worker::start(all).unwrap();
    let mint = |asked: &Token| {
        let role: Role = asked.role[0];
        let number = asked.hospital.as_deref().or(asked.insurer.as_deref());
        let person = asked.person.clone().unwrap_or_else(|| insula_api::database::development::person(role));
        Ok(app.token(role.organisation().name(), number, &person, &asked.role))
    };
    let advance = || {
        app.clock.advance(chrono::TimeDelta::days(1));
        // Either the demo or the worker may do it first.
        app.nights();
        Ok(())
    };
    for seed in [7, 1_795_407_829_327] {
        let mut told = Vec::new();
        demo::play(app.base.clone(), &mint, &advance, seed, &mut told).await.expect("the story comes to its end");
        let told = String::from_utf8(told).unwrap();
        assert!(told.contains("\n24. "), "{told}");
        // A national number; the last part of an identifier may be eleven digits too.
        let mut words = told.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        assert!(!words.any(|word| word.len() == 11 && word.bytes().all(|b| b.is_ascii_digit())), "{told}");
    }
    worker.stop();
    let _ = std::fs::remove_file(head);
}
