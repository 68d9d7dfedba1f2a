//! Authorisation: one row per operation of the contract. An operation without a row is closed to everyone. A test
//! checks every operation with every kind of caller and every ownership (design §3).

use insula_domain::actor::{
    Actor,
    Role::{self, *},
};

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everyone, without a token.
    Public,
    /// Everyone with a token that has a role.
    AnyRole,
    /// Holders of one of these roles.
    Roles(&'static [Role]),
    /// Holders of one of these roles; people of a hospital only with the access manager's grant (CGM-02).
    Registry(&'static [Role]),
    /// Holders of one of the first roles, and of one of the second with the access manager's grant (CGM-02).
    RolesOrRegistry(&'static [Role], &'static [Role]),
}

use Access::{AnyRole, Public, Registry, Roles, RolesOrRegistry};

const STUDY: Access = Registry(&[StudyLead, StudyAssociate, StudySupport]);
/// The grant is the registry's rule, not the convention's: the establishment's people know its beneficiaries without
/// it.
const KNOWS_BENEFICIARIES: Access = RolesOrRegistry(
    &[ConventionTeam, ResponsiblePhysician, PumpDataManager],
    &[StudyLead, StudyAssociate, StudySupport],
);
const SUPERVISES: Access = Roles(&[ConventionOfficer, DataManager, Inspector, HealthdataOperator]);
const SEES_HOSPITALS: Access = Roles(&[
    ConventionOfficer,
    DataManager,
    Inspector,
    HealthdataOperator,
    AccessManager,
    StudyLead,
    StudyAssociate,
    StudySupport,
]);
/// The same, and the establishments' people, about whose lists of prescribers INAMI gets e-mails (CON-08).
const READS_MAILS: Access = Roles(&[
    ConventionOfficer,
    DataManager,
    Inspector,
    HealthdataOperator,
    AccessManager,
    StudyLead,
    StudyAssociate,
    StudySupport,
    ConventionTeam,
    ResponsiblePhysician,
    PumpDataManager,
]);
/// A hospital's coded data are for authors of registrations, not for study support, who only writes for them
/// (TRA-03).
const CODED_DATA: Access = Registry(&[StudyLead, StudyAssociate, DataManager]);
/// The people of an establishment who maintain its team register, and those of INAMI and of insurers who may ask for
/// it (STF-12, REG-10).
const SEES_TEAM: Access =
    Roles(&[ConventionTeam, ResponsiblePhysician, PumpDataManager, ConventionOfficer, Inspector, InsurerDelegate]);
/// The people of an establishment who report, and those of INAMI, to whom they report (REG-06).
const SEES_REPORTS: Access =
    Roles(&[ConventionTeam, ResponsiblePhysician, PumpDataManager, ConventionOfficer, Inspector]);
const KEEPS_TEAM: Access = Roles(&[ConventionTeam, ResponsiblePhysician, PumpDataManager]);
/// Those who keep the accounts, and those of INAMI who ask for them (REG-08, REG-11).
const SEES_ACCOUNTS: Access = Roles(&[ConventionTeam, ResponsiblePhysician, ConventionOfficer, Inspector]);
/// Those who are informed about who may prescribe (CON-08).
const FOLLOWS_PRESCRIBERS: Access = Roles(&[ConventionOfficer, Inspector, InsurerBilling, MedicalAdviser]);
/// Those who work with the convention: they know who may prescribe (CON-08), and may try the norm on hypothetical
/// figures, which concern no one (STF-17).
const WORKS_BY_IT: Access = Roles(&[
    ConventionTeam,
    ResponsiblePhysician,
    PumpDataManager,
    ConventionOfficer,
    Inspector,
    InsurerBilling,
    MedicalAdviser,
    InsurerDelegate,
]);
/// Those who apply for coverage (COV-01), record its days (BIL-01) and keep the accounts (REG-08).
const APPLIES: Access = Roles(&[ConventionTeam, ResponsiblePhysician]);
/// The same, and the adviser who decides (COV-10).
const SEES_APPLICATIONS: Access = Roles(&[ConventionTeam, ResponsiblePhysician, MedicalAdviser]);
/// Those who bill, and those who are billed (BIL-05, TRA-02).
const SEES_FILES: Access = Roles(&[ConventionTeam, ResponsiblePhysician, InsurerBilling]);
/// Those who bill, those who are billed, and INAMI (BIL-05).
const SEES_INCOME: Access =
    Roles(&[ConventionTeam, ResponsiblePhysician, InsurerBilling, ConventionOfficer, Inspector]);
const INSURER: Access = Roles(&[InsurerBilling, MedicalAdviser]);

/// Events cover all of the hospital's registrations: only for those who see all of them, or who decide who does.
const SUBSCRIBES: Access = RolesOrRegistry(&[AccessManager], &[StudyLead]);

const NONE: Option<&str> = None;
const REGISTRY: Option<&str> = Some("insula.registry");
const CODES: Option<&str> = Some("insula.codes");
const CODED: Option<&str> = Some("insula.coded");
const COUNTERS: Option<&str> = Some("insula.counters");
const ORGANISATIONS: Option<&str> = Some("insula.organisations");
const TRAIL: Option<&str> = Some("insula.trail");
const ESTABLISHMENTS: Option<&str> = Some("insula.establishments");
const COVERAGE: Option<&str> = Some("insula.coverage");
const BILLING: Option<&str> = Some("insula.billing");
const WEBHOOKS: Option<&str> = Some("insula.webhooks");

/// The table, in the order of the contract: operation, who may call it, and the coarse scope their token must have.
pub const TABLE: &[(&str, Access, Option<&str>)] = &[
    ("createRegistration", STUDY, REGISTRY),
    ("listRegistrations", STUDY, REGISTRY),
    ("queryRegistrations", STUDY, REGISTRY),
    ("getRegistration", STUDY, REGISTRY),
    ("replaceRegistration", STUDY, REGISTRY),
    ("changeRegistration", STUDY, REGISTRY),
    ("deleteRegistration", STUDY, REGISTRY),
    ("submitRegistration", STUDY, REGISTRY),
    ("reopenRegistration", STUDY, REGISTRY),
    ("checkRegistration", STUDY, REGISTRY),
    ("listRegistrationVersions", STUDY, REGISTRY),
    ("getRegistrationVersion", STUDY, REGISTRY),
    ("createRegistrationImport", STUDY, REGISTRY),
    ("listRegistrationImports", STUDY, REGISTRY),
    ("getRegistrationImport", STUDY, REGISTRY),
    ("cancelRegistrationImport", STUDY, REGISTRY),
    ("listRegistrationImportRows", STUDY, REGISTRY),
    ("createBeneficiary", KNOWS_BENEFICIARIES, REGISTRY),
    ("queryBeneficiaries", KNOWS_BENEFICIARIES, REGISTRY),
    ("getBeneficiary", KNOWS_BENEFICIARIES, REGISTRY),
    ("replaceBeneficiary", KNOWS_BENEFICIARIES, REGISTRY),
    ("getAffiliations", KNOWS_BENEFICIARIES, REGISTRY),
    ("putAffiliations", KNOWS_BENEFICIARIES, REGISTRY),
    ("getRegistrationCode", INSURER, CODES),
    ("verifyRegistrationCode", INSURER, CODES),
    ("verifyRegistrationCodes", INSURER, CODES),
    ("listRegistrationCodeChanges", INSURER, CODES),
    ("getBillingZones", INSURER, CODES),
    ("listCodedRegistrations", CODED_DATA, CODED),
    ("getStatistics", CODED_DATA, CODED),
    // Those who may see a hospital may see the counters, whose figures the e-mails send to every hospital (NOT-02).
    ("listCounters", SEES_HOSPITALS, COUNTERS),
    ("getCounter", SEES_HOSPITALS, COUNTERS),
    ("listCounterFigures", SEES_HOSPITALS, COUNTERS),
    ("getCounterPlot", SEES_HOSPITALS, COUNTERS),
    ("listNights", SUPERVISES, COUNTERS),
    ("previewNight", SUPERVISES, COUNTERS),
    ("getNight", SUPERVISES, COUNTERS),
    ("listNightDecisions", SUPERVISES, COUNTERS),
    ("listHospitals", SUPERVISES, ORGANISATIONS),
    ("getHospital", SEES_HOSPITALS, ORGANISATIONS),
    ("putHospital", Roles(&[ConventionOfficer]), ORGANISATIONS),
    ("getMailRecipients", SEES_HOSPITALS, ORGANISATIONS),
    ("putMailRecipients", Roles(&[ConventionOfficer]), ORGANISATIONS),
    ("listRegistryGrants", Roles(&[AccessManager]), ORGANISATIONS),
    ("createRegistryGrant", Roles(&[AccessManager]), ORGANISATIONS),
    ("getRegistryGrant", Roles(&[AccessManager]), ORGANISATIONS),
    ("deleteRegistryGrant", Roles(&[AccessManager]), ORGANISATIONS),
    ("listNotifications", READS_MAILS, ORGANISATIONS),
    ("getNotification", READS_MAILS, ORGANISATIONS),
    ("sendNotification", Roles(&[ConventionOfficer, HealthdataOperator]), ORGANISATIONS),
    ("createWebhookSubscription", SUBSCRIBES, WEBHOOKS),
    ("listWebhookSubscriptions", SUBSCRIBES, WEBHOOKS),
    ("getWebhookSubscription", SUBSCRIBES, WEBHOOKS),
    ("replaceWebhookSubscription", SUBSCRIBES, WEBHOOKS),
    ("rotateWebhookSecret", SUBSCRIBES, WEBHOOKS),
    ("testWebhookSubscription", SUBSCRIBES, WEBHOOKS),
    ("listWebhookDeliveries", SUBSCRIBES, WEBHOOKS),
    ("getWebhookDelivery", SUBSCRIBES, WEBHOOKS),
    ("resendWebhookDelivery", SUBSCRIBES, WEBHOOKS),
    ("deleteWebhookSubscription", SUBSCRIBES, WEBHOOKS),
    ("listConventions", SEES_TEAM, ESTABLISHMENTS),
    ("getConvention", SEES_TEAM, ESTABLISHMENTS),
    ("putConvention", Roles(&[ConventionOfficer]), ESTABLISHMENTS),
    ("denounceConvention", Roles(&[ConventionOfficer]), ESTABLISHMENTS),
    ("checkDenunciation", Roles(&[ConventionOfficer]), ESTABLISHMENTS),
    // INAMI tells insurers of mergers (CON-03).
    ("checkMerger", Roles(&[ConventionOfficer]), ESTABLISHMENTS),
    ("listMergers", WORKS_BY_IT, ESTABLISHMENTS),
    ("createMerger", Roles(&[ConventionOfficer]), ESTABLISHMENTS),
    ("getMerger", WORKS_BY_IT, ESTABLISHMENTS),
    ("withdrawMerger", Roles(&[ConventionOfficer]), ESTABLISHMENTS),
    ("getSites", SEES_TEAM, ESTABLISHMENTS),
    ("putSites", KEEPS_TEAM, ESTABLISHMENTS),
    // Insurers know who may prescribe, because they decide on prescriptions (CON-08).
    ("getPrescribers", WORKS_BY_IT, ESTABLISHMENTS),
    ("putPrescribers", KEEPS_TEAM, ESTABLISHMENTS),
    ("listPrescriberChanges", FOLLOWS_PRESCRIBERS, ESTABLISHMENTS),
    ("getOtherConventions", SEES_TEAM, ESTABLISHMENTS),
    ("putOtherConventions", KEEPS_TEAM, ESTABLISHMENTS),
    ("getPumps", SEES_TEAM, ESTABLISHMENTS),
    ("putPumps", KEEPS_TEAM, ESTABLISHMENTS),
    ("listPumpOffers", WORKS_BY_IT, ESTABLISHMENTS),
    ("getAvailability", SEES_TEAM, ESTABLISHMENTS),
    ("putAvailability", KEEPS_TEAM, ESTABLISHMENTS),
    ("listTeamMembers", SEES_TEAM, ESTABLISHMENTS),
    ("createTeamMember", KEEPS_TEAM, ESTABLISHMENTS),
    ("getTeamMember", SEES_TEAM, ESTABLISHMENTS),
    ("replaceTeamMember", KEEPS_TEAM, ESTABLISHMENTS),
    ("withdrawTeamMember", KEEPS_TEAM, ESTABLISHMENTS),
    ("listTeamMemberVersions", SEES_TEAM, ESTABLISHMENTS),
    // What is kept of one beneficiary stays in the establishment (SYS-02).
    ("listMaterialDeliveries", KEEPS_TEAM, ESTABLISHMENTS),
    ("createMaterialDelivery", KEEPS_TEAM, ESTABLISHMENTS),
    ("getMaterialDelivery", KEEPS_TEAM, ESTABLISHMENTS),
    ("replaceMaterialDelivery", KEEPS_TEAM, ESTABLISHMENTS),
    ("withdrawMaterialDelivery", KEEPS_TEAM, ESTABLISHMENTS),
    ("listMaterialDeliveryVersions", KEEPS_TEAM, ESTABLISHMENTS),
    ("listHospitalStays", KEEPS_TEAM, ESTABLISHMENTS),
    ("createHospitalStay", KEEPS_TEAM, ESTABLISHMENTS),
    ("getHospitalStay", KEEPS_TEAM, ESTABLISHMENTS),
    ("replaceHospitalStay", KEEPS_TEAM, ESTABLISHMENTS),
    ("withdrawHospitalStay", KEEPS_TEAM, ESTABLISHMENTS),
    ("listHospitalStayVersions", KEEPS_TEAM, ESTABLISHMENTS),
    ("listPreventiveExaminations", KEEPS_TEAM, ESTABLISHMENTS),
    ("createPreventiveExamination", KEEPS_TEAM, ESTABLISHMENTS),
    ("getPreventiveExamination", KEEPS_TEAM, ESTABLISHMENTS),
    ("replacePreventiveExamination", KEEPS_TEAM, ESTABLISHMENTS),
    ("withdrawPreventiveExamination", KEEPS_TEAM, ESTABLISHMENTS),
    ("listPreventiveExaminationVersions", KEEPS_TEAM, ESTABLISHMENTS),
    ("listPumpAssignments", KEEPS_TEAM, ESTABLISHMENTS),
    ("createPumpAssignment", KEEPS_TEAM, ESTABLISHMENTS),
    ("getPumpAssignment", KEEPS_TEAM, ESTABLISHMENTS),
    ("replacePumpAssignment", KEEPS_TEAM, ESTABLISHMENTS),
    ("withdrawPumpAssignment", KEEPS_TEAM, ESTABLISHMENTS),
    ("listPumpAssignmentVersions", KEEPS_TEAM, ESTABLISHMENTS),
    ("listContacts", KEEPS_TEAM, ESTABLISHMENTS),
    ("createContact", KEEPS_TEAM, ESTABLISHMENTS),
    ("getContact", KEEPS_TEAM, ESTABLISHMENTS),
    ("replaceContact", KEEPS_TEAM, ESTABLISHMENTS),
    ("withdrawContact", KEEPS_TEAM, ESTABLISHMENTS),
    ("listContactVersions", KEEPS_TEAM, ESTABLISHMENTS),
    ("listTreatingPhysicians", KEEPS_TEAM, ESTABLISHMENTS),
    ("createTreatingPhysician", KEEPS_TEAM, ESTABLISHMENTS),
    ("getTreatingPhysician", KEEPS_TEAM, ESTABLISHMENTS),
    ("replaceTreatingPhysician", KEEPS_TEAM, ESTABLISHMENTS),
    ("withdrawTreatingPhysician", KEEPS_TEAM, ESTABLISHMENTS),
    ("listTreatingPhysicianVersions", KEEPS_TEAM, ESTABLISHMENTS),
    ("listTherapyChanges", KEEPS_TEAM, ESTABLISHMENTS),
    ("createTherapyChange", KEEPS_TEAM, ESTABLISHMENTS),
    ("getTherapyChange", KEEPS_TEAM, ESTABLISHMENTS),
    ("replaceTherapyChange", KEEPS_TEAM, ESTABLISHMENTS),
    ("withdrawTherapyChange", KEEPS_TEAM, ESTABLISHMENTS),
    ("listTherapyChangeVersions", KEEPS_TEAM, ESTABLISHMENTS),
    ("listMoveNotices", KEEPS_TEAM, ESTABLISHMENTS),
    ("createMoveNotice", KEEPS_TEAM, ESTABLISHMENTS),
    ("getMoveNotice", KEEPS_TEAM, ESTABLISHMENTS),
    ("replaceMoveNotice", KEEPS_TEAM, ESTABLISHMENTS),
    ("withdrawMoveNotice", KEEPS_TEAM, ESTABLISHMENTS),
    ("listMoveNoticeVersions", KEEPS_TEAM, ESTABLISHMENTS),
    ("listElectronicConsents", KEEPS_TEAM, ESTABLISHMENTS),
    ("createElectronicConsent", KEEPS_TEAM, ESTABLISHMENTS),
    ("getElectronicConsent", KEEPS_TEAM, ESTABLISHMENTS),
    ("replaceElectronicConsent", KEEPS_TEAM, ESTABLISHMENTS),
    ("withdrawElectronicConsent", KEEPS_TEAM, ESTABLISHMENTS),
    ("listElectronicConsentVersions", KEEPS_TEAM, ESTABLISHMENTS),
    ("listPractitionerReports", KEEPS_TEAM, ESTABLISHMENTS),
    ("createPractitionerReport", KEEPS_TEAM, ESTABLISHMENTS),
    ("getPractitionerReport", KEEPS_TEAM, ESTABLISHMENTS),
    ("replacePractitionerReport", KEEPS_TEAM, ESTABLISHMENTS),
    ("withdrawPractitionerReport", KEEPS_TEAM, ESTABLISHMENTS),
    ("listPractitionerReportVersions", KEEPS_TEAM, ESTABLISHMENTS),
    ("listConsultantFollowUps", KEEPS_TEAM, ESTABLISHMENTS),
    ("createConsultantFollowUp", KEEPS_TEAM, ESTABLISHMENTS),
    ("getConsultantFollowUp", KEEPS_TEAM, ESTABLISHMENTS),
    ("replaceConsultantFollowUp", KEEPS_TEAM, ESTABLISHMENTS),
    ("withdrawConsultantFollowUp", KEEPS_TEAM, ESTABLISHMENTS),
    ("listConsultantFollowUpVersions", KEEPS_TEAM, ESTABLISHMENTS),
    ("listConsultantFollowUpsDue", KEEPS_TEAM, ESTABLISHMENTS),
    ("listHomeBaseStays", KEEPS_TEAM, ESTABLISHMENTS),
    ("listPractitionerReportsDue", KEEPS_TEAM, ESTABLISHMENTS),
    ("listJointMeetings", SEES_TEAM, ESTABLISHMENTS),
    ("createJointMeeting", KEEPS_TEAM, ESTABLISHMENTS),
    ("getJointMeeting", SEES_TEAM, ESTABLISHMENTS),
    ("replaceJointMeeting", KEEPS_TEAM, ESTABLISHMENTS),
    ("withdrawJointMeeting", KEEPS_TEAM, ESTABLISHMENTS),
    ("listJointMeetingVersions", SEES_TEAM, ESTABLISHMENTS),
    ("listConsultationNotices", SEES_TEAM, ESTABLISHMENTS),
    ("createConsultationNotice", KEEPS_TEAM, ESTABLISHMENTS),
    ("getConsultationNotice", SEES_TEAM, ESTABLISHMENTS),
    ("replaceConsultationNotice", KEEPS_TEAM, ESTABLISHMENTS),
    ("withdrawConsultationNotice", KEEPS_TEAM, ESTABLISHMENTS),
    ("listConsultationNoticeVersions", SEES_TEAM, ESTABLISHMENTS),
    ("listInfrastructureDeclarations", SEES_TEAM, ESTABLISHMENTS),
    ("createInfrastructureDeclaration", KEEPS_TEAM, ESTABLISHMENTS),
    ("getInfrastructureDeclaration", SEES_TEAM, ESTABLISHMENTS),
    ("replaceInfrastructureDeclaration", KEEPS_TEAM, ESTABLISHMENTS),
    ("withdrawInfrastructureDeclaration", KEEPS_TEAM, ESTABLISHMENTS),
    ("listInfrastructureDeclarationVersions", SEES_TEAM, ESTABLISHMENTS),
    ("getJointMeetingAssessment", SEES_TEAM, ESTABLISHMENTS),
    ("listObligations", KEEPS_TEAM, ESTABLISHMENTS),
    ("listObligationFeeds", KEEPS_TEAM, ESTABLISHMENTS),
    ("createObligationFeed", KEEPS_TEAM, ESTABLISHMENTS),
    ("revokeObligationFeed", KEEPS_TEAM, ESTABLISHMENTS),
    // For whoever has the token in its address (REG-17).
    ("getObligationFeed", Public, NONE),
    ("listAccountEntries", SEES_ACCOUNTS, ESTABLISHMENTS),
    ("createAccountEntry", APPLIES, ESTABLISHMENTS),
    ("getAccountEntry", SEES_ACCOUNTS, ESTABLISHMENTS),
    ("replaceAccountEntry", APPLIES, ESTABLISHMENTS),
    ("withdrawAccountEntry", APPLIES, ESTABLISHMENTS),
    ("listAccountEntryVersions", SEES_ACCOUNTS, ESTABLISHMENTS),
    ("getAccountStatement", SEES_ACCOUNTS, ESTABLISHMENTS),
    ("getAnnualReport", SEES_REPORTS, ESTABLISHMENTS),
    ("listAnnualReportMisfits", KEEPS_TEAM, ESTABLISHMENTS),
    ("sendAnnualReport", KEEPS_TEAM, ESTABLISHMENTS),
    ("listAnnualReportVersions", SEES_REPORTS, ESTABLISHMENTS),
    ("getAnnualReportVersion", SEES_REPORTS, ESTABLISHMENTS),
    ("listReportModels", AnyRole, NONE),
    ("createReportModel", Roles(&[ConventionOfficer]), ESTABLISHMENTS),
    ("listTariffs", AnyRole, NONE),
    ("getTariff", AnyRole, NONE),
    ("getTariffProposal", AnyRole, NONE),
    ("createTariff", Roles(&[ConventionOfficer]), ESTABLISHMENTS),
    ("previewRegularisation", Roles(&[ConventionOfficer]), ESTABLISHMENTS),
    ("createRegularisation", Roles(&[ConventionOfficer]), ESTABLISHMENTS),
    ("getStaffingStatement", SEES_TEAM, ESTABLISHMENTS),
    ("putStaffingStatement", KEEPS_TEAM, ESTABLISHMENTS),
    ("getStaffingAssessment", SEES_TEAM, ESTABLISHMENTS),
    ("simulateStaffing", WORKS_BY_IT, ESTABLISHMENTS),
    ("getStaffingPlot", WORKS_BY_IT, ESTABLISHMENTS),
    ("getLabels", AnyRole, NONE),
    ("listCoverageApplications", SEES_APPLICATIONS, COVERAGE),
    ("createCoverageApplication", APPLIES, COVERAGE),
    ("getCoverageApplication", SEES_APPLICATIONS, COVERAGE),
    ("replaceCoverageApplication", APPLIES, COVERAGE),
    ("deleteCoverageApplication", APPLIES, COVERAGE),
    ("checkCoverageApplication", APPLIES, COVERAGE),
    ("submitCoverageApplication", APPLIES, COVERAGE),
    ("withdrawCoverageApplication", APPLIES, COVERAGE),
    ("createCoverageDecision", Roles(&[MedicalAdviser]), COVERAGE),
    ("previewCoverageDecision", Roles(&[MedicalAdviser]), COVERAGE),
    ("listCoverageDecisions", SEES_APPLICATIONS, COVERAGE),
    ("createCoverageAttachment", APPLIES, COVERAGE),
    ("listCoverageAttachments", SEES_APPLICATIONS, COVERAGE),
    ("getCoverageAttachment", SEES_APPLICATIONS, COVERAGE),
    ("listCoverageQuestions", SEES_APPLICATIONS, COVERAGE),
    ("createCoverageQuestion", Roles(&[MedicalAdviser]), COVERAGE),
    ("answerCoverageQuestion", APPLIES, COVERAGE),
    ("listGrantedPeriods", SEES_APPLICATIONS, COVERAGE),
    ("createEarlierPeriod", APPLIES, COVERAGE),
    ("getGrantedPeriod", SEES_APPLICATIONS, COVERAGE),
    ("endGrantedPeriod", APPLIES, COVERAGE),
    ("meetCoverageCondition", Roles(&[MedicalAdviser]), COVERAGE),
    ("listPumpDays", APPLIES, BILLING),
    ("recordPumpDays", APPLIES, BILLING),
    ("explainPumpDay", APPLIES, BILLING),
    ("getYearlySummary", APPLIES, BILLING),
    ("giveYearlySummary", APPLIES, BILLING),
    ("getGivenSummary", APPLIES, BILLING),
    ("withdrawPumpDays", APPLIES, BILLING),
    ("listCoverageForms", AnyRole, NONE),
    ("createCoverageForm", Roles(&[ConventionOfficer]), COVERAGE),
    ("listCoverageWarnings", APPLIES, COVERAGE),
    ("listCoverageReminders", APPLIES, COVERAGE),
    ("listCoverageEvents", SEES_APPLICATIONS, COVERAGE),
    ("checkBillingRecords", SEES_FILES, BILLING),
    ("getBillingIncome", SEES_INCOME, BILLING),
    ("getBillingIncomePlot", SEES_INCOME, BILLING),
    ("getBillingIdentity", APPLIES, BILLING),
    ("putBillingIdentity", APPLIES, BILLING),
    ("listBillingSettings", AnyRole, BILLING),
    ("createBillingSetting", Roles(&[ConventionOfficer]), BILLING),
    ("previewInvoiceFile", APPLIES, BILLING),
    ("listInvoiceFiles", APPLIES, BILLING),
    ("createInvoiceFile", APPLIES, BILLING),
    ("getInvoiceFile", APPLIES, BILLING),
    ("getInvoiceRecords", APPLIES, BILLING),
    ("handOverInvoiceFile", APPLIES, BILLING),
    ("answerInvoiceFile", APPLIES, BILLING),
    ("importInvoiceAnswer", APPLIES, BILLING),
    ("mergeInvoiceFile", APPLIES, BILLING),
    ("listInvoiceLines", APPLIES, BILLING),
    ("contestInvoiceLine", APPLIES, BILLING),
    ("listInvoiceCorrections", APPLIES, BILLING),
    ("listInsurers", AnyRole, NONE),
    ("listNomenclaturePairs", AnyRole, NONE),
    ("getDictionary", Public, NONE),
    ("listRules", Public, NONE),
    ("getRule", Public, NONE),
    ("listProblemTypes", Public, NONE),
    ("getProblemType", Public, NONE),
    ("listAuditEvents", Roles(&[Auditor]), TRAIL),
    ("checkHealth", Public, NONE),
    ("getContract", Public, NONE),
];

/// The row of an operation: who may call it, and the scope their token must have.
pub fn row(operation: &str) -> Option<(Access, Option<&'static str>)> {
    TABLE.iter().find(|(name, ..)| *name == operation).map(|(_, access, scope)| (*access, *scope))
}

/// Whether a token's scopes cover an operation: its own scope, or `insula`, which covers all.
pub fn in_scope(scope: Option<&str>, held: &[String]) -> bool {
    scope.is_none_or(|scope| held.iter().any(|held| held == scope || held == "insula"))
}

impl Access {
    /// The roles that may call the operation; none when it is open to everyone or to every role.
    pub fn roles(self) -> Vec<Role> {
        match self {
            Public | AnyRole => Vec::new(),
            Roles(roles) | Registry(roles) => roles.to_vec(),
            RolesOrRegistry(roles, registry) => [roles, registry].concat(),
        }
    }

    /// Whether the actor may call the operation.
    pub fn admits(self, actor: &Actor) -> bool {
        match self {
            Public => true,
            AnyRole => !actor.roles.is_empty(),
            Roles(_) | Registry(_) | RolesOrRegistry(..) => self.roles().iter().any(|role| actor.holds(*role)),
        }
    }

    /// Whether the actor needs the access manager's grant (CGM-02).
    pub fn needs_grant(self, actor: &Actor) -> bool {
        match self {
            // INAMI's people have no access manager.
            Registry(_) => actor.registers(),
            RolesOrRegistry(roles, _) => actor.registers() && !roles.iter().any(|role| actor.holds(*role)),
            Public | AnyRole | Roles(_) => false,
        }
    }
}
