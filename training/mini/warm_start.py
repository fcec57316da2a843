# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts a training from a model folder, also when the new model has more latent channels or another vocabulary.

What the old model has learnt keeps its place: new latent channels begin with small weights in the autoencoder and with none in the
transformer; the embedding of each new piece is the mean of the embeddings of the old pieces that spell it.
"""

import json
import os

import sentencepiece
import torch
from safetensors.torch import load_file

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


def placed(old: torch.Tensor, new: torch.Tensor, halves: tuple[int, ...] = ()) -> torch.Tensor:
    """`old` in the corner of `new`; axes in `halves` hold two equal parts (mean and log-variance), each placed in its own."""
    out = new.clone()
    views = [(out, old)]
    for axis in halves:
        views = [pair for o, n in views for pair in zip(o.chunk(2, axis), n.chunk(2, axis))]
    for o, n in views:
        o[tuple(slice(s) for s in n.shape)] = n
    return out


def widen_vae(old: dict, vae: WanVae) -> dict:
    """Weights of a narrower autoencoder of the same topology for `vae`."""
    state = {}
    for key, fresh in vae.state_dict().items():
        if old[key].shape == fresh.shape:
            state[key] = old[key]
        elif key.startswith("quant_conv") or key.startswith("post_quant_conv"):  # new channels pass through
            base = torch.zeros_like(fresh)
            if fresh.dim() > 1:
                for i in range(fresh.shape[0]):
                    base[i, i] = 1
            both = key.startswith("quant_conv")
            state[key] = placed(old[key], base, (0, 1) if both and fresh.dim() > 1 else (0,) if both else ())
        elif key.startswith("encoder.conv_out"):
            # Loud and certain at first, or the KL term closes the new channels before the decoder reads them.
            mean, logvar = fresh.chunk(2)
            state[key] = placed(old[key], torch.cat([mean * 8, torch.zeros_like(logvar) - (4.0 if fresh.dim() == 1 else 0.0)]), (0,))
        elif key == "decoder.conv_in.weight":
            state[key] = placed(old[key], fresh * 0.3)
        else:
            raise ValueError(f"[warm_start] {key} is {tuple(old[key].shape)}, expected {tuple(fresh.shape)}; only latent channels may differ")
    return state


def widen_transformer(old: dict, transformer: WanTransformer) -> dict:
    """New latent channels are read and written with weight zero."""
    state = {}
    for key, fresh in transformer.state_dict().items():
        if old[key].shape == fresh.shape:
            state[key] = old[key]
        elif key == "patch_embedding.weight":
            state[key] = placed(old[key], torch.zeros_like(fresh))
        elif key.startswith("proj_out"):  # rows are (patch row, patch column, channel)
            cells = transformer.patch[0] * transformer.patch[1] * transformer.patch[2]
            state[key] = placed(old[key].unflatten(0, (cells, -1)), torch.zeros_like(fresh).unflatten(0, (cells, -1))).flatten(0, 1)
        else:
            raise ValueError(f"[warm_start] {key} is {tuple(old[key].shape)}, expected {tuple(fresh.shape)}; only latent channels may differ")
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
        vae = WanVae(preset.vae)
        vae.initialise()
        with open(os.path.join(model, "vae", "config.json"), encoding="utf-8") as f:
            config = json.load(f)
        state = widen_vae(read_part(model, "vae"), vae)
        fill = [0.0] * (preset.vae["z_dim"] - config["z_dim"]), [1.0] * (preset.vae["z_dim"] - config["z_dim"])
        meta = dict(config=preset.vae, mean=config["latents_mean"] + fill[0], std=config["latents_std"] + fill[1], steps=0, psnr={})
        checkpoint.save(folder, "vae", state, meta)
        return
    transformer, text = WanTransformer(preset.dit), TextEncoder(preset.text)
    transformer.initialise()
    text.initialise()
    state = {f"transformer.{k}": v for k, v in widen_transformer(read_part(model, "transformer"), transformer).items()}
    spelled = respell(read_part(model, "text_encoder"), model, text)
    state |= {f"text_encoder.{k}": spelled[k] for k in text.state_dict()}
    checkpoint.save(folder, "model", state, dict(preset=preset.name, transformer=preset.dit, text_encoder=preset.text, steps=0, guidance=4.0))
