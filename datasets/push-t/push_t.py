"""Push-T (Chi et al. 2023, gym-pusht 0.1.8 from PyPI): episodes of a pusher that wanders, mostly towards the block.

    PYTHONPATH=.. python3 push_t.py OUT.h5 [--episodes 1000] [--steps 64] [--size 64] [--seed 0]

Columns over frames: pixels, action (where the pusher is told to go, px of 512), state (pusher, block, block's angle, and
contacts in the step that led to the frame).
"""

import gymnasium
import gym_pusht  # noqa: F401, registers the environment
import numpy as np

import episodes


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
    said = episodes.asked(episodes=1000, steps=64, size=64)
    env = gymnasium.make(
        "gym_pusht/PushT-v0", obs_type="pixels", observation_width=said.size, observation_height=said.size,
        max_episode_steps=said.steps + 1)
    episodes.write(
        said, lambda rng, seed: episode(env, rng, said.steps, seed), name="push-t", side=said.size,
        action=["target x", "target y"], units=["px of 512", "px of 512"],
        state=["pusher x", "pusher y", "block x", "block y", "block angle", "contacts"], caption="a pusher and a T",
        fps="10/1")


if __name__ == "__main__":
    main()
