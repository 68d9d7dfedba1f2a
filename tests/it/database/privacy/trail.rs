//! The events of each operation.

use std::collections::BTreeMap;

use diesel::{QueryableByName, RunQueryDsl, sql_types::Text};
use insula_tests::{
    Reply, TestApp, data,
    operations::{self, Objects, operations},
};
use serde_json::{Value, json};

/// The texts in column `t` of a query, as the owner of the database.
pub fn texts(app: &TestApp, sql: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        t: String,
    }
    let lines: Vec<Line> =
        diesel::sql_query(sql).load(&mut app.owner()).unwrap_or_else(|error| panic!("{sql}: {error}"));
    lines.into_iter().map(|line| line.t).collect()
}

/// The events of one request, in order.
fn events(app: &TestApp, reply: &Reply) -> Vec<Value> {
    let trace = reply.header("belgov-trace-id");
    let sql = format!("SELECT body AS t FROM trail.events WHERE body::jsonb ->> 'traceId' = '{trace}' ORDER BY seq");
    texts(app, &sql).iter().map(|body| serde_json::from_str(body).unwrap()).collect()
}

/// The events of every successful operation: action and subject, `@` for an identifier. Operations that read nothing
/// personal leave none.
#[rustfmt::skip]
pub const LEAVES: &[(&str, &[(&str, &str)])] = &[
    ("createRegistration",          &[("create", "registration:@")]),
    ("listRegistrations",           &[("list", "registrations")]),
    ("queryRegistrations",          &[("query", "beneficiaries"), ("list", "registrations")]),
    ("getRegistration",             &[("get", "registration:@")]),
    ("replaceRegistration",         &[("save", "registration:@")]),
    ("changeRegistration",          &[("save", "registration:@")]),
    ("deleteRegistration",          &[("delete", "registration:@")]),
    ("submitRegistration",          &[("submit", "registration:@")]),
    ("reopenRegistration",          &[("reopen", "registration:@")]),
    ("checkRegistration",           &[("check", "registration:@")]),
    ("listRegistrationVersions",    &[("list", "registration:@")]),
    ("getRegistrationVersion",      &[("get", "registration:@")]),
    ("createRegistrationImport",    &[("create", "registrationImport:@")]),
    ("listRegistrationImports",     &[]),
    ("getRegistrationImport",       &[]),
    ("cancelRegistrationImport",    &[("cancel", "registrationImport:@")]),
    ("listRegistrationImportRows",  &[("list", "registrationImport:@")]),
    ("createBeneficiary",           &[("create", "beneficiary:@")]),
    ("queryBeneficiaries",          &[("query", "beneficiaries")]),
    ("getBeneficiary",              &[("get", "beneficiary:@")]),
    ("replaceBeneficiary",          &[("replace", "beneficiary:@")]),
    ("getAffiliations",             &[("get", "beneficiary:@")]),
    ("explainPumpDay",              &[("get", "beneficiary:@")]),
    ("getYearlySummary",            &[("get", "summary:@")]),
    ("giveYearlySummary",           &[("create", "summary:@")]),
    ("getGivenSummary",             &[("get", "summary:@")]),
    ("putAffiliations",             &[("put", "beneficiary:@")]),
    ("getRegistrationCode",         &[("get", "registrationCode:@")]),
    ("verifyRegistrationCode",      &[("verify", "registrationCode:@")]),
    ("verifyRegistrationCodes",     &[("verify", "registrationCodes")]),
    ("checkBillingRecords",         &[("check", "billingRecords")]),
    ("listRegistrationCodeChanges", &[("list", "registrationCodes")]),
    ("getBillingZones",             &[("get", "registrationCode:@")]),
    ("listCounters",                &[]),
    ("getCounter",                  &[]),
    ("listCounterFigures",          &[]),
    ("listNights",             &[]),
    ("previewNight",                &[("preview", "nights")]),
    ("getNight",               &[]),
    ("listNightDecisions",          &[]),
    ("getCounterPlot",              &[]),
    ("listCodedRegistrations",      &[("list", "codedRegistrations")]),
    ("getStatistics",               &[("get", "statistics")]),
    ("createWebhookSubscription",   &[("create", "webhookSubscription:@")]),
    ("listWebhookSubscriptions",    &[]),
    ("getWebhookSubscription",      &[]),
    ("replaceWebhookSubscription",  &[("replace", "webhookSubscription:@")]),
    ("rotateWebhookSecret",         &[("rotate", "webhookSubscription:@")]),
    ("testWebhookSubscription",     &[("test", "webhookSubscription:@")]),
    ("listWebhookDeliveries",       &[]),
    ("getWebhookDelivery",          &[]),
    ("resendWebhookDelivery",       &[("resend", "webhookSubscription:@")]),
    ("deleteWebhookSubscription",   &[("delete", "webhookSubscription:@")]),
    ("listHospitals",               &[]),
    ("getHospital",                 &[]),
    ("putHospital",                 &[("put", "hospital:@")]),
    ("getMailRecipients",           &[]),
    ("putMailRecipients",           &[("put", "mailRecipients:@")]),
    ("listRegistryGrants",          &[]),
    ("createRegistryGrant",         &[("create", "registryGrant:@")]),
    ("getRegistryGrant",            &[]),
    ("deleteRegistryGrant",         &[("delete", "registryGrant:@")]),
    ("listNotifications",           &[]),
    ("getNotification",             &[]),
    ("sendNotification",            &[("send", "notification:@")]),
    ("listConventions",             &[]),
    ("getConvention",               &[]),
    ("putConvention",               &[("put", "convention:@")]),
    ("denounceConvention",          &[("denounce", "convention:@")]),
    ("checkDenunciation",           &[]),
    ("checkMerger",                 &[]),
    ("listMergers",                 &[]),
    ("createMerger",                &[("create", "merger:@")]),
    ("getMerger",                   &[]),
    ("withdrawMerger",              &[("withdraw", "merger:@")]),
    ("getSites",                    &[("get", "sites:@")]),
    ("putSites",                    &[("put", "sites:@")]),
    ("getPrescribers",              &[("get", "prescribers:@")]),
    ("putPrescribers",              &[("put", "prescribers:@")]),
    ("listPrescriberChanges",       &[("list", "prescribers")]),
    ("getOtherConventions",         &[("get", "otherConventions:@")]),
    ("putOtherConventions",         &[("put", "otherConventions:@")]),
    ("getPumps",                    &[("get", "pumps:@")]),
    ("putPumps",                    &[("put", "pumps:@")]),
    ("listPumpOffers",              &[]),
    ("getAvailability",             &[("get", "availability:@")]),
    ("putAvailability",             &[("put", "availability:@")]),
    ("listTeamMembers",             &[("list", "team:@")]),
    ("createTeamMember",            &[("create", "teamMember:@")]),
    ("getTeamMember",               &[("get", "teamMember:@")]),
    ("replaceTeamMember",           &[("replace", "teamMember:@")]),
    ("withdrawTeamMember",          &[("withdraw", "teamMember:@")]),
    ("listTeamMemberVersions",      &[("list", "teamMember:@")]),
    ("listMaterialDeliveries",      &[("list", "hospital:@")]),
    ("createMaterialDelivery",      &[("create", "materialDelivery:@")]),
    ("getMaterialDelivery",         &[("get", "materialDelivery:@")]),
    ("replaceMaterialDelivery",     &[("replace", "materialDelivery:@")]),
    ("withdrawMaterialDelivery",    &[("withdraw", "materialDelivery:@")]),
    ("listMaterialDeliveryVersions",&[("list", "materialDelivery:@")]),
    ("listHospitalStays",           &[("list", "hospital:@")]),
    ("createHospitalStay",          &[("create", "hospitalStay:@")]),
    ("getHospitalStay",             &[("get", "hospitalStay:@")]),
    ("replaceHospitalStay",         &[("replace", "hospitalStay:@")]),
    ("withdrawHospitalStay",        &[("withdraw", "hospitalStay:@")]),
    ("listHospitalStayVersions",    &[("list", "hospitalStay:@")]),
    ("listPreventiveExaminations",  &[("list", "hospital:@")]),
    ("createPreventiveExamination", &[("create", "preventiveExamination:@")]),
    ("getPreventiveExamination",    &[("get", "preventiveExamination:@")]),
    ("replacePreventiveExamination",&[("replace", "preventiveExamination:@")]),
    ("withdrawPreventiveExamination",&[("withdraw", "preventiveExamination:@")]),
    ("listPreventiveExaminationVersions",&[("list", "preventiveExamination:@")]),
    ("listPumpAssignments",         &[("list", "hospital:@")]),
    ("createPumpAssignment",        &[("create", "pumpAssignment:@")]),
    ("getPumpAssignment",           &[("get", "pumpAssignment:@")]),
    ("replacePumpAssignment",       &[("replace", "pumpAssignment:@")]),
    ("withdrawPumpAssignment",      &[("withdraw", "pumpAssignment:@")]),
    ("listPumpAssignmentVersions",  &[("list", "pumpAssignment:@")]),
    ("listContacts",                &[("list", "hospital:@")]),
    ("createContact",               &[("create", "contact:@")]),
    ("getContact",                  &[("get", "contact:@")]),
    ("replaceContact",              &[("replace", "contact:@")]),
    ("withdrawContact",             &[("withdraw", "contact:@")]),
    ("listContactVersions",         &[("list", "contact:@")]),
    ("listTreatingPhysicians",      &[("list", "hospital:@")]),
    ("createTreatingPhysician",     &[("create", "treatingPhysician:@")]),
    ("getTreatingPhysician",        &[("get", "treatingPhysician:@")]),
    ("replaceTreatingPhysician",    &[("replace", "treatingPhysician:@")]),
    ("withdrawTreatingPhysician",   &[("withdraw", "treatingPhysician:@")]),
    ("listTreatingPhysicianVersions",&[("list", "treatingPhysician:@")]),
    ("listTherapyChanges",          &[("list", "hospital:@")]),
    ("createTherapyChange",         &[("create", "therapyChange:@")]),
    ("getTherapyChange",            &[("get", "therapyChange:@")]),
    ("replaceTherapyChange",        &[("replace", "therapyChange:@")]),
    ("withdrawTherapyChange",       &[("withdraw", "therapyChange:@")]),
    ("listTherapyChangeVersions",   &[("list", "therapyChange:@")]),
    ("listMoveNotices",             &[("list", "hospital:@")]),
    ("createMoveNotice",            &[("create", "moveNotice:@")]),
    ("getMoveNotice",               &[("get", "moveNotice:@")]),
    ("replaceMoveNotice",           &[("replace", "moveNotice:@")]),
    ("withdrawMoveNotice",          &[("withdraw", "moveNotice:@")]),
    ("listMoveNoticeVersions",      &[("list", "moveNotice:@")]),
    ("listElectronicConsents",             &[("list", "hospital:@")]),
    ("createElectronicConsent",            &[("create", "electronicConsent:@")]),
    ("getElectronicConsent",               &[("get", "electronicConsent:@")]),
    ("replaceElectronicConsent",           &[("replace", "electronicConsent:@")]),
    ("withdrawElectronicConsent",          &[("withdraw", "electronicConsent:@")]),
    ("listElectronicConsentVersions",      &[("list", "electronicConsent:@")]),
    ("listPractitionerReports",     &[("list", "hospital:@")]),
    ("createPractitionerReport",    &[("create", "practitionerReport:@")]),
    ("getPractitionerReport",       &[("get", "practitionerReport:@")]),
    ("replacePractitionerReport",   &[("replace", "practitionerReport:@")]),
    ("withdrawPractitionerReport",  &[("withdraw", "practitionerReport:@")]),
    ("listPractitionerReportVersions",&[("list", "practitionerReport:@")]),
    ("listConsultantFollowUps",     &[("list", "hospital:@")]),
    ("createConsultantFollowUp",    &[("create", "consultantFollowUp:@")]),
    ("getConsultantFollowUp",       &[("get", "consultantFollowUp:@")]),
    ("replaceConsultantFollowUp",   &[("replace", "consultantFollowUp:@")]),
    ("withdrawConsultantFollowUp",  &[("withdraw", "consultantFollowUp:@")]),
    ("listConsultantFollowUpVersions",&[("list", "consultantFollowUp:@")]),
    ("listHomeBaseStays",           &[("list", "hospital:@")]),
    ("listConsultantFollowUpsDue",  &[("list", "hospital:@")]),
    ("listPractitionerReportsDue",  &[("list", "hospital:@")]),
    ("listJointMeetings",           &[("list", "hospital:@")]),
    ("createJointMeeting",          &[("create", "jointMeeting:@")]),
    ("getJointMeeting",             &[("get", "jointMeeting:@")]),
    ("replaceJointMeeting",         &[("replace", "jointMeeting:@")]),
    ("withdrawJointMeeting",        &[("withdraw", "jointMeeting:@")]),
    ("listJointMeetingVersions",    &[("list", "jointMeeting:@")]),
    ("listConsultationNotices",     &[("list", "hospital:@")]),
    ("createConsultationNotice",    &[("create", "consultationNotice:@")]),
    ("getConsultationNotice",       &[("get", "consultationNotice:@")]),
    ("replaceConsultationNotice",   &[("replace", "consultationNotice:@")]),
    ("withdrawConsultationNotice",  &[("withdraw", "consultationNotice:@")]),
    ("listConsultationNoticeVersions",&[("list", "consultationNotice:@")]),
    ("listInfrastructureDeclarations",&[("list", "hospital:@")]),
    ("createInfrastructureDeclaration",&[("create", "infrastructureDeclaration:@")]),
    ("getInfrastructureDeclaration",&[("get", "infrastructureDeclaration:@")]),
    ("replaceInfrastructureDeclaration",&[("replace", "infrastructureDeclaration:@")]),
    ("withdrawInfrastructureDeclaration",&[("withdraw", "infrastructureDeclaration:@")]),
    ("listInfrastructureDeclarationVersions",&[("list", "infrastructureDeclaration:@")]),
    ("getJointMeetingAssessment",   &[("get", "jointMeetings:@")]),
    ("listObligations",             &[("list", "obligations:@")]),
    ("listObligationFeeds",         &[]),
    ("createObligationFeed",        &[("create", "obligationFeed:@")]),
    ("revokeObligationFeed",        &[("delete", "obligationFeed:@")]),
    ("getObligationFeed",           &[("list", "obligations:@")]),
    ("listAccountEntries",          &[("list", "hospital:@")]),
    ("createAccountEntry",          &[("create", "accountEntry:@")]),
    ("getAccountEntry",             &[("get", "accountEntry:@")]),
    ("replaceAccountEntry",         &[("replace", "accountEntry:@")]),
    ("withdrawAccountEntry",        &[("withdraw", "accountEntry:@")]),
    ("listAccountEntryVersions",    &[("list", "accountEntry:@")]),
    ("getAccountStatement",         &[("get", "accounts:@")]),
    ("getAnnualReport",             &[("get", "annualReport:@")]),
    ("listAnnualReportMisfits",     &[("list", "annualReport:@")]),
    ("sendAnnualReport",            &[("send", "annualReport:@")]),
    ("listAnnualReportVersions",    &[("list", "annualReport:@")]),
    ("getAnnualReportVersion",      &[("get", "annualReport:@")]),
    ("listReportModels",            &[]),
    ("createReportModel",           &[("create", "reportModel:@")]),
    ("listTariffs",                 &[]),
    ("getTariff",                   &[]),
    ("getTariffProposal",           &[]),
    ("createTariff",                &[("create", "tariff:@")]),
    ("previewRegularisation",       &[("preview", "tariff:@")]),
    ("createRegularisation",        &[("create", "tariff:@")]),
    ("getStaffingStatement",        &[("get", "staffingStatement:@")]),
    ("putStaffingStatement",        &[("put", "staffingStatement:@")]),
    ("getStaffingAssessment",       &[("get", "staffing:@")]),
    ("simulateStaffing",            &[]),
    ("getStaffingPlot",             &[]),
    ("getLabels",                   &[]),
    ("listCoverageApplications",    &[("list", "coverageApplications")]),
    ("createCoverageApplication",   &[("create", "coverageApplication:@")]),
    ("getCoverageApplication",      &[("get", "coverageApplication:@")]),
    ("replaceCoverageApplication",  &[("replace", "coverageApplication:@")]),
    ("deleteCoverageApplication",   &[("delete", "coverageApplication:@")]),
    ("checkCoverageApplication",    &[("check", "coverageApplication:@")]),
    ("submitCoverageApplication",   &[("submit", "coverageApplication:@")]),
    ("withdrawCoverageApplication", &[("withdraw", "coverageApplication:@")]),
    ("createCoverageDecision",      &[("decide", "coverageApplication:@")]),
    ("previewCoverageDecision",     &[("preview", "coverageApplication:@")]),
    ("listCoverageDecisions",       &[("list", "coverageApplication:@")]),
    ("createCoverageAttachment",    &[("attach", "coverageApplication:@")]),
    ("listCoverageAttachments",     &[("list", "coverageApplication:@")]),
    ("getCoverageAttachment",       &[("get", "coverageApplication:@")]),
    ("listCoverageQuestions",       &[("list", "coverageApplication:@")]),
    ("createCoverageQuestion",      &[("ask", "coverageApplication:@")]),
    ("answerCoverageQuestion",      &[("answer", "coverageApplication:@")]),
    ("listGrantedPeriods",          &[("list", "grantedPeriods")]),
    ("createEarlierPeriod",         &[("create", "grantedPeriod:@")]),
    ("getGrantedPeriod",            &[("get", "grantedPeriod:@")]),
    ("endGrantedPeriod",            &[("end", "grantedPeriod:@")]),
    ("meetCoverageCondition",       &[("meet", "grantedPeriod:@")]),
    ("listPumpDays",                &[("list", "pumpDays")]),
    ("recordPumpDays",              &[("record", "pumpDays")]),
    ("withdrawPumpDays",            &[("withdraw", "pumpDays")]),
    ("getBillingIncome",            &[("get", "billingIncome")]),
    ("getBillingIncomePlot",        &[("get", "billingIncome")]),
    ("getBillingIdentity",          &[("get", "billingIdentity:@")]),
    ("putBillingIdentity",          &[("put", "billingIdentity:@")]),
    ("listBillingSettings",         &[]),
    ("createBillingSetting",        &[("create", "billingSetting:@")]),
    ("previewInvoiceFile",          &[("preview", "invoiceFiles")]),
    ("listInvoiceFiles",            &[]),
    ("createInvoiceFile",           &[("create", "invoiceFile:@")]),
    ("getInvoiceFile",              &[]),
    ("getInvoiceRecords",           &[("get", "invoiceFile:@")]),
    ("handOverInvoiceFile",         &[("handOver", "invoiceFile:@")]),
    ("answerInvoiceFile",           &[("answer", "invoiceFile:@")]),
    ("importInvoiceAnswer",         &[("answer", "invoiceFile:@")]),
    ("mergeInvoiceFile",            &[("merge", "invoiceFile:@")]),
    ("listInvoiceLines",            &[("list", "invoiceLines")]),
    ("contestInvoiceLine",          &[("contest", "invoiceLine:@")]),
    ("listInvoiceCorrections",      &[("list", "invoiceCorrections")]),
    ("listCoverageForms",           &[]),
    ("createCoverageForm",          &[("create", "coverageForm:@")]),
    ("listCoverageWarnings",        &[("list", "coverageWarnings")]),
    ("listCoverageReminders",       &[("list", "coverageApplications")]),
    ("listCoverageEvents",          &[("list", "coverageEvents")]),
    ("listInsurers",                &[]),
    ("listNomenclaturePairs",       &[]),
    ("getDictionary",               &[]),
    ("listRules",                   &[]),
    ("getRule",                     &[]),
    ("listProblemTypes",            &[]),
    ("getProblemType",              &[]),
    ("listAuditEvents",             &[]),
    ("checkHealth",                 &[]),
    ("getContract",                 &[]),
];

/// SYS-01: each successful operation leaves exactly the declared events, with person, organisation, subject and
/// request; every operation is declared.
#[actix_web::test]
async fn each_success_leaves_exactly_its_events() {
    let app = TestApp::start().await;
    let declared: BTreeMap<_, _> = LEAVES.iter().copied().collect();
    for (person, operation) in (1..).zip(operations()) {
        let expected = declared.get(operation.name.as_str()).unwrap_or_else(|| panic!("declare {}", operation.name));
        let objects = operation.objects(&app, person).await;
        let caller = operation.caller(&app);
        let before = app.count("SELECT count(*) AS n FROM trail.events");
        let reply = operation.send(&caller, &objects).await;
        assert!(reply.status < 300, "{}: {}", operation.name, reply.text);
        let found = events(&app, &reply);
        let after = app.count("SELECT count(*) AS n FROM trail.events");
        assert_eq!(after - before, i64::try_from(found.len()).unwrap(), "{}", operation.name);
        let shown = found.iter().map(|event| (event["action"].as_str().unwrap(), event["subject"].as_str().unwrap()));
        let shown: Vec<_> = shown.collect();
        let id = match operation.name.as_str() {
            name if name.contains("CoverageDecision")
                || name.contains("CoverageQuestion")
                || name.contains("CoverageAttachment") =>
            {
                objects.application.clone()
            }
            name if name.contains("GrantedPeriod") || name == "meetCoverageCondition" => objects.period.clone(),
            "createCoverageForm" => reply.body["version"].to_string(),
            "createBillingSetting" => reply.body["name"].as_str().unwrap().to_owned(),
            "createTariff" | "createRegularisation" => reply.body["from"].as_str().unwrap().to_owned(),
            "previewRegularisation" => "2026-03-01".to_owned(),
            "createReportModel" => format!("annualReport:{}", reply.body["version"]),
            name if name.contains("AnnualReport") => format!("{}:{}", objects.hospital, objects.year),
            name if name.starts_with("create") => reply.id(),
            "listTeamMembers"
            | "getSites"
            | "putSites"
            | "getPrescribers"
            | "putPrescribers"
            | "getAvailability"
            | "putAvailability"
            | "getOtherConventions"
            | "putOtherConventions"
            | "getPumps"
            | "putPumps"
            | "getBillingIdentity"
            | "putBillingIdentity" => objects.hospital.clone(),
            name if name.contains("InvoiceFile")
                || name.contains("InvoiceRecords")
                || name == "importInvoiceAnswer" =>
            {
                objects.invoice_file.clone()
            }
            name if name.contains("InvoiceLine") => objects.line.clone(),
            "listMaterialDeliveries"
            | "listHospitalStays"
            | "listPreventiveExaminations"
            | "listPumpAssignments"
            | "listContacts"
            | "listTreatingPhysicians"
            | "listTherapyChanges"
            | "listMoveNotices"
            | "listElectronicConsents"
            | "listPractitionerReports"
            | "listConsultantFollowUps"
            | "listConsultantFollowUpsDue"
            | "listHomeBaseStays"
            | "listPractitionerReportsDue"
            | "listJointMeetings"
            | "listConsultationNotices"
            | "listAccountEntries"
            | "listInfrastructureDeclarations" => objects.hospital.clone(),
            "listObligations" | "getObligationFeed" => objects.hospital.clone(),
            "revokeObligationFeed" => objects.feed.0.clone(),
            "getJointMeetingAssessment" | "getAccountStatement" => format!("{}:{}", objects.hospital, objects.year),
            name if operations::register_of(name).is_some() => objects.record.clone(),
            name if name.contains("TeamMember") => objects.member.clone(),
            name if name.contains("CoverageApplication") => objects.application.clone(),
            name if name.contains("Merger") => objects.merger.clone(),
            name if name.contains("Convention") => objects.convention.clone(),
            name if name.contains("Staffing") => format!("{}:{}", objects.hospital, objects.year),
            name if name.contains("Webhook") => objects.subscription.0.clone(),
            name if name.contains("Import") => objects.import.clone(),
            name if name.contains("Summary") => format!("{}:{}", objects.beneficiary, objects.year),
            name if name.contains("Beneficiary") || name.contains("Affiliations") || name == "explainPumpDay" => {
                objects.beneficiary.clone()
            }
            name if name.contains("Code") || name.contains("Zones") => objects.code.clone(),
            name if name.contains("Notification") => objects.notification.clone(),
            name if name.contains("Hospital") || name.contains("Recipients") => objects.hospital.clone(),
            name if name.contains("Grant") => objects.grant.clone(),
            _ => objects.registration.clone(),
        };
        let expected: Vec<_> = expected.iter().map(|(action, subject)| (*action, subject.replace('@', &id))).collect();
        let expected: Vec<_> = expected.iter().map(|(action, subject)| (*action, subject.as_str())).collect();
        assert_eq!(shown, expected, "{}", operation.name);
        for event in &found {
            assert_eq!(event["operation"], operation.name);
            assert!(event["at"].as_str().unwrap().starts_with("2026-06-15T08:"), "{event}");
            let organisation = match operation.name.as_str() {
                "listCodedRegistrations" => "hospital:71000436",
                "listPrescriberChanges" | "checkBillingRecords" => "insurer:319",
                "createCoverageDecision"
                | "previewCoverageDecision"
                | "createCoverageQuestion"
                | "meetCoverageCondition" => "insurer:319",
                name if name.contains("Code") || name.contains("Zones") => "insurer:319",
                "putHospital"
                | "putMailRecipients"
                | "sendNotification"
                | "putConvention"
                | "denounceConvention"
                | "createMerger"
                | "withdrawMerger"
                | "createTariff"
                | "previewRegularisation"
                | "createRegularisation"
                | "createReportModel"
                | "createCoverageForm"
                | "createBillingSetting" => "inami:",
                "previewNight" => "healthdata:",
                _ => "hospital:71000436",
            };
            assert_eq!(event["organisation"], organisation);
            // Whoever reads a calendar feed has its address and no name.
            let person = if operation.name == "getObligationFeed" { "feed:" } else { "dev." };
            assert!(event["person"].as_str().unwrap().starts_with(person), "{event}");
        }
    }
}

/// SYS-01, SYS-03: repeating a request reads its answer again, which is an event about the same subject; for every
/// operation with a key.
#[actix_web::test]
async fn a_repeated_answer_leaves_an_event_about_the_same() {
    let app = TestApp::start().await;
    let keyed = operations().into_iter().filter(|operation| operation.needs_key);
    let mut wrong = Vec::new();
    for (person, operation) in (1..).zip(keyed) {
        let objects = operation.objects(&app, person).await;
        let request = operation.request(&operation.caller(&app), &objects);
        let send = async |request| operation.caller(&app).send(request).await;
        let first = send(request.try_clone().unwrap()).await;
        assert!(first.status < 300, "{}: {}", operation.name, first.text);
        let again = send(request).await;
        assert_eq!((again.status, &again.text), (first.status, &first.text), "{}", operation.name);
        let [first, again] = [first, again].map(|reply| events(&app, &reply));
        assert_eq!(again.len(), 1, "{}", operation.name);
        assert_eq!(again[0]["action"], "repeat", "{}", operation.name);
        if again[0]["subject"] != first[0]["subject"] {
            wrong.push(format!("{}: {}, then {}", operation.name, first[0]["subject"], again[0]["subject"]));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

/// SYS-01, BEN-04: a search by national number records whom it found, never the number, also if it found nobody.
#[actix_web::test]
async fn a_search_records_whom_it_found_and_not_the_number() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let id = lead.enter_beneficiary(1).await;
    for (n, expected) in [(1, json!([id])), (2, json!([]))] {
        let query = json!({"niss": data::niss(n)});
        let found = events(&app, &lead.post("/beneficiaries/query", &query).await.expect(200));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["details"], json!({"found": expected}));
        let found = events(&app, &lead.post("/registrations/query", &query).await.expect(200));
        let actions: Vec<_> = found.iter().map(|event| event["action"].as_str().unwrap()).collect();
        assert_eq!(actions, if n == 1 { vec!["query", "list"] } else { vec!["query"] });
    }
}

/// SYS-01: a look-up of an unknown code is recorded, so that guessing is noticed.
#[actix_web::test]
async fn a_guessed_code_is_recorded() {
    let app = TestApp::start().await;
    let code = Objects::absent(&app, 1).code;
    let reply = app.insurer("319").get(&format!("/registrationCodes/{code}")).await.expect(404);
    let found = events(&app, &reply);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["subject"], format!("registrationCode:{code}"));
}
