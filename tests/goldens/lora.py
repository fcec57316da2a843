# SPDX-License-Identifier: GPL-3.0-or-later
"""LoRA files in every naming that is in use, and the tiny transformer with them fused in.

Each case is one set of changes, written once a naming; namings that diffusers reads are loaded by its own
load_lora_weights and must give what the plain sum W + B·A·alpha/rank gives.
"""

import copy
import json
from pathlib import Path

import torch
from diffusers import WanPipeline, WanTransformer3DModel
from safetensors.torch import load_file, save_file

ROOT = Path(__file__).resolve().parents[2]
MODEL = "tests/data/goldens/models/tiny-wan22"
INPUTS = ROOT / "tests/data/goldens/transformer-tiny22/expected.safetensors"
RANK = 2
ATTENTION = {"q": "to_q", "k": "to_k", "v": "to_v", "o": "to_out.0"}
EMBEDDER = "condition_embedder."

BLOCK = {f"{ours}.{o}": f"{theirs}.{d}" for ours, theirs in (("self_attn", "attn1"), ("cross_attn", "attn2"))
         for o, d in ATTENTION.items()} | {"ffn.0": "ffn.net.0.proj", "ffn.2": "ffn.net.2"}
BLOCKS = {f"blocks.{i}.{o}": f"blocks.{i}.{d}" for i in (0, 1) for o, d in BLOCK.items()}
OUTSIDE = {"text_embedding.0": EMBEDDER + "text_embedder.linear_1", "text_embedding.2": EMBEDDER + "text_embedder.linear_2",
           "time_embedding.0": EMBEDDER + "time_embedder.linear_1", "time_embedding.2": EMBEDDER + "time_embedder.linear_2",
           "time_projection.1": EMBEDDER + "time_proj", "head.head": "proj_out"}
NORMS = {"blocks.0.norm3": "blocks.0.norm2", "blocks.1.self_attn.norm_q": "blocks.1.attn1.norm_q",
         "blocks.1.cross_attn.norm_k": "blocks.1.attn2.norm_k"}
MODULATIONS = {"blocks.0": "blocks.0.scale_shift_table", "blocks.1": "blocks.1.scale_shift_table",
               "head": "scale_shift_table"}


def transformer():
    return WanTransformer3DModel.from_pretrained(ROOT / MODEL / "transformer", torch_dtype=torch.float32).eval()


class Changes:
    """What a LoRA does, free of names: per original module down, up, alpha and differences."""

    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)
        self.weights = transformer().state_dict()
        self.products, self.diffs, self.biases, self.modulations = {}, {}, {}, {}

    def normal(self, shape, std):
        return torch.randn(shape, generator=self.generator) * std

    def product(self, original, name, alpha=None, rank=RANK):
        out, *rest = self.weights[name + ".weight"].shape
        width = torch.Size(rest).numel()
        down = self.normal((rank, *rest), width ** -0.5)
        up = self.normal((out, rank, *[1] * (len(rest) - 1)), 0.5 / rank)
        self.products[original] = (name, down, up, alpha)

    def diff(self, original, name):
        self.diffs[original] = (name, self.normal(self.weights[name + ".weight"].shape, 0.1))

    def bias(self, original, name):
        self.biases[original] = (name, self.normal(self.weights[name + ".bias"].shape, 0.1))

    def modulation(self, original, name):
        self.modulations[original] = (name, self.normal(self.weights[name].shape, 0.1))

    def fused(self, weight=1.0):
        """Changed tensors by diffusers name, from the formula in float64."""
        out = {}

        def add(name, delta):
            old = out.get(name, self.weights[name].double())
            out[name] = old + weight * delta.double().reshape(old.shape)

        for name, down, up, alpha in self.products.values():
            factor = 1.0 if alpha is None else alpha / down.shape[0]
            add(name + ".weight", factor * up.double().flatten(1) @ down.double().flatten(1))
        for name, delta in self.diffs.values():
            add(name + ".weight", delta)
        for name, delta in self.biases.values():
            add(name + ".bias", delta)
        for name, delta in self.modulations.values():
            add(name, delta)
        return {name: value.float() for name, value in out.items()}


def linear():
    """All linears of the blocks, each with its own alpha: what trainers write."""
    changes = Changes(50)
    for index, (original, name) in enumerate(BLOCKS.items()):
        changes.product(original, name, alpha=float(1 + index % 3))
    return changes


def extract():
    """Products and bias differences everywhere, no alpha: what is extracted from distilled models."""
    changes = Changes(51)
    for original, name in (BLOCKS | OUTSIDE).items():
        changes.product(original, name)
        changes.bias(original, name)
    return changes


def full():
    """What diffusers does not read: norms, modulation, the patch embedding as a convolution, a whole head."""
    changes = Changes(52)
    changes.product("patch_embedding", "patch_embedding", alpha=1.0)
    changes.product("blocks.0.self_attn.q", "blocks.0.attn1.to_q", rank=3)
    for original, name in NORMS.items():
        changes.diff(original, name)
    changes.diff("head.head", "proj_out")
    for original, name in {"blocks.0.norm3": "blocks.0.norm2", "patch_embedding": "patch_embedding"}.items():
        changes.bias(original, name)
    for original, name in MODULATIONS.items():
        changes.modulation(original, name)
    return changes


def original_names(changes, prefix, down=".lora_down.weight", up=".lora_up.weight", module=lambda name: name,
                   alphas=True):
    """Names of the original network; module() changes how one is written."""
    out = {}
    for original, (_, a, b, alpha) in changes.products.items():
        out[prefix + module(original) + down], out[prefix + module(original) + up] = a, b
        if alpha is not None and alphas:
            out[prefix + module(original) + ".alpha"] = torch.tensor(alpha)
    for kind, suffix in ((changes.diffs, ".diff"), (changes.biases, ".diff_b"), (changes.modulations, ".diff_m")):
        out |= {prefix + module(original) + suffix: delta for original, (_, delta) in kind.items()}
    return out


def diffusers_names(changes, prefix, down, up, module=lambda name: name, alpha=None):
    """Names of the diffusers network; alpha: suffix of alpha tensors."""
    out = {}
    for name, a, b, value in changes.products.values():
        out[prefix + module(name) + down], out[prefix + module(name) + up] = a, b
        if alpha and value is not None:
            out[prefix + module(name) + alpha] = torch.tensor(value)
    for name, delta in changes.biases.values():
        out[prefix + module(name) + up.replace("weight", "bias")] = delta
    return out


def peft_metadata(changes):
    """Alphas as diffusers stores them beside its files."""
    alphas = {name: alpha for name, _, _, alpha in changes.products.values()}
    config = {"r": RANK, "lora_alpha": 1.0, "alpha_pattern": {n: a for n, a in alphas.items() if a != 1.0},
              "rank_pattern": {}, "target_modules": list(alphas), "use_rslora": False, "lora_bias": False}
    return {"format": "pt",
            "lora_adapter_metadata": json.dumps({f"transformer.{key}": value for key, value in config.items()})}


def kohya(name):
    return name.replace(".", "_")


def processor(name):
    """blocks.0.attn1.to_q as the attention processors of diffusers before PEFT."""
    path, _, last = name.rpartition(".attn")
    if not path:
        return name
    number, _, projection = last.partition(".")
    return f"{path}.attn{number}.processor.{projection.removesuffix('.0')}"


PEFT = {"down": ".lora_A.weight", "up": ".lora_B.weight"}
ADAPTER = {"down": ".lora_A.default.weight", "up": ".lora_B.default.weight"}

# naming -> (tensors of a file, metadata of it, whether diffusers reads it)
NAMINGS = {
    "linear": (linear, {
        "comfy": (lambda c: original_names(c, "diffusion_model."), None, True),
        "musubi": (lambda c: original_names(c, "lora_unet_", module=kohya), None, True),
        "peft": (lambda c: diffusers_names(c, "transformer.", **PEFT), peft_metadata, True),
        "kohya-two-underscores": (lambda c: original_names(c, "lora_unet__", module=kohya), None, False),
        "no-prefix": (lambda c: original_names(c, ""), None, False),
        "model-prefix": (lambda c: original_names(c, "model.diffusion_model."), None, False),
        "adapter-name": (lambda c: diffusers_names(c, "base_model.model.", **ADAPTER, alpha=".alpha"), None, False),
        "low-expert": (lambda c: diffusers_names(c, "transformer_2.", **PEFT, alpha=".alpha"), None, False),
        "before-peft": (lambda c: diffusers_names(c, "transformer.", ".lora.down.weight", ".lora.up.weight",
                                                  alpha=".alpha"), None, False),
        "processors": (lambda c: {
            key.replace(".lora.", ".lora." if ".ffn." in key else "_lora."): value for key, value in diffusers_names(
                c, "", ".lora.down.weight", ".lora.up.weight", module=processor, alpha=".alpha").items()}, None, False),
    }),
    "extract": (extract, {
        "comfy": (lambda c: original_names(c, "diffusion_model."), None, True),
        "diffusion-pipe": (lambda c: original_names(c, "diffusion_model.", **{
            "down": ".lora_A.weight", "up": ".lora_B.weight"}), None, True),
        "peft": (lambda c: diffusers_names(c, "transformer.", **PEFT), None, True),
    }),
    "full": (full, {
        "comfy": (lambda c: original_names(c, "diffusion_model."), None, False),
        "kohya": (lambda c: original_names(c, "lora_unet_", module=kohya), None, False),
    }),
}


def loaded_by_diffusers(files_and_weights):
    """State dict by diffusers' own loading and fusing of several files."""
    pipe = WanPipeline(tokenizer=None, text_encoder=None, vae=None, scheduler=None, transformer=transformer())
    names = [f"lora{i}" for i in range(len(files_and_weights))]
    for name, (file, _) in zip(names, files_and_weights):
        pipe.load_lora_weights(str(file.parent), weight_name=file.name, adapter_name=name)
    pipe.set_adapters(names, [weight for _, weight in files_and_weights])
    pipe.fuse_lora(components=["transformer"], adapter_names=names)
    pipe.unload_lora_weights()
    return pipe.transformer


@torch.no_grad()
def output(network):
    given = load_file(INPUTS)
    text = torch.zeros(1, 512, network.config.text_dim)
    text[:, : len(given["text_rows"])] = given["text_rows"]
    return network(given["latents"], given["timestep"], text, return_dict=False)[0]


def close(ours, theirs):
    return all((theirs[name] - value).norm() <= 1e-6 * value.norm() for name, value in ours.items())


@torch.no_grad()
def make_lora_case(folder, name):
    """naming.safetensors for each naming; expected: changed tensors by diffusers name, and one forward's `output`."""
    make, namings = NAMINGS[name]
    changes = make()
    fused = changes.fused()
    network = transformer()
    network.load_state_dict(network.state_dict() | fused)
    for naming, (tensors, metadata, readable) in namings.items():
        file = folder / f"{naming}.safetensors"
        save_file({key: value.contiguous() for key, value in tensors(changes).items()}, file,
                  metadata=metadata(changes) if metadata else None)
        if readable:
            assert close(fused, loaded_by_diffusers([(file, 1.0)]).state_dict()), (name, naming)
    inputs = {"model": MODEL, "read_by_diffusers": [n for n, (_, _, readable) in namings.items() if readable]}
    return inputs, fused | {"output": output(network)}


@torch.no_grad()
def make_two_loras_case(folder, weights):
    """The files of lora-linear and lora-extract together, fused by diffusers."""
    files = [f"lora-{name}/comfy.safetensors" for name in ("linear", "extract")]
    network = loaded_by_diffusers([(folder.parent / file, weight) for file, weight in zip(files, weights)])
    state = copy.deepcopy(network.state_dict())
    kept = {name: state[name] for name in ("blocks.0.attn1.to_q.weight", "blocks.1.ffn.net.2.bias", "proj_out.weight")}
    return {"model": MODEL, "files": files, "weights": weights}, kept | {"output": output(network)}


CASES = {**{f"lora-{name}": (make_lora_case, name) for name in NAMINGS},
         "lora-two": (make_two_loras_case, [0.7, -0.4])}
