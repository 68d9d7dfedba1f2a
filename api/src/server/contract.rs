//! The contract: its general part, the list of operations, and the operation that serves it.

use std::sync::LazyLock;

use actix_web::{HttpResponse, get, web};
use insula_domain::{names, registry::registration::dictionary};
use serde_json::Value;
use utoipa::OpenApi;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    billing::{self, files as invoice_files, income, lines as invoice_lines, pump_days, records},
    config::BASE_PATH,
    convention::{
        accounts, consultation_notices, contacts, conventions, coverage, electronic_consents, examinations, follow_ups,
        home_base, hospital_stays, infrastructure, joint_meetings, material, meeting_assessment, mergers, move_notices,
        obligations, practitioner, pump_assignments, reports, sheets, staffing, tariffs, team,
    },
    http::{caller::Caller, problem::ApiError},
    notices::{notifications, webhooks},
    parties::{beneficiaries, organisations},
    reference::{self, documents},
    registry::{coded_data, codes, counters, imports, registrations, statistics},
    server::{answers, examples, export, progenitor, terms, variants},
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Insula",
        version = "1.0.0-beta.2",
        description = "Registration of implantable glucose sensors (condition M-§01, agreement M-ACL-001), what insurers \
            read of it, and the establishments of the insulin pump convention: conventions, teams, staffing. The API follows the Belgian REST guide; `/rules` serves the rules behind every refusal.",
        contact(name = "Insula", url = "https://www.belgif.be/specification/rest/api-guide/"),
        license(name = "AGPL-3.0-or-later")
    ),
    components(
        schemas(documents::Problem, documents::InputValidationIssue, dictionary::When, dictionary::FieldKind, names::DeletionReason,
            webhooks::WebhookRegistrationEvent, webhooks::WebhookCounterEvent, webhooks::WebhookCoverageEvent, webhooks::WebhookTestEvent),
        responses(documents::ProblemResponse)
    ),
    security(("Bearer" = [])),
    modifiers(&Security),
    tags(
        (name = "Registrations", description = "Registrations of implantable sensors, from the draft to the billable code."),
        (name = "Registration imports", description = "Files of registrations, imported row by row as a task."),
        (name = "Beneficiaries", description = "The people a hospital registers. No URL identifies a person."),
        (name = "Registration codes", description = "What insurers read about their own members' registrations."),
        (name = "Coded data", description = "What hospitals and INAMI read of the data at Healthdata: no identities, and figures with small groups suppressed."),
        (name = "Counters", description = "The two national counters, and the nights that decide who gets a place."),
        (name = "Organisations", description = "Hospitals, their adherence, and access to the registry."),
        (name = "Establishments", description = "Establishments of the pump convention: conventions and mergers, team, sites, prescribers, pumps, the price of a day, how their staffing is assessed, joint meetings, infrastructure and notices of consultations, and what is kept of each beneficiary: material, stays, examinations, pumps, contacts, reports to their physicians, consultants to see."),
        (name = "Coverage", description = "The insulin pump programme of a beneficiary: the application, the decision of the insurer's adviser, the periods granted."),
        (name = "Billing", description = "The days of programme that are invoiced, and the hospitals' files of electronic invoices."),
        (name = "Notifications", description = "The e-mails about national counters and about lists of prescribers."),
        (name = "Webhooks", description = "Events sent to a hospital's EHR; `docs/webhooks.md` is the guide for receivers."),
        (name = "Reference data", description = "Code lists, the dictionary of fields, and the rules."),
        (name = "Service", description = "Health, contract and trail.")
    )
)]
struct Frame;

struct Security;

impl utoipa::Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.bearer_format = Some("JWT".to_owned());
        scheme.description =
            Some("Access token of the configured issuer; in development, of `insula token`. Scopes: `insula.registry` \
            (registrations and beneficiaries), `insula.codes`, `insula.coded` (coded data and statistics), `insula.counters`, \
            `insula.organisations`, `insula.establishments` (conventions and teams), `insula.coverage` (applications, decisions, granted periods), `insula.billing`, `insula.webhooks`, `insula.trail`; `insula` holds all of them.".to_owned());
        openapi.components.get_or_insert_default().add_security_scheme("Bearer", SecurityScheme::Http(scheme));
    }
}

/// Every operation.
pub fn operations(config: &mut ServiceConfig) {
    config
        .service(registrations::create::create_registration)
        .service(registrations::list::list_registrations)
        .service(registrations::query::query_registrations)
        .service(registrations::get::get_registration)
        .service(registrations::save::replace_registration)
        .service(registrations::save::change_registration)
        .service(registrations::delete::delete_registration)
        .service(registrations::submit::submit_registration)
        .service(registrations::reopen::reopen_registration)
        .service(registrations::check::check_registration)
        .service(registrations::history::list_registration_versions)
        .service(registrations::history::get_registration_version)
        .service(imports::create::create_registration_import)
        .service(imports::list::list_registration_imports)
        .service(imports::list::get_registration_import)
        .service(imports::cancel::cancel_registration_import)
        .service(imports::rows::list_registration_import_rows)
        .service(beneficiaries::create::create_beneficiary)
        .service(beneficiaries::query::query_beneficiaries)
        .service(beneficiaries::get::get_beneficiary)
        .service(beneficiaries::replace::replace_beneficiary)
        .service(beneficiaries::affiliations::get_affiliations)
        .service(beneficiaries::affiliations::put_affiliations)
        .service(codes::list_registration_code_changes)
        .service(codes::verify_registration_code)
        .service(codes::verify_registration_codes)
        .service(codes::get_registration_code)
        .service(codes::get_billing_zones)
        .service(coded_data::list_coded_registrations)
        .service(statistics::get_statistics)
        .service(counters::list::list_counters)
        .service(counters::list::get_counter)
        .service(counters::list::list_counter_figures)
        .service(counters::plot::get_counter_plot)
        .service(counters::nights::list_nights)
        .service(counters::preview::preview_night)
        .service(counters::nights::get_night)
        .service(counters::nights::list_night_decisions)
        .service(organisations::hospitals::list_hospitals)
        .service(organisations::hospitals::get_hospital)
        .service(organisations::hospitals::put_hospital)
        .service(organisations::recipients::get_mail_recipients)
        .service(organisations::recipients::put_mail_recipients)
        .service(organisations::grants::list_registry_grants)
        .service(organisations::grants::create_registry_grant)
        .service(organisations::grants::get_registry_grant)
        .service(organisations::grants::delete_registry_grant)
        .service(notifications::list::list_notifications)
        .service(notifications::list::get_notification)
        .service(notifications::send::send_notification)
        .service(webhooks::create::create_webhook_subscription)
        .service(webhooks::list::list_webhook_subscriptions)
        .service(webhooks::list::get_webhook_subscription)
        .service(webhooks::replace::replace_webhook_subscription)
        .service(webhooks::delete::delete_webhook_subscription)
        .service(webhooks::rotate_secret::rotate_webhook_secret)
        .service(webhooks::test::test_webhook_subscription)
        .service(webhooks::deliveries::list_webhook_deliveries)
        .service(webhooks::deliveries::get_webhook_delivery)
        .service(webhooks::deliveries::resend_webhook_delivery)
        .service(conventions::list::list_conventions)
        .service(conventions::list::get_convention)
        .service(conventions::put::put_convention)
        .service(conventions::denounce::denounce_convention)
        .service(conventions::denounce::check_denunciation)
        .service(mergers::check::check_merger)
        .service(mergers::list::list_mergers)
        .service(mergers::create::create_merger)
        .service(mergers::list::get_merger)
        .service(mergers::withdraw::withdraw_merger)
        .service(sheets::sites::get_sites)
        .service(sheets::sites::put_sites)
        .service(sheets::prescribers::get_prescribers)
        .service(sheets::prescribers::put_prescribers)
        .service(sheets::prescriber_changes::list_prescriber_changes)
        .service(sheets::other_conventions::get_other_conventions)
        .service(sheets::other_conventions::put_other_conventions)
        .service(sheets::pumps::get_pumps)
        .service(sheets::pumps::put_pumps)
        .service(sheets::pump_offers::list_pump_offers)
        .service(sheets::availability::get_availability)
        .service(sheets::availability::put_availability)
        .service(team::list::list_team_members)
        .service(team::create::create_team_member)
        .service(team::list::get_team_member)
        .service(team::replace::replace_team_member)
        .service(team::withdraw::withdraw_team_member)
        .service(team::list::list_team_member_versions)
        .service(material::list_material_deliveries)
        .service(material::create_material_delivery)
        .service(material::get_material_delivery)
        .service(material::replace_material_delivery)
        .service(material::withdraw_material_delivery)
        .service(material::list_material_delivery_versions)
        .service(hospital_stays::list_hospital_stays)
        .service(hospital_stays::create_hospital_stay)
        .service(hospital_stays::get_hospital_stay)
        .service(hospital_stays::replace_hospital_stay)
        .service(hospital_stays::withdraw_hospital_stay)
        .service(hospital_stays::list_hospital_stay_versions)
        .service(examinations::list_preventive_examinations)
        .service(examinations::create_preventive_examination)
        .service(examinations::get_preventive_examination)
        .service(examinations::replace_preventive_examination)
        .service(examinations::withdraw_preventive_examination)
        .service(examinations::list_preventive_examination_versions)
        .service(pump_assignments::list_pump_assignments)
        .service(pump_assignments::create_pump_assignment)
        .service(pump_assignments::get_pump_assignment)
        .service(pump_assignments::replace_pump_assignment)
        .service(pump_assignments::withdraw_pump_assignment)
        .service(pump_assignments::list_pump_assignment_versions)
        .service(contacts::list_contacts)
        .service(contacts::create_contact)
        .service(contacts::get_contact)
        .service(contacts::replace_contact)
        .service(contacts::withdraw_contact)
        .service(contacts::list_contact_versions)
        .service(practitioner::physicians::list_treating_physicians)
        .service(practitioner::physicians::create_treating_physician)
        .service(practitioner::physicians::get_treating_physician)
        .service(practitioner::physicians::replace_treating_physician)
        .service(practitioner::physicians::withdraw_treating_physician)
        .service(practitioner::physicians::list_treating_physician_versions)
        .service(practitioner::changes::list_therapy_changes)
        .service(practitioner::changes::create_therapy_change)
        .service(practitioner::changes::get_therapy_change)
        .service(practitioner::changes::replace_therapy_change)
        .service(practitioner::changes::withdraw_therapy_change)
        .service(practitioner::changes::list_therapy_change_versions)
        .service(move_notices::list_move_notices)
        .service(move_notices::create_move_notice)
        .service(move_notices::get_move_notice)
        .service(move_notices::replace_move_notice)
        .service(move_notices::withdraw_move_notice)
        .service(move_notices::list_move_notice_versions)
        .service(electronic_consents::list_electronic_consents)
        .service(electronic_consents::create_electronic_consent)
        .service(electronic_consents::get_electronic_consent)
        .service(electronic_consents::replace_electronic_consent)
        .service(electronic_consents::withdraw_electronic_consent)
        .service(electronic_consents::list_electronic_consent_versions)
        .service(practitioner::reports::list_practitioner_reports)
        .service(practitioner::reports::create_practitioner_report)
        .service(practitioner::reports::get_practitioner_report)
        .service(practitioner::reports::replace_practitioner_report)
        .service(practitioner::reports::withdraw_practitioner_report)
        .service(practitioner::reports::list_practitioner_report_versions)
        .service(follow_ups::register::list_consultant_follow_ups)
        .service(follow_ups::register::create_consultant_follow_up)
        .service(follow_ups::register::get_consultant_follow_up)
        .service(follow_ups::register::replace_consultant_follow_up)
        .service(follow_ups::register::withdraw_consultant_follow_up)
        .service(follow_ups::register::list_consultant_follow_up_versions)
        .service(follow_ups::due::list_consultant_follow_ups_due)
        .service(home_base::list_home_base_stays)
        .service(practitioner::due::list_practitioner_reports_due)
        .service(joint_meetings::list_joint_meetings)
        .service(joint_meetings::create_joint_meeting)
        .service(joint_meetings::get_joint_meeting)
        .service(joint_meetings::replace_joint_meeting)
        .service(joint_meetings::withdraw_joint_meeting)
        .service(joint_meetings::list_joint_meeting_versions)
        .service(consultation_notices::list_consultation_notices)
        .service(consultation_notices::create_consultation_notice)
        .service(consultation_notices::get_consultation_notice)
        .service(consultation_notices::replace_consultation_notice)
        .service(consultation_notices::withdraw_consultation_notice)
        .service(consultation_notices::list_consultation_notice_versions)
        .service(infrastructure::list_infrastructure_declarations)
        .service(infrastructure::create_infrastructure_declaration)
        .service(infrastructure::get_infrastructure_declaration)
        .service(infrastructure::replace_infrastructure_declaration)
        .service(infrastructure::withdraw_infrastructure_declaration)
        .service(infrastructure::list_infrastructure_declaration_versions)
        .service(meeting_assessment::get_joint_meeting_assessment)
        .service(obligations::list::list_obligations)
        .service(obligations::feeds::list_obligation_feeds)
        .service(obligations::feeds::create_obligation_feed)
        .service(obligations::feeds::revoke_obligation_feed)
        .service(obligations::feeds::get_obligation_feed)
        .service(accounts::entries::list_account_entries)
        .service(accounts::entries::create_account_entry)
        .service(accounts::entries::get_account_entry)
        .service(accounts::entries::replace_account_entry)
        .service(accounts::entries::withdraw_account_entry)
        .service(accounts::entries::list_account_entry_versions)
        .service(accounts::statement::get_account_statement)
        .service(reports::annual::get_annual_report)
        .service(reports::annual::list_annual_report_misfits)
        .service(reports::sent::send_annual_report)
        .service(reports::sent::list_annual_report_versions)
        .service(reports::sent::get_annual_report_version)
        .service(reports::models::list_report_models)
        .service(reports::models::create_report_model)
        .service(tariffs::list_tariffs)
        .service(tariffs::get_tariff)
        .service(tariffs::get_tariff_proposal)
        .service(tariffs::create_tariff)
        .service(tariffs::preview_regularisation)
        .service(tariffs::create_regularisation)
        .service(staffing::statements::get_staffing_statement)
        .service(staffing::statements::put_staffing_statement)
        .service(staffing::assessment::get_staffing_assessment)
        .service(staffing::simulate::simulate_staffing)
        .service(staffing::plot::get_staffing_plot)
        .service(coverage::read::list_coverage_applications)
        .service(coverage::create::create_coverage_application)
        .service(coverage::read::get_coverage_application)
        .service(coverage::replace::replace_coverage_application)
        .service(coverage::delete::delete_coverage_application)
        .service(coverage::check::check_coverage_application)
        .service(coverage::submit::submit_coverage_application)
        .service(coverage::withdraw::withdraw_coverage_application)
        .service(coverage::decisions::preview_coverage_decision)
        .service(coverage::decisions::create_coverage_decision)
        .service(coverage::decisions::list_coverage_decisions)
        .service(coverage::attachments::create_coverage_attachment)
        .service(coverage::attachments::list_coverage_attachments)
        .service(coverage::attachments::get_coverage_attachment)
        .service(coverage::questions::list_coverage_questions)
        .service(coverage::questions::create_coverage_question)
        .service(coverage::questions::answer_coverage_question)
        .service(coverage::periods::list_granted_periods)
        .service(coverage::periods::create_earlier_period)
        .service(coverage::periods::get_granted_period)
        .service(coverage::periods::end_granted_period)
        .service(coverage::conditions::meet_coverage_condition)
        .service(pump_days::list_pump_days)
        .service(billing::explain::explain_pump_day)
        .service(billing::summaries::year::get_yearly_summary)
        .service(billing::summaries::year::give_yearly_summary)
        .service(billing::summaries::year::get_given_summary)
        .service(pump_days::record_pump_days)
        .service(pump_days::withdraw_pump_days)
        .service(coverage::warnings::list_coverage_warnings)
        .service(coverage::forms::list_coverage_forms)
        .service(coverage::forms::create_coverage_form)
        .service(coverage::reminders::list_coverage_reminders)
        .service(coverage::events::list_coverage_events)
        .service(records::check::check_billing_records)
        .service(billing::identity::get_billing_identity)
        .service(billing::identity::put_billing_identity)
        .service(billing::settings::list_billing_settings)
        .service(billing::settings::create_billing_setting)
        .service(invoice_files::make::preview_invoice_file)
        .service(invoice_files::list::list_invoice_files)
        .service(invoice_files::make::create_invoice_file)
        .service(invoice_files::list::get_invoice_file)
        .service(invoice_files::records::get_invoice_records)
        .service(invoice_files::list::hand_over_invoice_file)
        .service(invoice_files::answers::answer_invoice_file)
        .service(invoice_files::answers::import_invoice_answer)
        .service(invoice_files::merge::merge_invoice_file)
        .service(income::get::get_billing_income)
        .service(income::plot::get_billing_income_plot)
        .service(invoice_lines::list_invoice_lines)
        .service(invoice_lines::contest_invoice_line)
        .service(invoice_lines::list_invoice_corrections)
        .service(reference::list_insurers)
        .service(reference::list_nomenclature_pairs)
        .service(reference::get_dictionary)
        .service(reference::get_labels)
        .service(reference::list_rules)
        .service(reference::get_rule)
        .service(reference::list_problem_types)
        .service(reference::get_problem_type)
        .service(documents::list_audit_events)
        .service(documents::check_health)
        .service(get_contract);
}

/// The contract as OpenAPI 3.0.3, needing neither database nor environment.
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(collect);
    &DOCUMENT
}

fn collect() -> Value {
    use utoipa_actix_web::AppExt;
    let (_, openapi) =
        actix_web::App::new().into_utoipa_app().openapi(Frame::openapi()).configure(operations).split_for_parts();
    let mut document = serde_json::to_value(openapi).unwrap_or_default();
    document["paths"]["/webhookSubscriptions"]["post"]["callbacks"] = webhooks::events::callbacks();
    document["servers"] = serde_json::json!([{"url": BASE_PATH, "description": "This server"}]);
    variants::add(&mut document);
    let mut document = export::to_openapi_30(document);
    answers::add(&mut document);
    terms::add(&mut document);
    examples::add(&mut document);
    document
}

/// The same operations for the running service.
pub fn routes(config: &mut web::ServiceConfig) {
    operations(&mut ServiceConfig::new(config));
}

/// The contract as YAML, as committed in `openapi.yaml`. What a YAML 1.1 reader would take for something else than a
/// text (`on`, `18:00`, a day) is quoted.
pub fn yaml() -> String {
    serde_saphyr::to_string(&export::Ordered(document())).unwrap_or_default()
}

static JSON: LazyLock<String> =
    LazyLock::new(|| serde_json::to_string(&export::Ordered(document())).unwrap_or_default());
static YAML: LazyLock<String> = LazyLock::new(yaml);
static PROGENITOR: LazyLock<String> =
    LazyLock::new(|| serde_json::to_string(&export::Ordered(&progenitor::derive(document()))).unwrap_or_default());

/// Get the contract.
///
/// This document, as `openapi.json` or `openapi.yaml`. `openapi.progenitor.json` is derived from it for progenitor,
/// Rust's generator of clients: all failures of an operation are one, and a body that is not plain JSON names its media
/// type in the parameter `Content-Type`.
#[utoipa::path(
    tag = "Service",
    operation_id = "getContract",
    params(("file" = String, Path, description = "`openapi.json`, `openapi.yaml` or `openapi.progenitor.json`.",
        example = "openapi.yaml")),
    responses(
        (status = 200, description = "The contract.", body = inline(ContractDocument), example = json!({"openapi": "3.0.3"})),
    ),
    security(())
)]
#[get("/doc/{file}")]
pub async fn get_contract(_caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let (content_type, text) = match path.as_str() {
        "openapi.json" => ("application/json", &*JSON),
        "openapi.yaml" => ("application/yaml", &*YAML),
        "openapi.progenitor.json" => ("application/json", &*PROGENITOR),
        _ => return Err(ApiError::NotFound),
    };
    Ok(HttpResponse::Ok()
        .content_type(content_type)
        .insert_header(("Cache-Control", "public, max-age=300"))
        .body(text.clone()))
}

/// An OpenAPI document.
#[derive(utoipa::ToSchema)]
#[schema(title = "ContractDocument")]
pub struct ContractDocument {
    /// The version of OpenAPI.
    pub openapi: String,
}
