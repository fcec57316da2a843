# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains the video autoencoder on rendered clips and photo moves: first single frames, then 17-frame pieces.

Loss: L1 + 0.5 spatial gradients + 0.5 coarse L1 + 0.25 temporal differences + KL. At the end the latents' channel means
and standard deviations are measured; the checkpoint `vae` (averaged weights, fp16) and a log line with PSNR are written.
"""

import torch
import torch.nn.functional as F

from mini import assets as assets_module
from mini import checkpoint, costs, warm_start
from mini.render import Renderer, contact_sheet
from mini.scenes import scene
from mini.stream import HELD_OUT_PHOTOS, SceneStream
from mini.training import Budget, Trainer, arguments, prepare, psnr, say
from mini.vae import CausalConv3d, WanVae, pick_conv_mode

KL_WEIGHT = 3e-4
FIRST_FRAME_WEIGHT = 2.0


def losses(vae: WanVae, x: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """x [B,3,F,H,W] in [-1,1]."""
    mean, logvar = vae.encode(x)
    mean, logvar = mean.float(), logvar.float().clamp(-12, 6)
    y = vae.decode(mean + torch.exp(0.5 * logvar) * torch.randn_like(mean)).float()
    kl = 0.5 * (mean.square() + logvar.exp() - 1 - logvar).mean()
    d = y - x
    frames = torch.ones(x.shape[2], device=x.device)
    frames[0] = FIRST_FRAME_WEIGHT
    frames = (frames / frames.mean()).view(1, 1, -1, 1, 1)
    gradient = (d.diff(dim=3).abs() * frames).mean() + (d.diff(dim=4).abs() * frames).mean()
    l1 = (d.abs() * frames).mean()
    coarse = (F.avg_pool3d(d, (1, 4, 4)).abs() * frames).mean()
    temporal = d.diff(dim=2).abs().mean() if d.shape[2] > 1 else d.new_zeros(())
    total = l1 + 0.5 * gradient + 0.5 * coarse + 0.25 * temporal + KL_WEIGHT * kl
    return total, dict(l1=l1.detach(), kl=kl.detach(), mse=d.detach().square().mean())


def held_out(assets, renderer: Renderer, size, frames: int, count: int, photo: bool) -> torch.Tensor:
    """Clips that training never sees: other seeds, and for photos other pictures. [count,3,frames,H,W]."""
    photos = (max(0, assets.photo_count - HELD_OUT_PHOTOS), assets.photo_count)
    wanted = dict(mode="photo", count=0) if photo else dict(mode="objects")
    return renderer.render([scene(assets, 987654, i, size, frames, photos=photos, wanted=wanted) for i in range(count)])


@torch.no_grad()
def reconstruct(vae: WanVae, x: torch.Tensor) -> torch.Tensor:
    with torch.autocast(x.device.type, torch.bfloat16, enabled=x.is_cuda):
        return torch.cat([vae.decode(vae.encode(c)[0]).float().clamp(-1, 1) for c in x.split(2)])


@torch.no_grad()
def latent_statistics(vae: WanVae, renderer: Renderer, stream: SceneStream, frames: int, clips: int) -> tuple[list, list]:
    """Channel mean and standard deviation of the latents of whole clips."""
    values = []
    for _ in range(max(1, clips // 8)):
        x = renderer.render(stream.take(8, frames))
        with torch.autocast(x.device.type, torch.bfloat16, enabled=x.is_cuda):
            values.append(torch.cat([vae.encode(c)[0] for c in x.split(4)]).float().transpose(0, 1).flatten(1))
    z = torch.cat(values, 1)
    return [round(v, 5) for v in z.mean(1).tolist()], [round(v, 5) for v in z.std(1).clamp_min(1e-3).tolist()]


def write(args, preset, vae: WanVae, trainer: Trainer, meta: dict, renderer: Renderer, stream: SceneStream, clips: int) -> dict:
    """Saves the averaged weights with their latent statistics; returns the meta data."""
    trainer.ema.swap()
    mean, std = latent_statistics(vae, renderer, stream, preset.frames, clips)
    steps = meta.get("steps", 0) + trainer.step
    saved = dict(preset=args.preset, config=preset.vae, mean=mean, std=std, steps=steps, psnr={}, conv_mode=CausalConv3d.mode)
    checkpoint.save(args.folder, "vae", dict(vae.state_dict()), saved)
    trainer.ema.swap()
    return saved


def overfit_batches(renderer: Renderer, assets, size, frames: int):
    """The same clip again and again, for tests."""
    x = renderer.render([scene(assets, 1, 0, size, frames, wanted=dict(mode="objects", style="none"))])
    while True:
        yield x


def main() -> None:
    args = arguments(__doc__, overfit=dict(action="store_true", help="train on one clip (test)"))
    preset = prepare(args)
    assets = assets_module.load()
    stream = SceneStream("vae", preset, args.seed * 1000 + 11)
    renderer = Renderer(assets, args.device, preset.variants, preset.workers)
    say(f"renderer ready, {len(renderer.far)} canvases, {len(assets.objects)} named things")

    if args.init:
        warm_start.start(args.folder, args.init, preset, "vae")
    vae = WanVae(preset.vae)
    vae.initialise()
    meta: dict = {}
    if checkpoint.exists(args.folder, "vae"):
        state, meta = checkpoint.load(args.folder, "vae")
        vae.load_state_dict(state)
        say(f"resumed after {meta['steps']} steps")
    vae.to(args.device)
    for m in vae.modules():
        if isinstance(m, torch.nn.Conv3d):
            m.weight.data = m.weight.data.contiguous(memory_format=torch.channels_last_3d)
    main_phase = preset.vae_phases[-1]
    if args.device != "cpu":
        sample = renderer.render(stream.take(4, main_phase.frames))
        say(f"convolution modes, seconds: {pick_conv_mode(vae, sample, torch.bfloat16)} -> {CausalConv3d.mode}")

    budget = Budget(args.minutes, reserve=90, first=args.first)
    trainer = Trainer(vae, preset.vae_lr * args.lr_scale, preset, budget)
    cost = {p.frames: 3 * sum(costs.forward_costs(preset, p.frames)[k] for k in ("encode", "decode")) for p in preset.vae_phases}
    fixed = overfit_batches(renderer, assets, preset.sizes[0], main_phase.frames) if args.overfit else None
    say("training")
    budget.begin()
    while budget.progress < 1:
        phases = preset.vae_phases[-1:] if meta or args.overfit else preset.vae_phases
        phase = budget.phase(phases)
        try:
            x = next(fixed) if fixed else renderer.render(stream.take(trainer.batch(phase), phase.frames))
            if torch.rand(()) < 0.5 and not args.overfit:
                x = x.flip(-1)
            with torch.autocast(args.device, torch.bfloat16, enabled=args.device != "cpu"):
                loss, parts = losses(vae, x)
            trainer.update(loss, len(x), cost[phase.frames] * len(x), **parts)
        except torch.OutOfMemoryError:
            trainer.out_of_memory()
        if trainer.save_due():
            write(args, preset, vae, trainer, meta, renderer, stream, 16)
    trainer.log()

    saved = write(args, preset, vae, trainer, meta, renderer, stream, 64 if args.device != "cpu" else 16)
    trainer.ema.swap()
    vae.eval()
    for name, photo in (("clips", False), ("photos", True)):
        x = next(fixed) if fixed else held_out(assets, renderer, preset.sizes[0], preset.frames, 8, photo)
        y = reconstruct(vae, x)
        saved["psnr"][name] = round(psnr(y, x).item(), 2)
        saved["psnr"][name + " first frame"] = round(psnr(y[:, :, :1], x[:, :, :1]).item(), 2)
        contact_sheet(f"{args.folder}/vae-{name}.jpg", torch.stack([x[:3], y[:3]], 1).flatten(0, 1))
    checkpoint.save(args.folder, "vae", dict(vae.state_dict()), saved)
    stream.close()
    say(f"saved after {trainer.step} steps, PSNR {saved['psnr']}")


if __name__ == "__main__":
    main()
