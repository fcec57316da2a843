# SPDX-License-Identifier: GPL-3.0-or-later
"""Samplers, guidance and step caching of the golden fixtures, step by step.

What diffusers has is diffusers' own: UniPC, the guiders of CFG-Zero* and skip-layer guidance, the first-block cache.
What it lacks is written here in a few lines: normalized attention guidance from the paper (Chen et al. 2025,
equations 6 to 9), TeaCache from the paper (Liu et al. 2024), consistency sampling over FastWan's and LightX2V's lists,
and Kinora's counter-based noise (Philox4x32-10, Salmon et al. 2011).
"""

import math

import numpy as np
import torch
from diffusers import FirstBlockCacheConfig, LayerSkipConfig
from diffusers.guiders import ClassifierFreeZeroStarGuidance, SkipLayerGuidance
from diffusers.models.transformers.transformer_wan import WanAttnProcessor

from tiny_models import unipc


def philox(seed, stream, blocks):
    """[blocks, 4] random words: block i comes from the counter (i, stream) under the key seed."""
    mask = np.uint64(0xFFFFFFFF)
    index = np.arange(blocks, dtype=np.uint64)
    c = [index & mask, index >> np.uint64(32), np.full_like(index, stream & 0xFFFFFFFF), np.full_like(index, stream >> 32)]
    key = [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        a, b = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [(b >> np.uint64(32)) ^ c[1] ^ np.uint64(key[0]), b & mask, (a >> np.uint64(32)) ^ c[3] ^ np.uint64(key[1]), a & mask]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return np.stack(c, -1).astype(np.float64)


def normal(seed, stream, shape):
    """Standard normals by Box-Muller in float64, from pairs of words."""
    count = math.prod(shape)
    words = philox(seed, stream, -(-count // 4)).reshape(-1, 2)
    radius = np.sqrt(-2 * np.log((words[:, 0] + 1) * 2.0**-32))
    angle = 2 * np.pi * words[:, 1] * 2.0**-32
    values = np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1).reshape(-1)[:count]
    return torch.from_numpy(values.astype(np.float32)).reshape(shape)


def shifted(sigma, shift):
    return shift * sigma / (1 + (shift - 1) * sigma)


class FewSteps:
    """Deterministic Euler, or consistency sampling with fresh noise, over a distilled model's list."""

    def __init__(self, case):
        self.fresh = case["sampler"] in ("dmd", "lcm")
        self.seed = case["recipe"].get("seed", 0)
        if case["sampler"] == "dmd":
            table = [shifted(i / 1000, case["shift"]) for i in range(1, 1001)]
            self.timesteps = [1000.0, 757.0, 522.0]
            self.sigmas = [min(table, key=lambda s, t=t: abs(1000 * s - t)) for t in self.timesteps] + [0.0]
        else:
            n = case["steps"]
            self.sigmas = [shifted(1 - i / n, case["shift"]) for i in range(n)] + [0.0]
            self.timesteps = [1000 * s for s in self.sigmas[:-1]]

    def step(self, velocity, i, x):
        now, following = self.sigmas[i], self.sigmas[i + 1]
        if not self.fresh:
            return x + (following - now) * velocity
        clean = x - now * velocity
        return (1 - following) * clean + following * normal(self.seed, i + 1, x.shape) if following else clean


class UniPC:
    def __init__(self, case):
        self.scheduler = unipc(case["shift"])
        self.scheduler.set_timesteps(case["steps"])
        self.scheduler.set_begin_index(0)
        self.timesteps = self.scheduler.timesteps.tolist()

    def step(self, velocity, i, x):
        return self.scheduler.step(velocity, self.scheduler.timesteps[i], x, return_dict=False)[0]


class NagProcessor(WanAttnProcessor):
    """Cross-attention that steers away from the negative prompt's values before the output projection."""

    def __init__(self, negative, scale, tau, alpha):
        super().__init__()
        self.negative, self.scale, self.tau, self.alpha = negative, scale, tau, alpha

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, *rest):
        project, attn.to_out[0] = attn.to_out[0], torch.nn.Identity()
        try:
            z = super().__call__(attn, hidden_states, encoder_hidden_states, *rest)
            z_negative = super().__call__(attn, hidden_states, self.negative, *rest)
        finally:
            attn.to_out[0] = project
        far = self.scale * z - (self.scale - 1) * z_negative
        grown = far.abs().sum(-1, keepdim=True) / z.abs().sum(-1, keepdim=True)
        far = far * torch.minimum(grown, torch.full_like(grown, self.tau)) / grown
        return project(self.alpha * far + (1 - self.alpha) * z)


class TeaCacheBlocks(torch.nn.Module):
    """Stands in for all blocks: adds what they added before while the time modulation has changed little."""

    def __init__(self, blocks, threshold, steps):
        super().__init__()
        self.blocks, self.threshold, self.steps = blocks, threshold, steps
        self.branch, self.step, self.states, self.reused = None, 0, {}, 0

    def forward(self, hidden, text, modulation, rotary):
        state = self.states.setdefault(self.branch, {"sum": 0.0})
        kept = self.step < max(1, round(0.1 * self.steps)) or self.step == self.steps - 1
        if not kept:
            before = state["modulation"]
            state["sum"] += ((modulation - before).abs().mean() / before.abs().mean()).item()
        state["modulation"] = modulation
        if not kept and state["sum"] < self.threshold:
            self.reused += 1
            return hidden + state["residual"]
        out = hidden
        for block in self.blocks:
            out = block(out, text, modulation, rotary)
        state |= {"residual": out - hidden, "sum": 0.0}
        return out


class Network:
    """The transformer with everything that a recipe asks for around it."""

    def __init__(self, pipe, case, text, negative):
        recipe = case["recipe"]
        self.transformer, self.steps = pipe.transformer, case["steps"]
        self.texts = {"cond": text, "uncond": negative}
        self.tea = self.first = None
        self.reused = 0
        if recipe.get("cache") == "firstblock":
            self.transformer.enable_cache(FirstBlockCacheConfig(threshold=recipe["cache_threshold"]))
            self.first = self.transformer.blocks[0]._diffusers_hook.get_hook("fbc_leader_block_hook")
        if recipe.get("cache") == "teacache":
            self.tea = TeaCacheBlocks(self.transformer.blocks, recipe["cache_threshold"], self.steps)
            self.transformer.blocks = torch.nn.ModuleList([self.tea])
        if "nag" in recipe:
            self.nag(recipe["nag"], negative)

    def nag(self, nag, negative):
        # the context as the blocks see it: through the text part of the condition embedder
        context = self.transformer.condition_embedder.text_embedder(negative)
        for block in self.transformer.blocks:
            block.attn2.set_processor(NagProcessor(context, nag["scale"], nag["tau"], nag["alpha"]))

    def __call__(self, x, t, step, branch):
        if self.tea is not None:
            self.tea.branch, self.tea.step = branch, step
        with self.transformer.cache_context(branch):
            velocity = self.transformer(x, torch.tensor([t]), self.texts[branch], return_dict=False)[0]
            if self.first is not None:
                self.reused += not self.first.state_manager.get_state().should_compute
        if self.tea is not None:
            self.reused = self.tea.reused
        return velocity


class Guider:
    def __init__(self, case):
        recipe, scale = case["recipe"], case["guidance"]
        self.scale, self.steps, self.stock = scale, case["steps"], None
        if recipe.get("guidance_kind") == "cfg-zero":
            self.stock = ClassifierFreeZeroStarGuidance(guidance_scale=scale, zero_init_steps=round(0.04 * self.steps))
        if "skip_layers" in recipe:
            skip = recipe["skip_layers"]
            self.stock = SkipLayerGuidance(
                guidance_scale=scale, skip_layer_guidance_scale=skip["scale"], skip_layer_guidance_start=skip["from"],
                skip_layer_guidance_stop=skip["to"],
                skip_layer_config=LayerSkipConfig(indices=skip["blocks"], fqn="blocks"))

    def __call__(self, network, x, t, step):
        if self.stock is None:
            cond = network(x, t, step, "cond")
            if self.scale <= 1:
                return cond
            uncond = network(x, t, step, "uncond")
            return uncond + self.scale * (cond - uncond)
        self.stock.set_state(step=step, num_inference_steps=self.steps, timestep=torch.tensor(t))
        made = []
        for branch in ("cond", "uncond", "cond")[: self.stock.num_conditions]:
            self.stock.prepare_models(network.transformer)
            made.append(network(x, t, step, branch))
            self.stock.cleanup_models(network.transformer)
        return self.stock.forward(*made).pred


@torch.no_grad()
def run(pipe, case, noise, text, negative):
    """step_NNN and latents of a text-to-video run on a model with one time row; with a cache, case learns how many
    passes reused something."""
    sampler = UniPC(case) if case["sampler"] == "unipc" else FewSteps(case)
    network, guider = Network(pipe, case, text, negative), Guider(case)
    x, tensors = noise.clone(), {}
    for i, t in enumerate(sampler.timesteps):
        x = sampler.step(guider(network, x, t, i), i, x)
        tensors[f"step_{i:03d}"] = x.clone()
    if "cache" in case["recipe"]:
        assert 0 < network.reused < 2 * case["steps"] - 4
        case["reused"] = network.reused
    return {**tensors, "latents": x, "timesteps": torch.tensor(sampler.timesteps, dtype=torch.float32)}
