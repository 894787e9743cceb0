for metric in primary:
    rows = [(s, *estimate(values[s][metric])) for s in subjects]
    figure, axes = plt.subplots(figsize=(6.6, 0.6 + 0.28 * len(rows)))
    for y, (s, mean, low, high) in enumerate(rows):
        if not np.isnan(mean):
            axes.plot([low, high], [y, y], color="0.5" if control[s] else "C0")
            axes.plot(mean, y, "o", color="0.5" if control[s] else "C0")
    axes.set_yticks(range(len(rows)), [s for s, *_ in rows])
    axes.invert_yaxis()
    axes.set_title(f"{metric} ({unit[metric]})", loc="left")
    plt.show()
