#!/usr/bin/env bash
# Python peers: what other people's programs make of our files, and ours of theirs. `make interop` calls this after a release build.
#
#   bash Tests/Interop/run.sh            # everything, about two minutes after the first set-up
#   ORRERY=path/to/orrery …              # another build
#   PEERS=path/to/python …               # a Python that has the peers already
set -euo pipefail
cd "$(dirname "$0")/../.."
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
export HF_HUB_OFFLINE=1 TRANSFORMERS_VERBOSITY=error

ORRERY=${ORRERY:-.build/release/orrery}
[ -x "$ORRERY" ] || { echo "$ORRERY is not built: swift build -c release --product orrery" >&2; exit 1; }
if [ -z "${PEERS:-}" ]; then
  bash Tests/Interop/setup.sh
  PEERS=.venv/bin/python
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "== diffusers computes, orrery replays"
"$PEERS" Tests/Interop/make_parity_case.py "$work/case" --heads 3 --head-dim 20 --patch 1 2 3 --frames 4 --height 4 --width 9 --seed 99
for case in "$work/case" Tests/Fixtures/wan-*; do "$ORRERY" parity "$case" | tail -1 | sed "s|^|  $(basename "$case"): |"; done

echo "== orrery writes HDF5, h5py reads"
"$ORRERY" worlds render --scenario projectile --count 24 --size 32 --frames 16 --out "$work/worlds.h5"
"$PEERS" Tests/Interop/check_dataset.py "$work/worlds.h5"

echo "== orrery exports, diffusers and numpy make the same video"
experiment() {  # name, model patch, codec, objective, steps
  cat > "$work/$1.yaml" <<YAML
name: $1
data: [{path: worlds.h5}]
window: 16
consent: {unsigned: [own-work]}
model: {dim: 64, heads: 2, layers: 2, ffn: 128, patch: $2}
codec: $3
objective: {prediction: $4}
levels: {prefix_share: 0.5, prefix_frames: 4}
train: {steps: $5, batch: 4, rate: 2.0e-3, warmup: 5, ema: 0.9}
record: {evaluate: 0, sample: 0, checkpoint: 1000}
YAML
  "$ORRERY" finetune "$work/$1.yaml" --runs "$work/runs" > /dev/null 2> "$work/log" || { cat "$work/log" >&2; exit 1; }
  "$ORRERY" export "$(ls -d "$work/runs/$1"-*)" --out "$work/$1" 2> /dev/null
}
experiment depth "[2, 2, 2]" "{kind: space-to-depth, space: 4}" x0 300
experiment haar "[1, 1, 1]" "{kind: haar, time: 2, space: 8}" velocity 60
"$PEERS" Tests/Interop/check_export.py "$work/depth" "$work/haar"
"$PEERS" Tests/Interop/decode.py "$work/depth" --out "$work/frames.npy" --caption 0 --steps 4

echo "== the worlds' oracles still say what the fixtures do"
"$PEERS" -c 'import scipy, Box2D' 2>/dev/null || "$PEERS" -m pip install --quiet --disable-pip-version-check scipy==1.17.1 Box2D==2.3.10
"$PEERS" Tests/Interop/make_elliptic.py --check Tests/Fixtures/elliptic/ellipj.json
"$PEERS" Tests/Interop/make_phyworld.py --check Tests/Fixtures/phyworld/box2d.json

echo "== orrery reports, other readers validate"
bash Tests/Interop/reports.sh

echo "== orrery writes notebooks, Jupyter runs them"
bash Tests/Interop/notebooks.sh

echo "== orrery writes pages, a browser shows them"
bash Tests/Interop/pages.sh

echo "== scipy, scikit-learn and statsmodels on the statistics"
bash Tests/Interop/statistics.sh

echo "== OpenCV on the scenes our flow is tested on"
"$PEERS" Tests/Interop/oracle_flow.py --check Tests/Fixtures/flow
"$PEERS" Tests/Interop/bench_flow.py --orrery "$ORRERY" --size 480x272 --rounds 1
echo "== orrery measures, other programs measure the same"
bash Tests/Interop/metrics.sh
echo "== scipy and scikit-learn still say what the physics fixture does"
"$PEERS" -c 'import scipy, sklearn' 2>/dev/null || "$PEERS" -m pip install --quiet --disable-pip-version-check scipy==1.17.1 scikit-learn==1.9.1
"$PEERS" Tests/Interop/oracle_physics.py --check Tests/Fixtures/physics-oracle/expected.json

echo "== orrery measures with published networks, PyTorch and lpips say the same"
bash datasets/lpips/make.sh && bash datasets/i3d/make.sh
"$PEERS" -c 'import lpips, scipy, h5py' 2>/dev/null || "$PEERS" -m pip install --quiet --disable-pip-version-check lpips==0.1.4 torchvision scipy==1.17.1 h5py
"$PEERS" Tests/Interop/check_learnt.py "$ORRERY" "$work" datasets

echo "== all peers agree"
