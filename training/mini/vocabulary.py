# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model of a world has read: phrases to suggest while a prompt is typed, and all words, in both languages.

The format is that of `vocabulary.json` in a model folder: groups of phrases in the order in which a prompt names them.
"""

import re

from . import phrases
from .assets import Assets
from .world import World

SLOT = re.compile(r"\{\w+\}")  # in wordings: the place of a thing, a motion, a verb


def known_things(assets: Assets, world: World) -> list[dict]:
    return [o for o in assets.objects if not world.things or o["en"] in world.things]


def named(things: list[dict]) -> tuple[list[str], list[str]]:
    """Things with their colours, the plain name where there is one."""
    en, zh = [], []
    for o in things:
        for colour in o["sprites"]:
            en.append(f"{colour} {o['en']}" if colour else o["en"])
            zh.append(phrases.COLOURS[colour][0] + o["zh"] if colour else o["zh"])
    return en, zh


def phrased(table: dict, keys) -> tuple[list[str], list[str]]:
    """All non-empty wordings; the first of every key come first. Wordings with a verb of the thing's kind are left out."""
    columns = []
    for language in (0, 1):
        wordings = [[w for w in table[k][language] if w and "{v}" not in w] for k in dict.fromkeys(keys)]
        longest = max(map(len, wordings))
        ordered = [w[i] for i in range(longest) for w in wordings if i < len(w)]
        columns.append(list(dict.fromkeys(ordered)))
    return columns[0], columns[1]


def english_words(texts: list[str]) -> list[str]:
    return sorted({w for t in texts for w in re.findall(r"[a-z0-9']+", SLOT.sub(" ", t.lower()))})


def joins(world: World) -> tuple[list[str], list[str]]:
    """What stands between two related things and nothing else, like "to the left of"."""
    found = [[re.fullmatch(r"\{a\}([^{}]+)\{b\}", w) for k in world.relations for w in phrases.RELATIONS[k][language]] for language in (0, 1)]
    return tuple(list(dict.fromkeys(m[1].strip() for m in matches if m)) for matches in found)


def vocabulary(assets: Assets, world: World) -> dict:
    things = known_things(assets, world)
    tables = dict(
        motions=(phrases.MOTIONS, world.motions), places=(phrases.PLACES, world.places), cameras=(phrases.CAMERAS, world.cameras),
        weather=(phrases.WEATHERS, world.weathers), light=(phrases.LIGHTS, world.lights), style=(phrases.STYLES, world.styles),
    )  # fmt: skip
    en, zh = named(things)
    groups = [dict(name="things", en=en, zh=zh)]
    extra_en, extra_zh = ["a an the and", *phrases.PREFIXES[0], *phrases.PHOTO_SUBJECTS[0]], [*phrases.PREFIXES[1], *phrases.PHOTO_SUBJECTS[1]]
    for name, (table, keys) in tables.items():
        en, zh = phrased(table, keys)
        groups.append(dict(name=name, en=en, zh=zh))
        extra_en += [w for k in keys for w in table[k][0]]
        extra_zh += [w.replace("{v}", v) for k in keys for w in table[k][1] for v in zh_verbs(w)]
    if world.relations:
        en, zh = joins(world)
        groups.append(dict(name="relations", en=en, zh=zh))
        extra_en += [w for k in world.relations for w in phrases.RELATIONS[k][0]] + [s[0] for s in phrases.SIDES.values()]
        extra_zh += [part for k in world.relations for w in phrases.RELATIONS[k][1] for part in SLOT.split(w)] + [s[1] for s in phrases.SIDES.values()]
    extra_en += [v[0] for v in phrases.VERBS.values()] + [*phrases.SIZES, *phrases.COLOURS]
    extra_zh += ["一个", "小", "大"] + ["一" + v[2] for v in phrases.VERBS.values()] + [c[0] for c in phrases.COLOURS.values()] + [o["zh"] for o in things]
    words_en = english_words(extra_en + [w for g in groups for w in g["en"]])
    words_zh = sorted({w.strip("，。") for w in extra_zh + [w for g in groups for w in g["zh"]]} - {""})
    return dict(format="kinora-vocabulary", version=1, groups=groups, words=dict(en=words_en, zh=words_zh))


def zh_verbs(wording: str) -> list[str]:
    return [v[1] for v in phrases.VERBS.values()] if "{v}" in wording else [""]
