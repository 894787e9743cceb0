#!/usr/bin/env python3
"""What the lossy film costs that the Physics-IQ benchmark keeps its motion masks in, and whether `orrery metrics physics-iq`, which keeps them in
memory, agrees: three drawn scenes on the benchmark's layout, components and scores with masks as computed, with masks through mp4v and back, and ours.

    pip install numpy==2.3.5 opencv-python-headless==5.0.0.93
    python Tests/Interop/physics_iq_masks.py .build/release/orrery
"""
import json
import os
import subprocess
import sys
import tempfile

import cv2
import numpy as np

WIDTH, HEIGHT, FPS, FRAMES = 640, 360, 10, 50


def scene(kind, push, late, frozen=False):
    """Frames of discs that fall and cross; `push` scales their speeds, `late` delays them by frames."""
    random = np.random.default_rng(7)
    coarse = random.uniform(60, 200, (9, 16, 3)) if kind else np.full((9, 16, 3), 170.0)
    plate = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    discs = [(random.uniform(60, 580), random.uniform(30, 120), random.uniform(-90, 90), random.uniform(6, 14) if kind == 2 else random.uniform(22, 40),
              random.uniform(0, 255, 3)) for _ in range((1, 2, 12)[kind])]
    noise = np.random.default_rng(int(1000 * push) + 31 * late + kind)
    for t in range(FRAMES):
        s = max(0, (0 if frozen else t) - late) / FPS
        frame = plate.copy()
        for x, y, v, r, colour in discs:
            centre = (x + v * push * s, min(HEIGHT - r, y + 0.5 * 60 * push * push * s * s))
            cv2.circle(frame, tuple(int(round(c * 16)) for c in centre), int(r * 16), colour.tolist(), -1, cv2.LINE_AA, 4)
        yield np.clip(frame + noise.normal(0, 2.0 if kind else 0.5, frame.shape), 0, 255).astype(np.uint8)


def film(path, frames, colour=True):
    out = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*"mp4v"), FPS, (WIDTH, HEIGHT), isColor=colour)
    for frame in frames:
        out.write(frame)
    out.release()


def read(path):
    film, frames = cv2.VideoCapture(path), []
    while (got := film.read())[0]:
        frames.append(got[1])
    return frames[:FRAMES]


def masks(frames):
    found, average, square = [], None, np.ones((5, 5), np.uint8)
    for frame in frames:
        grey = cv2.GaussianBlur(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), (5, 5), 0)
        if average is None:
            average = grey.astype(float)
            found.append(np.zeros_like(grey))
            continue
        cv2.accumulateWeighted(grey, average, 0.3)
        moved = cv2.threshold(cv2.absdiff(grey, cv2.convertScaleAbs(average)), 10, 255, cv2.THRESH_BINARY)[1]
        found.append(cv2.morphologyEx(cv2.morphologyEx(moved, cv2.MORPH_OPEN, square), cv2.MORPH_CLOSE, square))
    return found


def small(masks):
    return np.array([cv2.resize(m, (WIDTH // 4, HEIGHT // 4)) > 127 for m in masks])


def through_film(masks, folder):
    path = folder + "/mask.mp4"
    film(path, masks, colour=False)
    return [frame[:, :, 0] for frame in read(path)]


def iou(a, b):
    union = (a | b).sum()
    return 1.0 if union == 0 else (a & b).sum() / union


def parts(a, b, first, second):
    wa, wb = a.mean(0), b.mean(0)
    return dict(
        spatial_iou=iou(a.any(0), b.any(0)), spatiotemporal_iou=np.mean([iou(x, y) for x, y in zip(a, b)]),
        weighted_spatial_iou=1.0 if np.maximum(wa, wb).sum() == 0 else np.minimum(wa, wb).sum() / np.maximum(wa, wb).sum(),
        mse=np.mean([np.mean((cv2.resize(x, (WIDTH // 4, HEIGHT // 4)) / 255.0 - cv2.resize(y, (WIDTH // 4, HEIGHT // 4)) / 255.0) ** 2) for x, y in zip(first, second)]))


def verified(model, variance):
    share = [min(model[k] / variance[k], 1) if variance[k] > 0 else 1 for k in ("spatial_iou", "spatiotemporal_iou", "weighted_spatial_iou")]
    return (sum(share) + min((variance["mse"] + 1e-8) / model["mse"], 1)) / 4


def original(samples):
    def mean(side, key):
        return np.mean([s[side][key] for s in samples])
    ratios = [mean(0, k) / mean(1, k) for k in ("spatiotemporal_iou", "spatial_iou", "weighted_spatial_iou")]
    return 100 * min(max(np.mean(ratios) - (mean(0, "mse") - mean(1, "mse")), 0), 1)


def main(orrery):
    with tempfile.TemporaryDirectory() as folder:
        runs = {"late": dict(push=1, late=2), "fast": dict(push=1.1, late=0), "frozen": dict(push=1, late=0, frozen=True)}
        for name in ["real", *runs]:
            os.mkdir(f"{folder}/{name}")
        names = ["ball", "pair", "pieces"]
        direct, filmed = {r: [] for r in runs}, {r: [] for r in runs}
        for kind, name in enumerate(names):
            takes = [f"{folder}/real/000{2 * kind + k}_testing-videos_{FPS}FPS_perspective-left_take-{k}_{name}.mp4" for k in (1, 2)]
            film(takes[0], scene(kind, 1, 0))
            film(takes[1], scene(kind, 1.02, 0))
            made = {run: f"{folder}/{run}/000{2 * kind + 1}_perspective-left_{name}.mp4" for run in runs}
            for run, how in runs.items():
                film(made[run], scene(kind, **how))
            clips = [read(p) for p in takes + list(made.values())]
            exact = [masks(c) for c in clips]
            for store, way in ((direct, exact), (filmed, [through_film(m, folder) for m in exact])):
                way = [small(m) for m in way]
                variance = parts(way[0], way[1], clips[0], clips[1])
                for k, run in enumerate(runs):
                    store[run].append((parts(way[0], way[2 + k], clips[0], clips[2 + k]), variance))
        command = [orrery, "metrics", "physics-iq", "--json", "--real", f"{folder}/real"] + [a for r in runs for a in ("--generated", f"{folder}/{r}")]
        ours = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    lost = max(abs(direct[r][k][s][key] - filmed[r][k][s][key]) for r in runs for k in range(3) for s in (0, 1) for key in direct[r][k][s])
    apart = max(abs(direct[run][k][0][key] - ours["samples"][k]["runs"][n][key]) for n, run in enumerate(runs) for k in range(3) for key in direct[run][k][0])
    print(f"  physics-iq: components move by at most {lost:.4f} through the masks' film; ours differ from the same masks in OpenCV by at most {apart:.4f}")
    for n, run in enumerate(runs):
        v = [np.mean([verified(*s) for s in way[run]]) for way in (direct, filmed)]
        o = [original(way[run]) for way in (direct, filmed)]
        print(f"    {run:7} verified {v[0]:.4f} in memory, {v[1]:.4f} through film, {ours['physics_iq_verified']['runs'][n]:.4f} ours;"
              f"  original {o[0]:.2f}, {o[1]:.2f}, {ours['physics_iq_original']['runs'][n]:.2f}")
        assert abs(v[0] - ours["physics_iq_verified"]["runs"][n]) < 0.005 and abs(o[0] - ours["physics_iq_original"]["runs"][n]) < 0.5, run


if __name__ == "__main__":
    main(sys.argv[1])
