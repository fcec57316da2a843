# SPDX-License-Identifier: GPL-3.0-or-later
"""A canvas to paint on with OpenCV, and the shapes that backgrounds.py puts together: clouds, trees, houses, towers and the like."""

import math

import cv2
import numpy as np

HEIGHT, WIDTH = 288, 448


class Layer:
    """A float canvas with colour (premultiplied) and coverage."""

    def __init__(self, rng: np.random.Generator, opaque: bool):
        self.rng = rng
        self.rgb = np.zeros((HEIGHT, WIDTH, 3), np.float32)
        self.alpha = np.full((HEIGHT, WIDTH, 1), float(opaque), np.float32)

    def blend(self, mask: np.ndarray, colour, x0: int = 0, y0: int = 0) -> None:
        """mask [h,w] in 0..1 placed at (x0, y0); colour RGB or an [h,w,3] image."""
        box = slice(y0, y0 + mask.shape[0]), slice(x0, x0 + mask.shape[1])
        mask = np.clip(mask, 0, 1)[..., None].astype(np.float32)
        self.rgb[box] += (np.asarray(colour, np.float32) - self.rgb[box]) * mask
        self.alpha[box] += (1 - self.alpha[box]) * mask

    def colour(self, rgb, spread: float = 14) -> np.ndarray:
        return np.clip(np.asarray(rgb, np.float32) + self.rng.uniform(-spread, spread, 3), 0, 255)

    def gradient(self, top, bottom, spread: float = 14) -> np.ndarray:
        t = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None, None]
        image = self.colour(top, spread) * (1 - t) + self.colour(bottom, spread) * t
        return np.broadcast_to(image, (HEIGHT, WIDTH, 3)).copy()

    def noise(self, gx: int, gy: int, amplitude: float) -> np.ndarray:
        """Smooth noise [H,W,1] with gx x gy cells."""
        small = self.rng.standard_normal((gy, gx)).astype(np.float32)
        return cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)[..., None] * amplitude

    def fill(self, image) -> None:
        self.blend(np.ones((HEIGHT, WIDTH), np.float32), image)

    def ridge(self, base: float, amplitude: float, waves: int = 3) -> np.ndarray:
        """A wavy horizon: y in pixels for each column."""
        x = np.linspace(0, 1, WIDTH)
        y = sum(amplitude / k * np.sin(2 * math.pi * (x * k * self.rng.uniform(0.7, 1.5) + self.rng.random())) for k in range(1, waves + 1))
        return (base + y) * HEIGHT

    def below(self, y, image) -> None:
        rows = np.arange(HEIGHT, dtype=np.float32)[:, None]
        self.blend(np.clip(rows - np.broadcast_to(y, WIDTH)[None] + 0.5, 0, 1), image)

    def polygon(self, points, colour) -> None:
        """points in fractions of the canvas."""
        pixels = np.round(np.asarray(points, np.float32) * (WIDTH, HEIGHT)).astype(np.int32)
        low = np.clip(pixels.min(0) - 1, 0, (WIDTH - 1, HEIGHT - 1))
        high = np.clip(pixels.max(0) + 2, low + 1, (WIDTH, HEIGHT))
        mask = np.zeros((high - low)[::-1], np.uint8)
        cv2.fillPoly(mask, [pixels - low.astype(np.int32)], 255, cv2.LINE_AA)
        self.blend(mask / 255.0, colour, *low)

    def box(self, x: float, y: float, width: float, height: float, colour) -> None:
        self.polygon([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], colour)

    def beam(self, start, end, width: float, colour) -> None:
        """A straight bar between two points in fractions; width in fractions of the height."""
        a, b = (np.asarray(p, np.float32) * (WIDTH, HEIGHT) for p in (start, end))
        across = np.array([a[1] - b[1], b[0] - a[0]]) / np.linalg.norm(b - a) * width * HEIGHT / 2
        self.polygon(np.array([a + across, b + across, b - across, a - across]) / (WIDTH, HEIGHT), colour)

    def disc(self, x: float, y: float, radius: float, colour, soft: float = 0) -> None:
        """x, y in fractions, radius in fractions of the height."""
        px, py, reach = x * WIDTH, y * HEIGHT, (radius + 3 * soft) * HEIGHT + 2
        x0, x1 = int(np.clip(px - reach, 0, WIDTH - 1)), int(np.clip(px + reach, 1, WIDTH))
        y0, y1 = int(np.clip(py - reach, 0, HEIGHT - 1)), int(np.clip(py + reach, 1, HEIGHT))
        mask = np.zeros((max(1, y1 - y0), max(1, x1 - x0)), np.uint8)
        cv2.circle(mask, (int((px - x0) * 16), int((py - y0) * 16)), int(radius * HEIGHT * 16), 255, -1, cv2.LINE_AA, 4)
        mask = mask.astype(np.float32) / 255
        self.blend(cv2.GaussianBlur(mask, (0, 0), soft * HEIGHT) if soft else mask, colour, x0, y0)

    def clouds(self, count: int, lowest: float, colour=(255, 255, 255)) -> None:
        mask = np.zeros((HEIGHT, WIDTH), np.float32)
        for _ in range(count):
            cx, cy, s = self.rng.random() * WIDTH, self.rng.uniform(0.05, lowest) * HEIGHT, self.rng.uniform(0.05, 0.09) * WIDTH
            for _ in range(5):
                centre = (int(cx + self.rng.uniform(-1, 1) * s), int(cy + self.rng.uniform(-0.25, 0.25) * s))
                axes = (int(s * self.rng.uniform(0.5, 0.9)), int(s * self.rng.uniform(0.25, 0.45)))
                cv2.ellipse(mask, centre, axes, 0, 0, 360, 1, -1, cv2.LINE_AA)
        self.blend(cv2.GaussianBlur(mask, (0, 0), 3) * 0.9, colour)

    def stars(self, count: int, lowest: float = 1.0) -> None:
        for _ in range(count):
            self.disc(self.rng.random(), self.rng.random() * lowest, self.rng.uniform(0.003, 0.008), (238, 238, 225))

    def tree(self, x: float, y: float, size: float, crown, pine: bool) -> None:
        s, w = size, size * HEIGHT / WIDTH
        self.polygon([(x - w * 0.06, y), (x + w * 0.06, y), (x + w * 0.06, y - s * 0.4), (x - w * 0.06, y - s * 0.4)], self.colour((95, 65, 40)))
        crown = self.colour(crown, 20)
        if pine:
            for k in range(3):
                half, bottom = w * (0.34 - 0.07 * k), y - s * (0.25 + 0.25 * k)
                self.polygon([(x - half, bottom), (x + half, bottom), (x, y - s * (0.65 + 0.22 * k))], crown * (0.9 + 0.08 * k))
        else:
            for dx, dy in ((-0.2, 0.5), (0.2, 0.5), (0, 0.75)):
                self.disc(x + dx * w, y - dy * s, s * 0.27, crown * self.rng.uniform(0.92, 1.06))

    def trees(self, count, ground: float, size, crown, pine: bool) -> None:
        for k in range(count):
            self.tree((k + self.rng.random()) / count, self.rng.uniform(ground, ground + 0.04), self.rng.uniform(*size), crown, pine)

    def peaks(self, base: float, colour, cap=None) -> None:
        count = int(self.rng.integers(5, 8))
        xs = np.linspace(0, 1, 2 * count + 1)
        ys = [base + (self.rng.uniform(-0.34, -0.16) if j % 2 else self.rng.uniform(0, 0.08)) for j in range(2 * count + 1)]
        self.polygon([(0, 1), *zip(xs, ys), (1, 1)], self.colour(colour, 8))
        if cap is not None:
            for x, y in list(zip(xs, ys))[1::2]:
                self.polygon([(x, y), (x - 0.03, y + 0.08), (x, y + 0.06), (x + 0.03, y + 0.08)], cap)

    def flowers(self, count: int, top: float) -> None:
        palette = [(250, 90, 110), (255, 240, 90), (255, 255, 255), (190, 110, 240), (255, 150, 60)]
        for _ in range(count):
            self.disc(self.rng.random(), self.rng.uniform(top, 0.99), self.rng.uniform(0.009, 0.02), palette[self.rng.integers(len(palette))])

    def house(self, x: float, y: float, size: float) -> None:
        s, w = size, size * HEIGHT / WIDTH
        wall = self.colour([(235, 220, 195), (200, 120, 95), (170, 195, 215), (240, 235, 230)][self.rng.integers(4)])
        self.polygon([(x - w / 2, y), (x + w / 2, y), (x + w / 2, y - s * 0.6), (x - w / 2, y - s * 0.6)], wall)
        self.polygon([(x - w * 0.6, y - s * 0.6), (x + w * 0.6, y - s * 0.6), (x, y - s)], self.colour((150, 60, 50), 30))
        self.polygon([(x - w * 0.1, y), (x + w * 0.1, y), (x + w * 0.1, y - s * 0.32), (x - w * 0.1, y - s * 0.32)], (95, 65, 45))
        for dx in (-0.3, 0.3):
            x0, y0 = x + dx * w, y - s * 0.38
            self.polygon([(x0 - w * 0.08, y0), (x0 + w * 0.08, y0), (x0 + w * 0.08, y0 - s * 0.14), (x0 - w * 0.08, y0 - s * 0.14)], (250, 235, 160))

    def towers(self, palette, window, top, ground: float) -> None:
        x = -0.02
        while x < 1:
            w, y = self.rng.uniform(0.07, 0.13), self.rng.uniform(*top)
            self.polygon([(x, 1), (x, y), (x + w, y), (x + w, 1)], self.colour(palette[self.rng.integers(len(palette))]))
            for yy in np.arange(y + 0.03, ground - 0.02, 0.06):
                for xx in np.arange(x + 0.012, x + w - 0.02, 0.024):
                    lit = self.rng.random() < 0.6
                    box = slice(int(yy * HEIGHT), int((yy + 0.03) * HEIGHT)), slice(max(0, int(xx * WIDTH)), max(0, int((xx + 0.012) * WIDTH)))
                    self.rgb[box] = window[0] if lit else window[1]
            x += w + self.rng.uniform(0, 0.02)

    def road(self, top: float, colour, line) -> None:
        self.below(top * HEIGHT, self.colour(colour, 8))
        self.rgb[int((top - 0.02) * HEIGHT) : int((top + 0.01) * HEIGHT)] = (165, 165, 170)
        self.alpha[int((top - 0.02) * HEIGHT) : int((top + 0.01) * HEIGHT)] = 1
        middle = (top + 1) / 2
        for x in range(0, WIDTH, WIDTH // 10):
            self.rgb[int((middle - 0.01) * HEIGHT) : int((middle + 0.01) * HEIGHT), x : x + WIDTH // 22] = line
