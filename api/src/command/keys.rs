//! `insula keys`: makes the key files that are missing.

use insula_persistence::keys::Keys;

use crate::{
    config::Config,
    database::{OpenError, PATIENCE, admission},
};

/// Makes them, for the mode that is set.
pub fn make(config: &Config) -> Result<(), OpenError> {
    admission::of_settings(config, PATIENCE)?;
    if !config.is_development() && config.keys.is_none() {
        return Err(OpenError::Missing("--keys (INSULA_KEYS)"));
    }
    Ok(Keys::create_missing(&config.keys_folder(), config.mode())?)
}
