"""MiniGrid's DoorKey-8x8 (Chevalier-Boisvert et al. 2023, minigrid 3.2.0 from PyPI), seen whole: wandering in a maze with a key.

    PYTHONPATH=.. python3 minigrid_door.py OUT.h5 [--episodes 800] [--steps 32] [--seed 0]

Columns over frames: pixels (64x64), action (one of seven: left, right, forward, pick up, drop, toggle, done), state (column, row
and direction of the agent, whether it carries the key, whether the door is open).
"""

import gymnasium
import minigrid  # noqa: F401, registers the environments
import numpy as np
from minigrid.wrappers import RGBImgObsWrapper

import episodes

# Turning and walking is most of what one does; "done" (6) does nothing here.
CHANCES = np.array([0.2, 0.2, 0.4, 0.08, 0.02, 0.08, 0.02])


def state(env):
    """Where the agent is, and what it has done."""
    grid = env.grid
    cells = (grid.get(x, y) for x in range(grid.width) for y in range(grid.height))
    is_open = any(c is not None and c.type == "door" and c.is_open for c in cells)
    return [*env.agent_pos, env.agent_dir, env.carrying is not None, is_open]


def episode(env, rng, steps, seed):
    """Frames, actions and states of one episode."""
    seen, _ = env.reset(seed=seed)
    frames, actions, states, is_over = [], [], [], False
    for _ in range(steps):
        move = int(rng.choice(7, p=CHANCES))
        frames.append(seen["image"])
        actions.append([move])
        states.append(state(env.unwrapped))
        # Behind the end of an episode the world stands still, whatever is done.
        if not is_over:
            seen, _, is_over, _, _ = env.step(move)
    return np.stack(frames), np.array(actions, np.float32), np.array(states, np.float32)


def main():
    said = episodes.asked(episodes=800, steps=32)
    env = RGBImgObsWrapper(gymnasium.make("MiniGrid-DoorKey-8x8-v0", max_steps=10 * said.steps), tile_size=8)
    episodes.write(
        said, lambda rng, seed: episode(env, rng, said.steps, seed), name="door", side=64, action=["move"], units=None,
        state=["column", "row", "direction", "has key", "door open"], caption="a maze with a key and a door", fps="4/1")


if __name__ == "__main__":
    main()
