# SPDX-License-Identifier: GPL-3.0-or-later
"""How a thing moves: the paths of the motions that phrases.py names. Units and times are those of scenes.py."""

import math
import random

import numpy as np


def ease(rng: random.Random, u: np.ndarray, most: float = 0.7) -> np.ndarray:
    """u with a slow start and end, by a random amount up to `most`."""
    k = rng.random() * most
    return u + (u * u * (3 - 2 * u) - u) * k


def mix(a, b, u):
    return a + (b - a) * u


def motion_path(rng: random.Random, name: str, u: np.ndarray, a: float, size: float, pace: float = 0.7):
    """Returns x, y (frame units), scale factor, angle (radians), opacity, direction (-1, 0, 1), each [T]."""
    half, e = a / 2, ease(rng, u, pace)
    x = np.full_like(u, rng.uniform(-0.25, 0.25) * half)
    y = np.full_like(u, rng.uniform(0.0, 0.16))
    scale, angle, opacity = np.ones_like(u), np.zeros_like(u), np.ones_like(u)
    reach, rise = rng.uniform(0.55, 0.72) * half, rng.uniform(0.24, 0.32)
    sx = -1 if "left" in name else 1 if "right" in name else 0
    if name in ("left", "right", "roll_left", "roll_right", "zigzag"):
        sx = sx or rng.choice((-1, 1))
        x = mix(-reach, reach, e) * sx
        if name.startswith("roll"):
            angle = sx * 2 * math.pi * e * rng.choice((1, 1.5, 2))
        if name == "zigzag":
            y = y + 0.2 * (2 * np.abs((u * 3) % 2 - 1) - 1)
    elif name in ("up", "down"):
        y = mix(rise, -rise, e) * (1 if name == "up" else -1)
    elif name.startswith(("up_", "down_")):
        x, y = mix(-reach, reach, e) * sx * 0.85, mix(rise, -rise, e) * (1 if name.startswith("up") else -1)
    elif name.startswith("enter"):
        x = mix(sx * (half + size / 2), rng.uniform(-0.2, 0.1) * half * sx, np.clip(e * 1.25, 0, 1))
    elif name.startswith("leave"):
        x = mix(-rng.uniform(-0.1, 0.3) * half * sx, sx * (half + size * 0.6), np.clip(e * 1.15 - 0.1, 0, 1))
    elif name == "bounce":
        y = 0.22 - 0.4 * np.abs(np.sin(math.pi * rng.choice((2, 3)) * u))
    elif name == "jump":
        v = np.clip((u - 0.15) / 0.7, 0, 1)
        y = 0.2 - 0.42 * 4 * v * (1 - v)
    elif name == "drop":
        y = np.where(u < 0.4, mix(-0.45, 0.22, (u / 0.4) ** 2), 0.22 - 0.25 * np.exp(-3 * (u - 0.4)) * np.abs(np.sin(math.pi * (u - 0.4) / 0.2)))
    elif name == "spin":
        angle = 2 * math.pi * u * rng.choice((-1, 1)) * rng.choice((1, 1.5, 2))
    elif name in ("grow", "shrink"):
        scale = mix(0.45, 1.7, e if name == "grow" else 1 - e)
    elif name == "pulse":
        scale = 1 + 0.32 * np.sin(2 * math.pi * rng.choice((2, 3)) * u)
    elif name == "swing":
        angle = math.radians(36) * np.sin(2 * math.pi * rng.choice((1, 1.5, 2)) * u)
        x = x - 0.24 * np.sin(angle)
    elif name.startswith("arc"):
        x, y = mix(-reach, reach, u) * sx, 0.24 - 0.46 * 4 * u * (1 - u)
    elif name == "circle":
        phase, way = rng.random() * 6.28, rng.choice((-1, 1))
        x, y = 0.27 * min(1, a) * np.cos(phase + way * 2 * math.pi * u), 0.22 * np.sin(phase + way * 2 * math.pi * u)
    elif name == "float":
        y = y - 0.05 + 0.07 * np.sin(2 * math.pi * (1.5 * u + rng.random()))
    elif name == "shake":
        x = x + 0.035 * np.sin(2 * math.pi * 10 * u)
        angle = 0.12 * np.sin(2 * math.pi * 8 * u + 1)
    elif name in ("appear", "vanish"):
        opacity = np.clip((u if name == "appear" else 1 - u) * 1.5 - 0.25, 0, 1)
    return x, y, scale, angle, opacity, sx
