#!/usr/bin/env bash
# The direction of dependencies: domain knows neither web, database, clock nor random source; persistence knows no web;
# paper knows none of these, nor the other crates; within each crate no files stand on each other in a circle, and none
# on a higher floor.
set -euo pipefail
cd "$(dirname "$0")/.."
forbid() {
    local package=$1 pattern=$2 found
    found=$(cargo tree --package "$package" --edges normal --prefix none | sort -u | grep -E "$pattern" || true)
    if [ -n "$found" ]; then
        printf '%s must not depend on:\n%s\n' "$package" "$found" >&2
        exit 1
    fi
}
forbid insula-domain '^(actix|utoipa-(actix|swagger)|diesel|r2d2|pq-sys|tokio|reqwest|hyper|rand|getrandom|aws-lc|jsonwebtoken|insula-(persistence|api))'
forbid insula-persistence '^(actix|utoipa-(actix|swagger)|tokio|reqwest|hyper|jsonwebtoken|insula-api)'
forbid insula-paper '^(actix|utoipa|diesel|r2d2|pq-sys|tokio|reqwest|hyper|rand|getrandom|chrono|uuid|aws-lc|insula-(domain|persistence|api))'
# The files within each crate: the floors are listed in tests/layers/main.rs.
cargo test --quiet --package insula-layers
# Time, randomness and identifiers are handed in (the lints forbid the calls; this forbids the clock of chrono as well).
if grep -rnE 'Utc::now|Local::now|SystemTime|Instant::now|Uuid::(new_v4|now_v7)' domain/src persistence/src paper/src; then
    echo 'domain, persistence and paper take time and identifiers from outside.' >&2
    exit 1
fi
# Nothing that decides reads the database's clock, and no SQL is put together from parts that vary.
if grep -rnP '(?<!\.)\b(now\(\)|CURRENT_(DATE|TIMESTAMP)|clock_timestamp)' migrations persistence/src; then
    echo 'SQL takes the instant as a parameter.' >&2
    exit 1
fi
if grep -rnE 'sql_query\(\s*(&)?format!' persistence/src api/src; then
    echo 'SQL is constant text with parameters.' >&2
    exit 1
fi
echo 'Layers hold.'
