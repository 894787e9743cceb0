headline = __METRIC__


def sign_flip(d, draws=20000, seed=0):
    """Two-sided p of the mean of paired differences, under random signs."""
    rng = np.random.default_rng(seed)
    null = np.array([np.mean(d * rng.choice([-1.0, 1.0], len(d))) for _ in range(draws)])
    return (1 + np.sum(np.abs(null) >= abs(d.mean()) - 1e-12)) / (1 + draws)


for a, b in __PAIRS__:
    d = values[a][headline] - values[b][headline]
    mean, low, high = estimate(d)
    d = d[~np.isnan(d)]
    print(f"{a} - {b}: " + (f"{mean:.4g} [{low:.4g}, {high:.4g}], n = {len(d)}, p = {sign_flip(d):.4g}" if len(d) else "no instance has both"))
