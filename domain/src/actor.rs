//! Actors, roles and what each role may see (design §3, CGM-02, SYS-02).

use serde::{Deserialize, Serialize};

macro_rules! roles {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $kind:ident;)*) => {
        /// A role, as named in tokens.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub enum Role { $($(#[$doc])* $variant,)* }

        impl Role {
            /// Every role once.
            pub const ALL: &[Role] = &[$(Role::$variant,)*];

            /// The name in tokens.
            pub const fn name(self) -> &'static str {
                match self { $(Role::$variant => $name,)* }
            }

            /// The role of that name.
            pub fn from_name(name: &str) -> Option<Role> {
                Role::ALL.iter().copied().find(|role| role.name() == name)
            }

            /// The kind of organisation whose people can hold the role.
            pub const fn organisation(self) -> OrganisationKind {
                match self { $(Role::$variant => OrganisationKind::$kind,)* }
            }
        }
    };
}

roles! {
    /// Sees and changes all registrations of the hospital; alone deletes what was entered in error (CGM-11).
    StudyLead = "studyLead", Hospital;
    /// Sees and changes the registrations they are the author of.
    StudyAssociate = "studyAssociate", Hospital;
    /// Registers for the authors they support.
    StudySupport = "studySupport", Hospital;
    /// Grants and withdraws the registry within the hospital (CGM-02).
    AccessManager = "accessManager", Hospital;
    /// Keeps the establishment's team register and its yearly statements (STF-12).
    ConventionTeam = "conventionTeam", Hospital;
    /// Leads the team and answers for it (C 5 §2).
    ResponsiblePhysician = "responsiblePhysician", Hospital;
    /// The team's manager of pump data (C 5 §2).
    PumpDataManager = "pumpDataManager", Hospital;
    /// Reads codes and billing zones of the insurer's members (TRA-02).
    InsurerBilling = "insurerBilling", Insurer;
    /// The insurer's adviser.
    MedicalAdviser = "medicalAdviser", Insurer;
    /// Reads what the insurer may ask for when it visits an establishment (REG-10).
    InsurerDelegate = "insurerDelegate", Insurer;
    /// Enters hospitals and their adherence (CGM-14).
    ConventionOfficer = "conventionOfficer", Inami;
    /// Reads coded data (TRA-03).
    DataManager = "dataManager", Inami;
    /// Reads what an inspector may ask for during a visit (REG-10).
    Inspector = "inspector", Inami;
    /// Follows deliveries; never sees an identity.
    HealthdataOperator = "healthdataOperator", Healthdata;
    /// Reads the trail (SYS-01).
    Auditor = "auditor", Audit;
}

/// The kinds of organisation that call the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OrganisationKind {
    /// A hospital, by its INAMI number.
    Hospital,
    /// An insurer, by its number.
    Insurer,
    /// The national institute.
    Inami,
    /// The registry's operator.
    Healthdata,
    /// The organisation that audits.
    Audit,
    /// Insula itself, for deliveries and the nightly run. No token carries it.
    Insula,
}

impl OrganisationKind {
    /// The name in tokens.
    pub const fn name(self) -> &'static str {
        match self {
            OrganisationKind::Hospital => "hospital",
            OrganisationKind::Insurer => "insurer",
            OrganisationKind::Inami => "inami",
            OrganisationKind::Healthdata => "healthdata",
            OrganisationKind::Audit => "audit",
            OrganisationKind::Insula => "insula",
        }
    }

    /// Whether organisations of this kind are identified by a number.
    pub const fn has_number(self) -> bool {
        matches!(self, OrganisationKind::Hospital | OrganisationKind::Insurer)
    }
}

/// One person of one organisation, as stated by the verified token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The person, by the identifier the issuer gives them.
    pub person: String,
    /// The kind of organisation they act for.
    pub kind: OrganisationKind,
    /// Its number: 8 digits for a hospital, 3 for an insurer, empty for the others.
    pub number: String,
    /// Their roles, only those that fit the kind of organisation.
    pub roles: Vec<Role>,
}

impl Actor {
    /// Insula itself, in one of its parts.
    pub fn insula(part: &str) -> Actor {
        Actor { person: part.to_owned(), kind: OrganisationKind::Insula, number: String::new(), roles: Vec::new() }
    }

    /// Whether the person holds the role.
    pub fn holds(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether the person works in the registry, and so needs its access manager's grant (CGM-02).
    pub fn registers(&self) -> bool {
        self.roles.iter().any(|role| matches!(role, Role::StudyLead | Role::StudyAssociate | Role::StudySupport))
    }

    /// Whether the person sees the registrations of all authors. Others see their own and, as support, those of the
    /// authors they support.
    pub fn sees_all_authors(&self) -> bool {
        self.holds(Role::StudyLead)
    }

    /// Whether this person, who supports the authors in `supported`, may write registrations of `author`.
    pub fn may_register_for(&self, author: &str, supported: &[String]) -> bool {
        let is_author = self.holds(Role::StudyLead) || self.holds(Role::StudyAssociate);
        (is_author && author == self.person)
            || self.holds(Role::StudyLead)
            || (self.holds(Role::StudySupport) && supported.iter().any(|s| s == author))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(roles: &[Role]) -> Actor {
        Actor { person: "p".into(), kind: OrganisationKind::Hospital, number: "71000436".into(), roles: roles.to_vec() }
    }

    /// CGM-02, SYS-02: lead for all, associate for themselves, support for those they support.
    #[test]
    fn each_role_registers_for_its_authors() {
        let supported = vec!["q".to_owned()];
        assert!(actor(&[Role::StudyLead]).may_register_for("anyone", &[]));
        assert!(actor(&[Role::StudyAssociate]).may_register_for("p", &[]));
        assert!(!actor(&[Role::StudyAssociate]).may_register_for("q", &supported));
        assert!(actor(&[Role::StudySupport]).may_register_for("q", &supported));
        assert!(!actor(&[Role::StudySupport]).may_register_for("p", &supported));
        assert!(!actor(&[Role::AccessManager]).may_register_for("p", &supported));
    }
}
