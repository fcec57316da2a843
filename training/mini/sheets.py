# SPDX-License-Identifier: GPL-3.0-or-later
"""Contact sheets of showcase.json and the film strips of the studio's examples, as small JPEGs."""

import io
import json
import os

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .assets import Assets
from .cases import DETAIL, PHOTO, THING, rendered
from .clips import Engine
from .render import Renderer
from .scenes import scene

HERE = os.path.dirname(os.path.abspath(__file__))
FONTS = ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc")  # Debian, others
LABEL = 17  # pixels a caption line
COLUMNS = 6  # frames of a clip in a sheet
ROWS = 16  # clips a sheet
SHEET_BYTES, STRIP_BYTES = 300_000, 40_000
STRIP_FRAMES, STRIP_HEIGHT, STRIP_FPS = 12, 100, 4
SEED = 4242  # of the drawn start pictures


def read_list(name: str) -> dict:
    with open(os.path.join(HERE, name), encoding="utf-8") as f:
        return json.load(f)


def start_picture(wanted: dict, assets: Assets, renderer: Renderer, size: tuple[int, int]) -> np.ndarray:
    """uint8 RGB at DETAIL times the model's size. wanted: {"photo": number} or the facts of a scene of scenes.py."""
    large = (size[0] * DETAIL, size[1] * DETAIL)
    photos = (wanted["photo"], wanted["photo"] + 1) if "photo" in wanted else None
    facts = PHOTO if photos else THING | dict(motion="still") | wanted
    return rendered(renderer, scene(assets, SEED, 0, large, 1, wanted=facts, photos=photos))[0]


def make(engine: Engine, entry: dict, assets: Assets, renderer: Renderer) -> tuple[np.ndarray, np.ndarray | None]:
    """The clip of an entry of a list, uint8 [T,H,W,3], and its start picture."""
    picture = start_picture(entry["picture"], assets, renderer, engine.size) if "picture" in entry else None
    return engine.clip(entry["prompt"], entry["seed"], picture), picture


def pick(clip: np.ndarray, count: int) -> np.ndarray:
    """`count` frames, evenly spread from the first to the last."""
    return clip[np.linspace(0, len(clip) - 1, count).round().astype(int)]


def jpeg(image: np.ndarray, most: int) -> bytes:
    """RGB uint8 as the best JPEG of at most `most` bytes."""
    for quality in range(88, 20, -6):
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "JPEG", quality=quality, optimize=True)
        if buffer.tell() <= most:
            break
    return buffer.getvalue()


def write(path: str, content: bytes) -> None:
    with open(path, "wb") as f:
        f.write(content)


def font() -> ImageFont.FreeTypeFont:
    """A face with Latin and Chinese letters (the package fonts-noto-cjk that packaging/setup installs)."""
    for path in FONTS:
        if os.path.exists(path):
            return ImageFont.truetype(path, 12)
    raise FileNotFoundError("[sheets] no NotoSansCJK-Regular.ttc; expected the package fonts-noto-cjk")


def sheet(entries: list[tuple[str, np.ndarray]]) -> np.ndarray:
    """Captions and pictures [N,H,W,3] under each other as one RGB picture."""
    parts, face = [], font()
    for text, frames in entries:
        row = np.concatenate(list(frames), 1)
        label = Image.new("RGB", (row.shape[1], LABEL), "white")
        ImageDraw.Draw(label).text((3, 0), text, "black", face)
        parts += [np.array(label), row]
    return np.concatenate(parts)


def draw(folder: str, engine: Engine, assets: Assets, renderer: Renderer) -> None:
    """text-1.jpg, text-2.jpg … and pictures.jpg: ROWS clips each; a start picture stands before its clip."""
    os.makedirs(folder, exist_ok=True)
    lists = read_list("showcase.json")
    groups = {f"text-{i // ROWS + 1}.jpg": lists["prompts"][i : i + ROWS] for i in range(0, len(lists["prompts"]), ROWS)}
    for name, entries in (groups | {"pictures.jpg": lists["pictures"]}).items():
        lines = []
        for entry in entries:
            clip, picture = make(engine, entry, assets, renderer)
            frames = pick(clip, COLUMNS)
            if picture is not None:
                small = cv2.resize(picture, frames.shape[2:0:-1], interpolation=cv2.INTER_AREA)
                frames = np.concatenate([small[None], frames])
            lines.append((entry["prompt"], frames))
        write(os.path.join(folder, name), jpeg(sheet(lines), SHEET_BYTES))


def strip(clip: np.ndarray) -> np.ndarray:
    """STRIP_FRAMES frames of a clip side by side, STRIP_HEIGHT high."""
    width = round(clip.shape[2] * STRIP_HEIGHT / clip.shape[1] / 2) * 2
    return np.concatenate([cv2.resize(f, (width, STRIP_HEIGHT), interpolation=cv2.INTER_AREA if clip.shape[1] > STRIP_HEIGHT else cv2.INTER_CUBIC)
                           for f in pick(clip, STRIP_FRAMES)], 1)  # fmt: skip
