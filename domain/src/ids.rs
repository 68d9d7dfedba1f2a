//! Typed identifiers and the source of randomness. Callers pass both in, so tests can fix them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

id! {
    /// A registration, from its first draft on. Not its code, which exists only after validation.
    RegistrationId;
    /// A beneficiary of one hospital.
    BeneficiaryId;
    /// A person, across hospitals. Never leaves the vault.
    PersonId;
}

/// The source of new identifiers and random digits.
pub trait Ids: Send + Sync {
    /// A new identifier that sorts by time.
    fn uuid(&self) -> Uuid;
    /// An identifier that reveals nothing, not even its time: Healthdata's identifier of a registration (TRA-01).
    fn opaque_uuid(&self) -> Uuid;
    /// Twelve random digits, the first not 0 (CGM-06).
    fn registration_digits(&self) -> u64;
    /// Random bytes for the identification code of a foreign beneficiary (BEN-02).
    fn bytes(&self) -> [u8; 8];
}
