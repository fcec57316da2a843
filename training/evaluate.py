# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the model that ships: kinora-cli makes fixed lists of clips, scripted judges say what is in them.

`evaluate.py` writes evaluate.json and evaluate.md to the work folder; `--sheets docs/mini` draws the contact sheets instead. The same
judges look at the rendered truth of every case: that column is the most a row can reach. These are proxies on a synthetic vocabulary,
not VBench scores. A run that was cut off goes on where it was (see mini/clips.py).
"""

import argparse
import json
import os
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass

import cv2
import numpy as np
import torch

from mini import assets as assets_module
from mini import classifier, judges, sheets
from mini.cases import DETAIL, SUITES, Case, cases, rendered
from mini.clips import Engine
from mini.render import Renderer
from mini.training import psnr, say
from mini.vae import WanVae
from mini.warm_start import read_part
from mini.world import WORLDS
from train_vae import held_out, reconstruct

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
EDITION = ("--edition", "standard", "--quality", "720p", "--seconds", "5")
TIMED = ("a yellow balloon rises in the sky", 7)  # the default clip whose wall time is taken: prompt, seed


@dataclass(frozen=True)
class Row:
    """One line of the table. judge(case, clip) gives 1 or 0, a number, or None where the case does not ask."""

    name: str
    suites: tuple[str, ...]
    target: float
    unit: str  # "%", "dB", "" or "s"; seconds are better when fewer
    judge: Callable[[Case, np.ndarray], float | None] | None = None


@dataclass
class Result:
    name: str
    value: float
    target: float
    unit: str
    reached: bool
    clips: int
    truth: float | None = None  # the same judge on the rendered truth
    note: str = ""


def colours(case: Case) -> list[str]:
    return [t["colour"] for t in case.facts["things"]]


def named_colour(case: Case) -> str:
    return colours(case)[0]


def rows(sees: classifier.Classifier, fps: float) -> list[Row]:
    """The table of what is judged per clip; order as printed."""

    def colour(case: Case, clip: np.ndarray) -> float | None:
        return judges.colour(clip) == named_colour(case) if named_colour(case) else None

    moving = ("things", "photo camera", "place camera")
    return [
        Row("direction of motion right", ("things",), 0.9, "%", lambda c, x: judges.direction(x) == c.facts["things"][0]["motion"]),
        Row("object right", ("things",), 0.7, "%", lambda c, x: sees.thing(x) == c.facts["things"][0]["en"]),
        Row("colour right", ("things",), 0.85, "%", colour),
        Row("background right", ("things",), 0.85, "%", lambda c, x: sees.place(x) == c.facts["place"]),
        Row("weather right, on places", ("weather",), 0.85, "%", lambda c, x: sees.weather(x) == c.facts["weather"]),
        Row("weather right, on photos", ("photo weather",), 0.85, "%", lambda c, x: sees.weather(x) == c.facts["weather"]),
        Row("camera move right, on photos", ("photo camera",), 0.9, "%", lambda c, x: judges.camera(x) == c.facts["camera"]),
        Row("camera move right, on places", ("place camera",), 0.9, "%", lambda c, x: judges.camera(x) == c.facts["camera"]),
        Row("change of light right, on photos", ("photo light",), 0.9, "%", lambda c, x: judges.light(x) == c.facts["light"]),
        Row("relation of two things right", ("relations",), 0.85, "%", lambda c, x: judges.relation(x, *colours(c)) == c.facts["relation"]),
        Row("steadiness of static prompts (1 - flicker)", ("still",), 0.98, "", lambda c, x: judges.steadiness(x)),
        Row("moving prompts that move (dynamic degree)", moving, 0.9, "%", lambda c, x: judges.dynamic(x, fps)),
    ]


def result(row: Row, values: list[float], truth: list[float] | None = None, note: str = "") -> Result:
    value = float(np.mean(values))
    reached = value <= row.target if row.unit == "s" else value >= row.target
    return Result(row.name, round(value, 4), row.target, row.unit, reached, len(values), round(float(np.mean(truth)), 4) if truth else None, note)


class Evaluation:
    """One run: the model's clips, their truth, and the results so far."""

    def __init__(self, args: argparse.Namespace):
        self.args, self.engine = args, Engine(args.cli, args.model, args.work, args.threads)
        self.assets, self.world = assets_module.load(), WORLDS[args.world]
        self.size, self.frames = self.engine.size, self.engine.frames
        self.renderer = Renderer(self.assets, "cpu", 2)
        self.results: list[Result] = []

    def cases(self, suite: str) -> list[Case]:
        """A share of the suite's full count, at least two."""
        count = max(2, round(SUITES[suite].count * self.args.prompts / SUITES["things"].count))
        return cases(self.assets, self.world, suite, count, self.size, self.frames)

    def picture(self, case: Case) -> np.ndarray | None:
        return rendered(self.renderer, case.picture)[0] if case.picture else None

    def keep(self, found: Result) -> None:
        self.results.append(found)
        say(line(found))
        write(self)

    def judge(self, table: list[Row]) -> None:
        """Each clip is made and looked at once; rows are printed when their last suite is through."""
        values: dict[str, list[float]] = {row.name: [] for row in table}
        truths: dict[str, list[float]] = {row.name: [] for row in table}
        waiting = list(table)
        for suite in dict.fromkeys(s for row in table for s in row.suites):
            for case in self.cases(suite):
                clip = self.engine.clip(case.prompt, case.seed, self.picture(case))
                truth = rendered(self.renderer, case.truth)
                for row in table:
                    if suite in row.suites and (verdict := row.judge(case, clip)) is not None:
                        values[row.name].append(float(verdict))
                        truths[row.name].append(float(row.judge(case, truth)))
            done = [row for row in waiting if suite == row.suites[-1]]
            waiting = [row for row in waiting if row not in done]
            for row in (r for r in done if values[r.name]):  # a world may have no case
                self.keep(result(row, values[row.name], truths[row.name]))

    def vae(self) -> None:
        """Reconstruction by the model's autoencoder in PyTorch (golden tests prove the engine's equal)."""
        with open(os.path.join(self.args.model, "vae", "config.json"), encoding="utf-8") as f:
            config = {k: v for k, v in json.load(f).items() if not k.startswith(("_", "latents_"))}
        vae = WanVae(config).eval()
        vae.load_state_dict(read_part(self.args.model, "vae"))
        count = max(2, round(self.args.prompts * 0.08))
        for name, photo, target in (("clips", False, 32.0), ("photos", True, 27.0)):
            row = Row(f"VAE PSNR, held-out {name}", (), target, "dB")
            pixels = held_out(self.assets, self.renderer, self.size, self.frames, count, photo)
            self.keep(result(row, [psnr(reconstruct(vae, x[None]), x[None]).item() for x in pixels]))

    def first_frames(self) -> None:
        """The first frame against the given picture: as decoded, and as delivered in the edition's size with its detail."""
        raw, delivered = [], []
        height, width = self.size
        for case in self.cases("first frame"):
            picture = cv2.resize(self.picture(case), (width, height), interpolation=cv2.INTER_AREA)
            raw.append(judges.psnr(self.engine.raw_first_frame(case.prompt, case.seed, picture), picture))
        self.keep(result(Row("first frame, as decoded at model size", (), 30.0, "dB"), raw))
        for case in self.cases("delivered"):
            picture = self.picture(case)
            frame = self.engine.clip(case.prompt, case.seed, picture, *EDITION)[0]
            delivered.append(judges.psnr(cv2.resize(frame, (width * DETAIL, height * DETAIL), interpolation=cv2.INTER_AREA), picture))
        note = f"edition standard 720p, compared at {width * DETAIL}x{height * DETAIL}"
        self.keep(result(Row("first frame, as delivered", (), 30.0, "dB"), delivered, note=note))

    def time(self) -> None:
        seconds = [self.engine.seconds(*TIMED)]
        note = f"{self.frames} frames, {self.size[1]}x{self.size[0]}, {processor()}, {self.args.threads or 'all'} threads"
        self.keep(result(Row("default clip, prompt to MP4", (), 30.0, "s"), seconds, note=note))


def processor() -> str:
    """Name and number of the machine's processors."""
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        names = [text.split(":")[1].strip() for text in f if text.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.processor()


def shown(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    return f"{value:.1%}" if unit == "%" else f"{value:.3f}" if unit == "" else f"{value:.1f} {unit}"


def line(r: Result) -> str:
    sign = "≤" if r.unit == "s" else "≥"
    cells = (r.name, shown(r.value, r.unit), f"{sign} {shown(r.target, r.unit)}", "yes" if r.reached else "no", shown(r.truth, r.unit), str(r.clips), r.note)
    return "| " + " | ".join(cells) + " |"


def write(run: Evaluation) -> None:
    """evaluate.json and evaluate.md, whole after every row."""
    report = dict(model=run.engine.identity[:16], world=run.args.world, size=[*run.size[::-1]], frames=run.frames, rows=[asdict(r) for r in run.results])
    with open(os.path.join(run.args.work, "evaluate.json"), "w", encoding="utf-8") as f:
        json.dump(report, f, indent=2, ensure_ascii=False)
    head = "| what | measured | target | reached | judge on rendered truth | clips | note |\n|---|---|---|---|---|---|---|\n"
    with open(os.path.join(run.args.work, "evaluate.md"), "w", encoding="utf-8") as f:
        f.write(head + "\n".join(line(r) for r in run.results) + "\n")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=os.path.join(ROOT, "resources/models/mini"), help="model folder")
    parser.add_argument("--cli", default=os.path.join(ROOT, "build/release/bin/kinora-cli"))
    parser.add_argument("--work", default=os.path.join(ROOT, "build/evaluate"), help="clips, classifier and report; kept between runs")
    parser.add_argument("--world", default="small", choices=sorted(WORLDS), help="what the model was trained on")
    parser.add_argument("--prompts", type=int, default=200, help="of the largest suite; the others shrink with it")
    parser.add_argument("--threads", type=int, default=0, help="of kinora-cli and of the judges; 0: all")
    parser.add_argument("--skip", nargs="*", default=[], choices=("vae", "judge", "first", "time"), help="parts to leave out")
    parser.add_argument("--sheets", metavar="FOLDER", help="draw the contact sheets of mini/showcase.json there, and measure nothing")
    return parser.parse_args()


def main() -> None:
    args = parse()
    if args.threads:
        torch.set_num_threads(args.threads)
        cv2.setNumThreads(args.threads)
    run = Evaluation(args)
    if args.sheets:
        sheets.draw(args.sheets, run.engine, run.assets, run.renderer)
        return
    if "vae" not in args.skip:
        run.vae()
    if "judge" not in args.skip:
        sees = classifier.load(os.path.join(args.work, "classifier.pt"), run.assets, run.renderer, run.world, run.size)
        say(f"classifier on held-out rendered frames and clips: {sees.accuracy}")
        run.judge(rows(sees, run.engine.fps))
    if "first" not in args.skip:
        run.first_frames()
    if "time" not in args.skip:
        run.time()


if __name__ == "__main__":
    main()
