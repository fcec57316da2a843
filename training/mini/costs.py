# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts parameters and floating-point operations of a preset without running it. `python costs.py [PRESET]`."""

import sys

import torch
from torch.utils.flop_counter import FlopCounterMode

from .models import TextEncoder, WanTransformer, WanVae
from .presets import PRESETS, Preset


def flops(function) -> float:
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        function()
    return float(counter.get_total_flops())


def networks(preset: Preset) -> tuple[WanVae, WanTransformer, TextEncoder]:
    with torch.device("meta"):
        return WanVae(preset.vae), WanTransformer(preset.dit), TextEncoder(preset.text)


def forward_costs(preset: Preset, frames: int, size: tuple[int, int] | None = None) -> dict[str, float]:
    """Operations of one forward pass for one clip: encode, decode, transformer."""
    h, w = size or preset.sizes[0]
    vae, dit, _ = networks(preset)
    latent = (1, preset.vae["z_dim"], (frames - 1) // 4 + 1, h // 8, w // 8)
    meta = dict(device="meta")
    dit._rope[(latent[2], h // 16, w // 16, "meta")] = tuple(
        torch.empty(latent[2] * (h // 16) * (w // 16), preset.dit["attention_head_dim"] // 2, **meta) for _ in range(2)
    )
    text = torch.empty(1, 512, preset.dit["text_dim"], **meta)
    return dict(
        encode=flops(lambda: vae.encode(torch.empty(1, 3, frames, h, w, **meta))),
        decode=flops(lambda: vae.decode(torch.empty(*latent, **meta))),
        transformer=flops(lambda: dit(torch.empty(*latent, **meta), torch.empty(1, 2, **meta), text)),
    )


def main() -> None:
    preset = PRESETS[sys.argv[1] if len(sys.argv) > 1 else "full"]
    sizes = {n: sum(p.numel() for p in m.parameters()) / 1e6 for n, m in zip(("vae", "transformer", "text encoder"), networks(preset))}
    print("parameters (M):", {k: round(v, 2) for k, v in sizes.items()}, f"fp16 MB {2 * sum(sizes.values()):.1f}")
    for size in preset.sizes:
        c = forward_costs(preset, preset.frames, size)
        total = 16 * c["transformer"] + c["decode"]
        print(f"{size[1]}x{size[0]}x{preset.frames} TFLOP:", {k: round(v / 1e12, 4) for k, v in c.items()},
              f"| 8 steps with CFG and decoding {total / 1e12:.2f}, distilled {(total - 8 * c['transformer']) / 1e12:.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
