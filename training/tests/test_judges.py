# SPDX-License-Identifier: GPL-3.0-or-later
"""The judges of evaluate.py on rendered truth, on what they must refuse, and its tables; a few seconds."""

import argparse
import os

import numpy as np
import pytest
import torch

import evaluate
from mini import classifier, judges, sheets
from mini.cases import SUITES, cases, rendered
from mini.clips import Engine, model_files
from mini.world import WORLDS

SIZE, FRAMES, WORLD = (80, 128), 25, WORLDS["small"]


@pytest.fixture(scope="module")
def shown(store, renderer):
    """shown(suite, count) -> [(case, its rendered clip)]."""
    return lambda suite, count: [(c, rendered(renderer, c.truth)) for c in cases(store, WORLD, suite, count, SIZE, FRAMES)]


def share(pairs, judge, wanted) -> float:
    return float(np.mean([judge(clip) == wanted(case) for case, clip in pairs]))


def test_direction_and_colour_of_a_thing(shown):
    pairs = shown("things", 16)
    assert share(pairs, judges.direction, lambda c: c.facts["things"][0]["motion"]) >= 0.9
    coloured = [(c, x) for c, x in pairs if evaluate.named_colour(c)]
    assert coloured and share(coloured, judges.colour, evaluate.named_colour) >= 0.7
    assert {judges.direction(x[::-1]) for c, x in pairs if c.facts["things"][0]["motion"] == "left"} == {"right"}


@pytest.mark.parametrize("suite", ["photo camera", "place camera"])
def test_camera_moves(shown, suite):
    pairs = shown(suite, 6)
    assert share(pairs, judges.camera, lambda c: c.facts["camera"]) == 1
    assert np.mean([judges.dynamic(x, 5) for _, x in pairs]) >= 0.8


def test_relations_of_two_things(store, renderer):
    pairs = [(c, rendered(renderer, c.truth)) for c in cases(store, WORLDS["full"], "relations", 12, SIZE, FRAMES)]
    judge = {id(x): judges.relation(x, *evaluate.colours(c)) for c, x in pairs}
    assert share(pairs, lambda x: judge[id(x)], lambda c: c.facts["relation"]) >= 0.9
    for case, clip in pairs[:4]:
        assert judges.relation(clip, *evaluate.colours(case)[::-1]) != case.facts["relation"]
    assert judges.relation(np.full((FRAMES, *SIZE, 3), 220, np.uint8), "red", "blue") == ""
    assert not cases(store, WORLD, "relations", 6, SIZE, FRAMES)


def test_changes_of_light(shown):
    assert share(shown("photo light", 3), judges.light, lambda c: c.facts["light"]) == 1


def test_a_still_clip_is_none_of_it(shown):
    for _, clip in shown("still", 3):
        assert (judges.direction(clip), judges.colour(clip), judges.camera(clip), judges.light(clip)) == ("still", "", "static", "day")
        assert judges.steadiness(clip) > 0.999 and not judges.dynamic(clip, 5)


def test_noise_is_not_steady():
    noise = np.random.default_rng(0).integers(0, 255, (9, *SIZE, 3)).astype(np.uint8)
    assert judges.steadiness(noise) < 0.8


def test_cases_are_fixed_and_balanced(store):
    count = 4 * len(WORLD.things)
    first, again = (cases(store, WORLD, "things", count, SIZE, FRAMES) for _ in range(2))
    assert [c.prompt for c in first] == [c.prompt for c in again]
    asked = {(c.facts["things"][0]["en"], c.facts["things"][0]["motion"]) for c in first}
    assert len(asked) == count
    assert any(ord(letter) > 0x3000 for c in first for letter in c.prompt)


def test_the_start_picture_is_the_first_frame_of_the_truth(store, renderer):
    for case in cases(store, WORLD, "photo camera", 2, SIZE, FRAMES):
        picture = rendered(renderer, case.picture)[0]
        small = picture.reshape(SIZE[0], 4, SIZE[1], 4, 3).mean((1, 3))
        assert judges.psnr(small, rendered(renderer, case.truth)[0]) > 22


def test_the_classifier_learns_and_comes_back(store, renderer, tmp_path, monkeypatch, shown):
    torch.manual_seed(0)
    learn = classifier.learn
    monkeypatch.setattr(classifier, "learn", lambda *options: learn(*options, steps=2, clips=16))
    path = str(tmp_path / "classifier.pt")
    made = classifier.load(path, store, renderer, WORLD, SIZE)
    monkeypatch.setattr(classifier, "learn", None)
    kept = classifier.load(path, store, renderer, WORLD, SIZE)
    (_, clip), *_ = shown("weather", 1)
    assert (made.thing(clip), made.place(clip), made.weather(clip)) == (kept.thing(clip), kept.place(clip), kept.weather(clip))
    assert kept.accuracy == made.accuracy and set(kept.accuracy) == {"thing", "place", "weather"}


def test_seconds_are_better_when_fewer():
    assert evaluate.result(evaluate.Row("time", (), 30.0, "s"), [12.0]).reached
    assert not evaluate.result(evaluate.Row("PSNR", (), 30.0, "dB"), [12.0]).reached


def fake_cli(path: str) -> None:
    """A program that answers like kinora-cli: a grey clip of the model's size, or an error for the prompt "no"."""
    with open(path, "w", encoding="utf-8") as f:
        f.write("""#!/usr/bin/env bash
set -e
while [ $# -gt 0 ]; do case "$1" in --output) out=$2;; --prompt) prompt=$2;; esac; shift; done
[ "$prompt" != no ] || { echo '{"event":"error","code":"invalid_input","message":"no"}'; exit 2; }
ffmpeg -v error -y -f lavfi -i color=gray:size=128x80:rate=12:duration=1 -pix_fmt yuv420p "$out"
echo '{"event":"finished","width":128,"height":80}'
""")
    os.chmod(path, 0o755)


@pytest.fixture
def engine(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "kinora.json").write_text('{"size": [128, 80], "frames": 12, "fps": "12/1"}')
    fake_cli(str(tmp_path / "cli"))
    return Engine(str(tmp_path / "cli"), str(tmp_path / "model"), str(tmp_path / "work"), 1)


def test_clips_are_made_once(engine):
    clip = engine.clip("beach", 1)
    assert clip.shape == (12, 80, 128, 3) and abs(int(clip.mean()) - 128) < 4
    before = sorted(os.listdir(engine.folder))
    assert np.array_equal(engine.clip("beach", 1), clip) and sorted(os.listdir(engine.folder)) == before
    engine.clip("beach", 1, np.zeros((8, 8, 3), np.uint8))
    assert len(os.listdir(engine.folder)) > len(before)


def test_a_failed_clip_says_why_and_is_not_kept(engine):
    with pytest.raises(RuntimeError, match="invalid_input"):
        engine.clip("no", 1)
    assert not os.listdir(engine.folder)


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no model"):
        model_files(str(tmp_path))


def test_sheets_and_strips_stay_small(engine, store, renderer, tmp_path, monkeypatch):
    entry = dict(prompt="一只狗", seed=1, language="zh", picture=dict(photo=64))
    monkeypatch.setattr(sheets, "read_list", lambda name: dict(prompts=[dict(prompt="beach", seed=1, language="en")], pictures=[entry]))
    sheets.draw(str(tmp_path / "out"), engine, store, renderer)
    assert sorted(os.listdir(tmp_path / "out")) == ["pictures.jpg", "text-1.jpg"]
    assert sheets.strip(engine.clip("beach", 1)).shape == (100, 160 * 12, 3)
    noise = np.random.default_rng(0).integers(0, 255, (100, 1920, 3)).astype(np.uint8)
    assert len(sheets.jpeg(noise, sheets.STRIP_BYTES)) < 2 * sheets.STRIP_BYTES


def test_the_table_is_written_row_by_row(tmp_path, engine):
    run = argparse.Namespace(engine=engine, args=argparse.Namespace(work=str(tmp_path), world="small"), size=SIZE, frames=12)
    run.results = [evaluate.result(evaluate.Row("object right", (), 0.7, "%"), [1, 1, 0, 1], [1, 1, 1, 1], "note")]
    evaluate.write(run)
    assert "| object right | 75.0% | ≥ 70.0% | yes | 100.0% | 4 | note |" in (tmp_path / "evaluate.md").read_text()
    assert set(SUITES) >= {suite for row in evaluate.rows(None, 12) for suite in row.suites}
