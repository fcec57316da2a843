# SPDX-License-Identifier: GPL-3.0-or-later
"""Guidance distillation: the student learns the guided prediction in one pass, so that sampling needs no second pass.

Needs `vae` and `model` in the folder, resumes from `distilled`, writes `distilled` (meta guidance 1.0). Optional.
"""

import torch

from mini import assets as assets_module
from mini import checkpoint, flow
from mini.render import Renderer
from mini.stream import SceneStream
from mini.training import Budget, Trainer, arguments, prepare, say
from train_model import Pools, load_model, load_vae, training_flops


def distillation_loss(student: flow.Model, teacher: flow.Model, batch, guidance: float) -> torch.Tensor:
    x0 = batch.latents
    count, device = len(x0), x0.device
    sigma = flow.draw_sigma(count, device)
    image = torch.full((count,), x0.shape[2] > 1, device=device)  # clips continue a first frame, single frames are drawn
    x = flow.corrupt(x0, torch.randn_like(x0), sigma, image)
    empty = torch.zeros_like(batch.ids)
    empty[:, 0] = 1
    with torch.no_grad():
        told = teacher(x, sigma, image, batch.ids, batch.lengths)
        plain = teacher(x, sigma, image, empty, torch.ones_like(batch.lengths))
        target = plain + guidance * (told - plain)
    return flow.weighted_error((student(x, sigma, image, batch.ids, batch.lengths) - target).square(), x0, image, batch.things)


def main() -> None:
    args = arguments(__doc__, guidance=dict(type=float, default=4.0))
    preset = prepare(args)
    stream = SceneStream("model", preset, args.seed * 1000 + 300)
    renderer = Renderer(assets_module.load(), args.device, preset.variants, preset.workers)
    vae, vae_meta = load_vae(args.folder, args.device)
    teacher, meta = load_model(args.folder, preset, args.device)
    if not meta:
        raise SystemExit(f"[distill] no checkpoint 'model' in {args.folder}")
    name = "distilled" if checkpoint.exists(args.folder, "distilled") else "model"
    student, student_meta = load_model(args.folder, preset, args.device, name)
    teacher.eval().requires_grad_(False)

    budget = Budget(args.minutes, reserve=15, first=args.first)
    trainer = Trainer(student, 0.3 * preset.model_lr * args.lr_scale, preset, budget)
    pools = Pools(preset, vae, vae_meta, renderer, stream)
    phases, still = preset.model_phases["distill"], preset.model_phases["model1"][0]
    say("distilling")
    budget.begin()
    while budget.progress < 1:
        phase = budget.draw(phases, still)
        pool = pools.get(phase.frames, phase.batch, lambda: budget.progress >= 0.9)
        pool.refresh(phase.fresh)
        try:
            batch = trainer.batch(phase)
            with torch.autocast(args.device, torch.bfloat16, enabled=args.device != "cpu"):
                loss = distillation_loss(student, teacher, pool.sample(batch), args.guidance)
            trainer.update(loss, batch, training_flops(preset, phase) * 5 / 3 * batch)
        except torch.OutOfMemoryError:
            trainer.out_of_memory()
    trainer.log()

    trainer.ema.swap()
    meta = dict(student_meta, guidance=1.0, distilled_guidance=args.guidance, distilled_steps=trainer.step)
    checkpoint.save(args.folder, "distilled", dict(student.state_dict()), meta)
    stream.close()
    say(f"saved after {trainer.step} steps")


if __name__ == "__main__":
    main()
