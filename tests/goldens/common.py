# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module that makes goldens needs: places, the tokenizer, pictures, noise, and how a case is written."""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import sentencepiece
import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from diffusers.pipelines.wan.pipeline_wan import prompt_clean
from PIL import Image
from safetensors.torch import save_file
from transformers import BatchEncoding

from tiny_models import unipc

ROOT = Path(__file__).resolve().parents[2]
GOLDENS = ROOT / "tests/data/goldens"
MINI = "resources/models/mini"
TOKENIZER = "tests/data/goldens/models/tokenizer"  # of all tiny models: 3000 pieces, no byte pieces, unknown is 3
TINY_22 = "tests/data/goldens/models/tiny-wan22"
TINY_21 = "tests/data/goldens/models/tiny-wan21"
TEXT_LENGTH = 512

EN = {"prompt": "a red ball bounces on the beach", "negative": "blurry, dark"}
ZH = {"prompt": "一只黄色的气球在天空中慢慢飘动", "negative": "模糊，昏暗，静止"}


class SentencePieceTokenizer:
    """Stands in for the pipeline's tokenizer.

    transformers 5 rebuilds T5 tokenizers with unk id 2, also where tokenizer.json and spiece.model say 3, and turns
    words such as "<s>" inside a prompt into special ids. SentencePiece on spiece.model is the reference here;
    make_token_case checks that both agree but for these two.
    """

    def __init__(self, folder):
        self.pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "spiece.model"))
        assert self.pieces.eos_id() == 1 and self.pieces.pad_id() == 0

    def ids(self, text, max_length=TEXT_LENGTH):
        return self.pieces.encode(text)[: max_length - 1] + [self.pieces.eos_id()]

    def __call__(self, prompts, max_length, return_tensors, **_):
        assert return_tensors == "pt"
        ids = torch.zeros(len(prompts), max_length, dtype=torch.int64)
        for row, prompt in zip(ids, prompts):
            tokens = self.ids(prompt, max_length)
            row[: len(tokens)] = torch.tensor(tokens)
        return BatchEncoding({"input_ids": ids, "attention_mask": (ids != 0).long()})


def scheduler(case):
    if case["sampler"] == "euler":
        return FlowMatchEulerDiscreteScheduler(shift=case["shift"])
    return unipc(case["shift"])


def start_picture(width, height):
    """Sky, sand and a red ball, 8 bit, already at the clip's size, so that no resampling is involved."""
    y, x = np.mgrid[0:height, 0:width] / height
    picture = np.stack([90 + 80 * y, 150 + 60 * y, 240 - 30 * y], -1)
    picture[y > 0.7] = np.stack([225 + 20 * np.sin(9 * x), 200 + 15 * np.cos(7 * x), 140 + 0 * x], -1)[y > 0.7]
    ball = (x - 0.6) ** 2 + (y - 0.55) ** 2 < 0.04
    picture[ball] = np.stack([210 + 30 * (x - y), 40 + 30 * y, 30 + 20 * x], -1)[ball]
    return Image.fromarray(picture.clip(0, 255).round().astype(np.uint8))


def random_noise(pipe, case):
    z = pipe.vae.config.z_dim
    spatial, temporal = pipe.vae_scale_factor_spatial, pipe.vae_scale_factor_temporal
    shape = (1, z, (case["frames"] - 1) // temporal + 1, case["height"] // spatial, case["width"] // spatial)
    return torch.randn(shape, generator=torch.Generator().manual_seed(case["seed"]))


@torch.no_grad()
def decode(pipe, latents):
    """The last lines of both pipelines: normalised latents to frames in [-1,1], before rounding."""
    def column(values):
        return torch.tensor(values).view(1, -1, 1, 1, 1)

    raw = latents / (1.0 / column(pipe.vae.config.latents_std)) + column(pipe.vae.config.latents_mean)
    return pipe.vae.decode(raw, return_dict=False)[0]


def prompt_rows(tensors, pipe, case):
    """Token ids and the encoder's rows of the real tokens; the rows behind them are exact zeros."""
    for key, text in (("prompt", case["prompt"]), ("negative_prompt", case["negative"])):
        ids = pipe.tokenizer.ids(prompt_clean(text))
        tensors["token_ids" if key == "prompt" else "negative_token_ids"] = torch.tensor(
            [ids + [0] * (TEXT_LENGTH - len(ids))])
        embeds = tensors.pop(f"{key}_embeds", None)
        if embeds is not None:
            assert embeds.shape[1] == TEXT_LENGTH and not embeds[0, len(ids):].any()
            tensors[f"{key}_embeds_rows"] = embeds[0, : len(ids)].clone()


def write(folder, inputs, tensors):
    assert all(torch.isfinite(t).all() for t in tensors.values() if t.is_floating_point())
    (folder / "inputs.json").write_text(json.dumps(inputs, ensure_ascii=False, indent=2) + "\n")
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "expected.safetensors",
              metadata={"made_with": f"torch {version('torch')}, diffusers {version('diffusers')}"})
