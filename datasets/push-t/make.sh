#!/usr/bin/env bash
# Simulates Push-T and writes push-t.h5 here. Needs python3 with venv and pip.
set -euo pipefail
cd "$(dirname "$0")"
[ -f push-t.h5 ] && exit 0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet gym-pusht==0.1.8 pymunk==6.11.1 h5py==3.16.0 numpy
PYTHONPATH=.. "$folder/venv/bin/python" push_t.py push-t.h5.part "$@"
mv push-t.h5.part push-t.h5
