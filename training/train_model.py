# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains the text encoder and the transformer together by flow matching on latents that are rendered on the fly.

`--stage model1` learns to draw single frames from words, `model2` to continue a first frame as the words say: a prompt alone is
answered in these two steps (Emu Video, Girdhar et al. 2023). 10 % of the captions are emptied for guidance. Needs the checkpoint
`vae` in the folder, begins with `text` if it is there, resumes from `model`, writes `model` (averaged weights, fp16).
"""

import torch

from mini import assets as assets_module
from mini import checkpoint, costs, flow, warm_start
from mini.latents import LatentPool
from mini.models import TextEncoder, WanTransformer, WanVae
from mini.presets import Phase, Preset
from mini.render import Renderer
from mini.stream import SceneStream
from mini.training import Budget, Trainer, arguments, prepare, say
from mini.vae import CausalConv3d

STAGE_RATE = {"model1": 1.0, "model2": 0.7}  # learning rate of a resumed stage, relative
FILL_SHARE = 0.35  # part of a pool that must be filled before a phase starts


def load_vae(folder: str, device: str) -> tuple[WanVae, dict]:
    state, meta = checkpoint.load(folder, "vae")
    vae = WanVae(meta["config"])
    vae.load_state_dict(state)
    CausalConv3d.mode = meta.get("conv_mode", CausalConv3d.mode)
    return vae.to(device).eval().requires_grad_(False), meta


def build_model(preset: Preset) -> flow.Model:
    model = flow.Model(WanTransformer(preset.dit), TextEncoder(preset.text))
    model.transformer.initialise()
    model.text_encoder.initialise()
    return model


def read_text(model: flow.Model, folder: str, stream: SceneStream) -> None:
    """Begins with the trained text encoder and turns cross-attention to its words."""
    if not checkpoint.exists(folder, "text"):
        return
    model.text_encoder.load_state_dict(checkpoint.load(folder, "text")[0])
    scenes = stream.take(64, 1)
    ids, lengths = (torch.stack([torch.as_tensor(s[k][0]) for s in scenes]) for k in ("ids", "lengths"))
    with torch.no_grad():
        model.transformer.open_text(*model.text_encoder(ids, lengths))


def load_model(folder: str, preset: Preset, device: str, name: str = "model") -> tuple[flow.Model, dict]:
    """The saved model, or a fresh one with empty meta."""
    model, meta = build_model(preset), {}
    if checkpoint.exists(folder, name):
        state, meta = checkpoint.load(folder, name)
        model.load_state_dict(state)
    return model.to(device), meta


def training_flops(preset: Preset, phase: Phase) -> float:
    """Operations of a step for one clip, by the frames it is learnt from."""
    return 3 * costs.forward_costs(preset, 4 * phase.kept - 3 if phase.kept else phase.frames)["transformer"]


class Pools:
    """One latent pool for each frame count, made when first needed."""

    def __init__(self, preset: Preset, vae: WanVae, meta: dict, renderer: Renderer, stream: SceneStream):
        self.preset, self.parts = preset, (vae, meta, renderer, stream)
        self.pools: dict[int, LatentPool] = {}

    def get(self, frames: int, batch: int, reserve_progress) -> LatentPool:
        """reserve_progress() -> True when time is up, so that filling never overruns the budget."""
        if frames not in self.pools:
            capacity = self.preset.pool * (4 if frames == 1 else 1)
            pool = self.pools[frames] = LatentPool(*self.parts, frames, capacity, self.preset.render_chunk)
            goal = max(batch, int(capacity * FILL_SHARE)) if frames == 1 else max(batch, int(self.preset.pool * FILL_SHARE * 0.5))
            while pool.filled < goal and not reserve_progress():
                pool.add()
            say(f"pool of {frames}-frame clips: {pool.filled} filled")
        return self.pools[frames]


def write(args, preset: Preset, model: flow.Model, trainer: Trainer, meta: dict) -> None:
    """Saves the averaged weights."""
    trainer.ema.swap()
    steps = meta.get("steps", 0) + trainer.step
    continues = args.stage == "model2"  # has learnt to continue a first frame
    saved = dict(preset=args.preset, transformer=preset.dit, text_encoder=preset.text, steps=steps, guidance=4.0, continues=continues)
    checkpoint.save(args.folder, "model", dict(model.state_dict()), saved)
    trainer.ema.swap()


def main() -> None:
    args = arguments(
        __doc__,
        stage=dict(choices=("model1", "model2"), default="model1"),
        overfit=dict(type=int, default=0, help="train on this many fixed clips (test)"),
    )
    preset = prepare(args)
    seed = args.seed * 1000 + {"model1": 100, "model2": 200}[args.stage] + round(args.first * 1000) * 1_000_003
    stream = SceneStream("model", preset, seed, preset.sizes[:1] if args.overfit else None)
    renderer = Renderer(assets_module.load(), args.device, preset.variants, preset.workers)
    if args.init:
        warm_start.start(args.folder, args.init, preset, "model")
    vae, vae_meta = load_vae(args.folder, args.device)
    model, meta = load_model(args.folder, preset, args.device)
    if not meta:
        read_text(model.to("cpu"), args.folder, stream)
        model.to(args.device)
    if args.stage == "model2" and not meta.get("continues"):
        model.transformer.open_first_frame()
    say(f"ready, resumed after {meta['steps']} steps" if meta else "ready, new model")

    phases = preset.model_phases[args.stage]
    still = preset.model_phases["model1"][0]
    cost = {id(p): training_flops(preset, p) for p in (*phases, still)}
    budget = Budget(args.minutes, reserve=20, first=args.first)
    rate = preset.model_lr * (STAGE_RATE[args.stage] if meta else 1.0)
    trainer = Trainer(model, rate * args.lr_scale, preset, budget)
    pools = Pools(preset, vae, vae_meta, renderer, stream)
    budget.begin()
    while budget.progress < 1:
        phase = phases[-1] if args.overfit else budget.draw(phases, still)
        pool = pools.get(phase.frames, phase.batch, lambda: budget.progress >= 0.9)
        if args.overfit:
            for store in pool.stores.values():
                store["filled"] = min(store["filled"], args.overfit)
        else:
            pool.refresh(phase.fresh)
        try:
            batch = trainer.batch(phase)
            with torch.autocast(args.device, torch.bfloat16, enabled=args.device != "cpu"):
                loss = flow.training_loss(model, pool.sample(batch), p_image=1.0 if args.stage == "model2" else 0.5, kept=phase.kept)
            trainer.update(loss, batch, cost[id(phase)] * batch, **{"still" if phase is still else "clip": loss})
        except torch.OutOfMemoryError:
            trainer.out_of_memory()
        if trainer.save_due():
            write(args, preset, model, trainer, meta)
    trainer.log()
    write(args, preset, model, trainer, meta)
    stream.close()
    say(f"saved after {meta.get('steps', 0) + trainer.step} steps")


if __name__ == "__main__":
    main()
