#!/usr/bin/env bash
# Runs a step of the gate, and notes in $GATE_STEPS, if that is set, how many minutes it took.
# Usage: scripts/step.sh NAME COMMAND [ARGUMENT ...]
set -euo pipefail
name=$1
shift
note() { [ -z "${GATE_STEPS:-}" ] || printf '%3d:%02d  %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$name" >>"$GATE_STEPS"; }
trap note EXIT
"$@"
