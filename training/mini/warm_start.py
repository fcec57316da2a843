# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts a training from a model folder of the same shape, also when its vocabulary is another one.

What the old model has learnt keeps its place: the embedding of each new piece is the mean of the embeddings of the old pieces that spell it.
"""

import json
import os

import sentencepiece
import torch
from safetensors.torch import load_file
from torch import nn

from . import assets as assets_module
from . import checkpoint
from .models import TextEncoder, WanTransformer, WanVae
from .presets import Preset


def read_part(folder: str, part: str) -> dict[str, torch.Tensor]:
    """All tensors of FOLDER/PART as fp32, from one file or from shards."""
    state: dict[str, torch.Tensor] = {}
    for name in sorted(os.listdir(os.path.join(folder, part))):
        if name.endswith(".safetensors"):
            state |= load_file(os.path.join(folder, part, name))
    if not state:
        raise FileNotFoundError(f"[warm_start] no weights in {folder}/{part}; expected a diffusers model folder")
    return {k: v.float() for k, v in state.items()}


def fitting(old: dict, module: nn.Module, part: str) -> dict[str, torch.Tensor]:
    """Those of `old` that `module` has; refuses another shape."""
    state = {}
    for key, fresh in module.state_dict().items():
        if key not in old or old[key].shape != fresh.shape:
            found = tuple(old[key].shape) if key in old else "nothing"
            raise ValueError(f"[warm_start] {part} {key}: expected {tuple(fresh.shape)}, got {found}; take the preset of that model")
        state[key] = old[key]
    return state


def respell(old: dict, folder: str, text: TextEncoder) -> dict:
    """The text encoder's weights with embeddings for the vocabulary of assets.npz."""
    before, after = sentencepiece.SentencePieceProcessor(), sentencepiece.SentencePieceProcessor()
    before.Load(os.path.join(folder, "tokenizer", "spiece.model"))
    after.LoadFromSerializedProto(assets_module.load().tokenizer_files()["spiece.model"])
    if before.serialized_model_proto() == after.serialized_model_proto():
        return old
    table = text.state_dict()["shared.weight"].clone()
    for i in range(after.GetPieceSize()):
        piece = after.IdToPiece(i)
        same = before.PieceToId(piece)
        if after.IsControl(i) or after.IsUnknown(i) or (same != before.unk_id()):
            table[i] = old["shared.weight"][before.unk_id() if after.IsUnknown(i) else same]
            continue
        ids = [t for t in before.EncodeAsIds(piece.replace("\u2581", " ")) if t != before.unk_id() and before.IdToPiece(t) != "\u2581"]
        if ids:
            table[i] = old["shared.weight"][ids].mean(0)
    return dict(old, **{"shared.weight": table})


def start(folder: str, model: str, preset: Preset, name: str) -> None:
    """Writes the checkpoint `vae` and/or `model` into `folder` from the model folder `model`, unless it is there."""
    if checkpoint.exists(folder, name):
        return
    if name == "vae":
        with open(os.path.join(model, "vae", "config.json"), encoding="utf-8") as f:
            config = json.load(f)
        state = fitting(read_part(model, "vae"), WanVae(preset.vae), "vae")
        meta = dict(config=preset.vae, mean=config["latents_mean"], std=config["latents_std"], steps=0, psnr={})
        checkpoint.save(folder, "vae", state, meta)
        return
    transformer, text = WanTransformer(preset.dit), TextEncoder(preset.text)
    state = {f"transformer.{k}": v for k, v in fitting(read_part(model, "transformer"), transformer, "transformer").items()}
    spelled = respell(read_part(model, "text_encoder"), model, text)
    state |= {f"text_encoder.{k}": v for k, v in fitting(spelled, text, "text encoder").items()}
    checkpoint.save(folder, "model", state, dict(preset=preset.name, transformer=preset.dit, text_encoder=preset.text, steps=0, guidance=4.0, continues=True))
