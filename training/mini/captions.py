# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the words of phrases.py together: scene facts in, one English or Chinese sentence out."""

import random

from . import phrases as p
from .relations import RUNNING


def pick(rng: random.Random, table: dict, key: str, zh: bool) -> str:
    return rng.choice(table[key][int(zh)])


def article(noun: str) -> str:
    vowel = noun[0].lower() in "aeiou" and not noun.startswith(("UFO", "uni", "ukulele"))
    return ("an " if vowel else "a ") + noun


def noun_phrase(rng: random.Random, thing: dict, zh: bool) -> str:
    """thing: en, zh, kind, colour ('' or a key of COLOURS), size (key of SIZES)."""
    if zh:
        colour = p.COLOURS[thing["colour"]][0] if thing["colour"] else ""
        number = rng.choice(["一个", "一" + p.VERBS[thing["kind"]][2], ""])
        return number + colour + p.SIZES[thing["size"]][0] + thing["zh"]
    noun = " ".join(w for w in (thing["size"], thing["colour"], thing["en"]) if w)
    return article(noun) if rng.random() < 0.8 else "the " + noun


def motion_phrase(rng: random.Random, thing: dict, zh: bool) -> str:
    return pick(rng, p.MOTIONS, thing["motion"], zh).replace("{v}", p.VERBS[thing["kind"]][int(zh)])


def object_phrase(rng: random.Random, thing: dict, zh: bool) -> str:
    motion = motion_phrase(rng, thing, zh)
    return noun_phrase(rng, thing, zh) + ("" if zh else " ") + motion


def relation_phrase(rng: random.Random, scene: dict, zh: bool) -> str:
    """The things of a scene with a relation; a motion of the first one's own must be said ({m})."""
    things, wordings = scene["things"], p.RELATIONS[scene["relation"]][int(zh)]
    own = things[0]["motion"] not in ("still", *RUNNING)
    nouns = dict(zip("abc", (noun_phrase(rng, t, zh) for t in things)))
    verb, side = p.VERBS[things[0]["kind"]][int(zh)], p.SIDES.get(things[0]["motion"], ("", ""))[int(zh)]
    wording = rng.choice([w for w in wordings if "{m}" in w or not own])
    return wording.format(**nouns, m=motion_phrase(rng, things[0], zh), v=verb, side=side)


def join_english(rng: random.Random, things: list[str], place: str) -> str:
    subject = " and ".join(things) if len(things) < 3 else ", ".join(things[:-1]) + " and " + things[-1]
    if not place:
        return subject
    return f"{place}, {subject}" if rng.random() < 0.25 else f"{subject} {place}"


def caption(rng: random.Random, scene: dict, zh: bool) -> str:
    """scene: things, relation (or ''), place (or '' for a photo), camera, weather, light, style."""
    things = [relation_phrase(rng, scene, zh)] if scene["relation"] else [object_phrase(rng, t, zh) for t in scene["things"]]
    place = pick(rng, p.PLACES, scene["place"], zh) if scene["place"] else ""
    extras = [pick(rng, t, scene[k], zh) for k, t in (("camera", p.CAMERAS), ("weather", p.WEATHERS), ("light", p.LIGHTS), ("style", p.STYLES))]
    extras = [e for e in extras if e]
    if len(extras) > 1 and rng.random() < 0.3:
        rng.shuffle(extras)
    if not things and (not place or rng.random() < 0.4) and not (extras and rng.random() < 0.35):
        subject = rng.choice(p.PHOTO_SUBJECTS[int(zh)])
        things = [subject]
    if zh:
        head = "，".join(things)
        if place:
            head = f"{place}，{head}" if head else place
        text = "，".join(([head] if head else []) + extras)
        return (rng.choice(p.PREFIXES[1]) if rng.random() < 0.1 else "") + text + ("。" if rng.random() < 0.2 else "")
    head = join_english(rng, things, place) if things else place
    parts = ([head] if head else []) + extras
    if len(parts) > 1 and rng.random() < 0.12:
        parts = parts[1:] + parts[:1]
    text = ", ".join(parts)
    if things and rng.random() < 0.1 and text.startswith(("a ", "an ", "the ")):
        text = f"{rng.choice(p.PREFIXES[0])} {text}"
    if rng.random() < 0.4:
        text = text[0].upper() + text[1:]
    return text + ("." if rng.random() < 0.3 else "")
