#!/usr/bin/env bash
# Regenerates the lower part of docs/problems.md from the code.
set -euo pipefail
cd "$(dirname "$0")/.."
page=docs/problems.md
sed -i '/^<!-- From here on/q' "$page"
{ echo; cargo run --quiet --bin insula -- problems; } >> "$page"
