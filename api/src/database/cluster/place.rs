//! Where the cluster's files lie, and which user they belong to.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use aws_lc_rs::digest;

use super::error::ClusterError;

/// Names the socket only; nothing listens on a network.
pub(super) const PORT: u16 = 5432;
/// Bytes a socket's path may have: the kernel's field, less its closing NUL.
const SOCKET_PATH_MAX: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// The user Postgres runs as.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner {
    pub uid: u32,
    pub gid: u32,
    /// Insula is root and has to become this user; otherwise it is this user.
    pub switch: bool,
}

/// The cluster's folders.
#[derive(Debug)]
pub(super) struct Place {
    /// Holds the rest; belongs to Insula itself.
    pub home: PathBuf,
    pub data: PathBuf,
    pub sockets: PathBuf,
    pub log: PathBuf,
    pub owner: Owner,
    /// The cluster lies outside Insula's data folder.
    pub outside: bool,
}

/// Makes the folder if need be and gives its one true path, which the names of other things are derived from.
pub(super) fn prepare_data_dir(path: &Path) -> Result<PathBuf, ClusterError> {
    fs::create_dir_all(path)
        .and_then(|()| fs::canonicalize(path))
        .map_err(|source| ClusterError::io("create the folder", path, source))
}

/// The lock goes with the process, however it ends; the number in the file is only for the other one's message.
pub(super) fn lock(data_dir: &Path) -> Result<File, ClusterError> {
    let path = data_dir.join("lock");
    let refused = |source| ClusterError::io("lock", &path, source);
    let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
    let mut file = options.map_err(refused)?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(refused)?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let known = file.read_to_string(&mut pid).is_ok() && !pid.trim().is_empty();
            let by = if known { format!(" (process {})", pid.trim()) } else { String::new() };
            Err(ClusterError::InUse { data_dir: data_dir.to_owned(), by })
        }
        Err(TryLockError::Error(source)) => Err(refused(source)),
    }
}

/// Short name that two data folders do not share.
fn hash(parts: &[&[u8]]) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    hex::encode(context.finish().as_ref().get(..6).unwrap_or_default())
}

/// `cluster_name`, which every process of the server bears in its title. The password makes it differ from a cluster
/// at the same path in a container whose processes are visible here.
pub(super) fn name_of(data_dir: &Path, password: &str) -> String {
    format!("insula-{}", hash(&[data_dir.as_os_str().as_encoded_bytes(), password.as_bytes()]))
}

impl Place {
    pub(super) fn choose(data_dir: &Path) -> Result<Self, ClusterError> {
        let short = format!("insula-{}", hash(&[data_dir.as_os_str().as_encoded_bytes()]));
        let me = current_user()?;
        let inside = data_dir.join("pg-cluster");
        let existing = owner_of(&inside.join("data"));
        if me.uid != 0 {
            return match existing {
                Some((uid, _)) if uid != me.uid => Err(ClusterError::Foreign { data: inside.join("data"), uid }),
                _ => Self::at(inside, me, false, &short),
            };
        }
        let owner = existing.map_or_else(service_user, |(uid, gid)| Ok(Owner { uid, gid, switch: true }))?;
        make_dir(&inside, 0o711)?;
        if owner.enters(&inside) {
            return Self::at(inside, owner, false, &short);
        }
        if existing.is_some() {
            return Err(ClusterError::Unreachable { path: inside, uid: owner.uid });
        }
        // Root's home is closed to others, and so is a checkout in it: the cluster has to lie elsewhere.
        fs::remove_dir(&inside).map_err(|source| ClusterError::io("remove the empty folder", &inside, source))?;
        let outside = Path::new("/var/tmp").join(&short);
        make_dir(&outside, 0o711)?;
        require_private(&outside, me.uid, 0o022)?;
        let owner = owner_of(&outside.join("data")).map_or(owner, |(uid, gid)| Owner { uid, gid, switch: true });
        if !owner.enters(&outside) {
            return Err(ClusterError::Unreachable { path: outside, uid: owner.uid });
        }
        Self::at(outside, owner, true, &short)
    }

    fn at(home: PathBuf, owner: Owner, outside: bool, short: &str) -> Result<Self, ClusterError> {
        make_dir(&home, 0o711)?;
        let near = home.join("socket");
        // In PostgreSQL's list of socket folders a comma or quote would need quoting twice over: keep to plain names.
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-".contains(byte);
        let bytes = near.as_os_str().as_encoded_bytes();
        let fits = bytes.len() + format!("/.s.PGSQL.{PORT}").len() <= SOCKET_PATH_MAX && bytes.iter().all(plain);
        let sockets = if fits { near } else { Path::new("/tmp").join(short) };
        Ok(Self { data: home.join("data"), log: home.join("log"), sockets, home, owner, outside })
    }

    /// The folder of the socket; closed to others, as the socket itself is open to all.
    pub(super) fn prepare_sockets(&self) -> Result<(), ClusterError> {
        self.owner.make_dir(&self.sockets)?;
        require_private(&self.sockets, self.owner.uid, 0o077)
    }

    /// Major version of the cluster that is there already.
    pub(super) fn made_by(&self) -> Result<Option<u32>, ClusterError> {
        let path = self.data.join("PG_VERSION");
        match fs::read_to_string(&path) {
            Ok(text) => text.trim().parse().map(Some).map_err(|_| {
                ClusterError::io("read the version in", &path, io::Error::from(io::ErrorKind::InvalidData))
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(ClusterError::io("read", &path, source)),
        }
    }
}

impl Owner {
    /// Makes a closed folder that belongs to the user; its parent must be Insula's own.
    pub(super) fn make_dir(&self, path: &Path) -> Result<(), ClusterError> {
        match DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Ok(()) if self.switch => chown(path, Some(self.uid), Some(self.gid))
                .map_err(|source| ClusterError::io("give away the folder", path, source)),
            Ok(()) => Ok(()),
            Err(source) => Err(ClusterError::io("create the folder", path, source)),
        }
    }

    /// Tried out, because access lists and mounts know more than the mode bits tell.
    fn enters(&self, dir: &Path) -> bool {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "cd \"$0\""]).arg(dir).current_dir("/").stderr(Stdio::null());
        shell.uid(self.uid).gid(self.gid).status().is_ok_and(|status| status.success())
    }
}

fn make_dir(path: &Path, mode: u32) -> Result<(), ClusterError> {
    if path.is_dir() {
        return Ok(());
    }
    // The mode is set again, as the umask may have taken from it.
    DirBuilder::new()
        .mode(mode)
        .create(path)
        .and_then(|()| fs::set_permissions(path, Permissions::from_mode(mode)))
        .map_err(|source| ClusterError::io("create the folder", path, source))
}

/// Names in /tmp and /var/tmp can be guessed: what somebody else put there must not be used.
fn require_private(path: &Path, uid: u32, forbidden: u32) -> Result<(), ClusterError> {
    let meta = fs::symlink_metadata(path).map_err(|source| ClusterError::io("look at", path, source))?;
    if meta.is_dir() && meta.uid() == uid && meta.mode() & forbidden == 0 {
        return Ok(());
    }
    Err(ClusterError::NotPrivate { path: path.to_owned(), uid })
}

fn owner_of(path: &Path) -> Option<(u32, u32)> {
    fs::symlink_metadata(path).ok().map(|meta| (meta.uid(), meta.gid()))
}

/// By `id`, as the standard library does not tell and the owner of a new file is not the user on every file system.
fn current_user() -> Result<Owner, ClusterError> {
    let ask = |flag| {
        let output = Command::new("id").arg(flag).output();
        let number = output
            .and_then(|output| String::from_utf8_lossy(&output.stdout).trim().parse::<u32>().map_err(io::Error::other));
        number.map_err(|source| ClusterError::io("learn its own user by the program", Path::new("id"), source))
    };
    Ok(Owner { uid: ask("-u")?, gid: ask("-g")?, switch: false })
}

fn service_user() -> Result<Owner, ClusterError> {
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let find = |name: &str| {
        let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut numbers = line.split(':').skip(2);
        let (uid, gid) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
        (uid != 0).then_some(Owner { uid, gid, switch: true })
    };
    find("postgres").or_else(|| find("nobody")).ok_or(ClusterError::NoUser)
}
