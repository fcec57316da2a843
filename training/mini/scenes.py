# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws random scenes: scene(assets, seed, index, ...) is a pure function that returns per-frame numbers and a caption.

Coordinates: frame units, the frame height is 1, the origin is the frame centre, y points down; a = width / height.
Times: u in 0..1 over the clip (motions and camera moves fill the whole clip), n = frame number (weather speeds).
"""

import math
import random

import numpy as np

from . import backgrounds, captions, phrases
from .world import FULL, World

SLOTS = 3  # objects a clip
CAPTIONS = 4  # paraphrases a clip
PARTICLES = {  # texture family, velocity (x, y) in frame heights a frame, opacity
    "rain": ("streaks", (-0.006, 0.055), 0.55), "snow": ("dots", (0.002, 0.011), 0.95), "leaves": ("leaves", (0.006, 0.012), 1.0),
    "petals": ("petals", (0.008, 0.009), 1.0), "bubbles": ("rings", (0.0, -0.012), 0.8),
}  # fmt: skip
LOOKS = {"day": (1, 1, 1), "sunset": (1.08, 0.78, 0.58), "night": (0.34, 0.40, 0.62)}


def ease(rng: random.Random, u: np.ndarray) -> np.ndarray:
    k = rng.random() * 0.7
    return u + (u * u * (3 - 2 * u) - u) * k


def mix(a, b, u):
    return a + (b - a) * u


def motion_path(rng: random.Random, name: str, u: np.ndarray, a: float, size: float):
    """Returns x, y (frame units), scale factor, angle (radians), opacity, direction (-1, 0, 1), each [T]."""
    half, e = a / 2, ease(rng, u)
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


def camera_path(rng: random.Random, name: str, u: np.ndarray, room: tuple[float, float], a: float, reach: float = 1.0) -> np.ndarray:
    """[T,4]: x, y (frame units), zoom, roll (radians). `room`: how far the view can move each way; `reach`: of pans and zooms, relative."""
    e = ease(rng, u)
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


def facts(rng: random.Random, assets, wanted: dict, generic: float, world: World) -> dict:
    """Everything that the caption names, plus which canvas is used. `wanted` overrides single facts."""
    mode = wanted.get("mode") or rng.choices(list(world.modes), list(world.modes.values()))[0]
    place = "" if mode == "photo" else wanted.get("place") or rng.choice(list(phrases.PLACES))
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
    things = [choose_thing(rng, assets.objects, camera != "static", world) for _ in range(count)]
    for thing in things:
        if rng.random() < generic and assets.sprite_count > assets.named_sprites:
            thing["sprite"] = rng.randrange(assets.named_sprites, assets.sprite_count)
    for key in ("en", "motion", "colour"):
        if key in wanted and things:
            if key == "en":
                o = next(o for o in assets.objects if o["en"] == wanted["en"])
                colour = wanted.get("colour", next(iter(o["sprites"])))
                things[0] |= {k: o[k] for k in ("en", "zh", "kind", "facing")} | dict(colour=colour, sprite=o["sprites"][colour][0], size="")
            else:
                things[0][key] = wanted[key]
    return dict(mode=mode, place=place, camera=camera, weather=weather, light=light, style=style, things=things)


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

    wanted: facts to force (mode, place, camera, weather, light, style, count, en, colour, motion).
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
    out["camera"] = camera_path(rng, s["camera"], u, room, a, world.reach).astype(np.float32)
    dx, dy = (0.0 if s["camera"].startswith(p) else rng.uniform(-0.6, 0.6) for p in ("pan", "tilt"))
    out["offset"] = np.array([dx * room[0] * 0.7, dy * room[1] * 0.7], np.float32)
    out["mirror"] = rng.random() < 0.5
    out["tint"] = np.array([rng.uniform(0.9, 1.08) for _ in range(3)], np.float32)

    objects = np.zeros((SLOTS, length, 6), np.float32)  # x, y, size, angle, opacity, mirrored
    sprites = np.zeros(SLOTS, np.int64)
    for k, thing in enumerate(s["things"][:SLOTS]):
        many = len(s["things"])
        base = rng.uniform(0.36, 0.48) * min(1, a * 1.15) * phrases.SIZES[thing["size"]][1] * (1, 1, 0.78, 0.62)[many]
        x, y, scale, angle, opacity, direction = motion_path(rng, thing["motion"], u, a, base)
        if many > 1:
            lane = (k - (many - 1) / 2) * 2 / many
            x, y = (x + lane * a * 0.3 if direction == 0 else x), (y + lane * 0.26 if direction else y)
        facing = {"left": -1, "right": 1, "-": 0}[thing["facing"]]
        wrong = facing != 0 and (facing != direction if direction else rng.random() < 0.3)
        objects[k] = np.stack([x, y, base * scale, angle, opacity, np.full_like(u, float(wrong))], 1)
        sprites[k] = thing["sprite"]
    out["objects"], out["sprites"], out["count"] = objects, sprites, min(len(s["things"]), SLOTS)

    out["light"] = light_path(rng, s["light"], u).astype(np.float32)
    out["particles"] = (rng.randrange(1 << 30), rng.uniform(0.8, 1.25))
    ramp = rng.random() < (0.8 if s["mode"] == "photo" else 0.2)  # it starts to rain, the fog comes up
    out["weather"] = (np.clip(u * 2.5, 0, 1) if ramp else np.ones_like(u)).astype(np.float32)
    out["frame_numbers"] = n
    zh = rng.random() < 0.25 if zh is None else zh
    out["caption"] = captions.caption(rng, s, zh)
    out["captions"] = [out["caption"]] + [captions.caption(rng, s, rng.random() < 0.25) for _ in range(CAPTIONS - 1)]
    return out
