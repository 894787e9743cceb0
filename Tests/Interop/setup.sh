#!/usr/bin/env bash
# Makes .venv/ with what the Python peers need. Nothing in the build or in `make test` needs it.
#
# torch is the one `pip install torch` gives today, 2.15.0. PyPI's build is for CUDA; it runs without a GPU, but needs its nvidia wheels
# to import (`--no-deps` was tried: "libcublasLt.so.* not found"): 5 GB. PyTorch's own index has a CPU build of a tenth of that, which
# is tried first. Both multiply by the same MKL; 2.13.0+cpu was measured too, and differs by 3 to 7 % (docs/LABBOOK.md).
set -euo pipefail
cd "$(dirname "$0")/../.."

TORCH=2.15.0
peers_import() { .venv/bin/python -c 'import torch, diffusers, accelerate, safetensors, h5py, numpy, cv2' 2>/dev/null; }

if [ -x .venv/bin/python ] && peers_import; then exit 0; fi
PYTHON=${PYTHON:-python3}
"$PYTHON" -c 'import venv, sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
  { echo "make interop needs Python 3.10 or later with venv:  sudo apt-get install -y python3-venv" >&2; exit 1; }
[ -x .venv/bin/python ] || "$PYTHON" -m venv .venv
PIP=".venv/bin/python -m pip install --quiet --disable-pip-version-check"
$PIP "torch==$TORCH+cpu" 2>/dev/null ||
  $PIP --extra-index-url https://download.pytorch.org/whl/cpu "torch==$TORCH+cpu" ||
  $PIP "torch==$TORCH"
$PIP diffusers==0.42.1 accelerate safetensors h5py numpy opencv-python-headless==5.0.0.93
peers_import || { echo "the Python peers do not import; remove .venv and run this again" >&2; exit 1; }
