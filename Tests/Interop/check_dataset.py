"""Opens our HDF5 with h5py and looks for what FORMATS promises of the native layout.

    .venv/bin/python Tests/Interop/check_dataset.py FILE.h5…
"""
import hashlib
import struct
import sys

import h5py
import numpy as np


def check(name, ok, detail=""):
    print(f"  {'ok  ' if ok else 'FAIL'} {name} {detail}")
    if not ok:
        sys.exit(f"failed: {name}")


def text(x):
    return x.decode() if isinstance(x, bytes) else str(x)


for path in sys.argv[1:]:
    print(path)
    with h5py.File(path, "r") as f:
        pixels, length, offset = f["pixels"], f["ep_len"][...], f["ep_offset"][...]
        check("pixels (sum T, H, W, 3) u8", pixels.ndim == 4 and pixels.shape[3] == 3 and pixels.dtype == np.uint8, f"{pixels.shape}")
        check("ep_len and ep_offset tile it", (offset == np.concatenate([[0], np.cumsum(length)[:-1]])).all() and length.sum() == pixels.shape[0], f"{len(length)} clips")
        fps = f.attrs["fps"]
        check("fps", bool(text(fps)), text(fps))
        check("optin_manifest", bool(text(f.attrs["optin_manifest"])), text(f.attrs["optin_manifest"]))
        ids = [text(x) for x in f["clip_id"][...]]
        check("clip_id is unique", len(set(ids)) == len(length), ids[0])
        hashes = [text(x) for x in f["frames_sha256"][...]]
        for i in {0, len(ids) // 2, len(ids) - 1}:
            frames = pixels[offset[i] : offset[i] + length[i]]
            t, h, w, _ = frames.shape
            digest = hashlib.sha256(b"rgb24\0" + struct.pack("<III", w, h, t) + frames.tobytes()).hexdigest()
            check(f"frames_sha256 of {ids[i]}", digest == hashes[i], digest[:16] + "…")
        for name in ("caption", "state", "split"):
            if name in f:
                print(f"       {name}: {f[name].shape} {f[name].dtype}")
