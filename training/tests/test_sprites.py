# SPDX-License-Identifier: GPL-3.0-or-later
"""The sprites in assets.npz are what their names say."""

import cv2
import numpy as np

from make_data import dominant_hue
from mini import assets as assets_module
from mini import phrases
from mini.world import WORLDS


def hue_of(sprite: np.ndarray) -> float:
    """Degrees; sprite: premultiplied BGRA uint8 [H,W,4]."""
    bgr = np.clip(sprite[..., :3] * 255.0 / np.maximum(sprite[..., 3:].astype(np.float32), 1), 0, 255).astype(np.uint8)
    hsv = cv2.cvtColor(bgr, cv2.COLOR_BGR2HSV_FULL).astype(np.float32)
    return dominant_hue(hsv, (hsv[..., 1] > 60) & (sprite[..., 3] > 128)) / 255 * 360


def test_a_sprite_wears_the_colour_it_is_named_by():
    store = assets_module.load()
    wrong = []
    for thing in (o for o in store.objects if o["en"] in WORLDS["small"].things):
        for colour, number in ((c, n) for c, numbers in thing["sprites"].items() if c for n in numbers):
            hue = hue_of(store.sprite(number))
            if abs((hue - phrases.COLOURS[colour][1] + 180) % 360 - 180) > 15:
                wrong.append(f"{colour} {thing['en']}: {hue:.0f} degrees")
    assert not wrong


def test_the_dominant_hue_of_red_does_not_fall_between_its_ends():
    hsv = np.zeros((4, 100, 3), np.float32)
    hsv[..., 1:] = 200
    hsv[:2, :, 0], hsv[2:, :, 0] = 252, 3
    distance = min(dominant_hue(hsv, np.ones((4, 100), bool)), 255)
    assert min(distance, 256 - distance) <= 5
