primary = __METRICS__


def estimate(x, draws=2000, seed=0):
    """Mean of the strata's means with a percentile bootstrap interval; NaN where nothing applies."""
    groups = [x[(strata == s) & ~np.isnan(x)] for s in dict.fromkeys(strata)]
    groups = [g for g in groups if len(g)]
    if not groups:
        return np.nan, np.nan, np.nan
    rng = np.random.default_rng(seed)
    means = np.mean([g[rng.integers(0, len(g), (draws, len(g)))].mean(axis=1) for g in groups], axis=0)
    return np.mean([g.mean() for g in groups]), *np.quantile(means, [0.025, 0.975])


for metric in primary:
    print(f"{metric} ({unit[metric]})")
    for s in subjects:
        mean, low, high = estimate(values[s][metric])
        print(f"  {s:32s}" + ("n/a" if np.isnan(mean) else f"{mean:10.4g} [{low:.4g}, {high:.4g}]"))
