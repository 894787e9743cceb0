"""MiniGrid's DoorKey-8x8 (Chevalier-Boisvert et al. 2023, minigrid 3.2.0 from PyPI), seen whole: wandering in a maze with a key.

    python3 minigrid_door.py OUT.h5 [--episodes 800] [--steps 32] [--seed 0]

Columns over frames: pixels (64x64), action (one of seven: left, right, forward, pick up, drop, toggle, done), state (column, row
and direction of the agent, whether it carries the key, whether the door is open). Row t holds the action taken at frame t. Every
tenth episode is held out. Written as orrery's own layout.
"""

import argparse

import gymnasium
import h5py
import minigrid  # noqa: F401, registers the environments
import numpy as np
from minigrid.wrappers import RGBImgObsWrapper

# Turning and walking is most of what one does; "done" (6) does nothing here.
CHANCES = np.array([0.2, 0.2, 0.4, 0.08, 0.02, 0.08, 0.02])


def state(env):
    """Where the agent is, and what it has done."""
    grid = env.grid
    cells = (grid.get(x, y) for x in range(grid.width) for y in range(grid.height))
    is_open = any(c is not None and c.type == "door" and c.is_open for c in cells)
    return [*env.agent_pos, env.agent_dir, env.carrying is not None, is_open]


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("out")
    ask.add_argument("--episodes", type=int, default=800)
    ask.add_argument("--steps", type=int, default=32)
    ask.add_argument("--seed", type=int, default=0)
    said = ask.parse_args()
    env = RGBImgObsWrapper(gymnasium.make("MiniGrid-DoorKey-8x8-v0", max_steps=10 * said.steps), tile_size=8)
    rng, n, t = np.random.default_rng(said.seed), said.episodes, said.steps
    with h5py.File(said.out, "w") as file:
        rows, shape = n * t, (64, 64, 3)
        pixels = file.create_dataset(
            "pixels", (rows, *shape), "u1", chunks=(8, *shape), compression="gzip", compression_opts=4, shuffle=True)
        action, states = file.create_dataset("action", (rows, 1), "f4"), file.create_dataset("state", (rows, 5), "f4")
        action.attrs["columns"] = ["move"]
        states.attrs["columns"] = ["column", "row", "direction", "has key", "door open"]
        for i in range(n):
            seen, _ = env.reset(seed=int(rng.integers(2**31)))
            is_over = False
            for j in range(i * t, (i + 1) * t):
                move = int(rng.choice(7, p=CHANCES))
                pixels[j], action[j], states[j] = seen["image"], move, state(env.unwrapped)
                # Behind the end of an episode the world stands still, whatever is done.
                if not is_over:
                    seen, _, is_over, _, _ = env.step(move)
            if (i + 1) % 100 == 0:
                print(f"{i + 1} of {n} episodes", flush=True)
        text = h5py.string_dtype()
        file["ep_len"], file["ep_offset"] = np.full(n, t, "i4"), np.arange(n, dtype="i8") * t
        file["clip_id"] = np.array([f"door-{i:05d}" for i in range(n)], dtype=text)
        file["split"] = np.array(["validation" if i % 10 == 9 else "train" for i in range(n)], dtype=text)
        file["caption"] = np.array(["a maze with a key and a door"] * n, dtype=text)
        file.attrs["fps"] = "4/1"


if __name__ == "__main__":
    main()
