#!/usr/bin/env python3
"""Writes Tests/Fixtures/phyworld/box2d.json: what Box2D 2.3.10 (PyPI `Box2D`) makes of starts of the three `phyworld_compat` kinds, to
hold Sources/Worlds/PhyWorld.swift against. Step .01, every tenth from the first, 32 frames, restitution 1, density 1.

    pip install Box2D==2.3.10 && python Tests/Interop/make_phyworld.py Tests/Fixtures/phyworld/box2d.json
    python Tests/Interop/make_phyworld.py --check Tests/Fixtures/phyworld/box2d.json
"""
import json
import sys

import Box2D

# radii, positions, velocities, gravity
STARTS = [
    ([0.9], [[1.4, 6.2]], [[2.3, 0.0]], 0.0),
    ([1.2], [[1.7, 8.1]], [[3.1, 0.0]], 2.5),
    ([0.7], [[0.9, 8.7]], [[1.0, 0.0]], 2.5),
    ([0.8, 1.3], [[1.1, 5.0], [7.37, 5.0]], [[2.2, 0.0], [-1.3, 0.0]], 0.0),
    ([1.5, 0.5], [[1.8, 4.0], [6.1, 4.0]], [[1.1, 0.0], [-1.6, 0.0]], 0.0),
    ([0.35, 1.2], [[1.0, 3.0], [8.0, 3.0]], [[3.7, 0.0], [-2.9, 0.0]], 0.0),
    # Slower than the engine's threshold of 1: no rebound.
    ([0.6, 0.9], [[3.0, 5.0], [5.2, 5.0]], [[0.5, 0.0], [-0.3, 0.0]], 0.0),
]


def simulate(radii, starts, velocities, gravity):
    world = Box2D.b2World(gravity=(0, -gravity), doSleep=False)
    balls = []
    for radius, position, velocity in zip(radii, starts, velocities, strict=True):
        ball = world.CreateDynamicBody(position=position, linearVelocity=velocity)
        ball.CreateCircleFixture(radius=radius, density=1, restitution=1.0)
        balls.append(ball)
    shown = []
    for step in range(320):
        world.Step(0.01, 15, 20)
        if step % 10 == 0:
            shown.append([[round(c, 6) for c in ball.position] for ball in balls])
    return shown


def scenes():
    return [{"radii": r, "x": x, "v": v, "gravity": g, "positions": simulate(r, x, v, g)} for r, x, v, g in STARTS]


if __name__ == "__main__":
    if sys.argv[1] == "--check":
        frozen = json.load(open(sys.argv[2]))["scenes"]
        assert frozen == json.loads(json.dumps(scenes())), "Box2D no longer moves as the fixture says"
        print("  phyworld: Box2D still moves as the fixture says")
    else:
        json.dump({"engine": "Box2D 2.3.10", "scenes": scenes()}, open(sys.argv[1], "w"), separators=(",", ":"))
