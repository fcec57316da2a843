# SPDX-License-Identifier: GPL-3.0-or-later
"""Teaches the text encoder what captions say, before any picture is seen: it reads the facts of the grammar off the mean word.

A few minutes of this spare the transformer most of the work of learning two languages through noise. Writes the checkpoint `text`,
from which `train_model` begins.
"""

import random

import torch
import torch.nn.functional as F
from torch import nn

from mini import assets as assets_module
from mini import captions, checkpoint
from mini.models import TextEncoder
from mini.scenes import facts
from mini.stream import job_tokenizer
from mini.training import Budget, Trainer, arguments, prepare, say
from mini.world import WORLDS

WORD_DROP = 0.05
RATE = 1.5e-3
LOGGED = ("en", "motion", "camera", "place")
THING_FACTS = ("en", "colour", "motion", "size")
SCENE_FACTS = ("place", "camera", "weather", "light", "style")


def labels(scene: dict) -> dict[str, str]:
    """What a caption of this scene says, by fact; '' where there is no such thing."""
    thing = scene["things"][0] if scene["things"] else {}
    return {k: scene[k] for k in SCENE_FACTS} | {k: thing.get(k, "") for k in THING_FACTS}


class Captions:
    """Random captions with their facts; a pure function of the seed."""

    def __init__(self, preset, seed: int):
        self.assets, self.world, self.seed, self.next = assets_module.load(), WORLDS[preset.world], seed, 0
        self.tokenizer = job_tokenizer(assets_module.DEFAULT, preset.text_tokens)
        self.values: dict[str, dict[str, int]] = {k: {} for k in SCENE_FACTS + THING_FACTS}

    def learn_values(self, count: int = 4000) -> None:
        """Numbers every value that facts take."""
        for index in range(count):
            rng = random.Random(f"values/{index}")
            for key, value in labels(facts(rng, self.assets, {}, 0.0, self.world)).items():
                self.values[key].setdefault(value, len(self.values[key]))

    def take(self, count: int) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        """ids [count,N], lengths [count], class numbers [count] by fact (-100 for values never numbered)."""
        ids, lengths, numbers = [], [], {k: [] for k in self.values}
        for _ in range(count):
            rng = random.Random(f"{self.seed}/caption/{self.next}")
            self.next += 1
            scene = facts(rng, self.assets, {}, 0.0, self.world)
            row, length = self.tokenizer(captions.caption(rng, scene, rng.random() < 0.4))
            ids.append(torch.from_numpy(row))
            lengths.append(length)
            for key, value in labels(scene).items():
                numbers[key].append(self.values[key].get(value, -100))
        n = max(lengths) + 1
        return torch.stack(ids)[:, :n], torch.tensor(lengths), {k: torch.tensor(v) for k, v in numbers.items()}


class Reader(nn.Module):
    """The text encoder with one linear classifier for each fact on the mean of the words."""

    def __init__(self, preset, values: dict[str, dict[str, int]]):
        super().__init__()
        self.text_encoder = TextEncoder(preset.text)
        self.text_encoder.initialise()
        self.heads = nn.ModuleDict({k: nn.Linear(preset.text["d_model"], len(v)) for k, v in values.items()})

    def forward(self, ids: torch.Tensor, lengths: torch.Tensor) -> dict[str, torch.Tensor]:
        words, _ = self.text_encoder(ids, lengths)
        mean = words.sum(1) / lengths[:, None]
        return {k: head(mean) for k, head in self.heads.items()}


def learn(reader: Reader, trainer: Trainer, source: Captions, count: int, device: str) -> None:
    """One step on `count` new captions."""
    ids, lengths, wanted = source.take(count)
    ids, lengths = ids.to(device), lengths.to(device)
    ids = torch.where((torch.rand(ids.shape, device=device) < WORD_DROP) & (ids > 2), 2, ids)
    told = reader(ids, lengths)
    loss = sum(F.cross_entropy(told[k], wanted[k].to(device), ignore_index=-100) for k in told)
    right = {k: (told[k].argmax(1).cpu() == wanted[k]).float().mean() for k in LOGGED}
    trainer.update(loss, count, 0.0, **right)


def main() -> None:
    args = arguments(__doc__)
    preset = prepare(args)
    source = Captions(preset, args.seed)
    source.learn_values()
    reader = Reader(preset, source.values).to(args.device)
    budget = Budget(args.minutes, reserve=5, first=args.first)
    trainer = Trainer(reader, RATE * args.lr_scale, preset, budget)
    say(f"reads {', '.join(f'{k} ({len(v)})' for k, v in source.values.items())}")
    budget.begin()
    while budget.progress < 1:
        learn(reader, trainer, source, 128, args.device)
    trainer.log()
    trainer.ema.swap()
    checkpoint.save(args.folder, "text", dict(reader.text_encoder.state_dict()), dict(preset=args.preset, config=preset.text, steps=trainer.step))
    say(f"saved after {trainer.step} steps")


if __name__ == "__main__":
    main()
