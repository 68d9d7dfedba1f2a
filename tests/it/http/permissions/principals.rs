//! All kinds of callers.

use insula_domain::actor::{OrganisationKind, Role};
use insula_tests::{
    Client, TestApp,
    app::{HOSPITAL_A, HOSPITAL_B},
};

/// A caller.
pub struct Principal {
    /// Its name in messages.
    pub name: String,
    /// Its token.
    pub client: Client,
    /// Its role, if the token grants one.
    pub role: Option<Role>,
    /// Its hospital or insurer.
    pub number: String,
    /// Whether it sends a token.
    pub known: bool,
}

impl Principal {
    /// Whether its view depends on its organisation.
    pub fn is_fenced(&self) -> bool {
        self.role.is_some_and(|role| role.organisation().has_number())
    }
}

/// Callers without a token, of every role at every organisation of its kind, and with tokens that grant no role.
pub fn principals(app: &TestApp) -> Vec<Principal> {
    let mut all = vec![Principal {
        name: "anonymous".to_owned(),
        client: app.client(None),
        role: None,
        number: HOSPITAL_A.to_owned(),
        known: false,
    }];
    for role in Role::ALL {
        let numbers: &[&str] = match role.organisation() {
            OrganisationKind::Hospital => &[HOSPITAL_A, HOSPITAL_B],
            OrganisationKind::Insurer => &["300", "319", "100"],
            _ => &[""],
        };
        all.extend(numbers.iter().map(|number| Principal {
            name: format!("{} {number}", role.name()),
            client: app.role(*role, number),
            role: Some(*role),
            number: (*number).to_owned(),
            known: true,
        }));
    }
    let closed = |name: &str, kind: &str, number: Option<&str>, roles: &[Role]| Principal {
        name: name.to_owned(),
        client: app.client(Some(app.token(kind, number, "dev.studyLead", roles))),
        role: None,
        number: HOSPITAL_A.to_owned(),
        known: true,
    };
    let of_hospitals: Vec<Role> = roles_of(true);
    let of_others: Vec<Role> = roles_of(false);
    all.extend([
        closed("hospital without roles", "hospital", Some(HOSPITAL_A), &[]),
        closed("insurer without roles", "insurer", Some("319"), &[]),
        closed("inami without roles", "inami", None, &[]),
        closed("hospital with the roles of others", "hospital", Some(HOSPITAL_A), &of_others),
        closed("insurer with the roles of hospitals", "insurer", Some("319"), &of_hospitals),
        closed("inami with the roles of hospitals", "inami", Some(HOSPITAL_A), &of_hospitals),
        closed("hospital without number", "hospital", None, &of_hospitals),
        closed("hospital with a wrong number", "hospital", Some("71000437"), &of_hospitals),
        closed("hospital with an insurer's number", "hospital", Some("319"), &of_hospitals),
        closed("Insula itself", "insula", None, Role::ALL),
        closed("unknown kind", "pharmacy", Some(HOSPITAL_A), Role::ALL),
    ]);
    all
}

fn roles_of(hospitals: bool) -> Vec<Role> {
    let fits = |role: &&Role| (role.organisation() == OrganisationKind::Hospital) == hospitals;
    Role::ALL.iter().filter(fits).copied().collect()
}
