# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders scenes (scenes.py) to pixels in batches on any device.

Renderer keeps all textures on the device: background canvases, photos, the sprite atlas and tileable particle textures.
render(scenes) -> pixels [B,3,T,H,W] in [-1,1].
"""

import concurrent.futures

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from . import backgrounds
from .assets import MIPS, Assets
from .scenes import PARTICLES

TILE = (256, 512)  # particle textures: rows, columns; they repeat
FAMILIES = ("streaks", "dots", "leaves", "petals", "rings")
COLOURS = {"leaves": [(205, 110, 35), (190, 60, 30), (225, 165, 50)], "petals": [(250, 170, 200), (255, 205, 220), (245, 140, 180)]}


def particle_texture(family: str, seed: int) -> np.ndarray:
    """uint8 [4,256,512], premultiplied RGBA, repeats in both directions."""
    rng = np.random.default_rng((FAMILIES.index(family), seed))
    h, w = TILE
    colour, alpha = np.zeros((3 * h, 3 * w, 3), np.uint8), np.zeros((3 * h, 3 * w), np.uint8)
    for _ in range({"streaks": 300, "dots": 260, "leaves": 60, "petals": 80, "rings": 60}[family]):
        x, y, r, turn = rng.random() * w, rng.random() * h, rng.uniform(0.8, 1.5), rng.uniform(0, 180)
        palette = COLOURS.get(family, [(235, 240, 250)])
        c = tuple(int(v) for v in palette[rng.integers(len(palette))])
        for ox in (0, w, 2 * w):
            for oy in (0, h, 2 * h):
                p = (int((x + ox) * 16), int((y + oy) * 16))
                for image, value in ((colour, c), (alpha, 255)):
                    if family == "streaks":
                        cv2.line(image, p, (p[0] - 24, p[1] + int(190 * r)), value, 1, cv2.LINE_AA, 4)
                    elif family == "dots":
                        cv2.circle(image, p, int(26 * r), value, -1, cv2.LINE_AA, 4)
                    elif family == "rings":
                        cv2.circle(image, p, int(48 * r), value, 1, cv2.LINE_AA, 4)
                    else:
                        cv2.ellipse(image, p, (int(60 * r), int(28 * r)), turn, 0, 360, value, -1, cv2.LINE_AA, 4)
    colour, alpha = colour[h : 2 * h, w : 2 * w], alpha[h : 2 * h, w : 2 * w]
    return np.concatenate([colour, alpha[..., None]], -1).transpose(2, 0, 1)


def paint_all(variants: int, workers: int) -> tuple[np.ndarray, np.ndarray]:
    """All background canvases: far uint8 [K*variants,3,H,W], near uint8 [K*variants,4,H,W], ordered by kind."""
    kinds = [k for k in sorted(backgrounds.PAINTERS) for _ in range(variants)]
    seeds = list(range(variants)) * len(backgrounds.PAINTERS)
    if workers > 1:
        with concurrent.futures.ProcessPoolExecutor(workers) as pool:
            pairs = list(pool.map(backgrounds.paint, kinds, seeds, chunksize=4))
    else:
        pairs = list(map(backgrounds.paint, kinds, seeds))
    return tuple(np.stack([p[i] for p in pairs]).transpose(0, 3, 1, 2) for i in (0, 1))


class Renderer:
    def __init__(self, assets: Assets, device: str = "cpu", variants: int = 20, workers: int = 1):
        self.device = torch.device(device)
        self.kinds, self.variants = sorted(backgrounds.PAINTERS), variants
        far, near = paint_all(variants, workers)
        self.far, self.near = self._put(far), self._put(near)
        self.photos, self.sprites = self._put(assets.photos()), self._put(assets.sprite_tiles())
        self.particle_seeds = 4
        self.particles = self._put(np.stack([particle_texture(f, s) for f in FAMILIES for s in range(self.particle_seeds)]))
        self.grain = self._put(np.random.default_rng(0).standard_normal(TILE).astype(np.float32))
        self.mips = torch.tensor(MIPS, dtype=torch.float32, device=self.device)

    def _put(self, array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self.device)

    def _stack(self, scenes: list[dict], key: str) -> torch.Tensor:
        return self._put(np.stack([s[key] for s in scenes]))

    @torch.no_grad()
    def render(self, scenes: list[dict], dtype: torch.dtype = torch.float32) -> torch.Tensor:
        """scenes of one size and length -> [B,3,T,H,W] in [-1,1]."""
        return self.render_with_things(scenes, dtype)[0]

    @torch.no_grad()
    def render_with_things(self, scenes: list[dict], dtype: torch.dtype = torch.float32) -> tuple[torch.Tensor, torch.Tensor]:
        """As render(), and how much of each pixel shows a thing, [B,T,H,W] in 0..1."""
        h, w = scenes[0]["size"]
        camera = self._stack(scenes, "camera")  # [B,T,4]
        ys = (torch.arange(h, device=self.device) + 0.5) / h - 0.5
        xs = ((torch.arange(w, device=self.device) + 0.5) / w - 0.5) * (w / h)
        zoom, roll = camera[..., 2], camera[..., 3]
        cos, sin = (roll.cos() / zoom)[..., None, None], (roll.sin() / zoom)[..., None, None]
        # World position of every pixel relative to the camera, [B,T,H,W] each.
        px = cos * xs + sin * ys[:, None]
        py = -sin * xs + cos * ys[:, None]
        image = self._background(scenes, px, py, camera)
        things = torch.zeros_like(px)
        self._objects(scenes, px, py, camera, image, things)
        image *= self._stack(scenes, "light").transpose(1, 2)[..., None, None]
        self._weather(scenes, image)
        self._style(scenes, image)
        return image.clamp_(0, 1).mul_(2).sub_(1).to(dtype), things

    def _sample(self, texture: torch.Tensor, gx: torch.Tensor, gy: torch.Tensor, padding: str) -> torch.Tensor:
        """texture [B,C,h,w] 0..255, gx/gy [B,T,H,W] in -1..1 -> [B,C,T,H,W] in 0..1."""
        b, t, h, w = gx.shape
        grid = torch.stack([gx, gy], -1).view(b, t * h, w, 2)
        y = F.grid_sample(texture.float().div_(255), grid, mode="bilinear", padding_mode=padding, align_corners=False)
        return y.view(b, -1, t, h, w)

    def _background(self, scenes, px, py, camera) -> torch.Tensor:
        """Far and near canvases at different parallax, or a photo."""
        span, offset = self._stack(scenes, "span"), self._stack(scenes, "offset")
        flip = torch.tensor([-1.0 if s["mirror"] else 1.0 for s in scenes], device=self.device).view(-1, 1, 1, 1)

        def look(index: list[int], texture: torch.Tensor, parallax: float) -> torch.Tensor:
            i = torch.tensor(index, device=self.device)
            shift = camera[i, :, :2] * parallax + offset[i, None]
            gx = (px[i] + shift[..., 0, None, None]) / span[i, 0].view(-1, 1, 1, 1) * flip[i]
            gy = (py[i] + shift[..., 1, None, None]) / span[i, 1].view(-1, 1, 1, 1)
            return self._sample(texture, gx, gy, "reflection")

        image = torch.empty(len(scenes), 3, *px.shape[1:], device=self.device)
        painted = [i for i, s in enumerate(scenes) if s["canvas"][0] != "photo"]
        photo = [i for i, s in enumerate(scenes) if s["canvas"][0] == "photo"]
        if painted:
            canvas = [scenes[i]["canvas"] for i in painted]
            ids = torch.tensor([self.kinds.index(k) * self.variants + int(v * self.variants) for k, v in canvas], device=self.device)
            near = look(painted, self.near[ids], 1.0)
            image[painted] = look(painted, self.far[ids], 0.5).mul_(1 - near[:, 3:]).add_(near[:, :3])
        if photo:
            image[photo] = look(photo, self.photos[[scenes[i]["canvas"][1] for i in photo]], 1.0)
        return image.mul_(self._stack(scenes, "tint")[..., None, None, None]).clamp_(0, 1)

    def _objects(self, scenes, px, py, camera, image, things) -> None:
        """Composites the sprites in order, in place; `things` collects where they are."""
        for slot in range(max(s["count"] for s in scenes)):
            rows = [i for i, s in enumerate(scenes) if s["count"] > slot]
            i = torch.tensor(rows, device=self.device)
            o = self._put(np.stack([scenes[r]["objects"][slot] for r in rows]))[..., None, None]  # [b,T,6,1,1]
            tile = self.sprites[torch.tensor([int(scenes[r]["sprites"][slot]) for r in rows], device=self.device)]
            x = px[i] + camera[i, :, 0, None, None] - o[:, :, 0]
            y = py[i] + camera[i, :, 1, None, None] - o[:, :, 1]
            half, angle = o[:, :, 2] / 2, o[:, :, 3]
            cos, sin = angle.cos() / half, angle.sin() / half
            u = (cos * x + sin * y) * (1 - 2 * o[:, :, 5])
            v = cos * y - sin * x
            inside = ((u.abs() < 1) & (v.abs() < 1)).unsqueeze(1)
            # Mip level by the sprite's size on screen; the three levels share one 192 x 128 tile.
            pixels = o[:, :, 2, 0, 0] * camera[i, :, 2] * image.shape[3]
            level = torch.log2(128 / pixels.clamp_min(1) * 0.8).round().clamp(0, len(MIPS) - 1).long()
            mip = self.mips[level][..., None, None]  # [b,T,3,1,1]
            gx = (mip[:, :, 0] + (u + 1) / 2 * mip[:, :, 2]) / 96 - 1
            gy = (mip[:, :, 1] + (v + 1) / 2 * mip[:, :, 2]) / 64 - 1
            rgba = self._sample(tile, gx, gy, "zeros").mul_(inside).mul_(o[:, None, :, 4])
            image[i] = image[i].mul_(1 - rgba[:, 3:]).add_(rgba[:, :3])
            things[i] = torch.maximum(things[i], rgba[:, 3])

    def _weather(self, scenes, image) -> None:
        """Falling particles from repeating textures, or fog; in place."""
        _, _, _, h, w = image.shape
        for name in ("fog", *PARTICLES):
            rows = [i for i, s in enumerate(scenes) if s["facts"]["weather"] == name]
            if not rows:
                continue
            amount = self._put(np.stack([scenes[r]["weather"] for r in rows])).view(len(rows), 1, -1, 1, 1)
            if name == "fog":
                height = torch.linspace(0.35, 0.75, h, device=self.device).view(1, 1, 1, h, 1)
                image[rows] = image[rows].lerp_(torch.tensor(0.86, device=self.device), amount * height)
                continue
            family, (vx, vy), opacity = PARTICLES[name]
            n = self._put(np.stack([scenes[r]["frame_numbers"] for r in rows]))  # [b,T]
            seeds = [scenes[r]["particles"] for r in rows]
            speed = torch.tensor([s[1] for s in seeds], device=self.device).view(-1, 1)
            first = torch.tensor([s[0] for s in seeds], device=self.device).view(-1, 1)
            texture = self.particles[FAMILIES.index(family) * self.particle_seeds + first.view(-1) % self.particle_seeds]
            step = TILE[0] / 1.6  # texture pixels a frame height
            y = torch.arange(h, device=self.device) * (step / h)
            x = torch.arange(w, device=self.device) * (step / h)
            sway = 0.02 * torch.sin(n * 0.12 + first) if name != "rain" else 0.0
            row = (y + ((-vy * speed * n + first % 97 / 97) * step)[..., None]).long() % TILE[0]  # [b,T,H]
            column = (x + ((-vx * speed * n + sway + first % 89 / 89) * step)[..., None]).long() % TILE[1]  # [b,T,W]
            b = torch.arange(len(rows), device=self.device).view(-1, 1, 1, 1)
            rgba = texture.permute(0, 2, 3, 1)[b, row[..., None], column[..., None, :]].float().div_(255).permute(0, 4, 1, 2, 3)
            alpha = rgba[:, 3:] * amount * opacity
            base = image[rows] * (1 - 0.15 * amount) if name == "rain" else image[rows]
            image[rows] = base * (1 - alpha) + rgba[:, :3] * amount * opacity

    def _outlines(self, luma: torch.Tensor, strength: float) -> torch.Tensor:
        """[T,1,H,W]: 1 on even parts, darker towards 0 on edges."""
        return (1 - (luma - F.avg_pool2d(luma, 5, 1, 2, count_include_pad=False)).abs() * strength).clamp(0, 1)

    def _night_vision(self, scene: dict, luma: torch.Tensor) -> torch.Tensor:
        """Bright green, a round window that is dark towards the corners, and grain that is new in every frame. luma [T,1,H,W] -> [T,3,H,W]."""
        h, w = luma.shape[2:]
        n = torch.as_tensor(scene["frame_numbers"], device=self.device).long()[:, None]
        first, cells = scene["particles"][0], TILE[0] * 0.6 / h  # grain cells a pixel
        row = ((torch.arange(h, device=self.device) * cells).long() + 101 * n + first) % TILE[0]  # [T,H]
        column = ((torch.arange(w, device=self.device) * cells).long() + 197 * n) % TILE[1]  # [T,W]
        grain = self.grain[row[:, :, None], column[:, None, :]][:, None]
        y, x = torch.linspace(-1, 1, h, device=self.device)[:, None], torch.linspace(-1, 1, w, device=self.device) * w / h
        window = (1.25 - 0.55 * (x * x + y * y) / max(1.0, w / h)).clamp(0, 1)
        light = (luma.clamp_min(0) ** 0.8 * 0.85 + 0.05 * grain + 0.04) * window
        return (light * torch.tensor([0.22, 1.0, 0.32], device=self.device).view(3, 1, 1)).clamp(0, 1)

    def _style(self, scenes, image) -> None:
        for row, s in enumerate(scenes):
            style = s["facts"]["style"]
            if style == "none":
                continue
            x = image[row].clamp(0, 1).transpose(0, 1)  # [T,3,H,W]
            luma = (x * torch.tensor([0.299, 0.587, 0.114], device=self.device).view(3, 1, 1)).sum(1, keepdim=True)
            if style == "mono":
                x = luma.expand_as(x)
            elif style == "sepia":
                x = luma * torch.tensor([1.08, 0.86, 0.62], device=self.device).view(3, 1, 1)
            elif style == "pixel":
                x = F.interpolate(F.avg_pool2d(x, 8), scale_factor=8, mode="nearest")
            elif style == "sketch":
                x = self._outlines(luma, 6).expand_as(x) * 0.96
            elif style == "comic":  # flat colours, inked
                x = ((x * 5).round() / 5 * 1.1 - 0.03).clamp(0, 1) * self._outlines(luma, 7).sub(0.35).mul_(2).clamp_(0, 1)
            elif style == "nightvision":
                x = self._night_vision(s, luma)
            elif style == "dreamy":
                x = F.avg_pool2d(x, 7, 1, 3, count_include_pad=False) * 0.9 + 0.1
            image[row] = x.transpose(0, 1)


def contact_sheet(path: str, clips: torch.Tensor, columns: int = 6, texts: list[str] | None = None) -> None:
    """clips [B,3,T,H,W] in [-1,1]: one row a clip, `columns` frames each, ASCII captions above; writes PNG or JPEG."""
    rows = []
    for k, clip in enumerate(clips):
        pick = torch.linspace(0, clip.shape[1] - 1, columns).round().long()
        frames = ((clip[:, pick].float().cpu().clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 3, 0).numpy()
        row = np.concatenate(list(frames), 1)
        label = np.full((14, row.shape[1], 3), 255, np.uint8)
        text = (texts[k] if texts else "").encode("ascii", "replace").decode()
        cv2.putText(label, text, (2, 11), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (0, 0, 0), 1, cv2.LINE_AA)
        rows += [label, row]
    options = [cv2.IMWRITE_JPEG_QUALITY, 85] if path.endswith(".jpg") else []
    cv2.imwrite(path, np.concatenate(rows, 0)[..., ::-1], options)
