# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures a trained model: VAE PSNR, same-seed contrasts (direction, camera, light), picture fidelity; contact sheets.

A contrast pair shares seed and all words but one ("left"/"right"); it counts as right when the measured quantity (motion
of the moving part, mean optical flow, expansion, brightness) is ordered as the words say. Chance is 0.5. Each section
is skipped when the budget is used up. Writes evaluate.json and JPEG sheets to the output folder.
"""

import json
import os

import cv2
import numpy as np
import torch

from mini import assets as assets_module
from mini import flow
from mini.render import Renderer, contact_sheet
from mini.scenes import scene
from mini.stream import Tokenizer
from mini.training import Budget, arguments, prepare, psnr, say
from train_model import load_model, load_vae
from train_vae import held_out, reconstruct

THINGS = [("a red ball", "on the beach"), ("a dog", "in a meadow"), ("a blue car", "on a city street"), ("a fish", "under water"),
          ("a star", "in the night sky"), ("a rocket", "in space"), ("a cat", "in a room"), ("a yellow balloon", "in the sky")]  # fmt: skip
CONTRASTS = {  # name: (first wording, second wording, measure); the measure must be larger for the second
    "left/right": ("{a} moves to the left {p}", "{a} moves to the right {p}", "dx"),
    "up/down": ("{a} moves up {p}", "{a} moves down {p}", "dy"),
    "shrink/grow": ("{a} gets smaller {p}", "{a} gets bigger {p}", "size"),
    "pan right/left": ("{a} stands still {p}, the camera pans right", "{a} stands still {p}, the camera pans left", "flow x"),
    "zoom out/in": ("{a} stands still {p}, the camera zooms out", "{a} stands still {p}, the camera zooms in", "expansion"),
    "to night/to day": ("{a} stands still {p}, day turns to night", "{a} stands still {p}, night turns to day", "light"),
}
SHOWCASE = ["a red ball moves left on the beach", "a dog walks to the right in a meadow", "a rocket moves up in space", "a big yellow balloon rises in the sky",
            "a fish swims to the left under water, bubbles rise", "a blue car drives to the right on a city street, it is raining",
            "a cat jumps in a room", "a castle in the mountains, the camera zooms in", "一只狗在草地上向右走", "一个红色的球在海滩上向左移动"]  # fmt: skip
PHOTO_MOVES = ["the camera pans left", "the camera pans right", "the camera zooms in", "the camera zooms out", "day turns to night", "it is snowing"]


def moving_part(clip: np.ndarray) -> np.ndarray:
    """clip uint8 [T,H,W,3] -> [T,3]: centroid x, y (fractions) and area of what differs from the median frame."""
    frames = clip.astype(np.float32)
    difference = np.abs(frames - np.median(frames, 0)).max(-1)
    rows = []
    for d in difference:
        d = np.clip(cv2.GaussianBlur(d, (0, 0), 2) - 18, 0, None)
        total = d.sum() + 1e-6
        ys, xs = np.mgrid[0 : d.shape[0], 0 : d.shape[1]]
        rows.append(((d * xs).sum() / total / d.shape[1], (d * ys).sum() / total / d.shape[0], (d > 10).mean()))
    return np.array(rows)


def mean_flow(clip: np.ndarray) -> tuple[float, float]:
    """Mean horizontal flow and expansion (flow along the direction from the centre)."""
    gray = [cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in clip[:: max(1, len(clip) // 16)]]
    h, w = gray[0].shape
    ys, xs = np.mgrid[0:h, 0:w].astype(np.float32) - np.array([h / 2, w / 2], np.float32)[:, None, None]
    radius = np.hypot(xs, ys) + 1e-3
    flows = [cv2.calcOpticalFlowFarneback(a, b, None, 0.5, 3, 13, 3, 5, 1.1, 0) for a, b in zip(gray, gray[1:])]
    f = np.mean(flows, 0)
    return float(f[..., 0].mean()), float(((f[..., 0] * xs + f[..., 1] * ys) / radius).mean())


def measure(clip: np.ndarray, name: str) -> float:
    quarter = max(1, len(clip) // 4)
    if name in ("dx", "dy"):
        path = moving_part(clip)[:, 0 if name == "dx" else 1]
        return float(path[-quarter:].mean() - path[:quarter].mean())
    if name == "light":
        return float(clip[-quarter:].mean() - clip[:quarter].mean())
    if name == "size":
        return mean_flow(clip)[1]
    return mean_flow(clip)[0 if name == "flow x" else 1]


class Sampler:
    def __init__(self, args, preset):
        self.device, self.preset = args.device, preset
        self.vae, meta = load_vae(args.folder, args.device)
        self.model, self.meta = load_model(args.folder, preset, args.device, args.name)
        self.model.eval()
        self.mean, self.std = (torch.tensor(meta[k], device=args.device).view(1, -1, 1, 1, 1) for k in ("mean", "std"))
        self.tokenizer = Tokenizer(assets_module.load().tokenizer_files()["spiece.model"], preset.text_tokens)
        self.steps, self.guidance = args.steps, args.guidance or self.meta.get("guidance", 4.0)

    @torch.no_grad()
    def __call__(self, prompts: list[str], seeds: list[int], size=None, first: torch.Tensor | None = None) -> torch.Tensor:
        """first [B,3,1,H,W] or None -> clips [B,3,T,H,W] in [-1,1]."""
        h, w = size or self.preset.sizes[0]
        shape = (self.preset.vae["z_dim"], (self.preset.frames - 1) // 4 + 1, h // 8, w // 8)
        noise = torch.stack([torch.randn(shape, generator=torch.Generator().manual_seed(s)) for s in seeds]).to(self.device)
        pairs = [self.tokenizer(p) for p in prompts]
        ids = torch.from_numpy(np.stack([i for i, _ in pairs])).to(self.device)
        lengths = torch.tensor([n for _, n in pairs], device=self.device)
        with torch.autocast(self.device, torch.bfloat16, enabled=self.device != "cpu"):
            clean = None if first is None else (self.vae.encode(first)[0].float() - self.mean) / self.std
            z = flow.sample(self.model, noise, ids, lengths, self.steps, self.guidance, 3.0, clean) * self.std + self.mean
            return torch.cat([self.vae.decode(c).float().clamp(-1, 1) for c in z.split(4)])


def to_uint8(clips: torch.Tensor) -> np.ndarray:
    return ((clips.cpu() + 1) * 127.5).round().byte().permute(0, 2, 3, 4, 1).numpy()


def contrasts(sampler: Sampler, things: list, out: str, budget: Budget) -> dict[str, float]:
    scores, rows, texts = {}, [], []
    for name, (first, second, quantity) in CONTRASTS.items():
        if budget.progress >= 1:
            break
        seeds = [1000 + i for i in range(len(things))]
        pair = [sampler([t.format(a=a, p=p) for a, p in things], seeds) for t in (first, second)]
        values = [[measure(c, quantity) for c in to_uint8(side)] for side in pair]
        scores[name] = round(float(np.mean([b > a for a, b in zip(*values)])), 3)
        rows += [pair[0][0], pair[1][0]]
        texts += [t.format(a=things[0][0], p=things[0][1]) for t in (first, second)]
    if rows:
        contact_sheet(f"{out}/sheet-contrasts.jpg", torch.stack(rows), texts=texts)
    return scores


def image_to_video(sampler: Sampler, renderer: Renderer, out: str, count: int) -> dict[str, float]:
    """Held-out photos and drawn scenes as first pictures; PSNR of frame 0 against the given picture."""
    size = sampler.preset.sizes[0]
    store = assets_module.load()
    photos = held_out(store, renderer, size, 1, count, True)
    wanted = dict(mode="objects", camera="static", style="none")
    drawn = [scene(store, 4242, i, size, sampler.preset.frames, 0, 1, wanted=wanted, zh=False) for i in range(count)]
    first = torch.cat([photos, renderer.render(drawn)])
    prompts = [PHOTO_MOVES[i % len(PHOTO_MOVES)] for i in range(count)] + [s["caption"] for s in drawn]
    clips = sampler(prompts, list(range(len(prompts))), first=first)
    contact_sheet(f"{out}/sheet-image.jpg", clips, texts=prompts)
    return {"first frame PSNR": round(psnr(clips[:, :, :1], first).item(), 2)}


def main() -> None:
    args = arguments(
        __doc__,
        out=dict(required=True), name=dict(default="model"), steps=dict(type=int, default=8), guidance=dict(type=float, default=0.0),
        small=dict(action="store_true", help="few clips (test)"),
    )  # fmt: skip
    preset = prepare(args)
    os.makedirs(args.out, exist_ok=True)
    renderer = Renderer(assets_module.load(), args.device, 2 if args.device != "cpu" else 1, preset.workers)
    sampler = Sampler(args, preset)
    budget = Budget(args.minutes, reserve=5)
    count = 2 if args.small else 8
    results: dict = dict(steps=args.steps, guidance=sampler.guidance, trained=sampler.meta.get("steps"))

    def keep(name: str, value) -> None:
        results[name] = value
        say(f"{name}: {value}")
        with open(f"{args.out}/evaluate.json", "w", encoding="utf-8") as f:
            json.dump(results, f, indent=2)

    size = preset.sizes[0]
    for name, photo in (("VAE clips", False), ("VAE photos", True)):
        x = held_out(assets_module.load(), renderer, size, preset.frames, count, photo)
        keep(name + " PSNR", round(psnr(reconstruct(sampler.vae, x), x).item(), 2))
    prompts = SHOWCASE[: 2 if args.small else None]
    contact_sheet(f"{args.out}/sheet-text.jpg", sampler(prompts, list(range(len(prompts)))), texts=prompts)
    keep("image to video", image_to_video(sampler, renderer, args.out, 2 if args.small else 6))
    keep("contrasts (chance 0.5)", contrasts(sampler, THINGS[: 2 if args.small else None], args.out, budget))


if __name__ == "__main__":
    main()
