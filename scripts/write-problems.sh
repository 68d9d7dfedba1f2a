#!/usr/bin/env bash
# Replaces the table of docs/problems.md by what the program knows.
set -euo pipefail
cd "$(dirname "$0")/.."
page=docs/problems.md
sed -i '/^| type |/,$d' "$page"
target/debug/insula problems >> "$page"
