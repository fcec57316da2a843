# SPDX-License-Identifier: GPL-3.0-or-later
"""What all training stages share: wall-clock budget, schedule, averaged weights, safe steps, log lines."""

import argparse
import math
import os
import random
import signal
import sys
import time
from dataclasses import replace

import torch
from torch import nn

from .optim import Optimiser
from .presets import PRESETS, Phase, Preset

PROCESS_START = time.time()


def arguments(description: str, **extra) -> argparse.Namespace:
    """The options every stage has; `extra` maps further option names to keyword arguments of add_argument."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--folder", required=True, help="checkpoint folder: read to resume, written at the end")
    parser.add_argument("--minutes", type=float, required=True, help="wall-clock budget from process start, saving included")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--preset", choices=sorted(PRESETS), default="full")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fuse", choices=("auto", "on", "off"), default="auto", help="torch.compile of small element-wise functions")
    parser.add_argument("--init", metavar="MODEL", help="model folder to start from when there is no checkpoint yet")
    parser.add_argument("--from", dest="first", type=float, default=0.0, help="where in its schedule a run that was stopped goes on, 0 to 1")
    parser.add_argument("--lr-scale", type=float, default=1.0)
    parser.add_argument("--batch-scale", type=float, default=1.0, help="times all batch sizes and the latent pool")
    for name, options in extra.items():
        parser.add_argument("--" + name.replace("_", "-"), **options)
    return parser.parse_args()


def prepare(args: argparse.Namespace) -> Preset:
    os.makedirs(args.folder, exist_ok=True)
    restart = args.seed + round(args.first * 1000)  # a run that goes on draws other noise than the one before
    torch.manual_seed(restart)
    random.seed(restart)
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    if args.device == "cpu":
        torch.set_num_threads(int(os.environ.get("THREADS", os.cpu_count() or 1)))
    if args.fuse == "on" or (args.fuse == "auto" and args.device != "cpu"):
        from . import fused

        fused.enable()
    return scaled(PRESETS[args.preset], args.batch_scale)


def scaled(preset: Preset, scale: float) -> Preset:
    """Batch sizes, pool and render chunk times `scale`; never more processes than processors."""

    def times(count: int) -> int:
        return max(1, round(count * scale))

    def phases(old: list[Phase]) -> list[Phase]:
        return [replace(p, batch=times(p.batch), fresh=p.fresh * scale) for p in old]

    return replace(
        preset, vae_phases=phases(preset.vae_phases), model_phases={k: phases(v) for k, v in preset.model_phases.items()},
        pool=times(preset.pool), render_chunk=times(preset.render_chunk), workers=min(preset.workers, max(1, (os.cpu_count() or 2) - 1)),
    )  # fmt: skip


class Budget:
    """progress goes from `first` to 1 between `begin()` and the end of the budget less a reserve for evaluation and saving.

    A polite end (SIGTERM, Ctrl+C) is the end of the budget: what has been learnt is saved.
    """

    def __init__(self, minutes: float, reserve: float, first: float = 0.0):
        self.end = PROCESS_START + minutes * 60 - min(reserve, minutes * 6)
        self.start, self.first = time.time(), first
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)

    def stop(self, *_) -> None:
        self.end = self.start

    def begin(self) -> None:
        self.start = time.time()

    @property
    def progress(self) -> float:
        return min(1.0, self.first + (1 - self.first) * (time.time() - self.start) / max(self.end - self.start, 1e-3))

    def phase(self, phases: list[Phase]) -> Phase:
        edge, progress = 0.0, self.progress
        for phase in phases:
            edge += phase.share
            if progress < edge:
                return phase
        return phases[-1]

    def draw(self, phases: list[Phase], still: Phase) -> Phase:
        """The phase of the next step: `still` for the share that the present phase gives to single frames."""
        phase = self.phase(phases)
        return still if random.random() < phase.stills else phase


def schedule(step: int, progress: float, warmup: int, hold: float = 0.45) -> float:
    """Warm-up by steps, flat until `hold` of the time, then cosine to 2 %."""
    rise = min(1.0, (step + 1) / warmup)
    fall = 1.0 if progress < hold else 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (progress - hold) / (1 - hold)))
    return rise * fall


class Ema:
    def __init__(self, module: nn.Module, decay: float = 0.998):
        self.decay, self.steps = decay, 0
        self.live = list(module.parameters())
        self.names = [n for n, _ in module.named_parameters()]
        self.mean = [p.detach().clone() for p in self.live]

    @torch.no_grad()
    def update(self) -> None:
        self.steps += 1
        torch._foreach_lerp_(self.mean, self.live, 1 - min(self.decay, self.steps / (self.steps + 10)))

    def state(self) -> dict[str, torch.Tensor]:
        return dict(zip(self.names, self.mean))

    @torch.no_grad()
    def swap(self) -> None:
        """Exchanges live and averaged weights (call again to undo)."""
        for a, b in zip(self.live, self.mean):
            keep = a.detach().clone()
            a.copy_(b)
            b.copy_(keep)


class Trainer:
    """Backward, clip, guard against NaN, step, average, log."""

    def __init__(self, module: nn.Module, lr: float, preset: Preset, budget: Budget, clip: float = 1.0):
        self.optimiser, self.ema = Optimiser(module, lr), Ema(module)
        self.preset, self.budget, self.clip = preset, budget, clip
        self.step, self.bad, self.damping, self.batch_scale = 0, 0, 1.0, 1.0
        self.saved = time.time()
        self.last: dict[str, float] = {}  # numbers of the latest step
        self.reset_log()

    def update(self, loss: torch.Tensor, samples: int, flops: float, **numbers) -> None:
        """flops: forward and backward operations of this step; numbers: tensors to be averaged into the log."""
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.optimiser.parameters, self.clip)
        if torch.isfinite(norm).item() and torch.isfinite(loss).item():
            self.bad = 0
            self.optimiser.step(self.damping * schedule(self.step, self.budget.progress, self.preset.warmup))
            self.ema.update()
        else:
            self.bad += 1
            print(f"step {self.step}: loss or gradient is not finite, skipped ({self.bad} in a row)", flush=True)
            if self.bad >= 5:
                self.restore()
        self.optimiser.zero_grad()
        self.step += 1
        self.samples, self.flops = self.samples + samples, self.flops + flops
        self.last = {k: float(v.detach()) for k, v in dict(loss=loss, norm=norm, **numbers).items()}
        for key, value in self.last.items():
            total, count = self.totals.get(key, (0.0, 0))
            self.totals[key] = (total + value, count + 1)
        self.count += 1
        if self.step % self.preset.log_every == 0 or self.step <= 3:
            self.log()

    @torch.no_grad()
    def restore(self) -> None:
        """Goes back to the averaged weights with half the learning rate."""
        for live, mean in zip(self.ema.live, self.ema.mean):
            live.copy_(mean)
        self.damping, self.bad = self.damping / 2, 0
        print(f"restored the averaged weights, learning rate x {self.damping}", flush=True)

    def save_due(self, seconds: float = 150) -> bool:
        """True every `seconds`: time to write the averaged weights, should the machine go away."""
        due = time.time() - self.saved > seconds
        if due:
            self.saved = time.time()
        return due

    def batch(self, phase: Phase) -> int:
        return max(1, int(phase.batch * self.batch_scale))

    def out_of_memory(self) -> None:
        """Drops the step and halves the batch."""
        self.optimiser.zero_grad()
        torch.cuda.empty_cache()
        self.batch_scale /= 2
        print(f"step {self.step}: out of memory, batch x {self.batch_scale}", flush=True)
        if self.batch_scale < 1 / 64:
            raise RuntimeError("[training] out of memory even with tiny batches")

    def reset_log(self) -> None:
        self.totals: dict[str, tuple[float, int]] = {}  # sum and number by name
        self.count, self.samples, self.flops, self.mark = 0, 0, 0.0, time.time()

    def log(self) -> None:
        """Prints means since the last line; includes rendering and encoding in the samples per second."""
        if not self.count:
            return
        seconds = max(time.time() - self.mark, 1e-6)
        text = " ".join(f"{k} {total / count:.4f}" for k, (total, count) in self.totals.items())
        memory = f" mem {torch.cuda.max_memory_allocated() / 2**30:.0f}G" if torch.cuda.is_initialized() else ""
        elapsed = time.time() - PROCESS_START
        print(f"{self.step:6d} {elapsed:6.1f}s {100 * self.budget.progress:5.1f}% {text} | {self.samples / seconds:.1f} samples/s "
              f"{self.flops / seconds / 1e12:.2f} TFLOP/s{memory}", flush=True)  # fmt: skip
        self.reset_log()


def psnr(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Mean PSNR in dB over the batch; values in [-1,1]."""
    error = (a.float() - b.float()).square().flatten(1).mean(1).clamp_min(1e-10)
    return (-10 * torch.log10(error / 4)).mean()


def say(text: str) -> None:
    print(f"[{time.time() - PROCESS_START:6.1f}s] {text}", flush=True)
    sys.stdout.flush()
