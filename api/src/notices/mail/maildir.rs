//! Without a mail server: e-mails are stored in a maildir, where people can read them and nothing counts as sent to
//! its recipients.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use insula_domain::{
    names::MailRoute,
    notices::mail::{MailOutcome, RecipientAnswer},
};

use insula_persistence::private;

use super::{MailTransport, Outgoing};

/// A maildir: an e-mail is written to `tmp` and then moved to `new`; its reader moves it to `cur`.
pub struct Maildir(pub PathBuf);

impl MailTransport for Maildir {
    fn via(&self) -> MailRoute {
        MailRoute::Maildir
    }

    fn within(&self) -> Duration {
        Duration::from_secs(60)
    }

    fn send(&self, letter: &Outgoing) -> MailOutcome {
        match self.keep(letter) {
            Ok(()) => MailOutcome::Answered(vec![RecipientAnswer::Accepted; letter.to.len()]),
            Err(error) => MailOutcome::Later(format!("the maildir did not take it: {}", error.kind())),
        }
    }
}

impl Maildir {
    /// The file name comes from the Message-ID, so a retry writes the same file (NOT-04).
    fn keep(&self, letter: &Outgoing) -> io::Result<()> {
        let [tmp, new, cur] = ["tmp", "new", "cur"].map(|name| self.0.join(name));
        // E-mails name hospitals and staff: nobody else on the machine reads them.
        for folder in [&self.0, &tmp, &new, &cur] {
            private::folder(folder)?;
        }
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-.@".contains(c) { c } else { '_' };
        let name: String = letter.message_id.trim_matches(['<', '>']).chars().map(plain).collect();
        if new.join(&name).exists() || was_read(&cur, &name)? {
            return Ok(());
        }
        let unfinished = tmp.join(format!("{name}.{}", std::process::id()));
        let mut file = private::file(&unfinished)?;
        file.write_all(letter.message)?;
        file.sync_all()?;
        fs::rename(&unfinished, new.join(&name))?;
        // An e-mail reported as stored survives a power cut.
        File::open(&new)?.sync_all()
    }
}

/// Whether a reader has moved it to `cur`, where its name ends in `:2,` and flags.
fn was_read(cur: &Path, name: &str) -> io::Result<bool> {
    for entry in fs::read_dir(cur)? {
        let file = entry?.file_name();
        let file = file.to_string_lossy();
        if file.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')) {
            return Ok(true);
        }
    }
    Ok(false)
}
