#!/usr/bin/env bash
# Metrics held against other people's programs, in a virtual environment of their own (.venv-metrics; torch for piq alone), and tried on real films.
#
#   bash Tests/Interop/metrics.sh        # needs a built orrery (ORRERY=path to name another)
#   METRIC_PEERS=path/to/python …        # a Python that has the peers already
set -euo pipefail
cd "$(dirname "$0")/../.."
ORRERY=${ORRERY:-.build/release/orrery}
[ -x "$ORRERY" ] || { echo "$ORRERY is not built: swift build -c release --product orrery" >&2; exit 1; }

PEERS=${METRIC_PEERS:-}
if [ -z "$PEERS" ]; then
  PEERS=.venv-metrics/bin/python
  peers_import() { "$PEERS" -c 'import cv2, h5py, piq, safetensors, scipy, skimage' 2>/dev/null; }
  if ! { [ -x "$PEERS" ] && peers_import; }; then
    [ -x "$PEERS" ] || "${PYTHON:-python3}" -m venv .venv-metrics
    PIP=".venv-metrics/bin/python -m pip install --quiet --disable-pip-version-check"
    # The CPU build of torch is a tenth of PyPI's; that one is the fallback.
    $PIP --extra-index-url https://download.pytorch.org/whl/cpu "torch==2.15.0+cpu" 2>/dev/null || $PIP torch==2.15.0
    $PIP numpy==2.3.5 scipy==1.17.1 scikit-image==0.26.0 opencv-python-headless==5.0.0.93 piq==0.8.0 h5py==3.16.0 safetensors==0.8.0
    peers_import || { echo "the metric peers do not import; remove .venv-metrics and run this again" >&2; exit 1; }
  fi
fi

echo "== scikit-image, piq, OpenCV and scipy still say what was frozen, and orrery agrees with them"
"$PEERS" Tests/Interop/oracle_image.py --check Tests/Fixtures/image-oracle/expected.json
"$PEERS" Tests/Interop/oracle_image.py --orrery "$ORRERY"
"$PEERS" Tests/Interop/physics_iq_masks.py "$ORRERY"
bash Tests/Interop/real_videos.sh
