# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the examples that the studio shows: film strips, start pictures and examples.json in the model's folder.

`make_examples.py [--list mini/examples.json] [--model FOLDER]`: every entry of the list goes through kinora-cli once.
"""

import argparse
import json
import os
import shutil

from evaluate import ROOT
from mini import assets as assets_module
from mini import sheets
from mini.clips import Engine
from mini.render import Renderer

PICTURE_BYTES = 60_000


def example(number: int, entry: dict, folder: str, engine: Engine, assets, renderer: Renderer) -> dict:
    """Writes NN.jpg and, for image-to-video, NN-start.jpg to FOLDER/examples; returns the entry of examples.json."""
    clip, picture = sheets.make(engine, entry, assets, renderer)
    made = dict(prompt=entry["prompt"], seed=entry["seed"], language=entry["language"])
    if picture is not None:
        made["picture"] = f"examples/{number:02}-start.jpg"
        sheets.write(os.path.join(folder, made["picture"]), sheets.jpeg(picture, PICTURE_BYTES))
    made["strip"] = f"examples/{number:02}.jpg"
    sheets.write(os.path.join(folder, made["strip"]), sheets.jpeg(sheets.strip(clip), sheets.STRIP_BYTES))
    return made | dict(frames=sheets.STRIP_FRAMES, fps=sheets.STRIP_FPS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", default=os.path.join(sheets.HERE, "examples.json"))
    parser.add_argument("--model", default=os.path.join(ROOT, "resources/models/mini"))
    parser.add_argument("--cli", default=os.path.join(ROOT, "build/release/bin/kinora-cli"))
    parser.add_argument("--work", default=os.path.join(ROOT, "build/evaluate"))
    parser.add_argument("--threads", type=int, default=0)
    args = parser.parse_args()
    engine = Engine(args.cli, args.model, args.work, args.threads)
    assets = assets_module.load()
    renderer = Renderer(assets, "cpu", 1)
    shutil.rmtree(os.path.join(args.model, "examples"), ignore_errors=True)
    os.makedirs(os.path.join(args.model, "examples"))
    entries = sheets.read_list(os.path.abspath(args.list))["examples"]
    made = [example(i + 1, entry, args.model, engine, assets, renderer) for i, entry in enumerate(entries)]
    with open(os.path.join(args.model, "examples.json"), "w", encoding="utf-8") as f:
        json.dump(dict(format="kinora-examples", version=1, examples=made), f, indent=2, ensure_ascii=False)
        f.write("\n")
    print(f"{len(made)} examples in {args.model}")


if __name__ == "__main__":
    main()
