#!/usr/bin/env bash
# Plays DoorKey and writes minigrid.h5 here. Needs python3 with venv and pip.
set -euo pipefail
cd "$(dirname "$0")"
[ -f minigrid.h5 ] && exit 0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet minigrid==3.2.0 gymnasium==1.4.0 h5py==3.16.0 numpy
PYTHONPATH=.. "$folder/venv/bin/python" minigrid_door.py minigrid.h5.part "$@"
mv minigrid.h5.part minigrid.h5
