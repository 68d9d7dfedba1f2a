//! One service on one database for each test, all on one throw-away cluster.

use std::{
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
        state::AppState,
    },
    nudge::Nudge,
    server,
    system::RandomIds,
    worker::{self, destination::CodedStore},
};
use insula_domain::{actor::Role, clock::Clock};
use insula_persistence::{
    Call, Db, Login, Mode, Patience, PoolSizes,
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
    waiting::{PATIENCE, PATIENT},
};

/// When every service of the tests is started.
const BEGINNING: &str = "2026-06-15T08:00:00Z";

/// A clock the test moves. Each look at it is a microsecond later, so that nothing happens at the same instant.
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
    /// When the invented hospitals had been entered in it.
    seeded_at: DateTime<Utc>,
    folder: PathBuf,
    // Ended by the end of this process: the server dies with its parent.
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
        development::seed(&open(&owner_url, &keys, sizes, PATIENT, &clock)).unwrap();
        let seeded_at = clock.now();
        // Nobody copies a database that somebody is in.
        leave(&owner_url);
        Cluster { superuser_url, keys, template, seeded_at, folder, _cluster: cluster }
    })
}

fn open(owner_url: &str, keys: &Arc<Keys>, sizes: PoolSizes, patience: Patience, clock: &Arc<TestClock>) -> Db {
    let url_of = |login| role_url(owner_url, keys, login);
    Db::open(url_of, sizes, patience, Arc::clone(keys), Arc::clone(clock) as Arc<dyn Clock>, Arc::new(RandomIds))
}

/// Brings a database to the schema of this program, and makes it quick to log in.
pub fn migrate(owner_url: &str, keys: &Keys) {
    migrate::migrate(owner_url, keys, Mode::Development, PATIENCE).unwrap();
    let mut owner = PgConnection::establish(owner_url).unwrap();
    for login in Login::ALL {
        let (role, password) = (login.role(), keys.role_password(login.role()));
        owner.batch_execute(&format!("ALTER ROLE {role} PASSWORD '{}'", quick_verifier(&password))).unwrap();
    }
}

/// A password as PostgreSQL keeps it, hashed once instead of 4096 times: for the thousands of sessions of the tests that was a
/// quarter of all they did.
fn quick_verifier(password: &str) -> String {
    scram::with(password, b"salt", NonZeroU32::MIN)
}

/// Ends every other session in a database, and returns when they have gone.
fn leave(owner_url: &str) {
    if let Ok(mut owner) = PgConnection::establish(owner_url) {
        let others = "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
        let _ = owner.batch_execute(others);
    }
}

/// Throws away the cluster of an earlier run, unless a run that still goes on holds it: dropping its databases one by one
/// would take minutes.
fn throw_away(folder: &Path) {
    let lock = fs::OpenOptions::new().write(true).create(true).truncate(false).open(folder.join("lock")).unwrap();
    if lock.try_lock().is_ok() && folder.join("pg-cluster").exists() {
        fs::remove_dir_all(folder.join("pg-cluster")).unwrap();
    }
}

fn on(superuser_url: &str, database: &str) -> String {
    superuser_url.replace("@/insula?", &format!("@/{database}?"))
}

/// A migrated database of its own, with the invented hospitals and people of development mode; its owner's address and the
/// keys of its roles.
pub fn fresh_database() -> (String, Arc<Keys>) {
    let cluster = cluster();
    let name = format!("test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::SeqCst));
    let mut conn = PgConnection::establish(&cluster.superuser_url).unwrap();
    // PostgreSQL copies one template at a time and refuses a second copier; each waits for its turn here.
    conn.batch_execute("SELECT pg_advisory_lock(1)").unwrap();
    // Copied file by file, the digest of the catalogue comes along that the first session would have to make.
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
           SELECT concat_ws(' ', 'column', table_schema, table_name, column_name, data_type, is_nullable, column_default) AS line
             FROM information_schema.columns WHERE table_schema IN ('insula', 'vault', 'coded', 'trail')
           UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid))
             FROM pg_constraint WHERE connamespace::regnamespace::text IN ('insula', 'vault', 'coded', 'trail')
           UNION ALL SELECT concat_ws(' ', 'index', indexdef) FROM pg_indexes WHERE schemaname IN ('insula', 'vault', 'coded', 'trail')
           UNION ALL SELECT concat_ws(' ', 'policy', schemaname, tablename, policyname, roles::text, cmd, qual, with_check) FROM pg_policies
           UNION ALL SELECT concat_ws(' ', 'grant', table_schema, table_name, grantee, privilege_type)
             FROM information_schema.role_table_grants WHERE table_schema IN ('insula', 'vault', 'coded', 'trail')
           UNION ALL SELECT concat_ws(' ', 'function', pronamespace::regnamespace::text, proname, proacl::text, prosecdef::text)
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

/// Where the keys of the tests lie, that of the development issuer among them.
pub fn keys_folder() -> PathBuf {
    cluster().folder.join("keys")
}

/// A service, its database and its clock.
pub struct TestApp {
    /// Below this address stands every resource.
    pub base: String,
    /// The database, as Insula's own roles see it.
    pub db: Db,
    /// The database, as its owner reaches it.
    pub owner_url: String,
    /// The clock of the service.
    pub clock: Arc<TestClock>,
    /// The service's parts.
    pub state: AppState,
    issuer: DevIssuer,
    http: reqwest::Client,
}

impl Drop for TestApp {
    /// Takes the connections away that the service would keep until the process ends: the cluster has only so many.
    fn drop(&mut self) {
        // The database stays, for a look at what a failed test left.
        leave(&self.owner_url);
    }
}

/// What a service has room and patience for.
pub struct Room {
    /// How many requests it takes at once.
    pub requests: usize,
    /// How many connections it has.
    pub connections: PoolSizes,
    /// How long it waits for what is in the way.
    pub patience: Patience,
    /// How long a piece of a file may take that is imported.
    pub piece_within: Duration,
}

impl Default for Room {
    fn default() -> Room {
        let connections = PoolSizes { hospital: 8, insurer: 4, authority: 2, worker: 3 };
        Room { requests: 128, connections, patience: PATIENT, piece_within: PATIENCE }
    }
}

impl TestApp {
    /// Starts a service with the invented hospitals and people of development mode, on 15 June 2026.
    pub async fn start() -> TestApp {
        TestApp::start_with(Room::default()).await
    }

    /// The same with another room.
    pub async fn start_with(room: Room) -> TestApp {
        let (owner_url, keys) = fresh_database();
        let clock = TestClock::at(cluster().seeded_at);
        let db = open(&owner_url, &keys, room.connections, room.patience, &clock);
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
            intake: Arc::new(Intake::new(4, PATIENCE, room.piece_within)),
            // The worker runs when the test says so.
            nudge: Nudge::default(),
            // Receivers of the tests listen on this machine.
            webhook_addresses: Arc::new(Addresses::new(vec!["127.0.0.1/32".parse().unwrap()], true)),
            inami_mail: vec![INAMI_MAIL.to_owned()].into(),
            metrics: Arc::new(Metrics::new().unwrap()),
        };
        actix_web::rt::spawn(server::serve(state.clone(), listener, 1).unwrap());
        TestApp {
            base: format!("{public_url}/insula/v1"),
            db,
            owner_url,
            clock,
            state,
            issuer,
            http: reqwest::Client::builder().timeout(PATIENCE).redirect(Policy::none()).build().unwrap(),
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

    /// Someone who calls with this token, or with none.
    pub fn client(&self, token: Option<String>) -> Client {
        Client::new(self.http.clone(), self.base.clone(), token)
    }

    /// The invented person of a role, at an organisation of the role's kind.
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

    /// Delivers until nothing is due, as the worker would. Returns how many were settled.
    pub fn deliver(&self) -> usize {
        let store = CodedStore(self.db.clone());
        let call = Call::insula("deliver", self.db.ids.opaque_uuid());
        let mut settled = 0;
        loop {
            let count = worker::deliver(&self.db, &store).unwrap();
            settled += count;
            // A round that settled nothing may have put off what cannot be read, and left others.
            if count == 0 && !self.db.run(&call, |tx| outbox::is_due(tx, HEALTHDATA)).unwrap() {
                return settled;
            }
        }
    }

    /// Runs every night that is due, as the worker would. Returns what they did.
    pub fn nights(&self) -> Vec<Report> {
        std::iter::from_fn(|| worker::night::run_next(&self.db).unwrap()).collect()
    }

    /// A connection as the owner of the database, for looking and for tampering.
    pub fn owner(&self) -> PgConnection {
        PgConnection::establish(&self.owner_url).unwrap()
    }

    /// Every row of every table as text, in a fixed order: equal before and after a request that changed nothing.
    pub fn dump(&self) -> String {
        dump_rows(&mut self.owner())
    }

    /// A number that an SQL query gives in a column `n`.
    pub fn count(&self, sql: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            n: i64,
        }
        diesel::sql_query(sql).get_result::<Count>(&mut self.owner()).unwrap().n
    }
}

/// Where INAMI reads its e-mails.
pub const INAMI_MAIL: &str = "conventions@inami.example";
/// The hospital most tests speak of.
pub const HOSPITAL_A: &str = "71000436";
/// Another one.
pub const HOSPITAL_B: &str = "71032209";
