//! The keys. They are files, never stored in the database or its backups. Each purpose has its own key, so that one
//! recipient's pseudonyms reveal nothing about another's, nor about the look-up hashes (BEN-04, TRA-01).

use std::{collections::BTreeMap, fs, io, path::Path};

use aws_lc_rs::{
    aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey},
    hmac, rand,
};
use insula_domain::{parties::beneficiary::NationalNumber, registry::transmission::coded::Pseudonymiser};
use uuid::Uuid;

use crate::{
    error::DbError,
    mode::{self, Mode},
    private,
};

/// Why the keys could not be read.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A key file is missing and may not be created.
    #[error("key file `{0}` is missing; keys are created once, by `insula keys`, and kept apart from the database")]
    Missing(String),
    /// A key file does not hold 32 bytes in hexadecimal.
    #[error("key file `{0}` does not hold 64 hexadecimal digits")]
    Malformed(String),
    /// They are the other mode's.
    #[error("these keys are of {0} mode")]
    OtherMode(Mode),
    /// The folder cannot be read or written.
    #[error("key folder: {0}")]
    Io(#[from] io::Error),
}

/// Every key Insula uses.
pub struct Keys {
    /// For identities at rest, by version: the highest encrypts, all decrypt.
    vault: BTreeMap<i32, LessSafeKey>,
    index: hmac::Key,
    seed: hmac::Key,
    pseudonym: [u8; 32],
    trail: hmac::Key,
    roles: hmac::Key,
}

/// The version of the look-up hash, stored beside every hash.
pub(crate) const INDEX_VERSION: i32 = 1;

const FILES: [&str; 6] = ["vault-1", "index-1", "seed-1", "pseudonym-1", "trail-1", "roles-1"];

impl Keys {
    /// Creates every missing key. The folder is `mode`'s from then on; one that is marked as the other mode's is refused.
    /// Folder and files are closed to everybody but their owner, also those that were there before.
    pub fn create_missing(folder: &Path, mode: Mode) -> Result<(), KeyError> {
        if let Some(of) = mode::of_folder(folder)?.filter(|of| *of != mode) {
            return Err(KeyError::OtherMode(of));
        }
        private::folder(folder)?;
        mode::mark_folder(folder, mode)?;
        for name in FILES {
            let mut bytes = [0u8; 32];
            rand::fill(&mut bytes).map_err(|_| io::Error::other("no random bytes"))?;
            private::put_once(folder, name, &hex::encode(bytes))?;
        }
        Ok(())
    }

    /// Whether a folder holds any key.
    pub fn are_in(folder: &Path) -> bool {
        FILES.iter().any(|name| folder.join(name).exists())
    }

    /// Reads every key of a folder. `vault-2`, `vault-3` … are later versions of `vault-1`.
    pub fn read(folder: &Path) -> Result<Keys, KeyError> {
        let one = |name: &str| -> Result<[u8; 32], KeyError> {
            let text = match fs::read_to_string(folder.join(name)) {
                Ok(text) => text,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(KeyError::Missing(name.to_owned()));
                }
                Err(error) => return Err(error.into()),
            };
            let mut bytes = [0u8; 32];
            hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| KeyError::Malformed(name.to_owned()))?;
            Ok(bytes)
        };
        let mut vault = BTreeMap::new();
        for version in 1.. {
            let name = format!("vault-{version}");
            let bytes = match one(&name) {
                Err(KeyError::Missing(_)) if version > 1 => break,
                other => other?,
            };
            let key = UnboundKey::new(&AES_256_GCM_SIV, &bytes).map_err(|_| KeyError::Malformed(name))?;
            vault.insert(version, LessSafeKey::new(key));
        }
        let mac = |name: &str| one(name).map(|bytes| hmac::Key::new(hmac::HMAC_SHA256, &bytes));
        Ok(Keys {
            vault,
            index: mac("index-1")?,
            seed: mac("seed-1")?,
            pseudonym: one("pseudonym-1")?,
            trail: mac("trail-1")?,
            roles: mac("roles-1")?,
        })
    }

    /// Encrypts `plain` for one `location` (table, column and row), so that a ciphertext cannot be moved elsewhere.
    /// Returns the ciphertext and the version of the key, which is stored beside it.
    pub fn seal(&self, location: &str, plain: &[u8]) -> Result<(Vec<u8>, i32), DbError> {
        let (version, key) = self.vault.last_key_value().ok_or(DbError::Sealed)?;
        let mut nonce = [0u8; 12];
        rand::fill(&mut nonce).map_err(|_| DbError::Sealed)?;
        let mut text = plain.to_vec();
        let aad = Aad::from(format!("{location}|{version}"));
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut text)
            .map_err(|_| DbError::Sealed)?;
        let mut sealed = nonce.to_vec();
        sealed.append(&mut text);
        Ok((sealed, *version))
    }

    /// Decrypts what [`Keys::seal`] encrypted for the same location.
    pub fn open(&self, location: &str, sealed: &[u8], version: i32) -> Result<Vec<u8>, DbError> {
        let key = self.vault.get(&version).ok_or(DbError::Sealed)?;
        let (nonce, text) = sealed.split_at_checked(12).ok_or(DbError::Sealed)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| DbError::Sealed)?;
        let mut text = text.to_vec();
        let aad = Aad::from(format!("{location}|{version}"));
        Ok(key.open_in_place(nonce, aad, &mut text).map_err(|_| DbError::Sealed)?.to_vec())
    }

    /// BEN-04: the hash by which a national number is looked up.
    pub fn niss_index(&self, number: &NationalNumber) -> [u8; 32] {
        tag(&self.index, &["niss", number.expose()])
    }

    /// BEN-02, BEN-03: the hash by which a person without national number is looked up.
    pub fn search_key(&self, normalised: &str) -> [u8; 32] {
        tag(&self.index, &["foreign", normalised])
    }

    /// SYS-03: the hash by which a repeated row of an import is recognised: of its hospital and the caller's reference.
    pub fn import_row(&self, hospital: &str, reference: &str) -> [u8; 32] {
        tag(&self.index, &["import row", hospital, reference])
    }

    /// SYS-03: the hash by which a repeated request is recognised: of its `Idempotency-Key`, in which callers may write
    /// anything (BEN-04).
    pub fn idempotency_key(&self, key: &str) -> [u8; 32] {
        tag(&self.index, &["idempotency key", key])
    }

    /// SYS-03: the hash by which another request under the same key is recognised. A plain hash of a body in which little
    /// but a national number is unknown would tell the number (BEN-04).
    pub fn request(&self, digest: &[u8; 32]) -> [u8; 32] {
        tag(&self.index, &["request", &hex::encode(digest)])
    }

    /// SYS-03: the hash by which an unchanged row of an import is recognised; it reveals nothing of the row (BEN-04).
    pub fn import_digest(&self, content_hash: &str) -> [u8; 32] {
        tag(&self.index, &["import digest", content_hash])
    }

    /// REG-17: the hash by which the token of a calendar feed is recognised.
    pub fn feed_token(&self, token: &str) -> [u8; 32] {
        tag(&self.index, &["feed token", token])
    }

    /// TRA-01: the secret from which a person's pseudonyms are derived. `identifier` is the national number or the
    /// identification code.
    pub fn seed(&self, identifier: &str) -> [u8; 32] {
        tag(&self.seed, &["person", identifier])
    }

    /// SYS-01: the signature of an event of the trail. It covers the identifier, so that an event cannot be duplicated.
    pub fn sign_event(&self, id: Uuid, body: &str) -> [u8; 32] {
        tag(&self.trail, &["event", &id.to_string(), body])
    }

    /// SYS-01: the next link of the trail's chain, over the position, the event's transaction and number, and its
    /// signature.
    pub fn chain(&self, previous: &[u8], position: i64, (xid, seq): (&str, i64), event_mac: &[u8]) -> [u8; 32] {
        let parts = [hex::encode(previous), position.to_string(), seq.to_string(), hex::encode(event_mac)];
        tag(&self.trail, &["chain", &parts[0], &parts[1], xid, &parts[2], &parts[3]])
    }

    /// TRA-03: the random draw of a cell, by which the figures that contain it are shifted: always the same for the same
    /// members, and unpredictable without the key. `cell` is a hash over their pseudonyms or registrations.
    pub fn draw(&self, cell: &str) -> [u8; 32] {
        let root = hmac::Key::new(hmac::HMAC_SHA256, &self.pseudonym);
        let own = hmac::Key::new(hmac::HMAC_SHA256, &tag(&root, &["statistics"]));
        tag(&own, &["cell", cell])
    }

    /// The password of one of Insula's own database roles.
    pub fn role_password(&self, role: &str) -> String {
        hex::encode(tag(&self.roles, &["role", role]))
    }
}

impl Pseudonymiser for Keys {
    fn pseudonym(&self, destination: &str, seed: &[u8]) -> String {
        // A key per destination, so that two recipients cannot link their pseudonyms.
        let root = hmac::Key::new(hmac::HMAC_SHA256, &self.pseudonym);
        let own = hmac::Key::new(hmac::HMAC_SHA256, &tag(&root, &["destination", destination]));
        hex::encode(tag(&own, &["pseudonym", &hex::encode(seed)]))
    }
}

/// HMAC over several parts, each preceded by its length, so that different lists of parts never give the same input.
fn tag(key: &hmac::Key, parts: &[&str]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    let mut bytes = [0u8; 32];
    bytes.copy_from_slice(context.sign().as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        let folder =
            std::env::temp_dir().join(format!("insula-keys-{}-{:?}", std::process::id(), std::thread::current().id()));
        Keys::create_missing(&folder, Mode::Development).unwrap();
        let keys = Keys::read(&folder).unwrap();
        fs::remove_dir_all(folder).unwrap();
        keys
    }

    /// BEN-04: a ciphertext opens only at its location, and only with its key.
    #[test]
    fn a_ciphertext_opens_only_at_its_location() {
        let keys = keys();
        let (sealed, version) = keys.seal("beneficiaries|identity|1", b"secret").unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        assert_eq!(keys.open("beneficiaries|identity|1", &sealed, version).unwrap(), b"secret");
        assert!(keys.open("beneficiaries|identity|2", &sealed, version).is_err());
        assert!(keys.open("beneficiaries|identity|1", &sealed, version + 1).is_err());
        let mut altered = sealed;
        *altered.last_mut().unwrap() ^= 1;
        assert!(keys.open("beneficiaries|identity|1", &altered, version).is_err());
        assert!(keys.open("beneficiaries|identity|1", b"short", version).is_err());
    }

    /// TRA-01: a pseudonym is stable at one destination, and unrelated at another or under other keys.
    #[test]
    fn pseudonyms_are_stable_per_destination() {
        let keys = keys();
        let seed = keys.seed("85073003328");
        assert_eq!(keys.pseudonym("healthdata", &seed), keys.pseudonym("healthdata", &seed));
        assert_ne!(keys.pseudonym("healthdata", &seed), keys.pseudonym("other", &seed));
        assert_ne!(keys.pseudonym("healthdata", &seed), self::keys().pseudonym("healthdata", &seed));
    }

    /// SYS-03: processes that start at the same time get the same, complete keys.
    #[test]
    fn concurrent_processes_create_the_same_keys() {
        let folder = std::env::temp_dir().join(format!("insula-keys-at-once-{}", std::process::id()));
        let pseudonyms: Vec<_> = std::thread::scope(|threads| {
            let make = || {
                Keys::create_missing(&folder, Mode::Development).unwrap();
                Keys::read(&folder).unwrap().pseudonym("healthdata", b"seed")
            };
            let makers: Vec<_> = (0..8).map(|_| threads.spawn(make)).collect();
            makers.into_iter().map(|maker| maker.join().unwrap()).collect()
        });
        assert!(pseudonyms.iter().all(|pseudonym| *pseudonym == pseudonyms[0]));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), FILES.len() + 1, "and the mark");
        fs::remove_dir_all(folder).unwrap();
    }

    /// BEN-04: the look-up hash does not depend on the spelling of a national number.
    #[test]
    fn the_spelling_of_a_number_does_not_matter() {
        let keys = keys();
        let number = |text| NationalNumber::parse(text).unwrap();
        assert_eq!(keys.niss_index(&number("85.07.30-033 28")), keys.niss_index(&number("85073003328")));
    }
}
