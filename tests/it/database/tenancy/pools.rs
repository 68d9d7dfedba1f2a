//! The scope on pooled connections.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
};

use diesel::connection::SimpleConnection;
use insula_api::{database::role_url, system::RandomIds};
use insula_domain::{
    actor::{Actor, OrganisationKind, Role},
    names::Language,
};
use insula_persistence::{
    Call, Db, DbError, Login, PoolSizes, Stop,
    parties::organisations::{self, Hospital},
};
use insula_tests::{TestApp, waiting::GENEROUS_TIMEOUTS};
use uuid::Uuid;

use super::texts;

const HOSPITALS: u32 = 12;
const THREADS: u64 = 6;
const ROUNDS: u64 = 500;

/// A hospital's number, with its check digits (CGM-14).
fn number(n: u32) -> String {
    let six = 711_000 + n;
    format!("{six}{:02}", 97 - six % 97)
}

fn call(n: u32) -> Call {
    let actor = Actor {
        person: format!("lead.{n}"),
        kind: OrganisationKind::Hospital,
        number: number(n),
        roles: vec![Role::StudyLead],
    };
    Call { actor, registry: false, operation: "test", trace_id: Uuid::nil(), request: None }
}

/// What a transaction of this hospital sees if the query itself does not filter: only row level security restricts it.
fn look(db: &Db, n: u32) {
    let (hospitals, grants) = db
        .run(&call(n), |tx| Ok((organisations::hospitals(tx, None, 200)?.items, organisations::grants(tx)?)))
        .unwrap_or_else(|stop| panic!("{stop:?}"));
    let seen: Vec<_> = hospitals.iter().map(|hospital| hospital.number.to_string()).collect();
    assert_eq!(seen, [number(n)]);
    assert_eq!(grants.len(), n as usize % 4 + 1);
    assert!(grants.iter().all(|grant| grant.person.starts_with(&format!("lead.{n}"))), "{grants:?}");
}

/// SYS-02: many hospitals in random order on two connections, with refusals, database errors and panics in between: no
/// transaction ever sees another hospital's row.
#[actix_web::test]
async fn a_scope_never_reaches_the_next_user_of_a_connection() {
    let app = TestApp::start().await;
    let mut owner = app.owner();
    for n in 0..HOSPITALS {
        let number = number(n);
        owner
            .batch_execute(&format!(
                "INSERT INTO insula.hospitals (number, name, language, version, updated_at)
                     VALUES ('{number}', 'H', 'fr', 1, now());
                 INSERT INTO insula.registry_grants (id, hospital, person, supports, granted_by, granted_at)
                     SELECT gen_random_uuid(), '{number}', 'lead.{n}.' || i, '{{}}', 'm', now()
                     FROM generate_series(0, {n} % 4) i",
            ))
            .unwrap();
    }
    let keys = Arc::clone(&app.db.keys);
    let db = Db::open(
        |login| role_url(&app.owner_url, &keys, login),
        PoolSizes { hospital: 2, insurer: 1, authority: 1, worker: 1 },
        GENEROUS_TIMEOUTS,
        Arc::clone(&app.db.keys),
        Arc::clone(&app.db.clock),
        Arc::new(RandomIds),
    );
    let workers: Vec<_> = (0..THREADS)
        .map(|worker| {
            let db = db.clone();
            thread::spawn(move || {
                // A linear congruential generator, for the same sequence every time.
                let mut state = worker;
                for _ in 0..ROUNDS {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let n = u32::try_from((state >> 33) % u64::from(HOSPITALS)).unwrap();
                    match (state >> 40) % 8 {
                        0 => disturb(&db, n, (state >> 50) % 4),
                        _ => look(&db, n),
                    }
                }
            })
        })
        .collect();
    for worker in workers {
        worker.join().unwrap();
    }
    assert!(db.connections(Login::Hospital).0 <= 2);
}

/// A transaction that fails, in one of four ways.
fn disturb(db: &Db, n: u32, how: u64) {
    let outcome = match how {
        0 => db.run(&call(n), |tx| {
            organisations::grants(tx)?;
            Err::<(), _>(Stop::NotFound)
        }),
        // PostgreSQL refuses: a hospital may not write hospitals.
        1 => db.run(&call(n), |tx| {
            let hospital = Hospital {
                number: number(n + 1).parse().unwrap(),
                name: "x".to_owned(),
                language: Language::Fr,
                access_contact: None,
                adherence: None,
                version: 1,
            };
            organisations::put_hospital(tx, &hospital, None).map(|_| ())
        }),
        2 => db.run(&call(n), |tx| organisations::withdraw(tx, Uuid::nil())),
        _ => {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                db.run(&call(n), |tx| -> Result<(), Stop> {
                    organisations::grants(tx)?;
                    std::panic::resume_unwind(Box::new("a fault of ours"))
                })
            }));
            assert!(panicked.is_err());
            return;
        }
    };
    assert!(!matches!(outcome, Ok(()) | Err(Stop::Db(DbError::Busy))), "{outcome:?}");
}

/// SYS-02: the service connects only as its four roles, never as the owner or a superuser.
#[actix_web::test]
async fn the_pools_connect_as_their_roles_only() {
    let app = TestApp::start().await;
    app.lead_a().get("/registrations").await.expect(200);
    app.insurer("319").get("/registrationCodes/changes").await.expect(200);
    app.role(Role::Inspector, "").get("/hospitals").await.expect(200);
    app.client(None).get("/health").await.expect(200);
    app.deliver();
    let connected = texts(
        &mut app.owner(),
        "SELECT DISTINCT usename::text AS t FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY 1",
    );
    let mut roles = Login::ALL.map(Login::role);
    roles.sort_unstable();
    assert_eq!(connected, roles);
}
