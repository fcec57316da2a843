# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixed lists of prompts that evaluate.py measures, each with its rendered truth and, for image-to-video, its picture.

A case is a scene of scenes.py with facts forced by its suite; the prompt is the scene's caption, every fourth one Chinese.
Training draws from the same grammar with other seeds, so prompts are held out by seed, not by word; photos are held out.
"""

import random
from dataclasses import dataclass, field

import numpy as np
import torch

from . import phrases
from .assets import Assets
from .backgrounds import DARK, INDOOR
from .render import Renderer
from .scenes import scene
from .stream import HELD_OUT_PHOTOS
from .world import World

SEED = 770077
DETAIL = 4  # start pictures are drawn this many times larger than the model's frames
PLAIN = dict(camera="static", weather="none", light="day", style="none")
THING = PLAIN | dict(mode="objects", count=1)
PHOTO = PLAIN | dict(mode="photo", count=0)
PLACE = PLAIN | dict(mode="place", count=0)
MOVES = ("pan_left", "pan_right", "tilt_up", "tilt_down", "zoom_in", "zoom_out")
RELATED = ("left_of", "right_of", "above", "under", "chase", "follow")
PAIR_THINGS = ("fish", "octopus", "dinosaur", "frog", "teddy bear", "bird", "dragon")  # of one vivid colour almost all over
PAIR_COLOURS = ("red", "blue", "yellow", "purple")  # that are not on the snowfield
MOST_THINGS = 100  # of a world without a list of its own


@dataclass(frozen=True)
class Suite:
    count: int  # clips of a full run
    fixed: dict  # facts that all cases share
    vary: dict[str, tuple] = field(default_factory=dict)  # facts that each case takes in turn
    places: tuple[str, ...] = ()  # drawn at random
    picture: bool = False  # image-to-video from the first frame of the truth, without its weather


OPEN_AIR = tuple(p for p in phrases.PLACES if p not in INDOOR | DARK)
LIT = tuple(p for p in phrases.PLACES if p not in DARK | {"studio"})
SUITES = {
    "things": Suite(200, THING, dict(motion=("left", "right", "up", "down")), tuple(p for p in phrases.PLACES if p != "studio")),
    "weather": Suite(48, PLACE, dict(weather=("rain", "snow", "fog", "none")), OPEN_AIR),
    "photo weather": Suite(24, PHOTO, dict(weather=("rain", "snow", "fog")), picture=True),
    "photo camera": Suite(48, PHOTO, dict(camera=MOVES), picture=True),
    "place camera": Suite(48, PLACE, dict(camera=MOVES), LIT),
    "photo light": Suite(24, PHOTO, dict(light=("to_night", "to_day", "to_sunset")), picture=True),
    "still": Suite(24, THING | dict(motion="still"), {}, tuple(phrases.PLACES)),
    "relations": Suite(48, PLAIN | dict(mode="objects", place="snowfield"), dict(relation=RELATED)),
    "first frame": Suite(16, PHOTO, dict(camera=MOVES), picture=True),
    "delivered": Suite(4, PHOTO, dict(camera=MOVES), picture=True),
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    suite: str
    index: int
    truth: dict  # scene of the whole clip
    picture: dict | None  # scene of the start picture

    @property
    def prompt(self) -> str:
        return self.truth["caption"]

    @property
    def seed(self) -> int:
        return 1000 + self.index

    @property
    def facts(self) -> dict:
        return self.truth["facts"]


def thing(assets: Assets, world: World, rng: random.Random, index: int) -> dict:
    """Name and colour of the index-th thing; all names come equally often."""
    names = world.things or tuple(o["en"] for o in assets.objects[:MOST_THINGS])
    found = next(o for o in assets.objects if o["en"] == names[index % len(names)])
    return dict(en=found["en"], colour=rng.choice(list(found["sprites"])))


def pair(rng: random.Random) -> dict:
    """Two different things of two colours."""
    names, colours = rng.sample(PAIR_THINGS, 2), rng.sample(PAIR_COLOURS, 2)
    return dict(en=names[0], colour=colours[0], second=dict(en=names[1], colour=colours[1]))


def cases(assets: Assets, world: World, suite: str, count: int, size: tuple[int, int], frames: int) -> list[Case]:
    """The first `count` cases of a suite without those of relations that the world has not; size (height, width)."""
    s = SUITES[suite]
    photos = (max(0, assets.photo_count - HELD_OUT_PHOTOS), assets.photo_count)
    large = (size[0] * DETAIL, size[1] * DETAIL)
    made = []
    for i in range(count):
        rng = random.Random(f"{SEED}/{suite}/{i}")
        wanted = s.fixed | {k: values[i % len(values)] for k, values in s.vary.items()}
        if "relation" in wanted:
            if wanted["relation"] not in world.relations:
                continue
            wanted |= pair(rng)
        if s.places:
            wanted["place"] = rng.choice([p for p in s.places if p in world.places])
        if s.fixed.get("count"):
            turn = len(next(iter(s.vary.values()), (0,)))
            wanted |= thing(assets, world, rng, i // turn)
        options = dict(photos=photos, world=world, zh=i % 4 == 3)
        truth = scene(assets, SEED, i, size, frames, wanted=wanted, **options)
        still = scene(assets, SEED, i, large, frames, 0, 1, wanted=wanted | dict(weather="none"), **options) if s.picture else None
        made.append(Case(suite, i, truth, still))
    return made


def to_uint8(clip: torch.Tensor) -> np.ndarray:
    """[3,T,H,W] in [-1,1] -> uint8 [T,H,W,3]."""
    return ((clip.cpu() + 1) * 127.5).round().clamp(0, 255).byte().permute(1, 2, 3, 0).numpy()


def rendered(renderer: Renderer, described: dict) -> np.ndarray:
    """A scene as uint8 [T,H,W,3]."""
    return to_uint8(renderer.render([described])[0])
