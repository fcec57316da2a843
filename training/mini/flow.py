# SPDX-License-Identifier: GPL-3.0-or-later
"""Flow matching: x_s = (1 - s) x0 + s noise, the network predicts noise - x0; training loss and a small sampler.

Image-conditioned clips keep frame 0 of the latents clean, with timestep 0 for it, and take no loss there.
"""

import random

import torch
from torch import nn

from .latents import Batch

MOTION_WEIGHT = 1.5  # extra loss weight where the latents change over time
THING_WEIGHT = 4.0  # extra loss weight where a thing is: with a plain loss small things are never drawn


class Model(nn.Module):
    """Transformer and text encoder as one module."""

    def __init__(self, transformer: nn.Module, text_encoder: nn.Module):
        super().__init__()
        self.transformer, self.text_encoder = transformer, text_encoder

    def forward(self, x, sigma, image, ids, lengths, frames=None):
        """x [B,C,F,H,W]; sigma [B]; image [B] bool; ids [B,N]; lengths [B]; frames as in WanTransformer -> predicted velocity, fp32."""
        text, bias = self.text_encoder(ids, lengths)
        rows = torch.stack([torch.where(image, 0.0, sigma), sigma], 1) * 1000
        return self.transformer(x, rows, text, bias, frames).float()


def draw_sigma(count: int, device, shift: float = 3.0) -> torch.Tensor:
    """Logit-normal noise levels, shifted towards noise like the sampler's."""
    s = torch.sigmoid(torch.randn(count, device=device) * 1.1)
    return shift * s / (1 + (shift - 1) * s)


def corrupt(x0: torch.Tensor, noise: torch.Tensor, sigma: torch.Tensor, image: torch.Tensor) -> torch.Tensor:
    s = sigma.view(-1, 1, 1, 1, 1)
    x = (1 - s) * x0 + s * noise
    first = torch.where(image.view(-1, 1, 1, 1, 1), x0[:, :, :1], x[:, :, :1])
    return torch.cat([first, x[:, :, 1:]], 2)


def drop_text(batch: Batch, p_empty: float, p_word: float, unknown: int = 2) -> None:
    """In place: empties some captions (for guidance) and blanks single tokens (for unknown words)."""
    blank = (torch.rand(batch.ids.shape, device=batch.ids.device) < p_word) & (batch.ids > unknown)
    batch.ids[blank] = unknown
    empty = torch.rand(len(batch.ids), device=batch.ids.device) < p_empty
    batch.ids[empty] = 0
    batch.ids[empty, 0] = 1
    batch.lengths = torch.where(empty, 1, batch.lengths)


def weighted_error(error: torch.Tensor, x0: torch.Tensor, image: torch.Tensor, things: torch.Tensor) -> torch.Tensor:
    """error [B,C,F,H,W] squared -> mean loss; moving places and things count more, clean first frames not at all."""
    loss = error.mean(1)
    weight = 1 + THING_WEIGHT * things
    if x0.shape[2] > 1:
        change = x0.diff(dim=2).abs().mean(1)
        change = torch.cat([change[:, :1], torch.maximum(change, change.roll(-1, 1))], 1)
        weight = weight + MOTION_WEIGHT * (change / change.mean((1, 2, 3), keepdim=True).clamp_min(1e-4)).clamp_max(4)
    loss = loss * weight / weight.mean((1, 2, 3), keepdim=True)
    keep = torch.ones(loss.shape[:2], device=loss.device)
    keep[:, 0] = (~image).float()
    return (loss.mean((2, 3)) * keep).sum() / keep.sum().clamp_min(1)


def some_frames(count: int, kept: int) -> list[int]:
    """Frame 0 and kept - 1 others of `count`, ascending."""
    return [0] + sorted(random.sample(range(1, count), kept - 1))


def training_loss(model: Model, batch: Batch, p_image: float = 0.5, p_empty: float = 0.1, kept: int = 0) -> torch.Tensor:
    """p_image: share of clips that continue a clean first frame; kept: latent frames a clip that are learnt from, 0 = all."""
    x0, things, frames = batch.latents, batch.things, None
    if 0 < kept < x0.shape[2]:
        frames = some_frames(x0.shape[2], kept)
        x0, things = x0[:, :, frames], things[:, frames]
    drop_text(batch, p_empty, 0.02)
    sigma = draw_sigma(len(x0), x0.device)
    image = (torch.rand(len(x0), device=x0.device) < p_image) | batch.photos  # no caption says what is on a photo
    image &= x0.shape[2] > 1
    noise = torch.randn_like(x0)
    velocity = model(corrupt(x0, noise, sigma, image), sigma, image, batch.ids, batch.lengths, frames)
    return weighted_error((velocity - (noise - x0)).square(), x0, image, things)


def sigmas(steps: int, shift: float) -> list[float]:
    values = [1 - i / steps for i in range(steps)]
    return [shift * s / (1 + (shift - 1) * s) for s in values] + [0.0]


@torch.no_grad()
def sample(model: Model, noise, ids, lengths, steps: int, guidance: float, shift: float, first=None) -> torch.Tensor:
    """Second-order multistep sampler in the data prediction. noise [B,C,F,H,W]; first [B,C,1,H,W] clean or None."""
    x, device = noise.clone(), noise.device
    image = torch.full((len(x),), first is not None, device=device)
    empty = torch.zeros_like(ids)
    empty[:, 0] = 1
    levels = sigmas(steps, shift)
    previous, previous_lambda = None, None
    for s, t in zip(levels, levels[1:]):
        if first is not None:
            x = torch.cat([first, x[:, :, 1:]], 2)
        sigma = torch.full((len(x),), s, device=device)
        velocity = model(x, sigma, image, ids, lengths)
        if guidance != 1.0:
            plain = model(x, sigma, image, empty, torch.ones_like(lengths))
            velocity = plain + guidance * (velocity - plain)
        data = x - s * velocity
        if t == 0:
            x = data
            break
        lam, lam_next = (torch.log(torch.tensor((1 - v + 1e-6) / v)).item() for v in (s, t))
        step = lam_next - lam
        estimate = data
        if previous is not None:
            ratio = (lam - previous_lambda) / step
            estimate = data + (data - previous) / (2 * ratio)
        x = (t / s) * x + (1 - t) * (1 - torch.exp(torch.tensor(-step))).item() * estimate
        previous, previous_lambda = data, lam
    return x if first is None else torch.cat([first, x[:, :, 1:]], 2)
