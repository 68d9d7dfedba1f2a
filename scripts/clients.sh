#!/usr/bin/env bash
# Generates clients from the committed openapi.yaml, compiles them strictly, lets each play the short story on a
# service of its own, and says at the end what became of each. It installs, below target/clients: packages of PyPI
# (clients/requirements.txt), of the npm registry (clients/*/package.json) and of crates.io (clients/rust/Cargo.toml).
# As root it also installs Debian's JDK and annotations for Java, if they are missing.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$root/target/clients
packages=$work/packages
mkdir -p "$work"
rm -rf "$packages"
mkdir "$packages"
cargo build --bin insula
version=$(sed -n 's/^  version: "\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' openapi.yaml | head -n 1)

echo '== the document'
python3 -m venv "$work/venv"
PATH=$work/venv/bin:$PATH
pip install --quiet --disable-pip-version-check --requirement clients/requirements.txt
npm_install() { npm install --silent --no-audit --no-fund --no-package-lock "$@"; }
mkdir -p "$work/document"
cp clients/document/package.json "$work/document/"
(cd "$work/document" && npm_install)
openapi-spec-validator openapi.yaml
REDOCLY_TELEMETRY=off "$work/document/node_modules/.bin/redocly" lint --extends recommended --format summary \
    openapi.yaml

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
# A token for a role: of no organisation, of a hospital or of an insurer, whichever has that role.
token() {
    local organisation
    for organisation in '' '--hospital 71000436' '--insurer 319'; do
        # shellcheck disable=SC2086
        if "$root/target/debug/insula" token --data "$work/data" $organisation --role "$1" 2>/dev/null; then return; fi
    done
    return 1
}
STUDY_LEAD=$(token studyLead)
INSURER=$(token insurerBilling)
OFFICER=$(token conventionOfficer)
DATA_MANAGER=$(token dataManager)
export STUDY_LEAD INSURER OFFICER DATA_MANAGER
# An invented person, born in March 1980.
niss() { printf '%s%02d' "$1" $((97 - 10#$1 % 97)); }
served() {
    python3 -c 'import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read().decode())' "$INSULA_URL/doc/$1"
}

echo '== as YAML 1.1 and as JSON, the contract is the same'
served openapi.json >"$work/served.json"
python3 - "$work/served.json" <<'PYTHON'
import json, sys, yaml
read = yaml.safe_load(open("openapi.yaml"))
sys.exit(0 if read == json.load(open(sys.argv[1])) else "a reader of YAML 1.1 sees another contract")
PYTHON

table=$work/table
printf '%-12s %-40s %-9s %-6s %s\n' language generator compiled story 'what it cannot do, and why' >"$table"
# Lets in_<folder> generate, compile and play in a folder of its own, with the files of clients/<folder>. It says what
# it reaches and what it cannot do; whatever becomes of it, the next one follows.
failed=0
client() {
    local folder=$1 language=$2 generator=$3 status
    echo "== $language: $generator"
    notes=$work/notes
    : >"$notes"
    mkdir -p "$work/$folder"
    cp -r "clients/$folder/." "$work/$folder/"
    set +e
    (set -e; cd "$work/$folder"; "in_$folder")
    status=$?
    set -e
    [ "$status" -eq 0 ] || { failed=1; cannot 'failed, see above'; }
    reached() { if grep -qx "$1" "$notes"; then echo yes; else echo no; fi; }
    printf '%-12s %-40s %-9s %-6s %s\n' "$language" "$generator" "$(reached compiled)" "$(reached played)" \
        "$(sed -n 's/^cannot: //p' "$notes" | paste -sd ';')" >>"$table"
}
reaches() { echo "$1" >>"$notes"; }
cannot() { echo "cannot: $1" >>"$notes"; }
quietly() { "$@" >step.log 2>&1 || { cat step.log; return 1; }; }

annotations=/usr/share/java/jakarta-annotation-api.jar
has_jdk() {
    if command -v javac >/dev/null && [ -e "$annotations" ]; then return; fi
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        echo 'installing Debian'\''s packages default-jdk-headless and libjakarta-annotation-api-java …'
        apt-get update -q >apt.log 2>&1 || true
        DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
            default-jdk-headless libjakarta-annotation-api-java >>apt.log 2>&1 </dev/null || tail -n 5 apt.log
    fi
    command -v javac >/dev/null && [ -e "$annotations" ]
}

in_typescript() {
    npm_install
    npx openapi-typescript "$root/openapi.yaml" --output contract.ts
    rm -rf dist
    npx tsc
    npm pkg set "version=$version"
    cp "$root/LICENSE" .
    quietly npm pack --pack-destination "$packages"
    cd story
    npm_install "$packages/insula-client-$version.tgz"
    npx tsc
    reaches compiled
    NISS=$(niss 800301002) node out/story.js
    reaches played
}

in_typescript-fetch() {
    has_jdk || { cannot 'no JDK: the generator is a Java program'; return; }
    npm_install
    rm -rf client
    quietly openapi-generator-cli generate -g typescript-fetch -i "$root/openapi.yaml" -o client \
        --additional-properties=importFileExtension=.js
    npx tsc
    reaches compiled
    NISS=$(niss 800302002) node out/story.js
    reaches played
}

in_python() {
    rm -rf insula_client
    quietly openapi-python-client generate --path "$root/openapi.yaml" --output-path insula_client --meta none \
        --overwrite --config config.yml
    if grep -A12 WARNING step.log; then return 1; fi
    # The generator forgets an import where a body has several media types and there is no query.
    find insula_client/api -name '*.py' -exec \
        sed -i 's/^from \.\.\.types import Response, UNSET$/from ...types import Response, UNSET, Unset/' {} +
    touch insula_client/py.typed
    cp "$root/LICENSE" .
    sed -i "s/^version = .*/version = \"$version\"/" pyproject.toml
    pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$packages" "$PWD"
    pip install --quiet --disable-pip-version-check --force-reinstall "$packages"/insula_client-*.whl
    mypy --strict insula_client story.py
    reaches compiled
    NISS=$(niss 800303003) python3 -P story.py
    reaches played
    cannot 'CSV, NDJSON, pictures, PDF: its HTTP client reads them; of several media types of a body it names the last'
}

in_java() {
    has_jdk || { cannot 'no JDK, or no jakarta-annotation-api.jar'; return; }
    rm -rf client classes
    local package=be.insula.client
    quietly openapi-generator-cli generate -g java --library native -i "$root/openapi.yaml" -o client \
        --additional-properties=openApiNullable=false,useJakartaEe=true,supportUrlQuery=false,bigDecimalAsString=true \
        --invoker-package "$package" --api-package "$package.api" --model-package "$package.model" \
        --global-property=apis,models,supportingFiles,apiTests=false,modelTests=false,apiDocs=false,modelDocs=false
    # Debian has no module of Jackson for java.time; the generator's own jar holds all of Jackson.
    local libraries
    libraries=$(python3 -c 'import openapi_generator_cli as g; print(g.__path__[0])')/openapi-generator.jar:$annotations
    # The generated code uses what Jackson deprecates, and serializes nothing by Java's own means.
    find client/src/main -name '*.java' >sources
    javac -Xlint:all,-deprecation,-serial -Werror -proc:none -d classes -cp "$libraries" @sources Story.java
    reaches compiled
    NISS=$(niss 800304004) java -cp "classes:$libraries" Story
    reaches played
    cannot 'CSV, NDJSON: its HTTP client reads them'
}

in_rust() {
    served openapi.progenitor.json >openapi.progenitor.json
    # The versions that Insula itself is locked to.
    cp "$root/Cargo.lock" .
    cargo build --quiet
    reaches compiled
    NISS=$(niss 800305005) target/debug/story
    reaches played
    cannot 'reads a derived document; CSV, NDJSON: its HTTP client reads them'
}

in_collection() {
    npm_install
    local file=$packages/insula-$version.postman_collection.json role tokens=()
    python3 collection.py "$root/openapi.yaml" "$file"
    for role in $(python3 collection.py "$root/openapi.yaml" --roles); do
        tokens+=(--env-var "$role=$(token "$role")")
    done
    reaches compiled
    npx newman run "$file" --reporters cli --reporter-cli-no-banner --env-var "baseUrl=$INSULA_URL" "${tokens[@]}" \
        --folder Beneficiaries --folder 'Create a draft.' --folder 'Save a part of a draft.' \
        --folder 'Check a registration.' --folder 'Delete a registration.' \
        --folder 'Coded data' --folder 'Reference data'
    reaches played
    cannot 'requests on what an earlier state must hold (a night, a code, a merger)'
}

client typescript TypeScript 'openapi-typescript, openapi-fetch'
client typescript-fetch TypeScript 'openapi-generator typescript-fetch'
client python Python openapi-python-client
client java Java 'openapi-generator java, native'
client rust Rust progenitor
client collection Postman 'clients/collection/collection.py, newman'

echo
cat "$table"
echo
echo "Below ${packages#"$root/"}:"
ls "$packages"
exit "$failed"
