#!/usr/bin/env python3
"""Writes Tests/Fixtures/physics-oracle/expected.json: what scipy and scikit-learn make of small inputs drawn from integers, to hold
Sources/Measures/Physics against (ViolationOfExpectation, StateDistance, MaskAgreement, PendulumLaw).

    pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
    python Tests/Interop/oracle_physics.py Tests/Fixtures/physics-oracle/expected.json
    python Tests/Interop/oracle_physics.py --check Tests/Fixtures/physics-oracle/expected.json
"""
import json
import sys

import numpy as np
from scipy.ndimage import distance_transform_edt
from scipy.spatial.distance import cdist
from scipy.special import ellipk
from sklearn.metrics import roc_auc_score

HEIGHT, WIDTH = 23, 31


def stream(seed, count):
    """Integers below 1000, the same lines as the test's."""
    out, state = [], seed
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2147483648
        out.append(state // 65536 % 1000)
    return out


def auroc(seed):
    values = [v % 20 for v in stream(seed, 30)]  # ties
    return roc_auc_score([0] * 14 + [1] * 16, values)


def energy(seed):
    values = np.array(stream(seed, 25 * 6)).reshape(25, 6) / 100
    x, y = values[:10], values[10:]
    scale = y.std(axis=0)
    x, y = x / scale, y / scale
    return 2 * cdist(x, y).mean() - cdist(x, x).mean() - cdist(y, y).mean()


def chamfer(seed):
    values = stream(seed, 80)
    masks = []
    for part in (values[:30], values[30:]):
        mask = np.zeros((HEIGHT, WIDTH), bool)
        for v in part:
            mask.flat[v % (HEIGHT * WIDTH)] = True
        masks.append(mask)
    a, b = masks
    return distance_transform_edt(~b)[a].mean() + distance_transform_edt(~a)[b].mean()


def period(length, amplitude):
    return 4 * ellipk(np.sin(amplitude / 2) ** 2) / np.sqrt(2.5 / length)


def values():
    return {
        "auroc": [float(auroc(s)) for s in (1, 2, 3)],
        "energy": [float(energy(s)) for s in (4, 5, 6)],
        "chamfer": [float(chamfer(s)) for s in (7, 8, 9)],
        "period": [[length, amplitude, float(period(length, amplitude))] for length in (1.0, 2.2, 4.0) for amplitude in (0.3, 0.9, 1.5)],
    }


if __name__ == "__main__":
    if sys.argv[1] == "--check":
        frozen, fresh = json.load(open(sys.argv[2])), values()
        worst = max(float(np.abs(np.array(frozen[k]) - np.array(fresh[k])).max()) for k in fresh)
        assert worst < 1e-12, worst
        print(f"  physics: scipy and scikit-learn still agree with the fixture to {worst:.1e}")
    else:
        json.dump(values(), open(sys.argv[1], "w"), indent=0)
