//! Who is let in: one row for every operation of the contract. An operation without a row is closed to everyone, and a test
//! walks every operation, every principal and every ownership (design §3).

use insula_domain::actor::{
    Actor,
    Role::{self, *},
};

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetIn {
    /// Anyone, without a token.
    Everyone,
    /// Anyone with a token that names a role.
    Anybody,
    /// Those who hold one of these roles.
    Roles(&'static [Role]),
    /// Those who hold one of these roles and whom the access manager let into the registry (CGM-02).
    Registry(&'static [Role]),
}

use LetIn::{Anybody, Everyone, Registry, Roles};

const STUDY: LetIn = Registry(&[StudyLead, StudyAssociate, StudySupport]);
const INSURER: LetIn = Roles(&[InsurerBilling, MedicalAdviser]);

/// The table, in the order of the contract.
pub const TABLE: &[(&str, LetIn)] = &[
    ("createRegistration", STUDY),
    ("listRegistrations", STUDY),
    ("queryRegistrations", STUDY),
    ("getRegistration", STUDY),
    ("replaceRegistration", STUDY),
    ("changeRegistration", STUDY),
    ("deleteRegistration", STUDY),
    ("submitRegistration", STUDY),
    ("reopenRegistration", STUDY),
    ("checkRegistration", STUDY),
    ("listRegistrationVersions", STUDY),
    ("getRegistrationVersion", STUDY),
    ("createBeneficiary", STUDY),
    ("queryBeneficiaries", STUDY),
    ("getBeneficiary", STUDY),
    ("replaceBeneficiary", STUDY),
    ("getRegistrationCode", INSURER),
    ("verifyRegistrationCode", INSURER),
    ("listRegistrationCodeChanges", INSURER),
    ("getBillingZones", INSURER),
    ("listHospitals", Roles(&[ConventionOfficer, DataManager, Inspector, HealthdataOperator])),
    (
        "getHospital",
        Roles(&[
            ConventionOfficer,
            DataManager,
            Inspector,
            HealthdataOperator,
            AccessManager,
            StudyLead,
            StudyAssociate,
            StudySupport,
        ]),
    ),
    ("putHospital", Roles(&[ConventionOfficer])),
    ("listRegistryGrants", Roles(&[AccessManager])),
    ("createRegistryGrant", Roles(&[AccessManager])),
    ("deleteRegistryGrant", Roles(&[AccessManager])),
    ("listInsurers", Anybody),
    ("listNomenclaturePairs", Anybody),
    ("getDictionary", Everyone),
    ("listRules", Everyone),
    ("getRule", Everyone),
    ("listAuditEvents", Roles(&[Auditor])),
    ("checkHealth", Everyone),
    ("getContract", Everyone),
];

/// The row of an operation.
pub fn row(operation: &str) -> Option<LetIn> {
    TABLE.iter().find(|(name, _)| *name == operation).map(|(_, let_in)| *let_in)
}

impl LetIn {
    /// Whether the actor may call the operation.
    pub fn admits(self, actor: &Actor) -> bool {
        match self {
            Everyone => true,
            Anybody => !actor.roles.is_empty(),
            Roles(roles) | Registry(roles) => roles.iter().any(|role| actor.holds(*role)),
        }
    }
}
