# SPDX-License-Identifier: GPL-3.0-or-later
"""TAEHV decoders for Wan, written here in a few functions (the project is github.com/madebyollin/taehv, MIT): random
weights of small widths under the real names, with an encoder's tensor beside them as in the published files."""

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from common import write

STAGES, GROWTH = (3, 9, 15), (1, 2, 2)


def random_weights(latent, widths, patch, seed):
    generator = torch.Generator().manual_seed(seed)
    weights = {}

    def conv(name, out, into, side, bias, gain=1.0):
        deviation = gain * (2 / (into * side * side)) ** 0.5
        weights[name + "weight"] = torch.randn(out, into, side, side, generator=generator) * deviation
        if bias:
            weights[name + "bias"] = torch.randn(out, generator=generator) * 0.1

    conv("decoder.1.", widths[0], latent, 3, True)
    for at, width, wider, times in zip(STAGES, widths, widths[1:], GROWTH):
        for block in range(3):
            for index, into in enumerate((2 * width, width, width)):
                conv(f"decoder.{at + block}.conv.{2 * index}.", width, into, 3, True, 0.5)
        conv(f"decoder.{at + 4}.conv.", width * times, width, 1, False, 0.7)
        conv(f"decoder.{at + 5}.", wider, width, 3, False, 0.7)
    conv("decoder.22.", 3 * patch * patch, widths[-1], 3, True, 0.2)
    weights["decoder.22.bias"] += 0.5
    weights["encoder.0.weight"] = torch.randn(4, 3 * patch * patch, 3, 3, generator=generator)
    return weights


def decode(weights, latent):
    """[1,C,T,h,w] to [1,3,F,H,W] in [-1,1]."""
    def conv(x, name):
        weight = weights[name + "weight"]
        return F.conv2d(x, weight, weights.get(name + "bias"), padding=weight.shape[-1] // 2)

    x = latent[0].transpose(0, 1)
    x = F.relu(conv(3 * torch.tanh(x / 3), "decoder.1."))
    for at, times in zip(STAGES, GROWTH):
        for block in range(at, at + 3):
            past = torch.cat([torch.zeros_like(x[:1]), x[:-1]])
            inner = torch.cat([x, past], 1)
            for index in (0, 2):
                inner = F.relu(conv(inner, f"decoder.{block}.conv.{index}."))
            x = F.relu(conv(inner, f"decoder.{block}.conv.4.") + x)
        x = conv(F.interpolate(x, scale_factor=2), f"decoder.{at + 4}.conv.")
        x = torch.cat([torch.stack(frame.chunk(times)) for frame in x])
        x = conv(x, f"decoder.{at + 5}.")
    x = conv(F.relu(x), "decoder.22.")
    x = F.pixel_shuffle(x, int((x.shape[1] // 3) ** 0.5))
    return 2 * x[3:].clamp(0, 1).transpose(0, 1)[None] - 1


@torch.no_grad()
def make_case(folder, case):
    size = case["size"]
    weights = random_weights(case["latent"], case["widths"], case["patch"], case["seed"])
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, folder / "weights.safetensors")
    latent = torch.randn(1, case["latent"], *size, generator=torch.Generator().manual_seed(case["seed"] + 1))
    write(folder, {"model": f"tests/data/goldens/{folder.name}"}, {"latent": latent, "video": decode(weights, latent)})


WIDTHS = (16, 12, 8, 8)
CASES = {"tiny-decoder-21": (make_case, {"latent": 16, "widths": WIDTHS, "patch": 1, "seed": 60, "size": (3, 4, 6)}),
         "tiny-decoder-22": (make_case, {"latent": 48, "widths": WIDTHS, "patch": 2, "seed": 62, "size": (2, 3, 4)})}
