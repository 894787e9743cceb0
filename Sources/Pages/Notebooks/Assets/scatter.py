x, y = values[__B__][__METRIC__], values[__A__][__METRIC__]
figure, axes = plt.subplots(figsize=(4, 4))
axes.plot(x, y, "o", alpha=0.6)
axes.axline((np.nanmean(x), np.nanmean(x)), slope=1, color="0.5", linestyle="--")
axes.set_xlabel(__LABEL_B__)
axes.set_ylabel(__LABEL_A__)
plt.show()
