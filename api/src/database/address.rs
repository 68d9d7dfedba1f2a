//! Addresses of the database.

use insula_persistence::{Login, keys::Keys};

/// The address for one of Insula's own roles: a later user and password override those of the owner, in a URL as in the
/// other form libpq takes.
pub fn role_url(owner_url: &str, keys: &Keys, login: Login) -> String {
    let (role, password) = (login.role(), keys.role_password(login.role()));
    if owner_url.contains("://") {
        let join = if owner_url.contains('?') { '&' } else { '?' };
        format!("{owner_url}{join}user={role}&password={password}")
    } else {
        format!("{owner_url} user={role} password={password}")
    }
}
