#!/usr/bin/env python3
"""Dense flow beside OpenCV's DIS, and VBench's flicker beside its own formula, in turns on this machine.

  python Tests/Interop/bench_flow.py --orrery .build/release/orrery [--size 854x480] [--rounds 5] [--threads 1]

The same clips on both sides (drawn by the same formulas), the same work: flow there and back between consecutive frames. Each figure is
the median over rounds; OpenCV runs at its best preset (medium) with as many threads. Prints a markdown table.
"""
import argparse
import json
import statistics
import subprocess
import time

import cv2
import numpy as np

from oracle_flow import NAMES, Scene, error


def ours(o, scene):
    command = [o.orrery, "perf", "flow", "--json", "--scene", scene, "--size", o.size, "--frames", str(o.frames), "--iters", "3", "--threads", str(o.threads)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def theirs(frames, preset):
    dis, times = cv2.DISOpticalFlow_create(preset), []
    for _ in range(3):
        start = time.perf_counter()
        for a, b in zip(frames[:-1], frames[1:]):
            dis.calc(a, b, None)
            dis.calc(b, a, None)
        times.append(1000 * (time.perf_counter() - start) / (2 * len(frames) - 2))
    return statistics.median(times)


def flicker(frames):
    """cal_score and mae_seq of vbench 0.1.5, vbench/temporal_flickering.py, on decoded frames."""
    start = time.perf_counter()
    each = [np.mean(cv2.absdiff(np.array(a, dtype=np.float32), np.array(b, dtype=np.float32))) for a, b in zip(frames[:-1], frames[1:])]
    score = (255.0 - np.mean(np.array(each)).item()) / 255.0
    return 1000 * (time.perf_counter() - start), score


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--orrery", required=True)
    parser.add_argument("--size", default="854x480")
    parser.add_argument("--frames", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    o = parser.parse_args()
    cv2.setNumThreads(o.threads)
    w, h = map(int, o.size.split("x"))
    print(f"| scene {o.size}, {o.threads} thread(s) | ours px | DIS medium px | ours ms | DIS medium ms | time ratio |\n|---|---|---|---|---|---|")
    ratios, flickers = [], ([], [])
    for name in NAMES:
        scene = Scene(name, w, h)
        frames = [scene.levels(t) for t in range(o.frames)]
        dis = cv2.DISOpticalFlow_create(2)
        epe = statistics.mean(error(dis.calc(frames[t], frames[t + 1], None), *scene.truth(t)) for t in range(o.frames - 1))
        mine, other = [], []
        colour = [np.repeat(f[..., None], 3, -1) for f in frames]
        for _ in range(o.rounds):
            result = ours(o, name)
            mine.append(result["flow_median_ms"])
            other.append(theirs(frames, 2))
            flickers[0].append(result["vbench_temporal_flickering_ms"])
            flickers[1].append(flicker(colour)[0])
        a, b = statistics.median(mine), statistics.median(other)
        ratios.append(a / b)
        print(f"| {name} | {result['end_point_error_px']:.4f} | {epe:.4f} | {a:.1f} | {b:.1f} | {a / b:.2f} |")
    print(f"\nmedian time ratio {statistics.median(ratios):.2f}; VBench flicker over {o.frames} frames: ours {statistics.median(flickers[0]):.2f} ms, "
          f"its formula {statistics.median(flickers[1]):.2f} ms, {statistics.median(flickers[1]) / statistics.median(flickers[0]):.1f} times as long")


if __name__ == "__main__":
    main()
