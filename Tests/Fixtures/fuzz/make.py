"""Small sound files for FuzzTests to damage. Needs ffmpeg and h5py; writes into this folder.

    python make.py
"""
import hashlib
import pathlib
import struct
import subprocess

import h5py
import numpy as np

here = pathlib.Path(__file__).parent


def ffmpeg(*words):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, words)], check=True)


def pictures():
    source = ("-f", "lavfi", "-i", "testsrc2=size=24x16:rate=8:duration=1")
    for name, kind in ("rgb", "rgb24"), ("grey16", "gray16be"), ("palette", "pal8"):
        ffmpeg(*source, "-frames:v", 1, "-pix_fmt", kind, here / f"{name}.png")
    ffmpeg(*source, "-frames:v", 1, "-pix_fmt", "yuvj420p", "-q:v", 4, here / "baseline.jpg")
    # The same picture lying on its side: orientation 6 (Exif 3.0, §4.6.5.1).
    plain = (here / "baseline.jpg").read_bytes()
    tiff = b"MM\0*" + struct.pack(">I", 8) + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, 6, 0, 0)
    exif = b"Exif\0\0" + tiff
    (here / "turned.jpg").write_bytes(plain[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + plain[2:])
    ffmpeg(*source, "-c:v", "mpeg4", "-pix_fmt", "yuv420p", "-bitexact", here / "plain.mp4")


def datasets():
    frames, clips = 8, 2
    pixels = (np.arange(frames * clips * 16 * 16 * 3) % 251).astype("u1").reshape(-1, 16, 16, 3)

    def digest(part):
        head = b"rgb24\0" + struct.pack("<3I", 16, 16, len(part))
        return hashlib.sha256(head + part.tobytes()).hexdigest()

    for name, layout in ("chunked", dict(chunks=(4, 16, 16, 3), compression="gzip", shuffle=True, fletcher32=True)), ("flat", {}):
        with h5py.File(here / f"{name}.h5", "w") as file:
            file.attrs["fps"] = "8/1"
            file.create_dataset("pixels", data=pixels, **layout)
            file["ep_len"] = np.full(clips, frames, "i4")
            file["ep_offset"] = np.arange(clips, dtype="i8") * frames
            text = h5py.string_dtype()
            file["clip_id"] = np.array(["a", "b"], dtype=text)
            file["caption"] = np.array(["one", "two"], dtype=text)
            file["frames_sha256"] = np.array([digest(pixels[i * 8:i * 8 + 8]) for i in range(clips)], dtype=text)
            file["state"] = np.zeros((frames * clips, 2), "f4")


def texts():
    (here / "captions.csv").write_text('file,caption\nfilm.mp4,"a ball, falling"\n')
    (here / "preferences.csv").write_text("prompt,first,second,winner\n1,a,b,a\n2,a,b,tie\n3,b,a,b\n")
    (here / "manifest.yaml").write_text("""\
schema: orrery.optin/1
id: "urn:uuid:00000000-0000-4000-8000-000000000001"
version: 1
issued: "2026-11-01T00:00:00Z"
default: deny
licensor: {id: "mailto:a@example.org", name: A, role: rightsholder}
assets:
  - {clip: a, content: {frames_sha256: "%s"}, grants: [g1]}
grants:
  - id: g1
    basis: own-work
    licensee: any
    actions: [fine-tune, evaluate]
    purpose: [research]
    commercial: false
    models: [any]
    territory: ["*"]
    valid: {from: "2026-11-01T00:00:00Z", until: null}
""" % ("0" * 64))


pictures()
datasets()
texts()
