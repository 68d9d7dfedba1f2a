#!/usr/bin/env bash
# Generates clients from the committed openapi.yaml, compiles them strictly, and lets each play the short story of
# clients/*/story.* on a service of its own. It installs, below target/clients: the packages of clients/typescript from the
# npm registry, those of clients/python from PyPI.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$root/target/clients
mkdir -p "$work"
cargo build --bin insula

echo '== the document'
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --requirement clients/python/requirements.txt
PATH=$work/venv/bin:$PATH
openapi-spec-validator openapi.yaml

echo '== a service'
rm -rf "$work/data"
log=$work/service.log
target/debug/insula serve --listen 127.0.0.1:0 --data "$work/data" >"$log" 2>&1 &
service=$!
trap 'kill "$service" 2>/dev/null; wait "$service" 2>/dev/null || true' EXIT
for _ in $(seq 300); do
    INSULA_URL=$(grep -m1 -oE 'http://127\.0\.0\.1:[0-9]+/insula/v1' "$log" || true)
    [ -z "$INSULA_URL" ] || break
    kill -0 "$service" || { cat "$log"; exit 1; }
    sleep 0.2
done
export INSULA_URL
token() { target/debug/insula token --data "$work/data" "$@"; }
STUDY_LEAD=$(token --hospital 71000436 --role studyLead)
INSURER=$(token --insurer 319 --role insurerBilling)
OFFICER=$(token --role conventionOfficer)
DATA_MANAGER=$(token --role dataManager)
export STUDY_LEAD INSURER OFFICER DATA_MANAGER
# An invented person, born in March 1980.
niss() { printf '%s%02d' "$1" $((97 - 10#$1 % 97)); }

echo '== as YAML 1.1 and as JSON, the contract is the same'
python3 - "$INSULA_URL" <<'PYTHON'
import json, sys, urllib.request, yaml
served = json.load(urllib.request.urlopen(f"{sys.argv[1]}/doc/openapi.json"))
read = yaml.safe_load(open("openapi.yaml"))
sys.exit(0 if read == served else "a reader of YAML 1.1 sees another contract")
PYTHON

echo '== Python: openapi-python-client, mypy --strict'
openapi-python-client generate --path openapi.yaml --output-path "$work/python" --overwrite \
    --config clients/python/config.yml >"$work/python.log" 2>&1 || { cat "$work/python.log"; exit 1; }
if grep -A12 WARNING "$work/python.log"; then exit 1; fi
pip install --quiet --disable-pip-version-check "$work/python"
cp clients/python/story.py "$work/python/"
(cd "$work/python" && mypy --strict insula_client story.py && NISS=$(niss 800301002) python3 story.py)

echo '== TypeScript: openapi-typescript and openapi-fetch, tsc --strict'
mkdir -p "$work/typescript"
cp clients/typescript/* "$work/typescript/"
(
    cd "$work/typescript"
    npm install --silent --no-audit --no-fund --no-package-lock
    npx openapi-typescript "$root/openapi.yaml" --output generated.d.ts
    npx tsc
    NISS=$(niss 800302002) node out/story.js
)
echo 'Every client was generated, compiled and played the story.'
