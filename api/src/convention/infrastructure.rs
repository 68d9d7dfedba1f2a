//! The infrastructure of sites (REG-12).

use actix_web::{get, post, put};
use chrono::NaiveDate;
use insula_domain::{
    convention::{consultation::unknown_site, entry::Entry, infrastructure},
    identifier::HospitalNumber,
    refusal::Fault,
};
use insula_persistence::{Stop, Tx, convention::sheets};

use crate::{
    convention::record::{self, Answered, AsEntered, Correction, RecordPath, RecordWithdrawal, Register, RegisterPath},
    http::{
        caller::Caller,
        collection::{Page, Versions},
        input::{Body, Field, Query, Reader},
        parameters::{
            After, IdempotencyKey, IfMatch, KnownAt, OfDays, OfHospital, OfInfrastructureDeclaration, PageSize,
        },
    },
};

/// A declaration of infrastructure in the register.
pub type InfrastructureDeclaration = AsEntered<infrastructure::InfrastructureDeclaration>;

/// A declaration of infrastructure as it should have been entered.
pub type InfrastructureDeclarationCorrection = Correction<infrastructure::InfrastructureDeclaration>;

impl Register for infrastructure::InfrastructureDeclaration {
    const PATH: &'static str = "infrastructureDeclarations";

    fn read(reader: &mut Reader, today: NaiveDate) -> Field<Self> {
        let site = reader.required_uuid("siteId");
        let day = reader.required_date("day");
        reader.judge(&day, |day| Self::planned("day", *day, today).into_iter().collect());
        let rooms = reader.required_text("rooms", 2000);
        let demonstration_material = reader.required_text("demonstrationMaterial", 2000);
        let it_support = reader.required_text("itSupport", 2000);
        reader.build(|done| infrastructure::InfrastructureDeclaration {
            site_id: done.take(site),
            day: done.take(day),
            rooms: done.take(rooms),
            demonstration_material: done.take(demonstration_material),
            it_support: done.take(it_support),
        })
    }

    /// CON-02: the site is one of the sheet.
    fn faults(&self, tx: &mut Tx, hospital: HospitalNumber) -> Result<Vec<Fault>, Stop> {
        Ok(unknown_site(self.site_id, &sheets::lines(tx, hospital)?, Self::RULE).into_iter().collect())
    }
}

/// Declarations of infrastructure, the latest entered first.
pub type InfrastructureDeclarationCollection = Page<InfrastructureDeclaration>;

/// Every version of a declaration of infrastructure.
pub type InfrastructureDeclarationVersionCollection = Versions<InfrastructureDeclaration>;

/// List declarations of infrastructure.
///
/// Rooms, demonstration material and IT support of each site, as declared from a day on (REG-12). A site without is
/// named in the warnings of `getSites`. `knownAt` gives them as they were recorded at that instant, without later
/// corrections. Each read is recorded in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listInfrastructureDeclarations",
    params(OfHospital, OfDays, KnownAt, After, PageSize),
    responses((status = 200, description = "The declarations of infrastructure, the latest entered first.", body = InfrastructureDeclarationCollection))
)]
#[get("/establishments/{hospitalNumber}/infrastructureDeclarations")]
pub async fn list_infrastructure_declarations(caller: Caller, path: RegisterPath, query: Query) -> Answered {
    record::list::<InfrastructureDeclaration>(caller, &path, query).await
}

/// Enter a declaration of infrastructure.
///
/// Site, since when, and what it has: consulting rooms for educators, demonstration material, computers and their
/// support (REG-12).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "createInfrastructureDeclaration",
    params(OfHospital, IdempotencyKey),
    request_body = infrastructure::InfrastructureDeclaration,
    responses((status = 201, description = "The declaration of infrastructure.", body = InfrastructureDeclaration))
)]
#[post("/establishments/{hospitalNumber}/infrastructureDeclarations")]
pub async fn create_infrastructure_declaration(caller: Caller, path: RegisterPath, body: Body) -> Answered {
    record::create::<infrastructure::InfrastructureDeclaration>(caller, &path, body).await
}

/// Get a declaration of infrastructure.
///
/// What is known of it now, or was at `knownAt` (REG-12).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getInfrastructureDeclaration",
    params(OfHospital, OfInfrastructureDeclaration, KnownAt),
    responses((status = 200, description = "The declaration of infrastructure.", body = InfrastructureDeclaration))
)]
#[get("/establishments/{hospitalNumber}/infrastructureDeclarations/{infrastructureDeclarationId}")]
pub async fn get_infrastructure_declaration(caller: Caller, path: RecordPath, query: Query) -> Answered {
    record::get::<InfrastructureDeclaration>(caller, &path, query).await
}

/// Correct a declaration of infrastructure.
///
/// Replaces the declaration of infrastructure as a whole and says why. Earlier versions are kept and still answer
/// `knownAt`.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "replaceInfrastructureDeclaration",
    params(OfHospital, OfInfrastructureDeclaration, IfMatch),
    request_body = InfrastructureDeclarationCorrection,
    responses((status = 200, description = "The declaration of infrastructure.", body = InfrastructureDeclaration))
)]
#[put("/establishments/{hospitalNumber}/infrastructureDeclarations/{infrastructureDeclarationId}")]
pub async fn replace_infrastructure_declaration(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::replace::<infrastructure::InfrastructureDeclaration>(caller, &path, body).await
}

/// Withdraw a declaration of infrastructure that was entered in error.
///
/// For a declaration that never held. Earlier versions are kept.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "withdrawInfrastructureDeclaration",
    params(OfHospital, OfInfrastructureDeclaration, IfMatch, IdempotencyKey),
    request_body = RecordWithdrawal,
    responses((status = 200, description = "The declaration of infrastructure, withdrawn.", body = InfrastructureDeclaration))
)]
#[post("/establishments/{hospitalNumber}/infrastructureDeclarations/{infrastructureDeclarationId}/withdraw")]
pub async fn withdraw_infrastructure_declaration(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::withdraw::<InfrastructureDeclaration>(caller, &path, body).await
}

/// List the versions of a declaration of infrastructure.
///
/// Every version, the latest first: by whom it was recorded, when, and why it was corrected. Those that were withdrawn
/// are found here too.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listInfrastructureDeclarationVersions",
    params(OfHospital, OfInfrastructureDeclaration),
    responses((status = 200, description = "The versions.", body = InfrastructureDeclarationVersionCollection))
)]
#[get("/establishments/{hospitalNumber}/infrastructureDeclarations/{infrastructureDeclarationId}/versions")]
pub async fn list_infrastructure_declaration_versions(caller: Caller, path: RecordPath) -> Answered {
    record::list_versions::<InfrastructureDeclaration>(caller, &path).await
}
