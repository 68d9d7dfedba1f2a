//! Which database, keys and folder a process may use in its mode. Everything here only looks, and it is asked before anything is
//! written: before a key is made, a migration run, a clock moved.

use std::time::Duration;

use insula_persistence::{
    Mode,
    keys::Keys,
    mode,
    origin::{self, Found},
};

use super::{
    address::role_url,
    error::{OpenError, Refused},
};
use crate::config::Config;

/// Whether the mode is known.
pub fn of_mode(config: &Config) -> Result<(), OpenError> {
    if config.mode.is_none() && config.needs_mode() { Err(Refused::ModeUnknown.into()) } else { Ok(()) }
}

/// Whether keys and data folder may be used in this mode.
pub fn of_folders(config: &Config) -> Result<(), OpenError> {
    of_mode(config)?;
    let keys = config.keys_folder();
    let shown = || keys.display().to_string();
    // Of before there were marks: those in the data folder are development's, for production names its own.
    let given = config.keys.is_some() && Keys::are_in(&keys);
    let of_keys = mode::of_folder(&keys)?.or(given.then_some(Mode::Production));
    match (config.is_development(), of_keys) {
        (true, Some(Mode::Production)) => return Err(Refused::KeysOfProduction(shown()).into()),
        (false, Some(Mode::Development)) => return Err(Refused::KeysOfDevelopment(shown()).into()),
        _ => {}
    }
    if config.is_development() && mode::of_folder(&config.data)? == Some(Mode::Production) {
        return Err(Refused::FolderOfProduction(config.data.display().to_string()).into());
    }
    Ok(())
}

/// Whether a database may be used in this mode. `private` says that it is in the private cluster, which is development's own unless
/// it is marked otherwise.
pub fn of_database(config: &Config, owner_url: &str, private: bool, patience: Duration) -> Result<(), OpenError> {
    let found = origin::found(owner_url, patience)?;
    if !config.is_development() {
        return match found {
            Found::Marked(Mode::Development) | Found::Unmarked(Mode::Development) => {
                Err(Refused::DatabaseOfDevelopment.into())
            }
            Found::Marked(Mode::Production) | Found::Unmarked(Mode::Production) | Found::Empty | Found::Foreign => {
                Ok(())
            }
        };
    }
    match found {
        Found::Unmarked(_) | Found::Foreign if private => return Ok(()),
        Found::Marked(Mode::Production) | Found::Unmarked(Mode::Production) => {
            return Err(Refused::DatabaseOfProduction.into());
        }
        Found::Foreign => return Err(Refused::DatabaseOfOthers.into()),
        Found::Marked(Mode::Development) | Found::Unmarked(Mode::Development) | Found::Empty => {}
    }
    if private { Ok(()) } else { of_roles(config, owner_url) }
}

/// The roles belong to the server: migrating an empty database there would give them other passwords, and shut out whoever uses them.
fn of_roles(config: &Config, owner_url: &str) -> Result<(), OpenError> {
    let logins = origin::roles_with_login(owner_url)?;
    let keys = match Keys::read(&config.keys_folder()) {
        Ok(keys) => keys,
        Err(_) if logins.is_empty() => return Ok(()),
        Err(_) => return Err(Refused::RolesOfOthers(logins[0].role()).into()),
    };
    match logins.into_iter().find(|login| !origin::lets_in(&role_url(owner_url, &keys, *login))) {
        Some(login) => Err(Refused::RolesOfOthers(login.role()).into()),
        None => Ok(()),
    }
}

/// For a command that makes keys or tokens and opens no database: whether it may, in this configuration.
pub fn of_settings(config: &Config, patience: Duration) -> Result<(), OpenError> {
    of_folders(config)?;
    match &config.database_url {
        Some(url) if config.is_development() => of_database(config, url, false, patience),
        _ => Ok(()),
    }
}
