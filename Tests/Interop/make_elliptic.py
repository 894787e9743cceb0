#!/usr/bin/env python3
"""Writes Tests/Fixtures/elliptic/ellipj.json: K, sn, cn, dn of scipy 1.17.1 (numpy 2.x), to hold Sources/Worlds/Elliptic.swift against.

    pip install scipy==1.17.1 && python Tests/Interop/make_elliptic.py Tests/Fixtures/elliptic/ellipj.json
    python Tests/Interop/make_elliptic.py --check Tests/Fixtures/elliptic/ellipj.json
"""
import json
import sys

from scipy.special import ellipj, ellipk

MODULI = [0.0, 0.149438, 0.35, 0.564642, 0.681639, 0.9, 0.99]
ARGUMENTS = [0.0, 1e-6, 0.1, 0.7, 1.3, 2.0, 3.7, 6.0, 11.0, -2.5]


def rows():
    for k in MODULI:
        for u in ARGUMENTS:
            sn, cn, dn, _ = ellipj(u, k * k)
            yield [k, u, float(ellipk(k * k)), float(sn), float(cn), float(dn)]


if __name__ == "__main__":
    if sys.argv[1] == "--check":
        frozen = json.load(open(sys.argv[2]))["rows"]
        worst = max(abs(a - b) for f, r in zip(frozen, rows(), strict=True) for a, b in zip(f, r, strict=True))
        assert worst < 1e-13, worst
        print(f"  elliptic: scipy still agrees with the fixture to {worst:.1e}")
    else:
        json.dump({"columns": ["k", "u", "K", "sn", "cn", "dn"], "rows": list(rows())}, open(sys.argv[1], "w"), indent=0)
