//! Files and folders that only their owner reads.

use std::{fs, io, path::Path};

use aws_lc_rs::rand;

/// Makes a folder that is closed to others, and closes one that is not.
pub fn folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    close(path, 0o700)
}

/// Makes a file, or empties one that an attempt left, readable and writable by its owner only.
pub fn file(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    close(path, 0o600)?;
    Ok(file)
}

/// Takes from everybody but the owner what they may do with a file or folder; what the owner may is at most `mode`.
fn close(path: &Path, mode: u32) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let now = fs::metadata(path)?.permissions().mode();
        // Whoever may not change it need not, when it is closed already.
        if now & 0o077 != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(now & mode))?;
        }
    }
    Ok(())
}

/// Writes a file that is not there yet, readable by its owner only; closes one that is there. It is written beside and linked: the
/// name appears with the whole content behind it, whoever dies meanwhile, and never replaces what another process has just made.
pub fn put_once(folder: &Path, name: &str, content: &str) -> io::Result<()> {
    let path = folder.join(name);
    if path.exists() {
        return close(&path, 0o600);
    }
    let mut random = [0u8; 16];
    rand::fill(&mut random).map_err(|_| io::Error::other("no random bytes"))?;
    let draft = folder.join(format!("{name}.{}", hex::encode(random)));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    io::Write::write_all(&mut file, content.as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, &path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
