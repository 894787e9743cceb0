#!/usr/bin/env bash
# Our verdict on content credentials beside libc2pa's, case by case. Part of `make interop`, and of .ci/run.
#
#   bash Tests/Interop/credentials.sh                 # about a minute after the first set-up
#   ORRERY=path/to/orrery C2PA=path/to/python …       # another build, a Python that has c2pa-python already
set -euo pipefail
cd "$(dirname "$0")/../.."
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE

ORRERY=${ORRERY:-.build/release/orrery}
[ -x "$ORRERY" ] || { echo "$ORRERY is not built: swift build -c release --product orrery" >&2; exit 1; }
if [ -z "${C2PA:-}" ]; then
  C2PA=.venv-credentials/bin/python
  if ! "$C2PA" -c 'import c2pa, cryptography' 2>/dev/null; then
    PYTHON=${PYTHON:-python3}
    "$PYTHON" -c 'import venv, sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
      { echo "the credentials check needs Python 3.10 or later with venv:  sudo apt-get install -y python3-venv" >&2; exit 1; }
    "$PYTHON" -m venv .venv-credentials
    "$C2PA" -m pip install --quiet --disable-pip-version-check c2pa-python==0.38.1 cryptography
  fi
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ORRERY_HOME="$work/home"

echo "== orrery signs, libc2pa verifies; libc2pa signs, orrery verifies; both look at the same damage"
cat > "$work/tiny.yaml" <<YAML
name: tiny
data: [{path: worlds.h5}]
window: 8
consent: {unsigned: [own-work]}
model: {dim: 32, heads: 2, layers: 1, ffn: 64, patch: [2, 2, 2]}
codec: {kind: space-to-depth, space: 4}
objective: {prediction: x0}
levels: {prefix_share: 0.5, prefix_frames: 4}
train: {steps: 4, batch: 2, rate: 1.0e-3, warmup: 1, ema: 0.9}
record: {evaluate: 0, sample: 0, checkpoint: 4}
YAML
quietly() { "$@" > "$work/log" 2>&1 || { cat "$work/log" >&2; echo "failed: $*" >&2; exit 1; }; }
quietly "$ORRERY" worlds render --scenario free-fall --count 8 --size 32 --frames 8 --out "$work/worlds.h5"
quietly "$ORRERY" finetune "$work/tiny.yaml" --runs "$work/runs"
run=$(ls -d "$work/runs/tiny"-*)
quietly "$ORRERY" sample "$run" --count 1 --steps 2 --out "$work/samples"
quietly "$ORRERY" sample "$run" --count 1 --steps 2 --out "$work/continued" --clip "$work/worlds.h5" --clip-id free-fall/id-val/000000 --unsigned own-work
quietly "$ORRERY" bench "$run" --count 2 --steps 2 --out "$work/bench"
quietly "$ORRERY" export "$run" --out "$work/model"
quietly "$ORRERY" credentials sign "$(ls "$work"/samples/*.mp4)" --out "$work/again.mp4"
"$C2PA" Tests/Interop/check_credentials.py "$ORRERY" "$work" "${TABLE:-}"
