# SPDX-License-Identifier: GPL-3.0-or-later
"""Two learnt judges, trained on the renderer's own labels in minutes on one thread: a small CNN for thing and place, a
logistic regression on judges.weather_features for weather. Kept as one file in the work folder.
"""

import os

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from . import judges
from .assets import Assets
from .cases import OPEN_AIR, PLACE, THING, rendered
from .render import Renderer
from .scenes import scene
from .world import World

SEED = 880088  # of the clips it learns from; held-out ones have the next
WEATHERS = ("none", "rain", "snow", "fog")
NOTHING = "nothing"
LOOKS_AT = 8  # frames of a clip


class Network(nn.Module):
    """Frames [B,3,H,W] in [-1,1] -> logits of the thing and of the place."""

    def __init__(self, things: int, places: int):
        super().__init__()
        widths = (3, 24, 48, 96, 128)
        layers: list[nn.Module] = []
        for i, (a, b) in enumerate(zip(widths, widths[1:])):
            layers += [nn.Conv2d(a, b, 5 if i == 0 else 3, 1 if i == 3 else 2, 2 if i == 0 else 1, bias=False), nn.BatchNorm2d(b), nn.ReLU(True)]
        self.body = nn.Sequential(*layers)
        self.thing = nn.Conv2d(128, things, 1)
        self.place = nn.Linear(256, places)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        y = self.body(x)
        whole = torch.cat([y.mean((2, 3)), y.amax((2, 3))], 1)
        return self.thing(y).amax((2, 3)), self.place(whole)  # a thing is somewhere, a place everywhere


def thing_names(assets: Assets, world: World) -> tuple[str, ...]:
    return (*(world.things or tuple(o["en"] for o in assets.objects[:100])), NOTHING)


def blurred(x: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Half of the frames softer and noisier, as a small model's are."""
    h, w = x.shape[2:]
    soft = F.interpolate(F.interpolate(x, scale_factor=0.5, mode="bilinear", antialias=True), (h, w), mode="bilinear")
    soft = soft + torch.randn(x.shape, generator=rng) * 0.05
    share = torch.rand(len(x), 1, 1, 1, generator=rng)
    return torch.where(share < 0.5, x + (soft - x) * share * 2, x)


def frames(assets: Assets, renderer: Renderer, world: World, size: tuple[int, int], seed: int, first: int, count: int):
    """`count` single frames in [-1,1] with the numbers of their thing and place."""
    names, where = thing_names(assets, world), world.places
    scenes = []
    for i in range(first, first + count):
        rng = np.random.default_rng((seed, i))
        wanted = (PLACE if i % 8 == 7 else THING) | dict(place=where[rng.integers(len(where))])
        if wanted["count"]:
            name = names[rng.integers(len(names) - 1)]
            found = next(o for o in assets.objects if o["en"] == name)
            wanted |= dict(en=found["en"], colour=list(found["sprites"])[rng.integers(len(found["sprites"]))])
        scenes.append(scene(assets, seed, i, size, 61, int(rng.integers(61)), 1, wanted=wanted, world=world))
    things = torch.tensor([names.index(s["facts"]["things"][0]["en"] if s["facts"]["things"] else NOTHING) for s in scenes])
    places = torch.tensor([where.index(s["facts"]["place"]) for s in scenes])
    return renderer.render(scenes)[:, :, 0], things, places


def learn_frames(assets: Assets, renderer: Renderer, world: World, size: tuple[int, int], steps: int) -> Network:
    """Adam with one cycle of the rate; each rendered batch is seen mirrored the second time."""
    torch.manual_seed(SEED)
    rng = torch.Generator().manual_seed(SEED)
    network = Network(len(thing_names(assets, world)), len(world.places))
    optimiser = torch.optim.AdamW(network.parameters(), 3e-3, weight_decay=0.01)
    rates = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=2 * steps)
    for step in range(steps):
        x, things, places = frames(assets, renderer, world, size, SEED, step * 48, 48)
        for view in (x, x.flip(-1)):
            thing, place = network(blurred(view, rng))
            loss = F.cross_entropy(thing, things) + 0.5 * F.cross_entropy(place, places)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            rates.step()
    return network.eval()


def weather_clips(assets: Assets, renderer: Renderer, world: World, size: tuple[int, int], seed: int, count: int):
    """Features [count,K] and labels of clips with a static camera, each second one on a photo."""
    features, labels, open_air = [], [], [p for p in OPEN_AIR if p in world.places]
    for i in range(count):
        rng = np.random.default_rng((seed, i))
        label = i % len(WEATHERS)
        where = dict(place=open_air[rng.integers(len(open_air))]) if i // 4 % 2 else dict(mode="photo")
        described = scene(assets, seed, i, size, 61, 36, 25, wanted=PLACE | where | dict(weather=WEATHERS[label]), world=world)
        features.append(judges.weather_features(rendered(renderer, described)))
        labels.append(label)
    return torch.tensor(np.stack(features), dtype=torch.float32), torch.tensor(labels)


def learn_weather(features: torch.Tensor, labels: torch.Tensor) -> nn.Module:
    """Standardised multinomial logistic regression."""
    mean, spread = features.mean(0), features.std(0) + 1e-4
    layer = nn.Linear(features.shape[1], len(WEATHERS))
    nn.init.zeros_(layer.weight)
    optimiser = torch.optim.LBFGS(layer.parameters(), max_iter=200)
    x = (features - mean) / spread

    def closure():
        optimiser.zero_grad()
        loss = F.cross_entropy(layer(x), labels) + 0.003 * layer.weight.square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    with torch.no_grad():
        layer.weight /= spread
        layer.bias -= layer.weight @ mean
    return layer


class Classifier:
    """What a clip (uint8 [T,H,W,3]) shows."""

    def __init__(self, names: tuple[str, ...], places: tuple[str, ...], network: Network, weather: nn.Module, accuracy: dict[str, float]):
        self.names, self.places, self.network, self.layer = names, places, network.eval(), weather
        self.accuracy = accuracy  # on held-out rendered frames and clips

    @torch.no_grad()
    def logits(self, clip: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean over LOOKS_AT frames, later ones only: the first picture of a clip may still be empty."""
        chosen = clip[np.linspace(len(clip) // 8, len(clip) - 1, LOOKS_AT).round().astype(int)]
        x = torch.from_numpy(np.ascontiguousarray(chosen)).permute(0, 3, 1, 2).float() / 127.5 - 1
        thing, place = self.network(x)
        return thing.log_softmax(1).mean(0), place.log_softmax(1).mean(0)

    def thing(self, clip: np.ndarray) -> str:
        return self.names[int(self.logits(clip)[0].argmax())]

    def place(self, clip: np.ndarray) -> str:
        return self.places[int(self.logits(clip)[1].argmax())]

    @torch.no_grad()
    def weather(self, clip: np.ndarray) -> str:
        return WEATHERS[int(self.layer(torch.tensor(judges.weather_features(clip), dtype=torch.float32)).argmax())]


@torch.no_grad()
def learn(assets: Assets, renderer: Renderer, world: World, size: tuple[int, int], steps: int = 200, clips: int = 160) -> Classifier:
    """Trains both; about four minutes on one thread at 128x80 with the default counts."""
    with torch.enable_grad():
        network = learn_frames(assets, renderer, world, size, steps)
        layer = learn_weather(*weather_clips(assets, renderer, world, size, SEED, clips))
    held, held_labels = weather_clips(assets, renderer, world, size, SEED + 1, clips // 2)
    x, things, places = frames(assets, renderer, world, size, SEED + 1, 0, max(48, steps))
    thing, place = network(x)
    accuracy = dict(thing=(thing.argmax(1) == things), place=(place.argmax(1) == places), weather=(layer(held).argmax(1) == held_labels))
    return Classifier(thing_names(assets, world), world.places, network, layer, {k: round(v.float().mean().item(), 3) for k, v in accuracy.items()})


def load(path: str, assets: Assets, renderer: Renderer, world: World, size: tuple[int, int]) -> Classifier:
    """The kept classifier, or a new one."""
    names = thing_names(assets, world)
    if os.path.exists(path):
        kept = torch.load(path, weights_only=True)
        if kept["names"] == list(names) and kept.get("places") == list(world.places) and kept["size"] == list(size):
            network, layer = Network(len(names), len(world.places)), nn.Linear(kept["weather"]["weight"].shape[1], len(WEATHERS))
            network.load_state_dict(kept["network"])
            layer.load_state_dict(kept["weather"])
            return Classifier(names, world.places, network, layer, kept["accuracy"])
    made = learn(assets, renderer, world, size)
    state = dict(
        names=list(names), places=list(world.places), size=list(size), network=made.network.state_dict(), weather=made.layer.state_dict(),
        accuracy=made.accuracy,
    )  # fmt: skip
    torch.save(state, path)
    return made
