#!/usr/bin/env python3
"""What OpenCV and VBench make of the clips our flow and flicker metrics are tested on.

Scenes are drawn here by the formulas of Sources/Measures/Flow/MovingTexture.swift, in numpy; nothing is read from orrery.

  python Tests/Interop/oracle_flow.py                     # prints what it computes
  python Tests/Interop/oracle_flow.py --write FOLDER      # writes FOLDER/oracle.json: the fixture of `make test`
  python Tests/Interop/oracle_flow.py --check FOLDER      # recomputes and compares with FOLDER/oracle.json

Pinned: opencv-python-headless 5.0.0.93, numpy 2.4.6. The flicker reference is `calculate_mae` and `cal_score` of vbench 0.1.5
(vbench/temporal_flickering.py), stated as its formula: that package needs torch to import, these two functions only cv2 and numpy.
"""
import argparse
import json
import sys

import cv2
import numpy as np

SIZES = [(480, 272), (128, 128), (64, 64)]
NAMES = ["shift", "large", "affine", "disc", "both"]


class Waves:
    def __init__(self, seed):
        i = np.arange(16)
        angle = 2 * np.pi * ((i * 0.754877666 + seed * 0.318) % 1)
        f = 0.02 * 1.17**i * 2 * np.pi
        self.kx, self.ky = np.cos(angle) * f, np.sin(angle) * f
        self.phase = 2 * np.pi * ((i * 0.569840291 + seed * 0.733) % 1)
        self.amplitude = 20 * 0.9**i

    def __call__(self, x, y):
        out = np.full(np.shape(x), 128.0)
        for a, kx, ky, p in zip(self.amplitude, self.kx, self.ky, self.phase):
            out += a * np.cos(kx * x + ky * y + p)
        return out


class Scene:
    def __init__(self, name, w, h):
        self.w, self.h, self.pan, self.turn, self.growth = w, h, np.zeros(2), 0.0, 1.0
        self.radius, self.centre, self.velocity, self.seed = 0.0, np.zeros(2), np.zeros(2), 7
        unit = min(1, h / 128)
        if name == "shift": self.pan = np.array([2.3, -1.4])
        elif name == "large": self.pan = np.array([0.03 * w, 0.02 * h])
        elif name == "affine": self.pan, self.turn, self.growth = np.array([1, -2]) * unit, 0.035, 1.02
        elif name == "disc": self.radius, self.centre, self.velocity = 0.25 * h, np.array([0.45 * w, 0.5 * h]), np.array([5.3, 2.1]) * unit
        elif name == "both":
            self.pan, self.radius = np.array([3.1, 0.6]) * unit, 0.2 * h
            self.centre, self.velocity = np.array([0.55 * w, 0.5 * h]), np.array([-4.2, 1.7]) * unit

    def origin(self, x, y, t):
        dx, dy = x - self.w / 2 - self.pan[0] * t, y - self.h / 2 - self.pan[1] * t
        g = self.growth**-t
        c, s = np.cos(self.turn * t) * g, np.sin(self.turn * t) * g
        return self.w / 2 + c * dx + s * dy, self.h / 2 - s * dx + c * dy

    def place(self, x, y, t):
        dx, dy, g = x - self.w / 2, y - self.h / 2, self.growth**t
        c, s = np.cos(self.turn * t) * g, np.sin(self.turn * t) * g
        return self.w / 2 + c * dx - s * dy + self.pan[0] * t, self.h / 2 + s * dx + c * dy + self.pan[1] * t

    def levels(self, t):
        y, x = np.mgrid[0 : self.h, 0 : self.w] + 0.5
        ground, front = Waves(self.seed), Waves(self.seed + 1)
        cx, cy = self.centre + self.velocity * t

        def sample(x, y):
            out = ground(*self.origin(x, y, t))
            if self.radius > 0: out = np.where(np.hypot(x - cx, y - cy) < self.radius, front(x - cx, y - cy), out)
            return out

        out = sample(x, y)
        if self.radius > 0:
            edge = np.abs(np.hypot(x - cx, y - cy) - self.radius) < 1
            mean = sum(sample(x + (j - 1.5) / 4, y + (i - 1.5) / 4) for i in range(4) for j in range(4)) / 16
            out = np.where(edge, mean, out)
        return np.clip(np.floor(out + 0.5), 0, 255).astype(np.uint8)

    def truth(self, t=0):
        """Exact flow [H, W, 2] from frame t to t + 1, and where it is known."""
        y, x = np.mgrid[0 : self.h, 0 : self.w] + 0.5
        cx, cy = self.centre + self.velocity * t
        gx, gy = self.place(*self.origin(x, y, t), t + 1)
        known = np.ones_like(x, bool)
        if self.radius > 0:
            d = np.hypot(x - cx, y - cy)
            disc = d < self.radius
            gx, gy = np.where(disc, x + self.velocity[0], gx), np.where(disc, y + self.velocity[1], gy)
            nx, ny = cx + self.velocity[0], cy + self.velocity[1]
            known &= ~(~disc & (np.hypot(gx - nx, gy - ny) < self.radius + 0.7)) & (np.abs(d - self.radius) > 0.7)
        known &= (gx > 0.5) & (gy > 0.5) & (gx < self.w - 0.5) & (gy < self.h - 0.5)
        return np.stack([gx - x, gy - y], -1), known


def farneback(a, b):
    return cv2.calcOpticalFlowFarneback(a, b, None, 0.5, 3, 15, 3, 5, 1.2, 0)


def error(flow, truth, known):
    return float(np.sqrt(((flow - truth) ** 2).sum(-1))[known].mean())


def compute():
    cv2.setNumThreads(1)
    out = {"opencv": cv2.__version__, "flow": []}
    for w, h in SIZES:
        for name in NAMES:
            scene = Scene(name, w, h)
            a, b = scene.levels(0), scene.levels(1)
            truth, known = scene.truth()
            row = {"name": name, "width": w, "height": h, "sum0": int(a.astype(np.int64).sum()), "sum1": int(b.astype(np.int64).sum())}
            for preset, number in (("ultrafast", 0), ("fast", 1), ("medium", 2)):
                dis = cv2.DISOpticalFlow_create(number)
                row["dis_" + preset] = error(dis.calc(a, b, None), truth, known)
            f = farneback(a, b)
            row["farneback"] = error(f, truth, known)
            row["farneback_mean_u"], row["farneback_mean_v"] = float(f[..., 0].mean()), float(f[..., 1].mean())
            row["farneback_mean_length"] = float(np.sqrt((f**2).sum(-1)).mean())
            # Single vectors, far from and near the edges.
            row["farneback_at"] = [[int(x), int(y), float(f[y, x, 0]), float(f[y, x, 1])] for x, y in ((w // 2, h // 2), (w // 3, h // 4), (3, 5), (w - 2, h - 7))]
            out["flow"].append(row)
    frames = [Scene("both", 64, 64).levels(t) for t in range(8)]
    other = [Scene("disc", 64, 64).levels(t) for t in range(8)]
    tof = [np.sqrt(((farneback(frames[t], frames[t + 1]) - farneback(other[t], other[t + 1])) ** 2).sum(-1)).mean() for t in range(2, 5)]
    out["tof_both_against_disc"] = float(np.mean(tof))
    colour = [np.repeat(f[..., None], 3, -1) for f in frames]
    mae = [np.mean(cv2.absdiff(np.array(p, dtype=np.float32), np.array(q, dtype=np.float32))) for p, q in zip(colour[:-1], colour[1:])]
    out["vbench_both"] = float((255.0 - np.mean(np.array(mae)).item()) / 255.0)
    return out


def compare(a, b, place="$"):
    """Every number of a fresh run against the frozen one: 2 % or 0.002, since other builds of OpenCV round otherwise."""
    if isinstance(a, dict): return [p for k in a for p in compare(a[k], b[k], f"{place}.{k}")] if a.keys() == b.keys() else [f"{place}: other keys"]
    if isinstance(a, list): return [p for i, (x, y) in enumerate(zip(a, b, strict=True)) for p in compare(x, y, f"{place}[{i}]")]
    if isinstance(a, str): return []
    return [] if abs(a - b) <= max(2e-3, 0.02 * abs(b)) else [f"{place}: {a} now, {b} frozen"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--write")
    parser.add_argument("--check")
    arguments = parser.parse_args()
    result = compute()
    if arguments.write:
        with open(arguments.write + "/oracle.json", "w") as f:
            json.dump(result, f, indent=1)
            f.write("\n")
    elif arguments.check:
        problems = compare(result, json.load(open(arguments.check + "/oracle.json")))
        print("\n".join(problems) or f"  OpenCV {result['opencv']} agrees with the frozen figures")
        sys.exit(bool(problems))
    else:
        print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
