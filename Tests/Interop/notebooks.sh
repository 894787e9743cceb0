#!/usr/bin/env bash
# Notebooks of `bench` and `compare`, validated and run by Jupyter's own libraries, in a light virtual environment (.venv-notebooks).
#
#   bash Tests/Interop/notebooks.sh             # needs a built orrery (ORRERY=path to name another)
#   NOTEBOOK_PEERS=path/to/python …             # a Python that has the peers already
set -euo pipefail
cd "$(dirname "$0")/../.."
ORRERY=${ORRERY:-.build/release/orrery}
[ -x "$ORRERY" ] || { echo "$ORRERY is not built: swift build -c release --product orrery" >&2; exit 1; }

PEERS=${NOTEBOOK_PEERS:-}
if [ -z "$PEERS" ]; then
  PEERS=.venv-notebooks/bin/python
  peers_import() { "$PEERS" -c 'import nbformat, nbclient, ipykernel, numpy, matplotlib' 2>/dev/null; }
  if ! { [ -x "$PEERS" ] && peers_import; }; then
    PYTHON=${PYTHON:-python3}
    "$PYTHON" -c 'import venv, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
      { echo "the notebook peers need Python 3.11 or later with venv:  sudo apt-get install -y python3-venv" >&2; exit 1; }
    [ -x "$PEERS" ] || "$PYTHON" -m venv .venv-notebooks
    "$PEERS" -m pip install --quiet --disable-pip-version-check nbformat==5.10.4 nbclient==0.10.2 ipykernel==6.30.1 numpy==2.4.6 matplotlib==3.11.2
    peers_import || { echo "the notebook peers do not import; remove .venv-notebooks and run this again" >&2; exit 1; }
  fi
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ORRERY_HOME="$work/home"

"$ORRERY" worlds render --scenario free-fall --count 64 --size 32 --frames 16 --out "$work/worlds.h5" > /dev/null 2>&1
for seed in 0 1; do
  cat > "$work/run$seed.yaml" <<YAML
name: run$seed
seed: $seed
data: [{path: worlds.h5}]
window: 16
consent: {unsigned: [own-work]}
model: {dim: 32, heads: 2, layers: 1, ffn: 64, patch: [4, 2, 2], freq_dim: 32}
codec: {space: 4}
levels: {prefix_share: 0.9, prefix_frames: 4}
train: {steps: 60, batch: 4, rate: 2.0e-3, warmup: 5, ema: 0.9}
record: {evaluate: 30, sample: 0, checkpoint: 60}
sampler: {steps: 3}
YAML
  "$ORRERY" finetune "$work/run$seed.yaml" --runs "$work/runs" > /dev/null 2> "$work/log" || { cat "$work/log" >&2; exit 1; }
  "$ORRERY" bench "run$seed" --runs "$work/runs" --count 12 > /dev/null 2> "$work/log" || { cat "$work/log" >&2; exit 1; }
done
"$ORRERY" compare run0 run1 --runs "$work/runs" --out "$work/compared" > /dev/null 2> "$work/log" || { cat "$work/log" >&2; exit 1; }
"$PEERS" Tests/Interop/check_notebook.py "$work"/runs/run0-*/bench/*.ipynb "$work/compared/comparison.ipynb"
