# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiny models and cases of the architectures beyond text-to-video and TI2V: I2V and FLF2V of Wan 2.1 with their CLIP
tower, both A14B models of two experts, and VACE. They share text encoder, tokenizer and VAE of tiny-wan21 by links."""

import json
import os
import shutil

import numpy as np
import torch
from diffusers import (AutoencoderKLWan, WanImageToVideoPipeline, WanPipeline, WanTransformer3DModel, WanVACEPipeline,
                       WanVACETransformer3DModel)
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import CLIPVisionConfig, CLIPVisionModel, UMT5EncoderModel
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from common import (EN, ROOT, TEXT_LENGTH, TINY_21, ZH, SentencePieceTokenizer, decode, prompt_rows,
                    random_noise, scheduler, start_picture, write)
from tiny_models import TEXT_DIM, randomise, unipc

MODELS = "tests/data/goldens/models/"
I2V_21, FLF2V_21 = MODELS + "tiny-wan21-i2v", MODELS + "tiny-wan21-flf2v"
T2V_A14B, I2V_A14B = MODELS + "tiny-wan22-t2v-a14b", MODELS + "tiny-wan22-i2v-a14b"
VACE_21 = MODELS + "tiny-wan21-vace"
SHARED = ("vae", "text_encoder", "tokenizer")
CLIP_SIZE, CLIP_TOKENS, CLIP_DIM = 28, 5, 24
HEADS, HEAD_DIM = 2, 14
SHAPE = {"patch_size": (1, 2, 2), "num_attention_heads": HEADS, "attention_head_dim": HEAD_DIM, "out_channels": 16,
         "text_dim": TEXT_DIM, "freq_dim": 32, "ffn_dim": 44, "cross_attn_norm": True,
         "qk_norm": "rms_norm_across_heads", "rope_max_seq_len": 64}
CLIP = {"image_dim": CLIP_DIM, "added_kv_proj_dim": HEADS * HEAD_DIM}


def transformer(seed, **different):
    return randomise(WanTransformer3DModel(**SHAPE, num_layers=2, **different), seed)


def vace_transformer(seed):
    return randomise(WanVACETransformer3DModel(**SHAPE, in_channels=16, num_layers=3, vace_layers=[0, 2],
                                               vace_in_channels=96), seed)


def image_encoder(seed):
    return randomise(CLIPVisionModel(CLIPVisionConfig(
        hidden_size=CLIP_DIM, intermediate_size=40, num_hidden_layers=3, num_attention_heads=2, image_size=CLIP_SIZE,
        patch_size=14, hidden_act="gelu", projection_dim=16)), seed)


def image_processor():
    return CLIPImageProcessorPil(size={"shortest_edge": CLIP_SIZE}, crop_size={"height": CLIP_SIZE, "width": CLIP_SIZE})


def components(model):
    """What each model has of its own: transformers, CLIP tower, entries of model_index.json."""
    if model == I2V_21:
        return {"transformer": transformer(300, in_channels=36, **CLIP), "image_encoder": image_encoder(301)}, {}
    if model == FLF2V_21:
        return {"transformer": transformer(310, in_channels=36, pos_embed_seq_len=2 * CLIP_TOKENS, **CLIP),
                "image_encoder": image_encoder(311)}, {}
    if model == T2V_A14B:
        return {"transformer": transformer(320, in_channels=16),
                "transformer_2": transformer(321, in_channels=16)}, {"boundary_ratio": 0.875}
    if model == I2V_A14B:
        return {"transformer": transformer(330, in_channels=36),
                "transformer_2": transformer(331, in_channels=36)}, {"boundary_ratio": 0.9}
    return {"transformer": vace_transformer(340)}, {}


def pipeline_class(model):
    return {T2V_A14B: WanPipeline, VACE_21: WanVACEPipeline}.get(model, WanImageToVideoPipeline)


def name_as_published(file):
    """transformers 5 writes no prefix where the published files have one; one model of each kind is here."""
    save_file({f"vision_model.{name}": tensor for name, tensor in load_file(file).items()}, file, {"format": "pt"})


def make_models():
    for model in (I2V_21, FLF2V_21, T2V_A14B, I2V_A14B, VACE_21):
        folder = ROOT / model
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        own, settings = components(model)
        index = {"_class_name": pipeline_class(model).__name__, "boundary_ratio": None, **settings,
                 "scheduler": ["diffusers", "UniPCMultistepScheduler"], "text_encoder": ["transformers", "UMT5EncoderModel"],
                 "tokenizer": ["transformers", "T5TokenizerFast"], "vae": ["diffusers", "AutoencoderKLWan"]}
        for name, part in own.items():
            part.save_pretrained(folder / name)
            library = "transformers" if name == "image_encoder" else "diffusers"
            index[name] = [library, type(part).__name__]
        if "image_encoder" in own:
            if model == I2V_21:
                name_as_published(folder / "image_encoder/model.safetensors")
            image_processor().save_pretrained(folder / "image_processor")
            index["image_processor"] = ["transformers", "CLIPImageProcessor"]
        unipc(3.0).save_pretrained(folder / "scheduler")
        (folder / "model_index.json").write_text(json.dumps(index, indent=2, sort_keys=True) + "\n")
        for name in SHARED:
            os.symlink(f"../tiny-wan21/{name}", folder / name)


def load(model):
    """The stock pipeline, put together by hand: the tokenizer is ours and the processor's class needs no torchvision."""
    folder = ROOT / model
    index = json.loads((folder / "model_index.json").read_text())
    network = WanVACETransformer3DModel if model == VACE_21 else WanTransformer3DModel
    parts = {"tokenizer": None, "scheduler": unipc(3.0),
             "text_encoder": UMT5EncoderModel.from_pretrained(folder / "text_encoder").eval(),
             "vae": AutoencoderKLWan.from_pretrained(folder / "vae").eval(),
             "transformer": network.from_pretrained(folder / "transformer").eval()}
    if "transformer_2" in index:
        parts |= {"transformer_2": network.from_pretrained(folder / "transformer_2").eval(),
                  "boundary_ratio": index["boundary_ratio"]}
    if pipeline_class(model) is WanImageToVideoPipeline:
        clip = "image_encoder" in index
        parts["image_encoder"] = CLIPVisionModel.from_pretrained(folder / "image_encoder").eval() if clip else None
        parts["image_processor"] = image_processor() if clip else None
    pipe = pipeline_class(model)(**parts)
    pipe.tokenizer = SentencePieceTokenizer(folder / "tokenizer")
    pipe.set_progress_bar_config(disable=True)
    return pipe


def control_video(case):
    """A picture that wanders, and a mask whose white part wanders the other way: [F,H,W,3], 8 bit."""
    width, height = case["width"], case["height"]
    picture = np.asarray(start_picture(width, height))
    control = np.stack([np.roll(picture, 3 * i, 1) for i in range(case["frames"])])
    mask = np.zeros_like(control)
    for i in range(case["frames"]):
        mask[i, height // 4:, max(0, width // 2 - 2 * i):] = 255
    return control, mask


def inputs(case, folder, tensors):
    """Arguments of the pipeline; pictures are written beside the case, videos into its tensors."""
    arguments = {}
    for key, argument, flip in (("image", "image", False), ("end_image", "last_image", True)):
        if key in case:
            picture = start_picture(case["width"], case["height"])
            (picture.transpose(Image.Transpose.ROTATE_180) if flip else picture).save(folder / case[key])
            arguments[argument] = Image.open(folder / case[key]).convert("RGB")
    if case.get("control"):
        control, mask = control_video(case)
        arguments |= {"video": [Image.fromarray(f) for f in control], "mask": [Image.fromarray(f) for f in mask]}
        tensors |= {"control": torch.from_numpy(control), "mask": torch.from_numpy(mask)}
    references = [np.asarray(start_picture(*size)) for size in case.get("references", [])]
    if references:
        arguments["reference_images"] = [Image.fromarray(r) for r in references]
        tensors |= {f"reference_{i}": torch.from_numpy(r.copy()) for i, r in enumerate(references)}
    if "control_scale" in case:
        arguments["conditioning_scale"] = case["control_scale"]
    if "guidance_2" in case:
        arguments["guidance_scale_2"] = case["guidance_2"]
    return arguments


def make_pipeline_case(folder, case):
    pipe = load(case["model"])
    pipe.scheduler = scheduler(case)
    references = len(case.get("references", []))
    longer = {**case, "frames": case["frames"] + references * pipe.vae_scale_factor_temporal}
    tensors = {"noise": random_noise(pipe, longer)}

    def keep(_, step, timestep, values):
        tensors[f"step_{step:03d}"] = values["latents"].clone()
        for name in ("prompt_embeds", "negative_prompt_embeds"):
            if values[name] is not None:
                tensors[name] = values[name].clone()
        return {}

    latents = pipe(
        **inputs(case, folder, tensors), prompt=case["prompt"], negative_prompt=case["negative"], width=case["width"],
        height=case["height"], num_frames=case["frames"], num_inference_steps=case["steps"],
        guidance_scale=case["guidance"], latents=tensors["noise"].clone(), output_type="latent",
        callback_on_step_end=keep, callback_on_step_end_tensor_inputs=["latents", "prompt_embeds", "negative_prompt_embeds"],
    ).frames
    tensors["latents"] = latents[:, :, references:].clone()
    tensors["video"] = decode(pipe, tensors["latents"])
    tensors["timesteps"] = pipe.scheduler.timesteps.float()
    prompt_rows(tensors, pipe, case)
    write(folder, {**case, "tokenizer": case["model"] + "/tokenizer"}, tensors)


@torch.no_grad()
def make_transformer_case(folder, model):
    """One forward pass of the first transformer; blocks only where nothing is added behind them."""
    network = load(model).transformer
    generator = torch.Generator().manual_seed(31)
    rows, t = 12, 637.0
    latents = torch.randn(1, network.config.in_channels, 3, 4, 6, generator=generator)
    text = torch.zeros(1, TEXT_LENGTH, TEXT_DIM)
    text[:, :rows] = torch.randn(1, rows, TEXT_DIM, generator=generator)
    tensors = {"latents": latents, "text_rows": text[0, :rows].clone()}
    arguments, settings = {}, {"model": model, "t": t, "frame0_t": t}
    if network.config.image_dim is not None:
        pictures = 2 if network.config.pos_embed_seq_len else 1
        states = torch.randn(pictures, CLIP_TOKENS, CLIP_DIM, generator=generator)
        tensors["image_states"] = states.flatten(0, 1).clone()
        arguments["encoder_hidden_states_image"] = states
    if model == VACE_21:
        tensors["control"] = torch.randn(1, 96, 3, 4, 6, generator=generator)
        settings["control_scale"] = 0.7
        arguments |= {"control_hidden_states": tensors["control"],
                      "control_hidden_states_scale": torch.tensor([0.7, 0.7])}
    else:
        for index, block in enumerate(network.blocks):
            block.register_forward_hook(
                lambda _, __, out, name=f"block_{index:03d}": tensors.__setitem__(name, out.clone()))
    network.patch_embedding.register_forward_hook(
        lambda _, __, out: tensors.__setitem__("tokens", out.flatten(2).transpose(1, 2).clone()))
    tensors["output"] = network(latents, torch.tensor([t]), text, return_dict=False, **arguments)[0]
    write(folder, settings, tensors)


@torch.no_grad()
def make_clip_case(folder, model):
    """Pixels and states of a picture in either orientation, and of one smaller than the tower's size."""
    pipe = load(model)
    tensors = {}
    for name, size in (("wide", (61, 37)), ("tall", (30, 44)), ("small", (16, 20))):
        picture = np.asarray(start_picture(*size))
        pixels = pipe.image_processor(images=Image.fromarray(picture), return_tensors="pt").pixel_values
        tensors |= {f"{name}_picture": torch.from_numpy(picture.copy()), f"{name}_pixels": pixels,
                    f"{name}_states": pipe.encode_image(Image.fromarray(picture))}
    write(folder, {"model": model}, tensors)


BASE = {"width": 48, "height": 32, "frames": 9, "steps": 4, "guidance": 3.0, "sampler": "unipc", "shift": 3.0}
PICTURE, PICTURES = {"image": "start.png"}, {"image": "start.png", "end_image": "end.png"}
PIPELINE_CASES = {
    "tiny21-clip-i2v": {"model": I2V_21, "seed": 30, **BASE, **EN, **PICTURE},
    "tiny21-flf2v": {"model": FLF2V_21, "seed": 31, **BASE, **EN, **PICTURES, "shift": 16.0},
    "tiny22-a14b-t2v": {"model": T2V_A14B, "seed": 32, **BASE, **EN, "guidance_2": 2.0},
    "tiny22-a14b-t2v-euler": {"model": T2V_A14B, "seed": 33, **BASE, **ZH, "sampler": "euler", "frames": 5},
    "tiny22-a14b-i2v": {"model": I2V_A14B, "seed": 34, **BASE, **EN, **PICTURE, "guidance_2": 1.0, "shift": 5.0},
    "tiny22-a14b-flf2v": {"model": I2V_A14B, "seed": 35, **BASE, **ZH, **PICTURES, "guidance": 1.0, "frames": 5},
    "tiny21-vace-t2v": {"model": VACE_21, "seed": 36, **BASE, **EN, "frames": 5},
    "tiny21-vace-control": {"model": VACE_21, "seed": 37, **BASE, **EN, "control": True},
    "tiny21-vace-reference": {"model": VACE_21, "seed": 38, **BASE, **EN, "control": True, "frames": 5,
                              "references": [[40, 40], [24, 52]], "control_scale": 0.7},
}
CASES = {
    **{name: (make_pipeline_case, case) for name, case in PIPELINE_CASES.items()},
    "transformer-tiny21-clip-i2v": (make_transformer_case, I2V_21),
    "transformer-tiny21-flf2v": (make_transformer_case, FLF2V_21),
    "transformer-tiny21-vace": (make_transformer_case, VACE_21),
    "clip-vision": (make_clip_case, I2V_21),
}
