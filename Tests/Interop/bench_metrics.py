#!/usr/bin/env python3
"""Metrics against the programs a user would take instead: both sides in turns, in one run, on one clip, decoding left out.

  bench_metrics.py --orrery .build/release/orrery [--video FILE] [--rounds 5] [--size 854x480] [--frames 16]

Peers: scikit-image 0.26.0 (SSIM with Wang's window), piq 0.8.0 (MS-SSIM). Every side gets one thread. Prints a ratio a metric, and fails under
the bar: SSIM 5. Flow and VBench's flicker have a race of their own, bench_flow.py.
"""
import argparse, json, os, statistics, subprocess, sys, tempfile, time
os.environ.setdefault("OMP_NUM_THREADS", "1")
import cv2
import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("--orrery", required=True)
parser.add_argument("--video")
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--size", default="854x480")
parser.add_argument("--frames", type=int, default=16)
options = parser.parse_args()
cv2.setNumThreads(1)
width, height = map(int, options.size.split("x"))

from skimage.metrics import structural_similarity
import piq, torch
torch.set_num_threads(1)


def read(path):
    video, frames = cv2.VideoCapture(path), []
    while len(frames) < options.frames:
        more, frame = video.read()
        if not more:
            break
        frames.append(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))
    return np.stack(frames)


def write(path, frames):
    """Lossless, so that both sides see the same pixels."""
    pipe = subprocess.Popen(["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", "25", "-i", "-", "-c:v", "ffv1", "-pix_fmt", "bgr0", path], stdin=subprocess.PIPE)
    pipe.stdin.write(frames.tobytes())
    pipe.stdin.close()
    assert pipe.wait() == 0


if options.video:
    clip = np.stack([cv2.resize(f, (width, height), interpolation=cv2.INTER_AREA) for f in read(options.video)])
else:
    y, x = np.mgrid[0:height, 0:width]
    clip = np.stack([np.stack([(128 + 60 * np.sin((x + 3 * t) / 17 + c) + 50 * np.cos(y / 11)) for c in range(3)], -1) for t in range(options.frames)])
    clip = np.clip(clip + np.random.default_rng(1).normal(0, 6, clip.shape), 0, 255).astype(np.uint8)
damaged = np.clip(clip.astype(float) + np.random.default_rng(2).normal(0, 12, clip.shape), 0, 255).astype(np.uint8)
luma = lambda f: f.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)


def skimage_ssim():
    return float(np.mean([structural_similarity(luma(a), luma(b), gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255) for a, b in zip(clip, damaged)]))


def piq_ms_ssim():
    tensor = lambda f: torch.from_numpy(luma(f))[None, None]
    with torch.no_grad():
        return float(np.mean([float(piq.multi_scale_ssim(tensor(a), tensor(b), data_range=255.0)) for a, b in zip(clip, damaged)]))


peers = {"ssim": (skimage_ssim, "scikit-image", 5.0), "ms_ssim": (piq_ms_ssim, "piq", None)}
failed = False
with tempfile.TemporaryDirectory() as work:
    write(f"{work}/damaged.mkv", damaged)
    write(f"{work}/clip.mkv", clip)
    for metric, (peer, name, bar) in peers.items():
        ours, theirs = [], []
        command = [options.orrery, "metrics", "time", f"{work}/damaged.mkv", "--reference", f"{work}/clip.mkv", "--metric", metric, "--iters", "3", "--threads", "1", "--json"]
        wanted = peer()
        for _ in range(options.rounds):
            row = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["metrics"][metric]
            ours.append(row["median_ms"])
            start = time.perf_counter()
            peer()
            theirs.append((time.perf_counter() - start) * 1e3)
        assert abs(row["value"] - wanted) < 1e-4, (metric, row["value"], wanted)
        a, b = statistics.median(ours) / len(clip), statistics.median(theirs) / len(clip)
        met = bar is None or b / a >= bar
        failed |= not met
        print(f"{metric}: {a:.3f} ms a frame of {width}x{height}, {name} {b:.3f}: {b / a:.1f} times as fast" + ("" if bar is None else f" (bar {bar:g}: {'met' if met else 'MISSED'})"))
sys.exit(failed)
