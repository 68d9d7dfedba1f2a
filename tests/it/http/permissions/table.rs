//! The expected answer of every cell of the matrix, independent of the service's own table.

use insula_domain::actor::Role::{self, *};

/// Who has permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Everyone.
    Everyone,
    /// Everyone with a role.
    Anyone,
    /// These roles.
    Roles(&'static [Role]),
}
use Door::{Anyone, Everyone, Roles};

/// The kind of object of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// None that could be absent or another's: a list, a creation.
    Nothing,
    /// One that is the same for all.
    Common,
    /// One of a hospital, or of an insurer's member; another's answers as if absent.
    Owned,
    /// One of a hospital that every insurer may read; another hospital's answers as if absent.
    OwnedByHospital,
    /// A registration; the study lead's answers as if absent for associate and support.
    Authored,
}
use About::{Authored, Common, Nothing, Owned, OwnedByHospital};

/// One operation: who has permission, its kind of object, and the status for the caller's own and for an absent object.
#[derive(Debug)]
pub struct Row(pub &'static str, pub Door, pub About, pub u16, pub u16);

const STUDY: Door = Roles(&[StudyLead, StudyAssociate, StudySupport]);
const STUDY_AND_TEAM: Door =
    Roles(&[StudyLead, StudyAssociate, StudySupport, ConventionTeam, ResponsiblePhysician, PumpDataManager]);
const CODED_DATA: Door = Roles(&[StudyLead, StudyAssociate, DataManager]);
const MANAGER: Door = Roles(&[AccessManager]);
const LEAD_AND_MANAGER: Door = Roles(&[StudyLead, AccessManager]);
const INSURER: Door = Roles(&[InsurerBilling, MedicalAdviser]);
const TEAM: Door = Roles(&[ConventionTeam, ResponsiblePhysician, PumpDataManager]);
const TEAM_AND_VISITORS: Door =
    Roles(&[ConventionTeam, ResponsiblePhysician, PumpDataManager, ConventionOfficer, Inspector, InsurerDelegate]);
const WORKS_BY_IT: Door = Roles(&[
    ConventionTeam,
    ResponsiblePhysician,
    PumpDataManager,
    ConventionOfficer,
    Inspector,
    InsurerBilling,
    MedicalAdviser,
    InsurerDelegate,
]);
const APPLIES: Door = Roles(&[ConventionTeam, ResponsiblePhysician]);
const SEES_APPLICATIONS: Door = Roles(&[ConventionTeam, ResponsiblePhysician, MedicalAdviser]);
const NATIONAL: Door = Roles(&[ConventionOfficer, DataManager, Inspector, HealthdataOperator]);
const READS_MAILS: Door = Roles(&[
    ConventionOfficer,
    DataManager,
    Inspector,
    HealthdataOperator,
    StudyLead,
    StudyAssociate,
    StudySupport,
    AccessManager,
    ConventionTeam,
    ResponsiblePhysician,
    PumpDataManager,
]);
const NATIONAL_AND_HOSPITAL: Door = Roles(&[
    ConventionOfficer,
    DataManager,
    Inspector,
    HealthdataOperator,
    StudyLead,
    StudyAssociate,
    StudySupport,
    AccessManager,
]);

/// Every operation of the contract.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    Row("createRegistration",          STUDY,                 Owned,    201, 400),
    Row("listRegistrations",           STUDY,                 Nothing,  200, 200),
    Row("queryRegistrations",          STUDY,                 Authored, 200, 200),
    Row("getRegistration",             STUDY,                 Authored, 200, 404),
    Row("replaceRegistration",         STUDY,                 Authored, 200, 404),
    Row("changeRegistration",          STUDY,                 Authored, 200, 404),
    Row("deleteRegistration",          STUDY,                 Authored, 204, 404),
    Row("submitRegistration",          STUDY,                 Authored, 200, 404),
    Row("reopenRegistration",          STUDY,                 Authored, 200, 404),
    Row("checkRegistration",           STUDY,                 Authored, 200, 404),
    Row("listRegistrationVersions",    STUDY,                 Authored, 200, 404),
    Row("getRegistrationVersion",      STUDY,                 Authored, 200, 404),
    Row("createRegistrationImport",    STUDY,                 Nothing,  202, 202),
    Row("listRegistrationImports",     STUDY,                 Nothing,  200, 200),
    Row("getRegistrationImport",       STUDY,                 Authored, 200, 404),
    Row("cancelRegistrationImport",    STUDY,                 Authored, 204, 404),
    Row("listRegistrationImportRows",  STUDY,                 Authored, 200, 404),
    Row("createBeneficiary",           STUDY_AND_TEAM,        Owned,    303, 201),
    Row("queryBeneficiaries",          STUDY_AND_TEAM,        Owned,    200, 200),
    Row("getBeneficiary",              STUDY_AND_TEAM,        Owned,    200, 404),
    Row("replaceBeneficiary",          STUDY_AND_TEAM,        Owned,    200, 404),
    Row("getAffiliations",             STUDY_AND_TEAM,        Owned,    200, 404),
    Row("putAffiliations",             STUDY_AND_TEAM,        Owned,    200, 404),
    Row("getRegistrationCode",         INSURER,               Owned,    200, 404),
    Row("verifyRegistrationCode",      INSURER,               Owned,    200, 200),
    Row("listRegistrationCodeChanges", INSURER,               Nothing,  200, 200),
    Row("getBillingZones",             INSURER,               Owned,    200, 404),
    Row("listCodedRegistrations",      CODED_DATA,            Nothing,  200, 200),
    Row("getStatistics",               CODED_DATA,            Nothing,  200, 200),
    Row("listCounters",                NATIONAL_AND_HOSPITAL, Nothing,  200, 200),
    Row("getCounter",                  NATIONAL_AND_HOSPITAL, Common,   200, 404),
    Row("listCounterFigures",          NATIONAL_AND_HOSPITAL, Common,   200, 404),
    Row("getCounterPlot",              NATIONAL_AND_HOSPITAL, Common,   200, 404),
    Row("listNights",             NATIONAL,              Nothing,  200, 200),
    Row("previewNight",                NATIONAL,              Nothing,  200, 200),
    Row("getNight",               NATIONAL,              Common,   200, 404),
    Row("listNightDecisions",          NATIONAL,              Common,   200, 404),
    Row("listHospitals",               NATIONAL,              Nothing,  200, 200),
    Row("getHospital",                 NATIONAL_AND_HOSPITAL, Owned,    200, 404),
    Row("putHospital",                 Roles(&[ConventionOfficer]), Common, 200, 412),
    Row("getMailRecipients",           NATIONAL_AND_HOSPITAL, Owned,    200, 404),
    Row("putMailRecipients",           Roles(&[ConventionOfficer]), Common, 200, 404),
    Row("listRegistryGrants",          MANAGER,               Nothing,  200, 200),
    Row("createRegistryGrant",         MANAGER,               Nothing,  201, 201),
    Row("getRegistryGrant",            MANAGER,               Owned,    200, 404),
    Row("deleteRegistryGrant",         MANAGER,               Owned,    204, 404),
    Row("listNotifications",           READS_MAILS,           Nothing,  200, 200),
    Row("getNotification",             READS_MAILS,           Owned,    200, 404),
    Row("sendNotification",            Roles(&[ConventionOfficer, HealthdataOperator]), Common, 200, 404),
    Row("createWebhookSubscription",   LEAD_AND_MANAGER,      Nothing,  201, 201),
    Row("listWebhookSubscriptions",    LEAD_AND_MANAGER,      Nothing,  200, 200),
    Row("getWebhookSubscription",      LEAD_AND_MANAGER,      Owned,    200, 404),
    Row("replaceWebhookSubscription",  LEAD_AND_MANAGER,      Owned,    200, 404),
    Row("rotateWebhookSecret",         LEAD_AND_MANAGER,      Owned,    200, 404),
    Row("testWebhookSubscription",     LEAD_AND_MANAGER,      Owned,    201, 404),
    Row("listWebhookDeliveries",       LEAD_AND_MANAGER,      Owned,    200, 404),
    Row("getWebhookDelivery",          LEAD_AND_MANAGER,      Owned,    200, 404),
    Row("resendWebhookDelivery",       LEAD_AND_MANAGER,      Owned,    200, 404),
    Row("deleteWebhookSubscription",   LEAD_AND_MANAGER,      Owned,    204, 404),
    Row("getConvention",               TEAM_AND_VISITORS,     OwnedByHospital,    200, 404),
    Row("listConventions",             TEAM_AND_VISITORS,        OwnedByHospital,    200, 404),
    Row("putConvention",               Roles(&[ConventionOfficer]), Common, 200, 404),
    Row("denounceConvention",          Roles(&[ConventionOfficer]), Common, 200, 404),
    Row("checkMerger",                 Roles(&[ConventionOfficer]), Common, 200, 400),
    Row("listMergers",                 WORKS_BY_IT,           Nothing,  200, 200),
    Row("createMerger",                Roles(&[ConventionOfficer]), Common, 201, 400),
    Row("getMerger",                   WORKS_BY_IT,           OwnedByHospital, 200, 404),
    Row("withdrawMerger",              Roles(&[ConventionOfficer]), Common, 200, 404),
    Row("getSites",                    TEAM_AND_VISITORS,        OwnedByHospital,    200, 404),
    Row("putSites",                    TEAM,                  Owned,    200, 404),
    Row("getPrescribers",              WORKS_BY_IT,           OwnedByHospital, 200, 404),
    Row("putPrescribers",              TEAM,                  Owned,    200, 404),
    Row("listPrescriberChanges",       Roles(&[ConventionOfficer, Inspector, InsurerBilling, MedicalAdviser]), Nothing, 200, 200),
    Row("getPumps",                    TEAM_AND_VISITORS,        OwnedByHospital,    200, 404),
    Row("putPumps",                    TEAM,                  Owned,    200, 404),
    Row("listPumpOffers",              WORKS_BY_IT,           Nothing,  200, 200),
    Row("getAvailability",             TEAM_AND_VISITORS,        OwnedByHospital,    200, 404),
    Row("putAvailability",             TEAM,                  Owned,    200, 404),
    Row("listTeamMembers",             TEAM_AND_VISITORS,        OwnedByHospital,    200, 404),
    Row("createTeamMember",            TEAM,                  Owned,    201, 404),
    Row("getTeamMember",               TEAM_AND_VISITORS,        OwnedByHospital,    200, 404),
    Row("replaceTeamMember",           TEAM,                  Owned,    200, 404),
    Row("withdrawTeamMember",          TEAM,                  Owned,    200, 404),
    Row("listTeamMemberVersions",      TEAM_AND_VISITORS,        OwnedByHospital,    200, 404),
    Row("listMaterialDeliveries",      TEAM,                  Owned,    200, 404),
    Row("createMaterialDelivery",      TEAM,                  Owned,    201, 404),
    Row("getMaterialDelivery",         TEAM,                  Owned,    200, 404),
    Row("replaceMaterialDelivery",     TEAM,                  Owned,    200, 404),
    Row("withdrawMaterialDelivery",    TEAM,                  Owned,    200, 404),
    Row("listMaterialDeliveryVersions",TEAM,                  Owned,    200, 404),
    Row("listHospitalStays",           TEAM,                  Owned,    200, 404),
    Row("createHospitalStay",          TEAM,                  Owned,    201, 404),
    Row("getHospitalStay",             TEAM,                  Owned,    200, 404),
    Row("replaceHospitalStay",         TEAM,                  Owned,    200, 404),
    Row("withdrawHospitalStay",        TEAM,                  Owned,    200, 404),
    Row("listHospitalStayVersions",    TEAM,                  Owned,    200, 404),
    Row("listPreventiveExaminations",  TEAM,                  Owned,    200, 404),
    Row("createPreventiveExamination", TEAM,                  Owned,    201, 404),
    Row("getPreventiveExamination",    TEAM,                  Owned,    200, 404),
    Row("replacePreventiveExamination",TEAM,                  Owned,    200, 404),
    Row("withdrawPreventiveExamination",TEAM,                  Owned,    200, 404),
    Row("listPreventiveExaminationVersions",TEAM,                  Owned,    200, 404),
    Row("listPumpAssignments",         TEAM,                  Owned,    200, 404),
    Row("createPumpAssignment",        TEAM,                  Owned,    201, 404),
    Row("getPumpAssignment",           TEAM,                  Owned,    200, 404),
    Row("replacePumpAssignment",       TEAM,                  Owned,    200, 404),
    Row("withdrawPumpAssignment",      TEAM,                  Owned,    200, 404),
    Row("listPumpAssignmentVersions",  TEAM,                  Owned,    200, 404),
    Row("listContacts",                TEAM,                  Owned,    200, 404),
    Row("createContact",               TEAM,                  Owned,    201, 404),
    Row("getContact",                  TEAM,                  Owned,    200, 404),
    Row("replaceContact",              TEAM,                  Owned,    200, 404),
    Row("withdrawContact",             TEAM,                  Owned,    200, 404),
    Row("listContactVersions",         TEAM,                  Owned,    200, 404),
    Row("listTariffs",                 Anyone,                Nothing,  200, 200),
    Row("getTariff",                   Anyone,                Common,   200, 404),
    Row("getTariffProposal",           Anyone,                Nothing,  200, 200),
    Row("createTariff",                Roles(&[ConventionOfficer]), Nothing, 201, 201),
    Row("getStaffingStatement",        TEAM_AND_VISITORS,        OwnedByHospital,    200, 404),
    Row("putStaffingStatement",        TEAM,                  Owned,    200, 404),
    Row("getStaffingAssessment",       TEAM_AND_VISITORS,        OwnedByHospital,    200, 404),
    Row("simulateStaffing",            WORKS_BY_IT,               Nothing,  200, 200),
    Row("getStaffingPlot",             WORKS_BY_IT,           Nothing,  200, 200),
    Row("getLabels",                   Anyone,                Nothing,  200, 200),
    Row("listCoverageApplications",    SEES_APPLICATIONS,     Nothing,  200, 200),
    Row("createCoverageApplication",   APPLIES,               Owned,    201, 400),
    Row("getCoverageApplication",      SEES_APPLICATIONS,     Owned,    200, 404),
    Row("replaceCoverageApplication",  APPLIES,               Owned,    200, 404),
    Row("deleteCoverageApplication",   APPLIES,               Owned,    204, 404),
    Row("checkCoverageApplication",    APPLIES,               Owned,    200, 404),
    Row("submitCoverageApplication",   APPLIES,               Owned,    200, 404),
    Row("withdrawCoverageApplication", APPLIES,               Owned,    200, 404),
    Row("createCoverageDecision",      Roles(&[MedicalAdviser]), Owned, 201, 404),
    Row("previewCoverageDecision",     Roles(&[MedicalAdviser]), Owned, 200, 404),
    Row("listCoverageDecisions",       SEES_APPLICATIONS,     Owned,    200, 404),
    Row("listGrantedPeriods",          SEES_APPLICATIONS,     Nothing,  200, 200),
    Row("getGrantedPeriod",            SEES_APPLICATIONS,     Owned,    200, 404),
    Row("endGrantedPeriod",            APPLIES,               Owned,    200, 404),
    Row("listInsurers",                Anyone,                Nothing,  200, 200),
    Row("listNomenclaturePairs",       Anyone,                Nothing,  200, 200),
    Row("getDictionary",               Everyone,              Nothing,  200, 200),
    Row("listRules",                   Everyone,              Nothing,  200, 200),
    Row("getRule",                     Everyone,              Common,   200, 404),
    Row("listProblemTypes",            Everyone,              Nothing,  200, 200),
    Row("getProblemType",              Everyone,              Common,   200, 404),
    Row("listAuditEvents",             Roles(&[Auditor]),     Nothing,  200, 200),
    Row("checkHealth",                 Everyone,              Nothing,  200, 200),
    Row("getContract",                 Everyone,              Common,   200, 404),
];

/// Operations that change their object: each cell gets a new one.
pub const CHANGING: &[&str] = &[
    "replaceRegistration",
    "changeRegistration",
    "deleteRegistration",
    "submitRegistration",
    "reopenRegistration",
    "cancelRegistrationImport",
    "createBeneficiary",
    "replaceBeneficiary",
    "putAffiliations",
    "putHospital",
    "putMailRecipients",
    "sendNotification",
    "putConvention",
    "denounceConvention",
    "replaceCoverageApplication",
    "deleteCoverageApplication",
    "submitCoverageApplication",
    "withdrawCoverageApplication",
    "createCoverageDecision",
    "endGrantedPeriod",
    "createMerger",
    "withdrawMerger",
    "replaceTeamMember",
    "withdrawTeamMember",
    "replaceMaterialDelivery",
    "withdrawMaterialDelivery",
    "createPumpAssignment",
    "replaceHospitalStay",
    "withdrawHospitalStay",
    "replacePreventiveExamination",
    "withdrawPreventiveExamination",
    "replacePumpAssignment",
    "withdrawPumpAssignment",
    "replaceContact",
    "withdrawContact",
    "putStaffingStatement",
    "putSites",
    "putPrescribers",
    "putAvailability",
    "putPumps",
    "deleteRegistryGrant",
    "replaceWebhookSubscription",
    "rotateWebhookSecret",
    "deleteWebhookSubscription",
];
