# SPDX-License-Identifier: GPL-3.0-or-later
"""What may happen in a clip and how often: the whole grammar for one GPU, a part of it for two processors.

A small model that sees everything learns nothing; the small world keeps what is cheap to learn and most wanted: camera moves, light and
weather on photos and places, and a few things that move one way. The words are those of phrases.py.
"""

from dataclasses import dataclass, field, replace

from . import phrases


@dataclass(frozen=True)
class World:
    modes: dict[str, float]  # shares of: objects on places, photos, places alone
    things: tuple[str, ...] = ()  # English names; () = all, the curated ones more often
    motions: tuple[str, ...] = tuple(phrases.MOTIONS) + ("left", "right", "up", "down") * 2  # drawn evenly: repeats weigh more
    local_motions: tuple[str, ...] = ("still", "still", "spin", "bounce", "swing", "pulse", "float", "shake")  # with a moving camera
    places: tuple[str, ...] = tuple(phrases.PLACES)
    relations: tuple[str, ...] = ()  # of two or three things on a place
    related: float = 0.0  # share of such clips with a relation
    cameras: tuple[str, ...] = tuple(phrases.CAMERAS)
    weathers: tuple[str, ...] = tuple(phrases.WEATHERS)
    lights: tuple[str, ...] = tuple(phrases.LIGHTS)
    styles: tuple[str, ...] = tuple(phrases.STYLES)
    static_camera: dict[str, float] = field(default_factory=lambda: dict(objects=0.55, photo=0.12, place=0.12))
    clear: float = 0.80  # share without weather
    day: float = 0.78
    no_style: float = 0.90
    counts: tuple[float, ...] = (0.70, 0.22, 0.08)  # one, two, three things
    photo_things: float = 0.15  # share of photos with a thing on them
    reach: float = 1.0  # of pans and zooms, relative
    pace: float = 0.7  # how much moves start and end slowly, at most
    sizes: tuple[str, ...] = ("", "", "", "", "small", "big")

    def without_photos(self) -> "World":
        """For single frames: a photo cannot be told from its caption, only continued."""
        return replace(self, modes={k: v for k, v in self.modes.items() if k != "photo"})


FULL = World(
    modes=dict(objects=0.70, photo=0.22, place=0.08),
    relations=tuple(phrases.RELATIONS) + ("chase", "follow", "lead", "meet", "part", "around") * 2,  # the added ones need a static camera
    related=0.6,
    counts=(0.60, 0.29, 0.11),
)

SMALL = World(
    modes=dict(objects=0.36, photo=0.50, place=0.14),
    things=("ball", "balloon", "car", "dog", "bird", "fish", "star", "heart"),
    motions=("left", "right") * 3 + ("up", "down") * 2 + ("still", "still", "grow", "shrink"),
    local_motions=("still",),
    places=(
        "sky", "beach", "sea", "underwater", "meadow", "forest", "autumn", "jungle", "desert", "snowfield", "starry", "city", "neon", "village",
        "farm", "space", "moon", "room", "mountains", "lake", "volcano", "cave", "garden", "studio",
    ),
    cameras=("static", "pan_left", "pan_right", "tilt_up", "tilt_down", "zoom_in", "zoom_out"),
    weathers=("none", "fog", "snow", "rain"),
    lights=("day", "sunset", "night", "to_night", "to_day", "to_sunset"),
    styles=("none", "mono", "sepia"),
    static_camera=dict(objects=0.92, photo=0.10, place=0.15),
    pace=0.2,
    clear=0.86,
    day=0.72,
    no_style=0.94,
    counts=(0.94, 0.06, 0.0),
    photo_things=0.0,
    reach=0.6,
    sizes=("", "", "", "big"),
)  # fmt: skip

WORLDS = {"full": FULL, "small": SMALL}
