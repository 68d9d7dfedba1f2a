//! A service on a database of its own for each test, on one throw-away cluster.

use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    num::NonZeroU32,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_types::Text};
use insula_api::{
    addresses::Addresses,
    database::{
        cluster::{ClusterOptions, PrivateCluster},
        development, role_url,
    },
    http::{
        auth::{DevIssuer, MintRequest, OrganisationClaim, TokenSource, Verifier, VerifierConfig},
        health::Health,
        intake::Intake,
        metrics::Metrics,
        share::{RequestShares, Shares},
        state::AppState,
    },
    nudge::Nudge,
    server::{self, door::Limits},
    system::RandomIds,
    worker::{self, destination::CodedStore},
};
use insula_domain::{actor::Role, clock::Clock};
use insula_persistence::{
    Call, Db, Login, Mode, PoolSizes, Timeouts,
    keys::Keys,
    migrate,
    outbox::{self, HEALTHDATA},
    registry::night::Report,
    scram,
};
use reqwest::redirect::Policy;
use tokio::sync::Semaphore;

use crate::{
    client::Client,
    operations::Objects,
    waiting::{GENEROUS_TIMEOUTS, TEST_TIMEOUT},
};

/// The start of every test's service.
const BEGINNING: &str = "2026-06-15T08:00:00Z";

/// A clock moved by the test. Each reading is a microsecond later, so that no two events have the same time.
pub struct TestClock(Mutex<DateTime<Utc>>);

impl TestClock {
    fn at(now: DateTime<Utc>) -> Arc<TestClock> {
        Arc::new(TestClock(Mutex::new(now)))
    }

    /// Moves the clock.
    pub fn set(&self, at: &str) {
        *self.0.lock().unwrap() = at.parse().unwrap();
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        let mut now = self.0.lock().unwrap();
        *now += TimeDelta::microseconds(1);
        *now
    }
}

struct Cluster {
    superuser_url: String,
    keys: Arc<Keys>,
    template: String,
    /// The time after the invented hospitals were entered.
    seeded_at: DateTime<Utc>,
    folder: PathBuf,
    // Ends with this process, as its child.
    _cluster: PrivateCluster,
}

static CLUSTER: OnceLock<Cluster> = OnceLock::new();
static NUMBER: AtomicU64 = AtomicU64::new(0);

fn cluster() -> &'static Cluster {
    CLUSTER.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../.data/test");
        fs::create_dir_all(&folder).unwrap();
        throw_away(&folder);
        let options = ClusterOptions { data_dir: folder.clone(), durable: false, max_connections: 400 };
        let cluster = PrivateCluster::start(&options).expect("the test cluster starts");
        let superuser_url = cluster.superuser_url();
        Keys::create_missing(&folder.join("keys"), Mode::Development).unwrap();
        let keys = Arc::new(Keys::read(&folder.join("keys")).unwrap());
        let mut conn = PgConnection::establish(&superuser_url).unwrap();
        let password = superuser_url.split([':', '@']).nth(2).unwrap();
        conn.batch_execute(&format!("ALTER ROLE postgres PASSWORD '{}'", quick_verifier(password))).unwrap();
        let template = format!("test_template_{}", std::process::id());
        conn.batch_execute(&format!("CREATE DATABASE {template}")).unwrap();
        let owner_url = on(&superuser_url, &template);
        migrate(&owner_url, &keys);
        let clock = TestClock::at(BEGINNING.parse().unwrap());
        let sizes = PoolSizes { hospital: 1, insurer: 1, authority: 1, worker: 1 };
        development::seed(&open(&owner_url, &keys, sizes, GENEROUS_TIMEOUTS, &clock)).unwrap();
        let seeded_at = clock.now();
        // A database in use cannot be copied.
        leave(&owner_url);
        Cluster { superuser_url, keys, template, seeded_at, folder, _cluster: cluster }
    })
}

fn open(owner_url: &str, keys: &Arc<Keys>, sizes: PoolSizes, timeouts: Timeouts, clock: &Arc<TestClock>) -> Db {
    let url_of = |login| role_url(owner_url, keys, login);
    Db::open(url_of, sizes, timeouts, Arc::clone(keys), Arc::clone(clock) as Arc<dyn Clock>, Arc::new(RandomIds))
}

/// Migrates a database, and makes logins fast.
pub fn migrate(owner_url: &str, keys: &Keys) {
    migrate::migrate(owner_url, keys, Mode::Development, TEST_TIMEOUT).unwrap();
    let mut owner = PgConnection::establish(owner_url).unwrap();
    for login in Login::ALL {
        let (role, password) = (login.role(), keys.role_password(login.role()));
        owner.batch_execute(&format!("ALTER ROLE {role} PASSWORD '{}'", quick_verifier(&password))).unwrap();
    }
}

/// A password as PostgreSQL stores it (RFC 5803), hashed once instead of 4096 times, which took a quarter of the time
/// of all tests.
fn quick_verifier(password: &str) -> String {
    scram::with(password, b"salt", NonZeroU32::MIN)
}

/// Ends all other sessions in a database, and waits for their end.
fn leave(owner_url: &str) {
    if let Ok(mut owner) = PgConnection::establish(owner_url) {
        let others = "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
        let _ = owner.batch_execute(others);
    }
}

/// Removes the cluster of an earlier run, unless that is still running: dropping its databases one by one would take
/// minutes.
fn throw_away(folder: &Path) {
    let lock = fs::OpenOptions::new().write(true).create(true).truncate(false).open(folder.join("lock")).unwrap();
    if lock.try_lock().is_ok() && folder.join("pg-cluster").exists() {
        fs::remove_dir_all(folder.join("pg-cluster")).unwrap();
    }
}

fn on(superuser_url: &str, database: &str) -> String {
    superuser_url.replace("@/insula?", &format!("@/{database}?"))
}

/// A migrated database with the invented hospitals and people of development mode; its owner's address and the keys of
/// its roles.
pub fn fresh_database() -> (String, Arc<Keys>) {
    let cluster = cluster();
    let name = format!("test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::SeqCst));
    let mut conn = PgConnection::establish(&cluster.superuser_url).unwrap();
    // PostgreSQL refuses concurrent copies of a template, so they wait here.
    conn.batch_execute("SELECT pg_advisory_lock(1)").unwrap();
    // A file copy includes the cache of the catalogue that the first session would have to build.
    conn.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {} STRATEGY file_copy", cluster.template)).unwrap();
    (on(&cluster.superuser_url, &name), Arc::clone(&cluster.keys))
}

/// Every column, constraint, index, policy and grant of Insula's schemas, as text in a fixed order.
pub fn dump_schema(owner_url: &str) -> String {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        line: String,
    }
    let lines: Vec<Line> = diesel::sql_query(
        "SELECT line FROM (
           SELECT concat_ws(' ', 'column', table_schema, table_name, column_name, data_type, is_nullable,
               column_default) AS line
             FROM information_schema.columns WHERE table_schema IN ('insula', 'vault', 'coded', 'trail')
           UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid))
             FROM pg_constraint WHERE connamespace::regnamespace::text IN ('insula', 'vault', 'coded', 'trail')
           UNION ALL SELECT concat_ws(' ', 'index', indexdef) FROM pg_indexes
               WHERE schemaname IN ('insula', 'vault', 'coded', 'trail')
           UNION ALL SELECT concat_ws(' ', 'policy', schemaname, tablename, policyname, roles::text, cmd, qual,
               with_check) FROM pg_policies
           UNION ALL SELECT concat_ws(' ', 'grant', table_schema, table_name, grantee, privilege_type)
             FROM information_schema.role_table_grants WHERE table_schema IN ('insula', 'vault', 'coded', 'trail')
           UNION ALL SELECT concat_ws(' ', 'function', pronamespace::regnamespace::text, proname, proacl::text,
               prosecdef::text)
             FROM pg_proc WHERE pronamespace::regnamespace::text IN ('insula', 'vault', 'coded', 'trail')
         ) AS lines ORDER BY line",
    )
    .load(&mut PgConnection::establish(owner_url).unwrap())
    .unwrap();
    lines.into_iter().map(|line| line.line + "\n").collect()
}

/// Every row of every table but those of the trail as text, in a fixed order.
pub fn dump_rows(conn: &mut PgConnection) -> String {
    #[derive(QueryableByName)]
    struct Table {
        #[diesel(sql_type = Text)]
        name: String,
    }
    #[derive(QueryableByName)]
    struct Rows {
        #[diesel(sql_type = Text)]
        rows: String,
    }
    let tables: Vec<Table> = diesel::sql_query(
        "SELECT schemaname || '.' || tablename AS name FROM pg_tables
         WHERE schemaname IN ('insula', 'vault', 'coded') ORDER BY 1",
    )
    .load(conn)
    .unwrap();
    let mut text = String::new();
    for table in tables {
        let query =
            format!("SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '') AS rows FROM {} t", table.name);
        let rows: Rows = diesel::sql_query(query).get_result(conn).unwrap();
        text.push_str(&format!("== {}\n{}\n", table.name, rows.rows));
    }
    text
}

/// The folder with the keys of the tests, including the development issuer's.
pub fn keys_folder() -> PathBuf {
    cluster().folder.join("keys")
}

/// A service, its database and its clock.
pub struct TestApp {
    /// The base address of the resources.
    pub base: String,
    /// The database, for Insula's own roles.
    pub db: Db,
    /// The address of the database, for its owner.
    pub owner_url: String,
    /// The clock of the service.
    pub clock: Arc<TestClock>,
    /// The state of the service.
    pub state: AppState,
    /// The objects that operations read, which change none: by whether they are submitted, and by what else is needed
    /// of them.
    pub(crate) read: Mutex<BTreeMap<(bool, &'static str), Objects>>,
    issuer: DevIssuer,
    http: reqwest::Client,
}

impl Drop for TestApp {
    /// Ends the connections that the service would keep until the end of the process: the cluster has a limited number.
    fn drop(&mut self) {
        // The database is kept for inspection after a failure.
        leave(&self.owner_url);
    }
}

/// The limits of a service.
pub struct Room {
    /// The number of concurrent requests.
    pub requests: usize,
    /// How many of them, of the files and of the connections one organisation may have.
    pub share: Share,
    /// How many connections may be open.
    pub limits: Limits,
    /// The number of connections.
    pub connections: PoolSizes,
    /// The time-outs for the database.
    pub timeouts: Timeouts,
    /// The time limit for a piece of an imported file.
    pub piece_within: Duration,
}

/// The share of one organisation.
pub struct Share {
    /// Of requests.
    pub requests: usize,
    /// Of files.
    pub files: usize,
    /// Of connections.
    pub connections: usize,
}

impl Default for Share {
    /// Everything.
    fn default() -> Share {
        Share { requests: 1000, files: 1000, connections: 1000 }
    }
}

impl Default for Room {
    fn default() -> Room {
        let connections = PoolSizes { hospital: 8, insurer: 4, authority: 2, worker: 3 };
        Room {
            requests: 128,
            share: Share::default(),
            limits: Limits { whole: 10_000, of_address: 10_000 },
            connections,
            timeouts: GENEROUS_TIMEOUTS,
            piece_within: TEST_TIMEOUT,
        }
    }
}

impl TestApp {
    /// Starts a service with the invented hospitals and people of development mode, on 15 June 2026.
    pub async fn start() -> TestApp {
        TestApp::start_with(Room::default()).await
    }

    /// The same with other limits.
    pub async fn start_with(room: Room) -> TestApp {
        let (owner_url, keys) = fresh_database();
        let clock = TestClock::at(cluster().seeded_at);
        let db = open(&owner_url, &keys, room.connections, room.timeouts, &clock);
        let issuer = DevIssuer::load_or_create(&keys_folder()).unwrap();
        let source = TokenSource::Development(DevIssuer::load_or_create(&keys_folder()).unwrap());
        let verifier = Verifier::new(VerifierConfig { audience: "insula".to_owned(), source }).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let public_url = format!("http://{}", listener.local_addr().unwrap());
        let state = AppState {
            db: db.clone(),
            verifier: Arc::new(verifier),
            token_clock: Arc::clone(&clock) as Arc<dyn Clock>,
            public_url: public_url.clone().into(),
            admission: Arc::new(Semaphore::new(room.requests)),
            health: Health::start(db.clone()).unwrap(),
            intake: Arc::new(Intake::new(4, room.share.files, TEST_TIMEOUT, room.piece_within)),
            checks: Arc::new(Intake::new(4, room.share.files, TEST_TIMEOUT, room.piece_within)),
            shares: Arc::new(RequestShares {
                requests: Shares::new(room.share.requests),
                connections: Shares::new(room.share.connections),
                within: room.timeouts.connection,
            }),
            // The worker runs when the test calls it.
            nudge: Nudge::default(),
            // Test receivers listen on this machine.
            webhook_addresses: Arc::new(Addresses::new(vec!["127.0.0.1/32".parse().unwrap()], true)),
            cors_origins: vec![CORS_ORIGIN.to_owned()].into(),
            inami_mail: vec![INAMI_MAIL.to_owned()].into(),
            metrics: Arc::new(Metrics::new().unwrap()),
        };
        actix_web::rt::spawn(server::serve(state.clone(), listener, 1, room.limits).unwrap());
        TestApp {
            base: format!("{public_url}/insula/v1"),
            db,
            owner_url,
            clock,
            state,
            read: Mutex::default(),
            issuer,
            // A new connection for each request: an idle one may be closed by the service just when it is used again.
            http: reqwest::Client::builder()
                .timeout(TEST_TIMEOUT)
                .pool_max_idle_per_host(0)
                .redirect(Policy::none())
                .build()
                .unwrap(),
        }
    }

    /// A token's text.
    pub fn token(&self, kind: &str, number: Option<&str>, person: &str, roles: &[Role]) -> String {
        let request = MintRequest {
            audience: "insula".to_owned(),
            subject: person.to_owned(),
            organisation: OrganisationClaim { kind: kind.to_owned(), number: number.map(str::to_owned) },
            roles: roles.iter().map(|role| role.name().to_owned()).collect(),
            scopes: vec!["insula".to_owned()],
        };
        self.issuer.mint(&request, self.clock.now().timestamp(), 10 * 365 * 86_400).unwrap()
    }

    /// A caller with this token, or without one.
    pub fn client(&self, token: Option<String>) -> Client {
        Client::new(self.http.clone(), self.base.clone(), token)
    }

    /// The invented person with a role, at an organisation of the role's kind.
    pub fn role(&self, role: Role, number: &str) -> Client {
        let kind = role.organisation();
        let number = kind.has_number().then_some(number);
        self.client(Some(self.token(kind.name(), number, &development::person(role), &[role])))
    }

    /// The study lead of hospital A (71000436, adhered).
    pub fn lead_a(&self) -> Client {
        self.role(Role::StudyLead, HOSPITAL_A)
    }

    /// The study lead of hospital B (71032209, adhered).
    pub fn lead_b(&self) -> Client {
        self.role(Role::StudyLead, HOSPITAL_B)
    }

    /// The study lead of a hospital that has not adhered (71010037).
    pub fn lead_not_adhered(&self) -> Client {
        self.role(Role::StudyLead, "71010037")
    }

    /// The billing department of an insurer.
    pub fn insurer(&self, number: &str) -> Client {
        self.role(Role::InsurerBilling, number)
    }

    /// Delivers until nothing is due, as the worker does. Returns the number of settled deliveries.
    pub fn deliver(&self) -> usize {
        let store = CodedStore(self.db.clone());
        let call = Call::insula("deliver", self.db.ids.opaque_uuid());
        let mut settled = 0;
        loop {
            let count = worker::deliver(&self.db, &store).unwrap();
            settled += count;
            // A round that settles nothing may have postponed unreadable rows, and left others.
            if count == 0 && !self.db.run(&call, |tx| outbox::is_due(tx, HEALTHDATA)).unwrap() {
                return settled;
            }
        }
    }

    /// Runs every night that is due, as the worker does. Returns their reports.
    pub fn nights(&self) -> Vec<Report> {
        std::iter::from_fn(|| worker::night::run_next(&self.db).unwrap()).collect()
    }

    /// A connection as the owner of the database, for inspection and manipulation.
    pub fn owner(&self) -> PgConnection {
        PgConnection::establish(&self.owner_url).unwrap()
    }

    /// Every row of every table as text in a fixed order, to detect changes.
    pub fn dump(&self) -> String {
        dump_rows(&mut self.owner())
    }

    /// The number in column `n` of a query.
    pub fn count(&self, sql: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            n: i64,
        }
        diesel::sql_query(sql).get_result::<Count>(&mut self.owner()).unwrap().n
    }
}

/// The origin whose pages may call the service.
pub const CORS_ORIGIN: &str = "https://ehr.example";
/// INAMI's e-mail address.
pub const INAMI_MAIL: &str = "conventions@inami.example";
/// The hospital of most tests.
pub const HOSPITAL_A: &str = "71000436";
/// Another one.
pub const HOSPITAL_B: &str = "71032209";
