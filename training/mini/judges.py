# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripted judges: what happens in a clip, read from its pixels alone.

A clip is uint8 RGB [T,H,W,3]. Lengths are in frame heights, x to the right, y downwards. The limits suit the worlds of
world.py; how often each judge is right on rendered truth stands in the report of evaluate.py beside every figure.
"""

import cv2
import numpy as np

from . import phrases
from .scenes import LOOKS

NOTICEABLE = 18  # grey levels by which a moving part differs from what is behind it
LEAST_AREA = 0.002  # of the frame; smaller moving parts are noise
LEAST_TRAVEL = 0.08
CAMERA_SCALES = (0.5, 0.28, 0.36)  # of a full pan, tilt (frame heights) and zoom (log of magnification)
CAMERA_NAMES = (("pan_left", "pan_right"), ("tilt_up", "tilt_down"), ("zoom_out", "zoom_in"))
LEAST_CAMERA = 0.2  # of a full move; less is a static camera
GRAIN = 9  # frames that rain and snow need to leave a pixel


def plates(clip: np.ndarray) -> np.ndarray:
    """Median pictures [3,H,W,3] float32 of the clip's beginning, middle and end."""
    k = max(1, len(clip) // 8)
    middle = (len(clip) - k) // 2
    return np.stack([np.median(part, 0) for part in (clip[:k], clip[middle : middle + k], clip[-k:])]).astype(np.float32)


def moving_part(pictures: np.ndarray) -> np.ndarray:
    """How far each of the three plates alone differs from both others, in grey levels over NOTICEABLE, [3,H,W].

    A thing that moves is at a place in one plate only, and what it hides is seen in the two others.
    """
    distance = {(i, j): cv2.GaussianBlur(np.abs(pictures[i] - pictures[j]).max(-1), (0, 0), 1.2) for i, j in ((0, 1), (0, 2), (1, 2))}
    alone = [np.minimum(distance[0, 1], distance[0, 2]), np.minimum(distance[0, 1], distance[1, 2]), np.minimum(distance[0, 2], distance[1, 2])]
    return np.clip(np.stack(alone) - NOTICEABLE, 0, None)


def centroid(mask: np.ndarray) -> np.ndarray | None:
    """x, y of a weighted mask [H,W]; None if hardly anything is in it."""
    h, w = mask.shape
    if (mask > 0).mean() < LEAST_AREA:
        return None
    ys, xs = np.mgrid[0:h, 0:w]
    return np.array([(mask * xs).sum(), (mask * ys).sum()]) / mask.sum() / h


def direction(clip: np.ndarray) -> str:
    """left, right, up, down, or still: where the moving part went from the clip's beginning to its end."""
    first, _, last = (centroid(mask) for mask in moving_part(plates(clip)))
    if first is None or last is None or np.abs(last - first).max() < LEAST_TRAVEL:
        return "still"
    x, y = last - first
    return ("left", "right")[int(x > 0)] if abs(x) > abs(y) else ("up", "down")[int(y > 0)]


def hue_distance(a: np.ndarray, b: float) -> np.ndarray:
    """Degrees between hues, 0..180."""
    return np.abs((a - b + 180) % 360 - 180)


def colour(clip: np.ndarray) -> str:
    """The name of phrases.COLOURS that most of the moving part has; '' if it is grey or nothing moves."""
    pictures = plates(clip)
    weight = moving_part(pictures)
    hsv = np.stack([cv2.cvtColor(p / 255, cv2.COLOR_RGB2HSV) for p in pictures])  # degrees, 0..1, 0..1
    weight = weight * hsv[..., 1] * ((hsv[..., 1] > 0.35) & (hsv[..., 2] > 0.25))
    if (weight > 0).mean() < LEAST_AREA / 2:
        return ""
    names = list(phrases.COLOURS)
    nearest = np.argmin([hue_distance(hsv[..., 0], phrases.COLOURS[n][1]) for n in names], 0)
    return names[int(np.argmax([weight[nearest == i].sum() for i in range(len(names))]))]


def colour_path(clip: np.ndarray, name: str) -> np.ndarray | None:
    """x, y of all vivid pixels of a colour in the clip's beginning, middle and end, [3,2]; None if one has hardly any."""
    paths = []
    for picture in plates(clip):
        hsv = cv2.cvtColor(picture / 255, cv2.COLOR_RGB2HSV)
        vivid = (hsv[..., 1] > 0.5) & (hsv[..., 2] > 0.45) & (hue_distance(hsv[..., 0], phrases.COLOURS[name][1]) < 20)
        paths.append(centroid(vivid.astype(np.float32)))
    return None if any(p is None for p in paths) else np.stack(paths)


def relation(clip: np.ndarray, first: str, second: str) -> str:
    """left_of, right_of, above, under, or, where both go one way and the first one is behind, chase (it comes closer) or follow.

    first, second: the colours of the two things, vivid on a pale place. '' if they are not there or do none of it.
    """
    a, b = colour_path(clip, first), colour_path(clip, second)
    if a is None or b is None:
        return ""
    travel, offset = np.stack([p[2] - p[0] for p in (a, b)]), b - a
    if (np.abs(travel[:, 0]) > LEAST_TRAVEL / 2).all():
        behind = np.sign(offset[:, 0]) == np.sign(travel[:, 0]).sum() / 2
        return "" if not behind.all() else "chase" if abs(offset[2, 0]) < 0.8 * abs(offset[0, 0]) else "follow"
    x, y = offset.mean(0)
    return ("right_of", "left_of")[int(x > 0)] if abs(x) > abs(y) else ("under", "above")[int(y > 0)]


def gray(frames: np.ndarray) -> list[np.ndarray]:
    return [cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in frames]


def flows(clip: np.ndarray, step: int):
    """Dense optical flow in pixels between frames `step` apart: yields (grey picture [H,W], flow [H,W,2])."""
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    frames = gray(clip[::step])
    for a, b in zip(frames, frames[1:]):
        yield a, search.calc(a, b, None)


def view_motion(picture: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Mean shift x, y (pixels) and expansion (1/pixel) of a flow field, fitted robustly where the picture has texture."""
    h, w = picture.shape
    ys, xs = np.mgrid[0:h, 0:w].astype(np.float32)
    xs, ys = xs - (w - 1) / 2, ys - (h - 1) / 2
    texture = cv2.magnitude(cv2.Sobel(picture, cv2.CV_32F, 1, 0), cv2.Sobel(picture, cv2.CV_32F, 0, 1)) + 1
    one, none = np.ones_like(xs), np.zeros_like(xs)
    rows = np.concatenate([np.stack([one, none, xs], -1).reshape(-1, 3), np.stack([none, one, ys], -1).reshape(-1, 3)])
    target = np.concatenate([flow[..., 0].ravel(), flow[..., 1].ravel()])
    base = np.concatenate([texture.ravel()] * 2)
    weight = base
    for _ in range(3):
        scaled = rows * weight[:, None]
        solution = np.linalg.solve(scaled.T @ rows + np.eye(3) * 1e-3, scaled.T @ target)
        weight = base / (1 + np.square(target - rows @ solution))
    return solution


def camera_motion(clip: np.ndarray) -> np.ndarray:
    """How the view moved over the clip: x, y in frame heights (content moves against it), log of the magnification."""
    step = max(1, len(clip) // 20)
    total = np.sum([view_motion(*pair) for pair in flows(clip, step)], 0)
    return np.array([-total[0] / clip.shape[1], -total[1] / clip.shape[1], total[2]])


def camera(clip: np.ndarray) -> str:
    """static, or one of pan, tilt and zoom: the largest relative to a full move."""
    moves = camera_motion(clip) / CAMERA_SCALES
    largest = int(np.argmax(np.abs(moves)))
    return "static" if abs(moves[largest]) < LEAST_CAMERA else CAMERA_NAMES[largest][int(moves[largest] > 0)]


def light(clip: np.ndarray) -> str:
    """day (no change), to_night, to_day or to_sunset: the nearest to how much each colour channel gained."""
    looks = {k: np.log(np.array(v)) for k, v in LOOKS.items()}
    changes = {"day": looks["day"] * 0, "to_night": looks["night"], "to_day": -looks["night"], "to_sunset": looks["sunset"]}
    k = max(1, len(clip) // 8)
    begin, end = (part.reshape(-1, 3).mean(0) + 2 for part in (clip[:k], clip[-k:]))
    gain = np.log(end / begin)
    return min(changes, key=lambda name: np.linalg.norm(gain - changes[name]))


def weather_features(clip: np.ndarray) -> np.ndarray:
    """Seven numbers for a clip with a static camera: passing grain (amount, shape) and veil (colour, contrast)."""
    middles = np.linspace(GRAIN // 2, len(clip) - 1 - GRAIN // 2, 8).round().astype(int)
    grain = []
    for t in middles:
        window = np.stack(gray(clip[t - GRAIN // 2 : t + GRAIN // 2 + 1])).astype(np.float32)
        grain.append(np.clip(window[GRAIN // 2] - np.median(window, 0), 0, None))
    grain = np.stack(grain)

    def alike(dy: int, dx: int) -> float:
        a, b = grain[:, dy:, dx:], grain[:, : grain.shape[1] - dy, : grain.shape[2] - dx]
        return float((a * b).mean() / (np.square(grain).mean() + 0.1))

    picture = np.median(clip[-len(clip) // 2 :: 4], 0).astype(np.float32) / 255
    below, above = picture[len(picture) * 2 // 3 :], picture[: len(picture) // 3]
    contrast = [float(np.abs(np.diff(part, axis=1)).mean()) for part in (below, above)]
    veil = [float((below.max(-1) - below.min(-1)).mean()), float(np.abs(below - 0.86).mean())]
    return np.array([np.log(grain.mean() + 0.05), alike(3, 0), alike(0, 2), *veil, *np.log(np.array(contrast) + 0.002)])


def steadiness(clip: np.ndarray) -> float:
    """1 - mean absolute difference of neighbouring frames / 255, the form of VBench's temporal flickering."""
    return 1 - float(np.abs(np.diff(clip.astype(np.int16), axis=0)).mean()) / 255


def dynamic(clip: np.ndarray, fps: float) -> bool:
    """Whether the fastest twentieth of the picture moves over 0.8 % of the height in a quarter of a second, half of the time."""
    step = max(1, round(fps / 4))
    speeds = [np.sort(np.linalg.norm(flow, axis=-1), axis=None)[-flow[..., 0].size // 20 :].mean() for _, flow in flows(clip, step)]
    return float(np.median(speeds)) > 0.008 * clip.shape[1]


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    """dB between pictures of equal shape in 0..255."""
    error = np.square(a.astype(np.float64) - b).mean()
    return float(10 * np.log10(255**2 / max(error, 1e-3)))
