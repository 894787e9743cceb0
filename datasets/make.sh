#!/usr/bin/env bash
# Makes the datasets that experiments/*.yaml name. Nothing is kept in git but the recipes.
set -euo pipefail
orrery=$(realpath "${1:-.build/release/orrery}")
cd "$(dirname "$0")"
[ -f free-fall/free-fall-32.h5 ] || "$orrery" worlds render --scenario free-fall --count 2400 --frames 32 --sign --out free-fall/free-fall-32.h5
bash big-buck-bunny/make.sh "$orrery"
