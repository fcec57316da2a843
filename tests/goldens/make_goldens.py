# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/data/goldens: what the stock diffusers pipelines give in float32 on the CPU, for Kinora's golden tests.

Run by `make goldens` with the versions of packaging/setup/goldens.lock. Without arguments everything is made anew;
--only NAME makes one case. tests/data/goldens/README.md describes the files.
"""

import argparse
import json
import shutil

import sentencepiece
import torch
from diffusers import WanImageToVideoPipeline, WanPipeline
from diffusers.pipelines.wan.pipeline_wan import prompt_clean
from PIL import Image
from transformers import T5TokenizerFast

import architectures
import lora
import sampling
import tiny_decoder
import vae_tiling
from common import (EN, GOLDENS, MINI, ROOT, TEXT_LENGTH, TINY_21, TINY_22, TOKENIZER, ZH, SentencePieceTokenizer, decode,
                    prompt_rows, random_noise, scheduler, start_picture, write)
from prompts import ENCODER_PROMPTS, TOKEN_PROMPTS
from tiny_models import save_tiny_model, tiny_vae_21, tiny_vae_22
from weight_files import make_weight_files

THREADS = 2

TINY = {"width": 96, "height": 64, "frames": 9, "steps": 5, "guidance": 3.0, "sampler": "unipc", "shift": 5.0}
SMALL = {"width": 48, "height": 32, "steps": 4, "guidance": 3.0, "sampler": "unipc", "shift": 3.0}
SOFT = {**SMALL, "steps": 6, "guidance": 1.5}  # more guidance whitens mini's text-to-video at this few steps

PIPELINE_CASES = {
    "tiny22-t2v": {"model": TINY_22, "seed": 1, **TINY, **EN},
    "tiny22-t2v-noguidance": {"model": TINY_22, "seed": 2, **TINY, **EN, "guidance": 1.0, "shift": 2.0, "frames": 5},
    "tiny22-t2v-chinese": {"model": TINY_22, "seed": 3, **TINY, **ZH, "shift": 3.0, "frames": 5},
    "tiny22-t2v-oneframe": {"model": TINY_22, "seed": 4, **TINY, **EN, "frames": 1, "steps": 2, "negative": ""},
    "tiny22-t2v-euler": {"model": TINY_22, "seed": 5, **TINY, **EN, "sampler": "euler"},
    "tiny22-i2v": {"model": TINY_22, "seed": 6, **TINY, **EN, "image": "start.png"},
    "tiny22-i2v-euler": {"model": TINY_22, "seed": 7, **TINY, **ZH, "sampler": "euler", "shift": 2.0, "frames": 5,
                         "guidance": 1.0, "image": "start.png"},
    "tiny21-t2v": {"model": TINY_21, "seed": 8, **TINY, **EN, "width": 64, "height": 48, "shift": 3.0},
    "mini-t2v-english": {"model": MINI, "seed": 12, "first_seed": 13, **SOFT, **EN, "frames": 9},
    "mini-t2v-chinese": {"model": MINI, "seed": 12, "first_seed": 13, **SOFT, **ZH, "frames": 5},
    "mini-i2v": {"model": MINI, "seed": 11, **SMALL, **EN, "frames": 5, "image": "start.png"},
}
FEW = {"model": TINY_21, "width": 48, "height": 32, "frames": 5, "steps": 4, "guidance": 1.0, "shift": 5.0, **EN}
MANY = {**FEW, "steps": 8, "guidance": 3.0, "sampler": "unipc"}
# "recipe": fields of the request as Kinora writes them into a recipe
SAMPLING_CASES = {
    "sampler-dmd": {**FEW, "seed": 40, "sampler": "dmd", "steps": 3, "shift": 8.0, "recipe": {"seed": 41}},
    "sampler-lightx2v": {**FEW, "seed": 42, "sampler": "lightx2v", "recipe": {}},
    "sampler-lcm": {**FEW, "seed": 43, "sampler": "lcm", "steps": 5, "recipe": {"seed": 44 + (7 << 32)}},
    "guidance-zero-star": {**MANY, "seed": 45, "steps": 13, "recipe": {"guidance_kind": "cfg-zero"}},
    "guidance-skip-layers": {**MANY, "seed": 46, "steps": 6, "recipe": {
        "skip_layers": {"blocks": [1], "scale": 1.5, "from": 0.1, "to": 0.5}}},
    "guidance-nag": {**FEW, "seed": 47, "sampler": "lightx2v", "recipe": {
        "nag": {"scale": 7.0, "tau": 1.5, "alpha": 0.5}}},
    "cache-teacache": {**MANY, "seed": 48, "recipe": {"cache": "teacache", "cache_threshold": 1.5}},
    "cache-firstblock": {**MANY, "seed": 49, "recipe": {"cache": "firstblock", "cache_threshold": 0.66}},
}
VAE_CASES = {"vae-tiny22": (TINY_22, 48, 32), "vae-tiny21": (TINY_21, 24, 16), "vae-mini": (MINI, 48, 32)}
TRANSFORMER_CASES = {"transformer-tiny21": (TINY_21, False), "transformer-tiny22": (TINY_22, False),
                     "transformer-tiny22-image": (TINY_22, True), "transformer-mini-image": (MINI, True)}


def load(model, image=False):
    """The stock pipeline of a model folder in float32, with its weights upcast where they are stored as fp16."""
    folder = ROOT / model
    stock = WanPipeline.from_pretrained(folder, torch_dtype=torch.float32, tokenizer=None)
    stock.register_modules(tokenizer=None)
    parts = stock.components
    expand = stock.config.expand_timesteps
    if image:
        parts = {**parts, "image_encoder": None, "image_processor": None}
    pipe = (WanImageToVideoPipeline if image else WanPipeline)(**parts, expand_timesteps=expand)
    pipe.tokenizer = SentencePieceTokenizer(folder / "tokenizer")
    pipe.set_progress_bar_config(disable=True)
    return pipe


def denoise(pipe, case, noise, image=None):
    """All steps from noise: what each gives as step_NNN, the embeddings, and the latents in the end."""
    tensors = {}
    pipe.scheduler = scheduler(case)

    def keep(_, step, timestep, values):
        tensors[f"step_{step:03d}"] = values["latents"].clone()
        for name in ("prompt_embeds", "negative_prompt_embeds"):
            if values[name] is not None:
                tensors[name] = values[name].clone()
        return {}

    tensors["latents"] = pipe(
        **({"image": image} if image is not None else {}),
        prompt=case["prompt"], negative_prompt=case["negative"], width=case["width"], height=case["height"],
        num_frames=case["frames"], num_inference_steps=case["steps"], guidance_scale=case["guidance"],
        latents=noise.clone(), output_type="latent", callback_on_step_end=keep,
        callback_on_step_end_tensor_inputs=["latents", "prompt_embeds", "negative_prompt_embeds"],
    ).frames
    return tensors


def draws_first_frame(case):
    """Whether Kinora makes a picture first and then the clip that begins with it: kinora.json says so of the model."""
    manifest = ROOT / case["model"] / "kinora.json"
    draws = manifest.exists() and json.loads(manifest.read_text()).get("draws_first_frame", False)
    return draws and case["frames"] > 1 and "image" not in case


def draw_first_frame(tensors, case):
    """One frame by the text-to-video pipeline; gives the image-to-video pipeline that begins with its latent."""
    pipe = load(case["model"])
    alone = {**case, "frames": 1}
    noise = random_noise(pipe, {**alone, "seed": case["first_seed"]})
    drawn = denoise(pipe, alone, noise)
    tensors["first_noise"] = noise
    tensors |= {f"first_{name}": value for name, value in drawn.items() if name.startswith(("step_", "latents"))}

    pipe = load(case["model"], image=True)
    stock = pipe.prepare_latents

    def prepare_latents(*arguments, **named):
        latents, picture, mask = stock(*arguments, **named)
        assert picture.shape == drawn["latents"].shape
        return latents, drawn["latents"], mask

    pipe.prepare_latents = prepare_latents
    return pipe


def run_pipeline(case, picture):
    tensors = {}
    if draws_first_frame(case):
        pipe = draw_first_frame(tensors, case)
        picture = Image.new("RGB", (case["width"], case["height"]))  # its latent gives way to the drawn one
    else:
        pipe = load(case["model"], image=picture is not None)
    tensors["noise"] = random_noise(pipe, case)
    tensors |= denoise(pipe, case, tensors["noise"], picture)
    tensors["video"] = decode(pipe, tensors["latents"])
    tensors["timesteps"] = pipe.scheduler.timesteps.float()
    prompt_rows(tensors, pipe, case)
    return tensors


def make_pipeline_case(folder, case):
    picture = None
    if "image" in case:
        start_picture(case["width"], case["height"]).save(folder / case["image"])
        picture = Image.open(folder / case["image"]).convert("RGB")
    write(folder, {**case, "tokenizer": case["model"] + "/tokenizer"}, run_pipeline(case, picture))


@torch.no_grad()
def make_sampling_case(folder, case):
    pipe = load(case["model"])
    text, negative = pipe.encode_prompt(case["prompt"], case["negative"], max_sequence_length=TEXT_LENGTH)
    noise = random_noise(pipe, case)
    tensors = {"noise": noise, "prompt_embeds": text, **sampling.run(pipe, case, noise, text, negative)}
    if case["guidance"] > 1 or "nag" in case["recipe"]:
        tensors["negative_prompt_embeds"] = negative
    tensors["video"] = decode(pipe, tensors["latents"])
    prompt_rows(tensors, pipe, case)
    write(folder, {**case, "tokenizer": case["model"] + "/tokenizer"}, tensors)


@torch.no_grad()
def make_vae_case(folder, case):
    """Posterior mean of random video, and frames of random latents; raw latents, without mean and std."""
    model, width, height = case
    pipe = load(model)
    generator = torch.Generator().manual_seed(20)
    tensors = {}
    for frames in (1, 9):
        video = torch.rand(1, 3, frames, height, width, generator=generator) * 2 - 1
        mean = pipe.vae.encode(video).latent_dist.mode()
        latent = torch.randn(mean.shape, generator=generator) * torch.tensor(
            pipe.vae.config.latents_std).view(1, -1, 1, 1, 1)
        decoded = pipe.vae.decode(latent, return_dict=False)[0]
        tensors |= {f"video_{frames}": video, f"mean_{frames}": mean, f"latent_{frames}": latent,
                    f"decoded_{frames}": decoded}
    write(folder, {"model": model, "frames": [1, 9]}, tensors)


def make_tiled_vae_case(folder, case):
    model, rows, columns = case
    write(folder, {"model": model, "tile": vae_tiling.TILE, "overlap": vae_tiling.OVERLAP},
          vae_tiling.tensors(load(model).vae, rows, columns))


@torch.no_grad()
def make_transformer_case(folder, case):
    """One forward pass, with what enters and leaves each block. With an image the tokens of frame 0 get t = 0."""
    model, image = case
    pipe = load(model)
    generator = torch.Generator().manual_seed(30)
    transformer, rows, t = pipe.transformer, 12, 637.0
    latents = torch.randn(1, transformer.config.in_channels, 3, 4, 6, generator=generator)
    text = torch.zeros(1, TEXT_LENGTH, transformer.config.text_dim)
    text[:, :rows] = torch.randn(1, rows, transformer.config.text_dim, generator=generator)
    timestep = torch.full((1, 18), t) if pipe.config.expand_timesteps else torch.tensor([t])
    if image:
        timestep[:, :6] = 0
    tensors = {"latents": latents, "text_rows": text[0, :rows].clone(), "timestep": timestep}
    transformer.patch_embedding.register_forward_hook(
        lambda _, __, out: tensors.__setitem__("tokens", out.flatten(2).transpose(1, 2).clone()))
    for index, block in enumerate(transformer.blocks):
        block.register_forward_hook(
            lambda _, __, out, name=f"block_{index:03d}": tensors.__setitem__(name, out.clone()))
    tensors["output"] = transformer(latents, timestep, text, return_dict=False)[0]
    write(folder, {"model": model, "t": t, "frame0_t": 0.0 if image else t}, tensors)


@torch.no_grad()
def make_encoder_case(folder, model):
    pipe = load(model)
    tensors = {}
    for name, prompt in ENCODER_PROMPTS.items():
        count = len(pipe.tokenizer.ids(prompt_clean(prompt)))
        embeds = pipe.encode_prompt(prompt, do_classifier_free_guidance=False, max_sequence_length=TEXT_LENGTH)[0]
        tensors[name] = embeds[0, :count].clone()
    write(folder, {"model": model, "tokenizer": model + "/tokenizer", "prompts": ENCODER_PROMPTS}, tensors)


def make_token_case(folder, path):
    """Cleaned text and ids; `transformers` says whether the stock tokenizer, unk mended, gives the same ids."""
    tokenizer, stock = SentencePieceTokenizer(ROOT / path), T5TokenizerFast.from_pretrained(ROOT / path)
    entries = []
    for prompt in TOKEN_PROMPTS:
        cleaned = prompt_clean(prompt)
        ids = tokenizer.ids(cleaned)
        theirs = stock(cleaned, truncation=True, max_length=TEXT_LENGTH).input_ids
        same = ids == [tokenizer.pieces.unk_id() if token == 2 else token for token in theirs]
        assert same or "<s>" in prompt, (prompt, ids, theirs)
        entries.append({"prompt": prompt, "cleaned": cleaned, "ids": ids, "transformers": same})
    text = ",\n".join(json.dumps(entry) for entry in entries)
    (folder / "expected.json").write_text(f'{{"tokenizer": "{path}", "prompts": [\n{text}\n]}}\n')


def make_models():
    vocab = sentencepiece.SentencePieceProcessor(model_file=str(ROOT / TOKENIZER / "spiece.model")).get_piece_size()
    for model, vae, expand, seed in ((TINY_22, tiny_vae_22(), True, 100), (TINY_21, tiny_vae_21(), False, 200)):
        shutil.rmtree(ROOT / model, ignore_errors=True)
        save_tiny_model(ROOT / model, vocab, vae, expand, shift=5.0, seed=seed)
    architectures.make_models()


def make_lora_case(folder, case):
    make, argument = case
    write(folder, *make(folder, argument))


CASES = {
    **{name: (make_pipeline_case, case) for name, case in PIPELINE_CASES.items()},
    **{name: (make_sampling_case, case) for name, case in SAMPLING_CASES.items()},
    **{name: (make_vae_case, case) for name, case in VAE_CASES.items()},
    **{name: (make_tiled_vae_case, case) for name, case in vae_tiling.CASES.items()},
    **{name: (make_transformer_case, case) for name, case in TRANSFORMER_CASES.items()},
    **{name: (make_lora_case, case) for name, case in lora.CASES.items()},
    "text-encoder": (make_encoder_case, TINY_22),
    "tokens": (make_token_case, TOKENIZER),
    **architectures.CASES,
    **tiny_decoder.CASES,
    "weight-files": (make_weight_files, ROOT / TINY_22),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=CASES, help="make this case alone; the tiny models stay as they are")
    parser.add_argument("--threads", type=int, default=THREADS)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if not arguments.only:
        make_models()
    for name, (make, case) in CASES.items():
        if arguments.only in (None, name):
            folder = GOLDENS / name
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            make(folder, case)
            print(name)


if __name__ == "__main__":
    main()
