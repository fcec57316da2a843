# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a diffusers model folder (WanPipeline / WanImageToVideoPipeline) from the checkpoints; needs no diffusers.

`export.py --folder CHECKPOINTS --out MODEL [--name model|distilled] [--pack PREFIX]`; --pack also writes the folder as
PREFIX.tar.0, PREFIX.tar.1 ... of at most 15.5 MiB (join with cat, unpack with tar).
"""

import argparse
import io
import json
import os
import tarfile

import torch
from safetensors.torch import save_file

from mini import assets as assets_module
from mini import checkpoint
from mini.presets import PRESETS, Preset
from mini.vocabulary import vocabulary
from mini.world import WORLDS

SHARD = int(15.9 * 2**20)
SCHEDULER = dict(
    _class_name="UniPCMultistepScheduler", _diffusers_version="0.42.1", num_train_timesteps=1000, beta_start=0.0001, beta_end=0.02,
    beta_schedule="linear", prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0, solver_order=2,
    solver_type="bh2", predict_x0=True, lower_order_final=True, disable_corrector=[], thresholding=False, final_sigmas_type="zero",
    timestep_spacing="linspace", steps_offset=0,
)  # fmt: skip
INDEX = dict(
    _class_name="WanPipeline", _diffusers_version="0.42.1", boundary_ratio=None, expand_timesteps=True,
    scheduler=["diffusers", "UniPCMultistepScheduler"], text_encoder=["transformers", "UMT5EncoderModel"],
    tokenizer=["transformers", "T5TokenizerFast"], transformer=["diffusers", "WanTransformer3DModel"],
    transformer_2=[None, None], vae=["diffusers", "AutoencoderKLWan"],
)  # fmt: skip


def write_json(path: str, value: dict) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        json.dump(value, f, indent=2, ensure_ascii=False)
        f.write("\n")


def write_weights(folder: str, stem: str, state: dict[str, torch.Tensor]) -> None:
    """One safetensors file, or shards of at most SHARD bytes with an index."""
    tensors = {k: v.to(torch.float16).contiguous() for k, v in state.items()}
    shards: list[dict] = [{}]
    for key, value in tensors.items():
        if shards[-1] and sum(v.nbytes for v in shards[-1].values()) + value.nbytes > SHARD:
            shards.append({})
        shards[-1][key] = value
    if len(shards) == 1:
        save_file(shards[0], f"{folder}/{stem}.safetensors", metadata={"format": "pt"})
        return
    where = {}
    for i, shard in enumerate(shards):
        name = f"{stem}-{i + 1:05d}-of-{len(shards):05d}.safetensors"
        save_file(shard, f"{folder}/{name}", metadata={"format": "pt"})
        where |= {k: name for k in shard}
    total = sum(v.nbytes for v in tensors.values())
    write_json(f"{folder}/{stem}.safetensors.index.json", dict(metadata=dict(total_size=total), weight_map=where))


def part(state: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {k[len(prefix) + 1 :]: v for k, v in state.items() if k.startswith(prefix + ".")}


def export(folder: str, out: str, name: str, guidance: float = 0.0) -> None:
    vae, vae_meta = checkpoint.load(folder, "vae")
    model, meta = checkpoint.load(folder, name)
    config = dict(vae_meta["config"], latents_mean=vae_meta["mean"], latents_std=vae_meta["std"])
    write_json(f"{out}/vae/config.json", dict(_class_name="AutoencoderKLWan", _diffusers_version="0.42.1", **config))
    write_weights(f"{out}/vae", "diffusion_pytorch_model", vae)
    config = dict(meta["transformer"], added_kv_proj_dim=None, image_dim=None, pos_embed_seq_len=None)
    write_json(f"{out}/transformer/config.json", dict(_class_name="WanTransformer3DModel", _diffusers_version="0.42.1", **config))
    write_weights(f"{out}/transformer", "diffusion_pytorch_model", part(model, "transformer"))
    config = dict(meta["text_encoder"], architectures=["UMT5EncoderModel"], model_type="umt5", dtype="float16", is_encoder_decoder=False,
                  use_cache=False, decoder_start_token_id=0, dense_act_fn="gelu_new", is_gated_act=True)  # fmt: skip
    write_json(f"{out}/text_encoder/config.json", config)
    write_weights(f"{out}/text_encoder", "model", part(model, "text_encoder"))
    write_json(f"{out}/scheduler/scheduler_config.json", SCHEDULER)
    write_json(f"{out}/model_index.json", INDEX)
    write_product_files(out, PRESETS[meta["preset"]], guidance or meta["guidance"])
    write_json(f"{out}/training.json", dict(preset=meta["preset"], vae_steps=vae_meta["steps"], model_steps=meta["steps"], vae_psnr=vae_meta["psnr"]))
    os.makedirs(f"{out}/tokenizer", exist_ok=True)
    for file, content in assets_module.load().tokenizer_files().items():
        with open(f"{out}/tokenizer/{file}", "wb") as f:
            f.write(content)


def write_product_files(out: str, preset: Preset, guidance: float) -> None:
    """What Kinora reads beside the diffusers files: defaults of a request, and the words that the model knows."""
    height, width = preset.sizes[0]
    defaults = dict(size=[width, height], fps=f"{preset.fps}/1", frames=preset.frames, steps=8, guidance=guidance, shift=SCHEDULER["flow_shift"])
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "mini/examples.json"), encoding="utf-8") as f:
        prompts = [e["prompt"] for e in json.load(f)["examples"] if "picture" not in e]
    about = dict(format="kinora-model", version=1, name="Mini", licence="GPL-3.0-or-later")
    write_json(f"{out}/kinora.json", dict(about, **defaults, sampler="unipc", draws_first_frame=True, prompts=prompts))
    write_json(f"{out}/vocabulary.json", vocabulary(assets_module.load(), WORLDS[preset.world]))


def pack(folder: str, prefix: str, piece: int = int(15.5 * 2**20)) -> list[str]:
    """The folder as one tar stream, cut into pieces."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        tar.add(folder, arcname="mini")
    data, names = stream.getvalue(), []
    for i in range(0, len(data), piece):
        names.append(f"{prefix}.tar.{i // piece}")
        with open(names[-1], "wb") as f:
            f.write(data[i : i + piece])
    return names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--name", default="model", choices=("model", "distilled"))
    parser.add_argument("--guidance", type=float, default=0.0, help="default of the model; 0 = what the checkpoint says")
    parser.add_argument("--pack")
    args = parser.parse_args()
    export(args.folder, args.out, args.name, args.guidance)
    files = [os.path.join(r, f) for r, _, fs in os.walk(args.out) for f in fs]
    for file in files:
        os.chmod(file, 0o644)  # safetensors writes private files
    print(f"{len(files)} files, {sum(map(os.path.getsize, files)) / 1e6:.1f} MB, largest {max(map(os.path.getsize, files)) / 2**20:.2f} MiB")
    if args.pack:
        print("packed:", *pack(args.out, args.pack))


if __name__ == "__main__":
    main()
