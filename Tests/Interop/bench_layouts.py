#!/usr/bin/env python3
"""Reading datasets of other programs where they lie, beside h5py (and Pillow for JPEG rows): every frame of every episode, hashed.

    python bench_layouts.py --orrery PROGRAM [--folder DIR] [--repeats N]      # needs numpy h5py hdf5plugin pillow

Both sides take turns in one run, and hashes must agree. The program's time is that of the whole command, its start and its children
among it; h5py's is of the loop alone, in a process that is warm.
"""
import argparse, hashlib, io, json, os, subprocess, time
import h5py, hdf5plugin, numpy as np
from PIL import Image

EPISODES, FRAMES, SIDE = 20, 200, 96
noise = np.random.default_rng(1)


def run(frames, h=SIDE, w=SIDE):
    """A slope that slides, with a little noise: packs as footage does."""
    y, x = np.mgrid[:h, :w]
    ground = np.stack([x * 3 % 256, y * 2 % 256, (x + y) % 256], -1).astype(np.uint8)
    return np.stack([np.roll(ground, 2 * t, 1) + noise.integers(0, 6, ground.shape, dtype=np.uint8) for t in range(frames)])


def demos(path, **packing):
    with h5py.File(path, "w") as f:
        f.create_group("data").attrs["env_args"] = json.dumps({"env_kwargs": {"control_freq": 20}})
        for k in range(EPISODES):
            f.create_dataset(f"data/demo_{k}/obs/a_image", data=run(FRAMES), **packing)
            f[f"data/demo_{k}/actions"] = np.zeros((FRAMES, 7))


def read_demos(path):
    with h5py.File(path) as f:
        for name in f["data"]:
            yield f[f"data/{name}/obs/a_image"][:]


def steps(path, **packing):
    with h5py.File(path, "w") as f:
        f.create_dataset("pixels", data=np.concatenate([run(FRAMES) for _ in range(EPISODES)]), **packing)
        f["action"], f["ep_len"] = np.zeros((EPISODES * FRAMES, 2), "f4"), np.full(EPISODES, FRAMES)
        f["ep_offset"] = np.arange(EPISODES) * FRAMES


def read_steps(path):
    with h5py.File(path) as f:
        for first, count in zip(f["ep_offset"][:], f["ep_len"][:]):
            yield f["pixels"][first:first + count]


def pictures(path):
    rows = []
    for frame in run(300, 240, 320):
        room = io.BytesIO()
        Image.fromarray(frame).save(room, "JPEG", quality=90)
        rows.append(np.frombuffer(room.getvalue(), np.uint8))
    with h5py.File(path, "w") as f:
        table = f.create_dataset("observations/images/cam", (300, max(map(len, rows))), np.uint8)
        for i, row in enumerate(rows):
            table[i, :len(row)] = row
        f["observations/qpos"] = f["action"] = np.zeros((300, 14), "f4")


def read_pictures(path):
    with h5py.File(path) as f:
        yield np.stack([np.asarray(Image.open(io.BytesIO(row.tobytes()))) for row in f["observations/images/cam"]])


whole = dict(chunks=(8, SIDE, SIDE, 3))
SETS = {
    "robomimic, gzip, h5py's own chunks": (demos, dict(compression="gzip"), read_demos),
    "robomimic, in one piece": (demos, {}, read_demos),
    "steps, a frame a chunk": (steps, dict(chunks=(1, SIDE, SIDE, 3)), read_steps),
    "steps, gzip": (steps, dict(**whole, compression="gzip"), read_steps),
    "steps, lzf": (steps, dict(**whole, compression="lzf"), read_steps),
    "steps, zstd, 100 frames a chunk": (steps, dict(chunks=(100, SIDE, SIDE, 3), **hdf5plugin.Zstd()), read_steps),
    "steps, blosc": (steps, dict(**whole, **hdf5plugin.Blosc(cname="lz4")), read_steps),
    "steps, lz4": (steps, dict(**whole, **hdf5plugin.LZ4()), read_steps),
    "steps, bitshuffle": (steps, dict(**whole, **hdf5plugin.Bitshuffle(cname="lz4")), read_steps),
    "steps, szip": (steps, dict(**whole, compression="szip"), read_steps),
    "aloha, JPEG": (pictures, {}, read_pictures),
}

words = argparse.ArgumentParser()
words.add_argument("--orrery", required=True)
words.add_argument("--folder", default="bench-layouts")
words.add_argument("--repeats", type=int, default=5)
said = words.parse_args()
os.makedirs(said.folder, exist_ok=True)
print(f"{'set':40}{'h5py s':>9}{'orrery s':>9}{'ratio':>7}")
for i, (name, (make, packing, read)) in enumerate(SETS.items()):
    path = os.path.join(said.folder, f"{i}.hdf5")
    if not os.path.exists(path):
        make(path, **packing)
    theirs, ours = [], []
    for _ in range(said.repeats):
        begin = time.perf_counter()
        hashes = sorted(hashlib.sha256(frames).hexdigest() for frames in read(path))
        theirs.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        out = subprocess.run([said.orrery, "dataset", "inspect", path, "--json", "--hash"], capture_output=True, check=True).stdout
        ours.append(time.perf_counter() - begin)
        assert sorted(clip["frames_sha256"] for clip in json.loads(out)["clips"]) == hashes, name
    print(f"{name:40}{min(theirs):9.3f}{min(ours):9.3f}{min(theirs) / min(ours):7.2f}", flush=True)
