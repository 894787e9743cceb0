import json

import matplotlib.pyplot as plt
import numpy as np

with open(__RESULT__) as file:
    result = json.load(file)
metrics = [m["name"] for m in result["metrics"]]
unit = {m["name"]: m["unit"] for m in result["metrics"]}
subjects = [s["name"] for s in result["subjects"]]
control = {s["name"]: s["control"] for s in result["subjects"]}
instances = result["subjects"][0]["instances"]
strata = np.array([i["scenario"] + "/" + i["cell"] for i in instances])


# Notes that are reasons not to judge a number; every other note is words.
not_judged = __NOT_JUDGED__


def judged(instance, metric):
    """The value, or NaN where the metric does not apply; of a moving clip VBench's flicker is none."""
    value = instance["values"].get(metric)
    note = instance.get("notes", {}).get(metric)
    return np.nan if value is None or note in not_judged else value


values = {s["name"]: {m: np.array([judged(i, m) for i in s["instances"]]) for m in metrics} for s in result["subjects"]}
print(f"{result['suite']}: {len(instances)} instances, {len(subjects)} subjects, {len(metrics)} metrics")
