#!/usr/bin/env python3
"""What other people's programs say of pictures and features that any language can make from integers.

  oracle_image.py --write Tests/Fixtures/image-oracle/expected.json     # freezes the values that `make test` compares with
  oracle_image.py --check Tests/Fixtures/image-oracle/expected.json     # computes them again: has a peer changed its mind?
  oracle_image.py --orrery PATH                                         # also holds `orrery score` and `metrics distance` against the peers

Peers: numpy 2.3.5, scipy 1.17.1, scikit-image 0.26.0, opencv-python-headless 5.0.0.93, piq 0.8.0 (torch 2.15.0), h5py, safetensors.
Tolerances: SSIM and MS-SSIM 1e-5, PSNR 1e-6 dB, Fréchet 1e-6 relative, kernels 1e-9 relative, HOG 1e-5, motion masks equal bit for bit.
"""
import argparse, json, math, os, subprocess, sys, tempfile
import cv2
import numpy as np
import piq
import scipy.linalg
import torch
from skimage.color import rgb2lab
from skimage.feature import hog
from skimage.metrics import peak_signal_noise_ratio, structural_similarity


def picture(width, height, seed, t=0, amplitude=8):
    """Slopes and speckle from integer arithmetic alone: the Swift test has the same lines."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    tri = lambda k, p: np.abs(k % (2 * p) - p) * 255 // p
    base = (tri(3 * x + 7 * t + 11 * c, 64) + tri(5 * y + 3 * c * seed, 48)) // 2
    h = (x * 73856093 ^ y * 19349663 ^ (t * 83492791 + c * 2654435 + seed * 977)) & 0xFFFFFFFF
    noise = ((h * 2654435761 & 0xFFFFFFFF) >> 26) - 32
    return np.clip(base + noise * amplitude // 16, 0, 255).astype(np.uint8)


def features(rows, columns, seed):
    """Numbers on [-1, 1) from the same hash, the second half of the columns leaning on the first."""
    i, j = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    h = (i * 73856093 ^ j * 19349663 ^ seed * 83492791) & 0xFFFFFFFF
    return ((h * 2654435761 & 0xFFFFFFFF) >> 8) / float(1 << 23) - 1.0 + 0.25 * (j % 3) * (seed % 2)


luma = lambda f: f.astype(np.float64) @ np.array([0.299, 0.587, 0.114])


def ssim(a, b):
    return structural_similarity(luma(a), luma(b), gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255)


def ms_ssim(a, b):
    as_tensor = lambda f: torch.from_numpy(luma(f))[None, None]
    return float(piq.multi_scale_ssim(as_tensor(a), as_tensor(b), data_range=255.0))


def hog_colour(rgb64):
    """Both halves, built from scikit-image's HOG and its Lab."""
    cells = hog(luma(rgb64), orientations=9, pixels_per_cell=(8, 8), cells_per_block=(8, 8), block_norm="L2", feature_vector=True)
    lab = rgb2lab(rgb64).reshape(-1, 3)
    place = np.clip(np.stack([lab[:, 0] / 100, (lab[:, 1] + 100) / 200, (lab[:, 2] + 100) / 200], 1) * 8 - 0.5, 0, 7)
    low = np.minimum(place.astype(int), 6)
    share = place - low
    hist = np.zeros((8, 8, 8))
    for corner in range(8):
        d = np.array([corner >> 2 & 1, corner >> 1 & 1, corner & 1])
        weight = np.prod(np.where(d == 1, share, 1 - share), 1)
        np.add.at(hist, tuple((low + d).T), weight)
    unit = lambda v: v / np.linalg.norm(v)
    return unit(np.concatenate([unit(cells), unit(hist.ravel())]))


def motion_masks(frames):
    """The benchmark's masks by OpenCV, one count of set pixels and one weighted sum a frame."""
    average, out = None, []
    kernel = np.ones((5, 5), np.uint8)
    for frame in frames:
        gray = cv2.GaussianBlur(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), (5, 5), 0)
        if average is None:
            average = gray.astype(float)
            mask = np.zeros_like(gray)
        else:
            cv2.accumulateWeighted(gray, average, 0.3)
            mask = cv2.threshold(cv2.absdiff(gray, cv2.convertScaleAbs(average)), 10, 255, cv2.THRESH_BINARY)[1]
            mask = cv2.morphologyEx(cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel), cv2.MORPH_CLOSE, kernel)
        on = np.flatnonzero(mask)
        out.append([len(on), int(on.sum())])
    return out


def frechet(a, b):
    s1, s2 = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = scipy.linalg.sqrtm(s1 @ s2).real
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(s1 + s2 - 2 * root))


def kernel_distance(a, b, k, biased):
    within = lambda m: m.mean() if biased else (m.sum() - np.trace(m)) / (len(m) * (len(m) - 1))
    return float(within(k(a, a)) + within(k(b, b)) - 2 * k(a, b).mean())


def energy(a, b):
    d = lambda u, v: np.sqrt(((u[:, None] - v[None]) ** 2).sum(-1)).mean()
    return float(2 * d(a, b) - d(a, a) - d(b, b))


cubic = lambda u, v: (u @ v.T / u.shape[1] + 1) ** 3
square = lambda u, v: (u @ v.T / u.shape[1]) ** 2
gauss = lambda u, v: np.exp(-((u[:, None] - v[None]) ** 2).sum(-1) / 200)


def expected():
    a, b = picture(53, 41, 1), picture(53, 41, 2, amplitude=20)
    large = picture(192, 176, 1), picture(192, 176, 2, amplitude=20)
    x, y = features(60, 7, 1), features(50, 7, 2)
    thin = features(9, 24, 3), features(11, 24, 4)
    turned, still = hog_colour(picture(64, 64, 3)), hog_colour(picture(64, 64, 4, amplitude=30))
    return {
        "ssim": ssim(a, b), "psnr": float(peak_signal_noise_ratio(a, b, data_range=255)),
        "ssim_large": ssim(*large), "ms_ssim": ms_ssim(*large),
        "hog_colour_cosine": float(turned @ still), "hog_colour_first": [float(v) for v in turned[:9]], "hog_colour_last": [float(v) for v in turned[-64:]],
        "motion_masks": motion_masks([picture(70, 50, 5, t, amplitude=2) for t in range(6)]),
        "frechet": frechet(x, y), "frechet_singular": frechet(*thin),
        "kid": kernel_distance(x, y, cubic, False), "jedi_mmd": 100 * kernel_distance(x, y, square, True),
        "cmmd": 1000 * kernel_distance(x, y, gauss, True), "energy_distance": energy(x, y),
    }


def near(name, ours, theirs):
    tolerance = {"ssim": 1e-5, "psnr": 1e-6, "hog": 1e-5, "frec": 1e-6, "ms_s": 1e-5}.get(name[:4].rstrip("_"), 1e-9)
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    limit = tolerance * max(1.0, float(np.abs(theirs).max()))
    worst = float(np.abs(ours - theirs).max())
    print(f"  {name}: {worst:.2e} apart, {limit:.0e} allowed")
    assert worst <= limit, (name, ours, theirs)


def against_orrery(orrery):
    """The same through the command line: lossless videos in, JSON out."""
    run = lambda *a: json.loads(subprocess.run([orrery, *a, "--json"], check=True, capture_output=True, text=True).stdout)
    with tempfile.TemporaryDirectory() as work:
        clips = [[picture(192, 176, s, t, amplitude=4 + 8 * s) for t in range(3)] for s in (1, 2)]
        for name, clip in zip("ab", clips):
            os.mkdir(f"{work}/{name}")
            for t, frame in enumerate(clip):
                cv2.imwrite(f"{work}/{name}/{t}.png", frame[:, :, ::-1])
        item = run("score", f"{work}/a", "--reference", f"{work}/b", "--metric", "ssim", "--metric", "psnr", "--metric", "ms_ssim", "--metric", "tdssim100")["items"][0]
        value = lambda n: item["metrics"][n]["value"]
        near("ssim", value("ssim"), np.mean([ssim(a, b) for a, b in zip(*clips)]))
        near("psnr", value("psnr"), np.mean([peak_signal_noise_ratio(a, b, data_range=255) for a, b in zip(*clips)]))
        near("ms_ssim", value("ms_ssim"), np.mean([ms_ssim(a, b) for a, b in zip(*clips)]))
        steps = [[ssim(c[t], c[t + 1]) for t in range(2)] for c in clips]
        assert abs(value("tdssim100") - 100 * np.mean(np.abs(np.subtract(*steps)))) < 2e-3
        x, y = features(300, 12, 1), features(280, 12, 2)
        from safetensors.numpy import save_file
        import h5py
        save_file({"features": x.astype(np.float32)}, f"{work}/x.safetensors")
        np.save(f"{work}/y.npy", y)
        with h5py.File(f"{work}/y.h5", "w") as f:
            f["features"] = y
        x32 = x.astype(np.float32).astype(float)
        for second in ("y.npy", "y.h5"):
            metrics = run("metrics", "distance", f"{work}/x.safetensors", f"{work}/{second}")["metrics"]
            near("frechet", metrics["frechet_distance"]["value"], frechet(x32, y))
            near("jedi_mmd", metrics["jedi_mmd"]["value"], 100 * kernel_distance(x32, y, square, True))
            near("cmmd", metrics["cmmd"]["value"], 1000 * kernel_distance(x32, y, gauss, True))
            near("energy", metrics["energy_distance"]["value"], energy(x32, y))
        # piq's KID is over all rows at once: only the expectation agrees with subsets, so compare our function's formula with it here.
        theirs = float(piq.KID(average=False, subset_size=280)(torch.from_numpy(x[:280]), torch.from_numpy(y))) if hasattr(piq, "KID") else math.nan
        print(f"  kid: ours over subsets {metrics['kid']['value']:.6g}, formula over all rows {kernel_distance(x32, y, cubic, False):.6g}, piq {theirs:.6g}")


parser = argparse.ArgumentParser()
parser.add_argument("--write")
parser.add_argument("--check")
parser.add_argument("--orrery")
options = parser.parse_args()
if options.write:
    os.makedirs(os.path.dirname(options.write), exist_ok=True)
    with open(options.write, "w") as out:
        json.dump(expected(), out, indent=1)
        out.write("\n")
if options.check:
    frozen = json.load(open(options.check))
    for name, value in expected().items():
        near(name, frozen[name], value)
if options.orrery:
    against_orrery(options.orrery)
if not (options.write or options.check or options.orrery):
    parser.error("nothing to do")
