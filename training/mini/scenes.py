# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws random scenes: scene(assets, seed, index, ...) is a pure function that returns per-frame numbers and a caption.

Coordinates: frame units, the frame height is 1, the origin is the frame centre, y points down; a = width / height.
Times: u in 0..1 over the clip (motions and camera moves fill the whole clip), n = frame number (weather speeds).
"""

import math
import random

import numpy as np

from . import backgrounds, captions, phrases, relations
from .motions import ease, mix, motion_path
from .world import FULL, World

SLOTS = 3  # objects a clip
CAPTIONS = 4  # paraphrases a clip
PARTICLES = {  # texture family, velocity (x, y) in frame heights a frame, opacity
    "rain": ("streaks", (-0.006, 0.055), 0.55), "snow": ("dots", (0.002, 0.011), 0.95), "leaves": ("leaves", (0.006, 0.012), 1.0),
    "petals": ("petals", (0.008, 0.009), 1.0), "bubbles": ("rings", (0.0, -0.012), 0.8),
}  # fmt: skip
LOOKS = {"day": (1, 1, 1), "sunset": (1.08, 0.78, 0.58), "night": (0.34, 0.40, 0.62)}


def camera_path(rng: random.Random, name: str, u: np.ndarray, room: tuple[float, float], a: float, world: World) -> np.ndarray:
    """[T,4]: x, y (frame units), zoom, roll (radians). `room`: how far the view can move each way."""
    e, reach = ease(rng, u, world.pace), world.reach
    x, y = np.zeros_like(u), np.zeros_like(u)
    zoom, roll = np.full_like(u, rng.uniform(1.0, 1.08)), np.zeros_like(u)
    dx, dy = min(room[0] * 0.92, 0.3 * a * reach), min(room[1] * 0.92, 0.26 * reach)
    if name in ("pan_left", "pan_right"):
        x = mix(-dx, dx, e) * (1 if name == "pan_right" else -1)
    elif name in ("tilt_up", "tilt_down"):
        y = mix(-dy, dy, e) * (1 if name == "tilt_down" else -1)
    elif name in ("zoom_in", "zoom_out"):
        zoom = mix(0.95, 1 + rng.uniform(0.5, 0.8) * reach, e if name == "zoom_in" else 1 - e)
    elif name.startswith("roll"):
        roll = math.radians(rng.uniform(18, 30)) * mix(-0.5, 1, e) * (1 if name == "roll_clockwise" else -1)
        zoom = zoom * 1.2
    elif name == "handheld":
        f = rng.uniform(4, 7)
        x = 0.022 * np.sin(2 * math.pi * f * u + rng.random() * 6) + 0.012 * np.sin(2 * math.pi * 2.3 * f * u)
        y = 0.022 * np.sin(2 * math.pi * 0.8 * f * u + rng.random() * 6) + 0.012 * np.cos(2 * math.pi * 1.9 * f * u)
        zoom = zoom * 1.08
    return np.stack([x, y, zoom, roll], 1)


def light_path(rng: random.Random, name: str, u: np.ndarray) -> np.ndarray:
    """[T,3] colour multipliers."""
    day, sunset, night = (np.array(LOOKS[k], np.float32) for k in ("day", "sunset", "night"))
    e = np.clip((ease(rng, u) - 0.1) / 0.8, 0, 1)[:, None]
    if name == "to_night":
        return mix(day, night, e)
    if name == "to_day":
        return mix(night, day, e)
    if name == "to_sunset":
        return mix(day, sunset, e)
    if name == "flash":
        light = np.repeat(night[None] * 1.4, len(u), 0)
        for _ in range(rng.choice((2, 3))):
            since = (u - rng.uniform(0.1, 0.85))[:, None]
            light = light + 1.1 * np.exp(-18 * np.clip(since, 0, 1)) * (since >= 0)
        return np.clip(light, 0, 1.9)
    return np.repeat(LOOKS[name] * np.ones((1, 3), np.float32), len(u), 0)


def weighted(rng: random.Random, names: tuple[str, ...], plain: str, share: float) -> str:
    """`plain` with probability `share`, else any other name."""
    return plain if rng.random() < share else rng.choice([k for k in names if k != plain])


def choose_thing(rng: random.Random, objects: list[dict], camera_moves: bool, world: World) -> dict:
    if world.things:
        objects = [o for o in objects if o["en"] in world.things]
    o = objects[int(len(objects) * rng.random() ** (1.0 if world.things else 1.7))]  # else the curated first names come more often
    colour = rng.choice(list(o["sprites"]))
    motion = rng.choice(world.local_motions) if camera_moves and rng.random() < 0.7 else rng.choice(world.motions)
    return dict(
        en=o["en"], zh=o["zh"], kind=o["kind"], facing=o["facing"], colour=colour, sprite=rng.choice(o["sprites"][colour]),
        size=rng.choice(world.sizes), motion=motion,
    )  # fmt: skip


def choose_relation(rng: random.Random, count: int, camera: str, world: World) -> str:
    """How `count` things stand or move to each other, or ''; they only run where the camera stands."""
    names = [k for k in world.relations if relations.RELATIONS[k].count == count and (camera == "static" or not relations.RELATIONS[k].runs)]
    return rng.choice(names) if names and rng.random() < world.related else ""


def chosen_things(rng: random.Random, assets, count: int, camera: str, world: World) -> list[dict]:
    return [choose_thing(rng, assets.objects, camera != "static", world) for _ in range(count)]


def related_things(rng: random.Random, assets, relation: str, motion: str | None, world: World) -> list[dict]:
    """Different things for a relation; animals and vehicles where they run. motion: of the first one, to force it."""
    r = relations.RELATIONS[relation]
    runners = [o for o in assets.objects if o["kind"] in ("walk", "road", "swim") or o["facing"] != "-"]
    things: list[dict] = []
    for name in rng.choice([m for m in r.motions if motion in (None, m[0])]):
        free = [o for o in (runners if name in relations.RUNNING else assets.objects) if o["en"] not in {t["en"] for t in things}]
        things.append(choose_thing(rng, free, False, world) | dict(motion=name) | (dict(size="") if r.sizes else {}))
    return things


def force(assets, thing: dict, wanted: dict) -> None:
    """Name (with a sprite of it), colour and motion of a thing, as far as they are wanted."""
    if "en" in wanted:
        o = next(o for o in assets.objects if o["en"] == wanted["en"])
        colour = wanted.get("colour", next(iter(o["sprites"])))
        thing |= {k: o[k] for k in ("en", "zh", "kind", "facing")} | dict(colour=colour, sprite=o["sprites"][colour][0], size="")
    thing |= {k: wanted[k] for k in ("motion", "colour") if k in wanted}


def facts(rng: random.Random, assets, wanted: dict, generic: float, world: World) -> dict:
    """Everything that the caption names, plus which canvas is used. `wanted` overrides single facts."""
    mode = wanted.get("mode") or rng.choices(list(world.modes), list(world.modes.values()))[0]
    place = "" if mode == "photo" else wanted.get("place") or rng.choice(world.places)
    camera = wanted.get("camera") or weighted(rng, world.cameras, "static", world.static_camera[mode])
    weather = wanted.get("weather") or weighted(rng, world.weathers, "none", world.clear)
    if weather in ("rain", "snow", "fog", "leaves", "petals") and place in backgrounds.INDOOR and "weather" not in wanted:
        weather = "none"
    if weather == "bubbles" and place != "underwater" and "weather" not in wanted:
        weather = "none"
    light = wanted.get("light") or weighted(rng, world.lights, "day", world.day)
    if place in backgrounds.DARK and "light" not in wanted:
        light = "day"
    style = wanted.get("style") or weighted(rng, world.styles, "none", world.no_style)
    count = wanted.get("count", rng.choices((1, 2, 3), world.counts)[0] if mode == "objects" else int(rng.random() < world.photo_things * (mode == "photo")))
    relation = wanted.get("relation", choose_relation(rng, count, camera, world) if mode == "objects" else "")
    things = related_things(rng, assets, relation, wanted.get("motion"), world) if relation else chosen_things(rng, assets, count, camera, world)
    for thing in things:
        if rng.random() < generic and assets.sprite_count > assets.named_sprites:
            thing["sprite"] = rng.randrange(assets.named_sprites, assets.sprite_count)
    for thing, forced in zip(things, (wanted, wanted.get("second", {}))):
        force(assets, thing, forced)
    return dict(mode=mode, place=place, camera=camera, weather=weather, light=light, style=style, relation=relation, things=things)


def placed_things(rng: random.Random, s: dict, u: np.ndarray, a: float, pace: float) -> tuple[np.ndarray, np.ndarray]:
    """objects [SLOTS,T,6]: x, y, size, angle, opacity, mirrored; sprites [SLOTS]. Drawn in this order: the last one covers the others."""
    objects, sprites = np.zeros((SLOTS, len(u), 6), np.float32), np.zeros(SLOTS, np.int64)
    bases, many = [], len(s["things"])
    for k, thing in enumerate(s["things"][:SLOTS]):
        base = rng.uniform(0.36, 0.48) * min(1, a * 1.15) * phrases.SIZES[thing["size"]][1] * (1, 1, 0.78, 0.62)[many]
        x, y, scale, angle, opacity, direction = motion_path(rng, thing["motion"], u, a, base, pace)
        if many > 1:
            lane = (k - (many - 1) / 2) * 2 / many
            x, y = (x + lane * a * 0.3 if direction == 0 else x), (y + lane * 0.26 if direction else y)
        facing = {"left": -1, "right": 1, "-": 0}[thing["facing"]]
        wrong = facing != 0 and (facing != direction if direction else rng.random() < 0.3)
        objects[k] = np.stack([x, y, base * scale, angle, opacity, np.full_like(u, float(wrong))], 1)
        sprites[k] = thing["sprite"]
        bases.append(base)
    if s["relation"]:
        order = relations.arrange(rng, s["relation"], s["things"], objects[:many], u, a, np.array(bases))
        objects[:many], sprites[:many] = objects[order], sprites[order]
    return objects, sprites


def scene(
    assets,
    seed: int,
    index: int,
    size: tuple[int, int],
    frames: int,
    start: int = 0,
    length: int | None = None,
    wanted: dict | None = None,
    generic: float = 0.0,
    zh: bool | None = None,
    photos: tuple[int, int] | None = None,
    world: World = FULL,
) -> dict:
    """One clip of `frames` frames at size (height, width); only frames start..start+length are described.

    wanted: facts to force (mode, place, camera, weather, light, style, count, relation; en, colour, motion of the first thing;
    second: en, colour of the second one).
    generic: share of unnamed sprites. photos: range of photo numbers to draw from (to hold some out).
    """
    rng = random.Random(f"{seed}/{index}")
    h, w = size
    a = w / h
    length = frames - start if length is None else length
    n = np.arange(start, start + length, dtype=np.float32)
    u = n / max(frames - 1, 1)
    s = facts(rng, assets, wanted or {}, generic, world)
    out = dict(facts=s, size=size)

    margin = 1.4
    if s["mode"] == "photo":
        out["canvas"] = ("photo", rng.randrange(*(photos or (0, assets.photo_count))))
        margin *= rng.uniform(1.0, 1.7)
    else:
        out["canvas"] = (s["place"], rng.random())
    unit = min(backgrounds.WIDTH / (a * margin), backgrounds.HEIGHT / margin)  # canvas pixels a frame unit
    span = (backgrounds.WIDTH / unit / 2, backgrounds.HEIGHT / unit / 2)
    out["span"] = np.array(span, np.float32)
    room = (span[0] - a / 2, span[1] - 0.5)
    out["camera"] = camera_path(rng, s["camera"], u, room, a, world).astype(np.float32)
    dx, dy = (0.0 if s["camera"].startswith(p) else rng.uniform(-0.6, 0.6) for p in ("pan", "tilt"))
    out["offset"] = np.array([dx * room[0] * 0.7, dy * room[1] * 0.7], np.float32)
    out["mirror"] = rng.random() < 0.5
    out["tint"] = np.array([rng.uniform(0.9, 1.08) for _ in range(3)], np.float32)

    out["objects"], out["sprites"] = placed_things(rng, s, u, a, world.pace)
    out["count"] = min(len(s["things"]), SLOTS)

    out["light"] = light_path(rng, s["light"], u).astype(np.float32)
    out["particles"] = (rng.randrange(1 << 30), rng.uniform(0.8, 1.25))
    ramp = rng.random() < (0.8 if s["mode"] == "photo" else 0.2)  # it starts to rain, the fog comes up
    out["weather"] = (np.clip(u * 2.5, 0, 1) if ramp else np.ones_like(u)).astype(np.float32)
    out["frame_numbers"] = n
    zh = rng.random() < 0.25 if zh is None else zh
    out["caption"] = captions.caption(rng, s, zh)
    out["captions"] = [out["caption"]] + [captions.caption(rng, s, rng.random() < 0.25) for _ in range(CAPTIONS - 1)]
    return out
