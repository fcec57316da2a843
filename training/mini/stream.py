# SPDX-License-Identifier: GPL-3.0-or-later
"""Endless batches of scene descriptions, drawn ahead of time by worker processes (no torch in the workers)."""

import collections
import concurrent.futures
import multiprocessing
import random

import numpy as np

from . import assets as assets_module
from .presets import Preset
from .scenes import CAPTIONS, scene
from .world import WORLDS

HELD_OUT_PHOTOS = 8  # the last photos are never trained on


class Tokenizer:
    def __init__(self, model: bytes, positions: int):
        import sentencepiece

        self._model = sentencepiece.SentencePieceProcessor(model_proto=model)
        self.positions = positions

    def __call__(self, text: str) -> tuple[np.ndarray, int]:
        """ids int64 [positions] padded with 0, ended by 1; and their number."""
        ids = self._model.encode(text)[: self.positions - 1] + [1]
        return np.array(ids + [0] * (self.positions - len(ids))), len(ids)


def describe(job: dict) -> list[dict]:
    """One batch: job has path, seed, first, count, size, frames, window, kind ('model' or 'vae'), positions, world, slow."""
    store = assets_module.load(job["path"])
    photos = (0, max(1, store.photo_count - HELD_OUT_PHOTOS))
    batch = []
    for index in range(job["first"], job["first"] + job["count"]):
        options = dict(photos=photos, world=WORLDS[job["world"]])
        start, frames = 0, job["frames"]
        if job["kind"] == "vae":
            rng = random.Random(f"window/{job['seed']}/{index}")
            photo = rng.random() < 0.45
            options |= dict(generic=0.5, world=WORLDS["full"], wanted=dict(mode="photo", count=rng.choice((0, 0, 1, 2))) if photo else None)
            if rng.random() < job["slow"]:  # a slow piece of a long clip, else the whole motion
                frames = job["window"]
                start = rng.randrange(frames - job["frames"] + 1)
        elif job["frames"] == 1:
            options["world"] = options["world"].without_photos()
        else:  # the beginning of a full clip, so that motion has one speed whatever the length
            frames = max(frames, job["window"])
        s = scene(store, job["seed"], index, job["size"], frames, start, job["frames"], **options)
        if job["kind"] == "model":
            tokenizer = job_tokenizer(job["path"], job["positions"])
            pairs = [tokenizer(c) for c in s["captions"]]
            s["ids"] = np.stack([i for i, _ in pairs])  # [CAPTIONS, positions]
            s["lengths"] = np.array([n for _, n in pairs])
        batch.append(s)
    return batch


_TOKENIZERS: dict[tuple, Tokenizer] = {}


def job_tokenizer(path: str, positions: int) -> Tokenizer:
    key = (path, positions)
    if key not in _TOKENIZERS:
        _TOKENIZERS[key] = Tokenizer(assets_module.load(path).tokenizer_files()["spiece.model"], positions)
    return _TOKENIZERS[key]


class SceneStream:
    """take(count, frames) returns descriptions of one random size; work is kept `ahead` batches in front."""

    def __init__(self, kind: str, preset: Preset, seed: int, sizes=None, path: str = assets_module.DEFAULT, ahead: int = 24):
        self.kind, self.sizes = kind, [tuple(s) for s in sizes or preset.sizes]
        self.fixed = dict(path=path, seed=seed, window=preset.frames, kind=kind, positions=preset.text_tokens, world=preset.world, slow=preset.slow)
        workers = preset.workers
        self.ahead = ahead
        self.rng, self.next = random.Random(seed), 0
        self.queues: dict[tuple[int, int], collections.deque] = {}
        self.pool = None
        if workers:
            context = multiprocessing.get_context("fork")  # create before the device is touched
            self.pool = concurrent.futures.ProcessPoolExecutor(workers, context)
            list(self.pool.map(abs, range(workers * 4)))

    def _job(self, count: int, frames: int) -> dict:
        job = dict(self.fixed, first=self.next, count=count, size=self.rng.choice(self.sizes), frames=frames)
        self.next += count
        return job

    def take(self, count: int, frames: int) -> list[dict]:
        if self.pool is None:
            return describe(self._job(count, frames))
        queue = self.queues.setdefault((count, frames), collections.deque())
        while len(queue) < self.ahead:
            queue.append(self.pool.submit(describe, self._job(count, frames)))
        return queue.popleft().result()

    def close(self) -> None:
        if self.pool is not None:
            self.pool.shutdown(wait=False, cancel_futures=True)


__all__ = ["CAPTIONS", "HELD_OUT_PHOTOS", "SceneStream", "Tokenizer"]
