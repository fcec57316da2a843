# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiled encodes and decodes of a VAE."""

import torch

FRAMES = 5
TILE, OVERLAP = 4, 1  # latent cells
CASES = {"vae-tiled-tiny22": ("tests/data/goldens/models/tiny-wan22", 5, 5),
         "vae-tiled-tiny21": ("tests/data/goldens/models/tiny-wan21", 5, 8)}


def wavy_video(height, width):
    """[1,3,FRAMES,height,width] that a test can compute for itself."""
    index = torch.arange(3 * FRAMES * height * width, dtype=torch.float64)
    return torch.sin(index * 0.37).mul(torch.cos(index * 0.011)).float().view(1, 3, FRAMES, height, width)


@torch.no_grad()
def tensors(vae, rows, columns):
    """The mean of wavy_video and frames 0 and 4 of random latents, both tiled; raw latents, without mean and std."""
    cell = vae.spatial_compression_ratio
    patch = vae.config.patch_size or 1

    def enable(unit):
        vae.enable_tiling(tile_sample_min_height=unit * TILE, tile_sample_min_width=unit * TILE,
                          tile_sample_stride_height=unit * (TILE - OVERLAP),
                          tile_sample_stride_width=unit * (TILE - OVERLAP))

    enable(cell // patch)  # encoding counts patches
    mean = vae.encode(wavy_video(rows * cell, columns * cell)).latent_dist.mode()
    enable(cell)
    generator = torch.Generator().manual_seed(21)
    latent = torch.randn(mean.shape, generator=generator) * torch.tensor(vae.config.latents_std).view(1, -1, 1, 1, 1)
    decoded = vae.decode(latent, return_dict=False)[0]
    return {"mean": mean, "latent": latent, "decoded": decoded[:, :, [0, FRAMES - 1]]}
