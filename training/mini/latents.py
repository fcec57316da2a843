# SPDX-License-Identifier: GPL-3.0-or-later
"""A pool of encoded clips on the device: rendered and encoded on the fly, reused a few times, replaced in turn."""

import random
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from .render import Renderer
from .stream import SceneStream
from .vae import WanVae


@dataclass
class Batch:
    latents: torch.Tensor  # [B,z,T,h,w], normalised, fp32
    ids: torch.Tensor  # [B,N]
    lengths: torch.Tensor  # [B]
    things: torch.Tensor  # [B,T,h,w] in 0..1: how much of the cell shows a thing
    photos: torch.Tensor  # [B] bool: the clip shows a photo


def latent_cells(pixels: torch.Tensor) -> torch.Tensor:
    """[B,F,H,W] -> means over the latent cells [B,T,H/8,W/8]: frame 0 alone, then groups of four."""
    y = F.avg_pool2d(pixels, 8)
    rest = y[:, 1:].unflatten(1, (-1, 4)).mean(2) if y.shape[1] > 1 else y[:, 1:]
    return torch.cat([y[:, :1], rest], 1)


class LatentPool:
    """Holds up to `capacity` clips of one frame count, kept apart by picture size."""

    def __init__(self, vae: WanVae, meta: dict, renderer: Renderer, stream: SceneStream, frames: int, capacity: int, chunk: int):
        self.vae, self.renderer, self.stream = vae, renderer, stream
        self.frames, self.chunk = frames, chunk if frames > 1 else chunk * 8
        self.device = renderer.device
        self.capacity = max(chunk, capacity // len(set(stream.sizes)))
        self.mean, self.std = (torch.tensor(meta[k], device=self.device).view(1, -1, 1, 1, 1) for k in ("mean", "std"))
        self.stores: dict[tuple[int, int], dict] = {}
        self.debt = 0.0

    @torch.no_grad()
    def add(self) -> int:
        """Renders, encodes and stores one chunk of new clips; returns how many."""
        scenes = self.stream.take(self.chunk, self.frames)
        x, things = self.renderer.render_with_things(scenes)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=x.is_cuda):
            z = torch.cat([self.vae.encode(c)[0].float() for c in x.split(4 if self.frames > 1 else self.chunk)])
        z = ((z - self.mean) / self.std).to(torch.bfloat16 if x.is_cuda else torch.float32)
        things = latent_cells(things).to(z.dtype)
        ids = torch.stack([torch.from_numpy(s["ids"]) for s in scenes]).to(self.device)
        lengths = torch.stack([torch.from_numpy(s["lengths"]) for s in scenes]).to(self.device)
        photos = torch.tensor([s["facts"]["mode"] == "photo" for s in scenes], device=self.device)
        size = tuple(scenes[0]["size"])
        store = self.stores.get(size)
        if store is None:
            store = self.stores[size] = dict(cursor=0, filled=0)
            new = dict(z=z, things=things, ids=ids, lengths=lengths, photos=photos)
            store |= {k: v.new_zeros(self.capacity, *v.shape[1:]) for k, v in new.items()}
        rows = (torch.arange(len(z), device=self.device) + store["cursor"]) % self.capacity
        store["z"][rows], store["things"][rows], store["ids"][rows], store["lengths"][rows] = z, things, ids, lengths
        store["photos"][rows] = photos
        store["cursor"] = (store["cursor"] + len(z)) % self.capacity
        store["filled"] = min(self.capacity, store["filled"] + len(z))
        return len(z)

    def refresh(self, count: float) -> None:
        """Adds `count` clips on average (whole chunks, carried over between calls)."""
        self.debt += count
        while self.debt >= self.chunk:
            self.debt -= self.add()

    @property
    def filled(self) -> int:
        return sum(s["filled"] for s in self.stores.values())

    def sample(self, batch: int) -> Batch:
        """Random clips of one random size, each with one of its captions."""
        sizes = list(self.stores)
        store = self.stores[random.choices(sizes, [self.stores[s]["filled"] for s in sizes])[0]]
        rows = torch.randint(store["filled"], (batch,), device=self.device)
        which = torch.randint(store["ids"].shape[1], (batch,), device=self.device)
        return Batch(store["z"][rows].float(), store["ids"][rows, which], store["lengths"][rows, which], store["things"][rows].float(), store["photos"][rows])
