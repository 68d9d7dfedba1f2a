#!/usr/bin/env bash
# Replaces the generated part of docs/problems.md by what the program knows.
set -euo pipefail
cd "$(dirname "$0")/.."
page=docs/problems.md
sed -i '/^<!-- From here on/q' "$page"
{ echo; cargo run --quiet --bin insula -- problems; } >> "$page"
