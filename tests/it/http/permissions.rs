//! Every operation × every principal × an object of their own, of another organisation, and an absent one (design §3).

mod principals;
mod table;

use std::{cell::Cell, collections::BTreeSet, fs, path::Path};

use insula_api::http::permission;
use insula_domain::{
    actor::{OrganisationKind, Role},
    registry::registration::code::RegistrationCode,
};
use insula_tests::{
    Reply, TestApp,
    app::{HOSPITAL_A, HOSPITAL_B},
    operations::{Objects, Operation, need_of, operations},
};
use principals::{Principal, principals};
use serde_json::Value;
use table::{About, CHANGING, Door, Row, TABLE};

/// SYS-02: every operation has an explicit permission, here and in the service.
#[test]
fn every_operation_has_a_row_in_both_tables() {
    let names: BTreeSet<_> = operations().into_iter().map(|operation| operation.name).collect();
    let served: BTreeSet<_> = permission::TABLE.iter().map(|(name, ..)| (*name).to_owned()).collect();
    let declared: BTreeSet<_> = TABLE.iter().map(|row| row.0.to_owned()).collect();
    assert_eq!(names, served, "api/src/http/permission.rs");
    assert_eq!(names, declared, "tests/it/http/permissions/table.rs");
    assert_eq!(permission::TABLE.len(), TABLE.len(), "a row stands twice");
}

/// SYS-02: the routes in the source are exactly the operations of the contract.
#[test]
fn the_routes_are_those_of_the_contract() {
    let mut routes = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../api/src"), &mut routes);
    routes.sort();
    let mut described: Vec<_> = operations().iter().map(|one| format!("{} {}", one.method, one.path)).collect();
    described.sort();
    assert_eq!(routes, described);
}

fn collect(folder: &Path, routes: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, routes);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let methods = ["get", "post", "put", "patch", "delete"];
            routes.extend(text.lines().filter_map(|line| {
                let (method, rest) = line.trim().strip_prefix("#[")?.split_once("(\"")?;
                let path = rest.strip_suffix("\")]")?;
                methods.contains(&method).then(|| format!("{} {path}", method.to_uppercase()))
            }));
        }
    }
}

struct Matrix {
    app: TestApp,
    persons: Cell<u32>,
}

impl Matrix {
    fn person(&self) -> u32 {
        self.persons.set(self.persons.get() + 1);
        self.persons.get()
    }

    async fn make(&self, hospital: &str, author: Role, insurer: &str, submitted: bool) -> Objects {
        Objects::make(&self.app, hospital, author, insurer, self.person(), submitted).await
    }

    fn absent(&self) -> Objects {
        Objects::absent(&self.app, self.person())
    }

    /// An object in the state required by the operation: the caller's own, or another organisation's.
    async fn object(&self, is_theirs: bool, principal: &Principal, operation: &Operation) -> Objects {
        let of_insurer = matches!(principal.role, Some(Role::InsurerBilling | Role::MedicalAdviser));
        let hospital = if (principal.number == HOSPITAL_B) == is_theirs { HOSPITAL_B } else { HOSPITAL_A };
        let insurer = if (principal.number == "100") == is_theirs { "100" } else { "319" };
        let submitted = of_insurer || operation.name == "reopenRegistration";
        let mut made = self.make(hospital, Role::StudyAssociate, insurer, submitted).await;
        made.ready_for(&self.app, operation.name.as_str()).await;
        made
    }

    /// Callers without permission: always the same answer, and nothing changes.
    async fn kept_out(&self, operation: &Operation, kept_out: &[&Principal], objects: &[Objects], before: &str) {
        for principal in kept_out {
            for object in objects {
                let reply = operation.send(&principal.client, object).await;
                let cell = format!("{} by {}: {}", operation.name, principal.name, reply.text);
                let (status, code) = if principal.known { (403, "missingPermission") } else { (401, "noAccessToken") };
                assert_eq!(reply.status, status, "{cell}");
                reply.expect_problem(status, code);
            }
        }
        assert_eq!(self.app.dump(), before, "{} changed something for those it refused", operation.name);
    }

    /// Callers with permission: another organisation's object answers exactly like an absent one.
    async fn let_in(&self, row: &Row, operation: &Operation, principal: &Principal, shared: &mut Shared) {
        let Row(name, _, about, own_status, absent_status) = row;
        let cell = |object: &str, reply: &Reply| format!("{name} by {} of {object}: {}", principal.name, reply.text);
        let key = (principal.number.clone(), need_of(name));
        let found = shared.iter().find(|(known, ..)| *known == key).filter(|_| !CHANGING.contains(name));
        let (own, others) = match found {
            Some((_, own, others)) => (own.clone(), others.clone()),
            None => {
                let made =
                    (self.object(true, principal, operation).await, self.object(false, principal, operation).await);
                shared.push((key, made.0.clone(), made.1.clone()));
                made
            }
        };

        let absent = operation.send(&principal.client, &self.absent()).await;
        assert_eq!(absent.status, *absent_status, "{}", cell("nobody", &absent));

        let is_hidden = match about {
            About::Owned | About::Authored => principal.is_fenced(),
            About::OwnedByHospital => {
                principal.role.is_some_and(|role| role.organisation() == OrganisationKind::Hospital)
            }
            About::Nothing | About::Waiting | About::Common => false,
        };
        if *about != About::Waiting {
            let others = operation.send(&principal.client, &others).await;
            if is_hidden {
                assert_eq!(told(&others), told(&absent), "{}", cell("another", &others));
            } else {
                assert_eq!(others.status, *own_status, "{}", cell("another", &others));
            }
        }

        if *about == About::Authored {
            let leads = self.make(&principal.number, Role::StudyLead, "319", *name == "reopenRegistration").await;
            let leads = operation.send(&principal.client, &leads).await;
            if principal.role == Some(Role::StudyLead) {
                assert_eq!(leads.status, *own_status, "{}", cell("the lead", &leads));
            } else {
                assert_eq!(told(&leads), told(&absent), "{}", cell("the lead", &leads));
            }
        }

        let own = operation.send(&principal.client, &own).await;
        assert_eq!(own.status, *own_status, "{}", cell("their own", &own));
        if is_hidden {
            assert_ne!(told(&own), told(&absent), "{}", cell("their own", &own));
        }
    }
}

/// Objects for operations that change nothing: by organisation and by the state that the operation requires.
type Shared = Vec<((String, &'static str), Objects, Objects)>;

/// The content of an answer, without names and times that differ between requests.
fn told(reply: &Reply) -> (u16, Vec<(String, String)>, Value) {
    // A connection goes on or not by how much of an unread body had come.
    const NEW: [&str; 3] = ["date", "belgov-trace-id", "connection"];
    const LENGTHS: [&str; 2] = ["location", "content-length"];
    let mut headers: Vec<_> = reply
        .headers
        .iter()
        .filter(|(name, _)| !NEW.contains(&name.as_str()) && !LENGTHS.contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    let mut body = reply.body.clone();
    blank(&mut body);
    (reply.status, headers, body)
}

fn blank(value: &mut Value) {
    const NEW: &[&str] = &["instance", "id", "href", "beneficiaryId", "niss", "lastName", "createdAt", "updatedAt"];
    match value {
        Value::Object(members) => {
            for (name, inner) in members {
                let is_code = inner.as_str().is_some_and(|text| RegistrationCode::parse(text).is_ok());
                if (NEW.contains(&name.as_str()) && inner.is_string()) || is_code {
                    *inner = Value::Null;
                }
                blank(inner);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(blank),
        _ => {}
    }
}

/// SYS-02, CGM-02: every cell of the matrix answers as declared; another organisation's object answers exactly like an
/// absent one, and a refused request changes nothing.
#[actix_web::test]
async fn every_cell_of_the_matrix_answers_as_declared() {
    let matrix = Matrix { app: TestApp::start().await, persons: Cell::new(0) };
    let principals = principals(&matrix.app);
    let parted: Vec<(&Row, Operation, Vec<&Principal>, Vec<&Principal>)> = TABLE
        .iter()
        .map(|row| {
            let admitted = |principal: &&Principal| match row.1 {
                Door::Everyone => true,
                Door::Anyone => principal.role.is_some(),
                Door::Roles(roles) => principal.role.is_some_and(|role| roles.contains(&role)),
            };
            let (inside, outside) = principals.iter().partition(admitted);
            (row, insula_tests::operations::operation(row.0), inside, outside)
        })
        .collect();

    // Those kept out come first: they change nothing, so they share their objects.
    let objects = [
        matrix.make(HOSPITAL_A, Role::StudyAssociate, "319", false).await,
        matrix.make(HOSPITAL_B, Role::StudyAssociate, "100", false).await,
        matrix.absent(),
    ];
    let before = matrix.app.dump();
    for (_, operation, _, outside) in &parted {
        matrix.kept_out(operation, outside, &objects, &before).await;
    }
    let mut shared = Shared::new();
    for (row, operation, inside, _) in &parted {
        for principal in inside {
            matrix.let_in(row, operation, principal, &mut shared).await;
        }
    }
}

/// SYS-02: open operations reveal nothing about an organisation to a person without role.
#[actix_web::test]
async fn open_operations_answer_everyone_alike() {
    let app = TestApp::start().await;
    let feed = Objects::make(&app, HOSPITAL_A, Role::StudyLead, "319", 1, false).await.feed;
    for row in TABLE.iter().filter(|row| row.1 == Door::Everyone) {
        let operation = insula_tests::operations::operation(row.0);
        let feed = feed.clone();
        let objects =
            Objects { rule: "CGM-09", problem: "noRecipients", file: "openapi.json", feed, ..Objects::absent(&app, 1) };
        let anonymous = operation.send(&app.client(None), &objects).await;
        let lead = operation.send(&app.lead_a(), &objects).await;
        assert_eq!(told(&anonymous), told(&lead), "{}", row.0);
        assert_eq!(anonymous.text, lead.text, "{}", row.0);
    }
}
