//! Registrations: one file per operation, what travels in `dto`.

pub mod check;
pub mod create;
pub mod delete;
pub mod dto;
pub mod get;
pub mod history;
pub mod list;
pub mod query;
pub mod reopen;
pub mod save;
pub mod submit;

use insula_domain::{
    ids::{BeneficiaryId, RegistrationId},
    refusal::Fault,
    registration::{RegistrationType, content::form_faults, dictionary::CURRENT},
};
use serde_json::{Map, Value};

use crate::{
    input::{Reader, path_uuid},
    problem::ApiError,
};

/// What a draft holds, read from a body of which every fault was named.
pub struct Draft {
    /// Whom it is about.
    pub beneficiary: Option<BeneficiaryId>,
    /// The fields that are filled in.
    pub content: Map<String, Value>,
}

/// CGM-04: reads `beneficiaryId` and `content`, which a draft may leave out.
fn draft(reader: &mut Reader, registration_type: RegistrationType) -> Draft {
    let beneficiary = reader.uuid("beneficiaryId").map(BeneficiaryId);
    let content = reader.object("content").cloned().unwrap_or_default();
    for fault in form_faults(&CURRENT, registration_type, &content) {
        reader.add(fault_in_content(fault));
    }
    Draft { beneficiary, content }
}

fn fault_in_content(mut fault: Fault) -> Fault {
    fault.field = crate::input::shortened(&fault.field);
    fault.under("content")
}

fn id(path: &str) -> Result<RegistrationId, ApiError> {
    path_uuid(path).map(RegistrationId)
}
