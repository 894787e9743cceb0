"""Writes episodes of a simulator as orrery's own layout: pixels, action and state over frames, every tenth episode held out.

Row t holds the action taken at frame t; the last frame's leads out of the clip.
"""

import argparse

import h5py
import numpy as np


def asked(episodes, steps, **more):
    """The command line's OUT.h5, --episodes, --steps, --seed, and `more` with their defaults."""
    ask = argparse.ArgumentParser()
    ask.add_argument("out")
    for name, usual in {"episodes": episodes, "steps": steps, "seed": 0, **more}.items():
        ask.add_argument("--" + name, type=int, default=usual)
    return ask.parse_args()


def write(said, play, *, name, side, action, units, state, caption, fps):
    """All episodes: `play(rng, seed)` returns the frames, actions and states of one, a row a frame."""
    rng, n, t = np.random.default_rng(said.seed), said.episodes, said.steps
    with h5py.File(said.out, "w") as file:
        rows, shape = n * t, (side, side, 3)
        pixels = file.create_dataset(
            "pixels", (rows, *shape), "u1", chunks=(8, *shape), compression="gzip", compression_opts=4, shuffle=True)
        actions = file.create_dataset("action", (rows, len(action)), "f4")
        states = file.create_dataset("state", (rows, len(state)), "f4")
        actions.attrs["columns"], states.attrs["columns"] = action, state
        if units:
            actions.attrs["units"] = units
        for i in range(n):
            at = slice(i * t, (i + 1) * t)
            pixels[at], actions[at], states[at] = play(rng, int(rng.integers(2**31)))
            if (i + 1) % 100 == 0:
                print(f"{i + 1} of {n} episodes", flush=True)
        text = h5py.string_dtype()
        file["ep_len"], file["ep_offset"] = np.full(n, t, "i4"), np.arange(n, dtype="i8") * t
        file["clip_id"] = np.array([f"{name}-{i:05d}" for i in range(n)], dtype=text)
        file["split"] = np.array(["validation" if i % 10 == 9 else "train" for i in range(n)], dtype=text)
        file["caption"] = np.array([caption] * n, dtype=text)
        file.attrs["fps"] = fps
