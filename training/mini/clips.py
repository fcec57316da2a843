# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes clips with kinora-cli, so that the engine that ships is what is measured, and reads them back with ffmpeg.

Clips are kept in the work folder under a name made of model, program and request: a run that was cut off goes on where it was.
"""

import hashlib
import json
import os
import subprocess
import tempfile
import time

import cv2
import numpy as np
from safetensors.numpy import load_file


def digest(*paths: str) -> str:
    """SHA-256 over the content of files, in the order given."""
    h = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as f:
            while block := f.read(1 << 20):
                h.update(block)
    return h.hexdigest()


def model_files(folder: str) -> list[str]:
    """Every file that decides what a model makes."""
    files = sorted(os.path.join(r, f) for r, _, names in os.walk(folder) for f in names if f.endswith((".json", ".safetensors", ".model")))
    files = [f for f in files if os.path.basename(f) != "examples.json"]
    if not files:
        raise FileNotFoundError(f"[clips] {folder} holds no model; expected a folder like resources/models/mini")
    return files


def write_picture(path: str, picture: np.ndarray) -> None:
    """uint8 RGB [H,W,3] as PNG."""
    if not cv2.imwrite(path, picture[..., ::-1]):
        raise OSError(f"[clips] {path} cannot be written")


def read_video(path: str, width: int, height: int) -> np.ndarray:
    """uint8 RGB [T,H,W,3]; ffmpeg knows the clip's colour matrix."""
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


class Engine:
    """kinora-cli with one model."""

    def __init__(self, cli: str, model: str, work: str, threads: int):
        self.cli, self.model, self.threads = os.path.abspath(cli), os.path.abspath(model), threads
        self.folder = os.path.join(work, "clips")
        os.makedirs(self.folder, exist_ok=True)
        self.identity = digest(self.cli, *model_files(self.model))
        with open(os.path.join(model, "kinora.json"), encoding="utf-8") as f:
            self.card = json.load(f)

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the model's frames."""
        width, height = self.card["size"]
        return height, width

    @property
    def frames(self) -> int:
        return self.card["frames"]

    @property
    def fps(self) -> float:
        numerator, denominator = self.card["fps"].split("/")
        return int(numerator) / int(denominator)

    def generate(self, output: str, prompt: str, seed: int, *options: str) -> dict:
        """Runs kinora-cli with a data folder of its own; returns its `finished` event. RuntimeError says what it said."""
        with tempfile.TemporaryDirectory() as data:
            command = [self.cli, "generate", "--json", "--model", self.model, "--prompt", prompt, "--seed", str(seed), "--output", output, *options]
            if self.threads:
                command += ["--threads", str(self.threads)]
            done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"KINORA_DATA_DIR": data})
        events = [json.loads(line) for line in done.stdout.splitlines()]
        if done.returncode:
            raise RuntimeError(f"[clips] kinora-cli ended with {done.returncode} for '{prompt}': {events[-1:] or done.stderr.strip()}")
        return events[-1]

    def clip(self, prompt: str, seed: int, picture: np.ndarray | None = None, *options: str) -> np.ndarray:
        """uint8 [T,H,W,3] of a request; picture: uint8 RGB start picture. Kept for the next run."""
        path, event = self._kept(prompt, seed, picture, options)
        return read_video(path, event["width"], event["height"])

    def raw_first_frame(self, prompt: str, seed: int, picture: np.ndarray) -> np.ndarray:
        """Frame 0 as the decoder gave it, float [H,W,3] in 0..255, of a short clip (the decoder is causal)."""
        with tempfile.TemporaryDirectory() as folder:
            write_picture(f"{folder}/start.png", picture)
            self.generate(f"{folder}/clip.mp4", prompt, seed, "--image", f"{folder}/start.png", "--frames", "5", "--dump", folder)
            video = load_file(f"{folder}/video.safetensors")["video"]
        return (video[0, :, 0].transpose(1, 2, 0).clip(-1, 1) + 1) * 127.5

    def seconds(self, prompt: str, seed: int) -> float:
        """Wall time of the default clip, from the start of the program to the finished MP4."""
        with tempfile.TemporaryDirectory() as folder:
            start = time.monotonic()
            self.generate(f"{folder}/clip.mp4", prompt, seed)
            return time.monotonic() - start

    def _kept(self, prompt: str, seed: int, picture: np.ndarray | None, options: tuple[str, ...]) -> tuple[str, dict]:
        parts = [self.identity, prompt, str(seed), *options, "" if picture is None else hashlib.sha256(picture.tobytes()).hexdigest()]
        stem = os.path.join(self.folder, hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24])
        if not os.path.exists(stem + ".json"):
            if picture is not None:
                write_picture(stem + ".png", picture)
                options = (*options, "--image", stem + ".png")
            event = self.generate(stem + ".mp4", prompt, seed, *options)
            with open(stem + ".json", "w", encoding="utf-8") as f:  # last: its presence says that the clip is whole
                json.dump(event, f)
        with open(stem + ".json", encoding="utf-8") as f:
            return stem + ".mp4", json.load(f)
