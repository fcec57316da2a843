# SPDX-License-Identifier: GPL-3.0-or-later
"""Where two or three things are whose caption says how they stand or move to each other.

Things come in the order of the caption ({a}, {b}, {c} in phrases.RELATIONS); units and times are those of scenes.py.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .motions import ease, mix

Paths = list[tuple[np.ndarray | float, np.ndarray | float]]  # x, y of each thing, over the clip or for all of it


def on_one_ground(sizes: np.ndarray, bottom: float) -> np.ndarray:
    """y of things that stand on the same line."""
    return bottom - sizes / 2


def gap(sizes: np.ndarray, k: int, wide: float) -> float:
    """From the centre of thing k to that of the next; 1: they touch."""
    return wide * (sizes[k] + sizes[k + 1]) / 2


def beside(side: int):
    def paths(rng: random.Random, u: np.ndarray, a: float, sizes: np.ndarray, way: int) -> Paths:
        middle, d = rng.uniform(-0.06, 0.06) * a, gap(sizes, 0, rng.uniform(1.05, 1.3))
        y = on_one_ground(sizes, rng.uniform(0.2, 0.36))
        return [(middle + side * d / 2, y[0]), (middle - side * d / 2, y[1])]

    return paths


def between(rng: random.Random, u: np.ndarray, a: float, sizes: np.ndarray, way: int) -> Paths:
    middle, side, wide = rng.uniform(-0.03, 0.03) * a, rng.choice((-1, 1)), rng.uniform(1.02, 1.12)
    y = on_one_ground(sizes, rng.uniform(0.2, 0.36))
    return [(middle, y[0]), (middle - side * gap(sizes, 0, wide), y[1]), (middle + side * gap(sizes[[0, 2]], 0, wide), y[2])]


def stacked(side: int):
    def paths(rng: random.Random, u: np.ndarray, a: float, sizes: np.ndarray, way: int) -> Paths:
        x, y, d = rng.uniform(-0.15, 0.15) * a, rng.uniform(-0.05, 0.08), gap(sizes, 0, rng.uniform(1.0, 1.2))
        shift = rng.uniform(-0.05, 0.05)
        return [(x, y + side * d / 2), (x + shift, y - side * d / 2)]

    return paths


def in_depth(near: int):
    """The far thing is smaller (Relation.sizes), higher up, and partly covered."""

    def paths(rng: random.Random, u: np.ndarray, a: float, sizes: np.ndarray, way: int) -> Paths:
        x, y = rng.uniform(-0.15, 0.15) * a, rng.uniform(0.12, 0.2)
        far = (x + rng.choice((-1, 1)) * rng.uniform(0.15, 0.32) * sizes[near], y - rng.uniform(0.22, 0.3) * sizes[near])
        return [(x, y), far] if near == 0 else [far, (x, y)]

    return paths


def row(first: int, widths: tuple[tuple[float, float], tuple[float, float]]):
    """One behind the other on the same ground, along `way`. first: 1 if the first thing leads; widths: gap at the beginning and the end."""

    def paths(rng: random.Random, u: np.ndarray, a: float, sizes: np.ndarray, way: int) -> Paths:
        e, y = ease(rng, u), on_one_ground(sizes, rng.uniform(0.2, 0.34))
        begin, end = (rng.uniform(*w) for w in widths)
        steps = np.cumsum([0.0, *(gap(sizes, k, 1.0) for k in range(len(sizes) - 1))])
        steps = (steps.mean() - steps) * first  # along `way`, for touching things
        reach = max(0.2 * a, a / 2 - np.abs(steps).max() * begin - 0.5 * sizes.max())
        return [(way * (mix(-reach, reach, e) + step * mix(begin, end, e)), y[k]) for k, step in enumerate(steps)]

    return paths


def facing(begin: float, end: float):
    """From both sides of the picture towards the middle (begin = 1, end = 0) or back."""

    def paths(rng: random.Random, u: np.ndarray, a: float, sizes: np.ndarray, way: int) -> Paths:
        e, y = ease(rng, u), on_one_ground(sizes, rng.uniform(0.2, 0.36))
        x = mix(gap(sizes, 0, 1.05) / 2, a / 2 - 0.5 * sizes.max(), mix(begin, end, e))
        side = way if end else -way  # way: of the first thing
        return [(side * x, y[0]), (-side * x, y[1])]

    return paths


def around(rng: random.Random, u: np.ndarray, a: float, sizes: np.ndarray, way: int) -> Paths:
    x, y, r = rng.uniform(-0.1, 0.1) * a, rng.uniform(-0.02, 0.06), gap(sizes, 0, rng.uniform(1.05, 1.2))
    angle = rng.random() * 6.28 + rng.choice((-1, 1)) * 2 * math.pi * u * rng.choice((1, 1.5))
    return [(x + r * np.cos(angle), y + r * np.sin(angle)), (x, y)]


RUNNING = ("left", "right", "circle")  # motions of things that run
STANDING = (("still", "still", "still"),) * 3 + (("spin", "still", "still"), ("pulse", "still", "still"))


@dataclass(frozen=True)
class Relation:
    paths: Callable[..., Paths]
    motions: tuple[tuple[str, ...], ...]  # of each thing; one of them is drawn
    room: float = 0.9  # of the frame's width, at most, for all things side by side
    tall: float = 1.0  # mean size of the things, at most
    sizes: tuple[float, ...] = ()  # relative to their mean, where the relation decides them: smaller ones are farther away

    @property
    def count(self) -> int:
        return len(self.motions[0])

    @property
    def runs(self) -> bool:
        return self.motions[0][0] in RUNNING


PAIR, TRIO = tuple(m[:2] for m in STANDING), STANDING
TOGETHER, APART = (("left",) * 2, ("right",) * 2), (("left", "right"), ("right", "left"))
RELATIONS = {
    "left_of": Relation(beside(-1), PAIR), "right_of": Relation(beside(1), PAIR),
    "behind": Relation(in_depth(1), PAIR, sizes=(0.92, 1.3)), "in_front": Relation(in_depth(0), PAIR, sizes=(1.3, 0.92)),
    "above": Relation(stacked(-1), PAIR, 1.3, 0.4), "under": Relation(stacked(1), PAIR, 1.3, 0.4),
    "between": Relation(between, TRIO),
    "chase": Relation(row(-1, ((1.7, 2.1), (1.0, 1.1))), TOGETHER, 0.5), "follow": Relation(row(-1, ((1.2, 1.4),) * 2), TOGETHER, 0.5),
    "lead": Relation(row(1, ((1.1, 1.25),) * 2), (("left",) * 3, ("right",) * 3), 0.55),
    "meet": Relation(facing(1, 0), APART, 0.6), "part": Relation(facing(0, 1), APART, 0.6),
    "around": Relation(around, (("circle", "still"),), 0.6, 0.26),
}  # fmt: skip


def arrange(rng: random.Random, name: str, things: list[dict], objects: np.ndarray, u: np.ndarray, a: float, bases: np.ndarray) -> np.ndarray:
    """Places objects [N,T,6] (x, y, size, ...) in place; bases [N]: their sizes. Returns the order to draw them in, far ones first."""
    r = RELATIONS[name]
    sizes = bases.mean() * np.array(r.sizes) if r.sizes else bases
    sizes = sizes * min(1.0, min(r.room * a / len(sizes), r.tall) / sizes.mean())
    objects[..., 2] *= (sizes / bases)[:, None]
    for k, (x, y) in enumerate(r.paths(rng, u, a, sizes, -1 if things[0]["motion"] == "left" else 1)):
        objects[k, :, 0], objects[k, :, 1] = x, y
    return np.argsort(sizes) if r.sizes else np.arange(len(sizes))
