//! The parameters shared by several operations, described once for the contract.

use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{convention::number::ConventionNumber, identifier::HospitalNumber};
use utoipa::IntoParams;
use uuid::Uuid;

/// The path of what belongs to a hospital.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfHospital {
    /// The hospital's INAMI number.
    #[param(rename = "hospitalNumber")]
    pub hospital_number: HospitalNumber,
}

/// The path of a registration.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfRegistration {
    /// The registration.
    #[param(rename = "registrationId")]
    pub registration_id: Uuid,
}

/// The path of an import.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfImport {
    /// The import.
    #[param(rename = "importId")]
    pub import_id: Uuid,
}

/// The path of a convention.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfConvention {
    /// The convention's identification number.
    #[param(rename = "conventionNumber")]
    pub convention_number: ConventionNumber,
}

/// The path of a team member.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfTeamMember {
    /// The team member.
    #[param(rename = "teamMemberId")]
    pub team_member_id: Uuid,
}

/// The path of a delivery of material.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfMaterialDelivery {
    /// The delivery.
    #[param(rename = "materialDeliveryId")]
    pub material_delivery_id: Uuid,
}

/// The path of a stay in a hospital.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfHospitalStay {
    /// The stay.
    #[param(rename = "hospitalStayId")]
    pub hospital_stay_id: Uuid,
}

/// The path of preventive examinations.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfPreventiveExamination {
    /// The examination.
    #[param(rename = "preventiveExaminationId")]
    pub preventive_examination_id: Uuid,
}

/// The path of the pump of a beneficiary.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfPumpAssignment {
    /// The assignment.
    #[param(rename = "pumpAssignmentId")]
    pub pump_assignment_id: Uuid,
}

/// The path of a contact.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfContact {
    /// The contact.
    #[param(rename = "contactId")]
    pub contact_id: Uuid,
}

/// The path of an application for coverage.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfCoverageApplication {
    /// The application.
    #[param(rename = "coverageApplicationId")]
    pub coverage_application_id: Uuid,
}

/// The path of a granted period.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfGrantedPeriod {
    /// The period.
    #[param(rename = "grantedPeriodId")]
    pub granted_period_id: Uuid,
}

/// The path of a joint meeting.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfJointMeeting {
    /// The meeting.
    #[param(rename = "jointMeetingId")]
    pub joint_meeting_id: Uuid,
}

/// The path of an entry of the accounts.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfAccountEntry {
    /// The entry.
    #[param(rename = "accountEntryId")]
    pub account_entry_id: Uuid,
}

/// The path of a physician who treats a beneficiary.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfTreatingPhysician {
    /// The physician.
    #[param(rename = "treatingPhysicianId")]
    pub treating_physician_id: Uuid,
}

/// The path of a change of therapy.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfTherapyChange {
    /// The change.
    #[param(rename = "therapyChangeId")]
    pub therapy_change_id: Uuid,
}

/// The path of a notice of a move.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfMoveNotice {
    /// The notice.
    #[param(rename = "moveNoticeId")]
    pub move_notice_id: Uuid,
}

/// The path of a consent to be told electronically.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfElectronicConsent {
    /// The consent.
    #[param(rename = "electronicConsentId")]
    pub electronic_consent_id: Uuid,
}

/// The path of a report to a physician.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfPractitionerReport {
    /// The report.
    #[param(rename = "practitionerReportId")]
    pub practitioner_report_id: Uuid,
}

/// The path of a notice of consultations.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfConsultationNotice {
    /// The notice.
    #[param(rename = "consultationNoticeId")]
    pub consultation_notice_id: Uuid,
}

/// The path of a declaration of infrastructure.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfInfrastructureDeclaration {
    /// The declaration.
    #[param(rename = "infrastructureDeclarationId")]
    pub infrastructure_declaration_id: Uuid,
}

/// The path of a consultant to see.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfConsultantFollowUp {
    /// The entry.
    #[param(rename = "consultantFollowUpId")]
    pub consultant_follow_up_id: Uuid,
}

/// The path of an invoice file.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfInvoiceFile {
    /// The file.
    #[param(rename = "invoiceFileId")]
    pub invoice_file_id: Uuid,
}

/// The path of a line of an invoice.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfInvoiceLine {
    /// The line.
    #[param(rename = "invoiceLineId")]
    pub invoice_line_id: Uuid,
}

/// The path of what is kept for each year.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfYear {
    /// The year.
    #[param(minimum = 2000, maximum = 2999)]
    pub year: i32,
}

/// The path of a webhook subscription.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfSubscription {
    /// The subscription.
    #[param(rename = "subscriptionId")]
    pub subscription_id: Uuid,
}

/// The path of a webhook delivery.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OfDelivery {
    /// The delivery.
    #[param(rename = "deliveryId")]
    pub delivery_id: Uuid,
}

/// How long a page is.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageSize {
    /// How many items a page holds at most; 50 by default.
    #[param(rename = "pageSize", nullable = false, minimum = 1, maximum = 200)]
    pub page_size: Option<i32>,
}

/// Where a page starts.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// Where the page starts: an opaque cursor. Take it from `next`.
    #[param(nullable = false)]
    pub after: Option<String>,
}

/// The instant of a read "as known at" (STF-12).
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct KnownAt {
    /// As recorded at this instant; by default, as recorded now.
    #[param(rename = "knownAt", nullable = false)]
    pub known_at: Option<DateTime<Utc>>,
}

/// Which records of a register are listed.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfRegister {
    /// Only those of this beneficiary.
    #[param(rename = "beneficiaryId", nullable = false)]
    pub beneficiary_id: Option<Uuid>,
    /// Only those of this day and later.
    #[param(nullable = false)]
    pub from: Option<NaiveDate>,
    /// Only those of this day and earlier.
    #[param(nullable = false)]
    pub to: Option<NaiveDate>,
}

/// The filters of a register of the establishment itself.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfDays {
    /// Only those of this day and later.
    #[param(nullable = false)]
    pub from: Option<NaiveDate>,
    /// Only those of this day and earlier.
    #[param(nullable = false)]
    pub to: Option<NaiveDate>,
}

/// The version that a change acts on.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IfMatch {
    /// The ETag of the version that the request acts on: one tag, neither `*` nor a list.
    #[param(rename = "If-Match")]
    pub if_match: String,
}

/// The version that a PUT replaces, when there is one.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IfMatchUnlessNew {
    /// The ETag of the version that the request replaces. Leave it out when nothing has been entered yet.
    #[param(rename = "If-Match", nullable = false)]
    pub if_match: Option<String>,
}

/// What the caller has already.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IfNoneMatch {
    /// The ETag of what the caller has already. While it is the present one, the answer is 304 without body.
    #[param(rename = "If-None-Match", nullable = false)]
    pub if_none_match: Option<String>,
}

/// What makes a POST safe to repeat (SYS-03).
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IdempotencyKey {
    /// A key of the caller's own for this request, quoted, at most 255 characters. A repeated request with the same key
    /// gets the first answer and changes nothing.
    #[param(rename = "Idempotency-Key")]
    pub idempotency_key: String,
}
