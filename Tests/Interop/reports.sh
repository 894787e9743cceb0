#!/usr/bin/env bash
# Consent reports held against other people's programs, in a light virtual environment of its own (.venv-reports; no torch).
#
#   bash Tests/Interop/reports.sh        # needs a built orrery (ORRERY=path to name another)
#   REPORT_PEERS=path/to/python …               # a Python that has the peers already
set -euo pipefail
cd "$(dirname "$0")/../.."
ORRERY=${ORRERY:-.build/release/orrery}
[ -x "$ORRERY" ] || { echo "$ORRERY is not built: swift build -c release --product orrery" >&2; exit 1; }

PEERS=${REPORT_PEERS:-}
if [ -z "$PEERS" ]; then
  PEERS=.venv-reports/bin/python
  peers_import() { "$PEERS" -c 'import mlcroissant, spdx_python_model, rdflib, pyshacl' 2>/dev/null; }
  if ! { [ -x "$PEERS" ] && peers_import; }; then
    PYTHON=${PYTHON:-python3}
    "$PYTHON" -c 'import venv, sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
      { echo "the report peers need Python 3.10 or later with venv:  sudo apt-get install -y python3-venv" >&2; exit 1; }
    [ -x "$PEERS" ] || "$PYTHON" -m venv .venv-reports
    "$PEERS" -m pip install --quiet --disable-pip-version-check mlcroissant==1.1.1 spdx-python-model==0.0.6 rdflib==7.6.0 pyshacl==0.40.1
    peers_import || { echo "the report peers do not import; remove .venv-reports and run this again" >&2; exit 1; }
  fi
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ORRERY_HOME="$work/home"

# Two licensors, one of whom denies commercial use and asks for money, and one clip nobody granted.
"$ORRERY" worlds render --scenario projectile --count 16 --size 32 --frames 12 --out "$work/one.h5" 2> /dev/null > /dev/null
"$ORRERY" worlds render --scenario free-fall --count 16 --size 32 --frames 12 --out "$work/two.h5" 2> /dev/null > /dev/null
"$PEERS" Tests/Interop/check_reports.py terms "$work/one.optin.json" "$work/two.optin.json"
cat > "$work/both.yaml" <<YAML
name: both
data: [{path: one.h5}, {path: two.h5}]
window: 12
consent: {unsigned: [own-work, licence]}
model: {dim: 32, heads: 2, layers: 1, ffn: 64, patch: [4, 2, 2], freq_dim: 32}
codec: {space: 4}
train: {steps: 12, batch: 4, rate: 1.0e-3, warmup: 2}
record: {evaluate: 0, sample: 0, checkpoint: 6}
YAML
"$ORRERY" finetune "$work/both.yaml" --runs "$work/runs" > /dev/null 2> "$work/log" || { cat "$work/log" >&2; exit 1; }
run=$(ls -d "$work"/runs/both-*)
for subject in "$run" "$work/one.h5"; do
  name=$(basename "${subject%.h5}")
  for format in md croissant spdx eu-summary odrl; do
    "$ORRERY" consent report "$subject" --format "$format" --out "$work/reports/$name.$format" > /dev/null 2>> "$work/log" || { cat "$work/log" >&2; exit 1; }
  done
  "$PEERS" Tests/Interop/check_reports.py reports "$work/reports/$name"
done
"$ORRERY" export "$run" --out "$work/model" > /dev/null 2>> "$work/log" || { cat "$work/log" >&2; exit 1; }
"$PEERS" Tests/Interop/check_reports.py export "$work/model"

"$ORRERY" consent royalties --pool 10000.01 EUR "$run" --csv "$work/shares.csv" --out "$work/statement.json" --licensor did:example:two --proof "$work/two.proof" > /dev/null 2>> "$work/log" || { cat "$work/log" >&2; exit 1; }
"$PEERS" Tests/Interop/check_reports.py royalties "$work/statement.json" "$work/shares.csv" "$work/two.proof"
