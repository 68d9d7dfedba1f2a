//! `make bench`: Insula over HTTP against pgbench doing the same statements, on the same database, in one run.
//!
//! Figures are ratios of two throughputs measured one after the other on one machine; neither alone says anything. Needs
//! `pgbench` (with PostgreSQL's programs) and `wrk` on the PATH.

use std::{
    error::Error,
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use diesel::{Connection, PgConnection, RunQueryDsl, connection::SimpleConnection};
use insula_api::database::{
    cluster::{ClusterOptions, PrivateCluster},
    role_url,
};
use insula_persistence::{Login, keys::Keys, statements};
use insula_tests::data;
use serde_json::{Value, json};

const HOSPITAL: &str = "71000436";
const SECONDS: u32 = 6;
/// Clients, and how many drafts each of them gets.
const ROUNDS: [(u32, u32); 3] = [(1, 40_000), (8, 12_000), (32, 4_000)];

struct Bench {
    folder: PathBuf,
    base: String,
    owner_url: String,
    keys: Arc<Keys>,
}

fn main() -> Result<(), Box<dyn Error>> {
    for program in ["pgbench", "wrk"] {
        if Command::new(program).arg("--version").output().is_err() {
            return Err(format!("`{program}` is missing; with Debian: apt-get install postgresql wrk").into());
        }
    }
    let folder = std::env::current_dir()?.join(".data/bench");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    // Made beforehand, to be given room for pgbench's connections beside all of Insula's.
    drop(PrivateCluster::start(&ClusterOptions { data_dir: folder.clone(), durable: true, max_connections: 50 })?);
    let settings = folder.join("pg-cluster/data/postgresql.conf");
    writeln!(fs::OpenOptions::new().append(true).open(settings)?, "max_connections = 150")?;
    let (mut service, base) = start(&folder)?;
    let bench = Bench {
        owner_url: PrivateCluster::running_url(&folder)?,
        keys: Arc::new(Keys::read(&folder.join("keys"))?),
        base,
        folder,
    };
    let outcome = bench.run(service.id());
    Command::new("kill").arg(service.id().to_string()).status()?;
    service.wait()?;
    outcome
}

/// Starts the service beside this program, without workers: they would compete with both sides.
fn start(folder: &Path) -> Result<(Child, String), Box<dyn Error>> {
    let program = std::env::current_exe()?.with_file_name("insula");
    let mut service = Command::new(program)
        .args(["serve", "--no-workers", "--listen", "127.0.0.1:18080", "--connections", "16", "--data"])
        .arg(folder)
        .env("INSULA_LOG", "warn")
        .stdout(Stdio::piped())
        .stderr(fs::File::create(folder.join("service.log"))?)
        .spawn()?;
    let greeting = service.stdout.take().ok_or("no output")?;
    // Before it, the private PostgreSQL may be created.
    let says = |line: &Result<String, _>| line.as_ref().is_ok_and(|line| line.starts_with("Insula answers at "));
    let ready = BufReader::new(greeting).lines().find(says).ok_or("the service did not start")??;
    Ok((service, ready.rsplit(' ').next().unwrap_or_default().to_owned()))
}

impl Bench {
    fn run(&self, service: u32) -> Result<(), Box<dyn Error>> {
        println!("Preparing drafts ...");
        let resident = resident_kib(service);
        let lead = self.token(&["--hospital", HOSPITAL, "--role", "studyLead"])?;
        let insurer = self.token(&["--insurer", "300", "--role", "insurerBilling"])?;
        let codes = self.prepare(&lead)?;
        println!("{:<28}{:>8}{:>12}{:>12}{:>8}", "", "clients", "pgbench/s", "Insula/s", "ratio");
        let mut first = 0;
        for (clients, each) in ROUNDS {
            let direct = self.pgbench(&self.submit_script(first, each)?, Login::Hospital, clients)?;
            first += clients * each;
            let served = self.wrk(&submit_lua(&lead, first, clients, each), clients)?;
            first += clients * each;
            row("submit", clients, direct, served);
        }
        self.owner()?.batch_execute("VACUUM ANALYZE insula.registrations, trail.events")?;
        for (clients, _) in ROUNDS {
            let direct = self.pgbench(&self.look_up_script(&codes)?, Login::Insurer, clients)?;
            let served = self.wrk(&look_up_lua(&insurer, &codes), clients)?;
            row("look-up of a code", clients, direct, served);
        }
        println!("idle memory {} MiB, after the runs {} MiB", resident / 1024, resident_kib(service) / 1024);
        Ok(())
    }

    fn owner(&self) -> Result<PgConnection, Box<dyn Error>> {
        Ok(PgConnection::establish(&self.owner_url)?)
    }

    fn token(&self, whom: &[&str]) -> Result<String, Box<dyn Error>> {
        let program = std::env::current_exe()?.with_file_name("insula");
        let output = Command::new(program)
            .arg("--data")
            .arg(&self.folder)
            .arg("token")
            .args(["--seconds", "36000"])
            .args(whom)
            .output()?;
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    fn post(&self, token: &str, path: &str, body: &Value, headers: &[(&str, &str)]) -> Result<Value, Box<dyn Error>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut request = reqwest::Client::new().post(format!("{}{path}", self.base)).bearer_auth(token);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            Ok(request.json(body).send().await?.error_for_status()?.json().await?)
        })
    }

    /// One complete draft made through Insula, copied in the database as often as needed under identifiers that both sides
    /// can compute; and 20 000 codes to look up.
    fn prepare(&self, lead: &str) -> Result<u32, Box<dyn Error>> {
        let beneficiary = self.post(lead, "/beneficiaries", &data::beneficiary(1), &[("Idempotency-Key", "b")])?;
        let draft =
            json!({"type": "replacement", "beneficiaryId": beneficiary["id"], "content": data::replacement(None)});
        let draft = self.post(lead, "/registrations", &draft, &[("Idempotency-Key", "d")])?;
        let drafts: u32 = ROUNDS.iter().map(|(clients, each)| clients * each * 2).sum();
        let codes = 20_000;
        let columns = "hospital, type, version, author, beneficiary_id, dictionary_version, content";
        let id = draft["id"].as_str().ok_or("no id")?;
        let mut conn = self.owner()?;
        conn.batch_execute(&format!(
            "CREATE TEMP TABLE one AS SELECT {columns} FROM insula.registrations WHERE id = '{id}';
             INSERT INTO insula.registrations (id, technical_id, status, created_at, updated_at, {columns})
             SELECT {}, gen_random_uuid(), 'open', '2026-06-15', '2026-06-15', {columns} FROM one, generate_series(1, {drafts}) n;
             INSERT INTO insula.registrations (id, technical_id, status, created_at, updated_at, code, person_id, insurer,
                 insurer_union, pair, nomenclature_code, event_date, validated_at, validation_number, acknowledged_at, {columns})
             SELECT {}, gen_random_uuid(), 'submitted', '2026-06-15', '2026-06-15', {}, (SELECT person_id FROM vault.beneficiaries),
                 '319', '300', '174392-174403', '174392', '2026-06-10', '2026-06-15', -n, '2026-06-15', {columns}
             FROM one, generate_series(1, {codes}) n;
             ANALYZE",
            id_of("n"),
            id_of("(900000000 + n)"),
            code_of("n"),
        ))?;
        Ok(codes)
    }

    /// Runs a script with pgbench, its statements prepared as Insula's are, and gives transactions per second.
    fn pgbench(&self, script: &str, login: Login, clients: u32) -> Result<f64, Box<dyn Error>> {
        let file = self.folder.join("script.sql");
        fs::write(&file, script)?;
        let output = Command::new("pgbench")
            .args(["-n", "-M", "prepared", "-D", "k=0", "-T", &SECONDS.to_string(), "-c", &clients.to_string()])
            .args(["-j", if clients == 1 { "1" } else { "2" }])
            .arg("-f")
            .arg(&file)
            .arg(role_url(&self.owner_url, &self.keys, login))
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let tps = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        tps.ok_or_else(|| format!("pgbench: {text}{}", String::from_utf8_lossy(&output.stderr)).into())
    }

    fn wrk(&self, script: &str, clients: u32) -> Result<f64, Box<dyn Error>> {
        let file = self.folder.join("script.lua");
        fs::write(&file, script)?;
        let output = Command::new("wrk")
            .args(["-d", &SECONDS.to_string(), "-c", &clients.to_string(), "-t", if clients == 1 { "1" } else { "2" }])
            .arg("-s")
            .arg(&file)
            .arg(&self.base)
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if text.contains("Non-2xx") {
            return Err(format!("not every answer was good:\n{text}").into());
        }
        let rate = text.lines().find_map(|line| line.strip_prefix("Requests/sec:")?.trim().parse().ok());
        rate.ok_or_else(|| format!("wrk: {text}").into())
    }

    /// The statements of a submit, with Insula's values: begin and scope in one round trip, facts, change, commit.
    fn submit_script(&self, first: u32, each: u32) -> Result<String, Box<dyn Error>> {
        let n = format!("({first} + :client_id::int * {each} + :k::int)");
        let sealed = "decode(repeat('ab', 900), 'hex')";
        let body = format!(
            "json_build_object('organisation', 'hospital:{HOSPITAL}', 'action', 'submit', 'subject', 'registration:' || {n})::text"
        );
        // pgbench takes a colon before a letter for one of its variables.
        #[derive(diesel::QueryableByName)]
        struct Person {
            #[diesel(sql_type = diesel::sql_types::Text)]
            id: String,
            #[diesel(sql_type = diesel::sql_types::Text)]
            person_id: String,
        }
        let query = diesel::sql_query("SELECT id::text, person_id::text FROM vault.beneficiaries LIMIT 1");
        let Person { id, person_id } = query.get_result(&mut PgConnection::establish(&self.owner_url)?)?;
        // Of constants and immutable functions only, so that PostgreSQL plans with the finished value, as with a parameter.
        let row = json!({"id": "ID", "hospital": HOSPITAL, "type": "replacement", "status": "sending", "version": 2,
            "author": "dev.studyLead", "beneficiary_id": id, "dictionary_version": 1, "content": data::replacement(None),
            "updated_at": "2026-06-15T00:00:00Z", "code": "CODE", "validated_at": "2026-06-15T00:00:00Z",
            "validation_number": "NUMBER", "acknowledged_at": null, "corrections": null, "deleted_at": null,
            "deletion_reason": null, "place": null, "person_id": person_id, "insurer": "319", "insurer_union": "300",
            "pair": "174392-174403", "nomenclature_code": "174392", "event_date": "2026-06-10", "has_sensor": true,
            "earlier_id": null});
        let row = row
            .to_string()
            .replace("\":", "\": ")
            .replace("ID", &format!("' || {} || '", id_of(&n)))
            .replace("CODE", &format!("' || {} || '", code_of(&format!("(500000 + {n})"))))
            .replace("NUMBER", &format!("' || {} || '", format_args!("(1000000000 + {n})")));
        let row = format!("('{row}')::jsonb");
        let values: Vec<String> = [
            row,
            "'submit'".into(),
            "false".into(),
            "gen_random_uuid()".into(),
            "true".into(),
            "true".into(),
            "gen_random_uuid()".into(),
            body,
            "decode(repeat('cd', 32), 'hex')".into(),
            "'submitRegistration'::text".into(),
            format!("'key' || {n}"),
            "decode(repeat('ef', 32), 'hex')".into(),
            sealed.into(),
            "1".into(),
            "false".into(),
            "NULL::uuid".into(),
        ]
        .into();
        let store = filled(statements::UPDATE, &values)?;
        Ok(format!(
            "\\set k :k + 1\n\\startpipeline\nBEGIN;\nSELECT insula.enter('{HOSPITAL}', 'dev.studyLead', 'all');\n\\endpipeline\n{};\n{store};\nCOMMIT;\n",
            filled(statements::SUBMIT_FACTS, &[id_of(&n), "'2026-06-15'::date".into()])?
        ))
    }

    fn look_up_script(&self, codes: &u32) -> Result<String, Box<dyn Error>> {
        let body = "json_build_object('organisation', 'insurer:300', 'action', 'get', 'subject', 'x')::text";
        let values = [
            code_of(":n::int"),
            "gen_random_uuid()".into(),
            body.into(),
            "decode(repeat('cd', 32), 'hex')".into(),
            "NULL::bytea".into(),
            "NULL::text".into(),
        ];
        Ok(format!(
            "\\set n random(1, {codes})\n\\startpipeline\nBEGIN;\nSELECT insula.enter('300', 'bench', '');\n\\endpipeline\n{};\nCOMMIT;\n",
            filled(statements::LOOK_UP, &values)?
        ))
    }
}

/// The identifier of the n-th copy, as SQL.
fn id_of(n: &str) -> String {
    format!("('00000000-0000-7000-8000-' || lpad(to_hex({n}), 12, '0'))::uuid")
}

/// The n-th code with its check digits, as SQL.
fn code_of(n: &str) -> String {
    format!("((100000000000 + {n})::text || lpad((97 - (100000000000 + {n}) % 97)::text, 2, '0'))")
}

/// A statement with expressions in the place of its parameters, on one line as pgbench wants it. One for each of them: a
/// statement that gained a parameter would else be measured with another one in its place.
fn filled(sql: &str, values: &[String]) -> Result<String, Box<dyn Error>> {
    let parameters = sql.split('$').skip(1).map(|after| after.split(|c: char| !c.is_ascii_digit()).next());
    let last = parameters.filter_map(|number| number?.parse::<usize>().ok()).max().unwrap_or_default();
    if last != values.len() {
        return Err(format!("{last} parameters, {} values: {sql}", values.len()).into());
    }
    let mut sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    for (index, value) in values.iter().enumerate().rev() {
        sql = sql.replace(&format!("${}", index + 1), value);
    }
    Ok(sql)
}

fn submit_lua(token: &str, first: u32, clients: u32, each: u32) -> String {
    let threads = if clients == 1 { 1 } else { 2 };
    let share = clients * each / threads;
    format!(
        r#"local threads = 0
function setup(thread) thread:set("number", threads); threads = threads + 1 end
function init() n = {first} + number * {share} end
function request()
  n = n + 1
  return wrk.format("POST", string.format("/insula/v1/registrations/00000000-0000-7000-8000-%012x/submit", n),
    {{["Authorization"] = "Bearer {token}", ["If-Match"] = '"1"', ["Idempotency-Key"] = '"' .. n .. '"'}})
end
"#
    )
}

fn look_up_lua(token: &str, codes: &u32) -> String {
    format!(
        r#"function request()
  local twelve = 100000000000 + math.random(1, {codes})
  local code = string.format("%d%02d", twelve, 97 - twelve % 97)
  return wrk.format("GET", "/insula/v1/registrationCodes/" .. code, {{["Authorization"] = "Bearer {token}"}})
end
"#
    )
}

fn row(what: &str, clients: u32, direct: f64, served: f64) {
    println!("{what:<28}{clients:>8}{direct:>12.0}{served:>12.0}{:>8.2}", served / direct);
}

fn resident_kib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
}
