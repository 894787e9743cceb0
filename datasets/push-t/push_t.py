"""Push-T (Chi et al. 2023, gym-pusht 0.1.8 from PyPI): episodes of a pusher that wanders, mostly towards the block.

    python3 push_t.py OUT.h5 [--episodes 1000] [--steps 64] [--size 64] [--seed 0]

Columns over frames: pixels, action (where the pusher is told to go, px of 512), state (pusher, block, block's angle, and
contacts in the step that led to the frame). Row t holds the action taken at frame t; the last frame's leads out of the clip.
Every tenth episode is held out. Written as orrery's own layout, so that it is read without a word.
"""

import argparse

import gymnasium
import gym_pusht  # noqa: F401, registers the environment
import h5py
import numpy as np


def episode(env, rng, steps, seed):
    """Frames, actions and states of one episode."""
    frame, info = env.reset(seed=seed)
    frames, actions, states = [], [], []
    target, goal, left = np.array(info["pos_agent"], float), None, 0
    for _ in range(steps):
        block = np.array(info["block_pose"], float)
        if left == 0:
            near = rng.random() < 0.7
            goal = block[:2] + rng.normal(0, 50, 2) if near else rng.uniform(40, 472, 2)
            left = int(rng.integers(4, 13))
        left -= 1
        way = np.clip(goal, 20, 492) - target
        target = target + way * min(1.0, rng.uniform(15, 45) / max(1e-6, np.hypot(*way)))
        frames.append(frame)
        actions.append(target)
        states.append([*info["pos_agent"], *block, info.get("n_contacts", 0)])
        frame, _, _, _, info = env.step(target.astype(np.float32))
    return np.stack(frames), np.array(actions, np.float32), np.array(states, np.float32)


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("out")
    ask.add_argument("--episodes", type=int, default=1000)
    ask.add_argument("--steps", type=int, default=64)
    ask.add_argument("--size", type=int, default=64)
    ask.add_argument("--seed", type=int, default=0)
    said = ask.parse_args()
    env = gymnasium.make(
        "gym_pusht/PushT-v0", obs_type="pixels", observation_width=said.size, observation_height=said.size,
        max_episode_steps=said.steps + 1)
    rng, n, t = np.random.default_rng(said.seed), said.episodes, said.steps
    with h5py.File(said.out, "w") as file:
        rows, shape = n * t, (said.size, said.size, 3)
        pixels = file.create_dataset(
            "pixels", (rows, *shape), "u1", chunks=(8, *shape), compression="gzip", compression_opts=4, shuffle=True)
        action, state = file.create_dataset("action", (rows, 2), "f4"), file.create_dataset("state", (rows, 6), "f4")
        action.attrs["columns"] = ["target x", "target y"]
        action.attrs["units"] = ["px of 512", "px of 512"]
        state.attrs["columns"] = ["pusher x", "pusher y", "block x", "block y", "block angle", "contacts"]
        for i in range(n):
            at = slice(i * t, (i + 1) * t)
            pixels[at], action[at], state[at] = episode(env, rng, t, int(rng.integers(2**31)))
            if (i + 1) % 100 == 0:
                print(f"{i + 1} of {n} episodes", flush=True)
        text = h5py.string_dtype()
        file["ep_len"], file["ep_offset"] = np.full(n, t, "i4"), np.arange(n, dtype="i8") * t
        file["clip_id"] = np.array([f"push-t-{i:05d}" for i in range(n)], dtype=text)
        file["split"] = np.array(["validation" if i % 10 == 9 else "train" for i in range(n)], dtype=text)
        file["caption"] = np.array(["a pusher and a T"] * n, dtype=text)
        file.attrs["fps"] = "10/1"


if __name__ == "__main__":
    main()
