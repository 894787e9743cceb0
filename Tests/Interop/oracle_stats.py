#!/usr/bin/env python3
"""What scipy, scikit-learn and statsmodels say of the statistics in Sources/Measures/Statistics.

    python Tests/Interop/oracle_stats.py --check     # recompute, compare with the frozen file (statistics.sh)
    python Tests/Interop/oracle_stats.py --freeze    # write Tests/Fixtures/statistics/oracle.json

Needs numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 statsmodels==0.15.0. The Swift side is Tests/MeasuresTests/OracleStatisticsTests.swift.
"""
import argparse
import json
import pathlib
import types

import numpy as np
from scipy import stats
from sklearn.linear_model import LogisticRegression
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower

FIXTURE = pathlib.Path(__file__).resolve().parents[1] / "Fixtures" / "statistics" / "oracle.json"


def rounded(values):
    """Six decimals: what the file holds is exactly what was computed on."""
    return [round(float(x), 6) for x in values]


def exact_intervals(rng):
    """scipy's percentile and BCa read from a bootstrap distribution that is given, so no randomness stands between."""
    cases = []
    for draw in (lambda n: rng.normal(1, 2, n), lambda n: rng.lognormal(0, 1, n)):
        data = np.array(rounded(draw(24)))
        means = np.array(rounded(data[rng.integers(0, 24, (399, 24))].mean(1)))
        given = types.SimpleNamespace(bootstrap_distribution=means)
        case = {"data": data.tolist(), "means": means.tolist()}
        for ours, theirs in (("percentile", "percentile"), ("bca", "BCa")):
            found = stats.bootstrap((data,), np.mean, n_resamples=0, bootstrap_result=given, method=theirs).confidence_interval
            case[ours] = [found.low, found.high]
        cases.append(case)
    return cases


def drawn_intervals(rng):
    """Intervals from scipy's own draws, and bootstrap-t written out plainly: equal to ours but for the luck of 20,000 draws."""
    cases = []
    for draw in (lambda n: rng.normal(0.5, 1, n), lambda n: rng.lognormal(0, 1, n), lambda n: rng.standard_t(3, n)):
        data = np.array(rounded(draw(40)))
        case = {"data": data.tolist()}
        for ours, theirs in (("percentile", "percentile"), ("bca", "BCa")):
            found = stats.bootstrap((data,), np.mean, n_resamples=20_000, method=theirs, rng=np.random.default_rng(7)).confidence_interval
            case[ours] = [found.low, found.high]
        again = data[np.random.default_rng(8).integers(0, 40, (20_000, 40))]
        pivots = (again.mean(1) - data.mean()) / stats.sem(again, axis=1)
        low, high = np.quantile(pivots, [0.025, 0.975])
        case["studentised"] = [data.mean() - high * stats.sem(data), data.mean() - low * stats.sem(data)]
        arm = np.quantile(abs(pivots), 0.95) * stats.sem(data)
        case["symmetric"] = [data.mean() - arm, data.mean() + arm]
        cases.append(case)
    return cases


def sign_flips(rng):
    cases = []
    for n in (5, 9, 13, 40):
        data = np.array(rounded(rng.normal(0.4, 1, n)))
        found = stats.permutation_test((data,), np.mean, permutation_type="samples", n_resamples=np.inf if n <= 16 else 99_999, rng=np.random.default_rng(1))
        cases.append({"data": data.tolist(), "p": found.pvalue, "exact": n <= 16})
    return cases


def label_permutations(rng):
    cases = []
    for a, b in ((6, 6), (7, 6), (12, 12)):
        x, y = np.array(rounded(rng.normal(0.7, 1, a))), np.array(rounded(rng.normal(0, 1, b)))
        exact = a + b < 16
        found = stats.permutation_test((x, y), lambda x, y: abs(np.mean(x) - np.mean(y)), permutation_type="independent", alternative="greater",
                                       n_resamples=np.inf if exact else 20_000, rng=np.random.default_rng(2))
        cases.append({"a": x.tolist(), "b": y.tolist(), "p": found.pvalue, "exact": exact})
    return cases


def improvement(rng):
    """P(A > B) over pairs of seeds, an instance at a time: Mann and Whitney's U by the number of pairs."""
    a, b = rng.integers(0, 6, (5, 12)).astype(float), rng.integers(0, 5, (4, 12)).astype(float)
    shares = [stats.mannwhitneyu(a[:, i], b[:, i]).statistic / 20 for i in range(12)]
    return {"a": a.tolist(), "b": b.tolist(), "value": float(np.mean(shares))}


def bradley_terry(rng):
    """Logistic regression without penalty on the difference of two indicators is Bradley–Terry's likelihood; ties enter twice with weight ½."""
    n, truth = 5, np.array([1.0, 0.4, 0.0, -0.3, -0.9])
    wins, rows, labels, weights = np.zeros((n, n)), [], [], []
    for _ in range(150):
        i, j = rng.choice(n, 2, replace=False)
        p = 1 / (1 + np.exp(truth[j] - truth[i]))
        tie = rng.random() < 0.15
        for winner, loser, w in ((i, j, 0.5), (j, i, 0.5)) if tie else (((i, j, 1.0),) if rng.random() < p else ((j, i, 1.0),)):
            wins[winner, loser] += w
            row = np.zeros(n)
            row[winner], row[loser] = 1, -1
            # Both signs, so that a fit without intercept sees two classes.
            rows += [row, -row]
            labels += [1, 0]
            weights += [w, w]
    fit = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-12, max_iter=10_000).fit(np.array(rows), labels, sample_weight=weights)
    strengths = np.exp(fit.coef_[0])
    return {"wins": wins.tolist(), "strengths": (strengths / strengths.sum()).tolist()}


def compute():
    rng = np.random.default_rng(20_240_501)
    values = [np.array(rounded(rng.lognormal(0, 1, n))) for n in (4, 7, 16, 41)]
    ps = rounded(rng.uniform(0, 0.2, 9)) + [0.001, 0.001, 0.9]
    power = NormalIndPower(ddof=0)
    return {
        "exact_intervals": exact_intervals(rng), "drawn_intervals": drawn_intervals(rng), "sign_flips": sign_flips(rng),
        "label_permutations": label_permutations(rng), "improvement": improvement(rng), "bradley_terry": bradley_terry(rng),
        "interquartile": [{"data": v.tolist(), "value": stats.trim_mean(v, 0.25)} for v in values],
        "holm": {"p": ps, "adjusted": multipletests(ps, method="holm")[1].tolist()},
        "skewness": [{"data": v.tolist(), "value": stats.skew(v)} for v in values],
        # One sample against zero: instances for an effect of so many standard deviations, two-sided .05, power .8.
        "instances": [{"effect": e, "n": float(power.solve_power(effect_size=e, alpha=0.05, power=0.8, ratio=0))} for e in (0.1, 0.3, 0.5)],
        # Noether 1987, one-sided.
        "noether": [{"probability": p, "n": int(np.ceil((stats.norm.ppf(0.95) * 2) ** 2 / (6 * (p - 0.5) ** 2)))} for p in (0.6, 0.75, 0.9)],
    }


def differ(a, b, place=""):
    """Where two documents differ by more than a relative 1e-6."""
    if isinstance(a, dict):
        return [f"{place}: other keys"] if set(a) != set(b) else [d for k in a for d in differ(a[k], b[k], f"{place}.{k}")]
    if isinstance(a, list):
        return [f"{place}: other length"] if len(a) != len(b) else [d for i, (x, y) in enumerate(zip(a, b)) for d in differ(x, y, f"{place}[{i}]")]
    return [] if a == b or abs(a - b) <= 1e-6 * max(1, abs(a), abs(b)) else [f"{place}: {a} and {b}"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--check", action="store_true")
    mode.add_argument("--freeze", action="store_true")
    found = json.loads(json.dumps(compute(), default=float))
    if parser.parse_args().freeze:
        FIXTURE.parent.mkdir(parents=True, exist_ok=True)
        FIXTURE.write_text(json.dumps(found) + "\n")
        print(f"wrote {FIXTURE}: {FIXTURE.stat().st_size} bytes")
    else:
        wrong = differ(found, json.loads(FIXTURE.read_text()))
        assert not wrong, "the oracles no longer say what is frozen:\n" + "\n".join(wrong[:10])
        print("  scipy, scikit-learn and statsmodels still say what Tests/Fixtures/statistics/oracle.json holds")
