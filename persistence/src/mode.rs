//! The two modes, and the mark in a folder that says whose it is.

use std::{fmt, fs, io, path::Path, str::FromStr};

use crate::private;

/// How far Insula trusts its environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Creates its own keys, issues its own tokens, enters invented hospitals, moves the clock.
    Development,
    /// Requires keys and an external token issuer, and creates nothing itself.
    Production,
}

impl Mode {
    /// The word in settings and marks.
    pub const fn name(self) -> &'static str {
        match self {
            Mode::Development => "development",
            Mode::Production => "production",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// Neither of the two words.
#[derive(Debug, thiserror::Error)]
#[error("the mode is `development` or `production`")]
pub struct NoMode;

impl FromStr for Mode {
    type Err = NoMode;

    fn from_str(text: &str) -> Result<Mode, NoMode> {
        [Mode::Development, Mode::Production].into_iter().find(|mode| mode.name() == text).ok_or(NoMode)
    }
}

/// The file that marks a folder: that of the keys, and the data folder of a production service.
const FILE: &str = "mode";

/// Whose a folder is by its mark.
///
/// # Errors
/// The mark cannot be read, or is neither word.
pub fn of_folder(folder: &Path) -> io::Result<Option<Mode>> {
    match fs::read_to_string(folder.join(FILE)) {
        Ok(text) => text.trim().parse().map(Some).map_err(|error: NoMode| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", folder.join(FILE).display()))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Marks a folder that is not marked yet, and makes it, closed to others, when it is not there.
///
/// # Errors
/// Those of the file system.
pub fn mark_folder(folder: &Path, mode: Mode) -> io::Result<()> {
    if !folder.exists() {
        private::folder(folder)?;
    }
    private::put_once(folder, FILE, mode.name())
}
